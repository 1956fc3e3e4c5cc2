/** The calendars' truth and the hub's mirror in the same fields, worked out from each side by itself. */
import { appointmentSchema } from '../../../lambdas/core/model/appointment.ts';
import type { Json, MirrorRecord } from '../../../lambdas/core/model/mirror-record.ts';
import { staffMemberSchema } from '../../../lambdas/core/model/staff-member.ts';
import { isBusy } from '../../sandbox/google-calendar/free-busy.ts';
import type { TrueCalendar, TrueEvent } from '../../sandbox/google-calendar/google-calendar-control.ts';

type Fields = Readonly<Record<string, Json>>;

/** The mirror's id of an event. */
export function recordIdOf(calendarId: string, eventId: string): string {
  return `${Buffer.from(calendarId).toString('base64url')}.${eventId}`;
}

export function trueEventFields({ calendarId, timeZone, startMs, endMs, event }: TrueEvent): Fields {
  const own = event.attendees?.find(({ self }) => self)?.responseStatus;
  const isPending = event.status === 'tentative' || own === 'needsAction' || own === 'tentative';
  const guests = (event.attendees ?? []).filter(({ self, organizer, resource }) => !self && !organizer && !resource);
  const booked = event.extendedProperties?.private?.hubCustomerPhone;
  return {
    'appointment.start': startMs,
    'appointment.end': endMs,
    'appointment.timeZone': event.start?.timeZone ?? timeZone,
    'appointment.allDay': event.start?.date !== undefined,
    'appointment.busy': isBusy({ json: event }),
    'appointment.status': own === 'declined' ? 'declined' : isPending ? 'pending' : 'confirmed',
    'appointment.title': event.summary ?? null,
    'appointment.notes': event.description ?? null,
    'appointment.location': event.location ?? null,
    'appointment.staff': [calendarId],
    'appointment.customers': [...(booked === undefined ? [] : [booked]), ...guests.map(({ email }) => email)],
    'appointment.series': event.recurringEventId === undefined ? null : recordIdOf(calendarId, event.recurringEventId),
    'appointment.version': event.etag ?? null,
    'record.updatedAt': event.updated ?? null,
  };
}

export function mirroredEventFields({ data, updatedAt }: MirrorRecord): Fields {
  const { start, end, location, staff, customers, seriesId, version, ...rest } = appointmentSchema.parse(data);
  const { timeZone, allDay, busy, status, title, notes } = rest;
  return {
    'appointment.start': Date.parse(start),
    'appointment.end': Date.parse(end),
    'appointment.timeZone': timeZone,
    'appointment.allDay': allDay,
    'appointment.busy': busy,
    'appointment.status': status,
    'appointment.title': title,
    'appointment.notes': notes,
    'appointment.location': location?.name ?? null,
    'appointment.staff': staff.map(({ id }) => id),
    'appointment.customers': customers.map(({ phone, email }) => phone ?? email),
    'appointment.series': seriesId,
    'appointment.version': version,
    'record.updatedAt': updatedAt,
  };
}

export function trueCalendarFields({ summary, summaryOverride, timeZone, accessRole }: TrueCalendar): Fields {
  return {
    'staff.name': summaryOverride ?? summary,
    'staff.timeZone': timeZone,
    'staff.bookable': accessRole === 'owner' || accessRole === 'writer',
  };
}

export function mirroredCalendarFields({ data }: MirrorRecord): Fields {
  const { name, timeZone, bookable } = staffMemberSchema.parse(data);
  return { 'staff.name': name, 'staff.timeZone': timeZone, 'staff.bookable': bookable };
}
