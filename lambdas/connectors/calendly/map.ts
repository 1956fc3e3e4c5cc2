/** Calendly's records in the hub's terms. Pure; nothing is invented. */
import { normalizeEmail } from '../../core/email.ts';
import { type Appointment, type Attendee, takesTime } from '../../core/model/appointment.ts';
import type { Contact } from '../../core/model/contact.ts';
import type { Json, SourceRecord } from '../../core/model/mirror-record.ts';
import type { Service } from '../../core/model/service.ts';
import { parsePhone } from '../../core/phone.ts';
import { zonedIso } from '../../core/time/zoned-time.ts';
import { displayNameOf, emailsOf, firstText, instant, phonesOf, text } from '../kit/people.ts';
import type { Whose } from './client.ts';
import {
  type CalendlyContact,
  type CalendlyEvent,
  type CalendlyEventType,
  type CalendlyInvitee,
  idIn,
} from './schemas.ts';

/** How numbers without a country code are read, and in which zone times are told. */
export interface Reading {
  readonly defaultCountry: string | undefined;
  readonly timeZone: string;
}

/** Calendly keeps a contact's name in one field; which part of it is which is not ours to guess. */
export function toContactRecord(contact: CalendlyContact, defaultCountry: string | undefined): SourceRecord<Contact> {
  const { uri, name, company, created_at, updated_at } = contact;
  const id = idIn(uri);
  const emails = (contact.emails ?? []).toSorted((a, b) => Number(b.is_primary ?? 0) - Number(a.is_primary ?? 0));
  const data: Contact = {
    id,
    displayName: displayNameOf(null, null, text(name), text(company)),
    firstName: null,
    lastName: null,
    emails: emailsOf(emails.map(({ email }) => email)),
    phones: phonesOf(
      (contact.phone_numbers ?? []).map(({ phone_number }) => ({ raw: phone_number })),
      defaultCountry,
    ),
    company: text(company),
    lifecycleStage: null,
    ownerId: null,
    createdAt: instant(created_at),
    updatedAt: instant(updated_at),
  };
  const source = {
    uri,
    ...{ name: name ?? null, company: company ?? null, job_title: contact.job_title ?? null },
    timezone: contact.timezone ?? null,
    emails: emails.flatMap(({ email }) => email ?? []),
    phone_numbers: (contact.phone_numbers ?? []).flatMap(({ phone_number }) => phone_number ?? []),
  };
  return { resource: 'contacts', id, data, source, updatedAt: data.updatedAt };
}

/**
 * An event type. Only what an API booking can do for a caller counts as bookable: no paid ones, where the payment would
 * be left out; and in one user's view no team's, whose bookings with other hosts would stay out of sight.
 */
export function toServiceRecord(eventType: CalendlyEventType, whose: Whose): SourceRecord<Service> {
  const { uri, profile, duration, kind } = eventType;
  const id = idIn(uri);
  const host = profile?.type === 'User' && profile.owner ? profile.owner : null;
  const inView = !('user' in whose) || host === whose.user;
  const data: Service = {
    id,
    name: text(eventType.name) ?? 'Appointment',
    description: text(eventType.description_plain),
    durationMinutes: duration ?? null,
    // Available times have the buffers in them already.
    bufferBeforeMinutes: 0,
    bufferAfterMinutes: 0,
    price: null,
    staffIds: host === null ? null : [idIn(host)],
    bookable:
      inView &&
      eventType.active !== false &&
      !eventType.secret &&
      !eventType.deleted_at &&
      !eventType.is_paid &&
      eventType.booking_method !== 'poll',
    capacity: kind === 'solo' ? 1 : null,
    createdAt: instant(eventType.created_at),
    updatedAt: instant(eventType.updated_at),
  };
  const source = {
    ...{ uri, kind: kind ?? null, pooling_type: eventType.pooling_type ?? null, is_paid: eventType.is_paid ?? null },
    ...{ active: eventType.active ?? null, secret: eventType.secret ?? null },
    locations: (eventType.locations ?? []).map((place) => place.kind),
    profile: profile?.owner ?? null,
  };
  return { resource: 'services', id, data, source, updatedAt: data.updatedAt };
}

