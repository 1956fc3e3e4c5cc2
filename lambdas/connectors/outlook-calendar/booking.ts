import type { Appointment } from '../../core/model/appointment.ts';
import type { Slot } from '../../core/model/availability.ts';
import type { SourceRecord } from '../../core/model/mirror-record.ts';
import { toLocal, utcIso } from '../../core/time/zoned-time.ts';
import type {
  AppointmentCancellation,
  AppointmentChange,
  AppointmentMove,
  AvailabilityQuery,
  ConnectorSession,
  NewAppointment,
  ProviderAvailability,
} from '../connector.ts';
import { busyByCalendar, busyStretches, namedCalendars } from '../kit/calendars.ts';
import { cutText } from '../kit/cut-text.ts';
import { sameTimes } from '../kit/event-times.ts';
import { openOutcome, refusal } from '../kit/failures.ts';
import { readEach } from '../kit/read-each.ts';
import * as graph from './client.ts';
import { changedMeanwhile } from './errors.ts';
import { closesCalendar, readingOf, toAppointmentRecord } from './map.ts';
import { BOOKING_PROPERTY, bodyOf, referenceOf } from './reference.ts';
import { eventSchema, type GraphEvent } from './schemas.ts';
import { isMaster } from './series.ts';

const DAY_MS = 24 * 60 * 60_000;
/** Longest title that Exchange takes. */
const SUBJECT_LENGTH = 255;

/**
 * What is taken, calendar by calendar, from `calendarView`: it serves every kind of account and of calendar, which
 * `getSchedule` does not, and it tells how many events overlap.
 */
export async function getAvailability(
  session: ConnectorSession,
  query: AvailabilityQuery,
): Promise<ProviderAvailability> {
  const { from, to, timeZone, staffId, moving } = query;
  // Graph can't move an event to another calendar, so a move is offered the times of its own.
  const own = moving?.data.staff[0]?.id;
  const all = own === undefined ? (namedCalendars(session) ?? [await graph.defaultCalendar(session)]) : [own];
  const asked = all.filter((id) => staffId === null || id === staffId);
  return busyByCalendar(session, query, 'Outlook', asked, async (calendarId) => {
    // Whole days of an app are days in UTC to Graph and the business's own to the hub: up to a day apart.
    const window = { from: utcIso(Date.parse(from) - DAY_MS), to: utcIso(Date.parse(to) + DAY_MS) };
    const rows = await graph.listView(session.http, calendarId, window);
    const reading = { ...readingOf(session, calendarId), timeZone };
    const { read, rejected } = readEach(rows, (row) => {
      const event = eventSchema.parse(row);
      return { ...toAppointmentRecord(event, reading), closed: closesCalendar(event) };
    });
    // An event that can't be read might be at any time.
    if (rejected.length > 0) throw graph.unreadable('calendarView.list');
    return { staffId: calendarId, timeZone: null, busy: busyStretches(read, query), hours: null };
  });
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
  const calendarId = slot.staffId ?? (await graph.defaultCalendar(session));
  const answer = await graph.createEvent(session.http, calendarId, {
    subject: cutText(title, SUBJECT_LENGTH),
    body: { contentType: 'text', content: bodyOf(booking) },
    ...sentTimes(slot),
    showAs: 'busy',
    isReminderOn: false,
    transactionId: transactionIdOf(idempotencyKey),
    singleValueExtendedProperties: [{ id: BOOKING_PROPERTY, value: idempotencyKey }],
  });
  const created = eventSchema.safeParse(answer).data;
  if (created) return toAppointmentRecord(created, readingOf(session, calendarId));
  const adopted = await findBooked(session, booking);
  if (adopted) return adopted;
  throw openOutcome('Outlook says that this booking exists already, but does not show it');
}

/** The event that carries the booking's key: at its time, or wherever in its calendar somebody has moved it since. */
export async function findBooked(
  session: ConnectorSession,
  { slot, idempotencyKey: key }: NewAppointment,
): Promise<SourceRecord<Appointment> | null> {
  const calendarId = slot.staffId ?? (await graph.defaultCalendar(session));
  const window = { from: utcIso(slot.start), to: utcIso(slot.end) };
  const hasKey = (event: GraphEvent) => event.transactionId === transactionIdOf(key) || referenceOf(event)?.key === key;
  const event =
    liveEvents(await graph.listView(session.http, calendarId, window)).find(hasKey) ??
    liveEvents(await graph.findTagged(session.http, calendarId, key))[0];
  return event ? toAppointmentRecord(event, readingOf(session, calendarId)) : null;
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
  const calendarId = data.staff[0]?.id ?? slot.staffId ?? (await graph.defaultCalendar(session));
  if (slot.staffId !== null && slot.staffId !== calendarId) {
    throw refusal('Outlook cannot move an appointment to another calendar; book it there and cancel this one.');
  }
  const reading = readingOf(session, calendarId);
  const times = sentTimes(slot);
  let moved = await graph.updateEvent(session.http, id, data.version, times);
  if (!moved) {
    const current = await graph.getEvent(session.http, id);
    const now = toAppointmentRecord(current, reading).data;
    if (sameTimes(now, slot)) moved = current;
    else if (!sameTimes(now, data) || now.status === 'cancelled') throw changedMeanwhile();
    else moved = await graph.updateEvent(session.http, id, current['@odata.etag'] ?? null, times);
  }
  if (!moved) throw changedMeanwhile();
  return { record: toAppointmentRecord(moved, reading), deletedIds: moved.id === id ? [] : [id], others: [] };
}

/**
 * Deletes the event; Exchange keeps nothing of it in the calendar. One that is not there is cancelled already, provided
 * that its calendar can be read: a mailbox out of order must not pass for that.
 */
export async function cancelAppointment(
  { http }: ConnectorSession,
  { appointment }: AppointmentCancellation,
): Promise<AppointmentChange> {
  const deleted = await graph.deleteEvent(http, appointment.id);
  if (!deleted) await graph.getCalendar(http, appointment.data.staff[0]?.id ?? null);
  return { record: null, deletedIds: [appointment.id], others: [] };
}

function liveEvents(rows: readonly unknown[]): GraphEvent[] {
  const { read } = readEach(rows, (row) => eventSchema.parse(row));
  return read.filter((event) => !isMaster(event) && event.isCancelled !== true);
}

/** UTC is accepted everywhere, other zone names are not ("dateTimeTimeZone"). */
function sentTimes({ start, end }: Slot) {
  const sent = (instant: string) => ({ dateTime: toLocal(instant, 'UTC'), timeZone: 'UTC' });
  return { start: sent(start), end: sent(end) };
}

/** The key in the form of a GUID. */
function transactionIdOf(key: string): string {
  return key.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
