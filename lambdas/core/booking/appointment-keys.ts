/** The look-up keys of appointments: by day, and by whom they are for. */
import type { Appointment } from '../model/appointment.ts';
import { appointmentSchema } from '../model/appointment.ts';
import type { NormalizedRecord } from '../model/mirror-record.ts';
import { addDays, dateIn, daysBetween } from '../time/zoned-time.ts';

const DAY = 'appointment-day:';
/** Longer ones (a year's leave, say) stand under this, their first and their last day: all days would be many writes. */
const LONG = 'appointment-long';
const LONGEST_DAYS = 31;

/** Key of the appointments that touch a day of the UTC calendar (`2026-12-03`). */
export function dayKey(date: string): string {
  return `${DAY}${date}`;
}

/** Keys of all appointments that may touch a stretch of time; both ends ISO 8601. */
export function keysOfStretch(from: string, to: string): string[] {
  return [...daysBetween(dateIn(from, 'UTC'), dateIn(to, 'UTC')).map(dayKey), LONG];
}

export function customerPhoneKey(e164: string): string {
  return `appointment-phone:${e164}`;
}

export function customerEmailKey(normalizedEmail: string): string {
  return `appointment-email:${normalizedEmail}`;
}

/** Customers are known by their provider's ids, which are unique in one integration only. */
export function customerIdKey(integrationId: string, customerId: string): string {
  return `appointment-customer:${integrationId}:${customerId}`;
}

/** Every key under which an appointment is found. */
export function appointmentKeys(record: NormalizedRecord, integrationId: string): string[] {
  if (!isAppointment(record)) return [];
  const people = record.customers.flatMap(({ id, phone, email }) => [
    ...(id === null ? [] : [customerIdKey(integrationId, id)]),
    ...(phone === null ? [] : [customerPhoneKey(phone)]),
    ...(email === null ? [] : [customerEmailKey(email)]),
  ]);
  return [...new Set([...timeKeys(record), ...people])];
}

/**
 * Whether an appointment with these keys lies wholly within a stretch of time, and not on its first or last day: those
 * days may be covered in part only.
 */
export function liesWithin(keys: readonly string[], stretch: { readonly from: string; readonly to: string }): boolean {
  const days = keys.flatMap((key) => (key.startsWith(DAY) ? [key.slice(DAY.length)] : []));
  const [first, last] = [dateIn(stretch.from, 'UTC'), dateIn(stretch.to, 'UTC')];
  return days.length > 0 && days.every((day) => day > first && day < last);
}

export function isAppointment(record: NormalizedRecord): record is Appointment {
  return appointmentSchema.safeParse(record).success;
}

function timeKeys({ start, end }: Appointment): string[] {
  const first = dateIn(start, 'UTC');
  // The end is exclusive: what ends at midnight does not touch the next day.
  const last = dateIn(Math.max(Date.parse(start), Date.parse(end) - 1), 'UTC');
  return last > addDays(first, LONGEST_DAYS)
    ? [LONG, dayKey(first), dayKey(last)]
    : daysBetween(first, last).map(dayKey);
}
