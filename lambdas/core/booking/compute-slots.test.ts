import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Slot, WeeklyHours } from '../model/availability.ts';
import { computeSlots, mostAtOnce, type OpenCalendar, type SlotRules } from './compute-slots.ts';

const CLOSED: WeeklyHours = {
  monday: [],
  tuesday: [],
  wednesday: [],
  thursday: [],
  friday: [],
  saturday: [],
  sunday: [],
};

function everyDay(from: string, to: string): WeeklyHours {
  const day = [{ from, to }];
  return { monday: day, tuesday: day, wednesday: day, thursday: day, friday: day, saturday: day, sunday: day };
}

function calendar(change: Partial<OpenCalendar>): OpenCalendar {
  return {
    staffId: 'c',
    timeZone: 'Europe/London',
    hours: everyDay('09:00', '12:00'),
    capacity: 1,
    busy: [],
    buffers: new Map(),
    ...change,
  };
}

function rules(from: string, to: string, change: Partial<SlotRules> = {}): SlotRules {
  return {
    from: Date.parse(from),
    to: Date.parse(to),
    durationMinutes: 60,
    bufferBeforeMinutes: 0,
    bufferAfterMinutes: 0,
    intervalMinutes: 30,
    serviceId: null,
    ...change,
  };
}

const starts = (slots: readonly Slot[]) => slots.map(({ start }) => start);

describe('free times', () => {
  const day = ['2026-12-03T00:00:00Z', '2026-12-04T00:00:00Z'] as const;

  test('fit between opening and closing', () => {
    expect(starts(computeSlots(calendar({}), rules(...day)))).toEqual([
      '2026-12-03T09:00:00+00:00',
      '2026-12-03T09:30:00+00:00',
      '2026-12-03T10:00:00+00:00',
      '2026-12-03T10:30:00+00:00',
      '2026-12-03T11:00:00+00:00',
    ]);
  });

  test('leave out what is taken, with the buffers of the service', () => {
    const busy = [{ start: '2026-12-03T10:30:00Z', end: '2026-12-03T10:45:00Z' }];
    expect(starts(computeSlots(calendar({ busy }), rules(...day)))).toEqual([
      '2026-12-03T09:00:00+00:00',
      '2026-12-03T09:30:00+00:00',
      '2026-12-03T11:00:00+00:00',
    ]);
    const buffers = { bufferBeforeMinutes: 20, bufferAfterMinutes: 40 };
    expect(starts(computeSlots(calendar({ busy }), rules(...day, buffers)))).toEqual([]);
  });

  test('keep the buffers of both sides, before and behind what is taken for a service', () => {
    const busy = [{ start: '2026-12-03T10:00:00Z', end: '2026-12-03T10:30:00Z', serviceId: 'cut' }];
    const buffers = new Map([['cut', { bufferBeforeMinutes: 15, bufferAfterMinutes: 30 }]]);
    const free = (own: Partial<SlotRules>, taken: OpenCalendar['busy'] = busy) =>
      starts(
        computeSlots(
          calendar({ busy: taken, buffers }),
          rules(...day, { durationMinutes: 30, intervalMinutes: 15, ...own }),
        ),
      ).map((start) => start.slice(11, 16));
    expect(free({})).toEqual(['09:00', '09:15', '11:00', '11:15', '11:30']);
    expect(free({ bufferBeforeMinutes: 15, bufferAfterMinutes: 15 })).toEqual(['09:00', '11:15', '11:30']);
    // Nobody knows of a person's own event, or of a service that is not offered any more, what it needs.
    for (const serviceId of [undefined, 'gone']) {
      const taken = [{ start: '2026-12-03T10:00:00Z', end: '2026-12-03T10:30:00Z', serviceId }];
      expect(free({}, taken)).toEqual(['09:00', '09:15', '09:30', '10:30', '10:45', '11:00', '11:15', '11:30']);
    }
  });

  test('count how many may come at once', () => {
    const busy = [
      { start: '2026-12-03T09:00:00Z', end: '2026-12-03T10:00:00Z' },
      { start: '2026-12-03T09:30:00Z', end: '2026-12-03T12:00:00Z' },
    ];
    expect(starts(computeSlots(calendar({ busy, capacity: 2 }), rules(...day)))).toEqual([
      '2026-12-03T10:00:00+00:00',
      '2026-12-03T10:30:00+00:00',
      '2026-12-03T11:00:00+00:00',
    ]);
  });

  test('are none while the calendar is closed, however many may come at once', () => {
    const busy = [
      { start: '2026-12-03T09:30:00Z', end: '2026-12-03T10:00:00Z' },
      { start: '2026-12-03T10:00:00Z', end: '2026-12-03T11:30:00Z', closed: true },
    ];
    const short = rules(...day, { durationMinutes: 30 });
    expect(starts(computeSlots(calendar({ busy, capacity: 3 }), short))).toEqual([
      '2026-12-03T09:00:00+00:00',
      '2026-12-03T09:30:00+00:00',
      '2026-12-03T11:30:00+00:00',
    ]);
  });

  test('are none on a closed day', () => {
    expect(computeSlots(calendar({ hours: CLOSED }), rules(...day))).toEqual([]);
    const weekend = { ...CLOSED, saturday: [{ from: '10:00', to: '11:00' }] };
    expect(
      starts(computeSlots(calendar({ hours: weekend }), rules('2026-12-03T00:00:00Z', '2026-12-10T00:00:00Z'))),
    ).toEqual(['2026-12-05T10:00:00+00:00']);
  });

  test('reach to midnight, and into no other day', () => {
    const late = calendar({ hours: everyDay('22:30', '24:00') });
    expect(starts(computeSlots(late, rules(...day)))).toEqual([
      '2026-12-03T22:30:00+00:00',
      '2026-12-03T23:00:00+00:00',
    ]);
  });
});

