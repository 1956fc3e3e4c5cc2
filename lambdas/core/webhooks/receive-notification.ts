import type {
  ChannelDelivery,
  ChannelNotice,
  ChannelOperations,
  IntegrationConnector,
} from '../../connectors/connector.ts';
import { isHubError, notFound } from '../errors.ts';
import { type RawRequest, refuseLargeBody } from '../http/parse-request.ts';
import { scopeOf } from '../integrations/integration-scope.ts';
import { type IntegrationType, integrationIdSchema, integrationTypeSchema } from '../model/integration.ts';
import type { PushChannel } from '../model/push-channel.ts';
import { METRICS } from '../names.ts';
import type { Clock, Metrics, PushChannelStore, SyncQueue } from '../ports.ts';
import { hashOfSecret } from './channel-secret.ts';
import { askForEarlySync } from './early-sync.ts';

/** Graph puts what has gathered into one request. */
const MAX_BODY_BYTES = 1024 * 1024;

export interface NotificationPorts {
  readonly pushChannels: PushChannelStore;
  readonly queue: SyncQueue;
  readonly clock: Clock;
  readonly metrics: Metrics;
}

export interface NotificationSettings {
  /** The connector, or null for a provider that the hub does not have. */
  readonly connector: (type: IntegrationType) => Promise<IntegrationConnector | null>;
}

/**
 * Takes what a provider says through a push channel. Nobody signs it, so the channel and its secret must be ours; then
 * the next incremental sync comes early. To whoever does not know a secret it says the same, whatever the integration:
 * a provider that speaks through a channel which is closed here would take an error for an outage of the hub.
 *
 * @returns the text to answer a handshake with, or how many notifications were good.
 */
export async function receiveNotification(
  ports: NotificationPorts,
  settings: NotificationSettings,
  request: RawRequest,
): Promise<{ readonly handshake: string } | { readonly accepted: number }> {
  const { type, integrationId, operations } = await addresseeOf(settings, request);
  const { headers, body, parameters } = request;
  // Nothing is signed, so whoever finds the address has it read.
  refuseLargeBody(body, MAX_BODY_BYTES);
  const delivery: ChannelDelivery = { headers, body, parameters };
  const stored = await ports.pushChannels.get(integrationId);
  const handshake = operations.answerHandshake?.(delivery) ?? null;
  if (handshake !== null) {
    if (!stored) throw notFound('The integration', 'integrationId');
    return { handshake };
  }
  const notices = readNotices(ports, type, operations, delivery);
  const good = notices.filter((notice) => stored?.channels.some((channel) => speaksThrough(notice, channel)));
  if (good.length < notices.length) {
    ports.metrics.count(METRICS.webhookRejected, notices.length - good.length, { provider: type });
  }
  if (!stored) return { accepted: 0 };
  const scope = scopeOf(stored);
  const said = new Set(good.map(({ kind }) => kind));
  if (said.has('ending') || said.has('ended')) await ports.queue.send({ ...scope, type: 'channels', renew: true });
  if (said.has('changed') || said.has('ended')) await askForEarlySync(ports, scope);
  return { accepted: good.length };
}

function readNotices(
  { metrics }: NotificationPorts,
  provider: IntegrationType,
  operations: ChannelOperations,
  delivery: ChannelDelivery,
): ChannelNotice[] {
  try {
    return operations.readNotices(delivery);
  } catch (error) {
    if (isHubError(error, 'validation_failed')) metrics.count(METRICS.webhookRejected, 1, { provider });
    throw error;
  }
}

/** The secret decides; ids that the notification names must agree with it. */
function speaksThrough({ channelId, providerId, secret }: ChannelNotice, channel: PushChannel): boolean {
  if (channel.secretHash !== hashOfSecret(secret)) return false;
  if (channelId !== null && channelId !== channel.channelId) return false;
  return providerId === null || channel.providerId === null || providerId === channel.providerId;
}

async function addresseeOf({ connector: find }: NotificationSettings, { path }: RawRequest) {
  const type = integrationTypeSchema.safeParse(path.type);
  const operations = type.success ? (await find(type.data))?.channels : undefined;
  if (!type.success || !operations) throw notFound('The webhook', 'type');
  const integrationId = integrationIdSchema.safeParse(path.integrationId);
  if (!integrationId.success) throw notFound('The integration', 'integrationId');
  return { type: type.data, integrationId: integrationId.data, operations };
}
