import { HubError } from '../../core/errors.ts';
import type { Appointment } from '../../core/model/appointment.ts';
import type { SourceRecord } from '../../core/model/mirror-record.ts';
import { addDays, dateIn, toLocal } from '../../core/time/zoned-time.ts';
import type {
  AppointmentCancellation,
  AppointmentChange,
  AppointmentMove,
  AvailabilityQuery,
  ConnectorSession,
  NewAppointment,
  ProviderAvailability,
} from '../connector.ts';
import { notAccepted, unavailable } from '../kit/failures.ts';
import { readEach } from '../kit/read-each.ts';
import { attendeesOf, rememberClient, rememberCustomer } from './attendees.ts';
import { addAppointment, type ListQuery, listAll, siteIdOf, unreadable, updateAppointment } from './client.ts';
import { bookingIdOf } from './contacts.ts';
import { isGone, refusalOf } from './errors.ts';
import { type SiteContext, toAppointmentRecord } from './map.ts';
import { appointmentSchema, availabilitySchema, type MindbodyAppointment, sessionTimeSchema } from './schemas.ts';
import { siteContext } from './site.ts';
import { cutSlots, gridOf } from './slots.ts';
import { windowQuery } from './sync.ts';

type AppointmentRecord = SourceRecord<Appointment>;

/** How long the site's grid of times is taken to stay as it is: it is asked for with every question otherwise. */
const GRID_MS = 60 * 60_000;
const MAX_GRIDS = 500;
const grids = new Map<string, { readonly grid: readonly string[]; readonly until: number }>();

/** An appointment that somebody may have moved is looked for so many days around its time. */
const SEARCH_DAYS = 15;
/** Mindbody answers a request with 409 while the same one is being carried out. */
const IN_FLIGHT_SECONDS = 5;

/**
 * "Get Bookable Items" answers with stretches of time; "Get Active Session Times" says at which times of day
 * appointments may begin.
 */
export async function getAvailability(
  session: ConnectorSession,
  query: AvailabilityQuery,
): Promise<ProviderAvailability> {
  const { service, staffId, moving } = query;
  if (!service) throw new HubError('provider_rejected', { detail: 'Mindbody can only be asked for one service.' });
  const { timeZone } = await siteContext(session);
  const [from, to] = [Date.parse(query.from), Date.parse(query.to)];
  const locationId = moving?.data.location?.id ?? session.config.booking.locationId;
  const asked: ListQuery = {
    ...windowQuery('appointments', dateIn(from, timeZone), dateIn(Math.max(from, to - 1), timeZone)),
    sessionTypeIds: [numeric(service.id)],
    ...(staffId === null ? {} : { staffIds: [numeric(staffId)] }),
    ...(locationId === null || locationId === undefined ? {} : { locationIds: [numeric(locationId)] }),
    // Its own time counts as free when an appointment is moved.
    ...(moving === null ? {} : { appointmentId: numeric(moving.id) }),
  };
  const [rows, grid] = await Promise.all([listAll(session, 'bookableItems', asked), siteGrid(session, service.id)]);
  const { read, rejected } = readEach(rows, (row) => availabilitySchema.parse(row));
  const windows = read.filter(({ Staff }) => staffId === null || Staff.Id === staffId);
  const { durationMinutes } = service.data;
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
    throw new HubError('provider_rejected', {
      detail: 'Mindbody needs a client, a service, a member of staff and a location to book.',
    });
  }
  const [site, client] = await Promise.all([siteContext(session), bookingIdOf(session, customer.contactId)]);
  rememberClient(session, client, site);
  const answer = await addAppointment(session, {
    ClientId: client.Id,
    SessionTypeId: numeric(slot.serviceId),
    StaffId: numeric(slot.staffId),
    LocationId: numeric(locationId),
    StartDateTime: toLocal(slot.start, site.timeZone),
    ApplyPayment: false,
    SendEmail: false,
    PartnerExternalId: idempotencyKey,
    ...(notes === null ? {} : { Notes: notes }),
  });
  if (answer.data) return recordOf(session, answer.data.Appointment, site);
  const refusal = refusalOf(answer);
  if (answer.status !== 409 || refusal.code === 'slot_unavailable') throw refusal;
  // The key is in the request, so the same one can only be an earlier attempt of this very booking.
  const earlier = await findByKey(session, booking, client.Id, site);
  if (earlier) return recordOf(session, earlier, site);
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
): Promise<AppointmentRecord | null> {
  if (booking.customer.contactId === null) return null;
  const [site, client] = await Promise.all([siteContext(session), bookingIdOf(session, booking.customer.contactId)]);
  rememberClient(session, client, site);
  const found = await findByKey(session, booking, client.Id, site);
  return found ? recordOf(session, found, site) : null;
}

/**
 * Moves an appointment, after a look at what it is now: the last write wins here, without asking. Its length and its
 * service stay unless the slot says otherwise; a location can't be changed ("Update Appointment").
 */
