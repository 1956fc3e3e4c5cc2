/** Calendly's records in the hub's terms. Pure; nothing is invented. */
import { normalizeEmail } from '../../core/email.ts';
import type { Appointment, Attendee } from '../../core/model/appointment.ts';
import type { Contact } from '../../core/model/contact.ts';
import type { SourceRecord } from '../../core/model/mirror-record.ts';
import type { Service } from '../../core/model/service.ts';
import { parsePhone } from '../../core/phone.ts';
import { zonedIso } from '../../core/time/zoned-time.ts';
import type { ConnectorSession } from '../connector.ts';
import { displayNameOf, emailsOf, firstText, instant, phonesOf, text } from '../kit/people.ts';
import { appointmentRecord, contactRecord, kept, serviceRecord } from '../kit/records.ts';
import { accountZone } from '../kit/zones.ts';
import type { Whose } from './client.ts';
import {
  type CalendlyContact,
  type CalendlyEvent,
  type CalendlyEventType,
  type CalendlyInvitee,
  idIn,
} from './schemas.ts';

/** How numbers without a country code are read, and in which zone times are told: events have none of their own. */
export function readingOf(session: ConnectorSession) {
  return { defaultCountry: session.config.defaultCountry, timeZone: accountZone(session) };
}

/** Calendly keeps a contact's name in one field; which part of it is which is not ours to guess. */
export function toContactRecord(contact: CalendlyContact, defaultCountry: string | undefined): SourceRecord<Contact> {
  const { uri, name, company, job_title, timezone } = contact;
  const emails = (contact.emails ?? [])
    .toSorted((a, b) => Number(b.is_primary ?? 0) - Number(a.is_primary ?? 0))
    .flatMap(({ email }) => email ?? []);
  const numbers = (contact.phone_numbers ?? []).flatMap(({ phone_number: raw }) => (raw ? [{ raw }] : []));
  const phone_numbers = numbers.map(({ raw }) => raw);
  const known = {
    id: idIn(uri),
    firstName: null,
    lastName: null,
    company: text(company),
    displayName: displayNameOf(null, null, text(name), text(company)),
    emails: emailsOf(emails),
    phones: phonesOf(numbers, defaultCountry),
    createdAt: instant(contact.created_at),
    updatedAt: instant(contact.updated_at),
  };
  return contactRecord('contacts', known, kept({ uri, name, company, job_title, timezone, emails, phone_numbers }));
}

/**
 * An event type. Only what an API booking can do for a caller counts as bookable: no paid ones, where the payment would
 * be left out; and in one user's view no team's, whose bookings with other hosts would stay out of sight. Available times
 * have the buffers in them already.
 */
export function toServiceRecord(eventType: CalendlyEventType, whose: Whose): SourceRecord<Service> {
  const { uri, profile, duration, kind, pooling_type, is_paid, active, secret, deleted_at, booking_method } = eventType;
  const host = profile?.type === 'User' && profile.owner ? profile.owner : null;
  const inView = !('user' in whose) || host === whose.user;
  const open = active !== false && !secret && !deleted_at && !is_paid && booking_method !== 'poll';
  const known = {
    id: idIn(uri),
    name: text(eventType.name) ?? 'Appointment',
    description: text(eventType.description_plain),
    durationMinutes: duration ?? null,
    staffIds: host === null ? null : [idIn(host)],
    bookable: inView && open,
    capacity: kind === 'solo' ? 1 : null,
    createdAt: instant(eventType.created_at),
    updatedAt: instant(eventType.updated_at),
  };
  const locations = (eventType.locations ?? []).map((place) => place.kind);
  const source = { uri, kind, pooling_type, is_paid, active, secret, locations, profile: profile?.owner };
  return serviceRecord(known, kept(source));
}

