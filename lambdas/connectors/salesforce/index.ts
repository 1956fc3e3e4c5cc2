import { type ProviderAccount, timeZoneSchema } from '../../core/model/integration.ts';
import type { ConnectorSession, IntegrationConnector } from '../connector.ts';
import { idOf } from '../kit/read-each.ts';
import { orgOf, query, tryQuery, unreadable } from './client.ts';
import { lookupContact } from './contacts.ts';
import { createContact, PERSON_ACCOUNTS_ATTRIBUTE } from './create-contact.ts';
import { classifyError, quotaPauseMs } from './errors.ts';
import { FIELDS_ATTRIBUTE, fieldsOf, requiredSelection, selectionOf } from './fields.ts';
import { manifest } from './manifest.ts';
import { organizationSchema, recordIdSchema } from './schemas.ts';
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
  return {
    manifest,
    identifyAccount,
    testConnection,
    syncData,
    lookupContact,
    createContact,
    quotaPauseMs,
    classifyError,
  };
}

/**
 * The org. The calls made here also prove that its edition gives access by API (`API_DISABLED_FOR_ORG`), before
 * anything is stored; what live calls need to know of the org is kept.
 */
async function identifyAccount(session: ConnectorSession): Promise<ProviderAccount> {
  const contactFields = await requiredSelection(session, 'Contact');
  const [leadFields, recordType, organization] = await Promise.all([
    selectionOf(session, 'Lead'),
    personRecordType(session),
    organizationOf(session),
  ]);
  const { orgId = organization.Id, userId } = identityOf(session);
  const timeZone = timeZoneSchema.safeParse(organization.TimeZoneSidKey).data;
  return {
    id: orgId,
    name: organization.Name ?? null,
    attributes: {
      [FIELDS_ATTRIBUTE.Contact]: contactFields.join(' '),
      [FIELDS_ATTRIBUTE.Lead]: leadFields.join(' '),
      ...(userId === undefined ? {} : { userId }),
      ...(recordType === null ? {} : { [PERSON_ACCOUNTS_ATTRIBUTE]: recordType }),
      ...(timeZone === undefined ? {} : { timeZone }),
    },
  };
}

/** The token answer's `id` ends in the ids of org and user ("Identity URLs"). */
function identityOf({ account }: ConnectorSession): { orgId?: string; userId?: string } {
  const [, orgId, userId] = /\/id\/(00D\w+)\/(005\w+)$/.exec(account?.attributes.id ?? '') ?? [];
  const org = recordIdSchema.safeParse(orgId);
  const user = recordIdSchema.safeParse(userId);
  return org.success && user.success ? { orgId: org.data, userId: user.data } : {};
}

/** Reads one contact's id: proves the token, the edition and the right to see contacts. */
async function testConnection(session: ConnectorSession): Promise<void> {
  await query(orgOf(session), 'Contact.probe', 'SELECT Id FROM Contact LIMIT 1');
}

async function organizationOf(session: ConnectorSession) {
  const soql = 'SELECT Id, Name, TimeZoneSidKey FROM Organization LIMIT 1';
  const page = await query(orgOf(session), 'Organization.read', soql);
  const organization = organizationSchema.safeParse(page.records[0]);
  if (!organization.success) throw unreadable('Organization.read');
  return organization.data;
}

/** Null: no person accounts ("Person Accounts": `IsPersonAccount` on Account). Empty: the user's default record type. */
async function personRecordType(session: ConnectorSession): Promise<string | null> {
  if (!(await fieldsOf(session, 'Account'))?.has('IsPersonAccount')) return null;
  const page = await tryQuery(
    orgOf(session),
    'RecordType.find',
    "SELECT Id FROM RecordType WHERE SobjectType = 'Account' AND IsPersonType = true AND IsActive = true ORDER BY Id LIMIT 1",
  );
  const [row] = page?.records ?? [];
  return recordIdSchema.safeParse(idOf(row, 'Id')).data ?? '';
}
