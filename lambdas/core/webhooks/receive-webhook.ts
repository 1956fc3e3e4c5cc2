import type { IntegrationConnector, WebhookEvent } from '../../connectors/connector.ts';
import { isHubError, notFound } from '../errors.ts';
import type { RawRequest } from '../http/parse-request.ts';
import { scopeOf } from '../integrations/integration-scope.ts';
import { type IntegrationType, integrationTypeSchema } from '../model/integration.ts';
import type { Resource } from '../model/resource.ts';
import { METRICS } from '../names.ts';
import type {
  Clock,
  EraseMessage,
  IntegrationScope,
  IntegrationStore,
  Logger,
  Metrics,
  ProviderApps,
  SyncQueue,
} from '../ports.ts';
import { askForEarlySync } from './early-sync.ts';

export interface WebhookPorts {
  readonly integrations: IntegrationStore;
  readonly providerApps: ProviderApps;
  readonly queue: SyncQueue;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

export interface WebhookSettings {
  /** The connector, or null for a provider that the hub does not have. */
  readonly connector: (type: IntegrationType) => Promise<IntegrationConnector | null>;
  /** Public origin of the hub, without a trailing slash. */
  readonly publicOrigin: string;
}

/**
 * Answers a provider that asks, unsigned, whether the address is there before it sends anything (Mindbody "Webhooks").
 * Throws `not_found` where no webhooks are taken.
 */
export async function probeWebhook(
  settings: Pick<WebhookSettings, 'connector'>,
  request: Pick<RawRequest, 'path'>,
): Promise<void> {
  await webhookOf(settings, request);
}

/**
 * Takes a webhook: verifies it, finds whose integrations it concerns, and puts the work on the queue. Erasures are
 * carried out at once; everything else makes the next incremental sync come early. Says the same to every sender
 * whose signature is right, whether or not the account is known.
 */
export async function receiveWebhook(
  ports: WebhookPorts,
  settings: WebhookSettings,
  request: RawRequest,
): Promise<{ accepted: number }> {
  const { type, connector } = await webhookOf(settings, request);
  const events = await readDelivery(ports, settings.publicOrigin, type, connector, request);

  const byAccount = Map.groupBy(events, (event) => event.accountId);
  for (const [accountId, accountEvents] of byAccount) {
    for (const scope of await ports.integrations.findByAccount(type, accountId)) {
      await enqueue(ports, scope, accountEvents);
    }
  }
  return { accepted: events.length };
}

async function readDelivery(
  ports: WebhookPorts,
  publicOrigin: string,
  type: IntegrationType,
  connector: IntegrationConnector,
  request: RawRequest,
): Promise<WebhookEvent[]> {
  const delivery = {
    method: 'POST',
    url: `${publicOrigin}/webhooks/${type}`,
    headers: request.headers,
    body: request.body,
    app: await ports.providerApps.get(type),
    now: ports.clock.now(),
  };
  try {
    return connector.readWebhook?.(delivery) ?? [];
  } catch (error) {
    if (isHubError(error, 'validation_failed')) ports.metrics.count(METRICS.webhookRejected, 1, { provider: type });
    throw error;
  }
}

async function enqueue(ports: WebhookPorts, scope: IntegrationScope, events: readonly WebhookEvent[]): Promise<void> {
  for (const message of erasures(scope, events, ports.clock.now())) await ports.queue.send(message);
  if (events.every(({ kind }) => kind === 'erased')) return;
  await askForEarlySync(ports, scope);
}

function erasures(scope: IntegrationScope, events: readonly WebhookEvent[], now: number): EraseMessage[] {
  const erased = events.filter(({ kind }) => kind === 'erased');
  const byResource = Map.groupBy(erased, ({ resource }): Resource => resource);
  return [...byResource].map(([resource, ofResource]) => ({
    ...scopeOf(scope),
    type: 'erase',
    resource,
    recordIds: [...new Set(ofResource.map(({ recordId }) => recordId))],
    erasedAt: new Date(now).toISOString(),
  }));
}

async function webhookOf({ connector: find }: Pick<WebhookSettings, 'connector'>, { path }: Pick<RawRequest, 'path'>) {
  const type = integrationTypeSchema.safeParse(path.type);
  const connector = type.success ? await find(type.data) : null;
  if (!type.success || !connector?.readWebhook) throw notFound('The webhook', 'type');
  return { type: type.data, connector };
}
