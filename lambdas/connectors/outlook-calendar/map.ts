/** Outlook's events and calendars in the hub's terms. Pure; nothing is invented. */
import { normalizeEmail } from '../../core/email.ts';
import { type Appointment, type AppointmentStatus, type Attendee, takesTime } from '../../core/model/appointment.ts';
import type { SourceRecord } from '../../core/model/mirror-record.ts';
import type { StaffMember } from '../../core/model/staff-member.ts';
import type { ConnectorSession } from '../connector.ts';
import { timesOfDays, writtenTimes } from '../kit/event-times.ts';
import { firstText, instant, text } from '../kit/people.ts';
import { appointmentRecord, kept, staffRecord } from '../kit/records.ts';
import { referenceOf } from './reference.ts';
import type { GraphCalendar, GraphEvent } from './schemas.ts';
import { instantOf, wholeDays, zoneOf } from './times.ts';

/** What an event is read with. */
export interface Reading {
  readonly calendarId: string;
  /** The business's zone, IANA. */
  readonly timeZone: string;
  /** The account's own address: it is nobody's customer. */
  readonly ownEmail: string | null;
}

export function readingOf({ account, config }: ConnectorSession, calendarId: string): Reading {
  return { calendarId, timeZone: config.timeZone, ownEmail: account?.attributes.email ?? null };
}

/** Free time and other places of work take no time up; whatever else is said, or not said, does ("event", showAs). */
const NOT_BUSY: readonly string[] = ['free', 'workingElsewhere'];
const PRIVATE: readonly string[] = ['private', 'confidential'];

/**
 * An event of a calendar. Of private and confidential ones only the time is kept, and the service of a booking, because
 * its buffers are time, too: what they are about is not for a voice on the phone. A series' master is no appointment and
 * must not get here.
 */
export function toAppointmentRecord(event: GraphEvent, reading: Reading): SourceRecord<Appointment> {
  const { id, type, showAs, sensitivity, originalStartTimeZone, isAllDay, isCancelled, transactionId } = event;
  const status = statusOf(event);
  const told: Partial<GraphEvent> = PRIVATE.includes(sensitivity ?? '') ? {} : event;
  const booked = referenceOf(event);
  const reference = told === event ? booked : null;
  const title = text(told.subject);
  const location = text(told.location?.displayName);
  const known = {
    id,
    status,
    title,
    busy: takesTime(status) && !NOT_BUSY.includes(showAs ?? ''),
    ...writtenTimes(timesOf(event, reading.timeZone)),
    notes: reference ? reference.notes : text(told.bodyPreview),
    services: booked?.service ? [booked.service] : [],
    staff: [{ id: reading.calendarId, name: null }],
    customers: reference ? [reference.customer] : attendeesOf(told, reading),
    location: location === null ? null : { id: null, name: location },
    seriesId: text(event.seriesMasterId),
    version: text(event['@odata.etag']),
    createdAt: instant(event.createdDateTime),
    updatedAt: instant(event.lastModifiedDateTime),
  };
  const [start, end] = [event.start, event.end].map(({ dateTime, timeZone }) => kept({ dateTime, timeZone }));
  const response = event.responseStatus?.response;
  const source = { type, subject: title, start, end, originalStartTimeZone, isAllDay, isCancelled, showAs };
  return appointmentRecord('appointments', known, kept({ ...source, sensitivity, response, transactionId }));
}

/** Whether an event that takes time is no appointment among others: nobody is there then. */
export function closesCalendar({ showAs, isAllDay }: GraphEvent): boolean {
  return showAs === 'oof' || isAllDay === true;
}

/** A calendar is what can be booked, so it is staff. Only those that the account may write to are bookable. */
export function toStaffRecord(calendar: GraphCalendar): SourceRecord<StaffMember> {
  const { id, name, canEdit, isDefaultCalendar, owner } = calendar;
  const email = normalizeEmail(owner?.address ?? '');
  const rights = { bookable: canEdit === true, isMain: isDefaultCalendar === true };
  const known = { id, name: firstText(name, owner?.name) ?? id, email, ...rights };
  return staffRecord(known, kept({ name, canEdit, isDefaultCalendar }));
}

function timesOf({ start, end, isAllDay, originalStartTimeZone }: GraphEvent, businessZone: string) {
  const timeZone = zoneOf(originalStartTimeZone, businessZone);
  if (isAllDay === true) return timesOfDays(...wholeDays(start, end, timeZone, businessZone), timeZone);
  return { start: instantOf(start, businessZone), end: instantOf(end, businessZone), timeZone, allDay: false };
}

function statusOf({ isCancelled, responseStatus }: GraphEvent): AppointmentStatus {
  if (isCancelled === true) return 'cancelled';
  const response = responseStatus?.response;
  if (response === 'declined') return 'declined';
  return response === 'notResponded' || response === 'tentativelyAccepted' ? 'pending' : 'confirmed';
}

/** Everybody who was invited, but rooms, the account itself and whoever invited. */
function attendeesOf({ attendees, organizer }: Partial<GraphEvent>, { ownEmail }: Reading): Attendee[] {
  const hosts = [ownEmail, normalizeEmail(organizer?.emailAddress?.address ?? '')];
  return (attendees ?? []).flatMap(({ type, emailAddress }) => {
    const email = normalizeEmail(emailAddress?.address ?? '');
    const name = text(emailAddress?.name);
    if (type === 'resource' || (email === null && name === null)) return [];
    return email !== null && hosts.includes(email) ? [] : [{ id: null, name, email, phone: null }];
  });
}
