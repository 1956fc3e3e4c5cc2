/** Which fields are asked for. One that the org or this user does not have fails the whole query (`INVALID_FIELD`). */
import type { ConnectorSession } from '../connector.ts';
import { missingScope } from '../kit/failures.ts';
import { oncePerSession } from '../kit/remembered.ts';
import { describeFields } from './client.ts';

const PERSON = 'Id FirstName LastName Email Phone MobilePhone OwnerId IsDeleted';
const STAMPS = 'CreatedDate SystemModstamp';

/** What is wanted of each object. `CurrencyIsoCode` is there in orgs of several currencies only. */
const WANTED = {
  Contact: `${PERSON} HomePhone OtherPhone AccountId IsPersonAccount MasterRecordId ${STAMPS}`,
  Lead: `${PERSON} Company Status IsConverted ${STAMPS}`,
  Opportunity: `Id Name StageName Amount CurrencyIsoCode CloseDate Probability IsClosed IsWon AccountId ContactId OwnerId IsDeleted ${STAMPS}`,
} as const;
export type Selected = keyof typeof WANTED;

/** Attributes of the account in which what live calls need to know of the org is kept at the consent. */
export const ATTRIBUTES = {
  Contact: 'contactFields',
  Lead: 'leadFields',
  /** The org keeps people as person accounts: the record type for them, or nothing for the user's default. */
  personAccounts: 'personAccountRecordType',
} as const;

/** The fields of an object, asked once per session; null when the user may not see the object at all. */
export const fieldsOf = oncePerSession(describeFields);

/** What to select, as the org has it now; empty when the object is hidden. */
export async function selectionOf(session: ConnectorSession, type: Selected): Promise<readonly string[]> {
  const there = await fieldsOf(session, type);
  const fields = WANTED[type].split(' ').filter((name) => there?.has(name));
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

/** What to select for a caller who waits: as it was at the consent, because a description has some hundred kilobytes. */
export async function rememberedSelection(session: ConnectorSession, type: 'Contact' | 'Lead') {
  const remembered = session.account?.attributes[ATTRIBUTES[type]];
  return remembered?.split(' ').filter((name) => name !== '') ?? selectionOf(session, type);
}
