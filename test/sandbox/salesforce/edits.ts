import * as z from 'zod';
import { refusalsAsEditErrors } from '../mechanics/edits.ts';
import { EditError } from '../mechanics/provider.ts';
import { SalesforceFailure } from './errors.ts';
import type { Org } from './org.ts';
import { stageFields } from './seed.ts';
import type { Fields, Row } from './store.ts';
import { checked, createPerson } from './writing.ts';

const account = z.string().optional();
const type = z.enum(['Account', 'Contact', 'Lead', 'Opportunity']).default('Contact');
const fields = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]));
const id = z.string();
/** How long ago the change is stamped: rows are committed late at times. */
const lateMs = z.int().min(0).default(0);

const createSchema = z.strictObject({ account, type, fields, contactId: id.optional(), lateMs });
const patchSchema = z.strictObject({ account, id, fields, lateMs });
const oneSchema = z.strictObject({ account, id });
const mergeSchema = z.strictObject({ account, masterId: id, loserId: id });
const touchSchema = z.strictObject({ account, type, count: z.int().min(0), fields });
const shareSchema = z.strictObject({ account, id, visible: z.boolean() });
const primarySchema = z.strictObject({ account, opportunityId: id, contactId: id.nullable() });

/** What people and other apps do inside the org while the hub is connected to it. */
export function salesforceEdits(orgs: readonly [Org, ...Org[]]): Readonly<Record<string, (input: unknown) => unknown>> {
  const orgOf = (wanted: string | undefined): Org => {
    const org = wanted === undefined ? orgs[0] : orgs.find((one) => one.id === wanted);
    if (!org) throw new EditError(`no such account: ${wanted}`);
    return org;
  };
  const rowOf = (org: Org, wanted: string, ...states: Row['state'][]): Row => {
    const row = org.store.find(wanted);
    if (!row) throw new EditError(`no such record: ${wanted}`);
    if (!states.includes(row.state)) throw new EditError(`${wanted} is ${row.state}`);
    return row;
  };
  return refusalsAsEditErrors(SalesforceFailure, {
    create(input) {
      const wanted = createSchema.parse(input);
      const org = orgOf(wanted.account);
      if (wanted.type !== 'Opportunity') return { id: createPerson(org, wanted.type, wanted.fields, wanted.lateMs).id };
      const values = { OwnerId: org.userId, ...withStage(wanted.fields) };
      const row = org.store.create('Opportunity', values, wanted.lateMs);
      if (wanted.contactId !== undefined) org.store.setPrimaryContact(row.id, wanted.contactId);
      return { id: row.id };
    },
    patch(input) {
      const wanted = patchSchema.parse(input);
      const org = orgOf(wanted.account);
      const row = rowOf(org, wanted.id, 'live');
      checked(org, row.type, wanted.fields);
      org.store.change(row, withStage(wanted.fields), org.store.clock.now() - wanted.lateMs);
    },
    touch(input) {
      const wanted = touchSchema.parse(input);
      const { store } = orgOf(wanted.account);
      const chosen = [...store.live(wanted.type)].slice(0, wanted.count);
      const at = store.clock.now();
      for (const row of chosen) store.change(row, wanted.fields, at);
      return { touched: chosen.length };
    },
    delete(input) {
      const wanted = oneSchema.parse(input);
      const org = orgOf(wanted.account);
      org.store.remove(rowOf(org, wanted.id, 'live'));
    },
    undelete(input) {
      const wanted = oneSchema.parse(input);
      const org = orgOf(wanted.account);
      org.store.restore(rowOf(org, wanted.id, 'binned'));
    },
    purge(input) {
      const wanted = oneSchema.parse(input);
      const org = orgOf(wanted.account);
      org.store.purge(rowOf(org, wanted.id, 'live', 'binned'));
    },
    merge(input) {
      const wanted = mergeSchema.parse(input);
      const org = orgOf(wanted.account);
      const [master, loser] = [rowOf(org, wanted.masterId, 'live'), rowOf(org, wanted.loserId, 'live')];
      if (master === loser || master.type !== loser.type) throw new EditError('two records of one kind are merged');
      for (const role of org.store.rolesOf(loser.id)) org.store.reassignRole(role, master.id);
      org.store.remove(loser, master.id);
      const gaps = Object.entries(loser.fields).filter(
        ([name, value]) => value !== null && (master.fields[name] ?? null) === null,
      );
      org.store.change(master, Object.fromEntries(gaps.filter(([name]) => name !== 'MasterRecordId')));
    },
    convertLead(input) {
      const wanted = oneSchema.parse(input);
      const org = orgOf(wanted.account);
      const lead = rowOf(org, wanted.id, 'live');
      const { FirstName = null, LastName = null, Email = null, Phone = null } = lead.fields;
      const contact = org.store.create('Contact', { FirstName, LastName, Email, Phone, OwnerId: org.userId });
      org.store.change(lead, { IsConverted: true, ConvertedContactId: contact.id });
      return { id: contact.id };
    },
    /** Into or out of what the connected user may see: nothing else tells of it. */
    share(input) {
      const wanted = shareSchema.parse(input);
      rowOf(orgOf(wanted.account), wanted.id, 'live').hidden = !wanted.visible;
    },
    setPrimaryContact(input) {
      const wanted = primarySchema.parse(input);
      const org = orgOf(wanted.account);
      org.store.setPrimaryContact(rowOf(org, wanted.opportunityId, 'live').id, wanted.contactId);
    },
  });
}

function withStage(given: Fields): Fields {
  return typeof given.StageName === 'string' ? { ...given, ...stageFields(given.StageName) } : given;
}
