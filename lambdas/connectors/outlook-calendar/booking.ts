import { HubError, isHubError } from '../../core/errors.ts';
import type { Appointment } from '../../core/model/appointment.ts';
import type { Busy } from '../../core/model/availability.ts';
import type { SourceRecord } from '../../core/model/mirror-record.ts';
import { toLocal, zonedIso } from '../../core/time/zoned-time.ts';
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
import { readEach } from '../kit/read-each.ts';
import { chosenCalendars, defaultCalendar } from './calendars.ts';
import {
  createEvent,
  deleteEvent,
  type EventBody,
  findTagged,
  getCalendar,
  getEvent,
  listView,
  unreadable,
  updateEvent,
} from './client.ts';
import { changedMeanwhile } from './errors.ts';
import { readingOf, toAppointmentRecord } from './map.ts';
import { BOOKING_PROPERTY, bodyOf, referenceOf } from './reference.ts';
import { eventSchema, type GraphEvent } from './schemas.ts';
import { isMaster } from './series.ts';

/** Longest title that Exchange takes. */
const SUBJECT_LENGTH = 255;

/**
 * What is taken, calendar by calendar, from `calendarView`: it serves every kind of account and of calendar, which
 * `getSchedule` does not. A calendar of which not every event can be read is not read at all: it is never free.
 */
export async function getAvailability(
  session: ConnectorSession,
  query: AvailabilityQuery,
): Promise<ProviderAvailability> {
  const asked = await calendarsToAsk(session, query);
  // What the mirror knows of calendars is who may write to them; before the first sync it knows none.
  const calendars = asked.filter((id) => query.staff.length === 0 || query.staff.some((record) => record.id === id));
  const answers = await Promise.allSettled(calendars.map((calendarId) => busyIn(session, query, calendarId)));
  const read = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
  const notes = asked
    .filter((id) => !calendars.includes(id))
    .map((id) => `${nameOf(session, query, id)} is no calendar that Outlook lets the hub write to.`);
  for (const [index, answer] of answers.entries()) {
    if (answer.status === 'fulfilled') continue;
    const { reason } = answer;
    // With no calendar read, only what is certain (it is not there) is an answer.
    const partial = isHubError(reason) && (read.length > 0 || reason.code === 'not_found');
    if (!partial || reason.code === 'reauth_required') throw reason;
    notes.push(
      `${nameOf(session, query, calendars[index] ?? '')} could not be read in Outlook, so nothing is offered there.`,
    );
  }
  return { kind: 'busy', calendars: read, notes };
}

/** Graph can't move an event to another calendar, so a move is offered the times of its own. */
async function calendarsToAsk(session: ConnectorSession, { staffId, moving }: AvailabilityQuery): Promise<string[]> {
  const chosen = await chosenCalendars(session);
  const own = moving?.data.staff[0]?.id;
  const asked = own === undefined ? chosen : [own];
  return staffId === null ? asked : asked.filter((id) => id === staffId);
}

async function busyIn(session: ConnectorSession, query: AvailabilityQuery, calendarId: string): Promise<CalendarBusy> {
  const { from, to, timeZone, moving } = query;
  const rows = await listView(session.http, calendarId, { from: utcText(from), to: utcText(to) });
  const reading = { ...readingOf(session, calendarId), timeZone };
  const { read, rejected } = readEach(rows, (row) => toAppointmentRecord(eventSchema.parse(row), reading));
  if (rejected.length > 0) throw unreadable('calendarView.list');
  const busy = read
    .filter(({ id, data }) => data.busy && id !== moving?.id)
    .map(({ data: { start, end } }): Busy => ({ start: zonedIso(start, timeZone), end: zonedIso(end, timeZone) }));
  return { staffId: calendarId, timeZone: null, busy, hours: null };
}

function nameOf({ config }: ConnectorSession, { staff }: AvailabilityQuery, calendarId: string): string {
  const named = config.booking.calendars?.find(({ staffId }) => staffId === calendarId)?.name;
  return named ?? staff.find(({ id }) => id === calendarId)?.data.name ?? `The calendar ${calendarId}`;
}

/**
 * Books. The key is sent as `transactionId`, by which Graph suppresses a repeated creation ("event", transactionId).
 * Its answer to a repetition (the event, 409, or nothing) is not documented: where it holds no event, the one with the
 * key is looked for and adopted. Nor is it how long Graph remembers, so `findBooked` does not rely on it.
 */
