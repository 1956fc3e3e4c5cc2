/** Acuity's records in the hub's terms. Pure; nothing is invented. */
import { createHash } from 'node:crypto';
import { normalizeEmail } from '../../core/email.ts';
import type { Appointment, AppointmentStatus } from '../../core/model/appointment.ts';
import type { Contact } from '../../core/model/contact.ts';
import type { Money } from '../../core/model/deal.ts';
import type { SourceRecord } from '../../core/model/mirror-record.ts';
import type { Service } from '../../core/model/service.ts';
import type { StaffMember } from '../../core/model/staff-member.ts';
import { isTimeZone } from '../../core/time/time-zone.ts';
import { zonedIso } from '../../core/time/zoned-time.ts';
import type { ConnectorSession } from '../connector.ts';
import { displayNameOf, emailsOf, instant, phonesOf, text } from '../kit/people.ts';
import type { AcuityAppointment, AcuityAppointmentType, AcuityCalendar, AcuityClient } from './schemas.ts';

const MINUTE_MS = 60_000;

/** What a record's reading depends on besides the record. */
export interface Reading {
  /** ISO 3166-1 alpha-2: how numbers without a country code are read. */
  readonly defaultCountry: string | undefined;
  /** The account's zone; calendars may have their own. */
  readonly timeZone: string;
  /** ISO 4217; prices come without it. */
  readonly currency: string | null;
}

export function readingOf({ config, account }: ConnectorSession): Reading {
  const { timeZone, currency } = account?.attributes ?? {};
  return {
    defaultCountry: config.defaultCountry,
    timeZone: timeZone !== undefined && isTimeZone(timeZone) ? timeZone : config.timeZone,
    currency: text(currency),
  };
}

/**
 * The id of a client. Acuity gives none: whoever has the same name, phone number and e-mail address is the same client,
 * however these are written (phone numbers come formatted in one answer and as bare digits in another). A client whose
 * particulars change is thus another record, and the old one is gone.
 */
export function clientId({ firstName, lastName, phone, email }: AcuityClient): string {
  const particulars = [comparable(firstName), comparable(lastName), comparablePhone(phone), comparable(email)];
  return createHash('sha256').update(JSON.stringify(particulars)).digest('hex').slice(0, 32);
}

type Named = Partial<Readonly<Record<'firstName' | 'lastName', string | null | undefined>>>;

/** Whether two people are called the same. */
export function sameName(a: Named, b: Named): boolean {
  return comparable(a.firstName) === comparable(b.firstName) && comparable(a.lastName) === comparable(b.lastName);
}

export function toClientRecord(client: AcuityClient, { defaultCountry }: Reading): SourceRecord<Contact> {
  const id = clientId(client);
  const firstName = text(client.firstName);
  const lastName = text(client.lastName);
  const data: Contact = {
    ...{ id, firstName, lastName },
    displayName: displayNameOf(firstName, lastName),
    emails: emailsOf([client.email]),
    phones: phonesOf([{ raw: client.phone }], defaultCountry),
    company: null,
    lifecycleStage: null,
    ownerId: null,
    createdAt: null,
    updatedAt: null,
  };
  // The business's notes on a client are left out: they may be of any kind, medical ones too.
  const source = {
    firstName: client.firstName ?? null,
    lastName: client.lastName ?? null,
    email: client.email ?? null,
    phone: client.phone ?? null,
  };
  return { resource: 'clients', id, data, source, updatedAt: null };
}

/**
 * The end comes from the length: the row's own `endTime` is text for people, as are `date`, `time` and `dateCreated`.
 * Acuity does not say that an appointment took place, so it stays confirmed.
 */
