/** Google's events and calendars in the hub's terms. Pure; nothing is invented. */
import { createHash } from 'node:crypto';
import { normalizeEmail } from '../../core/email.ts';
import { HubError } from '../../core/errors.ts';
import type { Appointment, Attendee, Reference } from '../../core/model/appointment.ts';
import type { SourceRecord } from '../../core/model/mirror-record.ts';
import type { StaffMember } from '../../core/model/staff-member.ts';
import type { BookingCustomer } from '../connector.ts';
import { cutText } from '../kit/cut-text.ts';
import { type EventTimes, timesOfDays, writtenTimes } from '../kit/event-times.ts';
import { firstText, instant, text, withText } from '../kit/people.ts';
import { appointmentRecord, kept, staffRecord } from '../kit/records.ts';
import { zoneOr } from '../kit/zones.ts';
import type { CalendarEntry, GoogleEvent } from './schemas.ts';

/** "Extended properties", private ones: seen by this app only, 1,024 characters each. */
const PROPERTY = {
  booking: 'hubBooking',
  contact: 'hubContactId',
  service: 'hubServiceId',
  serviceName: 'hubServiceName',
  name: 'hubCustomerName',
  email: 'hubCustomerEmail',
  phone: 'hubCustomerPhone',
} as const;
const PROPERTY_LENGTH = 1_024;

/** "CalendarList": only these may write events. */
const WRITING_ROLES: readonly string[] = ['owner', 'writer'];

/** The hub's id of an event. Calendar ids are mail addresses, which have no place in paths and logs. */
export function recordIdOf(calendarId: string, eventId: string): string {
  return `${Buffer.from(calendarId).toString('base64url')}.${eventId}`;
}

/** Null for what is no such id. */
export function readRecordId(id: string) {
  const [, calendar, eventId] = /^([A-Za-z0-9_-]+)\.(.+)$/s.exec(id) ?? [];
  if (calendar === undefined || eventId === undefined) return null;
  return { calendarId: Buffer.from(calendar, 'base64url').toString('utf8'), eventId };
}

export function eventNameOf(appointmentId: string) {
  const name = readRecordId(appointmentId);
  if (name) return name;
  throw new HubError('not_found', { detail: 'There is no such appointment.' });
}

/**
 * The id of the event that a booking makes ("Events: insert": `a` to `v` and digits, unique in its calendar), the same
 * for every attempt. Ids of deleted events are never free again, so `generation` counts those that were used up.
 */
export function bookedEventId(idempotencyKey: string, generation: number): string {
  return createHash('sha256').update(`${idempotencyKey}/${generation}`).digest('hex').slice(0, 40);
}

/**
 * Days of all-day events are days in the calendar's zone; other events are shown in their own. Throws for an event
 * without times.
 */
export function timesOf({ start, end }: Pick<GoogleEvent, 'start' | 'end'>, calendarZone: string): EventTimes {
  if (start?.date && end?.date) return timesOfDays(start.date, end.date, calendarZone);
  const [from, to] = [Date.parse(start?.dateTime ?? ''), Date.parse(end?.dateTime ?? '')];
  if (Number.isNaN(from) || Number.isNaN(to)) throw new UnreadableEventError('The event has no times.');
  return { start: from, end: Math.max(from, to), timeZone: zoneOr(start?.timeZone, calendarZone), allDay: false };
}

/** An event that can't be an appointment. */
class UnreadableEventError extends Error {
  override readonly name = 'UnreadableEventError';
}

export function isCancelled({ status }: GoogleEvent): boolean {
  return status === 'cancelled';
}

/**
 * Whether an event takes its time up: not when it is shown as free, when the calendar's owner has declined it, or when
 * it only says where somebody works ("Events", `transparency`, `attendees[].self`, `eventType`).
 */
export function takesTimeUp(event: GoogleEvent): boolean {
  if (isCancelled(event) || event.transparency === 'transparent' || event.eventType === 'workingLocation') return false;
  return ownResponse(event) !== 'declined';
}

const PRIVATE: readonly string[] = ['private', 'confidential'];

/**
 * An event of a calendar. Of private ones only the time is kept: what they are about is not for a voice that answers the
 * phone.
 */
