import { HubError, isHubError } from '../../core/errors.ts';
import { parsePhone } from '../../core/phone.ts';
import type { ConnectorSession, NewContact } from '../connector.ts';
import { text, withText } from '../kit/people.ts';
import { createRecord, orgOf, refusalOf } from './client.ts';
import { type ContactRecord, isMatch, type Person, readPeople } from './contacts.ts';
import { duplicateIds } from './errors.ts';
import { toContactRecord } from './map.ts';
import { anyOf, quoted } from './soql.ts';

/** Attribute of the account: the org keeps people as person accounts; the record type for them, or nothing. */
export const PERSON_ACCOUNTS_ATTRIBUTE = 'personAccountRecordType';

interface Name {
  readonly first: string | null;
  readonly last: string;
}

/**
 * Creates a contact; in an org with person accounts, a person account. Salesforce itself prevents no second one, except
 * by rules that an org may have, and repeats of a request count as new ones. So it is asked first for whoever has the
 * address, or the name and the number: by a query, which, unlike the search, sees what was written a moment ago.
 *
 * The company is not sent: it would be a record of its own, and which one is not ours to guess. A contact without an
 * account may be private to the user who connected, as whom the hub reads, too.
 */
export async function createContact(
  session: ConnectorSession,
  contact: NewContact,
): Promise<{ record: ContactRecord; created: boolean }> {
  const name = nameOf(contact);
  const [known] = await findSame(session, contact, name);
  if (known) return { record: known, created: false };
  const { personRecordType } = personAccounts(session);
  const type = personRecordType === null ? 'Contact' : 'Account';
  const fields = fieldsFor(contact, name, personRecordType);
  const answer = await createRecord(orgOf(session), type, fields);
  if (answer.data === null) return { record: await duplicateOf(session, contact, answer), created: false };
  return { record: await readBack(session, type, answer.data.id, fields), created: true };
}

/** `LastName` is needed: a single name goes there ("Contact: fields"). */
function nameOf({ firstName, lastName }: NewContact): Name {
  const [first, last] = [text(firstName), text(lastName)];
  if (last !== null) return { first, last };
  if (first !== null) return { first: null, last: first };
  throw new HubError('provider_rejected', { detail: 'Salesforce needs a name to create a contact.' });
}

/** Somebody with the same address, else with the same number and name. E-mail addresses and names are indexed. */
async function findSame(session: ConnectorSession, contact: NewContact, name: Name): Promise<ContactRecord[]> {
  const email = contact.email?.toLowerCase() ?? null;
  const named = `LastName = ${quoted(name.last)} AND FirstName = ${name.first === null ? 'null' : quoted(name.first)}`;
  const people = await readPeople(session, 'Contact', (fields) => {
    const byAddress = email !== null && fields.includes('Email') ? [`Email = ${quoted(email)}`] : [];
    return [...byAddress, `(${named})`].join(' OR ');
  });
  const sameAddress = people.filter(({ data }) => isMatch(data, { email, phone: null }));
  const sameNumber = people.filter(
    ({ data }) =>
      isMatch(data, { email: null, phone: contact.phone }) &&
      (email === null || data.emails.length === 0) &&
      sameText(data.lastName, name.last) &&
      sameText(data.firstName, name.first),
  );
  return [...sameAddress, ...sameNumber];
}

function sameText(a: string | null, b: string | null): boolean {
  return (a ?? '').localeCompare(b ?? '', undefined, { sensitivity: 'base' }) === 0;
}

/** Null: people are plain contacts here. Empty: person accounts of the user's own default record type. */
function personAccounts({ account }: ConnectorSession): { personRecordType: string | null } {
  return { personRecordType: account?.attributes[PERSON_ACCOUNTS_ATTRIBUTE] ?? null };
}

/** The fields of a contact, or of a person account, which names its contact's own ("Person Account fields"). */
function fieldsFor(contact: NewContact, name: Name, personRecordType: string | null): Record<string, string> {
  const { phone, email } = contact;
  const mobile = phone !== null && parsePhone(phone, undefined).kind === 'mobile';
  const person = personRecordType !== null;
  return withText({
    LastName: name.last,
    FirstName: name.first,
    [person ? 'PersonEmail' : 'Email']: email,
    [person ? 'PersonMobilePhone' : 'MobilePhone']: mobile ? phone : null,
    Phone: mobile ? null : phone,
    RecordTypeId: personRecordType,
  });
}

/**
 * The org's duplicate rules refused the new record. Its likeness is the answer when there is one only, or one of them
 * has the number or the address; contacts come before leads.
 */
async function duplicateOf(
  session: ConnectorSession,
  contact: NewContact,
  answer: Awaited<ReturnType<typeof createRecord>>,
): Promise<ContactRecord> {
  const ids = duplicateIds(answer.rejected);
  if (ids.length === 0) throw refusalOf('Contact.create', answer);
  for (const type of ['Contact', 'Lead'] as const satisfies Person[]) {
    const people = await readPeople(session, type, () => {
      const own = `Id IN ${anyOf(ids)}`;
      return type === 'Lead' ? own : `${own} OR AccountId IN ${anyOf(ids)}`;
    });
    const same = people.filter(({ data }) => isMatch(data, contact));
    const [only, ...others] = same.length > 0 ? same : people;
    if (only && others.length === 0) return only;
  }
  throw new HubError('contact_exists', {
    detail: "The org's duplicate rules refuse this contact, and do not say clearly who it is already.",
  });
}

/** The new contact with its stamps. A person account's contact has an id of its own, which only this tells. */
async function readBack(
  session: ConnectorSession,
  type: 'Account' | 'Contact',
  id: string,
  sent: Readonly<Record<string, string>>,
): Promise<ContactRecord> {
  const condition = `${type === 'Account' ? 'AccountId' : 'Id'} = ${quoted(id)}`;
  const [record] = await readPeople(session, 'Contact', () => condition).catch((error: unknown) => {
    if (!isHubError(error)) throw error;
    session.logger.warn('a new contact could not be read back', { code: error.code });
    return [];
  });
  if (record) return record;
  // Rules of the org may hide it at once. What was sent is known all the same.
  if (type === 'Contact') return toContactRecord({ ...sent, Id: id }, session.config.defaultCountry);
  throw new HubError('provider_unavailable', {
    detail: 'Salesforce has created the person, but does not show the contact yet.',
    outcomeUnknown: true,
  });
}
