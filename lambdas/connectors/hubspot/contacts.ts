import { HubError } from '../../core/errors.ts';
import type { Contact } from '../../core/model/contact.ts';
import type { SourceRecord } from '../../core/model/mirror-record.ts';
import { nationalNumber } from '../../core/phone.ts';
import type { ConnectorSession, ContactQuery, NewContact } from '../connector.ts';
import { withText } from '../kit/people.ts';
import { readEach } from '../kit/read-each.ts';
import { createContact as create, type Filter, findContact, searchObjects } from './client.ts';
import { existingIdOf } from './errors.ts';
import { CONTACT_PROPERTIES, toContactRecord } from './map.ts';
import { objectSchema } from './schemas.ts';

type ContactRecord = SourceRecord<Contact>;

const SEARCH_LIMIT = 100;

/** Contacts with this phone number or e-mail address; with both given, those that have either. */
export async function lookupContact(session: ConnectorSession, query: ContactQuery): Promise<ContactRecord[]> {
  const found = await Promise.all([
    query.email === null ? [] : findByEmail(session, query.email),
    query.phone === null ? [] : findByPhone(session, query.phone),
  ]);
  return [...new Map(found.flat().map((record) => [record.id, record])).values()];
}

/** Creates a contact. HubSpot allows an e-mail address once: the contact that has it already is the answer then. */
export async function createContact(
  session: ConnectorSession,
  contact: NewContact,
): Promise<{ record: ContactRecord; created: boolean }> {
  const properties = propertiesOf(contact);
  if (!properties.email && !properties.firstname && !properties.lastname) {
    throw new HubError('provider_rejected', {
      detail: 'HubSpot needs an e-mail address, a first name or a last name to create a contact.',
    });
  }
  const { data, rejected } = await create(session.http, properties);
  if (data) return { record: toContactRecord(data, session.config.defaultCountry), created: true };
  return { record: await existingContact(session, rejected, contact.email), created: false };
}

async function existingContact(
  session: ConnectorSession,
  conflict: unknown,
  email: string | null,
): Promise<ContactRecord> {
  const id = existingIdOf(conflict);
  const object = id === null ? null : await findContact(session.http, id, { properties: CONTACT_PROPERTIES });
  if (object) return toContactRecord(object, session.config.defaultCountry);
  const [record] = email === null ? [] : await findByEmail(session, email.toLowerCase());
  if (record) return record;
  throw new HubError('provider_rejected', { detail: 'HubSpot says that the contact exists, but does not show it.' });
}

/** Reading by e-mail address costs no search quota but may miss secondary addresses. */
async function findByEmail(session: ConnectorSession, email: string): Promise<ContactRecord[]> {
  const object = await findContact(session.http, email, { idProperty: 'email', properties: CONTACT_PROPERTIES });
  if (object) return [toContactRecord(object, session.config.defaultCountry)];
  const records = await search(session, [
    { propertyName: 'email', operator: 'EQ', value: email },
    { propertyName: 'hs_additional_emails', operator: 'EQ', value: email },
    { propertyName: 'hs_additional_emails', operator: 'CONTAINS_TOKEN', value: email.replaceAll('*', '') },
  ]);
  return (records ?? []).filter((record) => record.data.emails.includes(email));
}

/**
 * HubSpot's searchable numbers lack the country code ("Search the CRM"), so its answer may hold strangers from other
 * countries; only true matches are returned.
 */
async function findByPhone(session: ConnectorSession, phone: string): Promise<ContactRecord[]> {
  const national = nationalNumber(phone);
  const filters: Filter[] = [
    ...(national === null ? [] : [equals('hs_searchable_calculated_phone_number', national)]),
    ...(national === null ? [] : [equals('hs_searchable_calculated_mobile_number', national)]),
    equals('phone', phone),
    equals('mobilephone', phone),
  ];
  // Not in every vendor page: where a portal lacks the property, HubSpot refuses the whole search.
  const international = equals('hs_searchable_calculated_international_phone_number', phone);
  const records = (await search(session, [...filters, international], [400])) ?? (await search(session, filters));
  return (records ?? []).filter((record) => record.data.phones.some(({ e164 }) => e164 === phone));
}

/** Contacts that meet any of the filters; null when the answer has one of `expectStatuses`. */
async function search(
  session: ConnectorSession,
  anyOf: readonly Filter[],
  expectStatuses: readonly number[] = [],
): Promise<ContactRecord[] | null> {
  const { data } = await searchObjects(
    session.http,
    'contacts',
    {
      filterGroups: anyOf.map((filter) => ({ filters: [filter] })),
      properties: CONTACT_PROPERTIES,
      limit: SEARCH_LIMIT,
    },
    { callClass: 'live_read', expectStatuses },
  );
  if (data === null) return null;
  const { read, rejected } = readEach(data.results, (row) =>
    toContactRecord(objectSchema.parse(row), session.config.defaultCountry),
  );
  if (rejected.length > 0) session.logger.warn('unreadable contacts in a look-up', { count: rejected.length });
  return read;
}

function equals(propertyName: string, value: string): Filter {
  return { propertyName, operator: 'EQ', value };
}

function propertiesOf(contact: NewContact): Record<string, string> {
  return withText({
    email: contact.email,
    firstname: contact.firstName,
    lastname: contact.lastName,
    phone: contact.phone,
    company: contact.company,
  });
}
