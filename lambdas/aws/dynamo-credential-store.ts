import { DeleteCommand, GetCommand, UpdateCommand, type UpdateCommandInput } from '@aws-sdk/lib-dynamodb';
import type { SealedSecret, StoredCredential } from '../core/model/credential.ts';
import type { CredentialStore, IntegrationScope } from '../core/ports.ts';
import { conditionHeld, type HubTable, parseItem } from './hub-table.ts';
import { storedCredentialSchema } from './stored-credential.ts';
import { credentialKey } from './table-keys.ts';

/**
 * Sealed tokens with the right to refresh them. A rotating refresh token works once, so every change is conditional
 * on the version it started from and on the right still being held.
 */
export class DynamoCredentialStore implements CredentialStore {
  readonly #table: HubTable;

  constructor(table: HubTable) {
    this.#table = table;
  }

  async get(scope: IntegrationScope): Promise<StoredCredential | null> {
    const { Item } = await this.#table.client.send(
      new GetCommand({ TableName: this.#table.name, Key: credentialKey(scope), ConsistentRead: true }),
    );
    return Item === undefined ? null : parseItem(storedCredentialSchema, Item, 'credential');
  }

  async replace(
    scope: IntegrationScope,
    credential: { sealed: SealedSecret; expiresAt: number | null },
  ): Promise<void> {
    await this.#update(scope, {
      UpdateExpression:
        'SET sealed = :sealed, tokenExpiresAt = :expiresAt, #version = if_not_exists(#version, :zero) + :one ' +
        'REMOVE refreshOwner, refreshUntil',
      ExpressionAttributeValues: {
        ':sealed': credential.sealed,
        ':expiresAt': credential.expiresAt,
        ':zero': 0,
        ':one': 1,
      },
    });
  }

  acquireRefresh(
    scope: IntegrationScope,
    request: { version: number; owner: string; now: number; until: number },
  ): Promise<boolean> {
    return conditionHeld(
      this.#update(scope, {
        UpdateExpression: 'SET refreshOwner = :owner, refreshUntil = :until',
        ConditionExpression: '#version = :version AND (attribute_not_exists(refreshUntil) OR refreshUntil <= :now)',
        ExpressionAttributeValues: {
          ':version': request.version,
          ':owner': request.owner,
          ':now': request.now,
          ':until': request.until,
        },
      }),
    );
  }

  saveRefreshed(
    scope: IntegrationScope,
    request: { version: number; sealed: SealedSecret; expiresAt: number | null },
  ): Promise<boolean> {
    return conditionHeld(
      this.#update(scope, {
        UpdateExpression:
          'SET sealed = :sealed, tokenExpiresAt = :expiresAt, #version = :next REMOVE refreshOwner, refreshUntil',
        ConditionExpression: '#version = :version',
        ExpressionAttributeValues: {
          ':version': request.version,
          ':next': request.version + 1,
          ':sealed': request.sealed,
          ':expiresAt': request.expiresAt,
        },
      }),
    );
  }

  async releaseRefresh(scope: IntegrationScope, owner: string): Promise<void> {
    const { client, name } = this.#table;
    await conditionHeld(
      client.send(
        new UpdateCommand({
          TableName: name,
          Key: credentialKey(scope),
          UpdateExpression: 'REMOVE refreshOwner, refreshUntil',
          ConditionExpression: 'refreshOwner = :owner',
          ExpressionAttributeValues: { ':owner': owner },
        }),
      ),
    );
  }

  async delete(scope: IntegrationScope): Promise<void> {
    await this.#table.client.send(new DeleteCommand({ TableName: this.#table.name, Key: credentialKey(scope) }));
  }

  #update(scope: IntegrationScope, input: Omit<UpdateCommandInput, 'TableName' | 'Key'>): Promise<unknown> {
    return this.#table.client.send(
      new UpdateCommand({
        TableName: this.#table.name,
        Key: credentialKey(scope),
        ExpressionAttributeNames: { '#version': 'version' },
        ...input,
      }),
    );
  }
}
