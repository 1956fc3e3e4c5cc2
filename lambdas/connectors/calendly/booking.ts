import * as z from 'zod';
import { HubError, isHubError, validationFailed } from '../../core/errors.ts';
import type { Appointment } from '../../core/model/appointment.ts';
import type { Slot } from '../../core/model/availability.ts';
import type { SourceRecord } from '../../core/model/mirror-record.ts';
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
import { unreadable } from '../kit/calls.ts';
import { notAccepted, openOutcome, refusal, slotTaken } from '../kit/failures.ts';
import { findMade } from '../kit/lost-answers.ts';
import { text } from '../kit/people.ts';
import { readEach } from '../kit/read-each.ts';
import { partsOf } from '../kit/windows.ts';
import { whoseRecords } from './account.ts';
import { type Invitation, inviteeRequest, lacksAnswers } from './booking-request.ts';
import * as calendly from './client.ts';
import { forbidden, isAlreadyCancelled, rejected, resetSeconds, saysTaken } from './errors.ts';
import { manifest } from './manifest.ts';
import { agreedOn, attending, isCancelled, phoneOf, readingOf, toAppointmentRecord } from './map.ts';
import {
  availableTimeSchema,
  type CalendlyEvent,
  type CalendlyInvitee,
  eventSchema,
  idIn,
  inviteeSchema,
} from './schemas.ts';

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
  { service, staffId, timeZone, moving, ...query }: AvailabilityQuery,
): Promise<ProviderAvailability> {
  if (!service) throw validationFailed('serviceId', 'is needed to ask Calendly');
  const [first = null, ...others] = service.data.staffIds ?? [];
  const host = others.length === 0 ? first : null;
  if (staffId !== null && staffId !== host) {
    return { kind: 'slots', slots: [], notes: ['Calendly chooses the host of this event type itself.'] };
  }
  const minutes = service.data.durationMinutes ?? (await calendly.getEventType(session.http, service.id)).duration;
  if (!minutes) throw unreadable(manifest.name, 'eventTypes.get');
  const [from, to] = [Date.parse(query.from), Date.parse(query.to)];
  const starts = await offeredStarts(session, service.id, from, to);
  const own = moving?.data.services[0]?.id === service.id ? Date.parse(moving.data.start) : Number.NaN;
  if (own >= from && own < to) starts.add(own);
  const of = { timeZone, serviceId: service.id, staffId: host, locationId: null, token: null };
  const slots = [...starts]
    .sort((a, b) => a - b)
    .map((at) => ({ start: zonedIso(at, timeZone), end: zonedIso(at + minutes * MINUTE_MS, timeZone), ...of }));
  return { kind: 'slots', slots, notes: [] };
}

/** Books by the Scheduling API, as a booking on the event type's page: Calendly writes to the customer itself. */
export async function createAppointment(
  session: ConnectorSession,
  { slot, customer, notes, idempotencyKey }: NewAppointment,
): Promise<SourceRecord<Appointment>> {
  const { email } = customer;
  if (email === null) throw validationFailed('customer.email', 'is needed by Calendly');
  const agreed = { answers: [], kind: null, place: null, guests: [] };
  const id = await book(session, { slot, customer: { ...customer, email }, notes, ...agreed, idempotencyKey });
  return recordOf(session, await booked(session, id));
}

/**
 * Looks for a booking of this customer at this time that carries our key. Where Calendly should not have kept the key,
 * one that was made since the attempt began counts.
 */
export async function findBooked(
  session: ConnectorSession,
  { slot, customer, idempotencyKey }: NewAppointment,
  attempt: AbandonedAttempt,
): Promise<SourceRecord<Appointment> | null> {
  const found = customer.email === null ? null : await findOwn(session, slot, customer.email, idempotencyKey, attempt);
  return found && recordOf(session, found);
}

/**
 * Calendly can't move an appointment: the new time is booked first, so that the customer is never left without one, and
 * the old one cancelled then. If that is refused, the new one is taken back.
 */
