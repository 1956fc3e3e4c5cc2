/** Square's records in the hub's terms. Pure; nothing is invented. */
import type { Appointment, AppointmentStatus } from '../../core/model/appointment.ts';
import type { Contact } from '../../core/model/contact.ts';
import type { Money } from '../../core/model/deal.ts';
import type { SourceRecord } from '../../core/model/mirror-record.ts';
import type { Service } from '../../core/model/service.ts';
import type { StaffMember } from '../../core/model/staff-member.ts';
import { addDays, dateIn, startOfDay, zonedIso } from '../../core/time/zoned-time.ts';
import { displayNameOf, emailsOf, firstText, instant, phonesOf, text } from '../kit/people.ts';
import { appointmentRecord, contactRecord, serviceRecord, staffRecord } from '../kit/records.ts';
import type {
  SquareBooking,
  SquareCustomer,
  SquareItem,
  SquareMoney,
  SquareSegment,
  SquareStaffProfile,
  SquareVariation,
} from './schemas.ts';

/** What the hub knows of a location besides its id; the zone is an IANA name. */
export interface Place {
  readonly name: string | null;
  readonly timeZone: string;
}

/** There is no "completed": a booking in the past stays accepted (Square API reference, BookingStatus). */
const STATUSES: Readonly<Record<SquareBooking['status'], AppointmentStatus>> = {
  PENDING: 'pending',
  ACCEPTED: 'confirmed',
  DECLINED: 'declined',
  CANCELLED_BY_CUSTOMER: 'cancelled',
  CANCELLED_BY_SELLER: 'cancelled',
  NO_SHOW: 'no_show',
};

/** The name that Square gives the only variation of an item. */
const DEFAULT_VARIATION = 'Regular';
const MINUTE_MS = 60_000;

export function toCustomerRecord(customer: SquareCustomer, country: string | undefined): SourceRecord<Contact> {
  const { id, given_name, family_name, nickname, company_name } = customer;
  const names = { firstName: text(given_name), lastName: text(family_name), company: text(company_name) };
  const known = {
    id,
    ...names,
    displayName: displayNameOf(names.firstName, names.lastName, text(nickname), names.company),
    emails: emailsOf([customer.email_address]),
    phones: phonesOf([{ raw: customer.phone_number }], country),
    createdAt: instant(customer.created_at),
    updatedAt: instant(customer.updated_at),
  };
  return contactRecord('customers', known, customer);
}

/**
 * Never an event of whole days: Square's "full business day" is no calendar day.
 *
 * @param customerId the profile that the booking is for now; the booking names it as it was.
 */
export function toAppointmentRecord(
  booking: SquareBooking,
  { name, timeZone }: Place,
  customerId: string | null = booking.customer_id,
): SourceRecord<Appointment> {
  const { id, version, start_at, location_id, appointment_segments: segments } = booking;
  const known = {
    id,
    status: STATUSES[booking.status],
    timeZone,
    notes: text(booking.customer_note),
    start: zonedIso(start_at, timeZone),
    end: zonedIso(endOf(booking, timeZone), timeZone),
    services: references(segments.map((segment) => segment.service_variation_id)),
    staff: references(segments.map((segment) => segment.team_member_id)),
    customers: references([customerId]).map((customer) => ({ ...customer, email: null, phone: null })),
    location: text(location_id) === null ? null : { id: location_id, name },
    version: version === null ? null : String(version),
    createdAt: instant(booking.created_at),
    updatedAt: instant(booking.updated_at),
  };
  return appointmentRecord('appointments', known, booking);
}

/** What segments take together, pauses between them included. */
export function minutesOf(segments: readonly SquareSegment[]): number {
  return segments.reduce((sum, own) => sum + (own.duration_minutes ?? 0) + (own.intermission_minutes ?? 0), 0);
}

/** One service per variation: that is what is booked. `locationId`: where the hub books. */
export function toServiceRecord(
  { id: itemId, updated_at, is_deleted, item_data: item }: SquareItem,
  variation: SquareVariation,
  locationId: string,
): SourceRecord<Service> {
  const { id, version, item_variation_data: own } = variation;
  const { name, service_duration, available_for_booking } = own;
  const override = own.location_overrides?.find(({ location_id }) => location_id === locationId);
  const changes = [instant(updated_at), instant(variation.updated_at)].filter((time) => time !== null);
  const withdrawn = available_for_booking === false || variation.is_deleted || is_deleted || item.is_archived;
  const known = {
    id,
    name: serviceName(item.name, text(name), item.variations?.length ?? 1),
    description: firstText(item.description_plaintext, item.description),
    // Milliseconds in the catalog, minutes everywhere else.
    durationMinutes: service_duration !== null && service_duration > 0 ? service_duration / MINUTE_MS : null,
    price: decimal(override?.price_money ?? own.price_money),
    staffIds: own.team_member_ids?.toSorted() ?? null,
    bookable: !withdrawn && isPresentAt(variation, locationId),
    updatedAt: changes.toSorted().at(-1) ?? null,
  };
  const source = {
    item: { id: itemId, name: item.name, is_archived: item.is_archived },
    version,
    name,
    service_duration,
    available_for_booking,
    pricing_type: override?.pricing_type ?? own.pricing_type,
  };
  return serviceRecord(known, source);
}

export function toStaffRecord(profile: SquareStaffProfile): SourceRecord<StaffMember> {
  const { team_member_id: id, display_name, is_bookable } = profile;
  const name = displayNameOf(null, null, text(display_name));
  return staffRecord({ id, name, bookable: is_bookable === true }, profile);
}

/** A booking of a whole business day may have no length; it then lasts until the day ends. */
function endOf({ start_at, all_day, appointment_segments }: SquareBooking, timeZone: string): number {
  const minutes = minutesOf(appointment_segments);
  if (minutes === 0 && all_day) return startOfDay(addDays(dateIn(start_at, timeZone), 1), timeZone);
  return Date.parse(start_at) + minutes * MINUTE_MS;
}

/** Absent and present lists are exceptions from `present_at_all_locations`, which is true by default. */
function isPresentAt(variation: SquareVariation, locationId: string): boolean {
  const { present_at_all_locations, present_at_location_ids, absent_at_location_ids } = variation;
  if (present_at_all_locations === false) return present_at_location_ids?.includes(locationId) ?? false;
  return !absent_at_location_ids?.includes(locationId);
}

/** "Haircut – Long"; Square's stand-in for the name of an only variation is left out. */
function serviceName(item: string, variation: string | null, variations: number): string {
  const says = variation !== null && variation !== item && !(variations === 1 && variation === DEFAULT_VARIATION);
  return says ? `${item} – ${variation}` : item;
}

/** Square counts in the currency's smallest unit ("Working with monetary amounts"). */
function decimal(money: SquareMoney): Money | null {
  const currency = text(money?.currency);
  if (typeof money?.amount !== 'number' || currency === null || !/^[A-Z]{3}$/.test(currency)) return null;
  const format = new Intl.NumberFormat('en', { style: 'currency', currency });
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2;
  const whole = String(money.amount).padStart(digits + 1, '0');
  return { amount: digits === 0 ? whole : `${whole.slice(0, -digits)}.${whole.slice(-digits)}`, currency };
}

function references(ids: readonly (string | null)[]): { id: string; name: null }[] {
  return [...new Set(ids.flatMap((id) => text(id) ?? []))].map((id) => ({ id, name: null }));
}
