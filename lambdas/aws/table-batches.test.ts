import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { BatchGetCommand, BatchWriteCommand, DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { describe, expect, test } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { batchGet, batchPut } from './table-batches.ts';

const documents = DynamoDBDocumentClient.from(new DynamoDBClient({ region: 'eu-west-2' }));
const table = { client: documents, name: 'hub' };
const keys = Array.from({ length: 10 }, (_, index) => ({ pk: 'p', sk: `${index}` }));

describe('batches', () => {
  test('writes what was left unprocessed until all is done', async () => {
    const client = mockClient(documents);
    const written: unknown[] = [];
    client.on(BatchWriteCommand).callsFake(({ RequestItems }) => {
      const [first, ...rest] = RequestItems.hub;
      written.push(first.PutRequest.Item.sk);
      return { UnprocessedItems: rest.length > 0 ? { hub: rest.slice(0, 3) } : {} };
    });
    await batchPut(table, keys.slice(0, 4));
    expect(written).toEqual(['0', '1', '2', '3']);
  });

  test('reads what was left unprocessed until all is done, consistently each time', async () => {
    const client = mockClient(documents);
    client.on(BatchGetCommand).callsFake(({ RequestItems }) => {
      expect(RequestItems.hub.ConsistentRead).toBe(true);
      const [first, ...rest] = RequestItems.hub.Keys;
      return { Responses: { hub: [first] }, UnprocessedKeys: rest.length > 0 ? { hub: { Keys: rest } } : {} };
    });
    expect(await batchGet(table, [...keys.slice(0, 3), ...keys.slice(0, 3)])).toEqual(keys.slice(0, 3));
  });

  test('a table that takes nothing is an error in the end', async () => {
    const client = mockClient(documents);
    client.on(BatchWriteCommand).callsFake(({ RequestItems }) => ({ UnprocessedItems: RequestItems }));
    await expect(batchPut(table, keys)).rejects.toThrow('did not take a batch');
  });
});
