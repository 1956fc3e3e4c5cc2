import type { Contact } from '../../core/model/contact.ts';
import type { SourceRecord } from '../../core/model/mirror-record.ts';
import { nationalNumber } from '../../core/phone.ts';
import type { ConnectorSession, ContactQuery, NewContact } from '../connector.ts';
import { refusal } from '../kit/failures.ts';
import { having, lookUp, readFound } from '../kit/look-ups.ts';
import { withText } from '../kit/people.ts';
import { createClient, listClients } from './client.ts';
import { readingOf, sameName, toClientRecord } from './map.ts';
import { clientSchema } from './schemas.ts';

type ClientRecord = SourceRecord<Contact>;

export function lookupContact(session: ConnectorSession, query: ContactQuery): Promise<ClientRecord[]> {
  return lookUp(query, {
    byEmail: (email) => findByEmail(session, email),
    byPhone: (phone) => findByPhone(session, phone),
  });
}

/**
 * Creates a client. What Acuity does with one that it has already is in none of its pages, so it is looked for first:
 * whoever has the e-mail address, or the phone number under the same name, is the answer then.
 */
export async function createContact(
  session: ConnectorSession,
  contact: NewContact,
): Promise<{ record: ClientRecord; created: boolean }> {
  const { firstName, lastName, email, phone } = contact;
  const [byEmail] = email === null ? [] : await findByEmail(session, email.toLowerCase());
  const byPhone = byEmail || phone === null ? [] : await findByPhone(session, phone);
  const existing = byEmail ?? byPhone.find(({ data }) => sameName(data, contact));
  if (existing) return { record: existing, created: false };
  if (firstName === null || lastName === null) {
    throw refusal('Acuity Scheduling needs a first name and a last name to create a client.');
  }
  const client = await createClient(session.http, withText({ firstName, lastName, email, phone }));
  return { record: toClientRecord(client, readingOf(session)), created: true };
}

/** The search is for names and phone numbers ("Get clients"); where it knows no addresses, all clients are read. */
async function findByEmail(session: ConnectorSession, email: string): Promise<ClientRecord[]> {
  const found = (await search(session, email)).filter(having({ email }));
  return found.length > 0 ? found : (await search(session)).filter(having({ email }));
}

/**
 * How the search compares numbers is in none of Acuity's pages: it is asked for the national digits, as clients mostly
 * write them, and for the international form. All clients are not read here, as for an address: every unknown caller
 * would have to wait for them, and the mirror, which has them all in E.164, was asked before.
 */
async function findByPhone(session: ConnectorSession, phone: string): Promise<ClientRecord[]> {
  const written = new Set([nationalNumber(phone) ?? phone, phone]);
  const answers = await Promise.all([...written].map((text) => search(session, text)));
  return answers.flat().filter(having({ phone }));
}

async function search(session: ConnectorSession, text?: string): Promise<ClientRecord[]> {
  const reading = readingOf(session);
  const rows = await listClients(session.http, text);
  return readFound(session, rows, (row) => toClientRecord(clientSchema.parse(row), reading));
}
