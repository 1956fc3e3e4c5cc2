import { DeleteCommand, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import type { PushChannels } from '../core/model/push-channel.ts';
import type { PushChannelStore } from '../core/ports.ts';
import { conditionHeld, type HubTable, parseItem } from './hub-table.ts';
import { pushChannelsKey } from './table-keys.ts';

const channelSchema = z.object({
  channelId: z.string(),
  subject: z.string(),
  secretHash: z.string(),
  providerId: z.string().nullable(),
  openedAt: z.number(),
  expiresAt: z.number(),
});
const channelsSchema = z.object({
  workspaceId: z.string(),
  integrationId: z.string(),
  channels: z.array(channelSchema),
  checkAt: z.number(),
  version: z.number(),
});

/** One item per integration that has push channels. */
export class DynamoPushChannelStore implements PushChannelStore {
  readonly #table: HubTable;

  constructor(table: HubTable) {
    this.#table = table;
  }

  async get(integrationId: string): Promise<PushChannels | null> {
    const { Item } = await this.#table.client.send(
      new GetCommand({ TableName: this.#table.name, Key: pushChannelsKey(integrationId), ConsistentRead: true }),
    );
    return Item === undefined ? null : parseItem(channelsSchema, Item, 'set of push channels');
  }

  async save(channels: PushChannels): Promise<PushChannels | null> {
    const next = { ...channels, version: channels.version + 1 };
    const saved = await conditionHeld(
      this.#table.client.send(
        new PutCommand({
          TableName: this.#table.name,
          Item: { ...pushChannelsKey(channels.integrationId), ...next },
          ...(channels.version === 0
            ? { ConditionExpression: 'attribute_not_exists(pk)' }
            : {
                ConditionExpression: '#version = :version',
                ExpressionAttributeNames: { '#version': 'version' },
                ExpressionAttributeValues: { ':version': channels.version },
              }),
        }),
      ),
    );
    return saved ? next : null;
  }

  async delete(integrationId: string): Promise<void> {
    await this.#table.client.send(
      new DeleteCommand({ TableName: this.#table.name, Key: pushChannelsKey(integrationId) }),
    );
  }
}
