/** Square's records in the hub's terms. Pure; nothing is invented. */
import { type Appointment, type AppointmentStatus, takesTime } from '../../core/model/appointment.ts';
import type { Contact } from '../../core/model/contact.ts';
import type { Money } from '../../core/model/deal.ts';
import type { Json, SourceRecord } from '../../core/model/mirror-record.ts';
import type { Service } from '../../core/model/service.ts';
import type { StaffMember } from '../../core/model/staff-member.ts';
import { addDays, dateIn, startOfDay, zonedIso } from '../../core/time/zoned-time.ts';
import { displayNameOf, emailsOf, firstText, instant, phonesOf, text } from '../kit/people.ts';
import type {
  SquareBooking,
  SquareCustomer,
  SquareItem,
  SquareSegment,
  SquareStaffProfile,
  SquareVariation,
} from './schemas.ts';

/** What the hub knows of a location besides its id. */
export interface Place {
  readonly name: string | null;
  /** IANA name. */
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

const CUSTOMER_FIELDS = [
  'given_name',
  'family_name',
  'nickname',
  'company_name',
  'email_address',
  'phone_number',
  'creation_source',
  'version',
  'created_at',
  'updated_at',
] as const;
const BOOKING_FIELDS = [
  'version',
  'status',
  'start_at',
  'location_id',
  'customer_id',
  'customer_note',
  'all_day',
  'created_at',
  'updated_at',
] as const;
const SEGMENT_FIELDS = [
  'team_member_id',
  'duration_minutes',
  'intermission_minutes',
  'service_variation_id',
  'service_variation_version',
] as const;
/** The name that Square gives the only variation of an item. */
const DEFAULT_VARIATION = 'Regular';
const MINUTE_MS = 60_000;

export function toCustomerRecord(customer: SquareCustomer, country: string | undefined): SourceRecord<Contact> {
  const firstName = text(customer.given_name);
  const lastName = text(customer.family_name);
  const company = text(customer.company_name);
  const data: Contact = {
    id: customer.id,
    displayName: displayNameOf(firstName, lastName, text(customer.nickname), company),
    firstName,
    lastName,
    emails: emailsOf([customer.email_address]),
    phones: phonesOf([{ raw: customer.phone_number }], country),
    company,
    lifecycleStage: null,
    ownerId: null,
    createdAt: instant(customer.created_at),
    updatedAt: instant(customer.updated_at),
  };
  const source = members(customer, CUSTOMER_FIELDS);
  return { resource: 'customers', id: customer.id, data, source, updatedAt: data.updatedAt };
}

export function toAppointmentRecord(booking: SquareBooking, place: Place): SourceRecord<Appointment> {
  const { timeZone } = place;
  const segments = booking.appointment_segments ?? [];
  const status = STATUSES[booking.status];
  const start = Date.parse(booking.start_at);
  const data: Appointment = {
    id: booking.id,
    status,
    start: zonedIso(start, timeZone),
    end: zonedIso(endOf(booking, segments, timeZone), timeZone),
    timeZone,
    // Square's "full business day" is no whole calendar day.
    allDay: false,
    busy: takesTime(status),
    title: null,
    notes: text(booking.customer_note),
    services: references(segments.map((segment) => segment.service_variation_id)),
    staff: references(segments.map((segment) => segment.team_member_id)),
    customers: references([booking.customer_id]).map((customer) => ({ ...customer, email: null, phone: null })),
    location: text(booking.location_id) === null ? null : { id: booking.location_id ?? null, name: place.name },
    price: null,
    capacity: null,
    seriesId: null,
    version: booking.version === null || booking.version === undefined ? null : String(booking.version),
    createdAt: instant(booking.created_at),
    updatedAt: instant(booking.updated_at),
  };
  const source = {
    ...members(booking, BOOKING_FIELDS),
    appointment_segments: segments.map((segment) => members(segment, SEGMENT_FIELDS)),
  };
  return { resource: 'appointments', id: booking.id, data, source, updatedAt: data.updatedAt };
}

/** What segments take together, pauses between them included. */
export function minutesOf(segments: readonly SquareSegment[]): number {
  return segments.reduce(
    (sum, { duration_minutes, intermission_minutes }) => sum + (duration_minutes ?? 0) + (intermission_minutes ?? 0),
    0,
  );
}

/** One service per variation: that is what is booked. `locationId`: where the hub books. */
export function toServiceRecord(
  item: SquareItem,
  variation: SquareVariation,
  locationId: string,
): SourceRecord<Service> {
  const { item_data: itemData } = item;
  const { item_variation_data: variationData } = variation;
  const override = variationData.location_overrides?.find(({ location_id }) => location_id === locationId);
  const duration = variationData.service_duration;
  const [updatedAt = null] = [instant(item.updated_at), instant(variation.updated_at)]
    .filter((time) => time !== null)
    .toSorted()
    .reverse();
  const offered =
    variationData.available_for_booking !== false &&
    !variation.is_deleted &&
    !item.is_deleted &&
    !itemData.is_archived &&
    isPresentAt(variation, locationId);
  const data: Service = {
    id: variation.id,
    name: serviceName(itemData.name, text(variationData.name), itemData.variations?.length ?? 1),
    description: firstText(itemData.description_plaintext, itemData.description),
    // Milliseconds in the catalog, minutes everywhere else.
    durationMinutes: typeof duration === 'number' && duration > 0 ? duration / MINUTE_MS : null,
    bufferBeforeMinutes: 0,
    bufferAfterMinutes: 0,
    price: decimal(override?.price_money ?? variationData.price_money),
    staffIds: variationData.team_member_ids?.toSorted() ?? null,
    bookable: offered,
    capacity: null,
    createdAt: null,
    updatedAt,
  };
  const source: Json = {
    item: { id: item.id, name: itemData.name, is_archived: itemData.is_archived ?? null },
    version: variation.version ?? null,
    name: variationData.name ?? null,
    service_duration: duration ?? null,
    pricing_type: override?.pricing_type ?? variationData.pricing_type ?? null,
    available_for_booking: variationData.available_for_booking ?? null,
  };
  return { resource: 'services', id: variation.id, data, source, updatedAt };
}

export function toStaffRecord(profile: SquareStaffProfile): SourceRecord<StaffMember> {
  const data: StaffMember = {
    id: profile.team_member_id,
    name: displayNameOf(null, null, text(profile.display_name)),
    email: null,
    timeZone: null,
    bookable: profile.is_bookable === true,
    createdAt: null,
    updatedAt: null,
  };
  const source = members(profile, ['display_name', 'is_bookable']);
  return { resource: 'staff', id: data.id, data, source, updatedAt: null };
}

/** A booking of a whole business day may have no length; it then lasts until the day ends. */
function endOf({ start_at, all_day }: SquareBooking, segments: readonly SquareSegment[], timeZone: string): number {
  const minutes = minutesOf(segments);
  if (minutes === 0 && all_day) return startOfDay(addDays(dateIn(start_at, timeZone), 1), timeZone);
  return Date.parse(start_at) + minutes * MINUTE_MS;
}

/** Absent and present lists are exceptions from `present_at_all_locations`, which is true by default. */
function isPresentAt(variation: SquareVariation, locationId: string): boolean {
  if (variation.present_at_all_locations === false)
    return variation.present_at_location_ids?.includes(locationId) ?? false;
  return !variation.absent_at_location_ids?.includes(locationId);
}

/** "Haircut – Long"; Square's stand-in for the name of an only variation is left out. */
function serviceName(item: string, variation: string | null, variations: number): string {
  const says = variation !== null && variation !== item && !(variations === 1 && variation === DEFAULT_VARIATION);
  return says ? `${item} – ${variation}` : item;
}

/** Square counts in the currency's smallest unit ("Working with monetary amounts"). */
function decimal(
  money: { amount?: number | null | undefined; currency?: string | null | undefined } | null | undefined,
): Money | null {
  const currency = text(money?.currency);
  if (typeof money?.amount !== 'number' || currency === null || !/^[A-Z]{3}$/.test(currency)) return null;
  const digits =
    new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;
  const whole = String(money.amount).padStart(digits + 1, '0');
  return { amount: digits === 0 ? whole : `${whole.slice(0, -digits)}.${whole.slice(-digits)}`, currency };
}

function references(ids: readonly (string | null | undefined)[]): { id: string; name: null }[] {
  const known = ids.flatMap((id) => text(id) ?? []);
  return [...new Set(known)].map((id) => ({ id, name: null }));
}

function members<Key extends string>(
  record: { readonly [K in Key]?: string | number | boolean | null | undefined },
  names: readonly Key[],
): Record<string, Json> {
  return Object.fromEntries(names.map((name) => [name, record[name] ?? null]));
}
