/** Square's truth and the hub's mirror in the same fields, worked out from each side by itself. */
import { isValidPhoneNumber } from 'libphonenumber-js/max';
import * as z from 'zod';
import { appointmentSchema } from '../../../lambdas/core/model/appointment.ts';
import { contactSchema } from '../../../lambdas/core/model/contact.ts';
import type { Json, MirrorRecord } from '../../../lambdas/core/model/mirror-record.ts';
import { serviceSchema } from '../../../lambdas/core/model/service.ts';
import { staffMemberSchema } from '../../../lambdas/core/model/staff-member.ts';
import type { BookingTruth, CustomerTruth, ServiceTruth, StaffTruth } from '../../sandbox/square/truth.ts';

type Fields = Readonly<Record<string, Json>>;

const sourceSchema = z.looseObject({ version: z.number().nullish() });
/** What a voice agent may say of a booking. */
const STATUSES: Readonly<Record<string, string>> = {
  PENDING: 'pending',
  ACCEPTED: 'confirmed',
  DECLINED: 'declined',
  CANCELLED_BY_CUSTOMER: 'cancelled',
  CANCELLED_BY_SELLER: 'cancelled',
  NO_SHOW: 'no_show',
};

export function trueCustomerFields({ members, e164, version, updatedAt }: CustomerTruth): Fields {
  return {
    firstName: members.given_name ?? null,
    lastName: members.family_name ?? null,
    company: members.company_name ?? null,
    emails: members.email_address ? [members.email_address.toLowerCase()] : [],
    // Square also completes digits that no numbering plan knows; the hub does not.
    phones: e164 !== null && isValidPhoneNumber(e164) ? [e164] : [],
    version,
    updatedAt,
  };
}

export function trueBookingFields(booking: BookingTruth): Fields {
  const cancelled = /^(CANCELLED|DECLINED)/.test(booking.status);
  return {
    status: STATUSES[booking.status] ?? null,
    busy: !cancelled,
    start: booking.startAt,
    localStart: localTime(booking.startAt, booking.timeZone),
    localEnd: localEnd(booking),
    timeZone: booking.timeZone,
    location: [booking.locationId, booking.locationName],
    customers: booking.customerId === null ? [] : [booking.customerId],
    services: booking.variationIds,
    staff: booking.staffIds,
    notes: booking.customerNote,
    version: String(booking.version),
    updatedAt: booking.updatedAt,
  };
}

export function trueServiceFields(service: ServiceTruth, isOnlyVariation: boolean): Fields {
  const { itemName, variationName, price, staffIds, minutes, description, bookable, updatedAt } = service;
  return {
    name: isOnlyVariation && variationName === 'Regular' ? itemName : `${itemName} – ${variationName}`,
    description,
    minutes,
    price: price === null ? null : [(price / 100).toFixed(2), 'GBP'],
    staff: staffIds.toSorted(),
    bookable,
    updatedAt,
  };
}

export function trueStaffFields({ name, bookable }: StaffTruth): Fields {
  return { name, bookable };
}

export function mirroredFields(record: MirrorRecord): Fields {
  switch (record.resource) {
    case 'customers':
      return mirroredCustomer(record);
    case 'appointments':
      return mirroredAppointment(record);
    case 'services':
      return mirroredService(record);
    default: {
      const { name, bookable } = staffMemberSchema.parse(record.data);
      return { name, bookable };
    }
  }
}

function mirroredCustomer(record: MirrorRecord): Fields {
  const { firstName, lastName, company, emails, phones } = contactSchema.parse(record.data);
  return {
    firstName,
    lastName,
    company,
    emails,
    phones: phones.flatMap(({ e164 }) => e164 ?? []),
    version: sourceSchema.parse(record.source).version ?? null,
    updatedAt: record.updatedAt,
  };
}

function mirroredAppointment(record: MirrorRecord): Fields {
  const { status, busy, start, end, timeZone, location, customers, services, staff, notes, version } =
    appointmentSchema.parse(record.data);
  return {
    status,
    busy,
    timeZone,
    notes,
    version,
    start: new Date(start).toISOString(),
    localStart: start.slice(0, 19),
    localEnd: end.slice(0, 19),
    location: [location?.id ?? null, location?.name ?? null],
    customers: customers.map(({ id }) => id),
    services: services.map(({ id }) => id),
    staff: staff.map(({ id }) => id),
    updatedAt: record.updatedAt,
  };
}

function mirroredService(record: MirrorRecord): Fields {
  const { name, description, durationMinutes, price, staffIds, bookable } = serviceSchema.parse(record.data);
  return {
    name,
    description,
    bookable,
    minutes: durationMinutes,
    price: price === null ? null : [price.amount, price.currency],
    staff: staffIds,
    updatedAt: record.updatedAt,
  };
}

/** What clocks there show. */
function localTime(instant: string, timeZone: string): string {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' });
  return format.format(new Date(instant)).replace(' ', 'T');
}

/** A whole business day without a length lasts until midnight. */
function localEnd({ allDay, startAt, endAt, timeZone }: BookingTruth): string {
  if (!allDay || startAt !== endAt) return localTime(endAt, timeZone);
  const tomorrow = new Date(Date.parse(startAt) + 24 * 60 * 60_000).toISOString();
  return `${localTime(tomorrow, timeZone).slice(0, 10)}T00:00:00`;
}
