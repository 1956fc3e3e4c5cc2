/**
 * Writes and removes mirror records with their look-up pointers, in an order that a crash at any point leaves
 * repairable by doing the same again:
 *
 * - pointers before the record that carries their keys, so that a record in the mirror can always be found;
 * - pointers of keys it lost after it. Until they are gone their keys stay on the record as `staleKeys`, and a record
 *   that has any counts as unfinished. (Deleted before it, a write that then proves stale, or a record that changes
 *   back, would leave a record that cannot be found.)
 */
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { MirrorRecord } from '../core/model/mirror-record.ts';
import type { Resource } from '../core/model/resource.ts';
import type { IntegrationScope, MirrorWrite } from '../core/ports.ts';
import { forEachConcurrently } from './concurrency.ts';
import { conditionHeld, type HubTable, isConditionFailure, type TableItem } from './hub-table.ts';
import {
  attributesOf,
  BOOKKEEPING_PROJECTION,
  bookkeepingOf,
  changedAt,
  itemOf,
  pointedKeysOf,
  tombstoneOf,
} from './stored-mirror-record.ts';
import { batchDelete, batchGet, batchPut } from './table-batches.ts';
import { identityOf, pointerKey, recordKey } from './table-keys.ts';

const PARALLEL_UPDATES = 16;

interface KnownWrite {
  readonly record: MirrorRecord;
  readonly previousKeys: readonly string[];
}

export async function writeRecords(
  table: HubTable,
  scope: IntegrationScope,
  writes: readonly MirrorWrite[],
): Promise<number> {
  const created: MirrorRecord[] = [];
  const changed: KnownWrite[] = [];
  for (const { record, previousKeys } of newestPerRecord(writes)) {
    if (previousKeys === null) created.push(record);
    else changed.push({ record, previousKeys });
  }
  await batchPut(table, [
    ...created.flatMap((record) => pointersOf(scope, record, record.keys)),
    ...changed.flatMap(({ record, previousKeys }) => pointersOf(scope, record, without(record.keys, previousKeys))),
  ]);
  const [, updated] = await Promise.all([
    batchPut(
      table,
      created.map((record) => itemOf(scope, record)),
    ),
    replaceRecords(table, scope, changed),
  ]);
  return created.length + updated;
}

/**
 * The record is first replaced by a tombstone that keeps its keys: look-ups lose it at once, while outline and
 * `known` still show that work is left. Then the pointers go, and the tombstone last. Pointers that outlived their
 * record would never be found again.
 */
export async function removeRecords(
  table: HubTable,
  scope: IntegrationScope,
  resource: Resource,
  records: readonly { id: string; keys: readonly string[] }[],
): Promise<void> {
  const stored = await batchGet(
    table,
    records.map(({ id }) => recordKey(scope, resource, id)),
    BOOKKEEPING_PROJECTION,
  );
  const doomed = new Map(records.map(({ id, keys }) => [id, new Set(keys)]));
  const tombstones = [];
  for (const item of stored) {
    const found = bookkeepingOf(item);
    if (found === null) continue;
    const staleKeys = new Set([...(doomed.get(found.id) ?? []), ...found.keys, ...found.staleKeys]);
    doomed.set(found.id, staleKeys);
    tombstones.push(tombstoneOf(scope, resource, { ...found, staleKeys }));
  }
  await batchPut(table, tombstones);
  await batchDelete(
    table,
    [...doomed].flatMap(([id, keys]) => [...keys].map((key) => pointerKey(scope, resource, id, key))),
  );
  await batchDelete(
    table,
    [...doomed.keys()].map((id) => recordKey(scope, resource, id)),
  );
}

async function replaceRecords(
  table: HubTable,
  scope: IntegrationScope,
  writes: readonly KnownWrite[],
): Promise<number> {
  const lost: MirrorRecord[] = [];
  const unfinished: { record: MirrorRecord; staleKeys: readonly string[] }[] = [];
  const unpointed: ReturnType<typeof pointersOf>[number][] = [];
  let written = 0;
  await forEachConcurrently(writes, PARALLEL_UPDATES, async ({ record, previousKeys }) => {
    const before = await replaceRecord(table, scope, record, without(previousKeys, record.keys));
    if (before === null) {
      lost.push(record);
      return;
    }
    written++;
    const { keys, staleKeys } = pointedKeysOf(before);
    const stale = without([...new Set([...previousKeys, ...keys, ...staleKeys])], record.keys);
    if (stale.length > 0 || staleKeys.size > 0) unfinished.push({ record, staleKeys: stale });
    // The caller believed these to be pointed at, but the stored record did not carry them any more.
    unpointed.push(...pointersOf(scope, record, without(intersection(record.keys, previousKeys), keys)));
  });
  await batchPut(table, unpointed);
  await batchDelete(
    table,
    unfinished.flatMap(({ record, staleKeys }) =>
      staleKeys.map((key) => pointerKey(scope, record.resource, record.id, key)),
    ),
  );
  await forEachConcurrently(unfinished, PARALLEL_UPDATES, ({ record }) => markFinished(table, scope, record));
  return written + (await createVanished(table, scope, lost));
}

