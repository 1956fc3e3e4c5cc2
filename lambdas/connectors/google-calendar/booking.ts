import { HubError, isHubError, validationFailed } from '../../core/errors.ts';
import type { Appointment } from '../../core/model/appointment.ts';
import type { Busy, Slot, WeeklyHours } from '../../core/model/availability.ts';
import type { SourceRecord } from '../../core/model/mirror-record.ts';
import { zonedIso } from '../../core/time/zoned-time.ts';
import type {
  AppointmentCancellation,
  AppointmentChange,
  AppointmentMove,
  AvailabilityQuery,
  CalendarBusy,
  ConnectorSession,
  NewAppointment,
  ProviderAvailability,
} from '../connector.ts';
import { unavailable } from '../kit/failures.ts';
import { busyByEvents, freeBusyOf } from './busy.ts';
import { accountZoneOf, bookedCalendarsOf, calendarLabel, primaryCalendarOf, zoneOr } from './calendars.ts';
import {
  deleteEvent,
  findEvent,
  getPrimaryCalendar,
  insertEvent,
  listEvents,
  moveEvent,
  type NewEvent,
  patchTimes,
} from './client.ts';
import { bookedEventId, type EventName, readRecordId } from './event-ids.ts';
import { manifest } from './manifest.ts';
import { isCancelled, isMadeFor, propertiesOf, timesOf, toAppointmentRecord } from './map.ts';
import type { GoogleEvent } from './schemas.ts';
import { openingHoursOf } from './working-hours.ts';

/** How often a booking may have been deleted and made again. */
const MAX_GENERATIONS = 5;
/** How often somebody else may change an event while it is being moved. */
const MAX_CONFLICTS = 3;

/** What is taken, calendar by calendar. One that can't be read is named in the notes and never free. */
export async function getAvailability(
  session: ConnectorSession,
  query: AvailabilityQuery,
): Promise<ProviderAvailability> {
  const asked = bookedCalendarsOf(session).filter((id) => query.staffId === null || id === query.staffId);
  if (asked.length === 0) {
    return { kind: 'busy', calendars: [], notes: ['This calendar is not among those that customers are booked into.'] };
  }
  const [busy, hours] = await Promise.all([busyOf(session, asked, query), workingHours(session, asked)]);
  const primary = primaryCalendarOf(session);
  const calendars = asked.flatMap((staffId): CalendarBusy[] => {
    const taken = busy.get(staffId);
    if (taken === undefined) return [];
    const listed = query.staff.find(({ id }) => id === staffId)?.data.timeZone;
    const timeZone = zoneOr(listed ?? (staffId === primary ? session.account?.attributes.timeZone : null), '') || null;
    return [{ staffId, timeZone, busy: taken, hours: staffId === primary ? hours.week : null }];
  });
  const unread = asked.filter((id) => !busy.has(id));
  const notes = unread.map(
    (id) => `${calendarLabel(session, id, query.staff)} can't be read, so nothing is offered in it.`,
  );
  return { kind: 'busy', calendars, notes: [...new Set(notes), ...hours.notes] };
}

/**
 * Makes the event under an id of our own ("Events: insert"), so that a repeat finds the first attempt's: Google does not
 * refuse events that overlap, and so would take a second one. Nobody is invited; the customer stands in the description.
 */
export async function createAppointment(
  session: ConnectorSession,
  booking: NewAppointment,
): Promise<SourceRecord<Appointment>> {
  const calendarId = calendarFor(session, booking.slot);
  for (let generation = 0; generation < MAX_GENERATIONS; generation += 1) {
    const id = bookedEventId(booking.idempotencyKey, generation);
    const created = await insertEvent(session.http, calendarId, newEvent(id, booking));
    const event = created ?? (await findEvent(session.http, calendarId, id));
    // The id is taken, yet there is no such event: Google has not caught up with itself.
    if (event === null) throw unavailable('Google Calendar knows this booking, but does not show it yet.', 5);
    if (!isCancelled(event) && isMadeFor(event, booking.idempotencyKey)) return recordOf(session, event, calendarId);
  }
  throw new HubError('provider_rejected', { detail: 'This booking was made and deleted too often.' });
}