/** Both changes of clocks in three zones; Lord Howe moves by half an hour. */
const CHANGES = [
  { timeZone: 'Europe/London', day: '2026-03-29', skipped: ['01:00', '01:30'], repeated: false },
  { timeZone: 'Europe/London', day: '2026-10-25', skipped: [], repeated: true },
  { timeZone: 'America/New_York', day: '2026-03-08', skipped: ['02:00', '02:30'], repeated: false },
  { timeZone: 'America/New_York', day: '2026-11-01', skipped: [], repeated: true },
  { timeZone: 'Australia/Lord_Howe', day: '2026-10-04', skipped: ['02:00'], repeated: false },
  { timeZone: 'Australia/Lord_Howe', day: '2026-04-05', skipped: [], repeated: true },
] as const;

describe('on the day of a change of clocks', () => {
  test.each(CHANGES)('$timeZone $day: the wall clock stays the measure', ({ timeZone, day, skipped }) => {
    const open = calendar({ timeZone, hours: everyDay('00:00', '24:00') });
    const around = rules(`${day}T00:00:00+14:00`, `${day}T23:59:59-12:00`, { durationMinutes: 30 });
    const local = computeSlots(open, around)
      .map(({ start }) => start)
      .filter((start) => start.startsWith(day))
      .map((start) => start.slice(11, 16));
    const all = Array.from(
      { length: 48 },
      (_, index) => `${String(Math.floor(index / 2)).padStart(2, '0')}:${index % 2 ? '30' : '00'}`,
    );
    expect(local).toEqual(all.filter((time) => !skipped.some((gone) => gone === time)));
  });

  test.each(CHANGES)('$timeZone $day: what opens at nine opens at nine', ({ timeZone, day }) => {
    const slots = computeSlots(calendar({ timeZone }), rules(`${day}T00:00:00+14:00`, `${day}T23:59:59-12:00`));
    const [first] = slots.filter(({ start }) => start.startsWith(day));
    expect(first?.start.slice(11, 16)).toBe('09:00');
    expect(Date.parse(first?.end ?? '') - Date.parse(first?.start ?? '')).toBe(3_600_000);
  });
});

