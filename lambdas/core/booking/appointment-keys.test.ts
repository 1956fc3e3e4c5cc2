import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { appointmentRecord } from '../../connectors/kit/records.ts';
import type { Appointment } from '../model/appointment.ts';
import { appointmentKeys, dayKey, keysOfStretch, liesWithin } from './appointment-keys.ts';

function appointment(start: string, end: string, change: Partial<Appointment> = {}): Appointment {
  const known = { id: '1', status: 'confirmed', start, end, timeZone: 'UTC', ...change } as const;
  return appointmentRecord('appointments', known, {}).data;
}

const keysOf = (one: Appointment) => appointmentKeys(one, 'int_1');

describe('the keys of an appointment', () => {
  test('are the days that it touches, in UTC', () => {
    expect(keysOf(appointment('2026-12-03T23:00:00-05:00', '2026-12-04T00:30:00-05:00'))).toEqual([
      dayKey('2026-12-04'),
    ]);
    expect(keysOf(appointment('2026-12-03T22:00:00Z', '2026-12-04T00:00:00Z'))).toEqual([dayKey('2026-12-03')]);
    expect(keysOf(appointment('2026-12-03T22:00:00Z', '2026-12-04T00:01:00Z'))).toHaveLength(2);
    expect(keysOf(appointment('2026-12-03T22:00:00Z', '2026-12-03T22:00:00Z'))).toEqual([dayKey('2026-12-03')]);
  });

  test('are few, however long it is', () => {
    expect(keysOf(appointment('2026-01-01T00:00:00Z', '2027-01-01T00:00:00Z'))).toEqual([
      'appointment-long',
      dayKey('2026-01-01'),
      dayKey('2026-12-31'),
    ]);
  });

  test('name whom it is for', () => {
    const customers = [{ id: '7', name: 'Ada', email: 'ada@example.org', phone: '+442079460018' }];
    expect(keysOf(appointment('2026-12-03T22:00:00Z', '2026-12-03T23:00:00Z', { customers }))).toEqual([
      dayKey('2026-12-03'),
      'appointment-customer:int_1:7',
      'appointment-phone:+442079460018',
      'appointment-email:ada@example.org',
    ]);
  });
});

const instant = fc.integer({ min: Date.parse('2026-01-01'), max: Date.parse('2026-12-31') });
const stretch = fc
  .tuple(instant, fc.integer({ min: 1, max: 90 * 24 * 60 * 60_000 }))
  .map(([from, length]) => ({ from: new Date(from).toISOString(), to: new Date(from + length).toISOString() }));

test('an appointment that touches a stretch of time is found by the keys of the stretch', () => {
  fc.assert(
    fc.property(stretch, stretch, (own, asked) => {
      const touches = own.from < asked.to && own.to > asked.from;
      const keys = keysOf(appointment(own.from, own.to));
      if (touches) expect(keysOfStretch(asked.from, asked.to).some((key) => keys.includes(key))).toBe(true);
    }),
  );
});

test('only what lies wholly within a stretch counts as covered by it', () => {
  fc.assert(
    fc.property(stretch, stretch, (own, covered) => {
      if (liesWithin(keysOf(appointment(own.from, own.to)), covered)) {
        expect(own.from >= covered.from && own.to <= covered.to).toBe(true);
      }
    }),
  );
  expect(liesWithin([dayKey('2026-12-03')], { from: '2026-12-01T12:00:00Z', to: '2026-12-05T12:00:00Z' })).toBe(true);
});