/** The event of an earlier attempt, under the ids that it would have used. */
export async function findBooked(
  session: ConnectorSession,
  booking: NewAppointment,
): Promise<SourceRecord<Appointment> | null> {
  const calendarId = calendarFor(session, booking.slot);
  for (let generation = 0; generation < MAX_GENERATIONS; generation += 1) {
    const event = await findEvent(session.http, calendarId, bookedEventId(booking.idempotencyKey, generation));
    if (event === null) return null;
    if (!isCancelled(event) && isMadeFor(event, booking.idempotencyKey)) return recordOf(session, event, calendarId);
  }
  return null;
}

/**
 * Sets the new time, and then the new calendar where that is another one. Each step is skipped when it is done already,
 * so that a repeat finishes what an earlier attempt has begun.
 */
export async function rescheduleAppointment(
  session: ConnectorSession,
  { appointment, slot }: AppointmentMove,
): Promise<AppointmentChange> {
  const home = eventNameOf(appointment.id);
  const destination =
    slot.staffId === null || slot.staffId === home.calendarId ? home.calendarId : calendarFor(session, slot);
  const { event: found, calendarId } = await locate(session, home, destination);
  // "Events: move" takes only ordinary events, and no occurrence of a series: better not to begin.
  if (calendarId !== destination && ((found.eventType ?? 'default') !== 'default' || found.recurringEventId)) {
    throw new HubError('provider_rejected', { detail: `${manifest.name} can't move this event to another calendar.` });
  }
  let event = await retime(session, { calendarId, eventId: found.id }, found, slot);
  if (calendarId !== destination) event = await moveEvent(session.http, calendarId, event.id, destination);
  const record = recordOf(session, event, destination);
  return { record, deletedIds: record.id === appointment.id ? [] : [appointment.id], others: [] };
}

/** Deletes the event: Google keeps nothing that could hold a reason. */
export async function cancelAppointment(
  session: ConnectorSession,
  { appointment }: AppointmentCancellation,
): Promise<AppointmentChange> {
  const { calendarId, eventId } = eventNameOf(appointment.id);
  const status = await deleteEvent(session.http, calendarId, eventId);
  // 410: deleted before. 404 is either that, or a calendar that is lost, which throws here.
  if (status === 404) await listEvents(session.http, calendarId, { maxResults: 1 }, { callClass: 'live_read' });
  return { record: null, deletedIds: [appointment.id], others: [] };
}

/** Unknown calendars are not in the map. */
async function busyOf(
  session: ConnectorSession,
  calendarIds: readonly string[],
  query: AvailabilityQuery,
): Promise<Map<string, readonly Busy[]>> {
  // An earlier attempt may have taken the event to another calendar already; it keeps its id there.
  const except = query.moving === null ? null : eventNameOf(query.moving.id).eventId;
  const crowded = session.config.booking.calendars
    ?.filter(({ capacity }) => capacity > 1)
    .map(({ staffId }) => staffId);
  // freeBusy names no events, and joins those that overlap so that they can't be counted.
  const needsEvents = (id: string) => except !== null || (crowded?.includes(id) ?? false);
  const byEvents = calendarIds.filter(needsEvents).map(async (id) => {
    try {
      return [id, await busyByEvents(session, id, query, except)] as const;
    } catch (error) {
      // This one is gone or closed to us; the others may still be asked.
      if (isHubError(error, 'not_found', 'provider_rejected')) return null;
      throw error;
    }
  });
  const rest = calendarIds.filter((id) => !needsEvents(id));
  const [known, ...listed] = await Promise.all([freeBusyOf(session, rest, query), ...byEvents]);
  return new Map([...known, ...listed.filter((entry) => entry !== null)]);
}

