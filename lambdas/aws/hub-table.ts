import { type DynamoDBDocumentClient, QueryCommand, type QueryCommandInput } from '@aws-sdk/lib-dynamodb';
import type * as z from 'zod';
import { HubError } from '../core/errors.ts';

/** The hub's one table, as the stores use it. */
export interface HubTable {
  readonly client: DynamoDBDocumentClient;
  readonly name: string;
}

export type TableItem = Record<string, unknown>;

/** Waits for a conditional write. False when its condition did not hold; any other failure is thrown. */
export async function conditionHeld(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (isConditionFailure(error)) return false;
    throw error;
  }
}

export function isConditionFailure(error: unknown): boolean {
  return error instanceof Error && error.name === 'ConditionalCheckFailedException';
}

/** Reads an item through its schema. The error names the kind of item only: issues could quote personal data. */
export function parseItem<T>(schema: z.ZodType<T>, item: unknown, what: string): T {
  const parsed = schema.safeParse(item);
  if (!parsed.success) throw new HubError('internal', { detail: `A stored ${what} cannot be read.` });
  return parsed.data;
}

/** All pages of a query, consistent unless the input says otherwise. */
export async function* queryPages(
  table: HubTable,
  input: Omit<QueryCommandInput, 'TableName' | 'ExclusiveStartKey'>,
): AsyncGenerator<TableItem[]> {
  let start: TableItem | undefined;
  do {
    const page = await table.client.send(
      new QueryCommand({ ConsistentRead: true, ...input, TableName: table.name, ExclusiveStartKey: start }),
    );
    yield page.Items ?? [];
    start = page.LastEvaluatedKey;
  } while (start !== undefined);
}

/** DynamoDB's TTL unit. Rounded up: an item must not vanish before its time. */
export function epochSeconds(epochMs: number): number {
  return Math.ceil(epochMs / 1000);
}
