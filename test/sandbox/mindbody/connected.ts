import type { AppointmentChange, ConnectorSession, PullPage } from '../../../lambdas/connectors/connector.ts';
import { createConnector } from '../../../lambdas/connectors/mindbody/index.ts';
import { HubError } from '../../../lambdas/core/errors.ts';
import { type Appointment, appointmentSchema } from '../../../lambdas/core/model/appointment.ts';
import type { ProviderAccount } from '../../../lambdas/core/model/integration.ts';
import type { Json, SourceRecord } from '../../../lambdas/core/model/mirror-record.ts';
import type { Resource } from '../../../lambdas/core/model/resource.ts';
import type { SyncType } from '../../../lambdas/core/model/sync-run.ts';
import type { CallClass } from '../../../lambdas/core/provider-http/provider-http.ts';
import { SandboxClock } from '../mechanics/clock.ts';
import { connectorSession } from '../mechanics/connector-session.ts';
import { Counters } from '../mechanics/counters.ts';
import { createMindbody } from './mindbody.ts';
import type { MindbodyTruths } from './mindbody-control.ts';
import { API_KEY, type MindbodyPatch } from './settings.ts';

const REDIRECT = 'http://localhost/callback';
const SCOPES = ['email', 'profile', 'openid', 'offline_access', 'Mindbody.Api.Public.v6'];

/** For tests: the hub's connector before a site of the sandbox, without a server between them. */
export class ConnectedSite {
  readonly clock = new SandboxClock();
  readonly connector = createConnector();
  readonly provider;
  readonly siteId: string;
  /** `METHOD path` of every call. */
  readonly calls: string[] = [];
  /** The next answers to these calls are lost, although the calls were carried out. */
  readonly lose = new Set<string>();
  account: ProviderAccount | null = null;
  /** The app's own key, as the hub has it. */
  apiKey = API_KEY;
  /** How often the hub gave the tokens up: the business would have to connect again. */
  givenUp = 0;
  /** How often it renewed them. */
  renewals = 0;
  #tokens: { readonly accessToken: string; readonly refreshToken: string };

  /** @param which the site: 0 is the salon, which must be activated, 1 the public sandbox. */
  constructor({
    contacts = 40,
    which = 0,
    linked = true,
    ...settings
  }: { contacts?: number; which?: 0 | 1; linked?: boolean } & MindbodyPatch = {}) {
    const setup = { clock: this.clock, counters: new Counters(), seed: 1, contacts, deals: null, clients: {} };
    this.provider = createMindbody(setup);
    this.provider.settings.change(settings);
    this.siteId = which === 0 ? '12345' : '-99';
    if (linked) this.edit('activate');
    const { oauth } = this.provider;
    const consent = { account: this.siteId, userId: 1, scopes: SCOPES, redirectUri: REDIRECT, challenge: null };
    const issued = oauth.exchange(oauth.issueCode(consent), REDIRECT, undefined);
    if (typeof issued === 'string') throw new Error(issued);
    this.#tokens = issued;
  }

  session(callClass: CallClass = 'live_read'): ConnectorSession {
    return connectorSession({
      connector: this.connector,
      account: this.account,
      token: this.#tokens.accessToken,
      renew: async () => this.#renew(),
      callClass,
      config: { defaultCountry: 'GB', connection: { siteId: this.siteId } },
      headers: async () => ({ 'Api-Key': this.apiKey }),
      onGivenUp: () => {
        this.givenUp += 1;
      },
      fetch: (input, init) => this.#fetch(new Request(input, init)),
      clock: { now: () => this.clock.now(), sleep: async () => undefined },
    });
  }

  /** As the hub does after a consent, and once the site is linked. */
  async identify(): Promise<ProviderAccount> {
    this.account = await this.connector.identifyAccount(this.session());
    return this.account;
  }

  /** A whole pull. Each page's cursor goes through JSON, as between two processes. */
  async pull(resource: Resource, mode: SyncType = 'full', since: string | null = null): Promise<Pulled> {
    const session = this.session('background_read');
    const until = new Date(this.clock.now()).toISOString();
    const pages: PullPage[] = [];
    let cursor: Json | null = null;
    do {
      const page = await this.connector.syncData?.(session, { resource, mode, since, until, feedState: null, cursor });
      if (!page) throw new Error('there is no syncData');
      pages.push(page);
      cursor = JSON.parse(JSON.stringify(page.next));
    } while (cursor !== null);
    return {
      records: new Map(pages.flatMap(({ records }) => records.map((record) => [record.id, record]))),
      deletedIds: pages.flatMap(({ deletedIds }) => deletedIds),
      rejected: pages.flatMap(({ rejected }) => rejected),
      covers: pages.at(-1)?.covers ?? null,
    };
  }

  edit<T = Record<string, never>>(name: string, input: object = {}): T {
    return (this.provider.edits[name]?.({ account: this.siteId, ...input }) ?? {}) as T;
  }

  truth<R extends keyof MindbodyTruths>(resource: R): MindbodyTruths[R][] {
    return [...(this.provider.truth(resource, this.siteId) ?? [])] as MindbodyTruths[R][];
  }

  #renew(): string {
    this.renewals += 1;
    const issued = this.provider.oauth.refresh(this.#tokens.refreshToken);
    if (typeof issued === 'string') throw new HubError('reauth_required', { detail: issued });
    this.#tokens = issued;
    return issued.accessToken;
  }

  async #fetch(request: Request): Promise<Response> {
    const { pathname, search } = new URL(request.url);
    const call = `${request.method} ${pathname.replace('/public/v6', '')}`;
    this.calls.push(call);
    const response = await this.provider.app.fetch(new Request(`http://sandbox${pathname}${search}`, request));
    if (this.lose.delete(call)) throw new TypeError('the connection was reset');
    return response;
  }
}

export interface Pulled {
  readonly records: ReadonlyMap<string, SourceRecord>;
  readonly deletedIds: readonly string[];
  readonly rejected: readonly unknown[];
  readonly covers: PullPage['covers'] | null;
}

export function appointmentIn(pulled: Pulled, id: string): SourceRecord<Appointment> {
  const record = pulled.records.get(id);
  if (!record) throw new Error(`${id} was not pulled`);
  return { ...record, data: appointmentSchema.parse(record.data) };
}

export function recordOf(change: AppointmentChange | undefined): SourceRecord<Appointment> {
  if (!change?.record) throw new Error('nothing was kept of it');
  return change.record;
}

export async function codeOf(work: Promise<unknown> | undefined): Promise<string> {
  const error = await work?.then(
    () => null,
    (failure: unknown) => failure,
  );
  return error instanceof HubError ? `${error.code}${error.outcomeUnknown ? ', open' : ''}` : String(error);
}