/** Google keeps hours for the main calendar only, and the business's own settings come first. */
async function workingHours(
  session: ConnectorSession,
  asked: readonly string[],
): Promise<{ week: WeeklyHours | null; notes: string[] }> {
  const primary = primaryCalendarOf(session);
  const { openingHours, calendars } = session.config.booking;
  const own = calendars?.find(({ staffId }) => staffId === primary)?.openingHours ?? openingHours;
  if (own !== undefined || !asked.includes(primary)) return { week: null, notes: [] };
  try {
    return { week: openingHoursOf((await getPrimaryCalendar(session.http)).workingHours), notes: [] };
  } catch (error) {
    if (!isHubError(error, 'missing_scope', 'not_found', 'provider_rejected')) throw error;
    return { week: null, notes: ["The calendar's working hours can't be read."] };
  }
}

function newEvent(id: string, { slot, title, notes, customer, service, idempotencyKey }: NewAppointment): NewEvent {
  const { name, phone, email } = customer;
  const lines = [`Booked for ${name}`, phone, email, notes].filter((line) => line !== null && line !== '');
  return {
    id,
    summary: title,
    description: lines.join('\n'),
    ...sentTimes(slot, false),
    extendedProperties: {
      private: propertiesOf(idempotencyKey, customer, service && { id: service.id, name: service.data.name }),
    },
  };
}

/** Both the offset and the zone, as "Create events" recommends. */
function sentTimes({ start, end, timeZone }: Slot, wasAllDay: boolean) {
  const sent = (instant: string) => ({
    dateTime: zonedIso(instant, timeZone),
    timeZone,
    ...(wasAllDay ? { date: null } : {}),
  });
  return { start: sent(start), end: sent(end) };
}

/** The event where it is now: an earlier attempt may have moved it, and leaves a cancelled one behind. */
async function locate(
  session: ConnectorSession,
  { calendarId, eventId }: EventName,
  destination: string,
): Promise<{ event: GoogleEvent; calendarId: string }> {
  for (const place of new Set([calendarId, destination])) {
    const event = await findEvent(session.http, place, eventId);
    if (event !== null && !isCancelled(event)) return { event, calendarId: place };
  }
  throw new HubError('not_found', { detail: 'The appointment no longer exists.' });
}

async function retime(
  session: ConnectorSession,
  { calendarId, eventId }: EventName,
  found: GoogleEvent,
  slot: Slot,
): Promise<GoogleEvent> {
  let event = found;
  for (let conflicts = 0; conflicts < MAX_CONFLICTS; conflicts += 1) {
    const { start, end, allDay } = timesOf(event, accountZoneOf(session));
    if (!allDay && start === Date.parse(slot.start) && end === Date.parse(slot.end)) return event;
    const moved = await patchTimes(session.http, calendarId, event, sentTimes(slot, allDay));
    if (moved !== null) return moved;
    // Somebody was faster: what they changed stays, and the time is set on top of it.
    event = (await locate(session, { calendarId, eventId }, calendarId)).event;
  }
  throw unavailable('The appointment is being changed by somebody else.', 5);
}

/** Where a slot is to be booked. Slot ids are the caller's, so they open no other calendars. */
function calendarFor(session: ConnectorSession, { staffId }: Slot): string {
  const calendars = bookedCalendarsOf(session);
  const calendarId = staffId ?? calendars[0];
  if (calendarId !== undefined && calendars.includes(calendarId)) return calendarId;
  throw validationFailed('slotId', 'names a calendar that customers are not booked into');
}

function eventNameOf(appointmentId: string): EventName {
  const name = readRecordId(appointmentId);
  if (name) return name;
  throw new HubError('not_found', { detail: 'There is no such appointment.' });
}

function recordOf(session: ConnectorSession, event: GoogleEvent, calendarId: string): SourceRecord<Appointment> {
  return toAppointmentRecord(event, calendarId, accountZoneOf(session));
}
