import { HubError } from '../../core/errors.ts';
import type { Appointment } from '../../core/model/appointment.ts';
import type { SourceRecord } from '../../core/model/mirror-record.ts';
import type { AbandonedAttempt } from '../../core/ports.ts';
import { addDays, dateIn, toLocal } from '../../core/time/zoned-time.ts';
import type * as contract from '../connector.ts';
import type { AppointmentChange, ConnectorSession, NewAppointment } from '../connector.ts';
import { notAccepted, refusal, unavailable } from '../kit/failures.ts';
import { oncePerHour } from '../kit/hourly.ts';
import { readFound } from '../kit/look-ups.ts';
import { findMade } from '../kit/lost-answers.ts';
import { readEach } from '../kit/read-each.ts';
import { readingFor, rememberClient, rememberCustomer } from './attendees.ts';
import * as client from './client.ts';
import { isGone, refusalOf } from './errors.ts';
import { manifest } from './manifest.ts';
import * as schemas from './schemas.ts';
import { type Site, siteOf } from './site.ts';
import { cutSlots, gridOf } from './slots.ts';

type AppointmentRecord = SourceRecord<Appointment>;
type MindbodyAppointment = schemas.MindbodyAppointment;

/** An appointment that somebody may have moved is looked for so many days around its time. */
const SEARCH_DAYS = 15;
/** Mindbody answers a request with 409 while the same one is being carried out. */
const IN_FLIGHT_SECONDS = 5;

/** The times of day at which a service may begin ("Get Active Session Times"); none where the site names none. */
const timesOfDay = oncePerHour(client.siteIdOf, async (session, serviceId) => {
  const rows = await client.listAll(session, 'sessionTimes', { sessionTypeIds: [numeric(serviceId)] });
  const { read } = readEach(rows, (row) => schemas.sessionTimeSchema.parse(row));
  return [...new Set(read)].sort();
});

/**
 * "Get Bookable Items" answers with stretches of time, which are cut at the times of day at which appointments may
 * begin; at the integration's own interval where the site names none.
 */
export async function getAvailability(
  session: ConnectorSession,
  query: contract.AvailabilityQuery,
): Promise<contract.ProviderAvailability> {
  const { service, staffId, moving } = query;
  if (!service) throw refusal('Mindbody can only be asked for one service.');
  const { timeZone } = await siteOf(session);
  const { locationId: usual, slotIntervalMinutes } = session.config.booking;
  const [from, to] = [Date.parse(query.from), Date.parse(query.to)];
  const locationId = moving?.data.location?.id ?? usual ?? null;
  const asked: client.ListQuery = {
    ...client.windowQuery('appointments', dateIn(from, timeZone), dateIn(Math.max(from, to - 1), timeZone)),
    sessionTypeIds: [numeric(service.id)],
    ...(staffId === null ? {} : { staffIds: [numeric(staffId)] }),
    ...(locationId === null ? {} : { locationIds: [numeric(locationId)] }),
    // Its own time counts as free when an appointment is moved.
    ...(moving === null ? {} : { appointmentId: numeric(moving.id) }),
  };
  const [rows, times] = await Promise.all([
    client.listAll(session, 'bookableItems', asked),
    timesOfDay(session, service.id),
  ]);
  const { read, rejected } = readEach(rows, (row) => schemas.availabilitySchema.parse(row));
  const windows = read.filter(({ Staff }) => staffId === null || Staff.Id === staffId);
  const { durationMinutes } = service.data;
  const grid = times.length > 0 ? times : gridOf(slotIntervalMinutes);
  const slots = cutSlots(windows, { grid, from, to, timeZone, serviceId: service.id, durationMinutes });
  const notes = rejected.length === 0 ? [] : ['Some of what Mindbody offers could not be read.'];
  return { kind: 'slots', slots, notes };
}

/**
 * Books without using up a pass that the client owns: `ApplyPayment` is true unless it is said otherwise. There is no
 * idempotency key; a second call books a second time (see `findBooked`).
 */
