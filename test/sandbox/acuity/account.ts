import { parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { Temporal } from 'temporal-polyfill';
import type { SandboxClock } from '../mechanics/clock.ts';
import { refusal } from './errors.ts';
import type {
  AcuityAppointmentRecord,
  AcuityBlock,
  AcuityCalendarRecord,
  AcuityClientRecord,
  AcuityTypeRecord,
} from './records.ts';
import type { AcuitySettings } from './settings.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** Times are offered on this grid, counted from the hour at which a calendar opens. */
const GRID_MINUTES = 30;

export interface AccountFacts {
  readonly id: number;
  readonly name: string;
  readonly timeZone: string;
  readonly currency: string;
  readonly userId: number;
}

export interface BookingWish {
  readonly type: AcuityTypeRecord;
  readonly calendarId: number | null;
  readonly start: number;
  readonly ignore?: readonly number[];
}

/** One Acuity account with its records, and the rules by which it is booked. */
export class AcuityAccount {
  readonly facts: AccountFacts;
  readonly clock: SandboxClock;
  readonly settings: AcuitySettings;
  clients: AcuityClientRecord[] = [];
  readonly appointments = new Map<number, AcuityAppointmentRecord>();
  types: AcuityTypeRecord[] = [];
  calendars: AcuityCalendarRecord[] = [];
  readonly blocks: AcuityBlock[] = [];
  #nextAppointment = 1_800_000_001;
  #nextClient = 1;

  constructor(facts: AccountFacts, clock: SandboxClock, settings: AcuitySettings) {
    this.facts = facts;
    this.clock = clock;
    this.settings = settings;
  }

  addClient(client: Omit<AcuityClientRecord, 'key'>): AcuityClientRecord {
    const record = { key: this.#nextClient++, ...client };
    this.clients.push(record);
    return record;
  }

  /** Without any check: seeds, and what the business itself does. */
  addAppointment(
    client: Pick<AcuityClientRecord, 'firstName' | 'lastName' | 'email' | 'phone'>,
    what: {
      readonly type: AcuityTypeRecord;
      readonly calendarId: number;
      readonly start: number;
      readonly timeZone?: string;
      readonly createdAt?: number;
    },
  ): AcuityAppointmentRecord {
    const { firstName, lastName, email, phone } = client;
    const record: AcuityAppointmentRecord = {
      id: this.#nextAppointment++,
      createdAt: what.createdAt ?? this.clock.now(),
      firstName,
      lastName,
      email,
      phone: bareDigits(phone),
      timeZone: what.timeZone ?? this.facts.timeZone,
      typeId: what.type.id,
      minutes: what.type.minutes,
      price: what.type.price,
      calendarId: what.calendarId,
      start: what.start,
      canceled: false,
      noShow: false,
      notes: '',
    };
    this.appointments.set(record.id, record);
    return record;
  }

  /** The calendar to book; throws as Acuity refuses. */
  requireFree({ type, calendarId, start, ignore = [] }: BookingWish): number {
    const now = this.clock.now();
    if (start < now + this.settings.minHoursInAdvance * HOUR_MS) throw refusal('not_available_min_hours_in_advance');
    if (start > now + this.settings.maxDaysInAdvance * DAY_MS) throw refusal('not_available_max_days_in_advance');
    if (calendarId !== null) {
      if (!type.calendarIds.includes(calendarId)) throw refusal('invalid_calendar');
      if (!this.#isFree(type, calendarId, start, ignore)) throw refusal('not_available');
      return calendarId;
    }
    const free = type.calendarIds.find((id) => this.#isFree(type, id, start, ignore));
    if (free === undefined) throw refusal('no_available_calendar');
    return free;
  }

  /** Free instants of one day of `timeZone`, with how many calendars are free; without a calendar, of all that do it. */
  freeTimes(
    type: AcuityTypeRecord,
    calendarId: number | null,
    day: { readonly date: string; readonly timeZone: string },
    ignore: readonly number[],
  ): { readonly start: number; readonly calendars: number }[] {
    const earliest = this.clock.now() + this.settings.minHoursInAdvance * HOUR_MS;
    const latest = this.clock.now() + this.settings.maxDaysInAdvance * DAY_MS;
    const [from, to] = [dayStart(day.date, day.timeZone, 0), dayStart(day.date, day.timeZone, 1)];
    if (to <= earliest || from > latest || !type.active) return [];
    const free = new Map<number, number>();
    for (const id of calendarId === null ? type.calendarIds : [calendarId]) {
      for (const { open, close } of this.#openings(id, from, to)) {
        // No change of clocks falls into opening hours.
        for (let start = open; start + type.minutes * MINUTE_MS <= close; start += GRID_MINUTES * MINUTE_MS) {
          if (start < Math.max(from, earliest) || start >= to || start > latest) continue;
          if (!this.#taken(type, id, start, ignore)) free.set(start, (free.get(start) ?? 0) + 1);
        }
      }
    }
    return [...free].map(([start, calendars]) => ({ start, calendars })).sort((a, b) => a.start - b.start);
  }

  /** The hours of a calendar on the days of its own that touch a stretch of time. */
  #openings(calendarId: number, from: number, to: number): { open: number; close: number }[] {
    const calendar = this.calendars.find(({ id }) => id === calendarId);
    if (!calendar) return [];
    const dates = [from, to - 1].map((instant) =>
      Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(calendar.timeZone).toPlainDate().toString(),
    );
    return [...new Set(dates)].flatMap((date) => {
      const hours = calendar.hours[Temporal.PlainDate.from(date).dayOfWeek - 1];
      if (!hours) return [];
      const [open, close] = hours;
      return [{ open: atMinute(date, open, calendar.timeZone), close: atMinute(date, close, calendar.timeZone) }];
    });
  }

  #isFree(type: AcuityTypeRecord, calendarId: number, start: number, ignore: readonly number[]): boolean {
    const end = start + type.minutes * MINUTE_MS;
    const offered = this.#openings(calendarId, start, start + 1).some(
      ({ open, close }) => start >= open && end <= close && (start - open) % (GRID_MINUTES * MINUTE_MS) === 0,
    );
    return type.active && offered && !this.#taken(type, calendarId, start, ignore);
  }

  /** By other appointments or by a block, from the start to the end of what is kept free afterwards. */
  #taken(type: AcuityTypeRecord, calendarId: number, start: number, ignore: readonly number[]): boolean {
    const end = start + (type.minutes + type.paddingAfter) * MINUTE_MS;
    const blocked = this.blocks.some((one) => one.calendarId === calendarId && one.start < end && one.end > start);
    if (blocked) return true;
    for (const other of this.appointments.values()) {
      if (other.calendarId !== calendarId || other.canceled || ignore.includes(other.id)) continue;
      if (other.start < end && other.start + other.minutes * MINUTE_MS > start) return true;
    }
    return false;
  }
}

/** The instant at which clocks show a minute of a day. */
function atMinute(date: string, minute: number, timeZone: string): number {
  const time = Temporal.PlainTime.from({ hour: Math.floor(minute / 60), minute: minute % 60 });
  return Temporal.PlainDate.from(date).toZonedDateTime({ timeZone, plainTime: time }).epochMilliseconds;
}

export function dayStart(date: string, timeZone: string, daysLater: number): number {
  return Temporal.PlainDate.from(date).add({ days: daysLater }).toZonedDateTime(timeZone).startOfDay()
    .epochMilliseconds;
}

/** Appointments carry numbers as digits alone; the country code stays, its plus sign does not. */
export function bareDigits(phone: string): string {
  const number = phone.trim().startsWith('+') ? parsePhoneNumberFromString(phone) : undefined;
  return (number?.isValid() ? number.number : phone).replace(/\D/g, '');
}
