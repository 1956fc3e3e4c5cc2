import * as z from 'zod';
import { ERROR_STATUS, type ErrorCode } from '../errors.ts';
import type { Json } from './mirror-record.ts';
import { type Resource, resourceSchema } from './resource.ts';

export const syncTypeSchema = z.enum(['full', 'incremental']);
export type SyncType = z.infer<typeof syncTypeSchema>;

export const syncTriggerSchema = z.enum(['schedule', 'connect', 'webhook', 'manual', 'continuation']);
export type SyncTrigger = z.infer<typeof syncTriggerSchema>;

/**
 * `queued` → `running` ⇄ `waiting` (parked: out of time, or the provider said wait) → `completed`, `failed`, or
 * `blocked` (the deletion brake stopped it and a person must confirm). Only `completed` means that every resource
 * reached its end. A request that arrived while another one was already waiting its turn is `folded` into that one.
 */
export const SYNC_RUN_STATUSES = ['queued', 'running', 'waiting', 'completed', 'failed', 'blocked', 'folded'] as const;
export type SyncRunStatus = (typeof SYNC_RUN_STATUSES)[number];

export const TERMINAL_STATUSES: ReadonlySet<SyncRunStatus> = new Set<SyncRunStatus>([
  'completed',
  'failed',
  'blocked',
  'folded',
]);

export interface ResourceCounts {
  /** Records that the provider handed over. */
  readonly seen: number;
  /** Records written, new and changed. */
  readonly upserted: number;
  /** Those of `upserted` that the mirror did not have. */
  readonly created: number;
  readonly unchanged: number;
  readonly deleted: number;
  /** Records that could not be read; their ids and reasons are in the run's `rejections`. */
  readonly rejected: number;
  readonly pages: number;
}

export interface Rejection {
  readonly resource: Resource;
  readonly id: string;
  readonly reason: string;
}

/** One logged execution of a sync. */
export interface SyncRun {
  readonly runId: string;
  readonly workspaceId: string;
  readonly integrationId: string;
  readonly type: SyncType;
  readonly trigger: SyncTrigger;
  readonly status: SyncRunStatus;
  readonly queuedAt: string;
  readonly startedAt: string | null;
  readonly completedAt: string | null;
  readonly counts: Readonly<Partial<Record<Resource, ResourceCounts>>>;
  /** How often the run was parked. */
  readonly waits: number;
  /** The first rejected records, at most 20. */
  readonly rejections: readonly Rejection[];
  readonly error: { readonly code: ErrorCode | 'deletion_brake'; readonly message: string } | null;
  /** The run that does this one's work, when this one is `folded`. */
  readonly foldedInto: string | null;
}

const instant = z.string().meta({ format: 'date-time' });
const errorCodes = Object.keys(ERROR_STATUS) as [ErrorCode, ...ErrorCode[]];

export const resourceCountsSchema: z.ZodType<ResourceCounts> = z.object({
  seen: z.int(),
  upserted: z.int(),
  created: z.int(),
  unchanged: z.int(),
  deleted: z.int(),
  rejected: z.int(),
  pages: z.int(),
});

export const syncRunSchema: z.ZodType<SyncRun> = z.object({
  runId: z.string(),
  workspaceId: z.string(),
  integrationId: z.string(),
  type: syncTypeSchema,
  trigger: syncTriggerSchema,
  status: z.enum(SYNC_RUN_STATUSES),
  queuedAt: instant,
  startedAt: instant.nullable(),
  completedAt: instant.nullable(),
  counts: z.partialRecord(resourceSchema, resourceCountsSchema),
  waits: z.int(),
  rejections: z.array(z.object({ resource: resourceSchema, id: z.string(), reason: z.string() })),
  error: z.object({ code: z.enum([...errorCodes, 'deletion_brake']), message: z.string() }).nullable(),
  foldedInto: z.string().nullable(),
});

/** How far one resource's sync got within a run. */
export interface ResourceProgress {
  readonly status: 'pulling' | 'reconciling' | 'done';
  readonly mode: SyncType;
  /** The connector's own position; opaque to the engine. */
  readonly cursor: Json | null;
  /**
   * Whether the pull must end with a look for what the provider no longer has: a full one, unless the mirror was
   * empty, and an incremental one of a resource that is listed by windows of time.
   */
  readonly sweep: boolean;
  /** The stretch of time that the pull has listed, where it was not everything; known at its end. */
  readonly covers: { readonly from: string; readonly to: string } | null;
  /** What the connector left on the last page, kept until the resource is complete. */
  readonly feedState: Json | null;
  readonly counts: ResourceCounts;
}

/** What a resource remembers between runs. */
export interface ResourceWatermark {
  /** ISO 8601: everything that changed before this instant is in the mirror. */
  readonly completeUntil: string;
  readonly lastFullAt: string | null;
  /** The provider's own feed position (sync token, delta link), opaque to the engine. */
  readonly feedState: Json | null;
  /** Records in the mirror when the resource was last complete; the deletion brake measures against it. */
  readonly records: number;
}
