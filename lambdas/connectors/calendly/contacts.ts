import type { Contact } from '../../core/model/contact.ts';
import type { SourceRecord } from '../../core/model/mirror-record.ts';
import { nationalNumber } from '../../core/phone.ts';
import type { ConnectorSession, ContactQuery, NewContact } from '../connector.ts';
import { unreadable } from '../kit/calls.ts';
import { refusal } from '../kit/failures.ts';
import { having, lookUp, readFound } from '../kit/look-ups.ts';
import { createContact as create, findContacts } from './client.ts';
import { manifest } from './manifest.ts';
import { toContactRecord } from './map.ts';
import { contactSchema, rowId } from './schemas.ts';

type ContactRecord = SourceRecord<Contact>;

/**
 * Contacts with this phone number or e-mail address; with both given, those that have either. The filter is an exact
 * match ("List Contacts"), and whether numbers are kept in E.164 or as they were typed is not said: the usual ways to
 * write one are asked for together. Should such a list be refused, the E.164 form is asked for.
 */
export function lookupContact(session: ConnectorSession, query: ContactQuery): Promise<ContactRecord[]> {
  return lookUp(query, {
    byEmail: (email) => find(session, { email }, { email }),
    byPhone: (phone) => {
      const national = nationalNumber(phone);
      const written = [phone, phone.slice(1), ...(national === null ? [] : [`0${national}`, national])];
      return find(session, { phone }, { phone_number: written.join(',') }, { phone_number: phone });
    },
  });
}

/**
 * Creates a contact. The reference knows a 409 but not what it means, so an address is looked for before: Calendly may
 * refuse a second contact that has it, or may not.
 */
export async function createContact(
  session: ConnectorSession,
  contact: NewContact,
): Promise<{ record: ContactRecord; created: boolean }> {
  const { email, phone, company } = contact;
  const name = [contact.firstName, contact.lastName].filter((part) => part !== null).join(' ');
  // "Create Contact": a name and an address are required.
  if (email === null || name === '') throw refusal('Calendly needs a name and an e-mail address to create a contact.');
  const findKnown = () => find(session, { email: email.toLowerCase() }, { email });
  const [known] = await findKnown();
  if (known) return { record: known, created: false };
  const made = await create(session.http, {
    name,
    emails: [{ email, is_primary: true }],
    ...(phone === null ? {} : { phone_numbers: [{ phone_number: phone }] }),
    ...(company === null ? {} : { company }),
  });
  if (made) return { record: toContactRecord(made, session.config.defaultCountry), created: true };
  const [there] = await findKnown();
  if (there) return { record: there, created: false };
  throw refusal('Calendly says that the contact exists, but does not show it.');
}

/** True matches, by the first of these filters that Calendly takes. */
async function find(
  session: ConnectorSession,
  wanted: Partial<ContactQuery>,
  ...filters: readonly Readonly<Record<string, string>>[]
): Promise<ContactRecord[]> {
  const read = (row: unknown) => toContactRecord(contactSchema.parse(row), session.config.defaultCountry);
  for (const filter of filters) {
    const rows = await findContacts(session.http, filter);
    if (rows) return readFound(session, rows, read, rowId).filter(having(wanted));
  }
  throw unreadable(manifest.name, 'contacts.find');
}
