/** Shapes of stored sync runs and sync states. */
import * as z from 'zod';
import { resourceSchema } from '../core/model/resource.ts';
import {
  type ResourceWatermark,
  resourceCountsSchema,
  syncRunSchema,
  syncTriggerSchema,
  syncTypeSchema,
} from '../core/model/sync-run.ts';
import type { ActiveRun, FollowUp, SyncState } from '../core/ports.ts';
import { jsonSchema, jsonTextOf } from './stored-json.ts';

const activeRunSchema: z.ZodType<ActiveRun> = z.object({
  run: syncRunSchema,
  resources: z.array(resourceSchema),
  progress: z.partialRecord(
    resourceSchema,
    z.object({
      status: z.enum(['pulling', 'reconciling', 'done']),
      mode: syncTypeSchema,
      cursor: jsonSchema.nullable(),
      sweep: z.boolean(),
      covers: z.object({ from: z.string(), to: z.string() }).nullable().default(null),
      feedState: jsonSchema.nullable(),
      counts: resourceCountsSchema,
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

export const followUpSchema: z.ZodType<FollowUp> = z.object({
  type: syncTypeSchema,
  trigger: syncTriggerSchema,
  runId: z.string(),
  confirmDeletions: z.boolean(),
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
    completeUntil: z.string().nullable().default(null),
    lastFullAt: z.string().nullable().default(null),
  })
  .transform(
    ({ leaseOwner, leaseUntil, followUp, ...state }): SyncState => ({
      ...state,
      lease: leaseOwner === undefined || leaseUntil === undefined ? null : { owner: leaseOwner, until: leaseUntil },
      followUp: followUp ?? null,
    }),
  );
