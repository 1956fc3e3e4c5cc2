import * as z from 'zod';
import { HubError, validationFailed } from '../../core/errors.ts';
import type { Appointment } from '../../core/model/appointment.ts';
import type { Slot } from '../../core/model/availability.ts';
import type { SourceRecord } from '../../core/model/mirror-record.ts';
import { utcIso, zonedIso } from '../../core/time/zoned-time.ts';
import type {
  AppointmentCancellation,
  AppointmentChange,
  AppointmentMove,
  AvailabilityQuery,
  BookingCustomer,
  ConnectorSession,
  NewAppointment,
  ProviderAvailability,
} from '../connector.ts';
import { refusal } from '../kit/failures.ts';
import { withText } from '../kit/people.ts';
import { partsOf } from '../kit/windows.ts';
import * as square from './client.ts';
import { bookingLocationId, placeOf } from './locations.ts';
import { manifest } from './manifest.ts';
import { minutesOf, type Place, toAppointmentRecord } from './map.ts';
import { type SegmentInput, type SquareAvailability, type SquareBooking, segmentInputSchema } from './schemas.ts';

const DAY_MS = 24 * 60 * 60_000;
const MINUTE_MS = 60_000;
/** A change that finds the booking changed is made once more, on what the booking is then. */
const ATTEMPTS = 2;

/** What a slot must remember: its segments as Square gave them, and the location's name. */
const tokenSchema = z.object({ segments: z.array(segmentInputSchema).min(1), locationName: z.string().nullable() });

/**
 * Times that can be booked, as Square offers them. It wants to be asked for 24 hours at least: what lies outside the
 * query is dropped here. To move an appointment Square is asked about that very booking, whose time counts as free.
 */
export async function getAvailability(
  session: ConnectorSession,
  query: AvailabilityQuery,
): Promise<ProviderAvailability> {
  const { moving, staffId } = query;
  const locationId = moving?.data.location?.id ?? (await bookingLocationId(session));
  const what = moving ? { booking_id: moving.id } : segmentFilter(query, locationId);
  if (what === null) return { kind: 'slots', slots: [], notes: ['Nobody who performs this service can be booked.'] };
  const ask = (range: object) => square.searchAvailability(session.http, { start_at_range: range, ...what });
  const asked = Promise.all(rangesOf(query).map(ask));
  const [place, answers] = await Promise.all([placeOf(session, locationId), asked]);
  const earliest = Math.max(Date.parse(query.from), session.now());
  const slots = answers
    .flat()
    .filter(({ start_at }) => Date.parse(start_at) >= earliest && Date.parse(start_at) < Date.parse(query.to))
    .flatMap((availability) => toSlot(availability, locationId, place) ?? [])
    .filter((slot) => staffId === null || slot.staffId === staffId);
  const unique = new Map(slots.map((slot) => [`${slot.start} ${slot.staffId}`, slot]));
  return { kind: 'slots', slots: [...unique.values()], notes: [] };
}

/**
 * Books. The key makes a repetition answer with the first booking. Square wants the customer's record to have a phone
 * number: one that has none gets the caller's.
 */
export async function createAppointment(
  session: ConnectorSession,
  { slot, customer, notes, idempotencyKey }: NewAppointment,
): Promise<SourceRecord<Appointment>> {
  const { segments, locationName } = tokenOf(slot);
  if (slot.locationId === null) throw unknownSlot();
  const booking = await square.createBooking(session.http, idempotencyKey, {
    location_id: slot.locationId,
    start_at: utcIso(slot.start),
    appointment_segments: segments,
    customer_id: await bookableCustomer(session, customer),
    ...withText({ customer_note: notes }),
  });
  return toAppointmentRecord(booking, { name: locationName, timeZone: slot.timeZone });
}

/** Moves a booking; only when somebody else is to perform it, its segments are sent along. */
export async function rescheduleAppointment(
  session: ConnectorSession,
  { appointment, slot, idempotencyKey }: AppointmentMove,
): Promise<AppointmentChange> {
  const { segments } = tokenOf(slot);
  if (slot.locationId !== null && slot.locationId !== (appointment.data.location?.id ?? slot.locationId)) {
    throw refusal('Square cannot move an appointment to another location.');
  }
  const moved = await change(session, appointment, idempotencyKey, (booking, version, key) => {
    const sameSegments = hasSegments(booking, segments);
    if (sameSegments && Date.parse(booking.start_at) === Date.parse(slot.start)) return 'done';
    const performers = sameSegments ? {} : { appointment_segments: segments };
    return square.updateBooking(session.http, booking.id, key, {
      version,
      start_at: utcIso(slot.start),
      ...performers,
    });
  });
  if (moved) return moved;
  throw new HubError('not_found', { detail: 'Square does not have this appointment any more.' });
}

