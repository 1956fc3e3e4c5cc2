import { createHash } from 'node:crypto';
import { HubError } from '../../core/errors.ts';
import type { Contact } from '../../core/model/contact.ts';
import type { SourceRecord } from '../../core/model/mirror-record.ts';
import type { ConnectorSession, ContactQuery, NewContact } from '../connector.ts';
import { withText } from '../kit/people.ts';
import { readEach } from '../kit/read-each.ts';
import { type CustomerFilter, createCustomer, searchCustomers } from './client.ts';
import { toCustomerRecord } from './map.ts';
import { customerSchema } from './schemas.ts';

type CustomerRecord = SourceRecord<Contact>;

/**
 * Customers with this phone number or e-mail address; with both given, those that have either. Filters of one search
 * all have to match, so there are two. The first page is enough: oldest first, a hundred with one number.
 */
export async function lookupContact(session: ConnectorSession, query: ContactQuery): Promise<CustomerRecord[]> {
  const { email, phone } = query;
  const found = await Promise.all([
    email === null ? [] : search(session, { email_address: { exact: email } }),
    phone === null ? [] : search(session, { phone_number: { exact: phone } }),
  ]);
  const matches = found
    .flat()
    .filter(
      ({ data }) =>
        (email !== null && data.emails.includes(email)) ||
        (phone !== null && data.phones.some(({ e164 }) => e164 === phone)),
    );
  return [...new Map(matches.map((record) => [record.id, record])).values()];
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
  const members = withText({
    given_name: contact.firstName,
    family_name: contact.lastName,
    company_name: contact.company,
    email_address: contact.email,
    phone_number: contact.phone,
  });
  if (Object.keys(members).length === 0) {
    throw new HubError('provider_rejected', {
      detail: 'Square needs a name, a company, an e-mail address or a phone number to create a customer.',
    });
  }
  const known = await lookupContact(session, { phone: contact.phone, email: contact.email?.toLowerCase() ?? null });
  const [same] = known.filter(({ data }) => isSamePerson(data, contact)).toSorted(byAge);
  if (same) return { record: same, created: false };
  const customer = await createCustomer(session.http, members, creationKey(session, members));
  return { record: toCustomerRecord(customer, countryOf(session)), created: true };
}

/** How numbers without a country code are read: as the business says, else as those of the seller's country. */
export function countryOf({ config, account }: ConnectorSession): string | undefined {
  return config.defaultCountry ?? account?.attributes.country;
}

async function search(session: ConnectorSession, filter: CustomerFilter): Promise<CustomerRecord[]> {
  const page = await searchCustomers(session.http, filter, null, { callClass: 'live_read' });
  const { read, rejected } = readEach(page?.rows ?? [], (row) =>
    toCustomerRecord(customerSchema.parse(row), countryOf(session)),
  );
  if (rejected.length > 0) session.logger.warn('unreadable customers in a look-up', { count: rejected.length });
  return read;
}

function isSamePerson(known: Contact, wanted: NewContact): boolean {
  if (wanted.email !== null && known.emails.includes(wanted.email.toLowerCase())) return true;
  return folded(known.firstName) === folded(wanted.firstName) && folded(known.lastName) === folded(wanted.lastName);
}

function folded(name: string | null): string {
  return (name ?? '').normalize('NFC').trim().toLowerCase();
}

/** Several may have the number: the oldest is the answer every time. */
function byAge(a: CustomerRecord, b: CustomerRecord): number {
  const [first, second] = [`${a.data.createdAt}${a.id}`, `${b.data.createdAt}${b.id}`];
  return first < second ? -1 : Number(first > second);
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
