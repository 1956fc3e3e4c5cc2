import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { recordIdOf } from '../../../lambdas/connectors/google-calendar/map.ts';
import { windowAround } from '../../../lambdas/connectors/kit/windows.ts';
import { appointmentSchema } from '../../../lambdas/core/model/appointment.ts';
import { connectedSalon, Mirror } from './connected.ts';
import { isBusy } from './free-busy.ts';
import { CHAIRS, FRONT_DESK } from './seed.ts';

const CALENDARS = [FRONT_DESK, ...CHAIRS];
const DAY_MS = 86_400_000;

type Salon = ReturnType<typeof connectedSalon>;

/** What the mirror should hold: id, times and whether it blocks. */
function expected({ truth, clock, calendars }: Salon): Record<string, unknown> {
  const window = windowAround(clock.now(), 90, 366);
  const within = truth().filter(
    ({ calendarId, startMs, endMs }) =>
      calendars.includes(calendarId) && endMs > Date.parse(window.from) && startMs < Date.parse(window.to),
  );
  return Object.fromEntries(
    within.map(({ calendarId, startMs, endMs, event }) => [
      recordIdOf(calendarId, event.id),
      // What a private event is about is not kept.
      [startMs, endMs, event.visibility === 'private' ? null : (event.summary ?? null), isBusy({ json: event })],
    ]),
  );
}

function mirrored({ records }: Mirror): Record<string, unknown> {
  return Object.fromEntries(
    [...records].map(([id, { data }]) => {
      const { start, end, title, busy } = appointmentSchema.parse(data);
      return [id, [Date.parse(start), Date.parse(end), title, busy]];
    }),
  );
}

interface Picked {
  readonly id: string;
  readonly series: string;
  readonly start: number;
}

/** An event of the main calendar in the next weeks, or null when there is none of this kind. */
async function pick({ call }: Salon, kind: 'single' | 'occurrence', index: number): Promise<Picked | null> {
  const timeMin = new Date().toISOString();
  const timeMax = new Date(Date.now() + 60 * DAY_MS).toISOString();
  const query = new URLSearchParams({ singleEvents: 'true', timeMin, timeMax });
  const { body } = await call('GET', `/calendar/v3/calendars/primary/events?${query}`);
  const events: { id: string; start: { dateTime?: string }; recurringEventId?: string }[] = body.items;
  const fitting = events.flatMap(({ id, start, recurringEventId: series = '' }): Picked[] => {
    const ms = Date.parse(start.dateTime ?? '');
    return ms > Date.now() && (series !== '') === (kind === 'occurrence') ? [{ id, series, start: ms }] : [];
  });
  return fitting[index % Math.max(1, fitting.length)] ?? null;
}

/** Google knows no milliseconds. */
const at = (ms: number) => ({ dateTime: new Date(ms - (ms % 1_000)).toISOString(), timeZone: 'Europe/London' });
const timed = (start: number) => ({ start: at(start), end: at(start + 30 * 60_000) });

/** Everything that people do, each with a choice of what to do it to. */
const EDITS: Readonly<Record<string, (salon: Salon, index: number) => Promise<void> | void>> = {
  create: ({ edit }, index) =>
    edit('insert', { event: { summary: 'New', ...timed(Date.now() + (index + 1) * 7_200_000) } }),
  createSeries: ({ edit }, index) =>
    edit('insert', {
      event: { summary: 'New series', ...timed(Date.now() + index * 3_600_000), recurrence: ['RRULE:FREQ=WEEKLY'] },
    }),
  rename: async (salon, index) => {
    const event = await pick(salon, 'single', index);
    if (event) salon.edit('patch', { id: event.id, changes: { summary: 'Renamed' } });
  },
  reschedule: async (salon, index) => {
    const event = await pick(salon, 'single', index);
    if (event) salon.edit('patch', { id: event.id, changes: timed(event.start + 26 * 3_600_000) });
  },
  cancel: async (salon, index) => {
    const event = await pick(salon, 'single', index);
    if (event) salon.edit('cancel', { id: event.id });
  },
  moveToChair: async (salon, index) => {
    const event = await pick(salon, 'single', index);
    if (event) salon.edit('move', { id: event.id, destination: CHAIRS[index % 2] });
  },
  becomeSeries: async (salon, index) => {
    const event = await pick(salon, 'single', index);
    if (event) salon.edit('patch', { id: event.id, changes: { recurrence: ['RRULE:FREQ=WEEKLY;COUNT=5'] } });
  },
  moveOccurrence: async (salon, index) => {
    const event = await pick(salon, 'occurrence', index);
    if (event) salon.edit('patch', { id: event.id, changes: timed(event.start + 3 * 3_600_000) });
  },
  cancelOccurrence: async (salon, index) => {
    const event = await pick(salon, 'occurrence', index);
    if (event) salon.edit('cancel', { id: event.id });
  },
  moveSeries: async (salon, index) => {
    const event = await pick(salon, 'occurrence', index);
    if (event) salon.edit('patch', { id: event.series, changes: timed(event.start + 25 * 3_600_000) });
  },
  cancelSeries: async (salon, index) => {
    const event = await pick(salon, 'occurrence', index);
    if (event) salon.edit('cancel', { id: event.series });
  },
  becomeSingle: async (salon, index) => {
    const event = await pick(salon, 'occurrence', index);
    if (event) salon.edit('patch', { id: event.series, changes: { recurrence: [] } });
  },
  expireToken: ({ edit }) => edit('expireSyncTokens', {}),
  later: ({ clock }, index) => clock.advance(index * DAY_MS),
};

