import type {
  ConnectorSession,
  IntegrationConnector,
  PullPage,
  PullRequest,
} from '../../../lambdas/connectors/connector.ts';
import type { ProviderAccount } from '../../../lambdas/core/model/integration.ts';
import type { Json, SourceRecord } from '../../../lambdas/core/model/mirror-record.ts';
import type { Resource } from '../../../lambdas/core/model/resource.ts';
import type { CallClass } from '../../../lambdas/core/provider-http/provider-http.ts';
import { SandboxClock } from './clock.ts';
import { connectorSession, type SessionConfig } from './connector-session.ts';
import { Counters } from './counters.ts';
import type { ProviderSetup, SandboxProvider } from './provider.ts';

const REDIRECT = 'http://localhost/callback';

export interface ConnectedOptions {
  readonly connector: IntegrationConnector;
  /** Whose consent it is. */
  readonly accountId: string;
  /** @default 40 */
  readonly contacts?: number;
  /** @default 1 */
  readonly seed?: number;
  /** A patch of the provider's switches. */
  readonly settings?: object;
  /** @default a British business */
  readonly config?: SessionConfig;
}

/**
 * For tests: a connector with an account of a sandbox provider in this process, which has given its consent. There is no
 * server between them, and nothing waits. `Truths`: what the provider knows, by resource.
 */
export class ConnectedAccount<Truths extends object = Record<string, unknown>> {
  readonly clock = new SandboxClock();
  readonly provider: SandboxProvider;
  readonly connector: IntegrationConnector;
  readonly accountId: string;
  readonly config: SessionConfig;
  /** `METHOD path?query` of every call. */
  readonly calls: string[] = [];
  /** `METHOD path` of calls that are carried out, but whose next answer is lost on its way. */
  readonly lose = new Set<string>();
  account: ProviderAccount | null = null;
  #token = '';

  constructor(create: (setup: ProviderSetup) => SandboxProvider, options: ConnectedOptions) {
    const { connector, accountId, contacts = 40, seed = 1, settings = {} } = options;
    this.provider = create({ clock: this.clock, counters: new Counters(), seed, contacts, deals: null, clients: {} });
    this.provider.settings.change(settings);
    this.connector = connector;
    this.accountId = accountId;
    this.config = options.config ?? { defaultCountry: 'GB', timeZone: 'Europe/London' };
    this.renewToken();
  }

  get token(): string {
    return this.#token;
  }

  /** A consent anew: tokens run out when the clock is moved. */
  renewToken(): void {
    const { oauth } = this.provider;
    const { requiredScopes: scopes } = oauth.rules;
    const consent = { account: this.accountId, userId: 1, scopes, redirectUri: REDIRECT, challenge: null };
    const issued = oauth.exchange(oauth.issueCode(consent), REDIRECT, undefined);
    if (typeof issued === 'string') throw new Error(issued);
    this.#token = issued.accessToken;
  }

  session(callClass: CallClass = 'live_read', config: SessionConfig = this.config): ConnectorSession {
    return connectorSession({
      connector: this.connector,
      account: this.account,
      token: this.#token,
      callClass,
      config,
      fetch: (input, init) => this.#fetch(new Request(input, init)),
      clock: { now: () => this.clock.now(), sleep: async () => undefined },
    });
  }

  /** As the hub does after a consent; what the token answer told of the account is kept. */
  async identify(): Promise<this> {
    const { attributes, ...account } = await this.connector.identifyAccount(this.session());
    this.account = { ...account, attributes: { ...this.account?.attributes, ...attributes } };
    return this;
  }

  edit<T = { id: string }>(name: string, input: object): T {
    return (this.provider.edits[name]?.(input) ?? {}) as T;
  }

  truth<R extends keyof Truths & string>(resource: R): Truths[R][] {
    return [...(this.provider.truth(resource, this.accountId) ?? [])] as Truths[R][];
  }

  /** Follows `next` to the end; each cursor goes through JSON, as between two processes. */
  async pull(resource: Resource, more: Partial<PullRequest> = {}): Promise<PullPage[]> {
    const until = new Date(this.clock.now()).toISOString();
    const whole = { resource, mode: 'full', since: null, until, feedState: null } as const;
    const pages: PullPage[] = [];
    let cursor: Json | null = null;
    do {
      const session = this.session('background_read');
      const page: PullPage | undefined = await this.connector.syncData?.(session, { ...whole, ...more, cursor });
      if (!page) throw new Error('there is no syncData');
      pages.push(page);
      cursor = JSON.parse(JSON.stringify(page.next));
    } while (cursor !== null);
    return pages;
  }

  async #fetch(request: Request): Promise<Response> {
    const { pathname, search } = new URL(request.url);
    const call = `${request.method} ${pathname}`;
    this.calls.push(`${call}${decodeURIComponent(search.replaceAll('+', ' '))}`);
    const answer = await this.provider.app.fetch(new Request(`http://sandbox${pathname}${search}`, request));
    if (this.lose.delete(call)) throw new TypeError('fetch failed');
    return answer;
  }
}

export const recordsOf = (pages: readonly PullPage[]): SourceRecord[] => pages.flatMap(({ records }) => records);
