import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { RateWindow } from '../core/ports.ts';
import { clockAt, type DynaliteTable, dyingAt, startDynalite } from './dynalite-table.ts';
import { DynamoRateBudget } from './dynamo-rate-budget.ts';

const T0 = Date.parse('2026-11-01T00:00:00Z');
const burst: RateWindow = { name: '10s', windowMs: 10_000, limit: 10, liveReserve: 4 };
const daily: RateWindow = { name: 'day', windowMs: 86_400_000, limit: 8, liveReserve: 0 };

let local: DynaliteTable;
beforeAll(async () => {
  local = await startDynalite();
});
afterAll(() => local.close());

const budgetAt = (now: number) => {
  const clock = clockAt(now);
  return { clock, budget: new DynamoRateBudget(local.table, clock) };
};

describe('DynamoRateBudget', () => {
  test('background calls of all processes together leave the reserve free', async () => {
    const processes = Array.from({ length: 4 }, () => budgetAt(T0 + 3_000).budget);
    const waits = await Promise.all(
      processes.flatMap((budget) => [1, 2, 3].map(() => budget.take('a', [burst], 'background'))),
    );
    expect(waits.filter((wait) => wait === 0)).toHaveLength(6);
    expect(new Set(waits)).toEqual(new Set([0, 7_000]));
  });

  test('live calls are counted and never refused', async () => {
    const { budget, clock } = budgetAt(T0);
    for (let call = 0; call < 12; call++) expect(await budget.take('b', [burst], 'live')).toBe(0);
    expect(await budget.take('b', [burst], 'background')).toBe(10_000);
    clock.set(T0 + 10_000);
    expect(await budget.take('b', [burst], 'background')).toBe(0);
  });

  test('a live call goes on when the table cannot be reached', async () => {
    const budget = new DynamoRateBudget(dyingAt(local.table, 1, false), clockAt(T0));
    expect(await budget.take('c', [burst, daily], 'live')).toBe(0);
    await expect(budget.take('c', [burst], 'background')).rejects.toThrow('died');
  });

  test('every window must agree, and a refusal does not use up the long one', async () => {
    const { budget, clock } = budgetAt(T0);
    const take = () => budget.take('d', [daily, burst], 'background');
    for (let call = 0; call < 6; call++) expect(await take()).toBe(0);
    for (let call = 0; call < 5; call++) expect(await take()).toBe(10_000);
    clock.set(T0 + 10_000);
    expect([await take(), await take()]).toEqual([0, 0]);
    expect(await take()).toBe(86_400_000 - 10_000);
  });

  test('accounts have budgets of their own, also when their ids look like keys', async () => {
    const tight = { ...burst, limit: 5 };
    const { budget } = budgetAt(T0);
    expect(await budget.take('e#10s', [tight], 'background')).toBe(0);
    expect(await budget.take('e', [{ ...tight, name: '10s#10s' }], 'background')).toBe(0);
    expect(await budget.take('e', [tight], 'background')).toBe(0);
    expect(await budget.take('e', [tight], 'background')).toBe(10_000);
  });

  test('a pause stops background calls of every process within a second, and live ones never', async () => {
    const here = budgetAt(T0);
    const there = budgetAt(T0);
    expect(await there.budget.take('f', [burst], 'background')).toBe(0);
    await here.budget.pause('f', T0 + 5_000);
    await there.budget.pause('f', T0 + 1);
    expect(await here.budget.take('f', [burst], 'background')).toBe(5_000);
    expect(await here.budget.take('f', [burst], 'live')).toBe(0);
    there.clock.set(T0 + 1_001);
    expect(await there.budget.take('f', [burst], 'background')).toBe(3_999);
    there.clock.set(T0 + 5_000);
    expect(await there.budget.take('f', [burst], 'background')).toBe(0);
  });
});
