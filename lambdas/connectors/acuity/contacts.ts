import { HubError } from '../../core/errors.ts';
import type { Contact } from '../../core/model/contact.ts';
import type { SourceRecord } from '../../core/model/mirror-record.ts';
import { nationalNumber } from '../../core/phone.ts';
import type { ConnectorSession, ContactQuery, NewContact } from '../connector.ts';
import { withText } from '../kit/people.ts';
import { readEach } from '../kit/read-each.ts';
import { createClient, listClients } from './client.ts';
import { readingOf, sameName, toClientRecord } from './map.ts';
import { clientSchema } from './schemas.ts';

type ClientRecord = SourceRecord<Contact>;

/** Clients with this phone number or e-mail address; with both given, those that have either. */
export async function lookupContact(session: ConnectorSession, query: ContactQuery): Promise<ClientRecord[]> {
  const found = await Promise.all([
    query.email === null ? [] : findByEmail(session, query.email),
    query.phone === null ? [] : findByPhone(session, query.phone),
  ]);
  return [...new Map(found.flat().map((record) => [record.id, record])).values()];
}

/**
 * Creates a client. What Acuity does with one that it has already is in none of its pages, so it is looked for first:
 * whoever has the e-mail address, or the phone number under the same name, is the answer then.
 */
export async function createContact(
  session: ConnectorSession,
  contact: NewContact,
): Promise<{ record: ClientRecord; created: boolean }> {
  const existing = await findExisting(session, contact);
  if (existing) return { record: existing, created: false };
  const { firstName, lastName, email, phone } = contact;
  if (firstName === null || lastName === null) {
    throw new HubError('provider_rejected', {
      detail: 'Acuity Scheduling needs a first name and a last name to create a client.',
    });
  }
  const client = await createClient(session.http, withText({ firstName, lastName, email, phone }));
  return { record: toClientRecord(client, readingOf(session)), created: true };
}

async function findExisting(session: ConnectorSession, contact: NewContact): Promise<ClientRecord | null> {
  const { email, phone } = contact;
  const [byEmail] = email === null ? [] : await findByEmail(session, email.toLowerCase());
  if (byEmail) return byEmail;
  const byPhone = phone === null ? [] : await findByPhone(session, phone);
  return byPhone.find(({ data }) => sameName(data, contact)) ?? null;
}

/** The search is for names and phone numbers ("Get clients"); where it knows no addresses, all clients are read. */
async function findByEmail(session: ConnectorSession, email: string): Promise<ClientRecord[]> {
  const having = (records: readonly ClientRecord[]) => records.filter(({ data }) => data.emails.includes(email));
  const found = having(await search(session, email));
  return found.length > 0 ? found : having(await search(session));
}

/**
 * How the search compares numbers is in none of Acuity's pages: it is asked for the national digits, as clients mostly
 * write them, and for the international form. All clients are not read here, as for an address: every unknown caller
 * would have to wait for them, and the mirror, which has them all in E.164, was asked before.
 */
async function findByPhone(session: ConnectorSession, phone: string): Promise<ClientRecord[]> {
  const national = nationalNumber(phone);
  const answers = await Promise.all([...new Set([national ?? phone, phone])].map((text) => search(session, text)));
  return answers.flat().filter(({ data }) => data.phones.some(({ e164 }) => e164 === phone));
}

async function search(session: ConnectorSession, text?: string): Promise<ClientRecord[]> {
  const reading = readingOf(session);
  const rows = await listClients(session.http, text);
  const { read, rejected } = readEach(rows, (row) => toClientRecord(clientSchema.parse(row), reading));
  if (rejected.length > 0) session.logger.warn('unreadable clients in a look-up', { count: rejected.length });
  return read;
}
