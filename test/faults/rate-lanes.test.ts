/** Live calls have their own lane in a provider's budget, counted over all processes. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type DynaliteTable, startDynalite } from '../../lambdas/aws/dynalite-table.ts';
import { DynamoRateBudget } from '../../lambdas/aws/dynamo-rate-budget.ts';
import { StillClock } from './support/doubles.ts';

const WINDOW = { name: 'test:10s', windowMs: 10_000, limit: 20, liveReserve: 5 };

let local: DynaliteTable;
beforeAll(async () => {
  local = await startDynalite();
});
afterAll(() => local.close());

test('background calls of several processes yield to live ones and leave the reserve free', async () => {
  const clock = new StillClock(Date.parse('2026-11-23T12:00:00.000Z'));
  const processes = [1, 2, 3].map(() => new DynamoRateBudget(local.table, clock));
  const [live] = processes;
  for (let call = 0; call < 6; call += 1) expect(await live?.take('account', [WINDOW], 'live')).toBe(0);

  const takes = await Promise.all(
    Array.from({ length: 10 }, () => processes.map((budget) => budget.take('account', [WINDOW], 'background'))).flat(),
  );
  const granted = takes.filter((wait) => wait === 0).length;
  expect(granted).toBeGreaterThan(0);
  expect(granted).toBeLessThanOrEqual(WINDOW.limit - WINDOW.liveReserve - 6);
  for (const wait of takes) expect(wait).toBeLessThanOrEqual(WINDOW.windowMs);
  // However much the background has taken, a caller never waits.
  for (let call = 0; call < 5; call += 1) expect(await live?.take('account', [WINDOW], 'live')).toBe(0);

  clock.advance(WINDOW.windowMs);
  expect(await processes[1]?.take('account', [WINDOW], 'background')).toBe(0);
});
