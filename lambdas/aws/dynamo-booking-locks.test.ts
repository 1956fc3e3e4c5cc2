import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { BookedCalendar } from '../core/ports.ts';
import { type DynaliteTable, startDynalite } from './dynalite-table.ts';
import { DynamoBookingLocks } from './dynamo-booking-locks.ts';

const called = (calendarId: string): BookedCalendar => ({ type: 'google_calendar', accountId: null, calendarId });
let dynalite: DynaliteTable;
let locks: DynamoBookingLocks;

beforeAll(async () => {
  dynalite = await startDynalite();
  locks = new DynamoBookingLocks(dynalite.table);
});
afterAll(() => dynalite.close());

test('one holder per calendar, whoever asks at once', async () => {
  const asked = Array.from({ length: 12 }, (_, index) =>
    locks.acquire(called('chair 1'), { owner: `call-${index}`, now: 1_000, until: 2_000 }),
  );
  expect((await Promise.all(asked)).filter(Boolean)).toHaveLength(1);
  expect(await locks.acquire(called('chair 2'), { owner: 'other', now: 1_000, until: 2_000 })).toBe(true);
  const owner = { owner: 'other', now: 1_000, until: 2_000 };
  expect(await locks.acquire({ ...called('chair 1'), type: 'outlook_calendar' }, owner)).toBe(true);
  expect(await locks.acquire({ ...called('chair 1'), accountId: 'else' }, owner)).toBe(true);
});

test('is free again when it is given back, or has run out, and nobody gives back what is not theirs', async () => {
  const request = { owner: 'first', now: 1_000, until: 2_000 };
  expect(await locks.acquire(called('room'), request)).toBe(true);
  await locks.release(called('room'), 'second');
  expect(await locks.acquire(called('room'), { ...request, owner: 'second' })).toBe(false);
  await locks.release(called('room'), 'first');
  expect(await locks.acquire(called('room'), { ...request, owner: 'second' })).toBe(true);
  expect(await locks.acquire(called('room'), { owner: 'third', now: 2_000, until: 3_000 })).toBe(true);
});
