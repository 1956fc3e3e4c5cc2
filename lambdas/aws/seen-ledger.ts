import { PutCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import type { Resource } from '../core/model/resource.ts';
import { TABLE } from '../core/names.ts';
import type { Clock, IntegrationScope } from '../core/ports.ts';
import { epochSeconds, type HubTable, parseItem, queryPages } from './hub-table.ts';
import { batchDelete } from './table-batches.ts';
import { seenKey, seenPrefix, type TableKey } from './table-keys.ts';

const KEPT_MS = 7 * 24 * 60 * 60 * 1000;

const pageSchema = z.object({ ids: z.array(z.string()) });
const keySchema: z.ZodType<TableKey> = z.object({ pk: z.string(), sk: z.string() });

/** Which ids a full run has seen, one item per page: what was not seen in the end is gone at the provider. */
export class SeenLedger {
  readonly #table: HubTable;
  readonly #clock: Clock;

  constructor(table: HubTable, clock: Clock) {
    this.#table = table;
    this.#clock = clock;
  }

  async note(
    scope: IntegrationScope,
    runId: string,
    resource: Resource,
    page: number,
    ids: readonly string[],
  ): Promise<void> {
    await this.#table.client.send(
      new PutCommand({
        TableName: this.#table.name,
        Item: {
          ...seenKey(scope, runId, resource, page),
          ids,
          [TABLE.ttl]: epochSeconds(this.#clock.now() + KEPT_MS),
        },
      }),
    );
  }

  /**
   * Expired pages are still read: a page too many keeps a record that is gone, a page too few would delete one that
   * is there.
   */
  async *pages(scope: IntegrationScope, runId: string, resource: Resource): AsyncGenerator<readonly string[]> {
    for await (const items of queryPages(this.#table, this.#query(scope, runId, resource))) {
      for (const item of items) yield parseItem(pageSchema, item, 'seen page').ids;
    }
  }

  async forget(scope: IntegrationScope, runId: string, resource: Resource): Promise<void> {
    const keys = { ...this.#query(scope, runId, resource), ProjectionExpression: 'pk, sk' };
    for await (const items of queryPages(this.#table, keys)) {
      await batchDelete(
        this.#table,
        items.map((item) => parseItem(keySchema, item, 'seen page')),
      );
    }
  }

  #query(scope: IntegrationScope, runId: string, resource: Resource) {
    const prefix = seenPrefix(scope, runId, resource);
    return {
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
      ExpressionAttributeValues: { ':pk': prefix.pk, ':prefix': prefix.sk },
    };
  }
}
