import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { validationFailed } from '../core/errors.ts';
import type { SyncRun } from '../core/model/sync-run.ts';
import { syncRunSchema } from '../core/model/sync-run.ts';
import { TABLE } from '../core/names.ts';
import type { Clock, IntegrationScope, SyncRunLog } from '../core/ports.ts';
import { epochSeconds, type HubTable, parseItem, queryPages, type TableItem } from './hub-table.ts';
import { batchDelete } from './table-batches.ts';
import { runKey, runPrefix, type TableKey } from './table-keys.ts';

const KEPT_MS = 90 * 24 * 60 * 60 * 1000;

const keySchema: z.ZodType<TableKey> = z.object({ pk: z.string(), sk: z.string() });
const expirySchema = z.object({ [TABLE.ttl]: z.number() });

/** The log of sync runs, kept for 90 days. Run ids sort by time, so the newest are at the partition's end. */
export class DynamoSyncRunLog implements SyncRunLog {
  readonly #table: HubTable;
  readonly #clock: Clock;

  constructor(table: HubTable, clock: Clock) {
    this.#table = table;
    this.#clock = clock;
  }

  async put(run: SyncRun): Promise<void> {
    await this.#table.client.send(
      new PutCommand({
        TableName: this.#table.name,
        Item: { ...run, ...runKey(run, run.runId), [TABLE.ttl]: epochSeconds(this.#clock.now() + KEPT_MS) },
      }),
    );
  }

  async get(scope: IntegrationScope, runId: string): Promise<SyncRun | null> {
    const { Item } = await this.#table.client.send(
      new GetCommand({ TableName: this.#table.name, Key: runKey(scope, runId), ConsistentRead: true }),
    );
    return Item === undefined ? null : this.#read(Item);
  }

  async list(
    scope: IntegrationScope,
    page: { limit: number; cursor: string | null },
  ): Promise<{ runs: SyncRun[]; nextCursor: string | null }> {
    const prefix = runPrefix(scope);
    const before = page.cursor === null ? null : runKey(scope, decodeCursor(page.cursor)).sk;
    const runs: SyncRun[] = [];
    const pages = queryPages(this.#table, {
      // Nothing sorts after U+10FFFF: without a cursor this is the whole log.
      KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
      ExpressionAttributeValues: { ':pk': prefix.pk, ':from': prefix.sk, ':to': before ?? `${prefix.sk}\u{10FFFF}` },
      ScanIndexForward: false,
      // One more shows whether there is a next page, another stands for the cursor's own run.
      Limit: page.limit + 2,
    });
    for await (const items of pages) {
      for (const item of items) {
        const run = item.sk === before ? null : this.#read(item);
        if (run !== null) runs.push(run);
      }
      if (runs.length > page.limit) break;
    }
    const shown = runs.slice(0, page.limit);
    const last = shown.at(-1);
    return {
      runs: shown,
      nextCursor: runs.length > page.limit && last !== undefined ? encodeCursor(last.runId) : null,
    };
  }

  async deleteAll(scope: IntegrationScope): Promise<void> {
    const prefix = runPrefix(scope);
    const pages = queryPages(this.#table, {
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
      ExpressionAttributeValues: { ':pk': prefix.pk, ':prefix': prefix.sk },
      ProjectionExpression: 'pk, sk',
    });
    for await (const items of pages) {
      await batchDelete(
        this.#table,
        items.map((item) => parseItem(keySchema, item, 'sync run')),
      );
    }
  }

  /** DynamoDB deletes late: an expired run is not there. */
  #read(item: TableItem): SyncRun | null {
    const expiresAt = parseItem(expirySchema, item, 'sync run')[TABLE.ttl];
    return expiresAt * 1000 <= this.#clock.now() ? null : parseItem(syncRunSchema, item, 'sync run');
  }
}

function encodeCursor(runId: string): string {
  return Buffer.from(runId).toString('base64url');
}

/** Run ids are plain: anything else was not handed out by us. */
function decodeCursor(cursor: string): string {
  const runId = Buffer.from(cursor, 'base64url').toString();
  if (!/^[A-Za-z0-9_.:-]{1,128}$/.test(runId) || encodeCursor(runId) !== cursor) {
    throw validationFailed('cursor', 'must be the nextCursor of an earlier page');
  }
  return runId;
}
