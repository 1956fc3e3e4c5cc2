import type { Deal } from '../../core/model/deal.ts';
import type { SourceRecord } from '../../core/model/mirror-record.ts';
import type { ConnectorSession } from '../connector.ts';
import { type Rejected, readEach } from '../kit/read-each.ts';
import { queryAmong } from './client.ts';
import { fieldsOf } from './fields.ts';
import { toDealRecord } from './map.ts';
import { opportunitySchema, roleSchema, rowId } from './schemas.ts';

/** Reads opportunities. `ContactId` is the primary contact; where the org hides it, the contact roles say the same. */
export async function readOpportunities(
  session: ConnectorSession,
  rows: readonly unknown[],
): Promise<{ read: SourceRecord<Deal>[]; rejected: Rejected[] }> {
  const { read, rejected } = readEach(rows, (row) => opportunitySchema.parse(row), rowId);
  const named = (await fieldsOf(session, 'Opportunity'))?.has('ContactId') ?? false;
  const ids = named ? [] : read.map(({ Id }) => Id);
  const contacts = await primaryContacts(session, ids);
  return { read: read.map((row) => toDealRecord(row, contacts.get(row.Id) ?? [])), rejected };
}

/** By opportunity; empty where the user may not see contact roles. */
async function primaryContacts(session: ConnectorSession, ids: readonly string[]): Promise<Map<string, string[]>> {
  const contacts = new Map<string, string[]>();
  if (ids.length === 0 || (await fieldsOf(session, 'OpportunityContactRole')) === null) return contacts;
  const select =
    'SELECT Id, OpportunityId, ContactId FROM OpportunityContactRole WHERE IsPrimary = true AND OpportunityId IN';
  const roles = await queryAmong(session, 'OpportunityContactRole.read', select, ids);
  for (const { OpportunityId, ContactId } of roles.map((row) => roleSchema.parse(row))) {
    if (ContactId) contacts.set(OpportunityId, [...(contacts.get(OpportunityId) ?? []), ContactId]);
  }
  return contacts;
}
