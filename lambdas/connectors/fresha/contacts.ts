import type { Contact } from '../../core/model/contact.ts';
import type { SourceRecord } from '../../core/model/mirror-record.ts';
import type { ConnectorSession, ContactQuery, NewContact } from '../connector.ts';
import { refusal } from '../kit/failures.ts';
import { having, lookUp, readFound } from '../kit/look-ups.ts';
import { withText } from '../kit/people.ts';
import { phoneDigits } from '../kit/written-phones.ts';
import { createClient, searchClients } from './client.ts';
import { toClientRecord } from './map.ts';
import { clientSchema } from './schemas.ts';

type ClientRecord = SourceRecord<Contact>;

/** What the search matches is not known, so it is asked for numbers in several forms, and only true matches count. */
export function lookupContact(session: ConnectorSession, query: ContactQuery): Promise<ClientRecord[]> {
  return lookUp(query, {
    byEmail: async (email) => (await search(session, email)).filter(having({ email })),
    byPhone: async (phone) => {
      for (const text of [phone, ...phoneDigits(phone)]) {
        const found = (await search(session, text)).filter(having({ phone }));
        if (found.length > 0) return found;
      }
      return [];
    },
  });
}

/** Whether Fresha refuses a client whom it has is not known, so they are looked for first. */
export async function createContact(
  session: ConnectorSession,
  { firstName, lastName, phone, email }: NewContact,
): Promise<{ record: ClientRecord; created: boolean }> {
  const address = email?.toLowerCase() ?? null;
  const known = await lookupContact(session, { phone, email: address });
  const sameName = ({ data }: ClientRecord) => data.firstName === firstName && data.lastName === lastName;
  const existing = known.find((record) => sameName(record) || having({ email: address })(record));
  if (existing) return { record: existing, created: false };
  if (firstName === null && lastName === null) throw refusal('Fresha needs a name to create a client.');
  const client = await createClient(
    session.http,
    withText({ first_name: firstName, last_name: lastName, email, phone }),
  );
  return { record: toClientRecord(client, session.config.defaultCountry), created: true };
}

async function search(session: ConnectorSession, text: string): Promise<ClientRecord[]> {
  const rows = await searchClients(session.http, text);
  return readFound(session, rows, (row) => toClientRecord(clientSchema.parse(row), session.config.defaultCountry));
}
