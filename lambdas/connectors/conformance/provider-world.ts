/** The hub around one connector, in memory: the real OAuth and HTTP, a provider by script, and a clock that jumps. */
import type { ConnectPorts } from '../../core/integrations/connect-integration.ts';
import { ConnectorSessions } from '../../core/integrations/connector-sessions.ts';
import type { EstablishPorts } from '../../core/integrations/establish-connection.ts';
import type { OAuthTokens, SealedSecret, StoredCredential } from '../../core/model/credential.ts';
import { type Integration, integrationConfigSchema } from '../../core/model/integration.ts';
import { connectionValues, fillIn } from '../../core/oauth/connection-parameters.ts';
import { OAuthManager } from '../../core/oauth/oauth-manager.ts';
import type {
  AuthorizationState,
  AuthorizationStateStore,
  CredentialStore,
  IntegrationStore,
  Logger,
  ProviderApp,
  QueueMessage,
  RateBudget,
  Schedules,
  TokenVault,
} from '../../core/ports.ts';
import type { CallClass } from '../../core/provider-http/provider-http.ts';
import type { ConnectorSession, IntegrationConnector } from '../connector.ts';
import type { ConformanceFixtures, Exchange, Reply, Script } from './fixtures.ts';

export const APP: ProviderApp = {
  clientId: 'conformance-client',
  clientSecret: 'conformance-secret',
  webhookKey: 'conformance-secret',
  extra: {},
};
/** What `appKeyHeader` sends. */
export const APP_KEY = 'conformance-app-key';
export const PUBLIC_ORIGIN = 'https://hub.example.com';
export const OLD_TOKENS: OAuthTokens = {
  accessToken: 'access-token-that-is-stored',
  refreshToken: 'refresh-token-that-is-stored',
  expiresAt: null,
  scopes: ['stored'],
};

export class ProviderWorld {
  readonly exchanges: Exchange[] = [];
  readonly tokenRequests: Exchange[] = [];
  readonly log: string[] = [];
  readonly states = new Map<string, AuthorizationState>();
  readonly oauth: OAuthManager;
  readonly connector: IntegrationConnector;
  /** When background calls were told to wait until, epoch ms. */
  readonly pauses: number[] = [];
  now = Date.parse('2026-11-23T12:00:00Z');
  api: Script = () => undefined;
  tokenEndpoint: Script = () => undefined;
  integration: Integration;
  /** What the hub's use cases need besides a provider. */
  readonly ports: EstablishPorts & ConnectPorts & { readonly credentials: CredentialStore; readonly logger: Logger };
  readonly queued: QueueMessage[] = [];
  readonly schedules = new Set<string>();
  /** Ids of accounts whose webhooks belong to the integration. */
  readonly linkedAccounts = new Set<string>();
  readonly #tokenUrl: string;
  #credential: StoredCredential | null = null;
  readonly #sessions: ConnectorSessions;

