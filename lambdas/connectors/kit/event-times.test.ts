import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { addDays } from '../../core/time/zoned-time.ts';
import { sameTimes, timesOfDays, writtenTimes } from './event-times.ts';

const HOUR_MS = 60 * 60_000;

test.each([
  ['Europe/London', '2027-03-28', 23],
  ['America/New_York', '2026-11-01', 25],
  ['Australia/Lord_Howe', '2026-10-04', 23.5],
  ['Africa/Cairo', '2026-04-24', 23],
])('a whole day in %s lasts as long as it does there: %s has %d hours', (timeZone, date, hours) => {
  const { start, end } = timesOfDays(date, addDays(date, 1), timeZone);
  expect((end - start) / HOUR_MS).toBe(hours);
});

test('whole days meet without a gap, and keep their dates', () => {
  const day = fc.integer({ min: 0, max: 1_000 }).map((days) => addDays('2026-01-01', days));
  const zone = fc.constantFrom(
    'Europe/London',
    'America/New_York',
    'Australia/Lord_Howe',
    'Asia/Kolkata',
    'Africa/Cairo',
  );
  fc.assert(
    fc.property(day, fc.integer({ min: 1, max: 9 }), zone, (first, days, timeZone) => {
      const behind = addDays(first, days);
      const times = timesOfDays(first, behind, timeZone);
      const written = writtenTimes(times);
      expect([written.start.slice(0, 10), written.end.slice(0, 10)]).toEqual([first, behind]);
      expect(written).toMatchObject({ timeZone, allDay: true });
      expect(times.end).toBe(timesOfDays(behind, addDays(behind, 1), timeZone).start);
    }),
  );
});

test('days that end before they begin take no time', () => {
  const { start, end } = timesOfDays('2026-12-05', '2026-12-03', 'Europe/London');
  expect(end).toBe(start);
});

test('stretches are the same in any zone', () => {
  const here = { start: '2026-12-02T10:00:00+01:00', end: '2026-12-02T11:00:00+01:00' };
  expect(sameTimes(here, { start: '2026-12-02T09:00:00Z', end: '2026-12-02T10:00:00Z' })).toBe(true);
  expect(sameTimes(here, { ...here, end: '2026-12-02T11:30:00+01:00' })).toBe(false);
  expect(sameTimes(here, { ...here, start: '2026-12-02T10:30:00+01:00' })).toBe(false);
});
