import { createConnector } from '../../../lambdas/connectors/calendly/index.ts';
import type { ConnectorSession, PullPage, PullRequest } from '../../../lambdas/connectors/connector.ts';
import { integrationConfigSchema, type ProviderAccount } from '../../../lambdas/core/model/integration.ts';
import type { Json, SourceRecord } from '../../../lambdas/core/model/mirror-record.ts';
import { HttpClient } from '../../../lambdas/core/provider-http/http-client.ts';
import type { CallClass } from '../../../lambdas/core/provider-http/provider-http.ts';
import { SandboxClock } from '../mechanics/clock.ts';
import { Counters } from '../mechanics/counters.ts';
import { createCalendly } from './calendly.ts';
import type { ContactTruth, EventTruth, EventTypeTruth } from './calendly-control.ts';
import { ACCOUNTS } from './seed.ts';
import { type CalendlyPatch, defaultOAuthRules } from './settings.ts';

const REDIRECT = 'http://localhost/callback';
const ignore = () => undefined;

interface Truths {
  readonly contacts: ContactTruth;
  readonly services: EventTypeTruth;
  readonly appointments: EventTruth;
}

/** For tests: the connector before the sandbox's Calendly, without a server between them. */
export class ConnectedCalendly {
  readonly clock = new SandboxClock();
  readonly provider;
  readonly connector = createConnector();
  /** `METHOD path` of every call. */
  readonly calls: string[] = [];
  /** The next answer to this call is lost on its way. */
  loseAnswerTo: string | null = null;
  readonly #user: string;
  #token = '';
  #account: ProviderAccount | null = null;

  /** @param user which account consents: 0 is the owner, 1 a plain member. */
  constructor(settings: CalendlyPatch & { contacts?: number; user?: 0 | 1 } = {}) {
    const { contacts = 40, user = 0, ...patch } = settings;
    const setup = { clock: this.clock, counters: new Counters(), seed: 1, contacts, deals: null, clients: {} };
    this.provider = createCalendly(setup);
    this.provider.settings.change({ listLagMs: 0, ...patch });
    this.#user = ACCOUNTS[user]?.id ?? '';
  }

  /** Consents, and identifies the account as the hub does. */
  async connect(): Promise<this> {
    const { oauth } = this.provider;
    const scopes = defaultOAuthRules(undefined).requiredScopes;
    const consent = { account: this.#user, userId: 1, scopes, redirectUri: REDIRECT, challenge: null };
    const issued = oauth.exchange(oauth.issueCode(consent), REDIRECT, undefined);
    if (typeof issued === 'string') throw new Error(issued);
    this.#token = issued.accessToken;
    this.#account = await this.connector.identifyAccount(this.session());
    return this;
  }

  session(callClass: CallClass = 'live_read'): ConnectorSession {
    const logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };
    const http = new HttpClient({
      provider: this.connector.manifest,
      classifyError: this.connector.classifyError,
      quotaPauseMs: this.connector.quotaPauseMs,
      tokens: { current: async () => this.#token, renew: async () => this.#token, giveUp: async () => undefined },
      ...{ callClass, deadline: null, accountKey: null, logger },
      budget: { take: async () => 0, pause: async () => undefined },
      fetch: (input, init) => this.#fetch(new Request(input, init)),
      clock: { now: () => this.clock.now(), sleep: async () => undefined },
      metrics: { count: ignore, duration: ignore },
    });
    const config = integrationConfigSchema.parse({ defaultCountry: 'GB', timeZone: 'Europe/London' });
    return { http, config, logger, account: this.#account, now: () => this.clock.now() };
  }

  edit<T = { id: string }>(name: string, input: object): T {
    return (this.provider.edits[name]?.(input) ?? {}) as T;
  }

  truth<R extends keyof Truths>(resource: R): Truths[R][] {
    return [...(this.provider.truth(resource, this.#user) ?? [])] as Truths[R][];
  }

  /** Follows `next` to the end; each cursor goes through JSON, as between two processes. */
  async pull(resource: keyof Truths, more: Partial<PullRequest> = {}): Promise<PullPage[]> {
    const until = new Date(this.clock.now()).toISOString();
    const whole = { resource, mode: 'full', since: null, until, feedState: null } as const;
    const pages: PullPage[] = [];
    let cursor: Json | null = null;
    do {
      const page: PullPage | undefined = await this.connector.syncData?.(this.session('background_read'), {
        ...{ ...whole, ...more },
        cursor,
      });
      if (!page) throw new Error('there is no syncData');
      pages.push(page);
      cursor = JSON.parse(JSON.stringify(page.next));
    } while (cursor !== null);
    return pages;
  }

  async #fetch(request: Request): Promise<Response> {
    const { pathname, search } = new URL(request.url);
    const call = `${request.method} ${pathname}`;
    this.calls.push(call);
    const answer = await this.provider.app.fetch(new Request(`http://sandbox${pathname}${search}`, request));
    if (call !== this.loseAnswerTo) return answer;
    this.loseAnswerTo = null;
    throw new TypeError('fetch failed');
  }
}

export const recordsOf = (pages: readonly PullPage[]): SourceRecord[] => pages.flatMap(({ records }) => records);
