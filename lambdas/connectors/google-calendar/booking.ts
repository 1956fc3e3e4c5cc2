import { HubError, isHubError, validationFailed } from '../../core/errors.ts';
import type { Appointment } from '../../core/model/appointment.ts';
import type { Slot } from '../../core/model/availability.ts';
import type { SourceRecord } from '../../core/model/mirror-record.ts';
import { zonedIso } from '../../core/time/zoned-time.ts';
import type {
  AppointmentCancellation,
  AppointmentChange,
  AppointmentMove,
  ConnectorSession,
  NewAppointment,
} from '../connector.ts';
import { sameTimes, writtenTimes } from '../kit/event-times.ts';
import { openOutcome, refusal, unavailable } from '../kit/failures.ts';
import { accountZone } from '../kit/zones.ts';
import * as google from './client.ts';
import { manifest } from './manifest.ts';
import {
  bookedEventId,
  eventNameOf,
  isCancelled,
  isMadeFor,
  propertiesOf,
  timesOf,
  toAppointmentRecord,
} from './map.ts';
import type { GoogleEvent } from './schemas.ts';

type AppointmentRecord = SourceRecord<Appointment>;
type WrittenTimes = ReturnType<typeof writtenTimes>;

/** How often a booking may have been deleted and made again. */
const MAX_GENERATIONS = 5;
/** How often somebody else may change an event while it is being moved. */
const MAX_CONFLICTS = 3;

/**
 * Makes the event under an id of our own ("Events: insert"), so that a repeat finds the first attempt's: Google does not
 * refuse events that overlap, and so would take a second one. Nobody is invited; the customer stands in the description.
 */
export async function createAppointment(
  session: ConnectorSession,
  booking: NewAppointment,
): Promise<AppointmentRecord> {
  const record = await bookedUnder(session, booking, async (calendarId, id) => {
    const created = await google.insertEvent(session.http, calendarId, newEvent(id, booking));
    const event = created ?? (await google.findEvent(session.http, calendarId, id));
    // The id is taken, yet there is no such event: Google has not caught up with itself.
    if (event === null) throw unavailable('Google Calendar knows this booking, but does not show it yet.', 5);
    return event;
  });
  if (record !== null) return record;
  throw refusal('This booking was made and deleted too often.');
}

/** The event of an earlier attempt, under the ids that it would have used. */
export function findBooked(session: ConnectorSession, booking: NewAppointment): Promise<AppointmentRecord | null> {
  return bookedUnder(session, booking, (calendarId, id) => google.findEvent(session.http, calendarId, id));
}

/**
 * Sets the new time, and then the new calendar where that is another one. Each step is skipped when it is done already,
 * so that a repeat finishes what an earlier attempt has begun. The time comes first, because it can be put back when the
 * calendar is refused; the other way round, a refused time would leave the event in a calendar that may be taken then.
 */
export async function rescheduleAppointment(
  session: ConnectorSession,
  { appointment, slot }: AppointmentMove,
): Promise<AppointmentChange> {
  const home = eventNameOf(appointment.id);
  const stays = slot.staffId === null || slot.staffId === home.calendarId;
  const destination = stays ? home.calendarId : calendarFor(session, slot);
  const { event: found, calendarId } = await locate(session, home.eventId, [home.calendarId, destination]);
  // "Events: move" takes only ordinary events, and no occurrence of a series: better not to begin.
  if (calendarId !== destination && ((found.eventType ?? 'default') !== 'default' || found.recurringEventId)) {
    throw refusal(`${manifest.name} can't move this event to another calendar.`);
  }
  let event = await retime(session, calendarId, found, slot);
  if (calendarId !== destination) {
    const times = writtenTimes(timesOf(found, accountZone(session)));
    const before = sameTimes(times, slot) ? appointment.data : times;
    event = await moveOrRestore(session, { event, calendarId, destination }, slot, before);
  }
  const record = toAppointmentRecord(event, destination, accountZone(session));
  return { record, deletedIds: record.id === appointment.id ? [] : [appointment.id], others: [] };
}

/** Deletes the event: Google keeps nothing that could hold a reason. */
export async function cancelAppointment(
  { http }: ConnectorSession,
  { appointment }: AppointmentCancellation,
): Promise<AppointmentChange> {
  const { calendarId, eventId } = eventNameOf(appointment.id);
  const status = await google.deleteEvent(http, calendarId, eventId);
  // 410: deleted before. 404 is either that, or a calendar that is lost, which throws here.
  if (status === 404) await google.listEvents(http, calendarId, { maxResults: 1 });
  return { record: null, deletedIds: [appointment.id], others: [] };
}

