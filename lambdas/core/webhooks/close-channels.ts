import pLimit from 'p-limit';
import { isHubError } from '../errors.ts';
import type { OpenConnector } from '../integrations/connector-sessions.ts';
import type { PushChannel } from '../model/push-channel.ts';
import type { IntegrationScope, Logger, PushChannelStore } from '../ports.ts';

export interface CloseChannelsPorts {
  readonly pushChannels: PushChannelStore;
  readonly logger: Logger;
}

/** Somebody waits for the disconnect, and a business may have dozens of calendars. */
const CONCURRENCY = 5;

/**
 * Closes all channels of an integration whose consent is about to be revoked: afterwards nobody could. What the
 * provider does not close ends by itself, unheard.
 */
export async function closeChannels(
  { pushChannels, logger }: CloseChannelsPorts,
  { integrationId }: IntegrationScope,
  { connector, session }: OpenConnector,
): Promise<void> {
  const open = (await pushChannels.get(integrationId))?.channels ?? [];
  await pushChannels.delete(integrationId);
  const close = async (channel: PushChannel) => {
    try {
      await connector.channels?.closeChannel(session, channel);
    } catch (error) {
      if (!isHubError(error)) throw error;
      logger.warn('push channel not closed', { integrationId, code: error.code });
    }
  };
  await pLimit(CONCURRENCY).map(
    open.filter(({ providerId }) => providerId !== null),
    close,
  );
}
