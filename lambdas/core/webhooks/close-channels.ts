import { isHubError } from '../errors.ts';
import type { OpenConnector } from '../integrations/connector-sessions.ts';
import type { IntegrationScope, Logger, PushChannelStore } from '../ports.ts';

export interface CloseChannelsPorts {
  readonly pushChannels: PushChannelStore;
  readonly logger: Logger;
}

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
  for (const channel of open.filter(({ providerId }) => providerId !== null)) {
    try {
      await connector.channels?.closeChannel(session, channel);
    } catch (error) {
      if (!isHubError(error)) throw error;
      logger.warn('push channel not closed', { integrationId, code: error.code });
    }
  }
}