/** A scheduled event with all of its invitees. */
export function toAppointmentRecord(
  event: CalendlyEvent,
  invitees: readonly CalendlyInvitee[],
  { defaultCountry, timeZone }: ReturnType<typeof readingOf>,
): SourceRecord<Appointment> {
  const { uri, event_type, start_time, end_time, invitees_counter } = event;
  const present = attending(event, invitees);
  // Not every change of an invitee is known to touch the event.
  const changes = [event, ...invitees].flatMap(({ updated_at }) => instant(updated_at) ?? []).sort();
  const { limit, active } = invitees_counter ?? {};
  const name = text(event.name);
  const { place } = agreedOn(event);
  const known = {
    id: idIn(uri),
    status: statusOf(event, present),
    title: name,
    notes: notesOf(present),
    timeZone,
    start: zonedIso(Date.parse(start_time), timeZone),
    end: zonedIso(Date.parse(end_time), timeZone),
    services: event_type ? [{ id: idIn(event_type), name }] : [],
    staff: (event.event_memberships ?? []).map(({ user, user_name }) => ({ id: idIn(user), name: text(user_name) })),
    customers: present.map((invitee) => attendeeOf(invitee, event, defaultCountry)),
    location: place === null ? null : { id: null, name: place },
    price: priceOf(present),
    capacity: limit && limit > 1 ? { total: limit, taken: active ?? null } : null,
    createdAt: instant(event.created_at),
    updatedAt: changes.at(-1) ?? null,
  };
  // The links to cancel and to reschedule stay out: whoever has them needs no login.
  const shown = present.map(({ uri, status, timezone, rescheduled, tracking }) =>
    kept({ uri, status, timezone, rescheduled, utm_content: tracking?.utm_content }),
  );
  const source = { uri, status: event.status, event_type, location: event.location?.type, invitees: shown };
  return appointmentRecord('appointments', known, kept(source));
}

export function isCancelled({ status }: CalendlyEvent | CalendlyInvitee): boolean {
  return status === 'canceled';
}

/** A group event goes on without those who have left; of a cancelled one all are wanted, to know whose it was. */
export function attending(event: CalendlyEvent, invitees: readonly CalendlyInvitee[]): readonly CalendlyInvitee[] {
  return isCancelled(event) ? invitees : invitees.filter((invitee) => !isCancelled(invitee));
}

/** The phone number under which an invitee can be reached, in E.164. */
export function phoneOf(invitee: CalendlyInvitee, event: CalendlyEvent, defaultCountry: string | undefined) {
  const answers = (invitee.questions_and_answers ?? []).map(({ answer }) => answer);
  // The answers do not say which question asked for a number.
  const numbers = answers.filter((answer) => /^\+?[\d\s().-]{7,20}$/.test(answer.trim()));
  const written = firstText(invitee.text_reminder_number, agreedOn(event).number, ...numbers);
  return written === null ? null : parsePhone(written, defaultCountry).e164;
}

/** The place as it was agreed; where the host calls, that is the customer's number and no place. */
export function agreedOn({ location }: CalendlyEvent) {
  const written = typeof location?.location === 'string' ? text(location.location) : null;
  const isNumber = location?.type === 'outbound_call';
  return { place: isNumber ? null : written, number: isNumber ? written : null };
}

/** Calendly does not say that an appointment took place. */
function statusOf(event: CalendlyEvent, present: readonly CalendlyInvitee[]): Appointment['status'] {
  if (isCancelled(event)) return 'cancelled';
  return present.length > 0 && present.every(({ no_show }) => no_show) ? 'no_show' : 'confirmed';
}

function attendeeOf(invitee: CalendlyInvitee, event: CalendlyEvent, defaultCountry: string | undefined): Attendee {
  const names = [text(invitee.first_name), text(invitee.last_name)].filter((part) => part !== null);
  const [name, email] = [firstText(invitee.name, names.join(' ')), normalizeEmail(invitee.email ?? '')];
  return { id: null, name, email, phone: phoneOf(invitee, event, defaultCountry) };
}

function notesOf(invitees: readonly CalendlyInvitee[]): string | null {
  const answers = invitees.flatMap(({ questions_and_answers }) => questions_and_answers ?? []);
  const lines = answers.filter(({ answer }) => text(answer)).map(({ question, answer }) => `${question}: ${answer}`);
  return text(lines.join('\n'));
}

function priceOf(invitees: readonly CalendlyInvitee[]): Appointment['price'] {
  const [payment, ...others] = invitees.flatMap(({ payment }) => payment ?? []);
  return payment && others.length === 0 ? { amount: payment.amount, currency: text(payment.currency) } : null;
}