describe('whatever is taken', () => {
  const minute = fc.integer({ min: 0, max: 3 * 24 * 12 }).map((step) => step * 5);
  const begin = Date.parse('2026-10-24T00:00:00Z');
  const busy = fc.array(
    fc
      .tuple(
        minute,
        fc.integer({ min: 1, max: 120 }).map((step) => step * 5),
      )
      .map(([start, length]) => ({
        start: new Date(begin + start * 60_000).toISOString(),
        end: new Date(begin + (start + length) * 60_000).toISOString(),
      })),
    { maxLength: 12 },
  );
  const settings = fc.record({
    busy,
    capacity: fc.integer({ min: 1, max: 3 }),
    timeZone: fc.constantFrom('Europe/London', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu'),
    durationMinutes: fc.constantFrom(5, 20, 45, 60, 180),
    bufferBeforeMinutes: fc.constantFrom(0, 5, 30),
    bufferAfterMinutes: fc.constantFrom(0, 10, 60),
    intervalMinutes: fc.constantFrom(5, 15, 30, 45),
  });

  test('no slot lies outside opening hours, in the past, or where there is no room', () => {
    fc.assert(
      fc.property(settings, ({ busy: taken, capacity, timeZone, ...service }) => {
        const own = rules('2026-10-24T06:00:00Z', '2026-10-27T00:00:00Z', service);
        const slots = computeSlots(
          calendar({ busy: taken, capacity, timeZone, hours: everyDay('09:00', '17:00') }),
          own,
        );
        const spans = taken.map((one) => ({ start: Date.parse(one.start), end: Date.parse(one.end) }));
        for (const { start, end } of slots) {
          expect(start.slice(11, 16) >= '09:00' && end.slice(11, 16) <= '17:00').toBe(true);
          expect(Date.parse(start)).toBeGreaterThanOrEqual(own.from);
          expect(Date.parse(end) - Date.parse(start)).toBe(service.durationMinutes * 60_000);
          const needs = {
            start: Date.parse(start) - service.bufferBeforeMinutes * 60_000,
            end: Date.parse(end) + service.bufferAfterMinutes * 60_000,
          };
          // Step by step, as nobody would compute it; everything is a multiple of five minutes.
          for (let moment = needs.start; moment < needs.end; moment += 5 * 60_000) {
            const there = spans.filter((span) => span.start <= moment && span.end > moment);
            if (there.length >= capacity) throw new Error(`no room at ${start}`);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  test('a time that nothing touches is offered', () => {
    fc.assert(
      fc.property(settings, ({ busy: taken, capacity, timeZone, ...service }) => {
        const own = rules('2026-10-24T00:00:00Z', '2026-10-26T00:00:00Z', service);
        const open = { timeZone, hours: everyDay('09:00', '17:00') };
        const free = computeSlots(calendar({ ...open, capacity, busy: taken }), own);
        const possible = computeSlots(calendar(open), own);
        for (const slot of possible) {
          const needs = {
            start: Date.parse(slot.start) - service.bufferBeforeMinutes * 60_000,
            end: Date.parse(slot.end) + service.bufferAfterMinutes * 60_000,
          };
          const touched = taken.some((one) => Date.parse(one.start) < needs.end && Date.parse(one.end) > needs.start);
          if (!touched) expect(starts(free)).toContain(slot.start);
        }
      }),
      { numRuns: 60 },
    );
  });

  test('the most at once is never more than all that overlap', () => {
    expect(mostAtOnce([], { start: 0, end: 10 })).toBe(0);
    expect(
      mostAtOnce(
        [
          { start: 0, end: 5, places: 1 },
          { start: 5, end: 10, places: 1 },
        ],
        { start: 0, end: 10 },
      ),
    ).toBe(1);
    expect(
      mostAtOnce(
        [
          { start: -5, end: 6, places: 1 },
          { start: 5, end: 50, places: 1 },
        ],
        { start: 0, end: 10 },
      ),
    ).toBe(2);
  });
});
