import { Temporal } from 'temporal-polyfill';
import { seedPerson } from '../hubspot/seed-people.ts';
import { Random } from '../mechanics/random.ts';
import type { AcuityAccount } from './account.ts';
import type { AcuityCalendarRecord, AcuityTypeRecord } from './records.ts';

const DAY_MS = 24 * 60 * 60_000;
const PAST_DAYS = 30;
const FUTURE_DAYS = 45;

const LONG_DAY: [number, number] = [9 * 60, 18 * 60];
const SHORT_DAY: [number, number] = [10 * 60, 16 * 60];
const WEEK = [LONG_DAY, LONG_DAY, LONG_DAY, LONG_DAY, LONG_DAY, SHORT_DAY, null];
const PART_TIME = [null, SHORT_DAY, LONG_DAY, null, LONG_DAY, SHORT_DAY, null];

/** Calendars of an account whose ids begin at `first`; the last one works in a zone of its own. */
function calendars(first: number, timeZone: string, elsewhere: string): AcuityCalendarRecord[] {
  return [
    { id: first, name: 'Mara', email: 'Mara@salon.example', timeZone, hours: WEEK },
    { id: first + 1, name: 'Ines', email: 'ines@salon.example', timeZone, hours: WEEK },
    { id: first + 2, name: 'Studio class', email: '', timeZone, hours: WEEK },
    {
      id: first + 3,
      name: 'Video consultations 🎥',
      email: 'video@salon.example',
      timeZone: elsewhere,
      hours: PART_TIME,
    },
  ];
}

function types(first: number, [mara = 0, ines = 0, studio = 0, video = 0]: readonly number[]): AcuityTypeRecord[] {
  const service = { active: true, private: false, kind: 'service', classSize: null, paddingAfter: 0 } as const;
  return [
    {
      ...service,
      id: first,
      name: 'Haircut',
      minutes: 30,
      price: '38.00',
      category: 'Hair',
      calendarIds: [mara, ines],
    },
    {
      ...service,
      id: first + 1,
      name: 'Colour',
      minutes: 90,
      price: '120.50',
      category: 'Hair',
      calendarIds: [mara],
      paddingAfter: 15,
    },
    {
      ...service,
      id: first + 2,
      name: 'Fringe trim',
      minutes: 15,
      price: '0.00',
      category: 'Hair',
      calendarIds: [mara, ines],
    },
    {
      ...service,
      id: first + 3,
      name: 'Video consultation',
      minutes: 30,
      price: '',
      category: 'Advice',
      calendarIds: [video],
    },
    {
      ...service,
      id: first + 4,
      name: 'Braiding class',
      minutes: 120,
      price: '25.00',
      category: 'Classes',
      calendarIds: [studio],
      kind: 'class',
      classSize: 12,
    },
    {
      ...service,
      id: first + 5,
      name: 'Staff cut',
      minutes: 30,
      price: '10.00',
      category: 'Hair',
      calendarIds: [ines],
      private: true,
    },
    {
      ...service,
      id: first + 6,
      name: 'Perm',
      minutes: 150,
      price: '95.00',
      category: 'Hair',
      calendarIds: [ines],
      active: false,
    },
  ];
}

/** People, and appointments from a month ago to some weeks ahead: kept, cancelled, missed, and a class with many. */
export function seedAccount(account: AcuityAccount, seed: number, contacts: number): void {
  const random = new Random(seed);
  const { timeZone, currency } = account.facts;
  const first = currency === 'GBP' ? 14_200_001 : 14_300_001;
  account.calendars = calendars(first, timeZone, timeZone === 'Europe/London' ? 'America/New_York' : 'Europe/London');
  account.types = types(
    currency === 'GBP' ? 70_010_001 : 70_020_001,
    account.calendars.map(({ id }) => id),
  );
  for (let index = 0; index < contacts; index++) {
    const { firstname = '', lastname = '', email = '', phone, mobilephone } = seedPerson(random, index);
    account.addClient({
      firstName: firstname,
      lastName: lastname,
      email,
      phone: phone ?? mobilephone ?? '',
      notes: '',
    });
  }
  if (account.clients.length === 0) return;
  const today = Temporal.Instant.fromEpochMilliseconds(account.clock.now()).toZonedDateTimeISO(timeZone).toPlainDate();
  for (let day = -PAST_DAYS; day <= FUTURE_DAYS; day++) seedDay(account, random, today.add({ days: day }));
}

function seedDay(account: AcuityAccount, random: Random, date: Temporal.PlainDate): void {
  const now = account.clock.now();
  for (const calendar of account.calendars) {
    const hours = calendar.hours[date.dayOfWeek - 1];
    if (!hours) continue;
    const offered = account.types.filter(
      (type) => type.calendarIds.includes(calendar.id) && type.kind === 'service' && type.active && !type.private,
    );
    const isClass = offered.length === 0;
    if (isClass && date.dayOfWeek !== 4) continue;
    let minute = hours[0] + 30 * random.int(0, 4);
    const booked = isClass ? 1 : random.int(1, 3);
    for (let number = 0; number < booked; number++) {
      const type = isClass ? account.types.find(({ kind }) => kind === 'class') : random.pick(offered);
      if (!type || minute + type.minutes > hours[1]) break;
      const plainTime = Temporal.PlainTime.from({ hour: Math.floor(minute / 60), minute: minute % 60 });
      const start = date.toZonedDateTime({ timeZone: calendar.timeZone, plainTime }).epochMilliseconds;
      for (let place = isClass ? 5 : 1; place > 0; place--) {
        const record = account.addAppointment(random.pick(account.clients), {
          type,
          calendarId: calendar.id,
          start,
          createdAt: Math.min(now, start) - random.int(1, 20) * DAY_MS,
        });
        record.canceled = random.chance(0.1);
        // Whoever does not come is marked as cancelled, too.
        if (start < now && !record.canceled && random.chance(0.05))
          Object.assign(record, { canceled: true, noShow: true });
        if (random.chance(0.1)) record.notes = 'Prefers the seat by the window';
      }
      minute += Math.ceil((type.minutes + type.paddingAfter) / 30) * 30 + 30 * random.int(1, 4);
    }
  }
}
