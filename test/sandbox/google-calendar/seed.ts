import { addDays, dateIn, fromLocal } from '../../../lambdas/core/time/zoned-time.ts';
import type { SandboxClock } from '../mechanics/clock.ts';
import { Random } from '../mechanics/random.ts';
import type { Account, ListEntry } from './account.ts';
import { Calendar } from './calendar.ts';
import { written } from './recurrence.ts';
import type { GoogleCalendarSettings } from './settings.ts';

export const ZONE = 'Europe/London';
export const FRONT_DESK = 'front.desk@marlow-finch.example';
/** The calendars that customers are booked into, besides the main one. */
export const CHAIRS = ['c_5a10c4a1r01', 'c_5a10c4a1r02', 'c_5a10c4a1r03'].map(
  (id) => `${id}@group.calendar.google.com`,
);
const HOLIDAYS = 'en.uk#holiday@group.calendar.google.com';
const HIDDEN = 'c_5a10d0rmant@group.calendar.google.com';

const FIRST = 'Amelia Oliver Isla Noah Zoë Priya Kwame Siobhán Rhys Chloé Jürgen Ngozi Søren José Mónica Aoife'.split(
  ' ',
);
const LAST = "Smith Patel O'Brien Jones Khan Nowak MacDonald Okafor Evans Müller García Thompson-Hale".split(' ');
const SERVICES = ['Cut', 'Cut and blow-dry', 'Colour', 'Balayage', 'Beard trim', 'Consultation'];

/** The salon with all its appointments, and a person with a few of their own. */
export function seedAccounts(
  { clock, seed, contacts }: { clock: SandboxClock; seed: number; contacts: number },
  settings: GoogleCalendarSettings,
): [Account, Account] {
  const calendar = (id: string, summary: string, timeZone = ZONE) =>
    new Calendar({ id, summary, timeZone }, clock, settings);
  const entry = (of: Calendar, change: Partial<ListEntry> = {}): ListEntry => ({
    calendar: of,
    accessRole: 'owner',
    primary: false,
    hidden: false,
    deleted: false,
    summaryOverride: null,
    ...change,
  });
  const main = calendar(FRONT_DESK, FRONT_DESK);
  main.workingHours = {
    workingHoursEnabled: true,
    availableTimes: ['MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY'].map((dayOfWeek) => ({
      dayOfWeek,
      periodStart: 9 * 60,
      periodEnd: 17 * 60 + 30,
    })),
  };
  const chairs = CHAIRS.map((id, index) => calendar(id, `Chair ${index + 1}`));
  const salon: Account = {
    sub: '108256374910283746501',
    email: FRONT_DESK,
    name: 'Marlow & Finch',
    userId: 1,
    entries: [
      entry(main, { primary: true, summaryOverride: 'Front desk' }),
      ...chairs.map((chair) => entry(chair)),
      entry(calendar(HOLIDAYS, 'Holidays in United Kingdom'), { accessRole: 'reader' }),
      entry(calendar(HIDDEN, 'Old chair'), { accessRole: 'writer', hidden: true }),
    ],
  };
  const random = new Random(seed);
  const now = clock.now();
  for (const one of [main, ...chairs]) {
    seedAppointments(one, random, now, Math.max(12, Math.ceil((contacts * 2) / (chairs.length + 1))));
    seedOddities(one, now);
  }

  const own = calendar('ida.quist@mailbox.example', 'Ida Quist', 'America/New_York');
  seedAppointments(own, random, now, 8);
  const person: Account = {
    sub: '117700000000000000042',
    email: own.id,
    name: 'Ida Quist',
    userId: 2,
    entries: [entry(own, { primary: true })],
  };
  return [salon, person];
}

