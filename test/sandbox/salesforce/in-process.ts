import type { ConnectorSession, PullRequest } from '../../../lambdas/connectors/connector.ts';
import { createConnector } from '../../../lambdas/connectors/salesforce/index.ts';
import { manifest } from '../../../lambdas/connectors/salesforce/manifest.ts';
import { integrationConfigSchema } from '../../../lambdas/core/model/integration.ts';
import type { Json, SourceRecord } from '../../../lambdas/core/model/mirror-record.ts';
import type { SyncType } from '../../../lambdas/core/model/sync-run.ts';
import { HttpClient } from '../../../lambdas/core/provider-http/http-client.ts';
import type { CallClass } from '../../../lambdas/core/provider-http/provider-http.ts';
import { SandboxClock } from '../mechanics/clock.ts';
import { Counters } from '../mechanics/counters.ts';
import { createSalesforce } from './salesforce.ts';
import type { SalesforceTruth } from './salesforce-control.ts';
import type { SalesforcePatch } from './settings.ts';

const REDIRECT = 'http://localhost/callback';

/** For tests: the connector before an org of the sandbox, without a server between them. */
export class ConnectedOrg {
  readonly clock = new SandboxClock();
  readonly provider;
  readonly connector = createConnector();
  /** `METHOD path?query` of every call. */
  readonly calls: string[] = [];
  /** Attributes of the account, as they are kept. */
  attributes: Readonly<Record<string, string>>;
  readonly accountId: string;
  #token = '';

  /** @param which the org: 0 is the plain one, 1 has person accounts and several currencies. */
  constructor({
    contacts = 40,
    seed = 1,
    which = 0,
    ...settings
  }: { contacts?: number; seed?: number; which?: 0 | 1 } & SalesforcePatch = {}) {
    const setup = { clock: this.clock, counters: new Counters(), seed, contacts, deals: null, clients: {} };
    this.provider = createSalesforce(setup);
    this.provider.settings.change(settings);
    const { origins } = this.provider;
    this.accountId = which === 0 ? '00D5e0T0000KC1NECW' : '00D5e0T0000KC1OECW';
    this.renewToken();
    const id = `https://login.salesforce.com/id/${this.accountId}/0055e0T0000KC1UEAW`;
    this.attributes = { instance_url: origins[2 + which] ?? '', id };
  }

  /** A consent anew: sessions run out when nobody uses them. */
  renewToken(): void {
    const { oauth } = this.provider;
    const scopes = ['api', 'refresh_token'];
    const consent = { account: this.accountId, userId: 1, scopes, redirectUri: REDIRECT, challenge: null };
    const issued = oauth.exchange(oauth.issueCode(consent), REDIRECT, undefined);
    if (typeof issued === 'string') throw new Error(issued);
    this.#token = issued.accessToken;
  }

  session(callClass: CallClass = 'background_read'): ConnectorSession {
    const ignore = () => undefined;
    const logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };
    const http = new HttpClient({
      provider: manifest,
      classifyError: this.connector.classifyError,
      quotaPauseMs: this.connector.quotaPauseMs,
      tokens: { current: async () => this.#token, renew: async () => this.#token, giveUp: async () => undefined },
      callClass,
      deadline: null,
      accountKey: null,
      budget: { take: async () => 0, pause: async () => undefined },
      fetch: (input, init) => this.#fetch(new Request(input, init)),
      clock: { now: () => this.clock.now(), sleep: async () => undefined },
      logger,
      metrics: { count: ignore, duration: ignore },
    });
    const config = integrationConfigSchema.parse({ defaultCountry: 'GB', timeZone: 'Europe/London' });
    const account = { id: this.accountId, name: null, attributes: this.attributes };
    return { http, config, account, logger, now: () => this.clock.now() };
  }

  edit<T = { id: string }>(name: string, input: object): T {
    return (this.provider.edits[name]?.({ account: this.accountId, ...input }) ?? {}) as T;
  }

  truth(resource: 'contacts' | 'opportunities' | 'leads'): SalesforceTruth[] {
    return [...(this.provider.truth(resource, this.accountId) ?? [])] as SalesforceTruth[];
  }

  async #fetch(request: Request): Promise<Response> {
    const { pathname, search } = new URL(request.url);
    this.calls.push(`${request.method} ${pathname}${decodeURIComponent(search.replaceAll('+', ' '))}`);
    return this.provider.app.fetch(new Request(`http://sandbox${pathname}${search}`, request));
  }
}

/** A mirror of one resource as the engine keeps it. Each page's cursor goes through JSON, as between two processes. */
export class SmallMirror {
  readonly records = new Map<string, SourceRecord>();
  readonly org: ConnectedOrg;
  readonly resource: 'contacts' | 'opportunities';
  feedState: Json | null = null;
  /** What the runs were: an incremental one may turn into a full one. */
  readonly modes: SyncType[] = [];
  readonly rejected: string[] = [];
  #completeUntil: string | null = null;

  constructor(org: ConnectedOrg, resource: 'contacts' | 'opportunities' = 'contacts') {
    this.org = org;
    this.resource = resource;
  }

  /** @param crashes how often the first pages are pulled, as after a crash that lost the checkpoint. */
  async sync(wanted: SyncType, crashes = 0): Promise<void> {
    const until = new Date(this.org.clock.now()).toISOString();
    let mode: SyncType = this.#completeUntil === null ? 'full' : wanted;
    const seen = new Set<string>();
    let feedState = this.feedState;
    for (let cursor: Json | null = null, page = 0; ; page += 1) {
      const since =
        mode === 'full' || this.#completeUntil === null
          ? null
          : new Date(Date.parse(this.#completeUntil) - 10 * 60_000).toISOString();
      const request: PullRequest = { resource: this.resource, mode, since, until, feedState: this.feedState, cursor };
      const answer = await this.org.connector.syncData?.(this.org.session(), request);
      if (!answer) throw new Error('there is no syncData');
      if (answer.fullRequired) {
        mode = 'full';
        cursor = null;
        continue;
      }
      for (const record of answer.records) this.#write(record);
      for (const { id } of [...answer.records, ...answer.rejected]) seen.add(id);
      this.rejected.push(...answer.rejected.map(({ reason }) => reason));
      const written = new Set(answer.records.map(({ id }) => id));
      for (const id of answer.deletedIds) if (!written.has(id)) this.records.delete(id);
      feedState = answer.feedState ?? feedState;
      if (page < crashes) continue;
      if (answer.next === null) break;
      cursor = JSON.parse(JSON.stringify(answer.next));
    }
    if (mode === 'full') for (const id of this.records.keys()) if (!seen.has(id)) this.records.delete(id);
    this.feedState = JSON.parse(JSON.stringify(feedState));
    this.#completeUntil = until;
    this.modes.push(mode);
  }

  #write(record: SourceRecord): void {
    const known = this.records.get(record.id);
    if (known?.updatedAt && record.updatedAt && record.updatedAt < known.updatedAt) return;
    this.records.set(record.id, record);
  }
}
