import { DeleteCommand, GetCommand, PutCommand, UpdateCommand, type UpdateCommandInput } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { HubError } from '../core/errors.ts';
import type { Json } from '../core/model/mirror-record.ts';
import { TABLE } from '../core/names.ts';
import type { AbandonedAttempt, IdempotencyRecord, IdempotencyStore } from '../core/ports.ts';
import { conditionHeld, epochSeconds, type HubTable, isConditionFailure, parseItem } from './hub-table.ts';
import { jsonSchema, jsonTextOf, toJsonText } from './stored-json.ts';
import { idempotencyKey } from './table-keys.ts';

/** How long an attempt without an answer keeps its key. */
const STARTED_KEPT_MS = 24 * 60 * 60 * 1000;
/** A key can be given back between a lost condition and the read after it; then the next round gets it. */
const ROUNDS = 3;

type Attempt = Parameters<IdempotencyStore['begin']>[2];
type Begun = Awaited<ReturnType<IdempotencyStore['begin']>>;

const recordSchema = z.discriminatedUnion('status', [
  z.object({
    status: z.literal('started'),
    fingerprint: z.string(),
    owner: z.string(),
    startedAt: z.number(),
    until: z.number(),
    expiresAt: z.number(),
  }),
  z.object({
    status: z.literal('done'),
    fingerprint: z.string(),
    response: jsonTextOf(jsonSchema),
    expiresAt: z.number(),
  }),
]);
const takenOverSchema = z.object({ startedAt: z.number(), until: z.number() });

/** Remembers which writes were begun and how they were answered, so that a repeated request never acts twice. */
export class DynamoIdempotencyStore implements IdempotencyStore {
  readonly #table: HubTable;

  constructor(table: HubTable) {
    this.#table = table;
  }

  async begin(workspaceId: string, key: string, attempt: Attempt): Promise<Begun> {
    for (let round = 0; round < ROUNDS; round++) {
      if (await this.#start(workspaceId, key, attempt)) return { started: true, abandoned: null };
      const abandoned = await this.#takeOver(workspaceId, key, attempt);
      if (abandoned !== null) return { started: true, abandoned };
      const record = await this.#read(workspaceId, key, attempt.now);
      if (record !== null) return { started: false, record };
    }
    throw new HubError('internal', { detail: 'The idempotency key keeps changing hands.', retryAfterSeconds: 1 });
  }

  async complete(workspaceId: string, key: string, owner: string, response: Json, expiresAt: number): Promise<void> {
    await this.#updateOwn(workspaceId, key, owner, {
      UpdateExpression: 'SET #status = :done, #response = :response, #ttl = :ttl REMOVE #owner, #until',
      ExpressionAttributeNames: { '#response': 'response', '#ttl': TABLE.ttl, '#until': 'until' },
      ExpressionAttributeValues: {
        ':done': 'done',
        ':response': toJsonText(response),
        ':ttl': epochSeconds(expiresAt),
      },
    });
  }

  async abandon(workspaceId: string, key: string, owner: string): Promise<void> {
    await conditionHeld(
      this.#table.client.send(
        new DeleteCommand({
          TableName: this.#table.name,
          Key: idempotencyKey(workspaceId, key),
          ConditionExpression: '#status = :started AND #owner = :owner',
          ExpressionAttributeNames: { '#status': 'status', '#owner': 'owner' },
          ExpressionAttributeValues: { ':started': 'started', ':owner': owner },
        }),
      ),
    );
  }

  async suspend(workspaceId: string, key: string, owner: string, now: number): Promise<void> {
    await this.#updateOwn(workspaceId, key, owner, {
      UpdateExpression: 'SET #until = :now',
      ExpressionAttributeNames: { '#until': 'until' },
      ExpressionAttributeValues: { ':now': now },
    });
  }

  /** Starts a key that nobody holds. DynamoDB deletes late, so an expired item counts as absent. */
  #start(workspaceId: string, key: string, attempt: Attempt): Promise<boolean> {
    const { fingerprint, owner, now, until } = attempt;
    return conditionHeld(
      this.#table.client.send(
        new PutCommand({
          TableName: this.#table.name,
          Item: {
            ...idempotencyKey(workspaceId, key),
            status: 'started',
            fingerprint,
            owner,
            startedAt: now,
            until,
            [TABLE.ttl]: epochSeconds(now + STARTED_KEPT_MS),
          },
          ConditionExpression: 'attribute_not_exists(pk) OR #ttl <= :nowSeconds',
          ExpressionAttributeNames: { '#ttl': TABLE.ttl },
          ExpressionAttributeValues: { ':nowSeconds': Math.floor(now / 1000) },
        }),
      ),
    );
  }

  /** Takes over an attempt that ran out of time; only the same request may. `startedAt` stays the first one's. */
  async #takeOver(workspaceId: string, key: string, attempt: Attempt): Promise<AbandonedAttempt | null> {
    const { fingerprint, owner, now, until } = attempt;
    try {
      const { Attributes } = await this.#table.client.send(
        new UpdateCommand({
          TableName: this.#table.name,
          Key: idempotencyKey(workspaceId, key),
          UpdateExpression: 'SET #owner = :owner, #until = :until, #ttl = :ttl',
          ConditionExpression: '#status = :started AND #fingerprint = :fingerprint AND #until <= :now',
          ExpressionAttributeNames: {
            '#status': 'status',
            '#fingerprint': 'fingerprint',
            '#owner': 'owner',
            '#until': 'until',
            '#ttl': TABLE.ttl,
          },
          ExpressionAttributeValues: {
            ':started': 'started',
            ':fingerprint': fingerprint,
            ':owner': owner,
            ':until': until,
            ':now': now,
            ':ttl': epochSeconds(now + STARTED_KEPT_MS),
          },
          ReturnValues: 'ALL_OLD',
        }),
      );
      const before = parseItem(takenOverSchema, Attributes, 'idempotency record');
      return { startedAt: before.startedAt, endedBy: before.until };
    } catch (error) {
      if (isConditionFailure(error)) return null;
      throw error;
    }
  }

  async #read(workspaceId: string, key: string, now: number): Promise<IdempotencyRecord | null> {
    const { Item } = await this.#table.client.send(
      new GetCommand({ TableName: this.#table.name, Key: idempotencyKey(workspaceId, key), ConsistentRead: true }),
    );
    if (Item === undefined) return null;
    const { expiresAt, ...record } = parseItem(recordSchema, Item, 'idempotency record');
    return expiresAt <= Math.floor(now / 1000) ? null : record;
  }

  /** Changes the key if `owner` still holds it. Whoever took it over answers for it now. */
  async #updateOwn(
    workspaceId: string,
    key: string,
    owner: string,
    input: Pick<UpdateCommandInput, 'UpdateExpression' | 'ExpressionAttributeNames' | 'ExpressionAttributeValues'>,
  ): Promise<void> {
    await conditionHeld(
      this.#table.client.send(
        new UpdateCommand({
          TableName: this.#table.name,
          Key: idempotencyKey(workspaceId, key),
          UpdateExpression: input.UpdateExpression,
          ConditionExpression: '#status = :started AND #owner = :owner',
          ExpressionAttributeNames: { ...input.ExpressionAttributeNames, '#status': 'status', '#owner': 'owner' },
          ExpressionAttributeValues: { ...input.ExpressionAttributeValues, ':started': 'started', ':owner': owner },
        }),
      ),
    );
  }
}
