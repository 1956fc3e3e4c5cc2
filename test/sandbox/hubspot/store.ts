import type { SandboxClock } from '../mechanics/clock.ts';
import type { DealPipeline } from './pipelines.ts';
import { compact, withCalculated } from './properties.ts';
import {
  type HubSpotRecord,
  indexedVersion,
  MODIFIED_PROPERTY,
  type ObjectType,
  type Properties,
  type Version,
} from './records.ts';
import type { HubSpotSettings } from './settings.ts';

/** Calculating takes time; an edit of thousands of rows does it only where it can change something. */
const CALCULATED_FROM = ['phone', 'mobilephone', 'dealstage'];

/** The records of one portal, and the search index that follows them with some delay. */
export class HubSpotStore {
  readonly pipelines: DealPipeline[];
  readonly clock: SandboxClock;
  readonly settings: HubSpotSettings;
  /** By id, ascending: ids only ever grow. */
  readonly #rows: Readonly<Record<ObjectType, HubSpotRecord[]>> = { contacts: [], deals: [] };
  readonly #byId: Readonly<Record<ObjectType, Map<number, HubSpotRecord>>> = { contacts: new Map(), deals: new Map() };
  /** Primary and secondary addresses of live contacts. */
  readonly #emails = new Map<string, HubSpotRecord>();
  readonly #dealsOf = new Map<number, Set<HubSpotRecord>>();

  constructor(pipelines: DealPipeline[], clock: SandboxClock, settings: HubSpotSettings) {
    this.pipelines = pipelines;
    this.clock = clock;
    this.settings = settings;
  }

  /** Adds a row as if it had always been there. `properties` are complete, calculated ones included. */
  load(
    type: ObjectType,
    row: { id: number; createdAt: number; updatedAt: number; properties: Properties; contactIds?: readonly number[] },
  ): void {
    const version = { properties: row.properties, updatedAt: row.updatedAt };
    const record = this.#insert(type, row.id, row.createdAt, version, row.contactIds ?? []);
    record.indexed = version;
  }

  create(
    type: ObjectType,
    properties: Properties,
    contactIds: readonly number[] = [],
    createdAt: number | null = null,
  ): HubSpotRecord {
    const now = this.clock.now();
    const version = { properties: withCalculated(type, lowerEmail(properties), this.pipelines), updatedAt: now };
    const record = this.#insert(type, this.nextId(type), createdAt ?? now, version, contactIds);
    this.#index(record, version);
    return record;
  }

  /** Sets values; an empty one clears. The modified date moves only if something changed, or if `at` says so. */
  change(record: HubSpotRecord, values: Readonly<Record<string, string>>, at: number | null = null): void {
    const before = record.current;
    const plain = compact({ ...before.properties, ...lowerEmail(values) });
    const recalculate = CALCULATED_FROM.some((name) => name in values);
    const properties = recalculate ? withCalculated(record.type, plain, this.pipelines) : plain;
    if (at === null && sameValues(before.properties, properties)) return;
    this.#forgetEmails(record);
    this.#put(record, { properties, updatedAt: at ?? this.clock.now() });
    this.#noteEmails(record);
  }

  archive(record: HubSpotRecord): void {
    record.state = 'archived';
    record.archivedAt = this.clock.now();
    this.#forgetEmails(record);
    this.#index(record, null);
    this.#touchDealsOf(record);
  }

  restore(record: HubSpotRecord): void {
    record.state = 'live';
    record.archivedAt = null;
    this.#noteEmails(record);
    this.#put(record, { ...record.current, updatedAt: this.clock.now() });
    this.#touchDealsOf(record);
  }

  /** GDPR: the record is nowhere from now on, not even among the archived. */
  erase(record: HubSpotRecord): void {
    this.#leave(record, 'erased');
    this.#touchDealsOf(record);
    for (const deal of this.#dealsOf.get(record.id) ?? []) {
      deal.contactIds = deal.contactIds.filter((id) => id !== record.id);
    }
    this.#dealsOf.delete(record.id);
  }

  /** Takes a record out of every list because `survivor` stands for it now. */
  absorb(record: HubSpotRecord, survivor: HubSpotRecord): void {
    this.#leave(record, 'merged');
    record.mergedInto = survivor.id;
    if (record.type === 'deals') {
      this.#link(survivor, [...new Set([...survivor.contactIds, ...record.contactIds])]);
      return;
    }
    for (const deal of this.#dealsOf.get(record.id) ?? []) {
      this.#link(deal, [...new Set(deal.contactIds.map((id) => (id === record.id ? survivor.id : id)))]);
    }
    this.#dealsOf.delete(record.id);
    this.#touchDealsOf(survivor);
  }

  /** By id; a merged id leads to the survivor. Erased records are not found. */
  find(type: ObjectType, id: number): HubSpotRecord | null {
    let record = this.#byId[type].get(id);
    while (record?.state === 'merged' && record.mergedInto !== null) record = this.#byId[type].get(record.mergedInto);
    return record && record.state !== 'erased' ? record : null;
  }

