/** Calendly's truth and the hub's mirror in the same fields, worked out from each side by itself. */
import { isValidPhoneNumber } from 'libphonenumber-js/max';
import { appointmentSchema } from '../../../lambdas/core/model/appointment.ts';
import { contactSchema } from '../../../lambdas/core/model/contact.ts';
import type { Json, MirrorRecord } from '../../../lambdas/core/model/mirror-record.ts';
import { serviceSchema } from '../../../lambdas/core/model/service.ts';
import type { ContactTruth, EventTruth, EventTypeTruth } from '../../sandbox/calendly/calendly-control.ts';
import { idOf } from '../../sandbox/calendly/records.ts';

type Fields = Readonly<Record<string, Json>>;
type InviteeTruth = EventTruth['invitees'][number];

/** The salon's, and its owner's. */
const ZONE = 'Europe/London';

/** Those that a telephone can have: what the hub can't understand it keeps as text only. */
export function validPhones(contact: Pick<ContactTruth, 'e164'>): string[] {
  return [...new Set(contact.e164)].filter((phone) => isValidPhoneNumber(phone)).toSorted();
}

export function trueContactFields(contact: ContactTruth): Fields {
  return {
    name: contact.name ?? contact.company ?? 'Unknown',
    emails: contact.emails.map(({ email }) => email.toLowerCase()),
    phones: validPhones(contact),
    company: contact.company,
    createdAt: instant(contact.created_at),
    updatedAt: instant(contact.updated_at),
  };
}

export function trueServiceFields(type: EventTypeTruth): Fields {
  return {
    name: type.name,
    description: type.description_plain,
    minutes: type.duration,
    staff: type.profile.type === 'User' ? [idOf(type.profile.owner)] : null,
    bookable: type.active && !type.secret && !type.is_paid,
    updatedAt: instant(type.updated_at),
  };
}

export function trueEventFields(event: EventTruth): Fields {
  const cancelled = event.status === 'canceled';
  const present = cancelled ? event.invitees : event.invitees.filter(({ status }) => status === 'active');
  const absent = present.length > 0 && present.every(({ no_show }) => no_show !== null);
  const { limit, active } = event.invitees_counter;
  const answers = present.flatMap(({ questions_and_answers }) => questions_and_answers);
  return {
    status: cancelled ? 'cancelled' : absent ? 'no_show' : 'confirmed',
    busy: !cancelled,
    start: instant(event.start_time),
    localStart: localTime(event.start_time),
    localEnd: localTime(event.end_time),
    title: event.name,
    notes: answers.length === 0 ? null : answers.map(({ question, answer }) => `${question}: ${answer}`).join('\n'),
    services: [idOf(event.event_type)],
    staff: event.event_memberships.map(({ user, user_name }) => [idOf(user), user_name]),
    customers: present.map((invitee) => [invitee.name, invitee.email.toLowerCase(), phoneOf(invitee, event)]),
    location: placeOf(event),
    capacity: limit > 1 ? [limit, active] : null,
    updatedAt: latestChange(event),
  };
}

export function latestChange(event: EventTruth): string {
  const changes = [event.updated_at, ...event.invitees.map(({ updated_at }) => updated_at)].map(instant);
  return changes.toSorted().at(-1) ?? '';
}

export function mirroredFields(record: MirrorRecord): Fields {
  switch (record.resource) {
    case 'contacts': {
      const { displayName, emails, phones, company, createdAt } = contactSchema.parse(record.data);
      const numbers = phones.flatMap(({ e164 }) => e164 ?? []).toSorted();
      return { name: displayName, emails, phones: numbers, company, createdAt, updatedAt: record.updatedAt };
    }
    case 'services': {
      const { name, description, durationMinutes, staffIds, bookable } = serviceSchema.parse(record.data);
      const { updatedAt } = record;
      return { name, description, minutes: durationMinutes, staff: staffIds, bookable, updatedAt };
    }
    default:
      return mirroredAppointment(record);
  }
}

function mirroredAppointment(record: MirrorRecord): Fields {
  const appointment = appointmentSchema.parse(record.data);
  const { status, busy, start, end, title, notes, services, staff, customers, location, capacity } = appointment;
  return {
    status,
    busy,
    title,
    notes,
    start: new Date(start).toISOString(),
    localStart: start.slice(0, 19),
    localEnd: end.slice(0, 19),
    services: services.map(({ id }) => id),
    staff: staff.map(({ id, name }) => [id, name]),
    customers: customers.map(({ name, email, phone }) => [name, email, phone]),
    location: location?.name ?? null,
    capacity: capacity === null ? null : [capacity.total, capacity.taken],
    updatedAt: record.updatedAt,
  };
}

function phoneOf(invitee: InviteeTruth, { location }: EventTruth): string | null {
  const called = location && 'location' in location && kindOf(location) === 'outbound_call' ? location.location : null;
  const phone = invitee.text_reminder_number ?? called;
  return typeof phone === 'string' && isValidPhoneNumber(phone) ? phone : null;
}

function placeOf({ location }: EventTruth): string | null {
  if (!location || !('location' in location) || kindOf(location) === 'outbound_call') return null;
  return typeof location.location === 'string' ? location.location : null;
}

function kindOf(location: object): unknown {
  return 'type' in location ? location.type : null;
}

/** Calendly writes microseconds. */
function instant(text: string): string {
  return new Date(text).toISOString();
}

/** What clocks in the salon show. */
function localTime(at: string): string {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone: ZONE, dateStyle: 'short', timeStyle: 'medium' });
  return format.format(new Date(at)).replace(' ', 'T');
}