describe.each(['reported', 'silent'] as const)('the mirror, with vanished occurrences %s', (vanishedOccurrences) => {
  test('follows whatever people do', async () => {
    const edit = fc.tuple(fc.constantFrom(...Object.keys(EDITS)), fc.integer({ min: 0, max: 12 }));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(edit, { maxLength: 4 }), { minLength: 1, maxLength: 3 }), async (rounds) => {
        const salon = connectedSalon(4, [FRONT_DESK, CHAIRS[0] ?? '']);
        salon.google.settings.change({
          vanishedOccurrences,
          longestPage: 100,
          limit: { max: 100_000, intervalMs: 1_000 },
        });
        const mirror = new Mirror();
        await mirror.sync(salon.session());
        expect(mirrored(mirror)).toEqual(expected(salon));
        for (const round of rounds) {
          for (const [name, index] of round) await EDITS[name]?.(salon, index);
          await mirror.sync(salon.session());
          const window = windowAround(salon.clock.now(), 90, 366);
          // What has left the window since is history, and stays.
          const now = Object.entries(mirrored(mirror)).filter(
            ([, value]) => Array.isArray(value) && Number(value[1]) > Date.parse(window.from),
          );
          expect(Object.fromEntries(now)).toEqual(expected(salon));
        }
        expect(mirror.rejected).toEqual([]);
      }),
      { numRuns: 6 },
    );
  });

  test('is read in full once, where nothing but single events and occurrences has changed', async () => {
    const salon = connectedSalon();
    salon.google.settings.change({ vanishedOccurrences });
    const mirror = new Mirror();
    await mirror.sync(salon.session());
    for (const name of [
      'create',
      'rename',
      'reschedule',
      'cancel',
      'createSeries',
      'moveOccurrence',
      'cancelOccurrence',
    ])
      await EDITS[name]?.(salon, 3);
    expect(await mirror.sync(salon.session())).toBe('incremental');
    expect(mirrored(mirror)).toEqual(expected(salon));
  });
});

test('a feed without sync tokens is read in full each time', async () => {
  const salon = connectedSalon();
  salon.google.settings.change({ leaveOutSyncToken: true });
  const mirror = new Mirror();
  await mirror.sync(salon.session());
  await EDITS.cancel?.(salon, 1);
  expect(await mirror.sync(salon.session())).toBe('full');
  expect(mirrored(mirror)).toEqual(expected(salon));
});

test('a calendar that is lost has nothing in the mirror; back again, it has all', async () => {
  const salon = connectedSalon();
  const [lost = ''] = CHAIRS;
  const mirror = new Mirror();
  await mirror.sync(salon.session());
  const all = mirrored(mirror);
  salon.edit('entry', { calendar: lost, deleted: true });
  expect(await mirror.sync(salon.session())).toBe('full');
  expect(mirrored(mirror)).toEqual(expected(salon));
  expect(Object.keys(mirrored(mirror)).length).toBeLessThan(Object.keys(all).length);
  salon.edit('entry', { calendar: lost, deleted: false });
  await mirror.sync(salon.session());
  expect(mirrored(mirror)).toEqual(all);
});

test('the account’s calendars are followed, too', async () => {
  const salon = connectedSalon();
  const mirror = new Mirror();
  await mirror.sync(salon.session(), 'staff');
  expect(mirror.records.size).toBe(CALENDARS.length + 2);
  salon.edit('addCalendar', { id: 'c_new@group.calendar.google.com', summary: 'Chair 4', timeZone: 'Europe/London' });
  salon.edit('entry', { calendar: CHAIRS[0] ?? '', deleted: true });
  salon.edit('entry', { calendar: CHAIRS[1] ?? '', accessRole: 'reader' });
  await mirror.sync(salon.session(), 'staff');
  expect(mirror.records.has(CHAIRS[0] ?? '')).toBe(false);
  expect(mirror.records.get(CHAIRS[1] ?? '')?.data).toMatchObject({ bookable: false });
  expect(mirror.records.get('c_new@group.calendar.google.com')?.data).toMatchObject({
    name: 'Chair 4',
    bookable: true,
  });
});
