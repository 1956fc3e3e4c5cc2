import { searchableNumber } from './phones.ts';
import { type DealPipeline, findStage } from './pipelines.ts';
import type { ObjectType, Properties } from './records.ts';

type Kind = 'string' | 'date' | 'number' | 'list';

interface PropertyDefinition {
  readonly kind: Kind;
  readonly readOnly: boolean;
}

/** Answered when a request names no properties. */
export const DEFAULT_PROPERTIES: Readonly<Record<ObjectType, readonly string[]>> = {
  contacts: ['createdate', 'email', 'firstname', 'hs_object_id', 'lastmodifieddate', 'lastname'],
  deals: [
    'amount',
    'closedate',
    'createdate',
    'dealname',
    'dealstage',
    'hs_lastmodifieddate',
    'hs_object_id',
    'pipeline',
  ],
};

const WRITABLE: Readonly<Record<ObjectType, readonly string[]>> = {
  contacts: (
    'email firstname lastname phone mobilephone company jobtitle lifecyclestage hs_lead_status hubspot_owner_id ' +
    'salutation address city zip state country website fax message notes'
  ).split(' '),
  deals: 'dealname deal_currency_code dealstage pipeline hubspot_owner_id description dealtype'.split(' '),
};

const CALCULATED_PHONES = [
  'hs_searchable_calculated_phone_number',
  'hs_searchable_calculated_mobile_number',
  'hs_searchable_calculated_international_phone_number',
  'hs_searchable_calculated_international_mobile_number',
];

const LIFECYCLE_STAGES =
  'subscriber lead marketingqualifiedlead salesqualifiedlead opportunity customer evangelist other'.split(' ');

export const PROPERTIES: Readonly<Record<ObjectType, ReadonlyMap<string, PropertyDefinition>>> = {
  contacts: new Map([
    ...define(WRITABLE.contacts, 'string', false),
    ...define(CALCULATED_PHONES, 'string', true),
    ...define(['createdate', 'lastmodifieddate'], 'date', true),
    ...define(['hs_object_id'], 'number', true),
    ...define(['hs_additional_emails', 'hs_merged_object_ids'], 'list', true),
  ]),
  deals: new Map([
    ...define(WRITABLE.deals, 'string', false),
    ...define(['amount'], 'number', false),
    ...define(['closedate'], 'date', false),
    ...define(['createdate', 'hs_lastmodifieddate'], 'date', true),
    ...define(['hs_object_id', 'num_associated_contacts'], 'number', true),
    ...define(['hs_is_closed', 'hs_is_closed_won'], 'string', true),
    ...define(['hs_merged_object_ids'], 'list', true),
  ]),
};

function define(names: readonly string[], kind: Kind, readOnly: boolean): [string, PropertyDefinition][] {
  return names.map((name) => [name, { kind, readOnly }]);
}

/** Names that are known, in the order asked for; the rest is ignored. */
export function knownNames(type: ObjectType, wanted: readonly string[]): readonly string[] {
  if (wanted.length === 0) return DEFAULT_PROPERTIES[type];
  return [...new Set(wanted)].filter((name) => PROPERTIES[type].has(name));
}

/** Adds what HubSpot works out by itself. */
export function withCalculated(
  type: ObjectType,
  properties: Properties,
  pipelines: readonly DealPipeline[],
): Properties {
  if (type === 'contacts') {
    const calculated = calculatedPhones(searchableNumber(properties.phone), searchableNumber(properties.mobilephone));
    return compact({ ...properties, ...calculated });
  }
  const stage = findStage(pipelines, properties.dealstage);
  return compact({
    ...properties,
    hs_is_closed: String(stage?.isClosed ?? false),
    hs_is_closed_won: String(stage?.probability === '1.0'),
  });
}

interface Searchable {
  readonly national: string | null;
  readonly international: string | null;
}

export function calculatedPhones(phone: Searchable, mobile: Searchable): Record<string, string | null> {
  return {
    hs_searchable_calculated_phone_number: phone.national,
    hs_searchable_calculated_mobile_number: mobile.national,
    hs_searchable_calculated_international_phone_number: phone.international,
    hs_searchable_calculated_international_mobile_number: mobile.international,
  };
}

/** Drops what is not set. */
export function compact(properties: Readonly<Record<string, string | null | undefined>>): Properties {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(properties)) if (value) kept[name] = value;
  return kept;
}

export interface PropertyProblem {
  readonly message: string;
  readonly code: string;
  readonly context: Readonly<Record<string, readonly string[]>>;
}

/** What is wrong with values that somebody wants to write. */
export function problemsOf(type: ObjectType, values: Readonly<Record<string, string>>): PropertyProblem[] {
  const problems: PropertyProblem[] = [];
  const report = (name: string, code: string, message: string): void => {
    problems.push({ message, code, context: { propertyName: [name] } });
  };
  for (const [name, value] of Object.entries(values)) {
    const definition = PROPERTIES[type].get(name);
    if (!definition) report(name, 'PROPERTY_DOESNT_EXIST', `Property "${name}" does not exist`);
    else if (definition.readOnly) report(name, 'READ_ONLY_VALUE', `Property "${name}" is read only`);
    else if (name === 'email' && value !== '' && !/^[^\s@,;]+@[^\s@.]+(\.[^\s@.]+)+$/.test(value)) {
      report(name, 'INVALID_EMAIL', `Email address ${value} is invalid`);
    } else if (name === 'lifecyclestage' && value !== '' && !LIFECYCLE_STAGES.includes(value)) {
      report(name, 'INVALID_OPTION', `${value} is not among the options of "${name}"`);
    } else if (name === 'amount' && value !== '' && !/^-?\d+(\.\d+)?$/.test(value)) {
      report(name, 'INVALID_DOUBLE', `${value} is not a number`);
    } else if (name === 'closedate' && value !== '' && Number.isNaN(dateValue(value))) {
      report(name, 'INVALID_DATE', `${value} is not a date`);
    }
  }
  return problems;
}

/** Epoch ms of a stored or written date: epoch-ms text or ISO 8601. */
export function dateValue(value: string): number {
  return /^-?\d+$/.test(value) ? Number(value) : Date.parse(value);
}
