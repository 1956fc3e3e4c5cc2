/** What the hub writes into the body of an event that it books, and reads back from it. Pure. */
import { normalizeEmail } from '../../core/email.ts';
import type { Attendee, Reference } from '../../core/model/appointment.ts';
import { parsePhone } from '../../core/phone.ts';
import type { NewAppointment } from '../connector.ts';
import { text } from '../kit/people.ts';
import { plainText } from '../kit/plain-text.ts';
import type { GraphEvent } from './schemas.ts';

/**
 * Found again by a filter ("Get singleValueLegacyExtendedProperty"), wherever the event has been moved to. The GUID is
 * the hub's own.
 */
export const BOOKING_PROPERTY = 'String {6d1f0b6e-93c4-4f0c-8a51-5b7e2c9ad3f1} Name HubBooking';

const REF = /^Ref: ([0-9a-f]{32})$/;
/** The name, for people, and the id. */
const SERVICE = /^(.*) \(([A-Za-z0-9_-]{1,64})\)$/;

/** Attendees would be sent mail by Exchange, so whoever is booked for stands in the body. */
export function bodyOf({ idempotencyKey, service, customer, notes }: NewAppointment): string {
  const lineOf = (label: string, value: string | null) =>
    text(value) === null ? [] : [`${label}: ${(value ?? '').replace(/\s+/g, ' ').trim()}`];
  const { name, phone, email } = customer;
  const lines = [
    ...lineOf('Service', service && `${service.data.name} (${service.id})`),
    ...lineOf('Customer', name),
    ...lineOf('Phone', phone),
    ...lineOf('E-mail', email),
  ];
  return [`Ref: ${idempotencyKey}`, ...lines, ...(text(notes) === null ? [] : ['Notes:', notes])].join('\n');
}

/** What an event was booked for. */
export interface EventReference {
  readonly key: string;
  readonly service: Reference | null;
  readonly customer: Attendee;
  readonly notes: string | null;
}

/** Null for what the hub has not booked itself: anybody can send an invitation with such a text. */
export function referenceOf({ body, bodyPreview, isOrganizer }: Partial<GraphEvent>): EventReference | null {
  if (isOrganizer === false) return null;
  // Exchange keeps a plain body as HTML, and may answer with it.
  const written = body?.content ?? bodyPreview ?? '';
  const plain = body?.contentType?.toLowerCase() === 'html' ? plainText(written) : written;
  const lines = plain.split(/\r?\n/).map((line) => line.trimEnd());
  const begin = lines.findIndex((line) => REF.test(line.trim()));
  const key = REF.exec(lines[begin]?.trim() ?? '')?.[1];
  if (key === undefined) return null;
  const notesAt = lines.findIndex((line, index) => index > begin && line.trim() === 'Notes:');
  const known = lines.slice(begin, notesAt === -1 ? undefined : notesAt).map((line) => line.trim());
  const notes = notesAt === -1 ? [] : lines.slice(notesAt + 1);
  const told = (label: string) => text(known.find((line) => line.startsWith(`${label}: `))?.slice(label.length + 2));
  const [, name, id] = SERVICE.exec(told('Service') ?? '') ?? [];
  const service = id === undefined ? null : { id, name: text(name) };
  const customer = {
    id: null,
    name: told('Customer'),
    email: normalizeEmail(told('E-mail') ?? ''),
    phone: parsePhone(told('Phone') ?? '', undefined).e164,
  };
  return { key, service, customer, notes: text(notes.join('\n').trim()) };
}