  findByEmail(email: string, secondaryToo: boolean): HubSpotRecord | null {
    const record = this.#emails.get(email.trim().toLowerCase());
    if (!record) return null;
    return secondaryToo || record.current.properties.email === email.trim().toLowerCase() ? record : null;
  }

  /** All rows from an id on, whatever their state. */
  rowsFrom(type: ObjectType, id: number): { rows: readonly HubSpotRecord[]; start: number } {
    const rows = this.#rows[type];
    let low = 0;
    let high = rows.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((rows[middle]?.id ?? 0) < id) low = middle + 1;
      else high = middle;
    }
    return { rows, start: low };
  }

  *live(type: ObjectType): Generator<HubSpotRecord> {
    for (const record of this.#rows[type]) if (record.state === 'live') yield record;
  }

  /** The live contacts of a deal, or the live deals of a contact. */
  associated(record: HubSpotRecord): number[] {
    const ids =
      record.type === 'deals' ? record.contactIds : [...(this.#dealsOf.get(record.id) ?? [])].map((deal) => deal.id);
    const other = record.type === 'deals' ? 'contacts' : 'deals';
    return ids.filter((id) => this.#byId[other].get(id)?.state === 'live').sort((a, b) => a - b);
  }

  associate(deal: HubSpotRecord, contactIds: readonly number[]): void {
    this.#link(deal, contactIds);
  }

  nextId(type: ObjectType): number {
    return (this.#rows[type].at(-1)?.id ?? 1000) + 1 + (this.#rows[type].length % 7);
  }

  #insert(
    type: ObjectType,
    id: number,
    createdAt: number,
    current: Version,
    contactIds: readonly number[],
  ): HubSpotRecord {
    const record: HubSpotRecord = {
      type,
      id,
      createdAt,
      current,
      state: 'live',
      archivedAt: null,
      mergedInto: null,
      contactIds: [],
      indexed: null,
      waiting: null,
    };
    this.#rows[type].push(record);
    this.#byId[type].set(id, record);
    if (type === 'contacts') this.#noteEmails(record);
    else this.#link(record, contactIds);
    return record;
  }

  #put(record: HubSpotRecord, version: Version): void {
    record.current = version;
    this.#index(record, version);
  }

  #index(record: HubSpotRecord, version: Version | null): void {
    const now = this.clock.now();
    indexedVersion(record, now);
    record.waiting ??= [];
    record.waiting.push({ at: now + this.settings.searchLagMs, version });
  }

  #leave(record: HubSpotRecord, state: 'merged' | 'erased'): void {
    this.#forgetEmails(record);
    record.state = state;
    this.#index(record, null);
  }

  #link(deal: HubSpotRecord, contactIds: readonly number[]): void {
    for (const id of deal.contactIds) this.#dealsOf.get(id)?.delete(deal);
    deal.contactIds = contactIds;
    for (const id of contactIds) {
      const deals = this.#dealsOf.get(id) ?? new Set();
      this.#dealsOf.set(id, deals.add(deal));
    }
  }

  #touchDealsOf(record: HubSpotRecord): void {
    if (record.type !== 'contacts' || !this.settings.associationChangesTouchDeals) return;
    for (const deal of this.#dealsOf.get(record.id) ?? []) {
      this.#put(deal, { ...deal.current, updatedAt: this.clock.now() });
    }
  }

  #noteEmails(record: HubSpotRecord): void {
    for (const email of emailsOf(record)) if (!this.#emails.has(email)) this.#emails.set(email, record);
  }

  #forgetEmails(record: HubSpotRecord): void {
    for (const email of emailsOf(record)) if (this.#emails.get(email) === record) this.#emails.delete(email);
  }
}

function emailsOf({ type, current: { properties } }: HubSpotRecord): string[] {
  if (type !== 'contacts') return [];
  return [properties.email ?? '', ...(properties.hs_additional_emails ?? '').split(';')].filter(
    (email) => email !== '',
  );
}

/** HubSpot keeps addresses in lower case. */
function lowerEmail<T extends Readonly<Record<string, string>>>(values: T): Readonly<Record<string, string>> {
  return values.email === undefined ? values : { ...values, email: values.email.trim().toLowerCase() };
}

function sameValues(before: Properties, after: Properties): boolean {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].every((name) => before[name] === after[name]);
}

/** Every live record as the portal itself knows it, with all that is stored. */
export function* truthOf(store: HubSpotStore, type: ObjectType): Generator<unknown> {
  for (const record of store.live(type)) {
    const { properties, updatedAt } = record.current;
    yield {
      id: String(record.id),
      properties: {
        ...properties,
        hs_object_id: String(record.id),
        createdate: new Date(record.createdAt).toISOString(),
        [MODIFIED_PROPERTY[type]]: new Date(updatedAt).toISOString(),
      },
      createdAt: new Date(record.createdAt).toISOString(),
      updatedAt: new Date(updatedAt).toISOString(),
      ...(type === 'deals' ? { contactIds: store.associated(record).map(String) } : {}),
    };
  }
}