export async function rescheduleAppointment(
  session: ConnectorSession,
  { appointment, slot, idempotencyKey, earlier }: AppointmentMove,
): Promise<AppointmentChange> {
  const old = await requireMeeting(session, appointment.id);
  const { event } = old;
  // Of a cancelled event: whom it was for, in case an earlier attempt has moved it.
  const [invitee, ...others] = attending(event, old.invitees);
  const email = text(invitee?.email);
  if (!invitee || email === null || others.length > 0) {
    throw refusal('Only appointments of one customer can be moved in Calendly.');
  }
  if (!isCancelled(event) && isAt(slot, event)) return { record: recordOf(session, old), deletedIds: [], others: [] };
  const made = earlier ? await findOwn(session, slot, email, idempotencyKey, earlier) : null;
  if (isCancelled(event)) {
    if (made) return { record: recordOf(session, made), deletedIds: [], others: [recordOf(session, old)] };
    throw refusal('This appointment is cancelled; book a new one instead.');
  }
  // Calendly would take the new booking and then refuse to cancel the old one.
  if (Date.parse(event.start_time) <= session.now()) {
    throw refusal('Calendly does not let go of appointments that have begun.');
  }
  const again = () => ({ ...sameInvitation(session, event, invitee, email, slot), idempotencyKey });
  const newId = made ? idIn(made.event.uri) : await book(session, again());
  const cancelled = await cancelOld(session, event, newId, made !== null);
  const record = recordOf(session, made ?? (await booked(session, newId)));
  return { record, deletedIds: [], others: [recordOf(session, cancelled)] };
}

/** Calendly cancels a whole event only, never one customer of several. */
export async function cancelAppointment(
  session: ConnectorSession,
  { appointment, reason }: AppointmentCancellation,
): Promise<AppointmentChange> {
  const { id, data } = appointment;
  if (data.capacity !== null) await requireAlone(session, id);
  const meeting = await cancel(session, id, text(reason));
  return { record: meeting && recordOf(session, meeting), deletedIds: meeting ? [] : [id], others: [] };
}

/** Starts on offer, epoch ms, from `from` up to `to`. They must lie in the future, or Calendly refuses the question. */
async function offeredStarts(session: ConnectorSession, id: string, from: number, to: number): Promise<Set<number>> {
  const begin = Math.max(from, session.now() + MINUTE_MS);
  if (begin >= to) return new Set();
  const parts = partsOf({ from: new Date(begin).toISOString(), to: new Date(to).toISOString() }, MAX_DAYS);
  const rows = await Promise.all(parts.map((part) => calendly.listAvailableTimes(session.http, id, part)));
  const { read, rejected: unread } = readEach(rows.flat(), (row) => availableTimeSchema.parse(row));
  if (unread.length > 0) session.logger.warn('unreadable available times', { count: unread.length });
  const free = read.filter((time) => time.status === 'available' && time.invitees_remaining !== 0);
  return new Set(free.map(({ start_time }) => Date.parse(start_time)).filter((start) => start >= from && start < to));
}

/** Answers the id of the new event. */
async function book(session: ConnectorSession, wanted: Omit<Invitation, 'eventType'>): Promise<string> {
  const { serviceId } = wanted.slot;
  if (serviceId === null) throw validationFailed('slotId', 'names no event type');
  const invitation = { ...wanted, eventType: await calendly.getEventType(session.http, serviceId) };
  const answer = await calendly.createInvitee(session.http, inviteeRequest(invitation));
  if (answer.data !== null) return idIn(answer.data);
  if (answer.status !== 429) throw await refusedBooking(session, invitation, answer.rejected);
  throw new HubError('rate_limited', {
    detail:
      'Calendly limits how many bookings an account may make through apps in a minute, an hour and a day; ' +
      'until then the customer can book on the Calendly page.',
    retryAfterSeconds: resetSeconds(answer.headers),
  });
}

