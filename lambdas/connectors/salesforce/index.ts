import { type ProviderAccount, timeZoneSchema } from '../../core/model/integration.ts';
import type { ConnectorSession, IntegrationConnector } from '../connector.ts';
import { withText } from '../kit/people.ts';
import { query, tryQuery, unreadable } from './client.ts';
import * as contacts from './contacts.ts';
import { classifyError, quotaPauseMs } from './errors.ts';
import { ATTRIBUTES, fieldsOf, requiredSelection, selectionOf } from './fields.ts';
import { manifest } from './manifest.ts';
import { organizationSchema, recordIdSchema, rowId } from './schemas.ts';
import { syncData } from './sync.ts';

/**
 * Salesforce. Not confirmed by its pages, and safe either way:
 *
 * - how the search treats punctuation and country codes in numbers: it is one of two ways, and its hits are verified;
 * - whether a deletion moves a record's stamp: the feed of deletions is read as well;
 * - whether a restored record gets a new stamp: what was deleted is held against what is there, and a record that
 *   neither shows comes back with the next full pull;
 * - whether a change of contact roles shows in the opportunity: the roles are read as well;
 * - which fields an org has: it is asked.
 */
export function createConnector(): IntegrationConnector {
  return { manifest, identifyAccount, testConnection, syncData, ...contacts, quotaPauseMs, classifyError };
}

/**
 * The org. The calls made here also prove that its edition gives access by API (`API_DISABLED_FOR_ORG`), before
 * anything is stored; what live calls need to know of the org is kept.
 */
async function identifyAccount(session: ConnectorSession): Promise<ProviderAccount> {
  const contactFields = await requiredSelection(session, 'Contact');
  const soql = 'SELECT Id, Name, TimeZoneSidKey FROM Organization LIMIT 1';
  const [leadFields, recordType, page] = await Promise.all([
    selectionOf(session, 'Lead'),
    personRecordType(session),
    query(session, 'Organization.read', soql),
  ]);
  const organization = organizationSchema.safeParse(page.records[0]).data;
  if (!organization) throw unreadable('Organization.read');
  // The token answer's `id` ends in the ids of org and user ("Identity URLs").
  const [, org, user] = /\/id\/(00D\w+)\/(005\w+)$/.exec(session.account?.attributes.id ?? '') ?? [];
  const userId = recordIdSchema.safeParse(user).data ?? null;
  const timeZone = timeZoneSchema.safeParse(organization.TimeZoneSidKey).data ?? null;
  return {
    id: recordIdSchema.safeParse(org).data ?? organization.Id,
    name: organization.Name ?? null,
    attributes: {
      [ATTRIBUTES.Contact]: contactFields.join(' '),
      [ATTRIBUTES.Lead]: leadFields.join(' '),
      ...(recordType === null ? {} : { [ATTRIBUTES.personAccounts]: recordType }),
      ...withText({ userId, timeZone }),
    },
  };
}

/** Reads one contact's id: proves the token, the edition and the right to see contacts. */
async function testConnection(session: ConnectorSession): Promise<void> {
  await query(session, 'Contact.probe', 'SELECT Id FROM Contact LIMIT 1');
}

/** Null: no person accounts ("Person Accounts": `IsPersonAccount` on Account). Empty: the user's default record type. */
async function personRecordType(session: ConnectorSession): Promise<string | null> {
  if (!(await fieldsOf(session, 'Account'))?.has('IsPersonAccount')) return null;
  const where = "SobjectType = 'Account' AND IsPersonType = true AND IsActive = true";
  const page = await tryQuery(
    session,
    'RecordType.find',
    `SELECT Id FROM RecordType WHERE ${where} ORDER BY Id LIMIT 1`,
  );
  return rowId(page?.records[0]) ?? '';
}
