import { type Contact, contactSchema } from '../model/contact.ts';
import type { NormalizedRecord } from '../model/mirror-record.ts';

export function phoneKey(e164: string): string {
  return `phone:${e164}`;
}

export function emailKey(normalizedEmail: string): string {
  return `email:${normalizedEmail}`;
}

/** The keys under which a contact is found: every number that is understood, every e-mail address. */
export function contactKeys(record: NormalizedRecord): string[] {
  if (!isContact(record)) return [];
  const phones = record.phones.flatMap((phone) => (phone.e164 === null ? [] : [phoneKey(phone.e164)]));
  return [...new Set([...phones, ...record.emails.map(emailKey)])];
}

export function isContact(record: NormalizedRecord): record is Contact {
  return contactSchema.safeParse(record).success;
}