  constructor(connector: IntegrationConnector, fixtures: Pick<ConformanceFixtures, 'connection' | 'account'>) {
    const { manifest } = connector;
    const connection = fixtures.connection ?? {};
    this.connector = connector;
    this.#tokenUrl = fillIn(manifest.oauth.tokenUrl, connectionValues(manifest, connection));
    this.integration = {
      workspaceId: 'salon',
      integrationId: `int_${'0'.repeat(32)}`,
      type: connector.manifest.type,
      status: 'connected',
      statusReason: null,
      nextSteps: [],
      config: integrationConfigSchema.parse({ defaultCountry: 'GB', connection }),
      account: { id: 'account', name: null, attributes: fixtures.account.attributes ?? {} },
      grantedScopes: [],
      createdAt: '2026-11-01T00:00:00Z',
      connectedAt: '2026-11-01T00:00:00Z',
      updatedAt: '2026-11-01T00:00:00Z',
      version: 1,
    };
    this.storeTokens(OLD_TOKENS);
    const shared = {
      clock: { now: () => this.now, sleep: (ms: number) => this.#sleep(ms) },
      logger: this.#logger(),
      metrics: { count: () => undefined, duration: () => undefined },
      fetch: (...[input, init]: Parameters<typeof fetch>) => this.#fetch(new Request(input, init)),
    };
    const integrations = this.#integrations();
    const credentials = this.#credentials();
    const extra = manifest.appKeyHeader ? { [manifest.appKeyHeader.member]: APP_KEY } : {};
    const apps = { get: async () => ({ ...APP, extra }) };
    this.oauth = new OAuthManager({
      ...shared,
      manifests: () => manifest,
      integrations,
      credentials,
      states: this.#authorizationStates(),
      vault: openVault,
      apps,
      publicOrigin: PUBLIC_ORIGIN,
    });
    this.#sessions = new ConnectorSessions({
      ...shared,
      manifests: () => manifest,
      connectors: async () => connector,
      oauth: this.oauth,
      apps,
      budget: this.#budget(),
    });
    this.ports = {
      ...shared,
      integrations,
      credentials,
      oauth: this.oauth,
      sessions: this.#sessions,
      schedules: this.#schedules(),
      queue: {
        send: async (message) => {
          this.queued.push(message);
        },
      },
    };
  }

  async session(callClass: CallClass = 'live_read', deadlineMs: number | null = 10_000): Promise<ConnectorSession> {
    const deadline = deadlineMs === null ? null : this.now + deadlineMs;
    return (await this.#sessions.open(this.integration, { callClass, deadline })).session;
  }

  storeTokens(tokens: OAuthTokens): void {
    const version = (this.#credential?.version ?? 0) + 1;
    this.#credential = { version, sealed: sealed(JSON.stringify(tokens)), expiresAt: tokens.expiresAt, refresh: null };
  }

  storedTokens(): OAuthTokens | null {
    return this.#credential === null ? null : JSON.parse(this.#credential.sealed.ct);
  }

  async #fetch(request: Request): Promise<Response> {
    const exchange: Exchange = {
      method: request.method,
      url: new URL(request.url),
      headers: request.headers,
      body: await request.text(),
    };
    const isTokenRequest = request.url === this.#tokenUrl;
    (isTokenRequest ? this.tokenRequests : this.exchanges).push(exchange);
    const reply = (isTokenRequest ? this.tokenEndpoint : this.api)(exchange);
    if (!reply) throw new Error(`the script has no reply to ${request.method} ${request.url} ${exchange.body}`);
    return responseOf(reply);
  }

  async #sleep(ms: number): Promise<void> {
    // Deadlines are timers that mostly lose their race: only what is really waited for moves the clock.
    await new Promise((resolve) => setImmediate(resolve));
    if (ms < 10_000) this.now += ms;
    else await new Promise(() => undefined);
  }

  #logger(): Logger {
    const write = (message: string, fields?: object) => {
      this.log.push(`${message} ${JSON.stringify(fields ?? {})}`);
    };
    return { debug: write, info: write, warn: write, error: write };
  }

  #integrations(): IntegrationStore {
    return {
      get: async () => this.integration,
      list: async () => [this.integration],
      update: async (changed) => {
        if (changed.version !== this.integration.version) return null;
        this.integration = { ...changed, version: changed.version + 1 };
        return this.integration;
      },
      create: async (integration) => {
        this.integration = integration;
      },
      delete: unused,
      directory: async function* () {},
      findByAccount: async () => [],
      linkAccount: async (_type, accountId) => {
        this.linkedAccounts.add(accountId);
      },
      unlinkAccount: async (_type, accountId) => {
        this.linkedAccounts.delete(accountId);
      },
    };
  }

  #schedules(): Schedules {
    return {
      put: async ({ integrationId }) => {
        this.schedules.add(integrationId);
      },
      delete: async ({ integrationId }) => {
        this.schedules.delete(integrationId);
      },
      list: async function* () {},
      nameOf: ({ integrationId }) => integrationId,
      deleteByName: unused,
    };
  }

  #credentials(): CredentialStore {
    return {
      get: async () => this.#credential,
      replace: async (_scope, { sealed: secret, expiresAt }) => {
        const version = (this.#credential?.version ?? 0) + 1;
        this.#credential = { version, sealed: secret, expiresAt, refresh: null };
      },
      delete: async () => {
        this.#credential = null;
      },
      acquireRefresh: async (_scope, { version, owner, until }) => {
        if (this.#credential?.version !== version || this.#credential.refresh !== null) return false;
        this.#credential = { ...this.#credential, refresh: { owner, until } };
        return true;
      },
      saveRefreshed: async (_scope, { version, sealed: secret, expiresAt }) => {
        if (this.#credential?.version !== version) return false;
        this.#credential = { version: version + 1, sealed: secret, expiresAt, refresh: null };
        return true;
      },
      releaseRefresh: async () => {
        if (this.#credential) this.#credential = { ...this.#credential, refresh: null };
      },
    };
  }

  #authorizationStates(): AuthorizationStateStore {
    return {
      put: async (hash, state) => {
        this.states.set(hash, state);
      },
      take: async (hash) => {
        const state = this.states.get(hash) ?? null;
        this.states.delete(hash);
        return state;
      },
    };
  }

  #budget(): RateBudget {
    return {
      take: async () => 0,
      pause: async (_account, until) => {
        this.pauses.push(until);
      },
    };
  }
}

function responseOf({ status = 200, headers = {}, body }: Reply): Response {
  if (body === undefined) return new Response(null, { status, headers });
  const type = typeof body === 'string' ? 'text/html' : 'application/json';
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return new Response(text, { status, headers: { 'content-type': type, ...headers } });
}

/** Encryption is another test's business. */
const openVault: TokenVault = {
  seal: async (_context, plaintext) => sealed(plaintext),
  open: async (_context, secret) => secret.ct,
};

function sealed(plaintext: string): SealedSecret {
  return { v: 1, edk: '', iv: '', ct: plaintext, tag: '' };
}

async function unused(): Promise<never> {
  throw new Error('a connector has no business with this');
}
