import * as z from 'zod';
import { HubError, isHubError } from '../../core/errors.ts';
import type { Appointment } from '../../core/model/appointment.ts';
import type { Slot } from '../../core/model/availability.ts';
import type { SourceRecord } from '../../core/model/mirror-record.ts';
import { parsePhone } from '../../core/phone.ts';
import type { AbandonedAttempt } from '../../core/ports.ts';
import { utcIso, zonedIso } from '../../core/time/zoned-time.ts';
import type {
  AppointmentCancellation,
  AppointmentChange,
  AppointmentMove,
  AvailabilityQuery,
  ConnectorSession,
  NewAppointment,
  ProviderAvailability,
} from '../connector.ts';
import { notAccepted, slotTaken, unavailable } from '../kit/failures.ts';
import { text } from '../kit/people.ts';
import { readEach } from '../kit/read-each.ts';
import { partsOf } from '../kit/windows.ts';
import { whoseRecords, zoneOf } from './account.ts';
import { type Invitation, inviteeRequest, unanswered } from './booking-request.ts';
import {
  cancelEvent,
  createInvitee,
  getEvent,
  getEventType,
  listAvailableTimes,
  listEvents,
  listInvitees,
  unreadable,
} from './client.ts';
import { forbidden, isAlreadyCancelled, rejected, resetSeconds, saysTaken } from './errors.ts';
import { API_ORIGIN, manifest } from './manifest.ts';
import { phoneOf, placeOf, toAppointmentRecord } from './map.ts';
import {
  availableTimeSchema,
  type CalendlyEvent,
  type CalendlyInvitee,
  eventSchema,
  idIn,
  inviteeSchema,
  rowId,
} from './schemas.ts';

type AppointmentRecord = SourceRecord<Appointment>;

/** An event with everybody in it. */
interface Meeting {
  readonly event: CalendlyEvent;
  readonly invitees: readonly CalendlyInvitee[];
}

const MINUTE_MS = 60_000;
/** "List Event Type Available Times": the longest stretch of one call. */
const MAX_DAYS = 31;
const MOVED = 'Moved to another time';
/** Answers by which nothing was done. */
const REFUSALS = ['provider_rejected', 'missing_scope', 'plan_required', 'rate_limited'] as const;

/** What Calendly offers: it knows hours, buffers, notice and other calendars, but lets nobody choose a team's host. */
export async function getAvailability(
  session: ConnectorSession,
  query: AvailabilityQuery,
): Promise<ProviderAvailability> {
  const { service, staffId, timeZone, moving } = query;
  if (!service) {
    throw new HubError('validation_failed', { field: 'serviceId', detail: 'serviceId: is needed to ask Calendly' });
  }
  const hosts = service.data.staffIds;
  const host = hosts?.length === 1 ? (hosts[0] ?? null) : null;
  if (staffId !== null && staffId !== host) {
    return { kind: 'slots', slots: [], notes: ['Calendly chooses the host of this event type itself.'] };
  }
  const minutes = service.data.durationMinutes ?? (await getEventType(session.http, service.id)).duration;
  if (!minutes) throw unreadable('eventTypes.get');
  const starts = await offeredStarts(session, service.id, Date.parse(query.from), Date.parse(query.to));
  const own = moving?.data.services[0]?.id === service.id ? Date.parse(moving.data.start) : Number.NaN;
  if (own >= Date.parse(query.from) && own < Date.parse(query.to)) starts.add(own);
  const slots = [...starts]
    .sort((a, b) => a - b)
    .map(
      (start): Slot => ({
        start: zonedIso(start, timeZone),
        end: zonedIso(start + minutes * MINUTE_MS, timeZone),
        timeZone,
        serviceId: service.id,
        staffId: host,
        locationId: null,
        token: null,
      }),
    );
  return { kind: 'slots', slots, notes: [] };
}

/** Books by the Scheduling API, as a booking on the event type's page: Calendly writes to the customer itself. */
export async function createAppointment(
  session: ConnectorSession,
  booking: NewAppointment,
): Promise<AppointmentRecord> {
  const { slot, customer, notes, idempotencyKey } = booking;
  const { email } = customer;
  if (email === null) {
    throw new HubError('validation_failed', {
      field: 'customer.email',
      detail: 'customer.email: is needed by Calendly',
    });
  }
  const eventType = await getEventType(session.http, serviceOf(slot));
  const { start, timeZone } = slot;
  const person = { ...customer, email };
  const eventId = await book(session, {
    ...{ eventType, start, timeZone, customer: person, notes, idempotencyKey },
    answers: [],
    place: null,
  });
  return recordOf(session, await afterBooking(() => requireMeeting(session, eventId)));
}