export async function createAppointment(
  session: ConnectorSession,
  booking: NewAppointment,
): Promise<AppointmentRecord> {
  const { slot, customer, notes, idempotencyKey } = booking;
  const locationId = slot.locationId ?? session.config.booking.locationId ?? null;
  if (slot.serviceId === null || slot.staffId === null || locationId === null || customer.contactId === null) {
    throw refusal('Mindbody needs a client, a service, a member of staff and a location to book.');
  }
  const site = await siteOf(session);
  const rssid = await rssidOf(site, customer.contactId);
  const answer = await client.addAppointment(session, {
    ClientId: rssid,
    SessionTypeId: numeric(slot.serviceId),
    StaffId: numeric(slot.staffId),
    LocationId: numeric(locationId),
    StartDateTime: toLocal(slot.start, site.timeZone),
    ApplyPayment: false,
    SendEmail: false,
    PartnerExternalId: idempotencyKey,
    ...(notes === null ? {} : { Notes: notes }),
  });
  if (answer.data) return recordOf(site, answer.data.Appointment);
  const error = refusalOf(answer);
  if (answer.status !== 409 || error.code === 'slot_unavailable') throw error;
  // The key is in the request, so the same one can only be an earlier attempt of this very booking.
  const earlier = await findByKey(site, booking, rssid);
  if (earlier) return recordOf(site, earlier);
  throw new HubError('provider_unavailable', {
    detail: 'Mindbody is still carrying out an earlier attempt of this booking.',
    retryAfterSeconds: IN_FLIGHT_SECONDS,
    outcomeUnknown: true,
  });
}

/** Reads the client's appointments of that day: "Get Staff Appointments" can't search by our own key. */
export async function findBooked(
  session: ConnectorSession,
  booking: NewAppointment,
  attempt: AbandonedAttempt,
): Promise<AppointmentRecord | null> {
  const { contactId } = booking.customer;
  if (contactId === null) return null;
  const site = await siteOf(session);
  const rssid = await rssidOf(site, contactId);
  const found = await findMade(session, attempt, manifest, async () => {
    return { found: await findByKey(site, booking, rssid), unread: 0 };
  });
  return found && recordOf(site, found);
}

/**
 * Moves an appointment, after a look at what it is now: the last write wins here, without asking. Its length and its
 * service stay unless the slot says otherwise; a location can't be changed ("Update Appointment").
 */
export async function rescheduleAppointment(
  session: ConnectorSession,
  { appointment, slot }: contract.AppointmentMove,
): Promise<AppointmentChange> {
  const { location } = appointment.data;
  if (slot.locationId !== null && location?.id && slot.locationId !== location.id) {
    throw refusal('Mindbody can’t move an appointment to another location.');
  }
  const site = await siteOf(session);
  rememberCustomer(site, appointment);
  const current = await readAppointment(site, appointment, slot.start);
  const [start, end] = [toLocal(slot.start, site.timeZone), toLocal(slot.end, site.timeZone)];
  if (current) {
    const record = await recordOf(site, current);
    const { status, staff } = record.data;
    if (status === 'cancelled') throw refusal('The appointment is cancelled; it can’t be moved.');
    const sameStaff = slot.staffId === null || staff.some(({ id }) => id === slot.staffId);
    if (sameStaff && isSameTime(current.StartDateTime, start)) return changed(record);
  }
  const answer = await client.moveAppointment(session, {
    AppointmentId: numeric(appointment.id),
    StartDateTime: start,
    EndDateTime: end,
    ...(slot.staffId === null ? {} : { StaffId: numeric(slot.staffId) }),
    ...(slot.serviceId === null ? {} : { SessionTypeId: numeric(slot.serviceId) }),
    ApplyPayment: false,
    SendEmail: false,
  });
  if (!answer.data) throw refusalOf(answer);
  return changed(await recordOf(site, answer.data.Appointment));
}

/**
 * Cancels, and never as a late cancellation: that may cost the client a visit or a fee, which is for the business to
 * decide. What Mindbody says of an appointment that is cancelled already is not documented, so a refusal is followed
 * by a look: cancelled, or no longer listed, is success.
 */