export function toAppointmentRecord(
  event: GoogleEvent,
  calendarId: string,
  calendarZone: string,
): SourceRecord<Appointment> {
  const { iCalUID, eventType, transparency, visibility, sequence, recurringEventId, originalStartTime, htmlLink } =
    event;
  const own = event.extendedProperties?.private ?? {};
  const service = bookedServiceOf(event);
  const told: Partial<GoogleEvent> = PRIVATE.includes(visibility ?? '') ? {} : event;
  const location = text(told.location);
  const series = text(recurringEventId);
  const originalStart = originalStartTime?.dateTime ?? originalStartTime?.date;
  const known = {
    id: recordIdOf(calendarId, event.id),
    status: statusOf(event),
    busy: takesTimeUp(event),
    ...writtenTimes(timesOf(event, calendarZone)),
    title: text(told.summary),
    notes: text(told.description),
    services: service === null ? [] : [service],
    staff: [{ id: calendarId, name: event.organizer?.self ? text(event.organizer.displayName) : null }],
    customers: customersOf(told),
    location: location === null ? null : { id: null, name: location },
    seriesId: series === null ? null : recordIdOf(calendarId, series),
    version: event.etag ?? null,
    createdAt: instant(event.created),
    updatedAt: instant(event.updated),
  };
  const source = {
    calendarId,
    eventId: event.id,
    iCalUID,
    eventType,
    transparency,
    visibility,
    sequence,
    recurringEventId: series,
    originalStart,
    htmlLink,
    booking: own[PROPERTY.booking],
  };
  return appointmentRecord('appointments', known, kept(source));
}

/** What the hub has booked an event for; null: nothing, or nobody knows. */
export function bookedServiceOf({ extendedProperties }: GoogleEvent): Reference | null {
  const own = extendedProperties?.private ?? {};
  const id = text(own[PROPERTY.service]);
  return id === null ? null : { id, name: text(own[PROPERTY.serviceName]) };
}

/** A calendar is what can be booked, so it is staff. */
export function toStaffRecord(entry: CalendarEntry): SourceRecord<StaffMember> {
  const { id, summary, summaryOverride, timeZone, accessRole, primary } = entry;
  const known = {
    id,
    name: firstText(summaryOverride, summary) ?? 'Unnamed calendar',
    timeZone: zoneOr(timeZone, null),
    // The main calendar's id is the account's address; those of others are nobody's ("CalendarList").
    email: primary ? normalizeEmail(id) : null,
    bookable: WRITING_ROLES.includes(accessRole ?? ''),
    isMain: primary === true,
  };
  return staffRecord(known, kept({ accessRole, primary: primary ?? false, summary }));
}

/** What an event remembers of the booking that it was made for. */
export function propertiesOf(
  idempotencyKey: string,
  customer: BookingCustomer,
  service: { readonly id: string; readonly name: string } | null,
): Record<string, string> {
  const known = withText({
    [PROPERTY.booking]: idempotencyKey,
    [PROPERTY.contact]: customer.contactId,
    [PROPERTY.name]: customer.name,
    [PROPERTY.email]: customer.email,
    [PROPERTY.phone]: customer.phone,
    [PROPERTY.service]: service?.id ?? null,
    [PROPERTY.serviceName]: service?.name ?? null,
  });
  return Object.fromEntries(Object.entries(known).map(([name, value]) => [name, cutText(value, PROPERTY_LENGTH)]));
}

/** Whether an event is that of the booking with this key. */
export function isMadeFor(event: GoogleEvent, idempotencyKey: string): boolean {
  return !isCancelled(event) && event.extendedProperties?.private?.[PROPERTY.booking] === idempotencyKey;
}

function statusOf(event: GoogleEvent): Appointment['status'] {
  const response = ownResponse(event);
  if (isCancelled(event)) return 'cancelled';
  if (response === 'declined') return 'declined';
  const isOpen = event.status === 'tentative' || response === 'needsAction' || response === 'tentative';
  return isOpen ? 'pending' : 'confirmed';
}

/** What the calendar's owner has answered to an invitation; null where it is none. */
function ownResponse(event: GoogleEvent): string | null {
  return event.attendees?.find(({ self }) => self)?.responseStatus ?? null;
}

/** Whom the hub has booked it for, and everybody else who is invited. */
function customersOf(event: Partial<GoogleEvent>): Attendee[] {
  const own = event.extendedProperties?.private ?? {};
  const booked: Attendee = {
    id: text(own[PROPERTY.contact]),
    name: text(own[PROPERTY.name]),
    email: normalizeEmail(own[PROPERTY.email] ?? ''),
    phone: text(own[PROPERTY.phone]),
  };
  const isKnown = Object.values(booked).some((value) => value !== null);
  const invited = (event.attendees ?? []).flatMap((attendee): Attendee[] => {
    const email = normalizeEmail(attendee.email ?? '');
    if (attendee.self || attendee.organizer || attendee.resource) return [];
    if (isKnown && email !== null && email === booked.email) return [];
    return [{ id: null, name: text(attendee.displayName), email, phone: null }];
  });
  return [...(isKnown ? [booked] : []), ...invited];
}
