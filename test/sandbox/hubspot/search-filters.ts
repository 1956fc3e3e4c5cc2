import * as z from 'zod';
import { validationFailed } from './errors.ts';
import { dateValue, PROPERTIES } from './properties.ts';
import { type HubSpotRecord, MODIFIED_PROPERTY, type ObjectType, propertyValue, type Version } from './records.ts';

const OPERATORS = [
  'EQ',
  'NEQ',
  'LT',
  'LTE',
  'GT',
  'GTE',
  'BETWEEN',
  'IN',
  'NOT_IN',
  'HAS_PROPERTY',
  'NOT_HAS_PROPERTY',
  'CONTAINS_TOKEN',
  'NOT_CONTAINS_TOKEN',
] as const;

export const filterSchema = z.object({
  propertyName: z.string(),
  operator: z.enum(OPERATORS),
  value: z.string().optional(),
  highValue: z.string().optional(),
  values: z.array(z.string()).optional(),
});
export type Filter = z.infer<typeof filterSchema>;

export type Match = (record: HubSpotRecord, version: Version) => boolean;

/** A filter as a function over a record and its indexed version; refuses what HubSpot refuses. */
export function compileFilter(type: ObjectType, filter: Filter): Match {
  const name = filter.propertyName;
  const kind = PROPERTIES[type].get(name)?.kind;
  if (!kind) throw validationFailed(`There is no property with the name ${name}`);
  const text: (record: HubSpotRecord, version: Version) => string | null = (record, version) =>
    propertyValue(record, version, name);
  switch (filter.operator) {
    case 'HAS_PROPERTY':
      return (record, version) => text(record, version) !== null;
    case 'NOT_HAS_PROPERTY':
      return (record, version) => text(record, version) === null;
    case 'CONTAINS_TOKEN':
      return tokenMatch(text, required(filter, 'value'));
    case 'NOT_CONTAINS_TOKEN':
      return not(tokenMatch(text, required(filter, 'value')));
    case 'IN':
    case 'NOT_IN': {
      const wanted = new Set(filter.values ?? []);
      if (wanted.size === 0) throw validationFailed(`Operator ${filter.operator} needs values`);
      const isIn: Match = (record, version) => elements(kind, text(record, version)).some((value) => wanted.has(value));
      return filter.operator === 'IN' ? isIn : not(isIn);
    }
    default:
      return kind === 'date' || kind === 'number'
        ? numericMatch(filter, numberOf(type, name, kind))
        : textMatch(filter, (record, version) => elements(kind, text(record, version)));
  }
}

type NumberOf = (record: HubSpotRecord, version: Version) => number | null;

/** The properties that every search uses are read without a detour over text. */
function numberOf(type: ObjectType, name: string, kind: 'date' | 'number'): NumberOf {
  if (name === 'hs_object_id') return (record) => record.id;
  if (name === 'createdate') return (record) => record.createdAt;
  if (name === MODIFIED_PROPERTY[type]) return (_, version) => version.updatedAt;
  return (record, version) => {
    const value = propertyValue(record, version, name);
    if (value === null) return null;
    return kind === 'date' ? dateValue(value) : Number(value);
  };
}

function numericMatch(filter: Filter, read: NumberOf): Match {
  const low = numberIn(filter, 'value');
  const high = filter.operator === 'BETWEEN' ? numberIn(filter, 'highValue') : 0;
  return compare(filter, read, low, high);
}

function numberIn(filter: Filter, member: 'value' | 'highValue'): number {
  const value = required(filter, member);
  if (!/^-?\d+(\.\d+)?$/.test(value)) {
    throw validationFailed(
      `${filter.propertyName} is compared with a number (dates: epoch milliseconds), not with ${value}`,
    );
  }
  return Number(value);
}

/** Text is compared without regard to case, member by member where a property is a list. */
function textMatch(filter: Filter, read: (record: HubSpotRecord, version: Version) => readonly string[]): Match {
  const low = required(filter, 'value').toLowerCase();
  const high = filter.operator === 'BETWEEN' ? required(filter, 'highValue').toLowerCase() : '';
  if (filter.operator === 'EQ') return (record, version) => read(record, version).includes(low);
  if (filter.operator === 'NEQ') return (record, version) => !read(record, version).includes(low);
  return compare(filter, (record, version) => read(record, version)[0] ?? null, low, high);
}

function compare<T extends number | string>(
  filter: Filter,
  read: (record: HubSpotRecord, version: Version) => T | null,
  low: T,
  high: T,
): Match {
  const on =
    (test: (value: T) => boolean): Match =>
    (record, version) => {
      const value = read(record, version);
      return value !== null && test(value);
    };
  switch (filter.operator) {
    case 'EQ':
      return on((value) => value === low);
    case 'NEQ':
      return not(on((value) => value === low));
    case 'LT':
      return on((value) => value < low);
    case 'LTE':
      return on((value) => value <= low);
    case 'GT':
      return on((value) => value > low);
    case 'GTE':
      return on((value) => value >= low);
    case 'BETWEEN':
      return on((value) => value >= low && value <= high);
    default:
      throw validationFailed(`Operator ${filter.operator} does not fit ${filter.propertyName}`);
  }
}

/** A word of the value, or the whole value; `*` stands for any characters. */
function tokenMatch(read: (record: HubSpotRecord, version: Version) => string | null, wanted: string): Match {
  const source = wanted.toLowerCase().split('*').map(escaped).join('.*');
  const pattern = new RegExp(`^${source}$`, 'u');
  return (record, version) => {
    const value = read(record, version)?.toLowerCase();
    if (value === undefined) return false;
    const tokens = [value, ...value.split(/[\s;,]+/), ...value.split(/[^\p{L}\p{N}]+/u)];
    return tokens.some((token) => token !== '' && pattern.test(token));
  };
}

function not(match: Match): Match {
  return (record, version) => !match(record, version);
}

function elements(kind: string, value: string | null): readonly string[] {
  if (value === null) return [];
  return kind === 'list' ? value.toLowerCase().split(';') : [value.toLowerCase()];
}

function required(filter: Filter, member: 'value' | 'highValue'): string {
  const value = filter[member];
  if (value === undefined || value === '') throw validationFailed(`Operator ${filter.operator} needs ${member}`);
  return value;
}

function escaped(text: string): string {
  return text.replace(/[\\^$.|?+()[\]{}/-]/g, '\\$&');
}