/** No page says how a taken time is refused, so after a refusal the times on offer decide what it meant. */
async function refusedBooking(session: ConnectorSession, invitation: Invitation, body: unknown): Promise<HubError> {
  if (saysTaken(body)) return slotTaken();
  const start = Date.parse(invitation.slot.start);
  const offered = await offeredStarts(session, idIn(invitation.eventType.uri), start, start + MINUTE_MS);
  if (!offered.has(start)) return slotTaken();
  if (!lacksAnswers(invitation)) return rejected(body);
  const asks = `${manifest.name} (this event type asks questions that must be answered)`;
  return notAccepted(asks, ['questions_and_answers']);
}

/** What has been booked. It exists: an answer that is lost now must not look as if it did not. */
async function booked(session: ConnectorSession, id: string): Promise<Meeting> {
  try {
    return await requireMeeting(session, id);
  } catch (error) {
    throw openOutcome('Calendly has taken the booking but does not show it yet', error);
  }
}

function sameInvitation(
  session: ConnectorSession,
  event: CalendlyEvent,
  invitee: CalendlyInvitee,
  email: string,
  slot: Slot,
): Omit<Invitation, 'eventType' | 'idempotencyKey'> {
  const firstName = text(invitee.first_name);
  const name = text(invitee.name) ?? firstName;
  if (name === null) throw unreadable(manifest.name, 'invitees.list');
  const phone = phoneOf(invitee, event, session.config.defaultCountry);
  return {
    slot: { ...slot, timeZone: text(invitee.timezone) ?? slot.timeZone },
    customer: { firstName, lastName: text(invitee.last_name), name, email, phone },
    notes: null,
    answers: invitee.questions_and_answers ?? [],
    kind: text(event.location?.type),
    place: agreedOn(event).place,
    guests: (event.event_guests ?? []).flatMap((guest) => text(guest.email) ?? []),
  };
}

/**
 * Cancels what has been moved. Refused, it is not moved, and so the new booking goes; unknown, both stay. `begun`: an
 * earlier attempt of this move made the new booking, and so may have cancelled the old one too. Nobody else's
 * cancellation is taken for ours: another move, or the customer, has decided otherwise meanwhile.
 */
async function cancelOld(
  session: ConnectorSession,
  event: CalendlyEvent,
  newId: string,
  begun: boolean,
): Promise<Meeting> {
  const id = idIn(event.uri);
  let refused: HubError;
  try {
    // Somebody may have joined since it was read.
    if ((event.invitees_counter?.limit ?? 1) > 1) await requireAlone(session, id);
    const cancelled = await cancel(session, id, MOVED, begun);
    return cancelled ?? { event: { ...event, status: 'canceled' }, invitees: [] };
  } catch (error) {
    if (!isHubError(error, ...REFUSALS)) {
      throw openOutcome('The new time is booked, but whether the old one is cancelled is not known', error);
    }
    refused = error;
  }
  try {
    await requireAlone(session, newId);
    await cancel(session, newId, MOVED);
  } catch (error) {
    throw openOutcome(`The new time is booked and can't be taken back. ${refused.message} Both may exist`, error);
  }
  const { code, message, retryAfterSeconds } = refused;
  throw new HubError(code, {
    detail: `The appointment is not moved, and the new time is not kept. ${message}`,
    cause: refused,
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  });
}

/** A cancellation is for everybody in the event. */
async function requireAlone(session: ConnectorSession, id: string): Promise<void> {
  const meeting = await readMeeting(session, id);
  if (!meeting || isCancelled(meeting.event) || attending(meeting.event, meeting.invitees).length <= 1) return;
  throw refusal('Calendly cannot cancel one customer of a group; the customer can, by the link in the confirmation.');
}

/**
 * Cancels, and believes only what it reads afterwards. Null: there is no such event.
 *
 * @param againIsDone false: an event that is cancelled already is refused
 */