/** Ordinary appointments of four months back and four ahead, in opening hours. */
function seedAppointments(calendar: Calendar, random: Random, now: number, count: number): void {
  const today = dateIn(now, calendar.timeZone);
  for (let index = 0; index < count; index += 1) {
    const day = addDays(today, random.int(-120, 120));
    const hour = String(random.int(9, 16)).padStart(2, '0');
    const start = fromLocal(`${day}T${hour}:${random.pick(['00', '15', '30'])}:00`, calendar.timeZone);
    const name = `${random.pick(FIRST)} ${random.pick(LAST)}`;
    const event = calendar.insert(
      {
        summary: `${random.pick(SERVICES)} - ${name}`,
        ...timed(start, random.pick([30, 45, 60, 90]), calendar.timeZone),
        ...(random.chance(0.2) ? { description: `Prefers ${random.pick(FIRST)}` } : {}),
        ...(random.chance(0.1) ? { location: 'Upstairs' } : {}),
        ...(random.chance(0.05) ? { status: 'tentative' } : {}),
        ...(random.chance(0.05) ? { transparency: 'transparent' } : {}),
        ...(random.chance(0.15) ? { attendees: guests(calendar, name, random) } : {}),
      },
      now - random.int(1, 200) * 3_600_000,
    );
    if (random.chance(0.05)) calendar.cancel(event.id);
  }
}

function guests(calendar: Calendar, name: string, random: Random) {
  return [
    { email: calendar.id, self: true, responseStatus: random.pick(['accepted', 'declined', 'needsAction'] as const) },
    { email: `${random.digits(6)}@mailbox.example`, displayName: name, responseStatus: 'accepted' },
    { email: 'room-1@resource.calendar.google.com', resource: true, responseStatus: 'accepted' },
  ];
}

/** What every calendar has that breaks programs: series of all kinds, whole days, odd names. */
function seedOddities(calendar: Calendar, now: number): void {
  const zone = calendar.timeZone;
  const today = dateIn(now, zone);
  const at = (days: number, time: string) => fromLocal(`${addDays(today, days)}T${time}:00`, zone);
  const days = (from: number, to: number) => ({
    start: { date: addDays(today, from) },
    end: { date: addDays(today, to) },
  });
  const series = (summary: string, start: number, minutes: number, rule: string, timeZone = zone) =>
    calendar.insert({ summary, ...timed(start, minutes, timeZone), recurrence: [`RRULE:${rule}`] }, now - 7_200_000);

  const weekly = series('Weekly blow-dry - Maisie Wright', at(-60, '11:00'), 45, 'FREQ=WEEKLY');
  const exceptions = calendar
    .live(now, now + 40 * 86_400_000)
    .filter(({ json }) => json.recurringEventId === weekly.id);
  const [moved, cancelled] = exceptions;
  if (moved) calendar.patch(moved.id, timed(moved.start + 2 * 3_600_000, 45, zone));
  if (cancelled) calendar.cancel(cancelled.id);
  series('Team huddle', at(-20, '08:30'), 15, 'FREQ=DAILY;COUNT=60');
  series('Stocktaking', at(-100, '17:00'), 60, 'FREQ=MONTHLY;INTERVAL=2');
  // Begins on a wall clock that changes on other days.
  series('Call with New York', at(-30, '15:00'), 30, 'FREQ=WEEKLY;INTERVAL=2', 'America/New_York');
  calendar.insert({
    summary: 'Closed on Mondays',
    ...days(-28, -27),
    recurrence: ['RRULE:FREQ=WEEKLY'],
    transparency: 'transparent',
  });

  calendar.insert({ summary: 'Leave', ...days(20, 27), eventType: 'outOfOffice' });
  calendar.insert({ summary: 'Bank holiday', ...days(33, 34), transparency: 'transparent' });
  calendar.insert({ summary: 'Home', ...days(3, 4), eventType: 'workingLocation', transparency: 'transparent' });
  calendar.insert({ summary: 'Refurbishment', ...days(200, 245) });
  calendar.insert({
    summary: `Bridal party ${'of the very long name '.repeat(9)}`,
    ...timed(at(12, '10:00'), 240, zone),
  });
  calendar.insert({ summary: '💇‍♀️', ...timed(at(13, '09:00'), 30, zone) });
  calendar.insert({ ...timed(at(14, '09:00'), 30, zone), visibility: 'private' });
  calendar.insert({ summary: 'Long ago', ...timed(at(-300, '09:00'), 30, zone) });
  calendar.insert({ summary: 'Reminder', ...timed(at(15, '12:00'), 0, zone) });
}

function timed(start: number, minutes: number, timeZone: string) {
  const at = (ms: number) => ({ dateTime: written(ms, timeZone), timeZone });
  return { start: at(start), end: at(start + minutes * 60_000) };
}
