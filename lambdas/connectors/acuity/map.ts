/** Acuity's records in the hub's terms. Pure; nothing is invented. */
import { createHash } from 'node:crypto';
import type { Appointment, AppointmentStatus } from '../../core/model/appointment.ts';
import type { Contact } from '../../core/model/contact.ts';
import type { Money } from '../../core/model/deal.ts';
import type { SourceRecord } from '../../core/model/mirror-record.ts';
import type { Service } from '../../core/model/service.ts';
import type { StaffMember } from '../../core/model/staff-member.ts';
import { zonedIso } from '../../core/time/zoned-time.ts';
import type { ConnectorSession } from '../connector.ts';
import { emailsOf, instant, phonesOf, text } from '../kit/people.ts';
import { appointmentRecord, contactRecord, kept, serviceRecord, staffRecord } from '../kit/records.ts';
import { accountZone, zoneOr } from '../kit/zones.ts';
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

export function readingOf(session: ConnectorSession): Reading {
  const { config, account } = session;
  const currency = text(account?.attributes.currency);
  return { defaultCountry: config.defaultCountry, timeZone: accountZone(session), currency };
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
  const { firstName, lastName, email, phone } = client;
  const known = {
    id: clientId(client),
    firstName: text(firstName),
    lastName: text(lastName),
    emails: emailsOf([email]),
    phones: phonesOf([{ raw: phone }], defaultCountry),
  };
  // The business's notes on a client are left out: they may be of any kind, medical ones too.
  return contactRecord('clients', known, kept({ firstName, lastName, email, phone }));
}

/**
 * The end comes from the length: the row's own `endTime` is text for people, as are `date`, `time` and `dateCreated`.
 * Acuity does not say that an appointment took place, so it stays confirmed.
 */
export function toAppointmentRecord(row: AcuityAppointment, reading: Reading): SourceRecord<Appointment> {
  const { id, datetime, duration, appointmentTypeID, calendarID, canceled, noShow, price, paid, amountPaid } = row;
  const timeZone = zoneOr(row.calendarTimezone, reading.timeZone);
  const start = Date.parse(datetime);
  const [type, location] = [text(row.type), text(row.location)];
  const known = {
    id,
    timeZone,
    start: zonedIso(start, timeZone),
    end: zonedIso(start + duration * MINUTE_MS, timeZone),
    status: statusOf(row),
    busy: canceled !== true,
    title: type,
    notes: text(row.notes),
    services: [{ id: appointmentTypeID, name: type }],
    staff: [{ id: calendarID, name: text(row.calendar) }],
    customers: [customerOf(row, reading)],
    location: location === null ? null : { id: null, name: location },
    price: priceOf(price, reading),
    createdAt: instant(row.datetimeCreated),
  };
  const source = {
    datetime,
    duration,
    appointmentTypeID,
    calendarID,
    canceled,
    noShow,
    price,
    paid,
    amountPaid,
    clientTimezone: row.timezone,
    classID: row.classID,
  };
  return appointmentRecord('appointments', known, kept(source));
}

/** Classes and series are not among the times that can be asked for, so they can't be booked through the hub. */
export function toServiceRecord(type: AcuityAppointmentType, reading: Reading): SourceRecord<Service> {
  const { id, name, duration, active, price, category, classSize } = type;
  const kind = type.type ?? 'service';
  const known = {
    id,
    name,
    description: text(type.description),
    durationMinutes: duration === 0 ? null : duration,
    bufferBeforeMinutes: type.paddingBefore ?? 0,
    bufferAfterMinutes: type.paddingAfter ?? 0,
    price: priceOf(price, reading),
    staffIds: type.calendarIDs ?? null,
    bookable: active !== false && type.private !== true && kind === 'service',
    capacity: kind === 'class' ? (classSize ?? null) : null,
  };
  const source = { name, duration, active, price, category, private: type.private, type: type.type, classSize };
  return serviceRecord(known, kept(source));
}

export function toStaffRecord({ id, name, email, timezone, location }: AcuityCalendar): SourceRecord<StaffMember> {
  const known = { id, name, email: emailsOf([email])[0] ?? null, timeZone: zoneOr(timezone, null) };
  return staffRecord(known, kept({ name, email, timezone, location }));
}

/** Acuity marks somebody who did not come as both cancelled and no-show. */
function statusOf({ canceled, noShow }: AcuityAppointment): AppointmentStatus {
  if (noShow === true) return 'no_show';
  return canceled === true ? 'cancelled' : 'confirmed';
}

/** Acuity gives no id of the client. */
function customerOf(row: AcuityAppointment, { defaultCountry }: Reading): Appointment['customers'][number] {
  const names = [text(row.firstName), text(row.lastName)].filter((name) => name !== null);
  const [phone] = phonesOf([{ raw: row.phone }], defaultCountry);
  return {
    id: null,
    name: names.join(' ') || null,
    email: emailsOf([row.email])[0] ?? null,
    phone: phone?.e164 ?? null,
  };
}

function priceOf(price: string | null | undefined, { currency }: Reading): Money | null {
  const amount = price?.trim() ?? '';
  return /^\d+(\.\d+)?$/.test(amount) ? { amount, currency } : null;
}

function comparable(value: string | null | undefined): string {
  return (value ?? '').normalize('NFC').trim().replace(/\s+/g, ' ').toLowerCase();
}

function comparablePhone(value: string | null | undefined): string {
  const digits = (value ?? '').normalize('NFKC').replace(/\D/g, '');
  return digits === '' ? comparable(value) : digits.replace(/^00/, '');
}
