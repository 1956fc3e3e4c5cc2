/** Outlook's events and calendars in the hub's terms. Pure; nothing is invented. */
import { normalizeEmail } from '../../core/email.ts';
import { type Appointment, type AppointmentStatus, type Attendee, takesTime } from '../../core/model/appointment.ts';
import type { Json, SourceRecord } from '../../core/model/mirror-record.ts';
import type { StaffMember } from '../../core/model/staff-member.ts';
import { startOfDay, zonedIso } from '../../core/time/zoned-time.ts';
import type { ConnectorSession } from '../connector.ts';
import { firstText, instant, text } from '../kit/people.ts';
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
 * An event of a calendar. Of private and confidential ones only the time is kept: what they are about is not for a voice
 * on the phone. A series' master is no appointment and must not get here.
 */
export function toAppointmentRecord(event: GraphEvent, reading: Reading): SourceRecord<Appointment> {
  const updatedAt = instant(event.lastModifiedDateTime);
  const status = statusOf(event);
  const open = !PRIVATE.includes(event.sensitivity ?? '');
  const reference = open ? referenceOf(event) : null;
  const title = open ? text(event.subject) : null;
  const location = open ? text(event.location?.displayName) : null;
  const data: Appointment = {
    id: event.id,
    status,
    ...timesOf(event, reading.timeZone),
    busy: takesTime(status) && !NOT_BUSY.includes(event.showAs ?? ''),
    title,
    notes: reference ? reference.notes : open ? text(event.bodyPreview) : null,
    services: [],
    staff: [{ id: reading.calendarId, name: null }],
    customers: !open ? [] : reference ? [reference.customer] : attendeesOf(event, reading),
    location: location === null ? null : { id: null, name: location },
    price: null,
    capacity: null,
    seriesId: text(event.seriesMasterId),
    version: text(event['@odata.etag']),
    createdAt: instant(event.createdDateTime),
    updatedAt,
  };
  return { resource: 'appointments', id: event.id, data, source: sourceOf(event, title), updatedAt };
}

/** A calendar is what can be booked, so it is staff. Only those that the account may write to are bookable. */
export function toStaffRecord({
  id,
  name,
  canEdit,
  isDefaultCalendar,
  owner,
}: GraphCalendar): SourceRecord<StaffMember> {
  const data: StaffMember = {
    id,
    name: firstText(name, owner?.name) ?? id,
    email: normalizeEmail(owner?.address ?? ''),
    timeZone: null,
    bookable: canEdit === true,
    createdAt: null,
    updatedAt: null,
  };
  const source = { name: name ?? null, canEdit: canEdit ?? null, isDefaultCalendar: isDefaultCalendar ?? null };
  return { resource: 'staff', id, data, source, updatedAt: null };
}

function timesOf(
  { start, end, isAllDay, originalStartTimeZone }: GraphEvent,
  businessZone: string,
): Pick<Appointment, 'start' | 'end' | 'timeZone' | 'allDay'> {
  const timeZone = zoneOf(originalStartTimeZone, businessZone);
  if (isAllDay === true) {
    const [first, behind] = wholeDays(start, end, timeZone, businessZone);
    const dayIn = (date: string) => zonedIso(startOfDay(date, timeZone), timeZone);
    return { start: dayIn(first), end: dayIn(behind), timeZone, allDay: true };
  }
  const at = (time: GraphEvent['start']) => zonedIso(instantOf(time, businessZone), timeZone);
  return { start: at(start), end: at(end), timeZone, allDay: false };
}

function statusOf({ isCancelled, responseStatus }: GraphEvent): AppointmentStatus {
  if (isCancelled === true) return 'cancelled';
  switch (responseStatus?.response) {
    case 'declined':
      return 'declined';
    case 'notResponded':
    case 'tentativelyAccepted':
      return 'pending';
    default:
      return 'confirmed';
  }
}

/** Everybody who was invited, but rooms, the account itself and whoever invited. */
function attendeesOf({ attendees, organizer }: GraphEvent, { ownEmail }: Reading): Attendee[] {
  const hosts = [ownEmail, normalizeEmail(organizer?.emailAddress?.address ?? '')];
  return (attendees ?? []).flatMap(({ type, emailAddress }) => {
    const email = normalizeEmail(emailAddress?.address ?? '');
    const name = text(emailAddress?.name);
    if (type === 'resource' || (email === null && name === null)) return [];
    return email !== null && hosts.includes(email) ? [] : [{ id: null, name, email, phone: null }];
  });
}

function sourceOf(event: GraphEvent, title: string | null): Json {
  const { type, start, end, isAllDay, isCancelled, showAs, sensitivity, originalStartTimeZone, transactionId } = event;
  return {
    type: type ?? null,
    subject: title,
    start: { dateTime: start.dateTime, timeZone: start.timeZone ?? null },
    end: { dateTime: end.dateTime, timeZone: end.timeZone ?? null },
    originalStartTimeZone: originalStartTimeZone ?? null,
    isAllDay: isAllDay ?? null,
    isCancelled: isCancelled ?? null,
    showAs: showAs ?? null,
    sensitivity: sensitivity ?? null,
    response: event.responseStatus?.response ?? null,
    transactionId: transactionId ?? null,
  };
}
