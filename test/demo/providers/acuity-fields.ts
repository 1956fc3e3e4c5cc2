/** Acuity's truth and the hub's mirror in the same fields, worked out from each side by itself. */
import { createHash } from 'node:crypto';
import { parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { appointmentSchema } from '../../../lambdas/core/model/appointment.ts';
import { contactSchema } from '../../../lambdas/core/model/contact.ts';
import type { Json, MirrorRecord } from '../../../lambdas/core/model/mirror-record.ts';
import { serviceSchema } from '../../../lambdas/core/model/service.ts';
import { staffMemberSchema } from '../../../lambdas/core/model/staff-member.ts';
import type {
  AcuityAppointmentTruth,
  AcuityCalendarTruth,
  AcuityClientTruth,
  AcuityTypeTruth,
} from '../../sandbox/acuity/acuity-control.ts';

type Fields = Readonly<Record<string, Json>>;

const CURRENCY = 'GBP';
const MINUTE_MS = 60_000;

/** Acuity's clients have no id: the hub tells them by name, number and address, however these are written. */
export function trueClientId({ firstName, lastName, phone, email }: Omit<AcuityClientTruth, 'key' | 'notes'>): string {
  const plain = (text: string) => text.trim().split(/\s+/).join(' ').toLowerCase();
  const digits = phone.replaceAll(/\D/g, '').replace(/^00/, '');
  const particulars = [plain(firstName), plain(lastName), digits || plain(phone), plain(email)];
  return createHash('sha256').update(JSON.stringify(particulars)).digest('hex').slice(0, 32);
}

/** The number as telephones know it; none where it is not one. */
export function numberOf(written: string): string | null {
  const number = parsePhoneNumberFromString(written.replace(/^\(?00/, '+'), 'GB');
  return number?.isValid() ? number.number : null;
}

export function trueClientFields({ firstName, lastName, email, phone }: AcuityClientTruth): Fields {
  return {
    firstName: firstName || null,
    lastName: lastName || null,
    emails: email.includes('@') ? [email.toLowerCase()] : [],
    phone: phone === '' ? null : { raw: phone, e164: numberOf(phone) },
  };
}

export function mirroredClientFields({ data }: MirrorRecord): Fields {
  const { firstName, lastName, emails, phones } = contactSchema.parse(data);
  const [phone] = phones;
  return { firstName, lastName, emails, phone: phone ? { raw: phone.raw, e164: phone.e164 } : null };
}

export function startOf({ datetime }: Pick<AcuityAppointmentTruth, 'datetime'>): number {
  return Date.parse(withColon(datetime));
}

export function trueAppointmentFields(row: AcuityAppointmentTruth): Fields {
  return {
    start: withColon(row.datetime),
    end: startOf(row) + Number(row.duration) * MINUTE_MS,
    timeZone: row.calendarTimezone,
    status: row.noShow ? 'no_show' : row.canceled ? 'cancelled' : 'confirmed',
    busy: !row.canceled,
    service: [String(row.appointmentTypeID), row.type],
    staff: [String(row.calendarID), row.calendar],
    customer: [
      [row.firstName, row.lastName].filter(Boolean).join(' ') || null,
      row.email.includes('@') ? row.email.toLowerCase() : null,
      numberOf(row.phone),
    ],
    notes: row.notes || null,
    price: row.price === '' ? null : { amount: row.price, currency: CURRENCY },
    createdAt: Date.parse(withColon(row.datetimeCreated)),
  };
}

export function mirroredAppointmentFields({ data }: MirrorRecord): Fields {
  const { start, end, timeZone, status, busy, services, staff, customers, notes, price, createdAt } =
    appointmentSchema.parse(data);
  const [customer] = customers;
  return {
    start,
    timeZone,
    status,
    busy,
    notes,
    price,
    end: Date.parse(end),
    service: services.flatMap(({ id, name }) => [id, name]),
    staff: staff.flatMap(({ id, name }) => [id, name]),
    customer: customer ? [customer.name, customer.email, customer.phone] : null,
    createdAt: Date.parse(createdAt ?? ''),
  };
}

export function trueServiceFields(type: AcuityTypeTruth): Fields {
  return {
    name: type.name,
    durationMinutes: type.duration,
    bufferAfterMinutes: type.paddingAfter,
    price: type.price === '' ? null : { amount: type.price, currency: CURRENCY },
    staffIds: type.calendarIDs.map(String),
    bookable: type.active && !type.private && type.type === 'service',
  };
}

export function mirroredServiceFields({ data }: MirrorRecord): Fields {
  const { name, durationMinutes, bufferAfterMinutes, price, staffIds, bookable } = serviceSchema.parse(data);
  return { name, durationMinutes, bufferAfterMinutes, price, staffIds, bookable };
}

export function trueStaffFields({ name, email, timezone }: AcuityCalendarTruth): Fields {
  return { name, email: email.toLowerCase() || null, timeZone: timezone };
}

export function mirroredStaffFields({ data }: MirrorRecord): Fields {
  const { name, email, timeZone } = staffMemberSchema.parse(data);
  return { name, email, timeZone };
}

/** Acuity writes offsets without a colon. */
function withColon(datetime: string): string {
  return `${datetime.slice(0, -2)}:${datetime.slice(-2)}`;
}
