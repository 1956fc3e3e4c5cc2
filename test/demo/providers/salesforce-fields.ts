/** Salesforce's truth and the hub's mirror in the same fields, worked out from each side by itself. */
import { parsePhoneNumberFromString } from 'libphonenumber-js/max';
import * as z from 'zod';
import { contactSchema } from '../../../lambdas/core/model/contact.ts';
import { dealSchema } from '../../../lambdas/core/model/deal.ts';
import type { Json, MirrorRecord } from '../../../lambdas/core/model/mirror-record.ts';
import type { SalesforceTruth } from '../../sandbox/salesforce/salesforce-control.ts';

type Fields = Readonly<Record<string, Json>>;

const sourceSchema = z.record(z.string(), z.json());
const RECORD_FIELDS = ['Id', 'OwnerId', 'IsDeleted', 'CreatedDate', 'SystemModstamp'];
const PHONE_FIELDS = ['Phone', 'MobilePhone', 'HomePhone', 'OtherPhone'];
const CONTACT_FIELDS = [
  ...RECORD_FIELDS,
  ...PHONE_FIELDS,
  'FirstName',
  'LastName',
  'Email',
  'AccountId',
  'MasterRecordId',
];
const OPPORTUNITY_FIELDS = [
  ...RECORD_FIELDS,
  'Name',
  'StageName',
  'Amount',
  'CloseDate',
  'Probability',
  'IsClosed',
  'IsWon',
  'ContactId',
];

export function trueContactFields({ fields, updatedAt }: SalesforceTruth): Fields {
  return {
    ...sourceFields(CONTACT_FIELDS, fields),
    'contact.emails': fields.Email ? [String(fields.Email).toLowerCase()] : [],
    'contact.phones': numbersOf(fields).toSorted(),
    'contact.firstName': fields.FirstName ?? null,
    'contact.lastName': fields.LastName ?? null,
    'contact.company': fields.Account?.Name ?? null,
    'record.updatedAt': updatedAt,
  };
}

export function mirroredContactFields(record: MirrorRecord): Fields {
  const { emails, phones, firstName, lastName, company } = contactSchema.parse(record.data);
  return {
    ...sourceFields(CONTACT_FIELDS, sourceSchema.parse(record.source)),
    'contact.emails': emails,
    'contact.phones': phones.flatMap(({ e164 }) => e164 ?? []).toSorted(),
    'contact.firstName': firstName,
    'contact.lastName': lastName,
    'contact.company': company,
    'record.updatedAt': record.updatedAt,
  };
}

export function trueOpportunityFields({ fields, updatedAt }: SalesforceTruth): Fields {
  return {
    ...sourceFields(OPPORTUNITY_FIELDS, fields),
    'deal.amount': typeof fields.Amount === 'number' ? fields.Amount : null,
    'deal.contactIds': fields.ContactId ? [fields.ContactId] : [],
    'deal.stage': fields.StageName ?? null,
    'deal.status': fields.IsWon ? 'won' : fields.IsClosed ? 'lost' : 'open',
    'deal.closesAt': fields.CloseDate ?? null,
    'record.updatedAt': updatedAt,
  };
}

export function mirroredOpportunityFields(record: MirrorRecord): Fields {
  const { value, contactIds, stage, status, closesAt } = dealSchema.parse(record.data);
  return {
    ...sourceFields(OPPORTUNITY_FIELDS, sourceSchema.parse(record.source)),
    'deal.amount': value === null ? null : Number(value.amount),
    'deal.contactIds': contactIds,
    'deal.stage': stage?.label ?? null,
    'deal.status': status,
    'deal.closesAt': closesAt,
    'record.updatedAt': record.updatedAt,
  };
}

/** A contact's own numbers as a British telephone reads them; the assistant's is not one of them. */
export function numbersOf(fields: SalesforceTruth['fields']): string[] {
  const numbers = PHONE_FIELDS.map((name) => parsePhoneNumberFromString(String(fields[name] ?? ''), 'GB'));
  return [...new Set(numbers.flatMap((number) => (number?.isValid() ? number.number : [])))];
}

/** Every field that the hub asks for. */
function sourceFields(names: readonly string[], fields: Readonly<Record<string, Json | undefined>>): Fields {
  return Object.fromEntries(names.map((name) => [`source.${name}`, fields[name] ?? null]));
}