/**
 * Looks for a booking of this customer at this time that carries our key. Where Calendly should not have kept the key,
 * one that was made since the attempt began counts.
 */
export async function findBooked(
  session: ConnectorSession,
  { slot, customer, idempotencyKey }: NewAppointment,
  attempt: AbandonedAttempt,
): Promise<AppointmentRecord | null> {
  const found = customer.email === null ? null : await findOwn(session, slot, customer.email, idempotencyKey, attempt);
  return found ? recordOf(session, found) : null;
}

/**
 * Calendly can't move an appointment: the new time is booked first, so that the customer is never left without one, and
 * the old one cancelled then. If that is refused, the new one is taken back.
 */
export async function rescheduleAppointment(
  session: ConnectorSession,
  move: AppointmentMove,
): Promise<AppointmentChange> {
  const { slot, idempotencyKey, earlier } = move;
  const old = await requireMeeting(session, move.appointment.id);
  const { event } = old;
  const present = old.invitees.filter(({ status }) => status !== 'canceled');
  // Of a cancelled event: whom it was for, in case an earlier attempt has moved it.
  const [invitee, ...others] = event.status === 'canceled' ? old.invitees : present;
  const email = text(invitee?.email);
  if (!invitee || email === null || others.length > 0) {
    throw new HubError('provider_rejected', { detail: 'Only appointments of one customer can be moved in Calendly.' });
  }
  const sameTime = Date.parse(event.start_time) === Date.parse(slot.start);
  if (event.status !== 'canceled' && sameTime && event.event_type && idIn(event.event_type) === serviceOf(slot)) {
    return { record: recordOf(session, old), deletedIds: [], others: [] };
  }
  const made = earlier ? await findOwn(session, slot, email, idempotencyKey, earlier) : null;
  if (event.status === 'canceled') {
    if (made) return { record: recordOf(session, made), deletedIds: [], others: [recordOf(session, old)] };
    throw new HubError('provider_rejected', { detail: 'This appointment is cancelled; book a new one instead.' });
  }
  // Calendly would take the new booking and then refuse to cancel the old one.
  if (Date.parse(event.start_time) <= session.now()) {
    throw new HubError('provider_rejected', { detail: 'Calendly does not let go of appointments that have begun.' });
  }
  const newId = made ? idIn(made.event.uri) : await bookAgain(session, old, invitee, email, slot, idempotencyKey);
  const cancelled = await cancelOld(session, event, newId);
  const meeting = made ?? (await afterBooking(() => requireMeeting(session, newId)));
  return { record: recordOf(session, meeting), deletedIds: [], others: [recordOf(session, cancelled)] };
}

/** Calendly cancels a whole event only, never one customer of several. */
export async function cancelAppointment(
  session: ConnectorSession,
  { appointment, reason }: AppointmentCancellation,
): Promise<AppointmentChange> {
  const { id, data } = appointment;
  if (data.capacity !== null) {
    const group = await readMeeting(session, id);
    const active = group?.invitees.filter(({ status }) => status !== 'canceled') ?? [];
    if (group && group.event.status !== 'canceled' && active.length > 1) {
      throw new HubError('provider_rejected', {
        detail: 'Calendly cannot cancel one customer of a group; the customer can, by the link in the confirmation.',
      });
    }
  }
  const meeting = await cancel(session, id, text(reason));
  if (meeting === null) return { record: null, deletedIds: [id], others: [] };
  return { record: recordOf(session, meeting), deletedIds: [], others: [] };
}