export async function rescheduleAppointment(
  session: ConnectorSession,
  { appointment, slot }: AppointmentMove,
): Promise<AppointmentChange> {
  const { location } = appointment.data;
  if (slot.locationId !== null && location?.id && slot.locationId !== location.id) {
    throw new HubError('provider_rejected', { detail: 'Mindbody can’t move an appointment to another location.' });
  }
  rememberCustomer(session, appointment);
  const site = await siteContext(session);
  const current = await readAppointment(session, appointment, site, slot.start);
  const [start, end] = [toLocal(slot.start, site.timeZone), toLocal(slot.end, site.timeZone)];
  if (current) {
    const record = await recordOf(session, current, site);
    const { status, staff } = record.data;
    if (status === 'cancelled') {
      throw new HubError('provider_rejected', { detail: 'The appointment is cancelled; it can’t be moved.' });
    }
    const sameStaff = slot.staffId === null || staff.some(({ id }) => id === slot.staffId);
    if (sameStaff && isSameTime(current.StartDateTime, start)) return changed(record);
  }
  const answer = await updateAppointment(session, 'appointments.move', {
    AppointmentId: numeric(appointment.id),
    StartDateTime: start,
    EndDateTime: end,
    ...(slot.staffId === null ? {} : { StaffId: numeric(slot.staffId) }),
    ...(slot.serviceId === null ? {} : { SessionTypeId: numeric(slot.serviceId) }),
    ApplyPayment: false,
    SendEmail: false,
  });
  if (!answer.data) throw refusalOf(answer);
  return changed(await recordOf(session, answer.data.Appointment, site));
}

/**
 * Cancels, and never as a late cancellation: that may cost the client a visit or a fee, which is for the business to
 * decide. What Mindbody says of an appointment that is cancelled already is not documented, so a refusal is followed
 * by a look: cancelled, or no longer listed, is success.
 */
export async function cancelAppointment(
  session: ConnectorSession,
  { appointment }: AppointmentCancellation,
): Promise<AppointmentChange> {
  rememberCustomer(session, appointment);
  const site = await siteContext(session);
  const answer = await updateAppointment(session, 'appointments.cancel', {
    AppointmentId: numeric(appointment.id),
    Execute: 'cancel',
    SendEmail: false,
  });
  const gone: AppointmentChange = { record: null, deletedIds: [appointment.id], others: [] };
  if (answer.data) {
    const record = await recordOf(session, answer.data.Appointment, site);
    if (record.data.status === 'cancelled') return changed(record);
  } else if (isGone(answer)) {
    return gone;
  }
  const current = await readAppointment(session, appointment, site);
  if (!current) return gone;
  const record = await recordOf(session, current, site);
  if (record.data.status === 'cancelled') return changed(record);
  throw answer.data ? unavailable('Mindbody has not cancelled the appointment.') : refusalOf(answer);
}

/** What an attempt with this key has made; where lists leave the key out, what is booked for them at that very time. */
async function findByKey(
  session: ConnectorSession,
  { slot, idempotencyKey }: NewAppointment,
  clientId: string,
  { timeZone }: SiteContext,
): Promise<MindbodyAppointment | null> {
  const day = dateIn(slot.start, timeZone);
  const found = await readAppointments(session, { ...windowQuery('appointments', day, day), clientId });
  const start = toLocal(slot.start, timeZone);
  const isThis = (one: MindbodyAppointment) =>
    one.PartnerExternalId
      ? one.PartnerExternalId === idempotencyKey
      : isSameTime(one.StartDateTime, start) && one.StaffId === slot.staffId && one.SessionTypeId === slot.serviceId;
  return found.find((one) => isThis(one) && !/cancelled$/i.test(one.Status ?? '')) ?? null;
}

/** The appointment as it is now, looked for around its own time and, when it is moved, the new one. */
async function readAppointment(
  session: ConnectorSession,
  { id, data }: AppointmentRecord,
  { timeZone }: SiteContext,
  newStart?: string,
): Promise<MindbodyAppointment | null> {
  const day = dateIn(data.start, timeZone);
  const newDay = newStart === undefined ? day : dateIn(newStart, timeZone);
  const [first = day, last = day] = [day, newDay].sort();
  const near = last <= addDays(first, 2 * SEARCH_DAYS);
  const margin = newStart === undefined ? SEARCH_DAYS : 0;
  const window = near
    ? windowQuery('appointments', addDays(first, -margin), addDays(last, margin))
    : windowQuery('appointments', newDay, newDay);
  const found = await readAppointments(session, { ...window, appointmentIds: [numeric(id)] });
  return found.find(({ Id }) => Id === id) ?? null;
}

async function readAppointments(session: ConnectorSession, query: ListQuery): Promise<MindbodyAppointment[]> {
  const { read, rejected } = readEach(await listAll(session, 'appointments', query), (row) =>
    appointmentSchema.parse(row),
  );
  // An appointment that can't be read may be the very one: nothing may be concluded then.
  if (rejected.length > 0) throw unreadable('appointments.list');
  return read;
}

async function recordOf(
  session: ConnectorSession,
  appointment: MindbodyAppointment,
  site: SiteContext,
): Promise<AppointmentRecord> {
  const customers = await attendeesOf(session, [appointment.ClientId], site);
  return toAppointmentRecord(appointment, customers.get(appointment.ClientId ?? '') ?? null, site.timeZone);
}

/** The times of day at which the service may begin; the integration's own interval where the site names none. */
async function siteGrid(session: ConnectorSession, serviceId: string): Promise<readonly string[]> {
  const key = `${siteIdOf(session)}/${serviceId}`;
  const known = grids.get(key);
  if (known && known.until > session.now()) return known.grid;
  const rows = await listAll(session, 'sessionTimes', { sessionTypeIds: [numeric(serviceId)] });
  const times = readEach(
    rows,
    (row) => /\d{2}:\d{2}(?=(?::\d{2}(?:\.\d+)?)?$)/.exec(sessionTimeSchema.parse(row))?.[0],
  );
  const own = [...new Set(times.read.filter((time) => time !== undefined))].sort();
  const grid = own.length > 0 ? own : gridOf(session.config.booking.slotIntervalMinutes);
  if (grids.size >= MAX_GRIDS) grids.clear();
  grids.set(key, { grid, until: session.now() + GRID_MS });
  return grid;
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
