import { DeleteCommand, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import type { PushChannels } from '../core/model/push-channel.ts';
import { TABLE } from '../core/names.ts';
import type { PushChannelStore } from '../core/ports.ts';
import { conditionHeld, epochSeconds, type HubTable, parseItem } from './hub-table.ts';
import { pushChannelsKey } from './table-keys.ts';

const channelSchema = z.object({
  channelId: z.string(),
  subject: z.string(),
  secretHash: z.string(),
  providerId: z.string().nullable(),
  address: z.string(),
  expiresAt: z.number(),
  renewAt: z.number(),
});
const channelsSchema = z.object({
  workspaceId: z.string(),
  integrationId: z.string(),
  channels: z.array(channelSchema),
  checkAt: z.number(),
  version: z.number(),
});

/** Nobody looks for the channels of an integration that is gone: what a late write leaves of it removes itself. */
const KEPT_AFTER_END_MS = 7 * 24 * 60 * 60_000;

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
          Item: { ...pushChannelsKey(channels.integrationId), ...next, [TABLE.ttl]: endOf(channels) },
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

/** When the item may go, in epoch seconds. */
function endOf({ channels, checkAt }: PushChannels): number {
  const last = Math.max(checkAt, ...channels.map(({ expiresAt }) => expiresAt));
  return epochSeconds(last + KEPT_AFTER_END_MS);
}
