import type { SandboxClock } from '../mechanics/clock.ts';
import { type ObjectName, recordId } from './record-ids.ts';
import type { SalesforceSettings } from './settings.ts';

export type Value = string | number | boolean | null;
export type Fields = Readonly<Record<string, Value>>;

/** A record; `fields` is never changed in place, so that the search index can keep an older version. */
export interface Row {
  readonly type: ObjectName;
  readonly id: string;
  /** Epoch ms, whole seconds. */
  readonly createdAt: number;
  stamp: number;
  fields: Fields;
  /** `binned`: in the recycle bin. `gone`: nowhere any more. */
  state: 'live' | 'binned' | 'gone';
  /** Out of what the connected user may see. */
  hidden: boolean;
  /** What search shows; null: nothing. */
  indexed: Fields | null;
  waiting: { readonly at: number; readonly fields: Fields | null }[];
}

const FIRST_NUMBER = 14_776_300;

/** The records of one org, the search index that follows them late, and the log of deletions. */
export class SalesforceStore {
  readonly clock: SandboxClock;
  readonly settings: SalesforceSettings;
  readonly deletions: { readonly type: ObjectName; readonly id: string; readonly at: number }[] = [];
  readonly #rows = new Map<ObjectName, Row[]>();
  readonly #byId = new Map<string, Row>();
  readonly #rolesOf = new Map<string, Row[]>();

  constructor(clock: SandboxClock, settings: SalesforceSettings) {
    this.clock = clock;
    this.settings = settings;
  }

  /** Adds a record as if it had always been there, search included. */
  load(type: ObjectName, fields: Fields, createdAt: number, stamp: number): Row {
    const row = this.#insert(type, fields, seconds(createdAt), seconds(stamp));
    row.indexed = fields;
    return row;
  }

  /** @param late how long ago it was stamped: rows are committed late at times. In ms. */
  create(type: ObjectName, fields: Fields, late = 0): Row {
    const now = seconds(this.clock.now() - late);
    const row = this.#insert(type, fields, now, now);
    this.#index(row, fields);
    return row;
  }

  change(row: Row, fields: Fields, at: number | null = null): void {
    row.fields = { ...row.fields, ...fields };
    // One record's writers wait for each other, so its own stamp never goes back.
    row.stamp = Math.max(row.stamp, seconds(at ?? this.clock.now()));
    this.#index(row, row.fields);
  }

  /** Into the recycle bin; `master`: because it was merged into that one. Contact roles go with their contact. */
  remove(row: Row, master: string | null = null): void {
    const now = this.clock.now();
    row.state = 'binned';
    if (master !== null) row.fields = { ...row.fields, MasterRecordId: master };
    if (this.settings.deleteMovesStamp || master !== null) row.stamp = seconds(now);
    this.deletions.push({ type: row.type, id: row.id, at: now });
    this.#index(row, null);
    if (row.type === 'Contact') for (const role of [...this.rolesOf(row.id)]) this.remove(role);
    if (row.type === 'OpportunityContactRole') this.#opportunityChanged(row);
  }

  restore(row: Row): void {
    row.state = 'live';
    if (this.settings.restoreMovesStamp) row.stamp = seconds(this.clock.now());
    this.#index(row, row.fields);
  }

  /** Out of the recycle bin for good; the log of deletions still tells. */
  purge(row: Row): void {
    if (row.state === 'live') this.remove(row);
    row.state = 'gone';
  }

  find(id: string): Row | null {
    return this.#byId.get(id) ?? null;
  }

  /** Ids only grow. */
  rows(type: ObjectName): readonly Row[] {
    return this.#rows.get(type) ?? [];
  }

  *live(type: ObjectName): Generator<Row> {
    for (const row of this.rows(type)) if (row.state === 'live' && !row.hidden) yield row;
  }

  /** Live contact roles of a contact or an opportunity. */
  rolesOf(id: string): Row[] {
    const filed = this.#rolesOf.get(id) ?? [];
    // A role that was given to another contact is still filed under the first.
    return filed.filter(
      ({ state, fields }) => state === 'live' && [fields.ContactId, fields.OpportunityId].includes(id),
    );
  }

  /** Who an opportunity's primary contact is, by its roles. */
  primaryContact(opportunityId: string): string | null {
    const primary = this.rolesOf(opportunityId).find(({ fields }) => fields.IsPrimary === true);
    return typeof primary?.fields.ContactId === 'string' ? primary.fields.ContactId : null;
  }

  /** Makes this contact the primary one, or nobody. */
  setPrimaryContact(opportunityId: string, contactId: string | null): void {
    for (const role of this.rolesOf(opportunityId)) this.remove(role);
    if (contactId === null) return;
    this.#opportunityChanged(
      this.create('OpportunityContactRole', {
        OpportunityId: opportunityId,
        ContactId: contactId,
        IsPrimary: true,
        Role: null,
      }),
    );
  }

  /** Puts another contact into a role, as a merge does. */
  reassignRole(role: Row, contactId: string): void {
    this.change(role, { ContactId: contactId });
    this.#file(role, contactId);
    this.#opportunityChanged(role);
  }

  /** The version that search knows at this moment. */
  indexed(row: Row): Fields | null {
    const now = this.clock.now();
    while (row.waiting[0] && row.waiting[0].at <= now) row.indexed = row.waiting.shift()?.fields ?? null;
    return row.indexed;
  }

  #insert(type: ObjectName, fields: Fields, createdAt: number, stamp: number): Row {
    const rows = this.#rows.get(type) ?? [];
    this.#rows.set(type, rows);
    const id = recordId(type, FIRST_NUMBER + rows.length * 3);
    const row: Row = { type, id, createdAt, stamp, fields, state: 'live', hidden: false, indexed: null, waiting: [] };
    rows.push(row);
    this.#byId.set(id, row);
    if (type === 'OpportunityContactRole') {
      for (const member of [fields.OpportunityId, fields.ContactId])
        if (typeof member === 'string') this.#file(row, member);
    }
    return row;
  }

  #file(role: Row, id: string): void {
    this.#rolesOf.set(id, [...(this.#rolesOf.get(id) ?? []), role]);
  }

  #opportunityChanged(role: Row): void {
    const opportunity = this.find(String(role.fields.OpportunityId));
    if (opportunity && this.settings.rolesMoveOpportunities) opportunity.stamp = seconds(this.clock.now());
  }

  #index(row: Row, fields: Fields | null): void {
    this.indexed(row);
    row.waiting.push({ at: this.clock.now() + this.settings.searchLagMs, fields });
  }
}

/** Stamps have no fractions of a second. */
export function seconds(epochMs: number): number {
  return Math.floor(epochMs / 1000) * 1000;
}
