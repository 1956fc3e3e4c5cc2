import { GetCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import type { MirrorRecord } from '../core/model/mirror-record.ts';
import { type Resource, resourceSchema } from '../core/model/resource.ts';
import type { Clock, IntegrationScope, KnownRecord, Logger, MirrorStore, MirrorWrite } from '../core/ports.ts';
import { type HubTable, parseItem, queryPages, type TableItem } from './hub-table.ts';
import { removeRecords, writeRecords } from './mirror-writer.ts';
import { SeenLedger } from './seen-ledger.ts';
import { BOOKKEEPING_PROJECTION, bookkeepingOf, recordOf } from './stored-mirror-record.ts';
import { batchGet } from './table-batches.ts';
import { identityOf, pointersPartition, recordKey, recordsPartition } from './table-keys.ts';

/** One number on thousands of records (a firm's own) names nobody; a live look-up must not read them all. */
const MAX_MATCHES = 100;

const pointerSchema = z.object({ integrationId: z.string(), resource: resourceSchema, recordId: z.string() });

/** The mirror of the providers' records, with look-up pointers and the ledger of full runs. */
export class DynamoMirrorStore implements MirrorStore {
  readonly #table: HubTable;
  readonly #logger: Logger;
  readonly #seen: SeenLedger;

  constructor(table: HubTable, clock: Clock, logger: Logger) {
    this.#table = table;
    this.#logger = logger;
    this.#seen = new SeenLedger(table, clock);
  }

  async known(scope: IntegrationScope, resource: Resource, ids: readonly string[]): Promise<Map<string, KnownRecord>> {
    const keys = ids.map((id) => recordKey(scope, resource, id));
    const known = new Map<string, KnownRecord>();
    for (const item of await batchGet(this.#table, keys, BOOKKEEPING_PROJECTION)) {
      const found = bookkeepingOf(item);
      if (found === null) continue;
      const finished = found.staleKeys.size === 0;
      known.set(found.id, { hash: finished ? found.hash : '', keys: found.keys, updatedAt: found.updatedAt });
    }
    return known;
  }

  write(scope: IntegrationScope, writes: readonly MirrorWrite[]): Promise<number> {
    return writeRecords(this.#table, scope, writes);
  }

  remove(
    scope: IntegrationScope,
    resource: Resource,
    records: readonly { id: string; keys: readonly string[] }[],
  ): Promise<void> {
    return removeRecords(this.#table, scope, resource, records);
  }

  async get(scope: IntegrationScope, resource: Resource, id: string): Promise<MirrorRecord | null> {
    const { Item } = await this.#table.client.send(
      new GetCommand({ TableName: this.#table.name, Key: recordKey(scope, resource, id), ConsistentRead: true }),
    );
    return Item === undefined ? null : this.#read(scope, resource, Item);
  }

  async findByKey(
    workspaceId: string,
    key: string,
    limit: number = MAX_MATCHES,
  ): Promise<{ scope: IntegrationScope; record: MirrorRecord }[]> {
    const pointers = await this.#pointers(workspaceId, key, limit);
    const targets = new Map(
      pointers.map(({ integrationId, resource, recordId }) => {
        const scope = { workspaceId, integrationId };
        const target = recordKey(scope, resource, recordId);
        return [identityOf(target), { scope, resource, target }];
      }),
    );
    const items = await batchGet(
      this.#table,
      [...targets.values()].map(({ target }) => target),
    );
    const matches: { scope: IntegrationScope; record: MirrorRecord }[] = [];
    for (const item of items) {
      const pointed = targets.get(identityOf(item));
      if (pointed === undefined) continue;
      const record = this.#read(pointed.scope, pointed.resource, item);
      // A pointer can outlive its record's key for a moment; only the record itself tells.
      if (record?.keys.includes(key)) matches.push({ scope: pointed.scope, record });
    }
    return matches;
  }

  async *records(scope: IntegrationScope, resource: Resource): AsyncGenerator<readonly MirrorRecord[]> {
    const pages = queryPages(this.#table, {
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': recordsPartition(scope, resource) },
    });
    for await (const items of pages) yield items.flatMap((item) => this.#read(scope, resource, item) ?? []);
  }

  async *outline(
    scope: IntegrationScope,
    resource: Resource,
  ): AsyncGenerator<readonly { id: string; keys: readonly string[]; mirroredAt: string }[]> {
    const pages = queryPages(this.#table, {
      ...BOOKKEEPING_PROJECTION,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': recordsPartition(scope, resource) },
    });
    for await (const items of pages) {
      yield items.flatMap((item) => {
        const found = bookkeepingOf(item);
        if (found === null) return [];
        return { id: found.id, keys: [...found.keys, ...found.staleKeys], mirroredAt: found.mirroredAt };
      });
    }
  }

  noteSeen(
    scope: IntegrationScope,
    runId: string,
    resource: Resource,
    page: number,
    ids: readonly string[],
  ): Promise<void> {
    return this.#seen.note(scope, runId, resource, page, ids);
  }

  seen(scope: IntegrationScope, runId: string, resource: Resource): AsyncIterable<readonly string[]> {
    return this.#seen.pages(scope, runId, resource);
  }

  forgetSeen(scope: IntegrationScope, runId: string, resource: Resource): Promise<void> {
    return this.#seen.forget(scope, runId, resource);
  }

  async #pointers(workspaceId: string, key: string, limit: number) {
    const found: z.infer<typeof pointerSchema>[] = [];
    const pages = queryPages(this.#table, {
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': pointersPartition(workspaceId, key) },
      Limit: limit,
    });
    for await (const items of pages) {
      found.push(...items.map((item) => parseItem(pointerSchema, item, 'look-up pointer')));
      if (found.length >= limit) break;
    }
    return found;
  }

  /** A record that cannot be read counts as absent, so that it cannot fail a look-up that others would answer. */
  #read(scope: IntegrationScope, resource: Resource, item: TableItem): MirrorRecord | null {
    const record = recordOf(resource, item);
    if (record === null && item.data !== undefined) {
      this.#logger.warn('A mirror record cannot be read', { ...scope, resource });
    }
    return record;
  }
}
