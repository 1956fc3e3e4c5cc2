import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { isHubError } from '../core/errors.ts';
import type { SyncRun } from '../core/model/sync-run.ts';
import { clockAt, type DynaliteTable, startDynalite } from './dynalite-table.ts';
import { DynamoSyncRunLog } from './dynamo-sync-run-log.ts';

const DAY = 24 * 60 * 60 * 1000;
const clock = clockAt(Date.parse('2026-11-01T00:00:00Z'));
let local: DynaliteTable;
let log: DynamoSyncRunLog;
beforeAll(async () => {
  local = await startDynalite();
  log = new DynamoSyncRunLog(local.table, clock);
});
afterAll(() => local.close());

function run(integrationId: string, runId: string): SyncRun {
  return {
    runId,
    workspaceId: 'w',
    integrationId,
    type: 'incremental',
    trigger: 'schedule',
    status: 'completed',
    queuedAt: 'q',
    startedAt: 's',
    completedAt: 'c',
    counts: {},
    waits: 0,
    rejections: [],
    error: null,
    foldedInto: null,
  };
}

describe('DynamoSyncRunLog', () => {
  test('pages newest first, each run once', async () => {
    const scope = { workspaceId: 'w', integrationId: 'int_1' };
    for (let index = 0; index < 7; index++) await log.put(run('int_1', `run_${index}`));
    await log.put(run('int_10', 'run_9'));
    const pages: string[][] = [];
    let cursor: string | null = null;
    do {
      const page: Awaited<ReturnType<typeof log.list>> = await log.list(scope, { limit: 3, cursor });
      pages.push(page.runs.map(({ runId }) => runId));
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(pages).toEqual([['run_6', 'run_5', 'run_4'], ['run_3', 'run_2', 'run_1'], ['run_0']]);
  });

  test('a page that ends exactly has no next one', async () => {
    const scope = { workspaceId: 'w', integrationId: 'int_exact' };
    await log.put(run('int_exact', 'run_1'));
    await log.put(run('int_exact', 'run_2'));
    expect((await log.list(scope, { limit: 2, cursor: null })).nextCursor).toBeNull();
  });

  test.each(['', 'x', '!!', Buffer.from('a#b').toString('base64url'), `${Buffer.from('run_1').toString('base64')}=`])(
    'refuses the cursor %j',
    async (cursor) => {
      const error = await log.list({ workspaceId: 'w', integrationId: 'i' }, { limit: 5, cursor }).catch((e) => e);
      expect(isHubError(error, 'validation_failed') && error.field).toBe('cursor');
    },
  );

  test('runs are gone after 90 days, before DynamoDB deletes them', async () => {
    const scope = { workspaceId: 'w', integrationId: 'int_old' };
    await log.put(run('int_old', 'run_1'));
    expect(await log.get(scope, 'run_1')).toEqual(run('int_old', 'run_1'));
    clock.set(clock.now() + 91 * DAY);
    expect(await log.get(scope, 'run_1')).toBeNull();
    expect(await log.list(scope, { limit: 5, cursor: null })).toEqual({ runs: [], nextCursor: null });
  });

  test('deletes the runs of one integration only', async () => {
    for (let index = 0; index < 30; index++) await log.put(run('int_a', `run_${index}`));
    await log.put(run('int_ab', 'run_1'));
    await log.deleteAll({ workspaceId: 'w', integrationId: 'int_a' });
    expect((await log.list({ workspaceId: 'w', integrationId: 'int_a' }, { limit: 5, cursor: null })).runs).toEqual([]);
    expect(await log.get({ workspaceId: 'w', integrationId: 'int_ab' }, 'run_1')).not.toBeNull();
  });
});
