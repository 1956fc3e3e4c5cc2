/** Batch reads and writes that finish: what DynamoDB leaves unprocessed is asked for again, with back-off. */
import { setTimeout as delay } from 'node:timers/promises';
import {
  BatchGetCommand,
  type BatchGetCommandInput,
  BatchWriteCommand,
  type BatchWriteCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { HubError } from '../core/errors.ts';
import { chunksOf, forEachConcurrently } from './concurrency.ts';
import type { HubTable, TableItem } from './hub-table.ts';
import { identityOf, type TableKey } from './table-keys.ts';

const WRITES_PER_REQUEST = 25;
const READS_PER_REQUEST = 100;
const PARALLEL_REQUESTS = 8;
const ATTEMPTS = 8;
const FIRST_PAUSE_MS = 25;
const LONGEST_PAUSE_MS = 2_000;

type WriteRequest = NonNullable<BatchWriteCommandInput['RequestItems']>[string][number];
type ReadRequest = NonNullable<BatchGetCommandInput['RequestItems']>[string];

async function pauseBefore(attempt: number): Promise<void> {
  if (attempt === 0) return;
  if (attempt >= ATTEMPTS) throw new HubError('internal', { detail: 'The table did not take a batch in time.' });
  const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt);
  await delay(longest / 2 + Math.random() * (longest / 2));
}

/** Unconditional puts. A batch refuses the same key twice, so of items with equal keys the last one is written. */
export async function batchPut(table: HubTable, items: readonly (TableKey & TableItem)[]): Promise<void> {
  const unique = new Map(items.map((item) => [identityOf(item), item]));
  await batchWrite(
    table,
    [...unique.values()].map((Item) => ({ PutRequest: { Item } })),
  );
}

export async function batchDelete(table: HubTable, keys: readonly TableKey[]): Promise<void> {
  const unique = new Map(keys.map(({ pk, sk }) => [identityOf({ pk, sk }), { pk, sk }]));
  await batchWrite(
    table,
    [...unique.values()].map((Key) => ({ DeleteRequest: { Key } })),
  );
}

async function batchWrite(table: HubTable, requests: readonly WriteRequest[]): Promise<void> {
  await forEachConcurrently(chunksOf(requests, WRITES_PER_REQUEST), PARALLEL_REQUESTS, async (chunk) => {
    let pending: WriteRequest[] = chunk;
    for (let attempt = 0; pending.length > 0; attempt++) {
      await pauseBefore(attempt);
      const result = await table.client.send(new BatchWriteCommand({ RequestItems: { [table.name]: pending } }));
      pending = result.UnprocessedItems?.[table.name] ?? [];
    }
  });
}

/** Consistent reads, in no particular order; keys that are not there are left out. */
export async function batchGet(
  table: HubTable,
  keys: readonly TableKey[],
  projection?: Pick<ReadRequest, 'ProjectionExpression' | 'ExpressionAttributeNames'>,
): Promise<TableItem[]> {
  const unique = new Map(keys.map(({ pk, sk }) => [identityOf({ pk, sk }), { pk, sk }]));
  const items: TableItem[] = [];
  await forEachConcurrently(chunksOf([...unique.values()], READS_PER_REQUEST), PARALLEL_REQUESTS, async (chunk) => {
    let pending: ReadRequest['Keys'] = chunk;
    for (let attempt = 0; pending !== undefined && pending.length > 0; attempt++) {
      await pauseBefore(attempt);
      const request: ReadRequest = { ...projection, ConsistentRead: true, Keys: pending };
      const result = await table.client.send(new BatchGetCommand({ RequestItems: { [table.name]: request } }));
      items.push(...(result.Responses?.[table.name] ?? []));
      pending = result.UnprocessedKeys?.[table.name]?.Keys;
    }
  });
  return items;
}
