/** Google's events in the hub's terms. Pure; nothing is invented. */
import { normalizeEmail } from '../../core/email.ts';
import type { Appointment, Attendee } from '../../core/model/appointment.ts';
import type { SourceRecord } from '../../core/model/mirror-record.ts';
import { startOfDay, zonedIso } from '../../core/time/zoned-time.ts';
import type { BookingCustomer } from '../connector.ts';
import { instant, text } from '../kit/people.ts';
import { zoneOr } from './calendars.ts';
import { recordIdOf } from './event-ids.ts';
import type { EventTime, GoogleEvent } from './schemas.ts';

/** "Extended properties", private ones: seen by this app only, 1,024 characters each. */
const PROPERTY = {
  booking: 'hubBooking',
  contact: 'hubContactId',
  name: 'hubCustomerName',
  email: 'hubCustomerEmail',
  phone: 'hubCustomerPhone',
  service: 'hubServiceId',
  serviceName: 'hubServiceName',
} as const;
const PROPERTY_LENGTH = 1_024;

/** When an event is, in epoch ms, and how it reads. */
export interface EventTimes {
  readonly start: number;
  readonly end: number;
  /** IANA name. */
  readonly timeZone: string;
  readonly allDay: boolean;
}

/**
 * Days of all-day events are days in the calendar's zone; other events are shown in their own. Throws for an event
 * without times.
 */
export function timesOf({ start, end }: Pick<GoogleEvent, 'start' | 'end'>, calendarZone: string): EventTimes {
  if (start?.date && end?.date) {
    const [from, to] = [startOfDay(start.date, calendarZone), startOfDay(end.date, calendarZone)];
    return { start: from, end: Math.max(from, to), timeZone: calendarZone, allDay: true };
  }
  const [from, to] = [Date.parse(start?.dateTime ?? ''), Date.parse(end?.dateTime ?? '')];
  if (Number.isNaN(from) || Number.isNaN(to)) throw new UnreadableEventError('The event has no times.');
  return { start: from, end: Math.max(from, to), timeZone: zoneOr(start?.timeZone, calendarZone), allDay: false };
}

/** An event that can't be an appointment. */
export class UnreadableEventError extends Error {
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

export function toAppointmentRecord(
  event: GoogleEvent,
  calendarId: string,
  calendarZone: string,
): SourceRecord<Appointment> {
  const id = recordIdOf(calendarId, event.id);
  const { start, end, timeZone, allDay } = timesOf(event, calendarZone);
  const own = event.extendedProperties?.private ?? {};
  const service = text(own[PROPERTY.service]);
  const location = text(event.location);
  const series = text(event.recurringEventId);
  const updatedAt = instant(event.updated);
  return {
    resource: 'appointments',
    id,
    updatedAt,
    source: {
      calendarId,
      eventId: event.id,
      iCalUID: event.iCalUID ?? null,
      eventType: event.eventType ?? null,
      transparency: event.transparency ?? null,
      visibility: event.visibility ?? null,
      sequence: event.sequence ?? null,
      recurringEventId: series,
      originalStart: originalStartOf(event.originalStartTime),
      htmlLink: event.htmlLink ?? null,
      booking: own[PROPERTY.booking] ?? null,
    },
    data: {
      id,
      status: statusOf(event),
      start: zonedIso(start, timeZone),
      end: zonedIso(end, timeZone),
      timeZone,
      allDay,
      busy: takesTimeUp(event),
      title: text(event.summary),
      notes: text(event.description),
      services: service === null ? [] : [{ id: service, name: text(own[PROPERTY.serviceName]) }],
      staff: [{ id: calendarId, name: event.organizer?.self ? text(event.organizer.displayName) : null }],
      customers: customersOf(event),
      location: location === null ? null : { id: null, name: location },
      price: null,
      capacity: null,
      seriesId: series === null ? null : recordIdOf(calendarId, series),
      version: event.etag ?? null,
      createdAt: instant(event.created),
      updatedAt,
    },
  };
}

/** What an event remembers of the booking that it was made for. */
export function propertiesOf(
  idempotencyKey: string,
  customer: BookingCustomer,
  service: { readonly id: string; readonly name: string } | null,
): Record<string, string> {
  const known = {
    [PROPERTY.booking]: idempotencyKey,
    [PROPERTY.contact]: customer.contactId,
    [PROPERTY.name]: customer.name,
    [PROPERTY.email]: customer.email,
    [PROPERTY.phone]: customer.phone,
    [PROPERTY.service]: service?.id ?? null,
    [PROPERTY.serviceName]: service?.name ?? null,
  };
  return Object.fromEntries(
    Object.entries(known).flatMap(([name, value]) => (text(value) === null ? [] : [[name, cut(value ?? '')]])),
  );
}

/** Whether an event was made for the booking with this key. */
export function isMadeFor(event: GoogleEvent, idempotencyKey: string): boolean {
  return event.extendedProperties?.private?.[PROPERTY.booking] === idempotencyKey;
}

function statusOf(event: GoogleEvent): Appointment['status'] {
  if (isCancelled(event)) return 'cancelled';
  const response = ownResponse(event);
  if (response === 'declined') return 'declined';
  return event.status === 'tentative' || response === 'needsAction' || response === 'tentative'
    ? 'pending'
    : 'confirmed';
}

/** What the calendar's owner has answered to an invitation; null where it is none. */
function ownResponse(event: GoogleEvent): string | null {
  return event.attendees?.find(({ self }) => self)?.responseStatus ?? null;
}

/** Whom the hub has booked it for, and everybody else who is invited. */
function customersOf(event: GoogleEvent): Attendee[] {
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

function originalStartOf(time: EventTime | null | undefined): string | null {
  return time?.dateTime ?? time?.date ?? null;
}

/** Without cutting a character in two. */
function cut(value: string): string {
  return value.length <= PROPERTY_LENGTH ? value : value.slice(0, PROPERTY_LENGTH).replace(/[\uD800-\uDBFF]$/, '');
}
