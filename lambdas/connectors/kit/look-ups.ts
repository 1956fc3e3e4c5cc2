/** Looking callers up at a provider. */
import type { Contact } from '../../core/model/contact.ts';
import type { SourceRecord } from '../../core/model/mirror-record.ts';
import type { ConnectorSession, ContactQuery } from '../connector.ts';
import { idOf, readEach } from './read-each.ts';

/** Found by a phone number, an e-mail address, or either where both are given; each once. */
export async function lookUp(
  { email, phone }: ContactQuery,
  find: Readonly<Record<'byEmail' | 'byPhone', (value: string) => Promise<SourceRecord<Contact>[]>>>,
): Promise<SourceRecord<Contact>[]> {
  const found = await Promise.all([
    email === null ? [] : find.byEmail(email),
    phone === null ? [] : find.byPhone(phone),
  ]);
  return [...new Map(found.flat().map((record) => [record.id, record])).values()];
}

/** Whether a contact truly has the e-mail address or the phone number: providers' searches find more than that. */
export function having({ email = null, phone = null }: Partial<ContactQuery>) {
  return ({ data }: SourceRecord<Contact>): boolean =>
    (email !== null && data.emails.includes(email)) ||
    (phone !== null && data.phones.some(({ e164 }) => e164 === phone));
}

/** Reads rows for a caller who waits: those that can't be read are left out, and only their number is logged. */
export function readFound<Row, T>(
  session: ConnectorSession,
  rows: readonly Row[],
  read: (row: Row) => T,
  nameOf: (row: Row) => string | null = idOf,
): T[] {
  const done = readEach(rows, read, nameOf);
  if (done.rejected.length > 0) session.logger.warn('unreadable people in a look-up', { count: done.rejected.length });
  return done.read;
}
