import { createHash, randomBytes } from 'node:crypto';
import { calculatePKCECodeChallenge, generateRandomCodeVerifier } from 'oauth4webapi';
import type { ProviderManifest } from '../../connectors/connector.ts';
import { isHubError } from '../errors.ts';
import { OAUTH_CALLBACK_PATH } from '../http/routes.ts';
import { changeIntegration } from '../integrations/change-integration.ts';
import { scopeOf } from '../integrations/integration-scope.ts';
import type { OAuthTokens, SealContext } from '../model/credential.ts';
import type { ConnectStep, Integration, IntegrationType } from '../model/integration.ts';
import { METRICS, PURPOSE } from '../names.ts';
import type {
  AuthorizationState,
  AuthorizationStateStore,
  Clock,
  CredentialStore,
  IntegrationScope,
  IntegrationStore,
  Logger,
  Metrics,
  ProviderApps,
  TokenVault,
} from '../ports.ts';
import { AccessTokens, tokenContext, type VersionedTokens } from './access-tokens.ts';
import { type ConnectionValues, connectionValues, fillIn, oauthFor } from './connection-parameters.ts';
import { nonceOf } from './id-token.ts';
import { type TokenAnswer, TokenEndpoint } from './token-endpoint.ts';

/** A consent must be finished within this time. */
const STATE_TTL_MS = 10 * 60_000;

/** What OAuth needs to know of an integration. */
export type OAuthSubject = Pick<Integration, 'workspaceId' | 'integrationId' | 'type' | 'config'>;

export interface OAuthManagerOptions {
  readonly manifests: (type: IntegrationType) => ProviderManifest;
  readonly integrations: IntegrationStore;
  readonly credentials: CredentialStore;
  readonly states: AuthorizationStateStore;
  readonly vault: TokenVault;
  readonly apps: ProviderApps;
  readonly fetch: typeof fetch;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Public origin of the hub, without a trailing slash. */
  readonly publicOrigin: string;
}

/** Drives every provider's OAuth from its description: consent, code exchange, refresh, revocation. */
export class OAuthManager {
  readonly #options: OAuthManagerOptions;
  readonly #accessTokens: AccessTokens;

