import { HubError, isHubError } from '../errors.ts';
import type { ConnectStep, Integration } from '../model/integration.ts';
import type { OAuthManager } from '../oauth/oauth-manager.ts';
import { GrantRejectedError } from '../oauth/token-endpoint.ts';
import type { AuthorizationState, Clock, IntegrationStore, Logger, Schedules, SyncQueue } from '../ports.ts';
import { changeIntegration } from './change-integration.ts';
import type { ConnectorSessions } from './connector-sessions.ts';
import { establishConnection, type Learned } from './establish-connection.ts';
import { scopeOf } from './integration-scope.ts';

/** How a consent ended, for the page that the business sees or for its own front end. */
export interface AuthorizationOutcome {
  readonly status: 'connected' | 'action_required' | 'approved' | 'denied' | 'expired' | 'failed';
  /** One sentence for a person. */
  readonly message: string;
  readonly providerName: string | null;
  readonly accountName: string | null;
  readonly integrationId: string | null;
  readonly returnUrl: string | null;
  /** What the business must do, in order; empty when nothing. */
  readonly steps: readonly ConnectStep[];
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

/** Longer error texts of a consent page are not looked through. */
const MAX_ERROR_LENGTH = 2_000;
/** What remains of the gateway's 30 s for calls to the provider. */
const PROVIDER_TIME_MS = 15_000;

const EXPIRED: AuthorizationOutcome = {
  status: 'expired',
  message: 'This link has expired or was used before. Start connecting again.',
  providerName: null,
  accountName: null,
  integrationId: null,
  returnUrl: null,
  steps: [],
};

const APPROVED: AuthorizationOutcome = {
  ...EXPIRED,
  status: 'approved',
  message: 'The connection is approved for your organisation. Now connect again.',
};

const NOT_APPROVED: AuthorizationOutcome = {
  ...EXPIRED,
  status: 'denied',
  message: 'The connection was not approved for your organisation.',
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
  // An administrator who has approved the app for a whole organisation comes back without a code, perhaps days after
  // the consent was begun (Microsoft identity platform, "Request the permissions from a directory admin").
  if (parameters.has('admin_consent') && !parameters.has('code')) {
    return parameters.has('error') ? NOT_APPROVED : APPROVED;
  }
  const state = await ports.oauth.takeState(parameters.get('state') ?? '');
  if (!state) return EXPIRED;
  const provider = ports.sessions.manifest(state.type);
  const about = {
    providerName: provider.name,
    integrationId: state.integrationId,
    returnUrl: state.returnUrl,
    steps: [],
  };
  const integration = await ports.integrations.get(state);
  if (!integration || integration.status === 'disconnecting') return { ...EXPIRED, ...about };

  if (parameters.get('error') !== null || parameters.get('code') === null) {
    const wanting = await consentProblem(ports, state, integration, parameters);
    if (wanting) return { ...about, ...wanting };
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
    const accountName = connected.account?.name ?? null;
    if (connected.status === 'pending') {
      return {
        ...about,
        status: 'action_required',
        message: `${provider.name} has accepted the connection. Something remains to be done before it works.`,
        accountName,
        steps: connected.nextSteps,
      };
    }
    return {
      ...about,
      status: 'connected',
      message: `${provider.name} is connected. The first sync has started.`,
      accountName,
    };
  } catch (error) {
    if (error instanceof GrantRejectedError) return { ...EXPIRED, ...about };
    ports.logger.error('connecting failed', { ...scopeOf(state), provider: state.type, error });
    const explained = isHubError(error, 'integration_not_connected', 'missing_scope', 'plan_required');
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
  const answer = await oauth.exchangeCode(state, parameters);
  const { tokens, accountMembers } = answer;
  requireScopes(manifest.oauth.scopes.required, tokens.scopes, manifest.name);

  const asked = { ...integration, config: { ...integration.config, connection: state.connection } };
  const { connector, session } = await sessions.openUnsaved(asked, answer, {
    callClass: 'live_read',
    deadline: clock.now() + PROVIDER_TIME_MS,
  });
  const identified = await connector.identifyAccount(session);
  const account = { ...identified, attributes: { ...accountMembers, ...identified.attributes } };
  await requireOwnAccount(ports, integration, account.id);

  const steps = (await connector.remainingSteps?.({ ...session, account })) ?? [];

  await oauth.saveTokens(scopeOf(state), state.type, tokens);
  const learned = { account, grantedScopes: tokens.scopes, connection: state.connection };
  return steps.length === 0 ? establishConnection(ports, state, learned) : awaitSteps(ports, state, learned, steps);
}

/** The consent is given, but the connection does not work before the business has done more; see `testIntegration`. */
async function awaitSteps(
  ports: CompleteAuthorizationPorts,
  state: AuthorizationState,
  { connection, ...learned }: Learned,
  nextSteps: readonly ConnectStep[],
): Promise<Integration> {
  const { name } = ports.sessions.manifest(state.type);
  const waiting = await changeIntegration(ports, state, (current) =>
    current.status === 'disconnecting'
      ? null
      : {
          ...current,
          ...learned,
          config: { ...current.config, connection },
          status: 'pending',
          statusReason: `${name} has accepted the connection, but the business must still finish it there.`,
          nextSteps,
        },
  );
  if (waiting?.status !== 'pending') {
    throw new HubError('integration_not_connected', { detail: 'The integration was removed meanwhile.' });
  }
  // It may have been connected before.
  await ports.schedules.delete(scopeOf(state));
  return waiting;
}

/**
 * What a consent page's error asks of the business, by the manifest. It is kept for the front end, but not on an
 * integration that works: that one needs nothing.
 */
async function consentProblem(
  ports: CompleteAuthorizationPorts,
  state: AuthorizationState,
  integration: Integration,
  parameters: URLSearchParams,
): Promise<Pick<AuthorizationOutcome, 'status' | 'message' | 'accountName' | 'steps'> | null> {
  const { name, oauth } = ports.sessions.manifest(state.type);
  const said = `${parameters.get('error')} ${parameters.get('error_description') ?? ''}`.slice(0, MAX_ERROR_LENGTH);
  const problem = oauth.consentProblems?.find(({ match }) => new RegExp(match).test(said));
  if (!problem) return null;
  const steps = await ports.oauth.fillSteps(state.type, problem.steps, state.connection);
  const message = `${name} needs something before it can be connected.`;
  await changeIntegration(ports, integration, (current) =>
    current.status === 'connected' || current.status === 'disconnecting'
      ? null
      : { ...current, statusReason: message, nextSteps: steps },
  );
  ports.logger.info('consent needs more', { ...scopeOf(state), provider: state.type, problem: problem.match });
  return { status: 'action_required', message, accountName: null, steps };
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
