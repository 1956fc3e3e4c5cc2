import type { Contact } from '../../core/model/contact.ts';
import type { SourceRecord } from '../../core/model/mirror-record.ts';
import { nationalNumber, parsePhone } from '../../core/phone.ts';
import type { ConnectorSession, ContactQuery, NewContact } from '../connector.ts';
import { notAccepted, refusal } from '../kit/failures.ts';
import { having, lookUp, readFound } from '../kit/look-ups.ts';
import { withText } from '../kit/people.ts';
import { addClient, getRequiredFields, listAll } from './client.ts';
import { codeOf, refusalOf } from './errors.ts';
import { toClientRecord } from './map.ts';
import { clientSchema } from './schemas.ts';
import { siteOf } from './site.ts';

type ContactRecord = SourceRecord<Contact>;

/**
 * Clients with this phone number or e-mail address; with both given, those that have either. "Get Clients" documents
 * its `searchText` for names and e-mail addresses. That it finds phone numbers is said by integrators only: where it
 * does not, callers are known from the mirror alone, and whoever is newer than the last sync is not found.
 */
export function lookupContact(session: ConnectorSession, query: ContactQuery): Promise<ContactRecord[]> {
  return lookUp(query, {
    byEmail: async (email) => (await search(session, email)).filter(having({ email })),
    byPhone: async (phone) => (await search(session, nationalNumber(phone) ?? phone)).filter(having({ phone })),
  });
}

/**
 * Creates a client. Mindbody refuses a second one with the same names and the same e-mail address: the one that is
 * there is the answer then. One that was set inactive is taken up again, as a person at the desk would. A family may
 * share an address, so another name makes another client; without a whole name whoever has the address is meant.
 */
export async function createContact(
  session: ConnectorSession,
  contact: NewContact,
): Promise<{ record: ContactRecord; created: boolean }> {
  const { firstName, lastName, email, phone } = contact;
  if (!firstName?.trim() || !lastName?.trim()) {
    const known = email === null ? null : await findTwin(session, contact);
    if (known) return { record: known, created: false };
    throw refusal('Mindbody needs a first and a last name to create a client.');
  }
  const landline = phone !== null && parsePhone(phone, undefined).kind === 'landline';
  const named = { FirstName: firstName, LastName: lastName, Email: email };
  const answer = await addClient(session, {
    ...withText({ ...named, [landline ? 'HomePhone' : 'MobilePhone']: phone }),
    ReactivateInactiveClient: true,
  });
  if (answer.data) {
    return { record: toClientRecord(answer.data.Client, await siteOf(session)), created: true };
  }
  const code = codeOf(answer.rejected);
  if (code === 'InvalidClientCreation' || answer.status === 409) {
    const existing = await findTwin(session, contact);
    if (existing) return { record: existing, created: false };
  }
  if (code === 'MissingRequiredFields') {
    // Every site sets them for itself ("Get Required Client Fields").
    const { RequiredClientFields } = await getRequiredFields(session);
    throw notAccepted('Mindbody', [code, ...RequiredClientFields]);
  }
  throw refusalOf(answer);
}

/** Who stands in the way of a new client. Same names, and whatever else both have is the same. */
async function findTwin(session: ConnectorSession, contact: NewContact): Promise<ContactRecord | null> {
  const { firstName, lastName, email, phone } = contact;
  const found = await search(session, email ?? `${firstName} ${lastName}`);
  const twins = email === null && phone === null ? found : found.filter(having(email === null ? { phone } : { email }));
  const twin = twins.find(({ data }) => isSameName(data.firstName, firstName) && isSameName(data.lastName, lastName));
  return twin ?? (email === null ? null : (twins[0] ?? null));
}

/** Active clients that the site's search shows. */
async function search(session: ConnectorSession, searchText: string): Promise<ContactRecord[]> {
  const [site, rows] = await Promise.all([siteOf(session), listAll(session, 'clients', { searchText })]);
  const clients = readFound(session, rows, (row) => clientSchema.parse(row));
  return clients.filter(({ Active }) => Active !== false).map((client) => toClientRecord(client, site));
}

function isSameName(a: string | null, b: string | null): boolean {
  return (a ?? '').trim().toLowerCase() === (b ?? '').trim().toLowerCase();
}