  constructor(options: OAuthManagerOptions) {
    this.#options = options;
    this.#accessTokens = new AccessTokens({
      ...options,
      refresh: async (scope, manifest, refreshToken) =>
        this.refreshToken(manifest, refreshToken, await this.#connectionOf(scope, manifest)),
      onAccountMembers: (scope, members) => this.#updateAccount(scope, members),
      onGrantRejected: (scope) => this.markReauthRequired(scope, 'The provider has withdrawn its consent.'),
    });
  }

  /** The one redirect URI that is registered with every provider. */
  get redirectUri(): string {
    return `${this.#options.publicOrigin}${OAUTH_CALLBACK_PATH}`;
  }

  /**
   * Begins a consent: the URL to send the business's browser to. `state` is random, stored only as a hash, good for
   * one use and for ten minutes.
   */
  async getAuthUrl(
    integration: OAuthSubject,
    returnUrl: string | null,
    connection: ConnectionValues = integration.config.connection,
  ): Promise<{ authorizeUrl: string; expiresAt: string }> {
    const { manifests, apps, states, vault, clock } = this.#options;
    const { type } = integration;
    const scope = scopeOf(integration);
    const oauth = oauthFor(manifests(type), connection);
    const app = await apps.get(type);
    const state = randomBytes(32).toString('base64url');
    const expiresAt = clock.now() + STATE_TTL_MS;
    const verifier = oauth.pkce === 'S256' ? generateRandomCodeVerifier() : null;
    await states.put(hashState(state), {
      ...scope,
      type,
      returnUrl,
      connection,
      sealedVerifier: verifier === null ? null : await vault.seal(verifierContext(scope, type), verifier),
      expiresAt,
    });

    const url = new URL(oauth.authorizeUrl);
    const parameters: Record<string, string> = {
      response_type: 'code',
      client_id: app.clientId,
      redirect_uri: this.redirectUri,
      scope: [...oauth.scopes.required, ...(oauth.scopes.unreported ?? [])].join(' '),
      state,
      ...oauth.authorizeParameters,
    };
    if (oauth.nonce) parameters.nonce = nonceOf(state);
    if (oauth.optionalScopeParameter && oauth.scopes.optional.length > 0) {
      parameters[oauth.optionalScopeParameter] = oauth.scopes.optional.join(' ');
    }
    if (verifier !== null) {
      parameters.code_challenge = await calculatePKCECodeChallenge(verifier);
      parameters.code_challenge_method = 'S256';
    }
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
    return { authorizeUrl: url.toString(), expiresAt: new Date(expiresAt).toISOString() };
  }

  /**
   * A manifest's steps as they are for one account. Their `{state}` is none of ours: whoever does such a step may be
   * somebody else, at another time, so a callback that comes of it connects nothing.
   */
  async fillSteps(
    type: IntegrationType,
    steps: readonly ConnectStep[],
    connection: ConnectionValues,
  ): Promise<ConnectStep[]> {
    if (steps.length === 0) return [];
    const manifest = this.#options.manifests(type);
    const { required, unreported = [] } = manifest.oauth.scopes;
    const values = {
      ...connectionValues(manifest, connection),
      clientId: (await this.#options.apps.get(type)).clientId,
      redirectUri: this.redirectUri,
      scopes: [...required, ...unreported].join(' '),
      state: randomBytes(16).toString('base64url'),
    };
    return steps.map(({ title, detail, url }) => ({
      title: fillIn(title, values),
      detail: fillIn(detail, values),
      url: url === null ? null : fillIn(url, values, encodeURIComponent),
    }));
  }

  /** What a callback's `state` stands for; null when it is forged, used up or too old. Can be asked once. */
  async takeState(state: string): Promise<AuthorizationState | null> {
    const { states, clock } = this.#options;
    return states.take(hashState(state), clock.now());
  }

  /** Exchanges the callback's code. Throws `GrantRejectedError` when the code is used or too old. */
  async exchangeCode(state: AuthorizationState, parameters: URLSearchParams): Promise<TokenAnswer> {
    const { vault } = this.#options;
    const verifier =
      state.sealedVerifier === null ? null : await vault.open(verifierContext(state, state.type), state.sealedVerifier);
    return this.#exchange(this.#options.manifests(state.type), state.connection, (endpoint) =>
      endpoint.exchangeCode({ parameters, redirectUri: this.redirectUri, verifier }),
    );
  }

  /** Asks the provider for new tokens; `accessToken` is what callers want. */
  async refreshToken(
    manifest: ProviderManifest,
    refreshToken: string,
    connection: ConnectionValues,
  ): Promise<TokenAnswer> {
    return this.#exchange(manifest, connection, (endpoint) => endpoint.refresh(refreshToken));
  }

  /** Stores the tokens of a new consent. */
  async saveTokens(scope: IntegrationScope, type: IntegrationType, tokens: OAuthTokens): Promise<void> {
    const { vault, credentials } = this.#options;
    const sealed = await vault.seal(tokenContext(scope, type), JSON.stringify(tokens));
    await credentials.replace(scope, { sealed, expiresAt: tokens.expiresAt });
    this.#accessTokens.forget(scope);
  }

  /** A valid access token; see `AccessTokens`. */
  async accessToken(
    scope: IntegrationScope,
    type: IntegrationType,
    deadline: number | null,
    rejectedVersion: number | null = null,
  ): Promise<VersionedTokens> {
    return this.#accessTokens.get(scope, this.#options.manifests(type), deadline, rejectedVersion);
  }

  /** Deletes the tokens, after revoking them at the provider if asked to and where it has an endpoint for that. */
  async deleteTokens(integration: OAuthSubject, options: { readonly revoke: boolean }): Promise<{ revoked: boolean }> {
    const { credentials, vault, logger } = this.#options;
    const { type, config } = integration;
    const scope = scopeOf(integration);
    const manifest = this.#options.manifests(type);
    const stored = await credentials.get(scope);
    let revoked = false;
    if (stored && options.revoke && manifest.oauth.revocation) {
      try {
        const tokens: OAuthTokens = JSON.parse(await vault.open(tokenContext(scope, type), stored.sealed));
        await this.#exchange(manifest, config.connection, (endpoint) => endpoint.revoke(tokens));
        revoked = true;
      } catch (error) {
        // The business wants to be gone: a provider that does not answer must not keep our copy alive.
        logger.warn('token revocation failed', { ...scope, provider: type, error });
      }
    }
    await credentials.delete(scope);
    this.#accessTokens.forget(scope);
    return { revoked };
  }

  /** Marks a connected integration as needing a person, and counts it for the alarm. */
  async markReauthRequired(scope: IntegrationScope, reason: string): Promise<void> {
    const { logger, metrics } = this.#options;
    let marked = false;
    await changeIntegration(this.#options, scope, (integration) => {
      marked = integration.status === 'connected';
      return marked ? { ...integration, status: 'reauth_required', statusReason: reason } : null;
    });
    if (!marked) return;
    metrics.count(METRICS.reauthRequired);
    logger.warn('integration needs to be reconnected', { ...scope, reason });
  }

  /** Only providers with connection parameters need to know the integration to be asked for new tokens. */
  async #connectionOf(scope: IntegrationScope, manifest: ProviderManifest): Promise<ConnectionValues> {
    if (!manifest.connectionParameters) return {};
    return (await this.#options.integrations.get(scope))?.config.connection ?? {};
  }

  /** Providers may move an account to another host; the token answer is the first to say so. */
  async #updateAccount(scope: IntegrationScope, members: Readonly<Record<string, string>>): Promise<void> {
    try {
      await changeIntegration(this.#options, scope, (integration) => {
        if (!integration.account) return null;
        const { attributes } = integration.account;
        const isNews = Object.entries(members).some(([name, value]) => attributes[name] !== value);
        if (!isNews) return null;
        return { ...integration, account: { ...integration.account, attributes: { ...attributes, ...members } } };
      });
    } catch (error) {
      // The tokens are saved and good; the next refresh says the same again.
      this.#options.logger.warn('account facts of a refresh were not saved', { ...scope, error });
    }
  }

  /**
   * One exchange with a token endpoint. A registration that is missing or that the provider refuses is our fault and
   * concerns every tenant: it is counted for the alarm.
   */
  async #exchange<T>(
    manifest: ProviderManifest,
    connection: ConnectionValues,
    call: (endpoint: TokenEndpoint) => Promise<T>,
  ): Promise<T> {
    const { apps, fetch, clock, logger, metrics } = this.#options;
    const provider = { name: manifest.name, oauth: oauthFor(manifest, connection) };
    try {
      return await call(new TokenEndpoint({ provider, app: await apps.get(manifest.type), fetch, clock }));
    } catch (error) {
      if (isHubError(error, 'internal')) {
        metrics.count(METRICS.providerAppMisconfigured, 1, { provider: manifest.type });
        logger.error('provider app is misconfigured', { provider: manifest.type, reason: error.message });
      }
      throw error;
    }
  }
}

function hashState(state: string): string {
  return createHash('sha256').update(state).digest('hex');
}

function verifierContext(scope: IntegrationScope, provider: string): SealContext {
  return {
    workspace: scope.workspaceId,
    integration: scope.integrationId,
    provider,
    purpose: PURPOSE.pkceVerifier,
  };
}
