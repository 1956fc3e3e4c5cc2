import { HubError } from '../../core/errors.ts';
import type { Contact } from '../../core/model/contact.ts';
import type { SourceRecord } from '../../core/model/mirror-record.ts';
import { nationalNumber } from '../../core/phone.ts';
import type { ConnectorSession, ContactQuery, NewContact } from '../connector.ts';
import { readEach } from '../kit/read-each.ts';
import { createContact as create, findContacts, unreadable } from './client.ts';
import { toContactRecord } from './map.ts';
import { contactSchema, rowId } from './schemas.ts';

type ContactRecord = SourceRecord<Contact>;

/** Contacts with this phone number or e-mail address; with both given, those that have either. */
export async function lookupContact(session: ConnectorSession, query: ContactQuery): Promise<ContactRecord[]> {
  const found = await Promise.all([
    query.email === null ? [] : findByEmail(session, query.email),
    query.phone === null ? [] : findByPhone(session, query.phone),
  ]);
  return [...new Map(found.flat().map((record) => [record.id, record])).values()];
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
  if (email === null || name === '') {
    throw new HubError('provider_rejected', {
      detail: 'Calendly needs a name and an e-mail address to create a contact.',
    });
  }
  const [known] = await findByEmail(session, email);
  if (known) return { record: known, created: false };
  const made = await create(session.http, {
    name,
    emails: [{ email, is_primary: true }],
    ...(phone === null ? {} : { phone_numbers: [{ phone_number: phone }] }),
    ...(company === null ? {} : { company }),
  });
  if (made) return { record: toContactRecord(made, session.config.defaultCountry), created: true };
  const [there] = await findByEmail(session, email);
  if (there) return { record: there, created: false };
  throw new HubError('provider_rejected', { detail: 'Calendly says that the contact exists, but does not show it.' });
}

async function findByEmail(session: ConnectorSession, email: string): Promise<ContactRecord[]> {
  const rows = await findContacts(session.http, { email });
  if (rows === null) throw unreadable('contacts.find');
  return readRows(session, rows).filter(({ data }) => data.emails.includes(email));
}

/**
 * The filter is an exact match ("List Contacts"), and whether numbers are kept in E.164 or as they were typed is not
 * said: the usual ways to write one are asked for together. Should such a list be refused, the E.164 form is asked for.
 */
async function findByPhone(session: ConnectorSession, phone: string): Promise<ContactRecord[]> {
  const national = nationalNumber(phone);
  const written = [phone, phone.slice(1), ...(national === null ? [] : [`0${national}`, national])];
  const rows =
    (await findContacts(session.http, { phone_number: written.join(',') })) ??
    (await findContacts(session.http, { phone_number: phone }));
  if (rows === null) throw unreadable('contacts.find');
  return readRows(session, rows).filter(({ data }) => data.phones.some(({ e164 }) => e164 === phone));
}

function readRows(session: ConnectorSession, rows: readonly unknown[]): ContactRecord[] {
  const { read, rejected } = readEach(
    rows,
    (row) => toContactRecord(contactSchema.parse(row), session.config.defaultCountry),
    rowId,
  );
  if (rejected.length > 0) session.logger.warn('unreadable contacts in a look-up', { count: rejected.length });
  return read;
}