/** A scheduled event with all of its invitees. */
export function toAppointmentRecord(
  event: CalendlyEvent,
  invitees: readonly CalendlyInvitee[],
  { defaultCountry, timeZone }: Reading,
): SourceRecord<Appointment> {
  const id = idIn(event.uri);
  const cancelled = event.status === 'canceled';
  // A group event goes on without those who have left; of a cancelled one all are wanted, to know whose it was.
  const present = cancelled ? invitees : invitees.filter(({ status }) => status !== 'canceled');
  const status = statusOf(event, present);
  const changes = [event.updated_at, ...invitees.map(({ updated_at }) => updated_at)].map(instant);
  const { limit, active } = event.invitees_counter ?? {};
  const place = placeOf(event);
  const data: Appointment = {
    id,
    status,
    start: zonedIso(Date.parse(event.start_time), timeZone),
    end: zonedIso(Date.parse(event.end_time), timeZone),
    timeZone,
    allDay: false,
    busy: takesTime(status),
    title: text(event.name),
    notes: notesOf(present),
    services: event.event_type ? [{ id: idIn(event.event_type), name: text(event.name) }] : [],
    staff: (event.event_memberships ?? []).map(({ user, user_name }) => ({ id: idIn(user), name: text(user_name) })),
    customers: present.map((invitee) => attendeeOf(invitee, event, defaultCountry)),
    location: place === null ? null : { id: null, name: place },
    price: priceOf(present),
    capacity: limit !== undefined && limit !== null && limit > 1 ? { total: limit, taken: active ?? null } : null,
    seriesId: null,
    version: null,
    createdAt: instant(event.created_at),
    // Not every change of an invitee is known to touch the event.
    updatedAt: changes.reduce((latest, at) => (at !== null && (latest === null || at > latest) ? at : latest), null),
  };
  return { resource: 'appointments', id, data, source: sourceOf(event, present), updatedAt: data.updatedAt };
}

/** The phone number under which an invitee can be reached, as it was written. */
export function phoneOf(invitee: CalendlyInvitee, event: CalendlyEvent): string | null {
  const answers = (invitee.questions_and_answers ?? []).map(({ answer }) => answer);
  // The answers do not say which question asked for a number.
  const numbers = answers.filter((answer) => /^\+?[\d\s().-]{7,20}$/.test(answer.trim()));
  return firstText(invitee.text_reminder_number, calledNumber(event), ...numbers);
}

/** The place as it was agreed; where the host calls, that is the customer's number and no place. */
export function placeOf({ location }: CalendlyEvent): string | null {
  if (!location || location.type === 'outbound_call' || typeof location.location !== 'string') return null;
  return text(location.location);
}

function calledNumber({ location }: CalendlyEvent): string | null {
  return location?.type === 'outbound_call' && typeof location.location === 'string' ? location.location : null;
}

/** Calendly does not say that an appointment took place. */
function statusOf({ status }: CalendlyEvent, present: readonly CalendlyInvitee[]): Appointment['status'] {
  if (status === 'canceled') return 'cancelled';
  const absent = present.length > 0 && present.every(({ no_show }) => no_show !== null && no_show !== undefined);
  return absent ? 'no_show' : 'confirmed';
}

function attendeeOf(invitee: CalendlyInvitee, event: CalendlyEvent, defaultCountry: string | undefined): Attendee {
  const names = [text(invitee.first_name), text(invitee.last_name)].filter((part) => part !== null);
  const phone = phoneOf(invitee, event);
  return {
    id: null,
    name: text(invitee.name) ?? (names.length === 0 ? null : names.join(' ')),
    email: normalizeEmail(invitee.email ?? ''),
    phone: phone === null ? null : parsePhone(phone, defaultCountry).e164,
  };
}

function notesOf(invitees: readonly CalendlyInvitee[]): string | null {
  const answers = invitees.flatMap(({ questions_and_answers }) => questions_and_answers ?? []);
  const lines = answers.flatMap(({ question, answer }) => (text(answer) === null ? [] : [`${question}: ${answer}`]));
  return lines.length === 0 ? null : lines.join('\n');
}

function priceOf(invitees: readonly CalendlyInvitee[]): Appointment['price'] {
  const [payment, ...others] = invitees.flatMap(({ payment }) => payment ?? []);
  if (!payment || others.length > 0) return null;
  return { amount: payment.amount, currency: text(payment.currency) };
}

/** The links to cancel and to reschedule stay out: whoever has them needs no login. */
function sourceOf(event: CalendlyEvent, invitees: readonly CalendlyInvitee[]): Json {
  return {
    uri: event.uri,
    status: event.status,
    event_type: event.event_type ?? null,
    location: event.location?.type ?? null,
    invitees: invitees.map((invitee) => ({
      uri: invitee.uri,
      status: invitee.status,
      timezone: invitee.timezone ?? null,
      rescheduled: invitee.rescheduled ?? null,
      utm_content: invitee.tracking?.utm_content ?? null,
    })),
  };
}
