import { HubError, isHubError } from '../../core/errors.ts';
import type { Contact } from '../../core/model/contact.ts';
import type { SourceRecord } from '../../core/model/mirror-record.ts';
import { parsePhone } from '../../core/phone.ts';
import type { ConnectorSession, ContactQuery, NewContact } from '../connector.ts';
import { having, readFound } from '../kit/look-ups.ts';
import { text, withText } from '../kit/people.ts';
import { phoneDigits, writtenPhones } from '../kit/written-phones.ts';
import { createRecord, refusalOf, tryQuery, trySearch } from './client.ts';
import { duplicateIds } from './errors.ts';
import { ATTRIBUTES, rememberedSelection, selectionOf } from './fields.ts';
import { toContactRecord, toLeadRecord } from './map.ts';
import { contactSchema, leadSchema, rowId } from './schemas.ts';
import { anyOf, found, quoted } from './soql.ts';

type ContactRecord = SourceRecord<Contact>;
type Person = 'Contact' | 'Lead';
type Named = NewContact & { readonly lastName: string };

const MAX_FOUND = 50;
const PHONE_FIELDS = ['Phone', 'MobilePhone', 'HomePhone', 'OtherPhone'];
/** A lead that was converted is a contact now. */
const LEAD_CONDITION = 'IsConverted = false';

/**
 * Contacts and leads with this phone number or e-mail address. Phone numbers are free text, so they are looked for in
 * two ways at once: by Salesforce's search ("SOSL", whose index may be 15 minutes behind), and by a query for the usual
 * ways to write the number. Whatever comes of either is held against the number itself.
 */
export async function lookupContact(session: ConnectorSession, query: ContactQuery): Promise<ContactRecord[]> {
  const leads = (await rememberedSelection(session, 'Lead')).length > 0;
  const types: Person[] = leads ? ['Contact', 'Lead'] : ['Contact'];
  const [hits, ...read] = await Promise.all([
    query.phone === null ? [] : findByPhone(session, query.phone, types),
    ...types.map((type) => readPeople(session, type, (fields) => conditionOf(fields, query))),
  ]);
  const known = new Set(read.flat().map(({ id }) => id));
  const more = await Promise.all(
    types.map((type) => {
      const ids = hits.flatMap(({ Id, attributes }) => (attributes.type === type && !known.has(Id) ? [Id] : []));
      return ids.length === 0 ? [] : readPeople(session, type, () => `Id IN ${anyOf(ids)}`);
    }),
  );
  return [...read, ...more].flat().filter(having(query));
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
  given: NewContact,
): Promise<{ record: ContactRecord; created: boolean }> {
  const contact = named(given);
  const query = { phone: given.phone, email: given.email?.toLowerCase() ?? null };
  const [known] = await findSame(session, contact, query);
  if (known) return { record: known, created: false };
  const recordType = session.account?.attributes[ATTRIBUTES.personAccounts] ?? null;
  const type = recordType === null ? 'Contact' : 'Account';
  const fields = fieldsFor(contact, recordType);
  const answer = await createRecord(session, type, fields);
  if (answer.data) return { record: await readBack(session, type, answer.data.id, fields), created: true };
  const ids = duplicateIds(answer.rejected);
  if (ids.length === 0) throw refusalOf('Contact.create', answer);
  return { record: await duplicateAmong(session, ids, query), created: false };
}

/** Leads may have been hidden from the user since the consent: contacts alone then. */
async function findByPhone(session: ConnectorSession, phone: string, types: readonly Person[]) {
  return (await searchByPhone(session, phone, types)) ?? (await searchByPhone(session, phone, ['Contact'])) ?? [];
}

/** Only digits are asked for: punctuation splits what is stored into words. */
function searchByPhone(session: ConnectorSession, phone: string, types: readonly Person[]) {
  const returning = types.map((type) => (type === 'Lead' ? `Lead(Id WHERE ${LEAD_CONDITION})` : 'Contact(Id)'));
  const sosl = `FIND ${found(phoneDigits(phone))} IN PHONE FIELDS RETURNING ${returning.join(', ')} LIMIT ${MAX_FOUND}`;
  return trySearch(session, sosl);
}

