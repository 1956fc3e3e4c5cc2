import { HubError } from '../../core/errors.ts';
import type { Contact } from '../../core/model/contact.ts';
import type { SourceRecord } from '../../core/model/mirror-record.ts';
import type { ConnectorSession, ContactQuery, NewContact } from '../connector.ts';
import { withText } from '../kit/people.ts';
import { readEach } from '../kit/read-each.ts';
import { phoneDigits } from '../kit/written-phones.ts';
import { createClient, searchClients } from './client.ts';
import { toClientRecord } from './map.ts';
import { clientSchema } from './schemas.ts';

type ClientRecord = SourceRecord<Contact>;

/** What the search matches is not known, so it is asked in several forms, and only true matches are returned. */
export async function lookupContact(session: ConnectorSession, query: ContactQuery): Promise<ClientRecord[]> {
  const { phone, email } = query;
  const found = new Map<string, ClientRecord>();
  for (const text of [...(email === null ? [] : [email]), ...(phone === null ? [] : [phone, ...phoneDigits(phone)])]) {
    for (const record of await search(session, text)) {
      const { phones, emails } = record.data;
      const same =
        (email !== null && emails.includes(email)) || phones.some(({ e164 }) => e164 !== null && e164 === phone);
      if (same) found.set(record.id, record);
    }
    if (found.size > 0) break;
  }
  return [...found.values()];
}

/** Whether Fresha refuses a client whom it has is not known, so they are looked for first. */
export async function createContact(
  session: ConnectorSession,
  contact: NewContact,
): Promise<{ record: ClientRecord; created: boolean }> {
  const { firstName, lastName, phone, email } = contact;
  const known = await lookupContact(session, { phone, email: email?.toLowerCase() ?? null });
  const existing = known.find(({ data }) => {
    const sameName = data.firstName === firstName && data.lastName === lastName;
    return sameName || (email !== null && data.emails.includes(email.toLowerCase()));
  });
  if (existing) return { record: existing, created: false };
  if (firstName === null && lastName === null) {
    throw new HubError('provider_rejected', { detail: 'Fresha needs a name to create a client.' });
  }
  const client = await createClient(
    session.http,
    withText({ first_name: firstName, last_name: lastName, email, phone }),
  );
  return { record: toClientRecord(client, session.config.defaultCountry), created: true };
}

async function search(session: ConnectorSession, text: string): Promise<ClientRecord[]> {
  const rows = await searchClients(session.http, text);
  const { read, rejected } = readEach(rows, (row) =>
    toClientRecord(clientSchema.parse(row), session.config.defaultCountry),
  );
  if (rejected.length > 0) session.logger.warn('unreadable clients in a look-up', { count: rejected.length });
  return read;
}
