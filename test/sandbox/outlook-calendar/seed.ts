import { addDays, dateIn, fromLocal, startOfDay, weekdayOf } from '../../../lambdas/core/time/zoned-time.ts';
import { Random } from '../mechanics/random.ts';
import { type EventFields, type Mailbox, newFields } from './mailbox.ts';
import { zoneNamed } from './zones.ts';

/** Calendars of the main account, by what they are. */
export const CALENDARS = {
  main: 'AAMkADgzMain+/A=',
  chair: 'AAMkADgzChair+/B=',
  room: 'AAMkADgzRoom+/C=',
  holidays: 'AAMkADgzHolidays+/D=',
} as const;

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const HOME = 'Europe/London';
const SUBJECTS = [
  'Cut and blow-dry',
  'Colour',
  'Check-up',
  'First visit',
  'Facial',
  'Consultation',
  'Émilie 😀',
  'Beard trim',
];
const PEOPLE = ['Noor Haddad', 'Prince', 'Siobhán O’Neill', 'Kwame Mensah', 'Zofia Nowak'];

/** Fills the main account: the same seed gives the same events, around now. */
export function seedMailbox(mailbox: Mailbox, seed: number, events: number): void {
  const random = new Random(seed);
  const today = dateIn(mailbox.now(), HOME);
  for (const [id, name, canEdit] of [
    [CALENDARS.main, 'Calendar', true],
    [CALENDARS.chair, 'Chair 2', true],
    [CALENDARS.room, 'Treatment room', true],
    [CALENDARS.holidays, 'United Kingdom holidays', false],
  ] as const) {
    mailbox.calendars.set(id, { id, name, canEdit, isDefault: id === CALENDARS.main });
  }
  for (let index = 0; index < events; index++) seedEvent(mailbox, random, today, index);
  for (let index = 0; index < 6; index++) seedSeries(mailbox, random, today, index);
  for (let index = 0; index < 8; index++) seedDays(mailbox, random, today, index);
}

/** A personal account with one calendar. */
export function seedSmallMailbox(mailbox: Mailbox, seed: number): void {
  const id = 'AQMkADAwATMwMAItMain=';
  mailbox.calendars.set(id, { id, name: 'Calendar', canEdit: true, isDefault: true });
  const random = new Random(seed);
  const today = dateIn(mailbox.now(), HOME);
  for (let index = 0; index < 6; index++) {
    const start = fromLocal(`${addDays(today, random.int(1, 20))}T10:00:00`, HOME);
    const fields = newFields(mailbox, { subject: random.pick(SUBJECTS) });
    mailbox.add({
      type: 'singleInstance',
      calendarId: id,
      start,
      end: start + 30 * MINUTE,
      fields,
      at: start - 40 * DAY,
    });
  }
}

/** The first ones are the cases that break programs, so that even a small sandbox has them; the rest is ordinary. */
function seedEvent(mailbox: Mailbox, random: Random, today: string, index: number): void {
  const special = SPECIAL[index] ?? {};
  const date = addDays(today, random.int(-25, 150));
  const hour = String(random.int(9, 16)).padStart(2, '0');
  const start = fromLocal(`${date}T${hour}:${random.pick(['00', '15', '30', '45'])}:00`, HOME);
  const calendarId = random.pick([CALENDARS.main, CALENDARS.main, CALENDARS.chair, CALENDARS.room]);
  const fields = newFields(mailbox, {
    subject: `${random.pick(SUBJECTS)} ${index + 1}`,
    body: random.chance(0.3) ? `Room ${random.int(1, 4)}\nBring the card` : '',
    location: random.chance(0.2) ? 'Upstairs' : '',
    showAs: random.chance(0.1) ? 'tentative' : 'busy',
    ...special,
  });
  const at = mailbox.now() - random.int(30 * DAY, 90 * DAY);
  const end = start + random.pick([20, 30, 45, 60, 90]) * MINUTE;
  mailbox.add({
    type: 'singleInstance',
    calendarId: special.isCancelled ? CALENDARS.main : calendarId,
    start,
    end,
    fields,
    at,
  });
  // Long past and far ahead: no window shows them.
  if (index % 25 === 0) {
    for (const days of [-80, 320]) {
      const away = start + days * DAY;
      mailbox.add({
        type: 'singleInstance',
        calendarId,
        start: away,
        end: away + 30 * MINUTE,
        fields: { ...fields },
        at,
      });
    }
  }
}

