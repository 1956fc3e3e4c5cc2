import { iso } from '../mechanics/clock.ts';

export type ObjectType = 'contacts' | 'deals';

/** Stored and calculated values; a property that is not set has no member. Never changed in place. */
export type Properties = Readonly<Record<string, string>>;

/** One state of a record: a write makes a new one, so that the search index can keep showing the old one. */
export interface Version {
  readonly properties: Properties;
  /** The modified date, epoch ms. */
  readonly updatedAt: number;
}

export interface HubSpotRecord {
  readonly type: ObjectType;
  readonly id: number;
  readonly createdAt: number;
  current: Version;
  /** `merged` records are neither listed nor archived; their id leads to the survivor. `erased` ones are nowhere. */
  state: 'live' | 'archived' | 'merged' | 'erased';
  archivedAt: number | null;
  mergedInto: number | null;
  /** Of a deal: the contacts it belongs to. */
  contactIds: readonly number[];
  /** What search shows; null: nothing. */
  indexed: Version | null;
  /** What search will show, and from when on. */
  waiting: { readonly at: number; readonly version: Version | null }[] | null;
}

/** The property that moves with every change. */
export const MODIFIED_PROPERTY: Readonly<Record<ObjectType, string>> = {
  contacts: 'lastmodifieddate',
  deals: 'hs_lastmodifieddate',
};

/** The version that search knows at this moment. */
export function indexedVersion(record: HubSpotRecord, now: number): Version | null {
  while (record.waiting) {
    const next = record.waiting[0];
    if (next && next.at > now) break;
    if (next) {
      record.indexed = next.version;
      record.waiting.shift();
    } else record.waiting = null;
  }
  return record.indexed;
}

/** Any property's value, also those that every record has without storing them. */
export function propertyValue(record: HubSpotRecord, version: Version, name: string): string | null {
  if (name === 'hs_object_id') return String(record.id);
  if (name === 'createdate') return iso(record.createdAt);
  if (name === MODIFIED_PROPERTY[record.type]) return iso(version.updatedAt);
  if (name === 'num_associated_contacts') return String(record.contactIds.length);
  return version.properties[name] ?? null;
}

/** A record as the API shows it, with the wanted properties. */
export function renderRecord(record: HubSpotRecord, version: Version, names: readonly string[]) {
  const properties: Record<string, string | null> = {};
  for (const name of names) properties[name] = propertyValue(record, version, name);
  return {
    id: String(record.id),
    properties,
    createdAt: iso(record.createdAt),
    updatedAt: iso(version.updatedAt),
    archived: record.state === 'archived',
    ...(record.state === 'archived' && record.archivedAt !== null ? { archivedAt: iso(record.archivedAt) } : {}),
  };
}
