/** What people do in a salon's calendars between two syncs. */
import { addDays, dateIn } from '../../../lambdas/core/time/zoned-time.ts';
import type { EventTime } from '../../sandbox/google-calendar/event-input.ts';
import type { GoogleCalendarControl, TrueEvent } from '../../sandbox/google-calendar/google-calendar-control.ts';
import { CHAIRS, FRONT_DESK, ZONE } from '../../sandbox/google-calendar/seed.ts';
import { DemoError } from '../demo-error.ts';
import type { Changes } from '../demo-scenario.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const [CHAIR_1 = '', CHAIR_2 = '', CHAIR_3 = ''] = CHAIRS;

/** Live events of the next weeks, to be taken one by one: no event is changed twice. */
class Upcoming {
  readonly #events: TrueEvent[];

  constructor(events: readonly TrueEvent[]) {
    const now = Date.now();
    this.#events = events.filter(
      ({ startMs, event }) => startMs > now + HOUR_MS && startMs < now + 45 * DAY_MS && event.start?.dateTime,
    );
  }

  /** One that stands alone. */
  single(calendarId: string): TrueEvent {
    return this.#take((row) => row.calendarId === calendarId && row.event.recurringEventId === undefined);
  }

  /** The next occurrence of a series of this name. */
  occurrence(calendarId: string, title: string): TrueEvent & { seriesId: string } {
    const row = this.#take(
      ({ calendarId: id, event }) =>
        id === calendarId && event.recurringEventId !== undefined && event.summary?.startsWith(title) === true,
    );
    return { ...row, seriesId: row.event.recurringEventId ?? '' };
  }

  #take(fits: (row: TrueEvent) => boolean): TrueEvent {
    const index = this.#events.findIndex(fits);
    const [row] = index < 0 ? [] : this.#events.splice(index, 1);
    if (!row) throw new DemoError('the calendars have too few events');
    return row;
  }
}

/** Every kind of change. */
export async function changeMuch(google: GoogleCalendarControl, events: readonly TrueEvent[]): Promise<Changes> {
  const upcoming = new Upcoming(events);
  const today = dateIn(Date.now(), ZONE);
  const patch = ({ calendarId, event }: TrueEvent, changes: Parameters<typeof google.patch>[2]) =>
    google.patch(calendarId, event.id, changes);

  await patch(upcoming.single(FRONT_DESK), {
    summary: 'Colour - Renée Ångström-O’Neill 💇',
    description: 'Patch test first',
  });
  await patch(upcoming.single(CHAIR_1), { transparency: 'transparent' });
  await patch(upcoming.single(CHAIR_2), { status: 'tentative' });
  const later = upcoming.single(CHAIR_3);
  await patch(later, timed(later.startMs + 26 * HOUR_MS, later.endMs - later.startMs));
  const cancelled = [upcoming.single(FRONT_DESK), upcoming.single(CHAIR_1), upcoming.single(CHAIR_2)];
  for (const { calendarId, event } of cancelled) await google.cancel(calendarId, event.id);
  const moved = upcoming.single(FRONT_DESK);
  await google.move(FRONT_DESK, moved.event.id, CHAIR_2);
  await google.insert(CHAIR_3, { summary: 'Bridal trial', ...timed(Date.now() + 5 * DAY_MS, 90 * 60_000) });
  await google.insert(CHAIR_3, {
    summary: 'Training day',
    start: { date: addDays(today, 9) },
    end: { date: addDays(today, 11) },
  });

  const one = upcoming.occurrence(CHAIR_1, 'Weekly blow-dry');
  await patch(one, timed(one.startMs + 2 * HOUR_MS, one.endMs - one.startMs));
  const off = upcoming.occurrence(CHAIR_1, 'Weekly blow-dry');
  await google.cancel(CHAIR_1, off.event.id);
  await google.insert(CHAIR_1, {
    summary: 'Monthly colour',
    ...timed(Date.now() + 3 * DAY_MS, HOUR_MS),
    recurrence: ['RRULE:FREQ=MONTHLY;COUNT=4'],
  });
  const following = upcoming.occurrence(CHAIR_2, 'Weekly blow-dry');
  await google.split(CHAIR_2, following.seriesId, iso(following.startMs), timed(following.startMs + HOUR_MS, HOUR_MS));
  const series = upcoming.occurrence(CHAIR_3, 'Call with New York');
  await google.patch(CHAIR_3, series.seriesId, timed(series.startMs + DAY_MS, 30 * 60_000));
  const ended = upcoming.occurrence(FRONT_DESK, 'Call with New York');
  await google.cancel(FRONT_DESK, ended.seriesId);
  const repeated = upcoming.single(CHAIR_3);
  await patch(repeated, { recurrence: ['RRULE:FREQ=WEEKLY;COUNT=6'] });

  await google.entry(CHAIR_1, { summaryOverride: 'Window seat' });
  await google.addCalendar('c_5a10c4a1r04@group.calendar.google.com', 'Chair 4', ZONE);
  return {
    done: [
      '4 appointments edited: title and notes, shown as free, tentative, another day',
      '3 appointments cancelled, 1 moved to another chair, 1 made; 2 days of training entered',
      'in series: 1 occurrence moved, 1 cancelled; 1 series made, 1 changed from a day on, 1 moved, 1 ended',
      '1 appointment repeated weekly from now on',
      '1 calendar renamed, 1 added',
    ],
    unseen: [],
  };
}

/** Later on: single appointments only, so that sync tokens tell all. */
export async function changeLittle(google: GoogleCalendarControl, events: readonly TrueEvent[]): Promise<Changes> {
  const upcoming = new Upcoming(events);
  const { event: edited } = upcoming.single(CHAIR_1);
  await google.patch(CHAIR_1, edited.id, { description: 'Running ten minutes late' });
  const { event: cancelled } = upcoming.single(CHAIR_3);
  await google.cancel(CHAIR_3, cancelled.id);
  const off = upcoming.occurrence(FRONT_DESK, 'Weekly blow-dry');
  await google.cancel(FRONT_DESK, off.event.id);
  await google.insert(FRONT_DESK, { summary: 'Walk-in', ...timed(Date.now() + DAY_MS, 30 * 60_000) });
  await google.entry('en.uk#holiday@group.calendar.google.com', { deleted: true });
  return {
    done: ['1 appointment edited, 1 cancelled, 1 made; 1 occurrence cancelled; 1 calendar taken off the list'],
    unseen: [],
  };
}

/** Google knows no milliseconds. */
function iso(ms: number): string {
  return new Date(ms - (ms % 1_000)).toISOString();
}

function timed(start: number, lengthMs: number): { start: EventTime; end: EventTime } {
  const at = (ms: number) => ({ dateTime: iso(ms), timeZone: ZONE });
  return { start: at(start), end: at(start + lengthMs) };
}
