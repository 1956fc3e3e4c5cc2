import { createHash } from 'node:crypto';
import type { Contact } from '../../core/model/contact.ts';
import type { SourceRecord } from '../../core/model/mirror-record.ts';
import type { ConnectorSession, ContactQuery, NewContact } from '../connector.ts';
import { refusal } from '../kit/failures.ts';
import { having, lookUp, readFound } from '../kit/look-ups.ts';
import { withText } from '../kit/people.ts';
import { createCustomer, searchCustomers } from './client.ts';
import { countryOf } from './locations.ts';
import { toCustomerRecord } from './map.ts';
import { customerSchema } from './schemas.ts';

type CustomerRecord = SourceRecord<Contact>;

/** One search each: filters of one all have to match. The first page is enough: oldest first, a hundred with one number. */
export async function lookupContact(session: ConnectorSession, query: ContactQuery): Promise<CustomerRecord[]> {
  const search = async (filter: Readonly<Record<string, { exact: string }>>) => {
    const page = await searchCustomers(session.http, filter, null, { callClass: 'live_read' });
    const country = countryOf(session);
    return readFound(session, page?.rows ?? [], (row) => toCustomerRecord(customerSchema.parse(row), country));
  };
  const found = await lookUp(query, {
    byEmail: (exact) => search({ email_address: { exact } }),
    byPhone: (exact) => search({ phone_number: { exact } }),
  });
  return found.filter(having(query));
}

/**
 * Creates a customer. Square would create the same person again and again: somebody with the same address, or with the
 * same number and name, is the answer instead. The search shows new profiles after up to a minute, so the key makes a
 * repetition answer with the profile of the first time.
 */
export async function createContact(
  session: ConnectorSession,
  contact: NewContact,
): Promise<{ record: CustomerRecord; created: boolean }> {
  const { firstName, lastName, company, email, phone } = contact;
  const members = withText({
    given_name: firstName,
    family_name: lastName,
    company_name: company,
    email_address: email,
    phone_number: phone,
  });
  if (Object.keys(members).length === 0) {
    throw refusal('Square needs a name, a company, an e-mail address or a phone number to create a customer.');
  }
  const address = email?.toLowerCase() ?? null;
  const known = await lookupContact(session, { phone, email: address });
  const isSame = (record: CustomerRecord) =>
    having({ email: address })(record) || nameOf(record.data) === nameOf(contact);
  const [same] = known.filter(isSame).toSorted(byAge);
  if (same) return { record: same, created: false };
  const customer = await createCustomer(session.http, creationKey(session, members), members);
  return { record: toCustomerRecord(customer, countryOf(session)), created: true };
}

function nameOf({ firstName, lastName }: Pick<Contact, 'firstName' | 'lastName'>): string {
  return JSON.stringify([firstName, lastName].map((name) => (name ?? '').normalize('NFC').trim().toLowerCase()));
}

/** Several may have the number: the oldest is the answer every time. */
function byAge(a: CustomerRecord, b: CustomerRecord): number {
  return `${a.data.createdAt}${a.id}` < `${b.data.createdAt}${b.id}` ? -1 : 1;
}

/**
 * The same for the same particulars on one day: how long Square remembers keys is in no page, and a person who was
 * deleted long ago must not be answered with.
 */
function creationKey(session: ConnectorSession, members: Readonly<Record<string, string>>): string {
  const day = new Date(session.now()).toISOString().slice(0, 10);
  const content = JSON.stringify([session.account?.id ?? null, day, members]);
  return createHash('sha256').update(content).digest('hex').slice(0, 32);
}
