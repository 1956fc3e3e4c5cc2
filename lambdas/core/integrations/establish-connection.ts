import { HubError } from '../errors.ts';
import {
  type Integration,
  type IntegrationConfig,
  type ProviderAccount,
  timeZoneSchema,
} from '../model/integration.ts';
import type { Clock, IntegrationScope, IntegrationStore, Schedules, SyncQueue } from '../ports.ts';
import { newRunId } from '../sync/run-id.ts';
import { askForChannels } from '../webhooks/ask-for-channels.ts';
import { changeIntegration } from './change-integration.ts';
import type { ConnectorSessions } from './connector-sessions.ts';
import { scopeOf } from './integration-scope.ts';

export interface EstablishPorts {
  readonly integrations: IntegrationStore;
  readonly schedules: Schedules;
  readonly queue: SyncQueue;
  readonly sessions: ConnectorSessions;
  readonly clock: Clock;
}

/** What a consent has shown. */
export interface Learned extends Pick<Integration, 'account' | 'grantedScopes'> {
  readonly connection: IntegrationConfig['connection'];
}

/**
 * Makes an integration whose tokens are stored a connected one: with its account, its schedule and its first full sync.
 * Repeating it is harmless.
 *
 * @param learned what the consent has shown; what the integration has already stays without it.
 */
export async function establishConnection(
  ports: EstablishPorts,
  scope: IntegrationScope,
  learned: Partial<Learned> = {},
): Promise<Integration> {
  const now = new Date(ports.clock.now()).toISOString();
  const connected = await changeIntegration(ports, scope, (current) => {
    if (current.status === 'disconnecting') return null;
    const account = learned.account ?? current.account;
    const config = { ...current.config, connection: learned.connection ?? current.config.connection };
    return {
      ...current,
      status: 'connected',
      statusReason: null,
      nextSteps: [],
      account,
      grantedScopes: learned.grantedScopes ?? current.grantedScopes,
      config: current.connectedAt === null && account !== null ? inZoneOf(account, config) : config,
      connectedAt: current.connectedAt ?? now,
    };
  });
  if (connected?.status !== 'connected' || connected.account === null) {
    throw new HubError('integration_not_connected', { detail: 'The integration was removed meanwhile.' });
  }
  await ports.integrations.linkAccount(connected.type, connected.account.id, scopeOf(scope));
  await ports.schedules.put(connected);
  await ports.queue.send({
    ...scopeOf(scope),
    type: 'full',
    trigger: 'connect',
    runId: newRunId(ports.clock.now()),
  });
  // After another consent the channels of the earlier one may be dead.
  await askForChannels(ports, connected, { renew: true });
  return connected;
}

/** The default zone says nothing of the business; its account often does. */
function inZoneOf(account: ProviderAccount, config: IntegrationConfig): IntegrationConfig {
  const zone = timeZoneSchema.safeParse(account.attributes.timeZone);
  return config.timeZone === 'UTC' && zone.success ? { ...config, timeZone: zone.data } : config;
}
