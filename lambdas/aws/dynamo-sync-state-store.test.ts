import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { SyncRun } from '../core/model/sync-run.ts';
import { type ActiveRun, type FollowUp, LeaseLostError } from '../core/ports.ts';
import { type DynaliteTable, startDynalite } from './dynalite-table.ts';
import { DynamoSyncStateStore } from './dynamo-sync-state-store.ts';

let local: DynaliteTable;
let store: DynamoSyncStateStore;
beforeAll(async () => {
  local = await startDynalite();
  store = new DynamoSyncStateStore(local.table);
});
afterAll(() => local.close());

let scopes = 0;
const newScope = () => ({ workspaceId: 'w', integrationId: `int_${++scopes}` });
const followUp = (runId: string, type: FollowUp['type'] = 'incremental'): FollowUp => ({
  type,
  trigger: 'manual',
  confirmDeletions: false,
  runId,
});

const counts = { seen: 3, upserted: 2, created: 1, unchanged: 1, deleted: 0, rejected: 0, pages: 1 };
const run: SyncRun = {
  runId: 'run_1',
  workspaceId: 'w',
  integrationId: 'int_1',
  type: 'full',
  trigger: 'connect',
  status: 'failed',
  queuedAt: '2026-11-01T00:00:00.000Z',
  startedAt: null,
  completedAt: null,
  counts: { contacts: counts },
  waits: 0,
  rejections: [{ resource: 'contacts', id: '#1', reason: 'no id' }],
  error: { code: 'deletion_brake', message: 'too many' },
  foldedInto: null,
};
const active: ActiveRun = {
  run,
  resources: ['contacts', 'deals'],
  progress: {
    contacts: {
      status: 'pulling',
      mode: 'full',
      // What DynamoDB's own types would refuse.
      cursor: { after: 1e21, nested: JSON.parse('['.repeat(60) + ']'.repeat(60)) },
      sweep: true,
      covers: { from: '2026-11-01T00:00:00.000Z', to: '2026-12-01T00:00:00.000Z' },
      feedState: null,
      counts,
    },
  },
  until: '2026-11-01T00:00:00.000Z',
  resumeAfter: null,
  deletionsConfirmed: false,
  failures: 0,
};

async function acquired(scope: { workspaceId: string; integrationId: string }, owner = 'o') {
  const result = await store.acquire(scope, { owner, now: 100, until: 200 });
  if (result === null) throw new Error('the lease is held');
  return result;
}

describe('DynamoSyncStateStore', () => {
  test('an unknown integration has the empty state', async () => {
    expect(await store.get(newScope())).toEqual({
      fence: 0,
      lease: null,
      active: null,
      followUp: null,
      watermarks: {},
      lastRun: null,
      completeUntil: null,
      lastFullAt: null,
    });
  });

  test('of many acquirers one gets the lease', async () => {
    const scope = newScope();
    const tries = Array.from({ length: 8 }, (_, index) =>
      store.acquire(scope, { owner: `o${index}`, now: 100, until: 200 }),
    );
    const held = (await Promise.all(tries)).filter((result) => result !== null);
    expect(held).toHaveLength(1);
    expect(held[0]?.state.lease).toEqual({ owner: held[0]?.lease.owner, until: 200 });
  });

  test('a lease that ran out goes to the next, with a higher fence, and its old holder can do nothing', async () => {
    const scope = newScope();
    const old = await acquired(scope, 'old');
    expect(await store.acquire(scope, { owner: 'new', now: 199, until: 300 })).toBeNull();
    const next = await store.acquire(scope, { owner: 'new', now: 200, until: 300 });
    expect(next?.lease).toEqual({ owner: 'new', fence: old.lease.fence + 1 });
    await expect(store.save(scope, old.lease, { active, until: 900 })).rejects.toThrow(LeaseLostError);
    await store.fold(scope, followUp('f'));
    await store.release(scope, old.lease, followUp('f'));
    expect(await store.get(scope)).toMatchObject({ lease: { owner: 'new', until: 300 }, active: null });
    expect((await store.get(scope)).followUp?.runId).toBe('f');
  });

  test('saves the given members only, and extends the lease', async () => {
    const scope = newScope();
    const { lease } = await acquired(scope);
    const watermark = { completeUntil: 'u', lastFullAt: null, feedState: { token: 't' }, records: 7 };
    await store.save(scope, lease, { active, watermarks: { contacts: watermark }, lastRun: run, until: 300 });
    await store.save(scope, lease, { completeUntil: 'c', lastFullAt: 'f', until: 400 });
    expect(await store.get(scope)).toEqual({
      fence: 1,
      lease: { owner: 'o', until: 400 },
      active,
      followUp: null,
      watermarks: { contacts: watermark },
      lastRun: run,
      completeUntil: 'c',
      lastFullAt: 'f',
    });
    await store.save(scope, lease, { active: null, until: 500 });
    expect(await store.get(scope)).toMatchObject({ active: null, lastRun: run });
  });

  test('a full follow-up is never replaced by an incremental one', async () => {
    const scope = newScope();
    await store.fold(scope, followUp('i1'));
    await store.fold(scope, followUp('f1', 'full'));
    await Promise.all([store.fold(scope, followUp('i2')), store.fold(scope, followUp('i3'))]);
    expect((await store.get(scope)).followUp).toEqual(followUp('f1', 'full'));
  });

  test('release gives the lease back and clears what was handled', async () => {
    const scope = newScope();
    const { lease } = await acquired(scope);
    await store.fold(scope, followUp('f'));
    await store.release(scope, lease, followUp('f'));
    expect(await store.get(scope)).toMatchObject({ lease: null, followUp: null, fence: 1 });
    expect((await acquired(scope, 'next')).lease.fence).toBe(2);
  });

  test('release keeps a follow-up that came after the handled one', async () => {
    const scope = newScope();
    const { lease } = await acquired(scope);
    await store.fold(scope, followUp('seen'));
    await store.fold(scope, followUp('newer'));
    await store.release(scope, lease, followUp('seen'));
    expect(await store.get(scope)).toMatchObject({ lease: null, followUp: { runId: 'newer' } });
  });

  test('a fold that races with release is never lost', async () => {
    for (let round = 0; round < 20; round++) {
      const scope = newScope();
      const { lease } = await acquired(scope);
      await store.fold(scope, followUp('handled'));
      await Promise.all([
        store.release(scope, lease, followUp('handled')),
        store.fold(scope, followUp('racing', 'full')),
      ]);
      expect(await store.get(scope)).toMatchObject({ lease: null, followUp: { runId: 'racing' } });
    }
  });
});
