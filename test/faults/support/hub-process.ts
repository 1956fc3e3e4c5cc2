/** The parts of one hub process that speak to a provider, over any ports. */
import { ConnectorFactory } from '../../../lambdas/connectors/factory.ts';
import { ConnectorSessions } from '../../../lambdas/core/integrations/connector-sessions.ts';
import { OAuthManager } from '../../../lambdas/core/oauth/oauth-manager.ts';
import type {
  AuthorizationStateStore,
  Clock,
  CredentialStore,
  IntegrationStore,
  Logger,
  Metrics,
  ProviderApp,
  RateBudget,
  TokenVault,
} from '../../../lambdas/core/ports.ts';
import { endlessBudget } from './doubles.ts';

export interface HubProcessPorts {
  readonly integrations: IntegrationStore;
  readonly credentials: CredentialStore;
  readonly vault: TokenVault;
  readonly fetch: typeof fetch;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly budget?: RateBudget;
  readonly app?: Partial<ProviderApp>;
}

const noStates: AuthorizationStateStore = { put: async () => undefined, take: async () => null };

export function hubProcess(ports: HubProcessPorts): { oauth: OAuthManager; sessions: ConnectorSessions } {
  const app: ProviderApp = {
    clientId: 'hubspot-client',
    clientSecret: 'hubspot-secret',
    webhookKey: null,
    extra: {},
    ...ports.app,
  };
  const apps = { get: async () => app };
  const oauth = new OAuthManager({
    ...ports,
    manifests: ConnectorFactory.manifest,
    states: noStates,
    apps,
    publicOrigin: 'http://localhost:8787',
  });
  const sessions = new ConnectorSessions({
    ...ports,
    manifests: ConnectorFactory.manifest,
    connectors: ConnectorFactory.create,
    oauth,
    apps,
    budget: ports.budget ?? endlessBudget,
  });
  return { oauth, sessions };
}