/** Returns the replaced item, or null when the mirror's record is newer, or gone. */
async function replaceRecord(
  table: HubTable,
  scope: IntegrationScope,
  record: MirrorRecord,
  staleKeys: readonly string[],
): Promise<TableItem | null> {
  const entries = Object.entries(attributesOf(record));
  const set = entries.filter(([, value]) => value !== undefined);
  const remove = entries.filter(([, value]) => value === undefined);
  const newChange = changedAt(record);
  try {
    const { Attributes } = await table.client.send(
      new UpdateCommand({
        TableName: table.name,
        Key: recordKey(scope, record.resource, record.id),
        UpdateExpression: [
          `SET ${set.map(([name]) => `#${name} = :${name}`).join(', ')}`,
          ...(remove.length > 0 ? [`REMOVE ${remove.map(([name]) => `#${name}`).join(', ')}`] : []),
          ...(staleKeys.length > 0 ? ['ADD staleKeys :staleKeys'] : []),
        ].join(' '),
        ConditionExpression:
          newChange === undefined
            ? 'attribute_exists(pk)'
            : 'attribute_exists(pk) AND (attribute_not_exists(#changedAt) OR #changedAt <= :changedAt)',
        ExpressionAttributeNames: Object.fromEntries(entries.map(([name]) => [`#${name}`, name])),
        ExpressionAttributeValues: {
          ...Object.fromEntries(set.map(([name, value]) => [`:${name}`, value])),
          ...(staleKeys.length > 0 && { ':staleKeys': new Set(staleKeys) }),
        },
        ReturnValues: 'ALL_OLD',
      }),
    );
    return Attributes ?? {};
  } catch (error) {
    if (isConditionFailure(error)) return null;
    throw error;
  }
}

/** Unless somebody has written the record since: then the stale keys are theirs to clear away. */
async function markFinished(table: HubTable, scope: IntegrationScope, record: MirrorRecord): Promise<void> {
  await conditionHeld(
    table.client.send(
      new UpdateCommand({
        TableName: table.name,
        Key: recordKey(scope, record.resource, record.id),
        UpdateExpression: 'REMOVE staleKeys',
        ConditionExpression: '#hash = :hash',
        ExpressionAttributeNames: { '#hash': 'hash' },
        ExpressionAttributeValues: { ':hash': record.hash },
      }),
    ),
  );
}

/** Records that the caller knew, but that were removed since: they are new again, with all their pointers. */
async function createVanished(
  table: HubTable,
  scope: IntegrationScope,
  lost: readonly MirrorRecord[],
): Promise<number> {
  if (lost.length === 0) return 0;
  const items = await batchGet(
    table,
    lost.map((record) => recordKey(scope, record.resource, record.id)),
    { ProjectionExpression: 'pk, sk' },
  );
  const present = new Set(items.map(identityOf));
  const vanished = lost.filter((record) => !present.has(identityOf(recordKey(scope, record.resource, record.id))));
  return vanished.length === 0
    ? 0
    : writeRecords(
        table,
        scope,
        vanished.map((record) => ({ record, previousKeys: null })),
      );
}

/** A page can hold a record twice. Of two versions the newer one counts, of equally new ones the later. */
function newestPerRecord(writes: readonly MirrorWrite[]): Iterable<MirrorWrite> {
  const newest = new Map<string, MirrorWrite>();
  for (const write of writes) {
    const identity = JSON.stringify([write.record.resource, write.record.id]);
    const other = newest.get(identity);
    const older = other !== undefined && (changedAt(write.record) ?? Infinity) < (changedAt(other.record) ?? 0);
    if (!older) newest.set(identity, write);
  }
  return newest.values();
}

function pointersOf(scope: IntegrationScope, record: MirrorRecord, keys: readonly string[]) {
  const { integrationId } = scope;
  const { resource, id: recordId } = record;
  return keys.map((key) => ({ ...pointerKey(scope, resource, recordId, key), integrationId, resource, recordId }));
}

function without(keys: readonly string[], others: readonly string[]): string[] {
  return keys.filter((key) => !others.includes(key));
}

function intersection(keys: readonly string[], others: readonly string[]): string[] {
  return keys.filter((key) => others.includes(key));
}