/** Cancels a booking, as its customer: Square keeps to the policy of the business. Nobody there reads a reason. */
export async function cancelAppointment(
  session: ConnectorSession,
  { appointment, idempotencyKey }: AppointmentCancellation,
): Promise<AppointmentChange> {
  const cancelled = await change(session, appointment, idempotencyKey, ({ id, status }, version, key) =>
    /^(CANCELLED|DECLINED)/.test(status) ? 'done' : square.cancelBooking(session.http, id, key, version),
  );
  return cancelled ?? { record: null, deletedIds: [appointment.id], others: [] };
}

/**
 * Reads the booking, changes it under its version, and does both once more when it was changed in between. The key
 * names the version: a lost attempt's repetition is recognized, a second attempt is no other request with the same key.
 * Null: there is no such booking.
 */
async function change(
  { http }: ConnectorSession,
  { id, data }: SourceRecord<Appointment>,
  idempotencyKey: string,
  write: (booking: SquareBooking, version: number, key: string) => Promise<SquareBooking | null> | 'done',
): Promise<AppointmentChange | null> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const booking = await square.getBooking(http, id);
    if (booking === null) return null;
    const version = booking.version ?? 0;
    const written = await write(booking, version, `${idempotencyKey}-${version}`);
    if (written === null) continue;
    // A booking never changes its location, nor its customer; who that is by now the sync has found out.
    const place = { name: data.location?.name ?? null, timeZone: data.timeZone };
    const customerId = data.customers[0]?.id ?? booking.customer_id;
    const record = toAppointmentRecord(written === 'done' ? booking : written, place, customerId);
    return { record, deletedIds: [], others: [] };
  }
  throw refusal('Somebody else is changing this appointment at Square.');
}

/** Square is always told who may be booked: a search without team members was refused at times (forum, 5303). */
function segmentFilter({ service, staff, staffId }: AvailabilityQuery, locationId: string) {
  if (service === null) throw validationFailed('serviceId', 'is needed: Square offers times for a service only');
  const bookable = staff.filter(({ data }) => data.bookable).map(({ id }) => id);
  const performers = service.data.staffIds ?? bookable;
  const able = staff.length === 0 ? performers : performers.filter((id) => bookable.includes(id));
  const any = staffId === null ? able : [staffId];
  if (any.length === 0 && (staff.length > 0 || service.data.staffIds !== null)) return null;
  const filter = any.length === 0 ? {} : { team_member_id_filter: { any } };
  return { location_id: locationId, segment_filters: [{ service_variation_id: service.id, ...filter }] };
}

/** In parts that Square takes; each lasts 24 hours at least, so the last one may reach beyond the query. */
function rangesOf({ from, to }: AvailabilityQuery): { start_at: string; end_at: string }[] {
  return partsOf({ from: new Date(from).toISOString(), to }, manifest.booking?.maxRangeDays ?? 1).map((part) => ({
    start_at: utcIso(part.from),
    end_at: utcIso(Math.max(Date.parse(part.to), Date.parse(part.from) + DAY_MS)),
  }));
}

/** Null for what can't be booked as it is, e.g. a service without a version. */
function toSlot(availability: SquareAvailability, locationId: string, { name, timeZone }: Place): Slot | null {
  const { appointment_segments: segments, start_at: startAt, location_id } = availability;
  const token = tokenSchema.safeParse({ segments, locationName: name }).data;
  const [first] = token?.segments ?? [];
  if (!token || !first) return null;
  return {
    start: zonedIso(startAt, timeZone),
    end: zonedIso(Date.parse(startAt) + minutesOf(segments) * MINUTE_MS, timeZone),
    timeZone,
    serviceId: first.service_variation_id,
    staffId: first.team_member_id,
    locationId: location_id ?? locationId,
    token,
  };
}

function tokenOf(slot: Slot): z.infer<typeof tokenSchema> {
  const token = tokenSchema.safeParse(slot.token);
  if (token.success) return token.data;
  throw unknownSlot();
}

function unknownSlot(): HubError {
  return validationFailed('slotId', 'is no time that Square has offered');
}

/** Whether the booking has the same people perform the same services; its versions may be older. */
function hasSegments({ appointment_segments: own }: SquareBooking, wanted: readonly SegmentInput[]): boolean {
  const namesOf = (segments: readonly { team_member_id: string; service_variation_id: string | null }[]) =>
    JSON.stringify(segments.map((segment) => [segment.team_member_id, segment.service_variation_id]));
  return namesOf(own) === namesOf(wanted);
}

/** The id to book for: the profile's own, which differs from the one asked for when it was merged meanwhile. */
async function bookableCustomer({ http }: ConnectorSession, { contactId, phone }: BookingCustomer): Promise<string> {
  if (contactId === null) throw refusal('Square books for customers that it has a record of.');
  const { id, phone_number, version } = await square.getCustomer(http, contactId);
  if (phone_number) return id;
  if (phone === null) throw refusal('Square books only for customers with a phone number.');
  await square.updateCustomer(http, id, { phone_number: phone, ...(version === null ? {} : { version }) });
  return id;
}
