import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { addDays, startOfDay, toLocal, zonedIso } from '../../core/time/zoned-time.ts';
import { ianaOf } from '../kit/named-zones.ts';
import { instantOf, wholeDays, zoneOf } from './times.ts';

const ZONES = ['Europe/London', 'America/New_York', 'Australia/Lord_Howe', 'Australia/Sydney', 'Asia/Kolkata'];

describe('a zone', () => {
  test.each([
    ['GMT Standard Time', 'Europe/London', 'Europe/London'],
    ['GMT Standard Time', 'Europe/Lisbon', 'Europe/Lisbon'],
    ['W. Europe Standard Time', 'Europe/London', 'Europe/Berlin'],
    ['Eastern Standard Time', 'Europe/London', 'America/New_York'],
    ['Lord Howe Standard Time', 'Europe/London', 'Australia/Lord_Howe'],
    ['India Standard Time', 'Asia/Kolkata', 'Asia/Kolkata'],
    ['America/New_York', 'Europe/London', 'America/New_York'],
    ['Customized Time Zone', 'Europe/London', null],
    ['tzone://Microsoft/Custom', 'Europe/London', null],
    ['', 'Europe/London', null],
    [undefined, 'Europe/London', null],
  ])('%j of a business in %s is %s', (name, business, expected) => {
    expect(ianaOf(name, business)).toBe(expected);
  });

  test.each(['UTC', 'Etc/UTC', 'tzone://Microsoft/Custom', 'Customized Time Zone', null])(
    'that says nothing of the place leaves the business its own: %j',
    (name) => expect(zoneOf(name, 'Europe/London')).toBe('Europe/London'),
  );
});

describe('a time', () => {
  test.each([
    ['2026-12-02T09:00:00.0000000', 'UTC', '2026-12-02T09:00:00Z'],
    ['2026-07-02T09:00:00.1234567', 'GMT Standard Time', '2026-07-02T08:00:00Z'],
    ['2026-07-02T09:00:00', 'America/New_York', '2026-07-02T13:00:00Z'],
    ['2026-07-02T09:00', undefined, '2026-07-02T09:00:00Z'],
    ['2026-07-02T09:00:00.0000000', 'Customized Time Zone', '2026-07-02T08:00:00Z'],
    ['2026-07-02T09:00:00Z', 'GMT Standard Time', '2026-07-02T09:00:00Z'],
    ['2026-07-02T09:00:00.000+02:00', undefined, '2026-07-02T07:00:00Z'],
  ])('%s in %j is %s', (dateTime, timeZone, expected) => {
    expect(instantOf({ dateTime, timeZone }, 'Europe/London')).toBe(Date.parse(expected));
  });

  test.each(['', 'soon', '2026-12-02', '2026-13-02T09:00:00', '2026-12-02T25:00:00'])('is not %j', (dateTime) => {
    expect(() => instantOf({ dateTime, timeZone: 'UTC' }, 'Europe/London')).toThrow(RangeError);
  });
});

describe('all-day events', () => {
  /** What Graph may answer for a day of a zone: the instant in UTC, or the day itself. */
  const answers = (date: string, zone: string) => [
    { dateTime: `${toLocal(startOfDay(date, zone), 'UTC')}.0000000`, timeZone: 'UTC' },
    { dateTime: `${date}T00:00:00.0000000`, timeZone: 'UTC' },
    { dateTime: `${date}T00:00:00.0000000`, timeZone: zone },
  ];

  test('keep their days in every zone, however they are answered', () => {
    const day = fc.integer({ min: 0, max: 800 }).map((days) => addDays('2026-01-01', days));
    const business = fc.constantFrom(...ZONES);
    fc.assert(
      fc.property(
        day,
        fc.integer({ min: 1, max: 9 }),
        fc.constantFrom(...ZONES),
        business,
        (first, days, zone, home) => {
          const behind = addDays(first, days);
          for (const [index, start] of answers(first, zone).entries()) {
            const end = answers(behind, zone)[index];
            expect(end && wholeDays(start, end, zone, home)).toEqual([first, behind]);
          }
        },
      ),
    );
  });

  test('last one day at least', () => {
    const at = { dateTime: '2026-12-25T00:00:00.0000000', timeZone: 'UTC' };
    expect(wholeDays(at, at, 'Europe/London', 'Europe/London')).toEqual(['2026-12-25', '2026-12-26']);
  });
});

test('wall clocks on the days on which clocks change are those of the zone', () => {
  const shown = (instant: string, zone: string) =>
    zonedIso(instantOf({ dateTime: instant, timeZone: 'UTC' }, zone), zone);
  expect(shown('2027-03-28T00:30:00.0000000', 'Europe/London')).toBe('2027-03-28T00:30:00+00:00');
  expect(shown('2027-03-28T01:00:00.0000000', 'Europe/London')).toBe('2027-03-28T02:00:00+01:00');
  expect(shown('2026-10-25T00:30:00.0000000', 'Europe/London')).toBe('2026-10-25T01:30:00+01:00');
  expect(shown('2026-10-25T01:30:00.0000000', 'Europe/London')).toBe('2026-10-25T01:30:00+00:00');
  expect(shown('2027-03-14T07:00:00.0000000', 'America/New_York')).toBe('2027-03-14T03:00:00-04:00');
  expect(shown('2026-11-01T06:30:00.0000000', 'America/New_York')).toBe('2026-11-01T01:30:00-05:00');
  expect(shown('2026-10-03T15:30:00.0000000', 'Australia/Lord_Howe')).toBe('2026-10-04T02:30:00+11:00');
  expect(shown('2027-04-03T15:00:00.0000000', 'Australia/Lord_Howe')).toBe('2027-04-04T01:30:00+10:30');
});
