/** Shapes of stored sync runs and sync states. */
import * as z from 'zod';
import { ERROR_STATUS } from '../core/errors.ts';
import { resourceSchema } from '../core/model/resource.ts';
import {
  type ResourceWatermark,
  SYNC_RUN_STATUSES,
  type SyncRun,
  syncTriggerSchema,
  syncTypeSchema,
} from '../core/model/sync-run.ts';
import type { ActiveRun, FollowUp, SyncState } from '../core/ports.ts';
import { jsonSchema, jsonTextOf } from './stored-json.ts';

const countsSchema = z.object({
  seen: z.number(),
  upserted: z.number(),
  created: z.number(),
  unchanged: z.number(),
  deleted: z.number(),
  rejected: z.number(),
  pages: z.number(),
});

type RunErrorCode = NonNullable<SyncRun['error']>['code'];
const runErrorCodeSchema = z.custom<RunErrorCode>(
  (code) => typeof code === 'string' && (code === 'deletion_brake' || Object.hasOwn(ERROR_STATUS, code)),
);

export const syncRunSchema: z.ZodType<SyncRun> = z.object({
  runId: z.string(),
  workspaceId: z.string(),
  integrationId: z.string(),
  type: syncTypeSchema,
  trigger: syncTriggerSchema,
  status: z.enum(SYNC_RUN_STATUSES),
  queuedAt: z.string(),
  startedAt: z.string().nullable(),
  completedAt: z.string().nullable(),
  counts: z.partialRecord(resourceSchema, countsSchema),
  waits: z.number(),
  rejections: z.array(z.object({ resource: resourceSchema, id: z.string(), reason: z.string() })),
  error: z.object({ code: runErrorCodeSchema, message: z.string() }).nullable(),
  foldedInto: z.string().nullable(),
});

const activeRunSchema: z.ZodType<ActiveRun> = z.object({
  run: syncRunSchema,
  resources: z.array(resourceSchema),
  progress: z.partialRecord(
    resourceSchema,
    z.object({
      status: z.enum(['pulling', 'reconciling', 'done']),
      mode: syncTypeSchema,
      cursor: jsonSchema.nullable(),
      feedState: jsonSchema.nullable(),
      counts: countsSchema,
    }),
  ),
  until: z.string(),
  resumeAfter: z.number().nullable(),
  deletionsConfirmed: z.boolean(),
  failures: z.number(),
});

const watermarkSchema: z.ZodType<ResourceWatermark> = z.object({
  completeUntil: z.string(),
  lastFullAt: z.string().nullable(),
  feedState: jsonSchema.nullable(),
  records: z.number(),
});

const followUpSchema: z.ZodType<FollowUp> = z.object({
  type: syncTypeSchema,
  trigger: syncTriggerSchema,
  runId: z.string(),
});

/** Active run and watermarks hold connectors' own JSON, so they are stored as text. */
export const syncStateSchema = z
  .object({
    fence: z.number().default(0),
    leaseOwner: z.string().optional(),
    leaseUntil: z.number().optional(),
    active: jsonTextOf(activeRunSchema.nullable()).default(null),
    followUp: followUpSchema.optional(),
    watermarks: jsonTextOf(z.partialRecord(resourceSchema, watermarkSchema)).default({}),
    lastRun: syncRunSchema.nullable().default(null),
    lastCompletedAt: z.string().nullable().default(null),
    lastFullAt: z.string().nullable().default(null),
  })
  .transform(
    ({ leaseOwner, leaseUntil, followUp, ...state }): SyncState => ({
      ...state,
      lease: leaseOwner === undefined || leaseUntil === undefined ? null : { owner: leaseOwner, until: leaseUntil },
      followUp: followUp ?? null,
    }),
  );