async function cancel(
  session: ConnectorSession,
  id: string,
  reason: string | null,
  againIsDone = true,
): Promise<Meeting | null> {
  let answer = await calendly.cancelEvent(session.http, id, reason === null ? {} : { reason });
  if (!againIsDone && isAlreadyCancelled(answer.rejected)) {
    throw refusal('Somebody else has cancelled or moved this appointment meanwhile; look at what is booked now.');
  }
  // A reason is documented, yet somebody has measured 400 with it.
  if (answer.status === 400 && reason !== null) answer = await calendly.cancelEvent(session.http, id, {});
  if (answer.status === 404) return null;
  if (answer.status === 403 && !isAlreadyCancelled(answer.rejected)) throw forbidden(answer.rejected);
  const meeting = await readMeeting(session, id);
  if (meeting === null || isCancelled(meeting.event)) return meeting;
  if (answer.status === 400) throw rejected(answer.rejected);
  throw openOutcome('Calendly has taken the cancellation but still shows the appointment');
}

/** The event at the slot's time that an earlier attempt booked. */
async function findOwn(
  session: ConnectorSession,
  slot: Slot,
  email: string,
  idempotencyKey: string,
  attempt: AbandonedAttempt,
): Promise<Meeting | null> {
  const start = Date.parse(slot.start);
  const within = { min_start_time: utcIso(start - 1_000), max_start_time: utcIso(start + MINUTE_MS) };
  const query = { ...(await whoseRecords(session)), ...within, invitee_email: email, status: 'active' };
  return findMade(session, attempt, manifest, async () => {
    const page = await calendly.listPage(
      session.http,
      ['events.list', '/scheduled_events', query],
      null,
      calendly.LIVE,
    );
    const { read, rejected: unread } = readEach(page?.rows ?? [], (row) => eventSchema.parse(row));
    for (const event of read) {
      const meeting = isAt(slot, event) ? await readMeeting(session, idIn(event.uri), event) : null;
      const isMade = meeting?.invitees.some((invitee) => isOwn(invitee, email, idempotencyKey, attempt));
      if (isMade) return { found: meeting, unread: unread.length };
    }
    return { found: null, unread: unread.length };
  });
}

function isOwn(invitee: CalendlyInvitee, email: string, idempotencyKey: string, attempt: AbandonedAttempt): boolean {
  if (isCancelled(invitee) || invitee.email?.toLowerCase() !== email.toLowerCase()) return false;
  const key = text(invitee.tracking?.utm_content);
  if (key !== null) return key === idempotencyKey;
  // Clocks differ by some seconds.
  return Date.parse(invitee.created_at ?? '') >= attempt.startedAt - MINUTE_MS;
}

function isAt({ start, serviceId }: Slot, { start_time, event_type }: CalendlyEvent): boolean {
  return Date.parse(start_time) === Date.parse(start) && !!event_type && idIn(event_type) === serviceId;
}

async function requireMeeting(session: ConnectorSession, id: string): Promise<Meeting> {
  const meeting = await readMeeting(session, id);
  if (meeting) return meeting;
  throw new HubError('not_found', { detail: 'Calendly does not have this appointment.' });
}

/** Null: there is none. `listed`: the event, where it is known. */
async function readMeeting({ http }: ConnectorSession, id: string, listed?: CalendlyEvent): Promise<Meeting | null> {
  const [event, rows] = await Promise.all([
    listed ?? calendly.getEvent(http, id),
    calendly.listInvitees(http, id, calendly.LIVE),
  ]);
  if (event === null || rows === null) return null;
  const invitees = z.array(inviteeSchema).safeParse(rows);
  if (!invitees.success) throw unreadable(manifest.name, 'invitees.list');
  return { event, invitees: invitees.data };
}

function recordOf(session: ConnectorSession, { event, invitees }: Meeting): SourceRecord<Appointment> {
  return toAppointmentRecord(event, invitees, readingOf(session));
}
