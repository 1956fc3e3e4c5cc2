import { DeleteCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { integrationTypeSchema } from '../core/model/integration.ts';
import { TABLE } from '../core/names.ts';
import type { AuthorizationState, AuthorizationStateStore } from '../core/ports.ts';
import { epochSeconds, type HubTable, isConditionFailure, parseItem } from './hub-table.ts';
import { sealedSecretSchema } from './stored-credential.ts';
import { authorizationStateKey } from './table-keys.ts';

const stateSchema = z
  .object({
    workspaceId: z.string(),
    integrationId: z.string(),
    type: integrationTypeSchema,
    returnUrl: z.string().nullable(),
    connection: z.record(z.string(), z.string()).default({}),
    sealedVerifier: sealedSecretSchema.nullable(),
    validUntil: z.number(),
  })
  .transform(({ validUntil, ...state }): AuthorizationState => ({ ...state, expiresAt: validUntil }));

/** One-time OAuth states. Taking one deletes it in the same step, so of two callbacks only one gets it. */
export class DynamoAuthorizationStateStore implements AuthorizationStateStore {
  readonly #table: HubTable;

  constructor(table: HubTable) {
    this.#table = table;
  }

  async put(stateHash: string, state: AuthorizationState): Promise<void> {
    const { expiresAt, ...rest } = state;
    await this.#table.client.send(
      new PutCommand({
        TableName: this.#table.name,
        Item: {
          ...rest,
          ...authorizationStateKey(stateHash),
          validUntil: expiresAt,
          [TABLE.ttl]: epochSeconds(expiresAt),
        },
      }),
    );
  }

  async take(stateHash: string, now: number): Promise<AuthorizationState | null> {
    const item = await this.#delete(stateHash);
    if (item === undefined) return null;
    const state = parseItem(stateSchema, item, 'authorization state');
    return state.expiresAt > now ? state : null;
  }

  async #delete(stateHash: string): Promise<unknown> {
    try {
      const { Attributes } = await this.#table.client.send(
        new DeleteCommand({
          TableName: this.#table.name,
          Key: authorizationStateKey(stateHash),
          ConditionExpression: 'attribute_exists(pk)',
          ReturnValues: 'ALL_OLD',
        }),
      );
      return Attributes;
    } catch (error) {
      if (isConditionFailure(error)) return undefined;
      throw error;
    }
  }
}
