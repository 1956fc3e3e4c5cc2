/** The truth of an Outlook mailbox and the hub's mirror in the same fields, worked out from each side by itself. */
import { appointmentSchema } from '../../../lambdas/core/model/appointment.ts';
import type { Json, MirrorRecord } from '../../../lambdas/core/model/mirror-record.ts';
import { staffMemberSchema } from '../../../lambdas/core/model/staff-member.ts';
import type { Calendar } from '../../sandbox/outlook-calendar/mailbox.ts';
import type { EventTruth } from '../../sandbox/outlook-calendar/truth.ts';

type Fields = Readonly<Record<string, Json>>;

const PREVIEW_LENGTH = 255;
/** Where events say that they take place; whatever says nothing takes place where the business is. */
const PLACES: Readonly<Record<string, string>> = {
  'Eastern Standard Time': 'America/New_York',
  'America/New_York': 'America/New_York',
};
const STATUSES: Readonly<Record<string, string>> = {
  declined: 'declined',
  notResponded: 'pending',
  tentativelyAccepted: 'pending',
};

export function trueAppointmentFields(event: EventTruth): Fields {
  const hidden = event.sensitivity === 'private' || event.sensitivity === 'confidential';
  const status = event.isCancelled ? 'cancelled' : (STATUSES[event.response] ?? 'confirmed');
  const isFree = event.showAs === 'free' || event.showAs === 'workingElsewhere';
  const isBooking = event.body.startsWith('Ref: ');
  const written = isBooking
    ? (event.body.split('\nNotes:\n')[1] ?? '')
    : event.body.replaceAll('\n', '\r\n').slice(0, PREVIEW_LENGTH);
  return {
    when: event.days ? [...event.days] : [event.start, event.end],
    zone: PLACES[event.zone] ?? 'Europe/London',
    status,
    busy: !isFree && status !== 'cancelled' && status !== 'declined',
    title: hidden || event.subject === '' ? null : event.subject,
    notes: hidden || written === '' ? null : written,
    location: hidden || event.location === '' ? null : event.location,
    calendar: event.calendarId,
    series: event.seriesId,
    people: hidden ? [] : peopleOf(event, isBooking),
    createdAt: event.createdAt,
    updatedAt: event.updatedAt,
  };
}

export function mirroredFields(record: MirrorRecord): Fields {
  if (record.resource === 'staff') {
    const { name, bookable, email } = staffMemberSchema.parse(record.data);
    return { name, bookable, email };
  }
  const appointment = appointmentSchema.parse(record.data);
  const { start, end, allDay, timeZone, status, busy, title, notes, location, staff, seriesId, customers } =
    appointment;
  const inUtc = (instant: string) => new Date(instant).toISOString();
  return {
    // The days of the wall clock, as the mirror writes them.
    when: allDay ? [start.slice(0, 10), end.slice(0, 10)] : [inUtc(start), inUtc(end)],
    zone: timeZone,
    status,
    busy,
    title,
    notes,
    location: location?.name ?? null,
    calendar: staff[0]?.id ?? null,
    series: seriesId,
    people: customers.map(({ phone, email }) => phone ?? email),
    createdAt: appointment.createdAt,
    updatedAt: record.updatedAt,
  };
}

export function trueCalendarFields({ name, canEdit }: Calendar): Fields {
  return { name, bookable: canEdit, email: 'salon@marlow-finch.example' };
}

function peopleOf({ body, attendees }: EventTruth, isBooking: boolean): Json[] {
  if (isBooking) return [/^Phone: (.*)$/m.exec(body)?.[1] ?? null];
  return attendees.filter(({ type }) => type !== 'resource').map(({ address }) => address.toLowerCase());
}
