/** For tests: a table like the deployed one, in this process, and a client that dies on command. */
import { once } from 'node:events';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, paginateScan } from '@aws-sdk/lib-dynamodb';
import dynalite from 'dynalite';
import { TABLE } from '../core/names.ts';
import type { Clock, Logger } from '../core/ports.ts';
import type { HubTable, TableItem } from './hub-table.ts';

export interface DynaliteTable {
  readonly table: HubTable;
  /** All items, to see what a store has left behind. */
  everything(): Promise<TableItem[]>;
  close(): Promise<void>;
}

export async function startDynalite(): Promise<DynaliteTable> {
  const server = dynalite({ createTableMs: 0 }).listen(0);
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('dynalite has no port');
  const bare = new DynamoDBClient({
    endpoint: `http://127.0.0.1:${address.port}`,
    region: 'eu-west-2',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  });
  const table = {
    client: DynamoDBDocumentClient.from(bare, { marshallOptions: { removeUndefinedValues: true } }),
    name: 'hub',
  };
  await createTable(bare, table.name);
  return {
    table,
    async everything() {
      const items: TableItem[] = [];
      for await (const page of paginateScan({ client: table.client }, { TableName: table.name })) {
        items.push(...(page.Items ?? []));
      }
      return items;
    },
    async close() {
      bare.destroy();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function createTable(client: DynamoDBClient, name: string): Promise<void> {
  await client.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [
        { AttributeName: TABLE.partitionKey, AttributeType: 'S' },
        { AttributeName: TABLE.sortKey, AttributeType: 'S' },
        { AttributeName: TABLE.directoryKey, AttributeType: 'S' },
      ],
      KeySchema: [
        { AttributeName: TABLE.partitionKey, KeyType: 'HASH' },
        { AttributeName: TABLE.sortKey, KeyType: 'RANGE' },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: TABLE.directoryIndex,
          KeySchema: [
            { AttributeName: TABLE.directoryKey, KeyType: 'HASH' },
            { AttributeName: TABLE.partitionKey, KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'KEYS_ONLY' },
        },
      ],
    }),
  );
}

/**
 * The same table through a process that dies at its `n`-th request, counted from 1: that request and all later ones
 * fail. `landed` lets the deadly request reach the table all the same, as when only its answer is lost.
 */
export function dyingAt(table: HubTable, n: number, landed: boolean): HubTable {
  let requests = 0;
  const client = new Proxy(table.client, {
    get(target, property) {
      const member = Reflect.get(target, property);
      if (property !== 'send') return member;
      return async (...args: unknown[]) => {
        requests++;
        if (requests > n || (requests === n && !landed)) throw new Error('the process died');
        const answer = await member.apply(target, args);
        if (requests >= n) throw new Error('the process died');
        return answer;
      };
    },
  });
  return { client, name: table.name };
}

export function clockAt(start: number): Clock & { set(now: number): void } {
  let now = start;
  return {
    now: () => now,
    set(next) {
      now = next;
    },
    async sleep(ms) {
      now += ms;
    },
  };
}

export const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {} };
