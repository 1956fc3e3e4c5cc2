import { refusedField, SalesforceFailure } from './errors.ts';
import { fieldsOf, MAX_LENGTH } from './objects.ts';
import type { Org } from './org.ts';
import { render } from './query.ts';
import type { Fields, Row, Value } from './store.ts';

const NOT_WRITABLE = [
  'Id',
  'IsDeleted',
  'CreatedDate',
  'LastModifiedDate',
  'SystemModstamp',
  'MasterRecordId',
  'IsPersonAccount',
  'PersonContactId',
];

/** Creates a contact or, with `LastName`, a person account, as the API's callers and people in the org do. */
export function createPerson(org: Org, type: 'Account' | 'Contact' | 'Lead', given: Fields, late = 0): Row {
  const fields = checked(org, type, given);
  const { store } = org;
  const missing = ['LastName', ...store.settings.requiredOnCreate].filter((name) => (fields[name] ?? '') === '');
  if (type === 'Account' && fields.LastName === undefined && typeof fields.Name === 'string')
    return store.create(type, fields, late);
  if (missing.length > 0) {
    throw refusedField('REQUIRED_FIELD_MISSING', `Required fields are missing: [${missing.join(', ')}]`, missing);
  }
  const mobile = fields[type === 'Account' ? 'PersonMobilePhone' : 'MobilePhone'];
  const person = {
    ...fields,
    Email: fields[type === 'Account' ? 'PersonEmail' : 'Email'] ?? null,
    MobilePhone: mobile ?? null,
  };
  refuseDuplicates(org, person);
  if (type !== 'Account') return store.create(type, { OwnerId: org.userId, ...fields }, late);
  const name = [fields.FirstName, fields.LastName].filter(Boolean).join(' ');
  const account = store.create('Account', { ...fields, Name: name, IsPersonAccount: true, OwnerId: org.userId }, late);
  const contact = store.create(
    'Contact',
    {
      FirstName: fields.FirstName ?? null,
      LastName: fields.LastName ?? null,
      Email: person.Email,
      Phone: fields.Phone ?? null,
      MobilePhone: person.MobilePhone,
      AccountId: account.id,
      IsPersonAccount: true,
      OwnerId: org.userId,
    },
    late,
  );
  account.fields = { ...account.fields, PersonContactId: contact.id };
  return account;
}

/** The values, if this user may write them all. */
export function checked(org: Org, type: string, given: Fields): Fields {
  const known = fieldsOf(type, org) ?? {};
  for (const [name, value] of Object.entries(given)) {
    const kind = known[name];
    if (kind === undefined || NOT_WRITABLE.includes(name)) {
      throw new SalesforceFailure(400, 'INVALID_FIELD', `No such column '${name}' on sobject of type ${type}`);
    }
    const longest = MAX_LENGTH[name] ?? 255;
    if (typeof value === 'string' && value.length > longest) {
      throw refusedField('STRING_TOO_LONG', `${name}: data value too large (max length=${longest})`, [name]);
    }
    if (kind === 'email' && value !== null && !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(String(value))) {
      throw refusedField('INVALID_EMAIL_ADDRESS', `${name}: invalid email address`, [name]);
    }
  }
  return given;
}

/** A matching rule as orgs have it: the same address, or the same last name and the same last digits. */
function refuseDuplicates(org: Org, person: Fields): void {
  const { duplicateRule, duplicateMember } = org.store.settings;
  if (duplicateRule === 'off') return;
  const matchResults = (['Contact', 'Lead'] as const).flatMap((type) => {
    const matches = [...org.store.live(type)].filter((row) => isLike(row.fields, person));
    if (matches.length === 0) return [];
    const matchRecords = matches.map((row) => ({
      additionalInformation: [],
      fieldDiffs: [],
      matchConfidence: 100,
      record: render(org, row, ['Id']),
    }));
    return [
      {
        entityType: type,
        errors: [],
        matchEngine: 'ExactMatchEngine',
        matchRecords,
        rule: 'Same_Person',
        size: matches.length,
        success: true,
      },
    ];
  });
  if (matchResults.length === 0) return;
  throw new SalesforceFailure(400, 'DUPLICATES_DETECTED', 'Use one of these records?', {
    [duplicateMember]: {
      allowSave: false,
      duplicateRule: 'Same_Person',
      duplicateRuleEntityType: 'Contact',
      errorMessage: 'Use one of these records?',
      matchResults,
    },
  });
}

function isLike(known: Fields, wanted: Fields): boolean {
  const same = (name: string) => lower(known[name]) !== '' && lower(known[name]) === lower(wanted[name]);
  const digits = [wanted.Phone, wanted.MobilePhone].map(lastDigits).filter((text) => text !== '');
  const number = [known.Phone, known.MobilePhone].map(lastDigits).some((text) => digits.includes(text));
  return same('Email') || (same('LastName') && number);
}

function lower(value: Value | undefined): string {
  return String(value ?? '').toLowerCase();
}

function lastDigits(value: Value | undefined): string {
  const digits = String(value ?? '').replace(/\D/g, '');
  return digits.length < 9 ? '' : digits.slice(-9);
}
