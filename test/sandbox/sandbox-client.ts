import { HubSpotControl } from './hubspot/hubspot-control.ts';
import { answerConsent, type ConsentReturn } from './mechanics/consent-browser.ts';
import type { CounterSnapshot } from './mechanics/counters.ts';
import type { FaultInput } from './mechanics/faults.ts';

export interface SandboxState {
  readonly originMap: Readonly<Record<string, string>>;
  readonly offsetMs: number;
  readonly latency: { readonly all: number; readonly own: Readonly<Record<string, number>> };
  readonly faults: readonly unknown[];
  readonly providers: readonly string[];
}

export interface ConsentChoice {
  readonly decision?: 'approve' | 'deny';
  /** Account id as the page shows it; left out: the one that is chosen beforehand. */
  readonly account?: string;
}

/** Works the sandbox's switches from another process: demo, tests and benchmarks. */
export class SandboxClient {
  readonly url: string;
  readonly hubspot = new HubSpotControl(this);

  constructor(url: string) {
    this.url = url.replace(/\/$/, '');
  }

  state(): Promise<SandboxState> {
    return this.#call('GET', '');
  }

  /** Delay before every answer, of all providers or of one. */
  setLatency(ms: number, provider?: string): Promise<SandboxState['latency']> {
    return this.#call('PUT', '/latency', provider === undefined ? { ms } : { ms, provider });
  }

  getLatency(): Promise<SandboxState['latency']> {
    return this.state().then(({ latency }) => latency);
  }

  /** Moves the sandbox's clock forward: tokens expire, rate windows pass. */
  advanceClock(advanceMs: number): Promise<{ offsetMs: number }> {
    return this.#call('POST', '/clock', { advanceMs });
  }

  addFault(fault: FaultInput): Promise<unknown> {
    return this.#call('POST', '/faults', fault);
  }

  clearFaults(): Promise<unknown> {
    return this.#call('DELETE', '/faults');
  }

  /** By provider. */
  counters(): Promise<Readonly<Record<string, CounterSnapshot>>> {
    return this.#call('GET', '/counters');
  }

  resetCounters(): Promise<unknown> {
    return this.#call('DELETE', '/counters');
  }

  settings<T>(provider: string): Promise<T> {
    return this.#call('GET', `/${provider}/settings`);
  }

  changeSettings<T>(provider: string, patch: unknown): Promise<T> {
    return this.#call('PATCH', `/${provider}/settings`, patch);
  }

  /** Every access token stops working; refresh tokens go on. */
  expireAccessTokens(provider: string): Promise<{ expired: number }> {
    return this.#call('POST', `/${provider}/tokens/expire`, {});
  }

  /** The owner uninstalls the app: every grant, or one account's, is over. */
  revokeGrants(provider: string, account?: string): Promise<{ revoked: number }> {
    return this.#call('POST', `/${provider}/grants/revoke`, account === undefined ? {} : { account });
  }

  /** Takes scopes away from grants that exist. */
  dropScopes(provider: string, scopes: readonly string[]): Promise<unknown> {
    return this.#call('POST', `/${provider}/scopes/drop`, { scopes });
  }

  edit<T>(provider: string, name: string, input: unknown): Promise<T> {
    return this.#call('POST', `/${provider}/edits/${name}`, input);
  }

  /** Every live record of a resource as the provider itself knows it. */
  async *truth<T>(provider: string, resource: string, account?: string): AsyncGenerator<T> {
    const query = account === undefined ? '' : `?account=${encodeURIComponent(account)}`;
    const response = await this.#send('GET', `/${provider}/truth/${resource}${query}`);
    if (!response.body) return;
    let rest = '';
    for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) yield JSON.parse(line) as T;
    }
  }

  /** Plays the browser on a consent page and answers where it is sent back to. Takes the provider's real URL too. */
  async approve(authorizeUrl: string, choice: ConsentChoice = {}): Promise<string> {
    const { url, form } = await this.consent(authorizeUrl, choice);
    if (form !== null) throw new Error('this page posts its answer: use consent()');
    return url;
  }

  /** As `approve`, also for pages that have the browser post their answer (`response_mode=form_post`). */
  async consent(authorizeUrl: string, choice: ConsentChoice = {}): Promise<ConsentReturn> {
    const { originMap } = await this.state();
    const { origin } = new URL(authorizeUrl);
    const base = originMap[origin];
    return answerConsent(base === undefined ? authorizeUrl : base + authorizeUrl.slice(origin.length), choice);
  }

  async #call<T>(method: string, path: string, body?: unknown): Promise<T> {
    return (await (await this.#send(method, path, body)).json()) as T;
  }

  async #send(method: string, path: string, body?: unknown): Promise<Response> {
    const response = await fetch(`${this.url}/_sandbox${path}`, {
      method,
      ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} /_sandbox${path}: ${response.status} ${await response.text()}`);
    return response;
  }
}