/** Starts on offer, epoch ms, from `from` up to `to`. They must lie in the future, or Calendly refuses the question. */
async function offeredStarts(session: ConnectorSession, id: string, from: number, to: number): Promise<Set<number>> {
  const begin = Math.max(from, session.now() + MINUTE_MS);
  if (begin >= to) return new Set();
  const window = { from: new Date(begin).toISOString(), to: new Date(to).toISOString() };
  const eventType = `${API_ORIGIN}/event_types/${encodeURIComponent(id)}`;
  const rows = await Promise.all(
    partsOf(window, MAX_DAYS).map((part) => listAvailableTimes(session.http, eventType, part)),
  );
  const { read, rejected: unread } = readEach(rows.flat(), (row) => availableTimeSchema.parse(row));
  if (unread.length > 0) session.logger.warn('unreadable available times', { count: unread.length });
  const free = read.filter((time) => time.status === 'available' && time.invitees_remaining !== 0);
  return new Set(free.map(({ start_time }) => Date.parse(start_time)).filter((start) => start >= from && start < to));
}

/** Answers the id of the new event. */
async function book(session: ConnectorSession, invitation: Invitation): Promise<string> {
  const answer = await createInvitee(session.http, inviteeRequest(invitation));
  if (answer.data) return idIn(answer.data.event);
  if (answer.status === 429) {
    throw new HubError('rate_limited', {
      detail:
        'Calendly limits how many bookings an account may make through apps in a minute, an hour and a day; ' +
        'until then the customer can book on the Calendly page.',
      retryAfterSeconds: resetSeconds(answer.headers),
    });
  }
  throw await refusal(session, invitation, answer.rejected);
}

/** No page says how a taken time is refused, so after a refusal the times on offer decide what it meant. */
async function refusal(session: ConnectorSession, invitation: Invitation, body: unknown): Promise<HubError> {
  if (saysTaken(body)) return slotTaken();
  const start = Date.parse(invitation.start);
  const offered = await offeredStarts(session, idIn(invitation.eventType.uri), start, start + MINUTE_MS);
  if (!offered.has(start)) return slotTaken();
  if (unanswered(invitation) === 0) return rejected(body);
  return notAccepted(`${manifest.name} (this event type asks questions that must be answered)`, [
    'questions_and_answers',
  ]);
}

/** From here on the booking exists: an answer that is lost now must not look as if it did not. */
async function afterBooking<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw openOutcome('Calendly has taken the booking but does not show it yet', error);
  }
}

async function bookAgain(
  session: ConnectorSession,
  { event }: Meeting,
  invitee: CalendlyInvitee,
  email: string,
  slot: Slot,
  idempotencyKey: string,
): Promise<string> {
  const firstName = text(invitee.first_name);
  const name = text(invitee.name) ?? firstName;
  if (name === null) throw unreadable('invitees.list');
  const phone = phoneOf(invitee, event);
  const eventType = await getEventType(session.http, serviceOf(slot));
  return book(session, {
    ...{ eventType, start: slot.start, idempotencyKey },
    timeZone: text(invitee.timezone) ?? slot.timeZone,
    customer: {
      ...{ firstName, lastName: text(invitee.last_name), name, email },
      phone: phone === null ? null : parsePhone(phone, session.config.defaultCountry).e164,
    },
    notes: null,
    answers: invitee.questions_and_answers ?? [],
    place: placeOf(event),
  });
}

/** Cancels what has been moved. Refused, it is still there, and so the new booking goes; unknown, both stay. */
async function cancelOld(session: ConnectorSession, event: CalendlyEvent, newId: string): Promise<Meeting> {
  let refused: HubError;
  try {
    const cancelled = await cancel(session, idIn(event.uri), MOVED);
    return cancelled ?? { event: { ...event, status: 'canceled' }, invitees: [] };
  } catch (error) {
    if (!isHubError(error, ...REFUSALS)) {
      throw openOutcome('The new time is booked, but whether the old one is cancelled is not known', error);
    }
    refused = error;
  }
  try {
    await cancel(session, newId, MOVED);
  } catch (error) {
    throw openOutcome('Calendly cancels neither the old appointment nor the new one: both exist', error);
  }
  throw new HubError(refused.code, {
    detail: `The appointment stays where it is: Calendly did not let go of the old time. ${refused.message}`,
    cause: refused,
    ...(refused.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: refused.retryAfterSeconds }),
  });
}

