import type { SyncRun } from '../model/sync-run.ts';

type Identity = Pick<SyncRun, 'runId' | 'workspaceId' | 'integrationId' | 'type' | 'trigger' | 'queuedAt'>;

/** A run that has not begun. */
export function newRun(identity: Identity): SyncRun {
  return {
    ...identity,
    status: 'queued',
    startedAt: null,
    completedAt: null,
    counts: {},
    waits: 0,
    rejections: [],
    error: null,
    foldedInto: null,
  };
}
