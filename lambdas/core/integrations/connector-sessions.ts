import type { ConnectorSession, IntegrationConnector, ProviderManifest } from '../../connectors/connector.ts';
import { HubError } from '../errors.ts';
import type { OAuthTokens } from '../model/credential.ts';
import type { Integration, IntegrationType } from '../model/integration.ts';
import { reauthRequired } from '../oauth/access-tokens.ts';
import type { OAuthManager } from '../oauth/oauth-manager.ts';
import type { TokenAnswer } from '../oauth/token-endpoint.ts';
import type { Clock, Logger, Metrics, ProviderApps, RateBudget } from '../ports.ts';
import { CallSlots } from '../provider-http/call-slots.ts';
import { HttpClient, type TokenSource } from '../provider-http/http-client.ts';
import type { CallClass } from '../provider-http/provider-http.ts';
import { isWaitingForSteps, scopeOf } from './integration-scope.ts';

export interface ConnectorSessionsOptions {
  readonly manifests: (type: IntegrationType) => ProviderManifest;
  readonly connectors: (type: IntegrationType) => Promise<IntegrationConnector>;
  readonly oauth: OAuthManager;
  readonly apps: ProviderApps;
  readonly budget: RateBudget;
  readonly fetch: typeof fetch;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** Accounts whose calls under way one process keeps count of; those without any are forgotten beyond it. */
const MAX_SLOTS = 500;

/** A connector, and an integration as it sees it. */
export interface OpenConnector {
  readonly connector: IntegrationConnector;
  readonly session: ConnectorSession;
}

/** How the calls of one session behave. */
export interface SessionTerms {
  readonly callClass: CallClass;
  /** Epoch ms; null in the background. */
  readonly deadline: number | null;
}

/** Opens connectors for integrations: the place where tokens, budget and deadline meet a provider's API. */
export class ConnectorSessions {
  readonly #options: ConnectorSessionsOptions;
  readonly #slots = new Map<string, CallSlots>();

  constructor(options: ConnectorSessionsOptions) {
    this.#options = options;
  }

  /** What is known of a provider before any of its code is loaded. */
  manifest(type: IntegrationType): ProviderManifest {
    return this.#options.manifests(type);
  }

  /**
   * A session with the integration's own stored tokens. Throws unless the integration is connected.
   *
   * @param evenIfWaiting also for one that has its consent and waits for the business's next steps.
   */
  async open(
    integration: Integration,
    terms: SessionTerms,
    { evenIfWaiting = false }: { readonly evenIfWaiting?: boolean } = {},
  ): Promise<OpenConnector> {
    if (integration.status === 'reauth_required') throw reauthRequired(this.manifest(integration.type).name);
    if (integration.status !== 'connected' && !(evenIfWaiting && isWaitingForSteps(integration))) {
      throw new HubError('integration_not_connected', { detail: 'The integration is not connected.' });
    }
    return this.#session(integration, integration.account?.id ?? null, terms, this.#storedTokens(integration));
  }

  /**
   * A session with tokens that are not stored yet, to learn whose they are. Its account has no id, only the attributes
   * that came with the tokens (an instance URL, say), and its calls count against no budget of an account.
   */
  async openUnsaved(
    integration: Integration,
    { tokens, accountMembers }: TokenAnswer,
    terms: SessionTerms,
  ): Promise<OpenConnector> {
    const rejected = async (): Promise<never> => {
      throw reauthRequired(this.manifest(integration.type).name);
    };
    const account = { id: '', name: null, attributes: accountMembers };
    return this.#session({ ...integration, account }, null, terms, {
      current: async () => tokens.accessToken,
      renew: rejected,
      giveUp: async () => undefined,
    });
  }

  async #session(
    integration: Integration,
    accountId: string | null,
    terms: SessionTerms,
    tokens: TokenSource,
  ): Promise<OpenConnector> {
    const { budget, fetch, clock, logger, metrics } = this.#options;
    const connector = await this.#options.connectors(integration.type);
    const { manifest } = connector;
    const { type } = manifest;
    const isShared = manifest.rateScope === 'everyone';
    const accountKey = isShared ? type : accountId === null ? null : `${type}:${accountId}`;
    const session: ConnectorSession = {
      http: new HttpClient({
        provider: manifest,
        headers: () => this.#appKey(manifest),
        slots: this.#slotsOf(manifest, `${type}:${accountId ?? integration.integrationId}`),
        quotaPauseMs: connector.quotaPauseMs?.bind(connector),
        classifyError: connector.classifyError?.bind(connector),
        tokens,
        ...terms,
        accountKey,
        budget,
        fetch,
        clock,
        logger,
        metrics,
      }),
      config: integration.config,
      account: integration.account,
      logger,
      now: () => clock.now(),
    };
    return { connector, session };
  }

  async #appKey({ type, name, appKeyHeader }: ProviderManifest): Promise<Readonly<Record<string, string>>> {
    if (!appKeyHeader) return {};
    const { extra } = await this.#options.apps.get(type);
    const key = Object.hasOwn(extra, appKeyHeader.member) ? extra[appKeyHeader.member] : undefined;
    if (!key) {
      throw new HubError('internal', {
        detail: `The secret of the hub's registration with ${name} lacks the member ${appKeyHeader.member}.`,
      });
    }
    return { [appKeyHeader.name]: key };
  }

  #slotsOf({ maxConcurrent }: ProviderManifest, key: string): CallSlots | undefined {
    if (maxConcurrent === undefined) return undefined;
    const known = this.#slots.get(key);
    if (known) return known;
    if (this.#slots.size >= MAX_SLOTS) {
      for (const [other, { isIdle }] of this.#slots) if (isIdle) this.#slots.delete(other);
    }
    const slots = new CallSlots(maxConcurrent);
    this.#slots.set(key, slots);
    return slots;
  }

  #storedTokens(integration: Integration): TokenSource {
    const { oauth } = this.#options;
    const { type } = integration;
    const scope = scopeOf(integration);
    /** Which version a token came from, so that a refused token names the version to replace. */
    const versions = new Map<string, number>();
    const remember = ({ version, tokens }: { version: number; tokens: OAuthTokens }) => {
      versions.set(tokens.accessToken, version);
      return tokens.accessToken;
    };
    return {
      current: async (deadline) => remember(await oauth.accessToken(scope, type, deadline)),
      renew: async (rejected, deadline) =>
        remember(await oauth.accessToken(scope, type, deadline, versions.get(rejected) ?? null)),
      giveUp: () => oauth.markReauthRequired(scope, 'The provider refuses even fresh tokens.'),
    };
  }
}
