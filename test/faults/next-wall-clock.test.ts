/** The next scheduled sync that the hub announces, on ordinary days and on days that clocks change. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { nextWallClock } from '../../lambdas/core/integrations/integration-view.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Both changes of 2026 in each zone; Lord Howe moves by half an hour. */
const CHANGES = {
  'Europe/London': ['2026-03-29T01:00Z', '2026-10-25T01:00Z'],
  'America/New_York': ['2026-03-08T07:00Z', '2026-11-01T06:00Z'],
  'Australia/Lord_Howe': ['2026-04-04T15:00Z', '2026-10-03T15:30Z'],
} as const;

function shows(timeZone: string): (instant: number) => string {
  const format = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  return (instant) => format.format(instant);
}

/** Around a change of clocks: some instant up to two days before it, and any time of day. */
const caseArbitrary = fc.constantFrom(...(Object.keys(CHANGES) as (keyof typeof CHANGES)[])).chain((zone) =>
  fc.record({
    zone: fc.constant(zone),
    now: fc
      .tuple(fc.constantFrom(...CHANGES[zone]), fc.integer({ min: -48 * 60 * 60, max: 24 * 60 * 60 }))
      .map(([change, seconds]) => Date.parse(change) + seconds * 1000),
    minuteOfDay: fc.nat({ max: 24 * 60 - 1 }),
  }),
);

test('is the first instant after now that shows the wanted time, in three zones around both changes', () => {
  fc.assert(
    fc.property(caseArbitrary, ({ zone, now, minuteOfDay }) => {
      const two = (value: number) => String(value).padStart(2, '0');
      const at = `${two(Math.floor(minuteOfDay / 60))}:${two(minuteOfDay % 60)}`;
      const next = nextWallClock(at, zone, now);
      const clock = shows(zone);
      expect(next).toBeGreaterThan(now);
      const between: number[] = [];
      for (let instant = Math.ceil((now + 1) / MINUTE) * MINUTE; instant < next; instant += MINUTE)
        between.push(instant);
      expect(between.filter((instant) => clock(instant) === at)).toEqual([]);
      // A time that the change skips has no instant that day; any other comes within a day of 25 hours.
      const isSkipped = clock(next) !== at;
      if (isSkipped) expect(CHANGES[zone].some((change) => Math.abs(Date.parse(change) - next) < 50 * HOUR)).toBe(true);
      else expect(next - now).toBeLessThanOrEqual(50 * HOUR);
    }),
    { numRuns: 60 },
  );
});

test.each([
  // Clocks go from 01:00 to 02:00 and from 02:00 back to 01:00.
  ['Europe/London', '02:30', '2026-03-28T20:00Z', '2026-03-29T01:30Z'],
  ['Europe/London', '01:30', '2026-10-24T20:00Z', '2026-10-25T00:30Z'],
  ['America/New_York', '03:15', '2026-03-08T05:00Z', '2026-03-08T07:15Z'],
  // Clocks go back by half an hour at 02:00 and forward at 02:00.
  ['Australia/Lord_Howe', '01:45', '2026-04-04T12:00Z', '2026-04-04T14:45Z'],
  ['Australia/Lord_Howe', '02:45', '2026-10-03T12:00Z', '2026-10-03T15:45Z'],
] as const)('%s shows %s next after %s at %s', (zone, at, now, expected) => {
  expect(new Date(nextWallClock(at, zone, Date.parse(now))).toISOString()).toBe(new Date(expected).toISOString());
});
