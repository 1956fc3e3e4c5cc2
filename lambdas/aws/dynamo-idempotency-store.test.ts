import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type DynaliteTable, startDynalite } from './dynalite-table.ts';
import { DynamoIdempotencyStore } from './dynamo-idempotency-store.ts';

const HOUR = 60 * 60 * 1000;
const DAY = 24 * HOUR;
const T0 = Date.parse('2026-11-01T00:00:00Z');

let local: DynaliteTable;
let store: DynamoIdempotencyStore;
beforeAll(async () => {
  local = await startDynalite();
  store = new DynamoIdempotencyStore(local.table);
});
afterAll(() => local.close());

const begin = (key: string, owner: string, now: number, fingerprint = 'f', workspaceId = 'w') =>
  store.begin(workspaceId, key, { fingerprint, owner, now, until: now + 10_000 });

describe('DynamoIdempotencyStore', () => {
  test('of concurrent attempts one starts; the others see it', async () => {
    const begun = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((owner) => begin('race', owner, T0)));
    const started = begun.filter((result) => result.started);
    expect(started).toEqual([{ started: true, abandoned: null }]);
    for (const result of begun) {
      if (!result.started) expect(result.record).toMatchObject({ status: 'started', startedAt: T0, fingerprint: 'f' });
    }
  });

  test('the answer is kept until it expires', async () => {
    await begin('done', 'a', T0);
    const response = { id: '1', big: 1e21, list: [null, ''] };
    await store.complete('w', 'done', 'a', response, T0 + HOUR);
    expect(await begin('done', 'b', T0 + HOUR - 1)).toEqual({
      started: false,
      record: { status: 'done', fingerprint: 'f', response },
    });
    expect(await begin('done', 'b', T0 + HOUR)).toEqual({ started: true, abandoned: null });
  });

  test('keys are apart by workspace, and may be any text', async () => {
    const key = `#${'€'.repeat(254)}`;
    expect((await begin(key, 'a', T0)).started).toBe(true);
    expect((await begin(key, 'a', T0, 'f', 'other')).started).toBe(true);
    expect((await begin(key, 'b', T0)).started).toBe(false);
  });

  test('an attempt that ran out of time is taken over, by the same request only', async () => {
    await begin('dead', 'a', T0);
    expect((await begin('dead', 'b', T0 + 9_999)).started).toBe(false);
    expect(await begin('dead', 'b', T0 + 20_000, 'different')).toMatchObject({
      started: false,
      record: { fingerprint: 'f' },
    });
    const takers = await Promise.all(['b', 'c', 'd'].map((owner) => begin('dead', owner, T0 + 20_000)));
    expect(takers.filter((result) => result.started)).toEqual([
      { started: true, abandoned: { startedAt: T0, endedBy: T0 + 10_000 } },
    ]);
    // The one after that still learns when it all began, and when the last one ended.
    expect(await begin('dead', 'e', T0 + 40_000)).toEqual({
      started: true,
      abandoned: { startedAt: T0, endedBy: T0 + 30_000 },
    });
  });

  test('whoever lost the key can neither answer nor free it', async () => {
    await begin('lost', 'slow', T0);
    await begin('lost', 'quick', T0 + 20_000);
    await store.complete('w', 'lost', 'slow', 'late', T0 + DAY);
    await store.abandon('w', 'lost', 'slow');
    await store.suspend('w', 'lost', 'slow', T0 + 20_001);
    expect(await begin('lost', 'c', T0 + 20_002)).toMatchObject({
      started: false,
      record: { status: 'started', owner: 'quick', until: T0 + 30_000 },
    });
    await store.complete('w', 'lost', 'quick', 'answer', T0 + DAY);
    await store.abandon('w', 'lost', 'quick');
    expect(await begin('lost', 'c', T0 + 20_003)).toMatchObject({ record: { status: 'done', response: 'answer' } });
  });

  test('an abandoned key is free, a suspended one is taken over at once', async () => {
    await begin('free', 'a', T0);
    await store.abandon('w', 'free', 'a');
    expect(await begin('free', 'b', T0)).toEqual({ started: true, abandoned: null });
    await store.suspend('w', 'free', 'b', T0 + 5);
    expect(await begin('free', 'c', T0 + 5)).toEqual({ started: true, abandoned: { startedAt: T0, endedBy: T0 + 5 } });
  });

  test('an attempt that nobody repeats is forgotten after a day', async () => {
    await begin('old', 'a', T0);
    expect(await begin('old', 'b', T0 + DAY)).toEqual({ started: true, abandoned: null });
  });
});