export async function cancelAppointment(
  session: ConnectorSession,
  { appointment }: contract.AppointmentCancellation,
): Promise<AppointmentChange> {
  const site = await siteOf(session);
  rememberCustomer(site, appointment);
  const order = { AppointmentId: numeric(appointment.id), Execute: 'cancel', SendEmail: false };
  const answer = await client.cancelAppointment(session, order);
  const gone: AppointmentChange = { record: null, deletedIds: [appointment.id], others: [] };
  if (isGone(answer)) return gone;
  const answered = answer.data ? await recordOf(site, answer.data.Appointment) : null;
  if (answered?.data.status === 'cancelled') return changed(answered);
  const current = await readAppointment(site, appointment);
  if (!current) return gone;
  const record = await recordOf(site, current);
  if (record.data.status === 'cancelled') return changed(record);
  throw answer.data ? unavailable('Mindbody has not cancelled the appointment.') : refusalOf(answer);
}

/** The RSSID, which booking calls want in place of the id that does not change. */
async function rssidOf(site: Site, contactId: string): Promise<string> {
  const query = { uniqueIds: [Number(contactId)], includeInactive: true };
  const rows = await client.listAll(site.session, 'clients', query);
  const found = readFound(site.session, rows, (row) => schemas.clientSchema.parse(row));
  const own = found.find(({ UniqueId }) => UniqueId === contactId);
  if (!own) throw new HubError('not_found', { detail: 'Mindbody no longer has this client.' });
  rememberClient(site, own);
  return own.Id;
}

/** What an attempt with this key has made; where lists leave the key out, what is booked for them at that very time. */
async function findByKey(
  { session, timeZone }: Site,
  { slot, idempotencyKey }: NewAppointment,
  clientId: string,
): Promise<MindbodyAppointment | null> {
  const day = dateIn(slot.start, timeZone);
  const found = await readAppointments(session, { ...client.windowQuery('appointments', day, day), clientId });
  const start = toLocal(slot.start, timeZone);
  const isThis = (one: MindbodyAppointment) =>
    one.PartnerExternalId
      ? one.PartnerExternalId === idempotencyKey
      : isSameTime(one.StartDateTime, start) && one.StaffId === slot.staffId && one.SessionTypeId === slot.serviceId;
  return found.find((one) => isThis(one) && !/cancelled$/i.test(one.Status ?? '')) ?? null;
}

/** The appointment as it is now, looked for around its own time and, when it is moved, the new one. */
async function readAppointment(
  { session, timeZone }: Site,
  { id, data }: AppointmentRecord,
  newStart?: string,
): Promise<MindbodyAppointment | null> {
  const day = dateIn(data.start, timeZone);
  let days: readonly [first: string, last: string] = [addDays(day, -SEARCH_DAYS), addDays(day, SEARCH_DAYS)];
  if (newStart !== undefined) {
    const newDay = dateIn(newStart, timeZone);
    const [first, last] = day < newDay ? [day, newDay] : [newDay, day];
    days = last <= addDays(first, 2 * SEARCH_DAYS) ? [first, last] : [newDay, newDay];
  }
  const query = { ...client.windowQuery('appointments', ...days), appointmentIds: [numeric(id)] };
  const found = await readAppointments(session, query);
  return found.find(({ Id }) => Id === id) ?? null;
}

async function readAppointments(session: ConnectorSession, query: client.ListQuery): Promise<MindbodyAppointment[]> {
  const rows = await client.listAll(session, 'appointments', query);
  const { read, rejected } = readEach(rows, (row) => schemas.appointmentSchema.parse(row));
  // An appointment that can't be read may be the very one: nothing may be concluded then.
  if (rejected.length > 0) throw client.unreadable('appointments.list');
  return read;
}

async function recordOf(site: Site, one: MindbodyAppointment): Promise<AppointmentRecord> {
  return (await readingFor(site, [one]))(one);
}

function changed(record: AppointmentRecord): AppointmentChange {
  return { record, deletedIds: [], others: [] };
}

function isSameTime(a: string, b: string): boolean {
  return a.slice(0, 16) === b.slice(0, 16);
}

/** Requests want numbers where answers may give text. */
function numeric(id: string): number {
  const value = Number(id);
  if (/^-?\d+$/.test(id) && Number.isSafeInteger(value)) return value;
  throw notAccepted('Mindbody', ['Id']);
}