export async function createAppointment(
  session: ConnectorSession,
  booking: NewAppointment,
): Promise<SourceRecord<Appointment>> {
  const { slot, title, idempotencyKey } = booking;
  const calendarId = await calendarOf(session, booking);
  const { status, data } = await createEvent(session.http, calendarId, {
    // Not in the middle of a character.
    subject: title.slice(0, SUBJECT_LENGTH).replace(/[\uD800-\uDBFF]$/, ''),
    body: { contentType: 'text', content: bodyOf(booking) },
    ...timesOf(slot),
    showAs: 'busy',
    isReminderOn: false,
    transactionId: transactionIdOf(idempotencyKey),
    singleValueExtendedProperties: [{ id: BOOKING_PROPERTY, value: idempotencyKey }],
  });
  const created = status === 409 ? undefined : eventSchema.safeParse(data).data;
  if (created) return toAppointmentRecord(created, readingOf(session, calendarId));
  const adopted = await findBooked(session, booking);
  if (adopted) return adopted;
  throw new HubError('provider_unavailable', {
    detail: 'Outlook says that this booking exists already, but does not show it.',
    outcomeUnknown: true,
  });
}

/** The event that carries the booking's key: at its time, or wherever in its calendar somebody has moved it since. */
export async function findBooked(
  session: ConnectorSession,
  booking: NewAppointment,
): Promise<SourceRecord<Appointment> | null> {
  const { slot, idempotencyKey } = booking;
  const calendarId = await calendarOf(session, booking);
  const atItsTime = await listView(session.http, calendarId, { from: utcText(slot.start), to: utcText(slot.end) });
  const event =
    liveEvent(atItsTime, (row) => hasKey(row, idempotencyKey)) ??
    liveEvent(await findTagged(session.http, calendarId, idempotencyKey));
  return event && toAppointmentRecord(event, readingOf(session, calendarId));
}

async function calendarOf(session: ConnectorSession, { slot }: NewAppointment): Promise<string> {
  return slot.staffId ?? (await defaultCalendar(session));
}

function liveEvent(rows: readonly unknown[], wanted: (event: GraphEvent) => boolean = () => true): GraphEvent | null {
  const { read } = readEach(rows, (row) => eventSchema.parse(row));
  return read.find((event) => !isMaster(event) && event.isCancelled !== true && wanted(event)) ?? null;
}

function hasKey(event: GraphEvent, key: string): boolean {
  return event.transactionId === transactionIdOf(key) || referenceOf(event)?.key === key;
}

/**
 * Moves an appointment, if nobody has changed it meanwhile (`If-Match`). Exchange touches events by itself at times, so
 * a conflict is looked into: an event that is still at its old time is moved after all, once.
 */
export async function rescheduleAppointment(
  session: ConnectorSession,
  { appointment, slot }: AppointmentMove,
): Promise<AppointmentChange> {
  const { id, data } = appointment;
  const calendarId = data.staff[0]?.id ?? slot.staffId ?? (await defaultCalendar(session));
  if (slot.staffId !== null && slot.staffId !== calendarId) {
    throw new HubError('provider_rejected', {
      detail: 'Outlook cannot move an appointment to another calendar; book it there and cancel this one.',
    });
  }
  const reading = readingOf(session, calendarId);
  const target = timesOf(slot);
  let moved = await updateEvent(session.http, id, data.version, target);
  if (!moved) {
    const current = await getEvent(session.http, id);
    const now = toAppointmentRecord(current, reading).data;
    if (isAt(now, slot)) moved = current;
    else if (!isAt(now, data) || now.status === 'cancelled') throw changedMeanwhile();
    else moved = await updateEvent(session.http, id, current['@odata.etag'] ?? null, target);
  }
  if (!moved) throw changedMeanwhile();
  return {
    record: toAppointmentRecord(moved, reading),
    deletedIds: moved.id === id ? [] : [id],
    others: [],
  };
}

/**
 * Deletes the event; Exchange keeps nothing of it in the calendar. One that is not there is cancelled already, provided
 * that its calendar can be read: a mailbox out of order must not pass for that.
 */
export async function cancelAppointment(
  session: ConnectorSession,
  { appointment }: AppointmentCancellation,
): Promise<AppointmentChange> {
  const deleted = await deleteEvent(session.http, appointment.id);
  if (!deleted) await getCalendar(session.http, appointment.data.staff[0]?.id ?? null);
  return { record: null, deletedIds: [appointment.id], others: [] };
}

/** UTC is accepted everywhere, other zone names are not ("dateTimeTimeZone"). */
function timesOf({ start, end }: { readonly start: string; readonly end: string }): Pick<EventBody, 'start' | 'end'> {
  return {
    start: { dateTime: toLocal(start, 'UTC'), timeZone: 'UTC' },
    end: { dateTime: toLocal(end, 'UTC'), timeZone: 'UTC' },
  };
}

function isAt(
  a: { readonly start: string; readonly end: string },
  b: { readonly start: string; readonly end: string },
) {
  return Date.parse(a.start) === Date.parse(b.start) && Date.parse(a.end) === Date.parse(b.end);
}

function utcText(instant: string): string {
  return `${toLocal(instant, 'UTC')}Z`;
}

/** The key in the form of a GUID. */
function transactionIdOf(key: string): string {
  return key.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