const KIM = { name: 'Head office', address: 'office@franchise.example' };
const SPECIAL: readonly Partial<EventFields>[] = [
  { showAs: 'free', subject: 'Lunch idea' },
  { showAs: 'workingElsewhere' },
  { showAs: 'oof' },
  { showAs: 'unknown' },
  { isCancelled: true, subject: 'Cancelled: supplier' },
  { sensitivity: 'private', subject: 'Dentist', body: 'Dr. Roe, 3rd floor', location: 'Clinic' },
  { sensitivity: 'confidential', subject: 'Salary talk' },
  { zone: 'Eastern Standard Time', subject: 'Call with New York' },
  { zone: 'tzone://Microsoft/Custom' },
  { zone: 'UTC' },
  { zone: 'America/New_York' },
  { organizer: KIM, response: 'notResponded', showAs: 'tentative', subject: 'Franchise day' },
  { organizer: KIM, response: 'declined', subject: 'Webinar' },
  { organizer: KIM, response: 'accepted', subject: 'Stock count' },
  {
    attendees: [
      { type: 'required', name: 'Noor Haddad', address: 'Noor.Haddad@mailbox.example' },
      { type: 'resource', name: 'Upstairs', address: 'upstairs@marlow-finch.example' },
    ],
  },
  { subject: '' },
  { subject: 'N'.repeat(200) },
];

/** Weekly, at the same time of the zone's clocks on both sides of their change; some moved, some called off. */
function seedSeries(mailbox: Mailbox, random: Random, today: string, index: number): void {
  const zone = index === 2 ? 'Eastern Standard Time' : 'GMT Standard Time';
  const iana = zoneNamed(zone) ?? HOME;
  const calendarId = index % 2 === 0 ? CALENDARS.main : CALENDARS.chair;
  const first = addDays(today, -40 - random.int(0, 6));
  const clock = `${String(8 + index).padStart(2, '0')}:30:00`;
  const length = 30 * MINUTE;
  const at = mailbox.now() - 100 * DAY;
  const startOf = (week: number) => fromLocal(`${addDays(first, 7 * week)}T${clock}`, iana);
  const fields = newFields(mailbox, {
    subject: `Every week ${index + 1}: ${random.pick(PEOPLE)}`,
    zone,
    showAs: index === 3 ? 'free' : 'busy',
    sensitivity: index === 4 ? 'private' : 'normal',
  });
  const master = mailbox.add({
    type: 'seriesMaster',
    calendarId,
    start: startOf(0),
    end: startOf(0) + length,
    fields,
    at,
  });
  for (let week = 0; week < 30; week++) {
    const start = startOf(week);
    if (week % 11 === 3) continue;
    const occurrence = mailbox.add({
      type: 'occurrence',
      calendarId,
      start,
      end: start + length,
      fields: null,
      seriesId: master.id,
      at,
    });
    if (week % 9 !== 5) continue;
    occurrence.type = 'exception';
    occurrence.fields = { ...fields, subject: `${fields.subject} (moved)` };
    occurrence.start += 60 * MINUTE;
    occurrence.end += 60 * MINUTE;
  }
}

/** Leave and holidays; one lies on a day on which London's clocks change. */
function seedDays(mailbox: Mailbox, random: Random, today: string, index: number): void {
  const zone = index === 5 ? 'Eastern Standard Time' : index === 6 ? 'UTC' : 'GMT Standard Time';
  const iana = zoneNamed(zone) ?? HOME;
  const changes = [-20, 0, 60, 120].map((ahead) => nextSunday(addDays(today, ahead)));
  const first = index < 2 ? (changes[index] ?? today) : addDays(today, random.int(-20, 140));
  const behind = addDays(first, index === 3 ? 14 : 1);
  const fields = newFields(mailbox, {
    subject: index % 2 === 0 ? `Leave ${index}` : `Bank holiday ${index}`,
    isAllDay: true,
    showAs: index % 2 === 0 ? 'oof' : 'free',
    zone,
  });
  mailbox.add({
    type: 'singleInstance',
    calendarId: index % 3 === 2 ? CALENDARS.chair : CALENDARS.main,
    start: startOfDay(first, iana),
    end: startOfDay(behind, iana),
    fields,
    at: mailbox.now() - 60 * DAY,
  });
}

function nextSunday(date: string): string {
  return addDays(date, 7 - weekdayOf(date));
}
