import { HubError } from '../../core/errors.ts';
import type { Contact } from '../../core/model/contact.ts';
import type { SourceRecord } from '../../core/model/mirror-record.ts';
import { nationalNumber, parsePhone } from '../../core/phone.ts';
import type { ConnectorSession, ContactQuery, NewContact } from '../connector.ts';
import { notAccepted } from '../kit/failures.ts';
import { withText } from '../kit/people.ts';
import { readEach } from '../kit/read-each.ts';
import { addClient, getRequiredClientFields, type ListQuery, listAll } from './client.ts';
import { codeOf, refusalOf } from './errors.ts';
import { toClientRecord } from './map.ts';
import { clientSchema, type MindbodyClient } from './schemas.ts';
import { siteContext } from './site.ts';

type ContactRecord = SourceRecord<Contact>;

/**
 * Clients with this phone number or e-mail address; with both given, those that have either. "Get Clients" documents
 * its `searchText` for names and e-mail addresses. That it finds phone numbers is said by integrators only: where it
 * does not, callers are known from the mirror alone, and whoever is newer than the last sync is not found.
 */
export async function lookupContact(session: ConnectorSession, query: ContactQuery): Promise<ContactRecord[]> {
  const { email, phone } = query;
  const [byEmail, byPhone] = await Promise.all([
    email === null ? [] : search(session, email),
    phone === null ? [] : search(session, nationalNumber(phone) ?? phone),
  ]);
  const matches = [
    ...byEmail.filter(({ data }) => data.emails.some((known) => known === email)),
    ...byPhone.filter(({ data }) => data.phones.some(({ e164 }) => e164 !== null && e164 === phone)),
  ];
  return [...new Map(matches.map((record) => [record.id, record])).values()];
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
    throw new HubError('provider_rejected', { detail: 'Mindbody needs a first and a last name to create a client.' });
  }
  const landline = phone !== null && parsePhone(phone, undefined).kind === 'landline';
  const answer = await addClient(session, {
    ...withText({ FirstName: firstName, LastName: lastName, Email: email }),
    ...withText({ [landline ? 'HomePhone' : 'MobilePhone']: phone }),
    ReactivateInactiveClient: true,
  });
  if (answer.data) {
    return { record: toClientRecord(answer.data.Client, await siteContext(session)), created: true };
  }
  const code = codeOf(answer.rejected);
  if (code === 'InvalidClientCreation' || answer.status === 409) {
    const existing = await findTwin(session, contact);
    if (existing) return { record: existing, created: false };
  }
  if (code === 'MissingRequiredFields') {
    // Every site sets them for itself ("Get Required Client Fields").
    const { RequiredClientFields } = await getRequiredClientFields(session);
    throw notAccepted('Mindbody', [code, ...RequiredClientFields]);
  }
  throw refusalOf(answer);
}

/** The RSSID, which booking calls want in place of the id that does not change. */
export async function bookingIdOf(session: ConnectorSession, contactId: string): Promise<MindbodyClient> {
  const query = { uniqueIds: [Number(contactId)], includeInactive: true };
  const clients = await readClients(session, query);
  const client = clients.find(({ UniqueId }) => UniqueId === contactId);
  if (!client) throw new HubError('not_found', { detail: 'Mindbody no longer has this client.' });
  return client;
}

/** Who stands in the way of a new client. Same names, and whatever else both have is the same. */
async function findTwin(session: ConnectorSession, contact: NewContact): Promise<ContactRecord | null> {
  const { firstName, lastName, email, phone } = contact;
  const found = await search(session, email ?? `${firstName} ${lastName}`);
  const twins = found.filter(
    ({ data }) =>
      (email === null || data.emails.includes(email)) &&
      (email !== null || phone === null || data.phones.some(({ e164 }) => e164 === phone)),
  );
  return (
    twins.find(({ data }) => isSameName(data.firstName, firstName) && isSameName(data.lastName, lastName)) ??
    (email === null ? null : (twins[0] ?? null))
  );
}

/** Active clients that the site's search shows. */
async function search(session: ConnectorSession, searchText: string): Promise<ContactRecord[]> {
  const [site, clients] = await Promise.all([siteContext(session), readClients(session, { searchText })]);
  return clients.filter(({ Active }) => Active !== false).map((client) => toClientRecord(client, site));
}

async function readClients(session: ConnectorSession, query: ListQuery): Promise<MindbodyClient[]> {
  const { read, rejected } = readEach(await listAll(session, 'clients', query), (row) => clientSchema.parse(row));
  if (rejected.length > 0) session.logger.warn('unreadable clients in a look-up', { count: rejected.length });
  return read;
}

function isSameName(a: string | null, b: string | null): boolean {
  return (a ?? '').trim().toLowerCase() === (b ?? '').trim().toLowerCase();
}
