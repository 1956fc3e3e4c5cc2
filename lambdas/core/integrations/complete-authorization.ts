import { HubError, isHubError } from '../errors.ts';
import type { Integration } from '../model/integration.ts';
import type { OAuthManager } from '../oauth/oauth-manager.ts';
import { GrantRejectedError } from '../oauth/token-endpoint.ts';
import type { AuthorizationState, Clock, IntegrationStore, Logger, Schedules, SyncQueue } from '../ports.ts';
import { newRunId } from '../sync/run-id.ts';
import { changeIntegration } from './change-integration.ts';
import type { ConnectorSessions } from './connector-sessions.ts';
import { scopeOf } from './integration-scope.ts';

/** How a consent ended, for the page that the business sees or for its own front end. */
export interface AuthorizationOutcome {
  readonly status: 'connected' | 'denied' | 'expired' | 'failed';
  /** One sentence for a person. */
  readonly message: string;
  readonly providerName: string | null;
  readonly accountName: string | null;
  readonly integrationId: string | null;
  readonly returnUrl: string | null;
}

export interface CompleteAuthorizationPorts {
  readonly integrations: IntegrationStore;
  readonly oauth: OAuthManager;
  readonly sessions: ConnectorSessions;
  readonly schedules: Schedules;
  readonly queue: SyncQueue;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What remains of the gateway's 30 s for calls to the provider. */
const PROVIDER_TIME_MS = 15_000;

const EXPIRED: AuthorizationOutcome = {
  status: 'expired',
  message: 'This link has expired or was used before. Start connecting again.',
  providerName: null,
  accountName: null,
  integrationId: null,
  returnUrl: null,
};

/**
 * Ends a consent: takes the one-time state, exchanges the code, learns whose account it is, and only then stores the
 * tokens, creates the schedule and queues the first full sync. Nothing is stored for an account that may not be
 * connected.
 */
export async function completeAuthorization(
  ports: CompleteAuthorizationPorts,
  parameters: URLSearchParams,
): Promise<AuthorizationOutcome> {
  const state = await ports.oauth.takeState(parameters.get('state') ?? '');
  if (!state) return EXPIRED;
  const provider = ports.sessions.manifest(state.type);
  const about = { providerName: provider.name, integrationId: state.integrationId, returnUrl: state.returnUrl };
  const integration = await ports.integrations.get(state);
  if (!integration || integration.status === 'disconnecting') return { ...EXPIRED, ...about };

  if (parameters.get('error') !== null || parameters.get('code') === null) {
    const denied = parameters.get('error') === 'access_denied';
    ports.logger.info('consent not given', { ...scopeOf(state), provider: state.type, denied });
    return {
      ...about,
      status: denied ? 'denied' : 'failed',
      message: denied
        ? `${provider.name} was not connected, because access was declined.`
        : `${provider.name} did not complete the connection. Start connecting again.`,
      accountName: null,
    };
  }

  try {
    const connected = await connect(ports, state, integration, parameters);
    return {
      ...about,
      status: 'connected',
      message: `${provider.name} is connected. The first sync has started.`,
      accountName: connected.account?.name ?? null,
    };
  } catch (error) {
    if (error instanceof GrantRejectedError) return { ...EXPIRED, ...about };
    ports.logger.error('connecting failed', { ...scopeOf(state), provider: state.type, error });
    const explained = isHubError(error, 'integration_not_connected', 'missing_scope');
    return {
      ...about,
      status: 'failed',
      message: explained ? error.message : `${provider.name} could not be connected. Start connecting again.`,
      accountName: null,
    };
  }
}

async function connect(
  ports: CompleteAuthorizationPorts,
  state: AuthorizationState,
  integration: Integration,
  parameters: URLSearchParams,
): Promise<Integration> {
  const { oauth, sessions, clock } = ports;
  const manifest = sessions.manifest(state.type);
  const answer = await oauth.exchangeCode(state, parameters, integration.config.connection);
  const { tokens, accountMembers } = answer;
  requireScopes(manifest.oauth.scopes.required, tokens.scopes, manifest.name);

  const { connector, session } = await sessions.openUnsaved(integration, answer, {
    callClass: 'live_read',
    deadline: clock.now() + PROVIDER_TIME_MS,
  });
  const identified = await connector.identifyAccount(session);
  const account = { ...identified, attributes: { ...accountMembers, ...identified.attributes } };
  await requireOwnAccount(ports, integration, account.id);

  await oauth.saveTokens(scopeOf(state), state.type, tokens);
  const now = new Date(clock.now()).toISOString();
  const connected = await changeIntegration(ports, state, (current) =>
    current.status === 'disconnecting'
      ? null
      : {
          ...current,
          status: 'connected',
          statusReason: null,
          account,
          grantedScopes: tokens.scopes,
          connectedAt: current.connectedAt ?? now,
        },
  );
  if (connected?.status !== 'connected') {
    throw new HubError('integration_not_connected', { detail: 'The integration was removed meanwhile.' });
  }
  await ports.integrations.linkAccount(state.type, account.id, scopeOf(state));
  await ports.schedules.put(connected);
  await ports.queue.send({ ...scopeOf(state), type: 'full', trigger: 'connect', runId: newRunId(clock.now()) });
  return connected;
}

/** A provider may let people untick scopes; without the required ones nothing would work later. */
function requireScopes(required: readonly string[], granted: readonly string[], providerName: string): void {
  const missing = granted.length === 0 ? [] : required.filter((scope) => !granted.includes(scope));
  if (missing.length > 0) {
    throw new HubError('missing_scope', {
      detail: `${providerName} was not connected: permission was not given for ${missing.join(', ')}.`,
    });
  }
}

/** One account belongs to one integration of a workspace, and an integration never changes its account. */
async function requireOwnAccount(
  ports: CompleteAuthorizationPorts,
  integration: Integration,
  accountId: string,
): Promise<void> {
  if (integration.account !== null && integration.account.id !== accountId) {
    throw new HubError('integration_not_connected', {
      detail: 'This is a different account from the one connected before. Disconnect that one first.',
    });
  }
  const others = await ports.integrations.list(integration.workspaceId);
  const taken = others.some(
    (other) =>
      other.integrationId !== integration.integrationId &&
      other.type === integration.type &&
      other.account?.id === accountId &&
      other.status !== 'disconnecting',
  );
  if (taken) {
    throw new HubError('integration_not_connected', { detail: 'This account is already connected to the workspace.' });
  }
}
