/** Records as Acuity writes them into its answers. */
import { Temporal } from 'temporal-polyfill';
import type { AcuityAccount } from './account.ts';
import type { AcuityAppointmentRecord, AcuityCalendarRecord, AcuityClientRecord, AcuityTypeRecord } from './records.ts';

/** Whatever the account's zone is, the time of creation is written with this offset. */
const CREATED_ZONE = 'America/Chicago';

/** ISO 8601 with an offset without a colon: `2026-06-30T10:00:00+0300`. */
export function acuityInstant(epochMs: number, timeZone: string): string {
  const local = zoned(epochMs, timeZone);
  return `${local.toPlainDateTime().toString({ smallestUnit: 'second' })}${local.offset.replace(':', '')}`;
}

export function appointmentAnswer(account: AcuityAccount, record: AcuityAppointmentRecord): Record<string, unknown> {
  const { id, firstName, lastName, phone, email, start, minutes, typeId, calendarId, price } = record;
  const calendar = account.calendars.find((one) => one.id === calendarId);
  const type = account.types.find((one) => one.id === typeId);
  const timeZone = calendar?.timeZone ?? account.facts.timeZone;
  return {
    id,
    firstName,
    lastName,
    phone,
    email,
    date: longDate(start, timeZone),
    time: clockTime(start, timeZone),
    endTime: clockTime(start + minutes * 60_000, timeZone),
    dateCreated: longDate(record.createdAt, CREATED_ZONE),
    datetimeCreated: acuityInstant(record.createdAt, CREATED_ZONE),
    datetime: acuityInstant(start, timeZone),
    price,
    paid: 'no',
    amountPaid: '0.00',
    type: type?.name ?? 'Deleted type',
    appointmentTypeID: typeId,
    classID: type?.kind === 'class' ? typeId + 500 : null,
    addonIDs: [],
    category: type?.category ?? '',
    duration: String(minutes),
    calendar: calendar?.name ?? 'Deleted calendar',
    calendarID: calendarId,
    certificate: null,
    confirmationPage: `https://app.acuityscheduling.com/schedule.php?owner=${account.facts.id}&action=appt&id=sandbox`,
    location: '',
    notes: record.notes,
    timezone: record.timeZone,
    calendarTimezone: timeZone,
    canceled: record.canceled,
    noShow: record.noShow,
    canClientCancel: !record.canceled && account.settings.clientsMayCancel,
    canClientReschedule: !record.canceled && account.settings.clientsMayReschedule,
    labels: null,
    forms: [],
    formsText: '',
  };
}

export function clientAnswer({ key: _hidden, ...client }: AcuityClientRecord): Record<string, unknown> {
  return client;
}

export function typeAnswer(account: AcuityAccount, type: AcuityTypeRecord): Record<string, unknown> {
  const { id, active, name, minutes, price, category, kind, classSize, paddingAfter, calendarIds } = type;
  return {
    id,
    active,
    name,
    description: '',
    duration: minutes,
    price,
    category,
    color: '#ED7087',
    private: type.private,
    type: kind,
    classSize,
    paddingAfter,
    paddingBefore: 0,
    calendarIDs: calendarIds,
    addonIDs: [],
    formIDs: [],
    schedulingUrl: `https://app.acuityscheduling.com/schedule.php?owner=${account.facts.id}&appointmentType=${id}`,
  };
}

export function calendarAnswer({ id, name, email, timeZone }: AcuityCalendarRecord): Record<string, unknown> {
  return { id, name, email, replyTo: email, description: '', location: '', timezone: timeZone };
}

function zoned(epochMs: number, timeZone: string): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(epochMs).toZonedDateTimeISO(timeZone);
}

const MONTHS = 'January February March April May June July August September October November December'.split(' ');

/** `June 30, 2026` */
function longDate(epochMs: number, timeZone: string): string {
  const { year, month, day } = zoned(epochMs, timeZone);
  return `${MONTHS[month - 1]} ${day}, ${year}`;
}

/** `10:00am` */
function clockTime(epochMs: number, timeZone: string): string {
  const { hour, minute } = zoned(epochMs, timeZone);
  return `${hour % 12 === 0 ? 12 : hour % 12}:${String(minute).padStart(2, '0')}${hour < 12 ? 'am' : 'pm'}`;
}