/** Empty: none of the fields that it would need is there. */
function conditionOf(fields: readonly string[], { email, phone }: ContactQuery): string {
  const phoneFields = phone === null ? [] : PHONE_FIELDS.filter((name) => fields.includes(name));
  return [
    ...(email !== null && fields.includes('Email') ? [`Email = ${quoted(email)}`] : []),
    ...phoneFields.map((name) => `${name} IN ${anyOf(writtenPhones(phone ?? ''))}`),
  ].join(' OR ');
}

/** The newest of those who meet a condition, as far as they can be read; nobody where it is empty. */
async function readPeople(
  session: ConnectorSession,
  type: Person,
  conditionFor: (fields: readonly string[]) => string,
): Promise<ContactRecord[]> {
  const ask = async (fields: readonly string[]) => {
    const condition = fields.length === 0 ? '' : conditionFor(fields);
    if (condition === '') return { records: [] };
    const where = type === 'Lead' ? `${LEAD_CONDITION} AND (${condition})` : condition;
    const soql = `SELECT ${fields.join(', ')} FROM ${type} WHERE ${where} ORDER BY SystemModstamp DESC LIMIT ${MAX_FOUND}`;
    return tryQuery(session, `${type}.find`, soql);
  };
  const remembered = await ask(await rememberedSelection(session, type));
  // A field was taken away since the consent: ask what there is.
  const page = remembered ?? (await ask(await selectionOf(session, type)));
  const { defaultCountry } = session.config;
  const read = (row: unknown) =>
    type === 'Lead'
      ? toLeadRecord(leadSchema.parse(row), defaultCountry)
      : toContactRecord(contactSchema.parse(row), defaultCountry);
  return readFound(session, page?.records ?? [], read, rowId);
}

/** `LastName` is needed: a single name goes there ("Contact: fields"). */
function named(contact: NewContact): Named {
  const [first, last] = [text(contact.firstName), text(contact.lastName)];
  if (last !== null) return { ...contact, firstName: first, lastName: last };
  if (first !== null) return { ...contact, firstName: null, lastName: first };
  throw new HubError('provider_rejected', { detail: 'Salesforce needs a name to create a contact.' });
}

/** Somebody with the same address, else with the same number and name. E-mail addresses and names are indexed. */
async function findSame(
  session: ConnectorSession,
  { firstName, lastName }: Named,
  { email, phone }: ContactQuery,
): Promise<ContactRecord[]> {
  const first = firstName === null ? 'null' : quoted(firstName);
  const sameName = `(LastName = ${quoted(lastName)} AND FirstName = ${first})`;
  const people = await readPeople(session, 'Contact', (fields) =>
    [conditionOf(fields, { email, phone: null }), sameName].filter((condition) => condition !== '').join(' OR '),
  );
  const sameNumber = people
    .filter(having({ phone }))
    .filter(({ data }) => email === null || data.emails.length === 0)
    .filter(({ data }) => sameText(data.lastName, lastName) && sameText(data.firstName, firstName));
  return [...people.filter(having({ email })), ...sameNumber];
}

function sameText(a: string | null, b: string | null): boolean {
  return (a ?? '').localeCompare(b ?? '', undefined, { sensitivity: 'base' }) === 0;
}

/**
 * The fields of a contact, or of a person account, which names its contact's own ("Person Account fields").
 *
 * @param recordType of person accounts; null where people are plain contacts.
 */
function fieldsFor({ firstName, lastName, email, phone }: Named, recordType: string | null) {
  const mobile = phone !== null && parsePhone(phone, undefined).kind === 'mobile';
  const person = recordType !== null;
  return withText({
    LastName: lastName,
    FirstName: firstName,
    RecordTypeId: recordType,
    [person ? 'PersonEmail' : 'Email']: email,
    [person ? 'PersonMobilePhone' : 'MobilePhone']: mobile ? phone : null,
    Phone: mobile ? null : phone,
  });
}

/**
 * The org's duplicate rules refused the new record. Its likeness is the answer when there is one only, or one of them
 * has the number or the address; contacts come before leads.
 */
async function duplicateAmong(session: ConnectorSession, ids: readonly string[], query: ContactQuery) {
  const own = `Id IN ${anyOf(ids)}`;
  for (const type of ['Contact', 'Lead'] as const) {
    const condition = type === 'Lead' ? own : `${own} OR AccountId IN ${anyOf(ids)}`;
    const people = await readPeople(session, type, () => condition);
    const same = people.filter(having(query));
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
