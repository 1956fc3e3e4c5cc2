import type { Contact } from '../../core/model/contact.ts';
import type { SourceRecord } from '../../core/model/mirror-record.ts';
import type { ConnectorSession, ContactQuery } from '../connector.ts';
import { idOf, readEach } from '../kit/read-each.ts';
import { phoneDigits, writtenPhones } from '../kit/written-phones.ts';
import { type Org, orgOf, search, tryQuery } from './client.ts';
import { rememberedSelection, selectionOf } from './fields.ts';
import { toContactRecord, toLeadRecord } from './map.ts';
import { contactSchema, leadSchema } from './schemas.ts';
import { anyOf, found, quoted } from './soql.ts';

export type ContactRecord = SourceRecord<Contact>;
export type Person = 'Contact' | 'Lead';

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
  const types: Person[] = (await hasLeads(session)) ? ['Contact', 'Lead'] : ['Contact'];
  const [searched, ...read] = await Promise.all([
    query.phone === null ? [] : searchByPhone(orgOf(session), query.phone, types),
    ...types.map((type) => readPeople(session, type, (fields) => conditionOf(fields, query))),
  ]);
  const known = new Set(read.flat().map(({ id }) => id));
  const more = await Promise.all(
    types.map((type) => {
      const ids = searched.flatMap((hit) => (hit.type === type && !known.has(hit.id) ? [hit.id] : []));
      return ids.length === 0 ? [] : readPeople(session, type, () => `Id IN ${anyOf(ids)}`);
    }),
  );
  const matches = [...read, ...more].flat().filter((record) => isMatch(record.data, query));
  return [...new Map(matches.map((record) => [record.id, record])).values()];
}

async function hasLeads(session: ConnectorSession): Promise<boolean> {
  return (await rememberedSelection(session, 'Lead')).length > 0;
}

/** Only digits are asked for: punctuation splits what is stored into words. */
async function searchByPhone(
  org: Org,
  phone: string,
  types: readonly Person[],
): Promise<{ readonly type: string; readonly id: string }[]> {
  const returning = types.map((type) => (type === 'Lead' ? `Lead(Id WHERE ${LEAD_CONDITION})` : 'Contact(Id)'));
  const hits = await search(
    org,
    `FIND ${found(phoneDigits(phone))} IN PHONE FIELDS RETURNING ${returning.join(', ')} LIMIT ${MAX_FOUND}`,
  );
  return hits.map(({ Id, attributes }) => ({ type: attributes.type, id: Id }));
}

/** Null: none of the fields that it would need is there. */
function conditionOf(fields: readonly string[], { email, phone }: ContactQuery): string | null {
  const written = phone === null ? null : anyOf(writtenPhones(phone));
  const conditions = [
    ...(email !== null && fields.includes('Email') ? [`Email = ${quoted(email)}`] : []),
    ...(written === null
      ? []
      : PHONE_FIELDS.filter((name) => fields.includes(name)).map((name) => `${name} IN ${written}`)),
  ];
  return conditions.length === 0 ? null : conditions.join(' OR ');
}

/** The newest of those who meet a condition, as far as they can be read. */
export async function readPeople(
  session: ConnectorSession,
  type: Person,
  conditionFor: (fields: readonly string[]) => string | null,
): Promise<ContactRecord[]> {
  const ask = async (fields: readonly string[]) => {
    const condition = fields.length === 0 ? null : conditionFor(fields);
    if (condition === null) return { records: [] };
    const where = type === 'Lead' ? `${LEAD_CONDITION} AND (${condition})` : condition;
    const soql = `SELECT ${fields.join(', ')} FROM ${type} WHERE ${where} ORDER BY SystemModstamp DESC LIMIT ${MAX_FOUND}`;
    return tryQuery(orgOf(session), `${type}.find`, soql);
  };
  const remembered = await ask(await rememberedSelection(session, type));
  // A field was taken away since the consent: ask what there is.
  const page = remembered ?? (await ask(await selectionOf(session, type)));
  if (page === null) return [];
  const { defaultCountry } = session.config;
  const { read, rejected } = readEach(
    page.records,
    (row) =>
      type === 'Lead'
        ? toLeadRecord(leadSchema.parse(row), defaultCountry)
        : toContactRecord(contactSchema.parse(row), defaultCountry),
    (row) => idOf(row, 'Id'),
  );
  if (rejected.length > 0) session.logger.warn('unreadable people in a look-up', { count: rejected.length });
  return read;
}

export function isMatch(contact: Contact, { email, phone }: ContactQuery): boolean {
  return (
    (email !== null && contact.emails.includes(email)) ||
    (phone !== null && contact.phones.some(({ e164 }) => e164 === phone))
  );
}
