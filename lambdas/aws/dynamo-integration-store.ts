import { DeleteCommand, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { HubError } from '../core/errors.ts';
import type { Integration, IntegrationType } from '../core/model/integration.ts';
import { TABLE } from '../core/names.ts';
import type { IntegrationScope, IntegrationStore } from '../core/ports.ts';
import { conditionHeld, type HubTable, parseItem, queryPages } from './hub-table.ts';
import { storedIntegrationSchema } from './stored-integration.ts';
import {
  accountLinkKey,
  accountPartition,
  DIRECTORY_VALUE,
  INTEGRATION_PREFIX,
  integrationKey,
  integrationsPartition,
  scopeOfIntegrationKey,
} from './table-keys.ts';

const accountLinkSchema = z.object({ workspaceId: z.string(), integrationId: z.string() });
const directoryEntrySchema = z.object({ pk: z.string(), sk: z.string() });

/** Integrations, one item each in their workspace's partition, and the accounts they are connected to. */
export class DynamoIntegrationStore implements IntegrationStore {
  readonly #table: HubTable;

  constructor(table: HubTable) {
    this.#table = table;
  }

  async get(scope: IntegrationScope): Promise<Integration | null> {
    const { Item } = await this.#table.client.send(
      new GetCommand({ TableName: this.#table.name, Key: integrationKey(scope), ConsistentRead: true }),
    );
    return Item === undefined ? null : parseItem(storedIntegrationSchema, Item, 'integration');
  }

  async list(workspaceId: string): Promise<Integration[]> {
    const found: Integration[] = [];
    const pages = queryPages(this.#table, {
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
      ExpressionAttributeValues: { ':pk': integrationsPartition(workspaceId), ':prefix': INTEGRATION_PREFIX },
    });
    for await (const items of pages) {
      for (const item of items) found.push(parseItem(storedIntegrationSchema, item, 'integration'));
    }
    return found;
  }

  async create(integration: Integration): Promise<void> {
    const created = await conditionHeld(
      this.#table.client.send(
        new PutCommand({
          TableName: this.#table.name,
          Item: itemOf(integration),
          ConditionExpression: 'attribute_not_exists(pk)',
        }),
      ),
    );
    if (!created) throw new HubError('internal', { detail: 'An integration with this id exists already.' });
  }

  async update(integration: Integration): Promise<Integration | null> {
    const next: Integration = { ...integration, version: integration.version + 1 };
    const updated = await conditionHeld(
      this.#table.client.send(
        new PutCommand({
          TableName: this.#table.name,
          Item: itemOf(next),
          ConditionExpression: '#version = :version',
          ExpressionAttributeNames: { '#version': 'version' },
          ExpressionAttributeValues: { ':version': integration.version },
        }),
      ),
    );
    return updated ? next : null;
  }

  async delete(scope: IntegrationScope): Promise<void> {
    await this.#table.client.send(new DeleteCommand({ TableName: this.#table.name, Key: integrationKey(scope) }));
  }

  async *directory(): AsyncGenerator<IntegrationScope> {
    const pages = queryPages(this.#table, {
      IndexName: TABLE.directoryIndex,
      ConsistentRead: false,
      KeyConditionExpression: '#directory = :all',
      ExpressionAttributeNames: { '#directory': TABLE.directoryKey },
      ExpressionAttributeValues: { ':all': DIRECTORY_VALUE },
    });
    for await (const items of pages) {
      for (const item of items) {
        const scope = scopeOfIntegrationKey(parseItem(directoryEntrySchema, item, 'directory entry'));
        if (scope !== null) yield scope;
      }
    }
  }

  async findByAccount(type: IntegrationType, accountId: string): Promise<IntegrationScope[]> {
    const found: IntegrationScope[] = [];
    const pages = queryPages(this.#table, {
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': accountPartition(type, accountId) },
    });
    for await (const items of pages) {
      for (const item of items) found.push(parseItem(accountLinkSchema, item, 'account link'));
    }
    return found;
  }

  async linkAccount(type: IntegrationType, accountId: string, scope: IntegrationScope): Promise<void> {
    const { workspaceId, integrationId } = scope;
    await this.#table.client.send(
      new PutCommand({
        TableName: this.#table.name,
        Item: { ...accountLinkKey(type, accountId, scope), workspaceId, integrationId },
      }),
    );
  }

  async unlinkAccount(type: IntegrationType, accountId: string, scope: IntegrationScope): Promise<void> {
    await this.#table.client.send(
      new DeleteCommand({ TableName: this.#table.name, Key: accountLinkKey(type, accountId, scope) }),
    );
  }
}

function itemOf(integration: Integration) {
  return { ...integration, ...integrationKey(integration), [TABLE.directoryKey]: DIRECTORY_VALUE };
}