/** Cancels, and believes only what it reads afterwards. Null: there is no such event. */
async function cancel(session: ConnectorSession, id: string, reason: string | null): Promise<Meeting | null> {
  let answer = await cancelEvent(session.http, id, reason === null ? {} : { reason });
  // A reason is documented, yet somebody has measured 400 with it.
  if (answer.status === 400 && reason !== null) answer = await cancelEvent(session.http, id, {});
  if (answer.status === 404) return null;
  if (answer.status === 403 && !isAlreadyCancelled(answer.rejected)) throw forbidden(answer.rejected);
  const meeting = await readMeeting(session, id);
  if (meeting === null || meeting.event.status === 'canceled') return meeting;
  if (answer.status === 400) throw rejected(answer.rejected);
  throw openOutcome('Calendly has taken the cancellation but still shows the appointment');
}

/**
 * The event at the slot's time that an earlier attempt booked. Lists may show a new event late, so shortly after the
 * attempt nothing is certain.
 */
async function findOwn(
  session: ConnectorSession,
  slot: Slot,
  email: string,
  idempotencyKey: string,
  attempt: AbandonedAttempt,
): Promise<Meeting | null> {
  const start = Date.parse(slot.start);
  const page = await listEvents(
    session.http,
    {
      ...(await whoseRecords(session)),
      invitee_email: email,
      min_start_time: utcIso(start - 1_000),
      max_start_time: utcIso(start + MINUTE_MS),
      status: 'active',
      count: 100,
    },
    null,
    'live_read',
  );
  const { read } = readEach(page?.collection ?? [], (row) => eventSchema.parse(row), rowId);
  for (const event of read) {
    if (Date.parse(event.start_time) !== start || !event.event_type || idIn(event.event_type) !== slot.serviceId)
      continue;
    const meeting = await readInvitees(session, event);
    if (meeting?.invitees.some((invitee) => isOwn(invitee, email, idempotencyKey, attempt))) return meeting;
  }
  const visibleAt = attempt.endedBy + manifest.searchLagMs;
  if (session.now() >= visibleAt) return null;
  throw unavailable(
    'The outcome of the first attempt is not known yet; repeat the call with the same Idempotency-Key.',
    Math.ceil((visibleAt - session.now()) / 1000),
  );
}

function isOwn(invitee: CalendlyInvitee, email: string, idempotencyKey: string, attempt: AbandonedAttempt): boolean {
  if (invitee.status === 'canceled' || invitee.email?.toLowerCase() !== email.toLowerCase()) return false;
  const key = text(invitee.tracking?.utm_content);
  if (key !== null) return key === idempotencyKey;
  // Clocks differ by some seconds.
  return Date.parse(invitee.created_at ?? '') >= attempt.startedAt - MINUTE_MS;
}

async function requireMeeting(session: ConnectorSession, id: string): Promise<Meeting> {
  const meeting = await readMeeting(session, id);
  if (meeting) return meeting;
  throw new HubError('not_found', { detail: 'Calendly does not have this appointment.' });
}

async function readMeeting(session: ConnectorSession, id: string): Promise<Meeting | null> {
  const [event, invitees] = await Promise.all([
    getEvent(session.http, id),
    listInvitees(session.http, id, 'live_read'),
  ]);
  return event && invitees ? { event, invitees: parsed(invitees) } : null;
}

async function readInvitees(session: ConnectorSession, event: CalendlyEvent): Promise<Meeting | null> {
  const invitees = await listInvitees(session.http, idIn(event.uri), 'live_read');
  return invitees ? { event, invitees: parsed(invitees) } : null;
}

function parsed(rows: readonly unknown[]): CalendlyInvitee[] {
  const invitees = z.array(inviteeSchema).safeParse(rows);
  if (!invitees.success) throw unreadable('invitees.list');
  return invitees.data;
}

function recordOf(session: ConnectorSession, { event, invitees }: Meeting): AppointmentRecord {
  return toAppointmentRecord(event, invitees, {
    defaultCountry: session.config.defaultCountry,
    timeZone: zoneOf(session),
  });
}

function serviceOf({ serviceId }: Slot): string {
  if (serviceId !== null) return serviceId;
  throw new HubError('validation_failed', { field: 'slotId', detail: 'slotId: names no event type' });
}

function openOutcome(what: string, cause?: unknown): HubError {
  return new HubError('provider_unavailable', {
    detail: `${what}; repeat the call with the same Idempotency-Key.`,
    outcomeUnknown: true,
    ...(cause === undefined ? {} : { cause }),
  });
}
