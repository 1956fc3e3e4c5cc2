/** Which fields are asked for. One that the org or this user does not have fails the whole query (`INVALID_FIELD`). */
import type { ConnectorSession } from '../connector.ts';
import { missingScope } from '../kit/failures.ts';
import { describeFields, orgOf, type SObject } from './client.ts';

const PERSON_FIELDS = ['Id', 'FirstName', 'LastName', 'Email', 'Phone', 'MobilePhone', 'OwnerId', 'IsDeleted'] as const;
const RECORD_FIELDS = ['CreatedDate', 'SystemModstamp'] as const;

/** What is wanted of each object. `CurrencyIsoCode` is there in orgs of several currencies only. */
const WANTED = {
  Contact: [
    ...PERSON_FIELDS,
    'HomePhone',
    'OtherPhone',
    'AccountId',
    'IsPersonAccount',
    'MasterRecordId',
    ...RECORD_FIELDS,
  ],
  Lead: [...PERSON_FIELDS, 'Company', 'Status', 'IsConverted', ...RECORD_FIELDS],
  Opportunity: [
    'Id',
    'Name',
    'StageName',
    'Amount',
    'CurrencyIsoCode',
    'CloseDate',
    'Probability',
    'IsClosed',
    'IsWon',
    'AccountId',
    'ContactId',
    'OwnerId',
    'IsDeleted',
    ...RECORD_FIELDS,
  ],
} as const;
export type Selected = keyof typeof WANTED;

/** Attributes of the account in which the fields that were there at the consent are kept, for live calls. */
export const FIELDS_ATTRIBUTE: Readonly<Record<Selected, string>> = {
  Contact: 'contactFields',
  Lead: 'leadFields',
  Opportunity: 'opportunityFields',
};

const described = new WeakMap<ConnectorSession, Map<SObject, Promise<ReadonlySet<string> | null>>>();

/** The fields of an object, asked once per session; null when the user may not see the object at all. */
export function fieldsOf(session: ConnectorSession, type: SObject): Promise<ReadonlySet<string> | null> {
  const known = described.get(session) ?? new Map<SObject, Promise<ReadonlySet<string> | null>>();
  described.set(session, known);
  const asked = known.get(type) ?? describeFields(orgOf(session), type).then((names) => names && new Set(names));
  known.set(type, asked);
  // A failed call is not remembered; the caller sees the failure through `asked` itself.
  asked.catch(() => known.delete(type));
  return asked;
}

/** What to select, as the org has it now; empty when the object is hidden. */
export async function selectionOf(session: ConnectorSession, type: Selected): Promise<readonly string[]> {
  const there = await fieldsOf(session, type);
  if (there === null) return [];
  const fields = WANTED[type].filter((name) => there.has(name));
  // A contact's company is the name of its account.
  return fields.includes('AccountId') && type === 'Contact' ? [...fields, 'Account.Name'] : fields;
}

/** The same, and an error where the object is hidden, or what a feed goes by: it can't be synced. */
export async function requiredSelection(session: ConnectorSession, type: Selected): Promise<readonly string[]> {
  const fields = await selectionOf(session, type);
  const missing = ['Id', 'IsDeleted', 'SystemModstamp'].filter((name) => !fields.includes(name));
  if (missing.length > 0) throw missingScope('Salesforce', fields.length === 0 ? [type] : missing);
  return fields;
}

/**
 * What to select for a caller who waits: as the org had it at the consent, because a description is some hundred
 * kilobytes long.
 */
export async function rememberedSelection(session: ConnectorSession, type: Selected): Promise<readonly string[]> {
  const remembered = session.account?.attributes[FIELDS_ATTRIBUTE[type]];
  if (remembered === undefined) return selectionOf(session, type);
  return remembered.split(' ').filter((name) => name !== '');
}