/** The booking's own event among the ids that it may have. Null: there is none. */
async function bookedUnder(
  session: ConnectorSession,
  { slot, idempotencyKey }: NewAppointment,
  eventAt: (calendarId: string, id: string) => Promise<GoogleEvent | null>,
): Promise<AppointmentRecord | null> {
  const calendarId = calendarFor(session, slot);
  for (let generation = 0; generation < MAX_GENERATIONS; generation += 1) {
    const event = await eventAt(calendarId, bookedEventId(idempotencyKey, generation));
    if (event === null) return null;
    if (isMadeFor(event, idempotencyKey)) return toAppointmentRecord(event, calendarId, accountZone(session));
  }
  return null;
}

function newEvent(id: string, { slot, title, notes, customer, service, idempotencyKey }: NewAppointment) {
  const { name, phone, email } = customer;
  const lines = [`Booked for ${name}`, phone, email, notes].filter((line) => line !== null && line !== '');
  const own = propertiesOf(idempotencyKey, customer, service && { id: service.id, name: service.data.name });
  const text = { summary: title, description: lines.join('\n') };
  return { id, ...text, ...sentTimes(slot), extendedProperties: { private: own } };
}

/** Both the offset and the zone, as "Create events" recommends; null takes a member away ("Events: patch"). */
function sentTimes(
  { start, end, timeZone }: Pick<Slot, 'start' | 'end' | 'timeZone'>,
  changes: { readonly date?: null } = {},
) {
  const sent = (instant: string) => ({ dateTime: zonedIso(instant, timeZone), timeZone, ...changes });
  return { start: sent(start), end: sent(end) };
}

/** The event where it is now: an earlier attempt may have moved it, and leaves a cancelled one behind. */
async function locate(
  session: ConnectorSession,
  eventId: string,
  calendarIds: readonly string[],
): Promise<{ event: GoogleEvent; calendarId: string }> {
  for (const calendarId of new Set(calendarIds)) {
    const event = await google.findEvent(session.http, calendarId, eventId);
    if (event !== null && !isCancelled(event)) return { event, calendarId };
  }
  throw new HubError('not_found', { detail: 'The appointment no longer exists.' });
}

async function retime(session: ConnectorSession, calendarId: string, found: GoogleEvent, slot: Slot) {
  let event = found;
  for (let conflicts = 0; conflicts < MAX_CONFLICTS; conflicts += 1) {
    const { start, end, allDay } = timesOf(event, accountZone(session));
    if (!allDay && start === Date.parse(slot.start) && end === Date.parse(slot.end)) return event;
    const times = sentTimes(slot, allDay ? { date: null } : {});
    const moved = await google.patchEvent(session.http, calendarId, event, times);
    if (moved !== null) return moved;
    // Somebody was faster: what they changed stays, and the time is set on top of it.
    event = (await locate(session, event.id, [calendarId])).event;
  }
  throw unavailable('The appointment is being changed by somebody else.', 5);
}

/** "Events: move". With the calendar refused, the event goes back to its time before. */
async function moveOrRestore(
  session: ConnectorSession,
  { event, calendarId, destination }: { event: GoogleEvent; calendarId: string; destination: string },
  slot: Slot,
  before: WrittenTimes,
): Promise<GoogleEvent> {
  try {
    return await google.moveEvent(session.http, calendarId, event.id, destination);
  } catch (error) {
    // A move that may have been carried out is left for the repetition to find.
    if (!isHubError(error) || error.outcomeUnknown || sameTimes(before, slot)) throw error;
    const restored = google.patchEvent(session.http, calendarId, event, timesBefore(before)).catch(() => null);
    if ((await restored) === null)
      throw openOutcome('The appointment has its new time, but not its new calendar', error);
    throw error;
  }
}

function timesBefore(before: WrittenTimes) {
  if (!before.allDay) return sentTimes(before);
  const day = (instant: string) => ({ date: instant.slice(0, 10), dateTime: null, timeZone: null });
  return { start: day(before.start), end: day(before.end) };
}

/** Where a slot is to be booked. Slot ids are the caller's, so they open no other calendars. */
function calendarFor(session: ConnectorSession, { staffId }: Slot): string {
  const calendars = google.bookedCalendarsOf(session);
  const calendarId = staffId ?? calendars[0];
  if (calendarId !== undefined && calendars.includes(calendarId)) return calendarId;
  throw validationFailed('slotId', 'names a calendar that customers are not booked into');
}
