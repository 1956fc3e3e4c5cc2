import * as z from 'zod';
import { refusalsAsEditErrors } from '../mechanics/edits.ts';
import { EditError } from '../mechanics/provider.ts';
import { HubSpotFailure } from './errors.ts';
import { mergeRecords } from './merging.ts';
import { change, create } from './object-routes.ts';
import { findStage } from './pipelines.ts';
import type { Portal } from './portal.ts';
import type { HubSpotRecord, ObjectType } from './records.ts';

const account = z.string().optional();
const resource = z.enum(['contacts', 'deals']).default('contacts');
const properties = z.record(z.string(), z.string());
const id = z.string().regex(/^\d+$/);

const createSchema = z.strictObject({ account, resource, properties, contactIds: z.array(id).default([]) });
const patchSchema = z.strictObject({ account, resource, id, properties });
const oneSchema = z.strictObject({ account, resource, id });
const mergeSchema = z.strictObject({ account, resource, primaryId: id, secondaryId: id });
const touchSchema = z.strictObject({
  account,
  resource,
  /** Which records; left out: the first `count` live ones, or all. */
  ids: z.array(id).optional(),
  count: z.int().min(0).optional(),
  properties: properties.default({}),
  /** ISO 8601; the shared modified date, default now. */
  at: z.iso.datetime().optional(),
});
const stageSchema = z.strictObject({ account, stageId: z.string(), label: z.string() });

/** What people and other apps do inside the HubSpot account while the hub is connected to it. */
export function hubSpotEdits(portals: readonly Portal[]): Readonly<Record<string, (input: unknown) => unknown>> {
  const storeOf = (wanted: string | undefined) => {
    const portal = wanted === undefined ? portals[0] : portals.find(({ hubId }) => String(hubId) === wanted);
    if (!portal) throw new EditError(`no such account: ${wanted}`);
    return portal.store;
  };
  const recordOf = (input: { account?: string | undefined; resource: ObjectType }, wanted: string): HubSpotRecord => {
    const record = storeOf(input.account).find(input.resource, Number(wanted));
    if (!record) throw new EditError(`no such record: ${input.resource} ${wanted}`);
    return record;
  };
  return refusalsAsEditErrors(HubSpotFailure, {
    create(input) {
      const { account, resource, properties, contactIds } = createSchema.parse(input);
      const associations = contactIds.map((contactId) => ({ to: { id: contactId }, types: [] }));
      return { id: create(storeOf(account), resource, { properties, associations }).id };
    },
    patch(input) {
      const wanted = patchSchema.parse(input);
      change(storeOf(wanted.account), recordOf(wanted, wanted.id), wanted.properties);
    },
    touch(input) {
      const wanted = touchSchema.parse(input);
      const store = storeOf(wanted.account);
      const records = wanted.ids ? wanted.ids.map((one) => recordOf(wanted, one)) : [...store.live(wanted.resource)];
      const chosen = records.slice(0, wanted.count ?? records.length);
      const at = wanted.at === undefined ? store.clock.now() : Date.parse(wanted.at);
      for (const record of chosen) store.change(record, wanted.properties, at);
      return { touched: chosen.length, at: new Date(at).toISOString() };
    },
    archive(input) {
      const wanted = oneSchema.parse(input);
      const record = recordOf(wanted, wanted.id);
      if (record.state !== 'live') throw new EditError(`${wanted.id} is ${record.state}`);
      storeOf(wanted.account).archive(record);
    },
    restore(input) {
      const wanted = oneSchema.parse(input);
      const record = recordOf(wanted, wanted.id);
      if (record.state !== 'archived') throw new EditError(`${wanted.id} is ${record.state}, not archived`);
      storeOf(wanted.account).restore(record);
    },
    merge(input) {
      const wanted = mergeSchema.parse(input);
      const primary = recordOf(wanted, wanted.primaryId);
      const secondary = recordOf(wanted, wanted.secondaryId);
      if (primary === secondary) throw new EditError('a record cannot be merged with itself');
      if (primary.state !== 'live' || secondary.state !== 'live') throw new EditError('both records must be live');
      return { id: String(mergeRecords(storeOf(wanted.account), primary, secondary).id) };
    },
    gdprDelete(input) {
      const wanted = oneSchema.parse(input);
      storeOf(wanted.account).erase(recordOf(wanted, wanted.id));
    },
    renameStage(input) {
      const wanted = stageSchema.parse(input);
      const stage = findStage(storeOf(wanted.account).pipelines, wanted.stageId);
      if (!stage) throw new EditError(`no such stage: ${wanted.stageId}`);
      stage.label = wanted.label;
    },
  });
}