export function toAppointmentRecord(row: AcuityAppointment, reading: Reading): SourceRecord<Appointment> {
  const { calendarTimezone } = row;
  const timeZone = calendarTimezone && isTimeZone(calendarTimezone) ? calendarTimezone : reading.timeZone;
  const start = Date.parse(row.datetime);
  const location = text(row.location);
  const data: Appointment = {
    id: row.id,
    status: statusOf(row),
    start: zonedIso(start, timeZone),
    end: zonedIso(start + row.duration * MINUTE_MS, timeZone),
    timeZone,
    allDay: false,
    busy: row.canceled !== true,
    title: text(row.type),
    notes: text(row.notes),
    services: [{ id: row.appointmentTypeID, name: text(row.type) }],
    staff: [{ id: row.calendarID, name: text(row.calendar) }],
    customers: [customerOf(row, reading)],
    location: location === null ? null : { id: null, name: location },
    price: priceOf(row.price, reading),
    capacity: null,
    seriesId: null,
    version: null,
    createdAt: instant(withColon(row.datetimeCreated)),
    updatedAt: null,
  };
  const source = {
    datetime: row.datetime,
    duration: row.duration,
    appointmentTypeID: row.appointmentTypeID,
    calendarID: row.calendarID,
    canceled: row.canceled ?? null,
    noShow: row.noShow ?? null,
    price: row.price ?? null,
    paid: row.paid ?? null,
    amountPaid: row.amountPaid ?? null,
    clientTimezone: row.timezone ?? null,
    classID: row.classID ?? null,
  };
  return { resource: 'appointments', id: row.id, data, source, updatedAt: null };
}

/** Classes and series are not among the times that can be asked for, so they can't be booked through the hub. */
export function toServiceRecord(type: AcuityAppointmentType, reading: Reading): SourceRecord<Service> {
  const { id, name, duration, classSize } = type;
  const kind = type.type ?? 'service';
  const data: Service = {
    ...{ id, name },
    description: text(type.description),
    durationMinutes: duration === 0 ? null : duration,
    bufferBeforeMinutes: type.paddingBefore ?? 0,
    bufferAfterMinutes: type.paddingAfter ?? 0,
    price: priceOf(type.price, reading),
    staffIds: type.calendarIDs ?? null,
    bookable: type.active !== false && type.private !== true && kind === 'service',
    capacity: kind === 'class' ? (classSize ?? null) : null,
    createdAt: null,
    updatedAt: null,
  };
  const source = {
    ...{ name, duration },
    active: type.active ?? null,
    price: type.price ?? null,
    category: type.category ?? null,
    private: type.private ?? null,
    type: type.type ?? null,
    classSize: classSize ?? null,
  };
  return { resource: 'services', id, data, source, updatedAt: null };
}

export function toStaffRecord(calendar: AcuityCalendar): SourceRecord<StaffMember> {
  const { id, name, timezone } = calendar;
  const data: StaffMember = {
    ...{ id, name },
    email: normalizeEmail(calendar.email ?? ''),
    timeZone: timezone && isTimeZone(timezone) ? timezone : null,
    bookable: true,
    createdAt: null,
    updatedAt: null,
  };
  const source = {
    name,
    email: calendar.email ?? null,
    timezone: timezone ?? null,
    location: calendar.location ?? null,
  };
  return { resource: 'staff', id, data, source, updatedAt: null };
}

/** Acuity marks somebody who did not come as both cancelled and no-show. */
function statusOf({ canceled, noShow }: AcuityAppointment): AppointmentStatus {
  if (noShow === true) return 'no_show';
  return canceled === true ? 'cancelled' : 'confirmed';
}

/** Acuity gives no id of the client. */
function customerOf(row: AcuityAppointment, { defaultCountry }: Reading): Appointment['customers'][number] {
  const names = [text(row.firstName), text(row.lastName)].filter((name) => name !== null);
  return {
    id: null,
    name: names.length === 0 ? null : names.join(' '),
    email: normalizeEmail(row.email ?? ''),
    phone: phonesOf([{ raw: row.phone }], defaultCountry)[0]?.e164 ?? null,
  };
}

function priceOf(price: string | null | undefined, { currency }: Reading): Money | null {
  const amount = text(price)?.trim() ?? null;
  return amount === null || !/^\d+(\.\d+)?$/.test(amount) ? null : { amount, currency };
}

function withColon(value: string | null | undefined): string | null {
  return value?.replace(/([+-]\d{2})(\d{2})$/, '$1:$2') ?? null;
}

function comparable(value: string | null | undefined): string {
  return (value ?? '').normalize('NFC').trim().replace(/\s+/g, ' ').toLowerCase();
}

function comparablePhone(value: string | null | undefined): string {
  const digits = (value ?? '').normalize('NFKC').replace(/\D/g, '');
  return digits === '' ? comparable(value) : digits.replace(/^00/, '');
}
