import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { cutSlots, gridOf, type SlotRules } from './slots.ts';

const HALF_HOURS = gridOf(30);
const window = (start: string, end: string, latest: string | null = null, minutes: number | null = 60) => ({
  StartDateTime: start,
  EndDateTime: end,
  BookableEndDateTime: latest,
  Staff: { Id: '12' },
  SessionType: { DefaultTimeLength: minutes },
  Location: { Id: '1' },
});
const rules = (timeZone: string, more: Partial<SlotRules> = {}): SlotRules => ({
  grid: HALF_HOURS,
  from: Date.parse('2026-01-01T00:00:00Z'),
  to: Date.parse('2028-01-01T00:00:00Z'),
  timeZone,
  serviceId: '31',
  durationMinutes: 60,
  ...more,
});
const starts = (...args: Parameters<typeof cutSlots>) => cutSlots(...args).map(({ start }) => start);

describe('a window', () => {
  test('is cut into the times of the grid, up to its latest start', () => {
    const slots = cutSlots([window('2026-12-01T09:10:00', '2026-12-01T12:00:00', '2026-12-01T10:30:00')], rules('UTC'));
    expect(slots.map(({ start, end }) => `${start}/${end}`)).toEqual([
      '2026-12-01T09:30:00+00:00/2026-12-01T10:30:00+00:00',
      '2026-12-01T10:00:00+00:00/2026-12-01T11:00:00+00:00',
      '2026-12-01T10:30:00+00:00/2026-12-01T11:30:00+00:00',
    ]);
    expect(slots[0]).toMatchObject({ serviceId: '31', staffId: '12', locationId: '1' });
  });

  test('without a latest start ends where the service would no longer fit', () => {
    const given = window('2026-12-01T09:00:00', '2026-12-01T11:00:00');
    expect(starts([given], rules('UTC'))).toHaveLength(3);
  });

  test('without a length of its own takes that of the service; without either it offers nothing', () => {
    const given = window('2026-12-01T09:00:00', '2026-12-01T11:00:00', null, null);
    expect(starts([given], rules('UTC', { durationMinutes: 90 }))).toHaveLength(2);
    expect(starts([given], rules('UTC', { durationMinutes: null }))).toEqual([]);
  });

  test('that is shown twice is offered once, in order', () => {
    const [late, early] = [
      window('2026-12-02T09:00:00', '2026-12-02T10:00:00'),
      window('2026-12-01T09:00:00', '2026-12-01T10:00:00'),
    ];
    expect(starts([late, early, late], rules('UTC'))).toEqual([
      '2026-12-01T09:00:00+00:00',
      '2026-12-02T09:00:00+00:00',
    ]);
  });

  test('is offered only as far as was asked', () => {
    const asked = { from: Date.parse('2026-12-01T09:30:00Z'), to: Date.parse('2026-12-01T10:30:00Z') };
    expect(starts([window('2026-12-01T08:00:00', '2026-12-01T18:00:00')], rules('UTC', asked))).toHaveLength(2);
  });

  test.each([
    ['Europe/London', '2026-03-29', ['00:30:00+00:00', '02:00:00+01:00']],
    ['Europe/London', '2026-10-25', ['00:30:00+01:00', '01:00:00+01:00', '01:30:00+01:00', '02:00:00+00:00']],
    ['America/New_York', '2026-03-08', ['00:30:00-05:00', '01:00:00-05:00', '01:30:00-05:00']],
    ['America/New_York', '2026-11-01', ['00:30:00-04:00', '01:00:00-04:00', '01:30:00-04:00', '02:00:00-05:00']],
    ['Australia/Lord_Howe', '2026-10-04', ['00:30:00+10:30', '01:00:00+10:30', '01:30:00+10:30']],
    ['Australia/Lord_Howe', '2026-04-05', ['00:30:00+11:00', '01:00:00+11:00', '01:30:00+11:00', '02:00:00+10:30']],
  ])('in %s on %s offers times that clocks show, each once', (zone, day, times) => {
    const given = window(`${day}T00:30:00`, `${day}T03:00:00`, `${day}T02:00:00`);
    expect(starts([given], rules(zone)).map((start) => start.slice(11))).toEqual(times);
  });

  test('never offers a time outside it, nor one off the grid', () => {
    const minute = fc.integer({ min: 0, max: 2 * 24 * 60 });
    const local = (minutes: number) => new Date(Date.UTC(2026, 9, 24) + minutes * 60_000).toISOString().slice(0, 19);
    fc.assert(
      fc.property(
        minute,
        minute,
        fc.constantFrom(15, 30, 45, 60),
        fc.constantFrom(20, 60, 95),
        (a, b, step, length) => {
          const [first, last] = [Math.min(a, b), Math.max(a, b)];
          const grid = gridOf(step);
          const offered = starts([window(local(first), local(last), null, length)], rules('Europe/London', { grid }));
          expect(offered).toHaveLength(new Set(offered).size);
          for (const start of offered) {
            expect(start.slice(0, 19) >= local(first)).toBe(true);
            expect(start.slice(0, 19) < local(last)).toBe(true);
            expect(grid).toContain(start.slice(11, 16));
          }
        },
      ),
      { numRuns: 40 },
    );
  });
});
