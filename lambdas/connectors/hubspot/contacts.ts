import type { Contact } from '../../core/model/contact.ts';
import type { SourceRecord } from '../../core/model/mirror-record.ts';
import { nationalNumber } from '../../core/phone.ts';
import type { ConnectorSession, ContactQuery, NewContact } from '../connector.ts';
import { refusal } from '../kit/failures.ts';
import { having, lookUp, readFound } from '../kit/look-ups.ts';
import { withText } from '../kit/people.ts';
import { createContact as create, type Filter, findContact, searchObjects } from './client.ts';
import { existingIdOf } from './errors.ts';
import { CONTACT_PROPERTIES, toContactRecord } from './map.ts';
import { objectSchema } from './schemas.ts';

type ContactRecord = SourceRecord<Contact>;

const SEARCH_LIMIT = 100;

export function lookupContact(session: ConnectorSession, query: ContactQuery): Promise<ContactRecord[]> {
  return lookUp(query, {
    byEmail: (email) => findByEmail(session, email),
    byPhone: (phone) => findByPhone(session, phone),
  });
}

/** Creates a contact. HubSpot allows an e-mail address once: the contact that has it already is the answer then. */
export async function createContact(
  session: ConnectorSession,
  { email, firstName, lastName, phone, company }: NewContact,
): Promise<{ record: ContactRecord; created: boolean }> {
  const properties = withText({ email, firstname: firstName, lastname: lastName, phone, company });
  if (!properties.email && !properties.firstname && !properties.lastname) {
    throw refusal('HubSpot needs an e-mail address, a first name or a last name to create a contact.');
  }
  const { data, rejected } = await create(session.http, properties);
  if (data) return { record: toContactRecord(data, session.config.defaultCountry), created: true };
  const id = existingIdOf(rejected);
  const known = id === null ? null : await findContact(session.http, id, CONTACT_PROPERTIES);
  if (known) return { record: toContactRecord(known, session.config.defaultCountry), created: false };
  const [record] = email === null ? [] : await findByEmail(session, email.toLowerCase());
  if (record) return { record, created: false };
  throw refusal('HubSpot says that the contact exists, but does not show it.');
}

/** Reading by e-mail address costs no search quota but may miss secondary addresses. */
async function findByEmail(session: ConnectorSession, email: string): Promise<ContactRecord[]> {
  const object = await findContact(session.http, email, CONTACT_PROPERTIES, 'email');
  if (object) return [toContactRecord(object, session.config.defaultCountry)];
  const token = { propertyName: 'hs_additional_emails', operator: 'CONTAINS_TOKEN' } as const;
  const records = await search(session, [
    equals('email', email),
    equals('hs_additional_emails', email),
    { ...token, value: email.replaceAll('*', '') },
  ]);
  return (records ?? []).filter(having({ email }));
}

/**
 * HubSpot's searchable numbers lack the country code ("Search the CRM"), so its answer may hold strangers from other
 * countries; only true matches are returned.
 */
async function findByPhone(session: ConnectorSession, phone: string): Promise<ContactRecord[]> {
  const national = nationalNumber(phone);
  const searchable = ['hs_searchable_calculated_phone_number', 'hs_searchable_calculated_mobile_number'];
  const filters = [
    ...(national === null ? [] : searchable.map((name) => equals(name, national))),
    equals('phone', phone),
    equals('mobilephone', phone),
  ];
  // Not in every vendor page: where a portal lacks the property, HubSpot refuses the whole search.
  const international = equals('hs_searchable_calculated_international_phone_number', phone);
  const records = (await search(session, [...filters, international], [400])) ?? (await search(session, filters));
  return (records ?? []).filter(having({ phone }));
}

/** Contacts that meet any of the filters; null when the answer has one of `expectStatuses`. */
async function search(
  session: ConnectorSession,
  anyOf: readonly Filter[],
  expectStatuses: readonly number[] = [],
): Promise<ContactRecord[] | null> {
  const filterGroups = anyOf.map((filter) => ({ filters: [filter] }));
  const query = { filterGroups, properties: CONTACT_PROPERTIES, limit: SEARCH_LIMIT };
  const page = await searchObjects(session.http, 'contacts', query, expectStatuses, { callClass: 'live_read' });
  const read = (row: unknown) => toContactRecord(objectSchema.parse(row), session.config.defaultCountry);
  return page && readFound(session, page.results, read);
}

function equals(propertyName: string, value: string): Filter {
  return { propertyName, operator: 'EQ', value };
}
