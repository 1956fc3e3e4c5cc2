import type { ObjectName } from './record-ids.ts';

export type FieldType =
  | 'id'
  | 'reference'
  | 'string'
  | 'email'
  | 'phone'
  | 'picklist'
  | 'boolean'
  | 'currency'
  | 'percent'
  | 'date'
  | 'datetime';

/** What an org may have beyond the plain one. */
export interface OrgFeatures {
  readonly personAccounts: boolean;
  readonly multiCurrency: boolean;
}

const RECORD: Readonly<Record<string, FieldType>> = {
  Id: 'id',
  IsDeleted: 'boolean',
  OwnerId: 'reference',
  CreatedDate: 'datetime',
  LastModifiedDate: 'datetime',
  SystemModstamp: 'datetime',
};
const PERSON: Readonly<Record<string, FieldType>> = {
  MasterRecordId: 'reference',
  FirstName: 'string',
  LastName: 'string',
  Email: 'email',
  Phone: 'phone',
  MobilePhone: 'phone',
};
const OBJECTS: Readonly<Record<Exclude<ObjectName, 'User'>, Readonly<Record<string, FieldType>>>> = {
  Account: { ...RECORD, MasterRecordId: 'reference', Name: 'string', Phone: 'phone' },
  Contact: {
    ...RECORD,
    ...PERSON,
    AccountId: 'reference',
    HomePhone: 'phone',
    OtherPhone: 'phone',
    AssistantPhone: 'phone',
  },
  Lead: {
    ...RECORD,
    ...PERSON,
    Company: 'string',
    Status: 'picklist',
    IsConverted: 'boolean',
    ConvertedContactId: 'reference',
  },
  Opportunity: {
    ...RECORD,
    Name: 'string',
    StageName: 'picklist',
    Amount: 'currency',
    CloseDate: 'date',
    Probability: 'percent',
    IsClosed: 'boolean',
    IsWon: 'boolean',
    AccountId: 'reference',
    ContactId: 'reference',
  },
  OpportunityContactRole: {
    ...RECORD,
    OpportunityId: 'reference',
    ContactId: 'reference',
    IsPrimary: 'boolean',
    Role: 'picklist',
  },
  Organization: {
    Id: 'id',
    Name: 'string',
    OrganizationType: 'picklist',
    TimeZoneSidKey: 'picklist',
    SystemModstamp: 'datetime',
  },
  RecordType: { Id: 'id', Name: 'string', SobjectType: 'picklist', IsActive: 'boolean', SystemModstamp: 'datetime' },
};

/** The longest text of a field, where it is short. */
export const MAX_LENGTH: Readonly<Record<string, number>> = {
  FirstName: 40,
  LastName: 80,
  Email: 80,
  Phone: 40,
  MobilePhone: 40,
  PersonMobilePhone: 40,
};

/** The fields of an object as this kind of org has them; null when there is no such object. */
export function fieldsOf(type: string, org: OrgFeatures): Readonly<Record<string, FieldType>> | null {
  if (!isObject(type)) return null;
  const extra: Record<string, FieldType> = {};
  if (org.multiCurrency && type === 'Opportunity') extra.CurrencyIsoCode = 'picklist';
  if (org.personAccounts && (type === 'Account' || type === 'Contact')) extra.IsPersonAccount = 'boolean';
  if (org.personAccounts && type === 'RecordType') extra.IsPersonType = 'boolean';
  if (org.personAccounts && type === 'Account') {
    Object.assign(extra, {
      FirstName: 'string',
      LastName: 'string',
      PersonEmail: 'email',
      PersonMobilePhone: 'phone',
      PersonContactId: 'reference',
      RecordTypeId: 'reference',
    });
  }
  return { ...OBJECTS[type], ...extra };
}

export function isObject(type: string): type is keyof typeof OBJECTS {
  return Object.hasOwn(OBJECTS, type);
}
