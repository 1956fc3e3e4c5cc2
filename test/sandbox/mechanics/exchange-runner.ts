import { setTimeout as delay } from 'node:timers/promises';
import type { Hono } from 'hono';
import type { Counters } from './counters.ts';
import type { Fault, Faults } from './faults.ts';
import type { Latency } from './latency.ts';
import type { SandboxProvider } from './provider.ts';
import type { Recorder } from './recorder.ts';

export interface IncomingExchange {
  readonly method: string;
  /** Path and query below `/{type}`. */
  readonly target: string;
  readonly headers: Headers;
  readonly body: string;
}

/** What to do with the connection: answer, drop it, or leave it hanging. */
export type Outcome =
  | { readonly kind: 'answer'; readonly status: number; readonly headers: Headers; readonly body: string }
  | { readonly kind: 'drop' }
  | { readonly kind: 'hang' };

/** Takes one request to a provider through counting, latency, faults, the provider itself and the record. */
export class ExchangeRunner {
  readonly #provider: SandboxProvider;
  readonly #counters: Counters;
  readonly #shared: { faults: Faults; latency: Latency; recorder: Recorder | null };

  constructor(
    provider: SandboxProvider,
    counters: Counters,
    shared: { faults: Faults; latency: Latency; recorder: Recorder | null },
  ) {
    this.#provider = provider;
    this.#counters = counters;
    this.#shared = shared;
  }

  async run(request: IncomingExchange): Promise<Outcome> {
    const path = request.target.split('?')[0] ?? '/';
    if (this.#provider.isBrowserPath(path)) return this.#carryOut(request);
    this.#counters.begin(`${request.method} ${templateOf(this.#provider.app, request.method, path)}`);
    let outcome: Outcome = { kind: 'drop' };
    try {
      const ms = this.#shared.latency.of(this.#provider.type);
      if (ms > 0) await delay(ms);
      const fault = this.#shared.faults.take(request.method, `/${this.#provider.type}${request.target}`);
      outcome = fault ? await this.#goWrong(request, fault) : await this.#answerAndRecord(request);
      return outcome;
    } finally {
      this.#counters.end(outcome.kind === 'answer' ? String(outcome.status) : outcome.kind);
    }
  }

  /**
   * Only what a provider's own servers would send is recorded, so not a gateway's page or a broken body. A lost answer
   * is: the provider did send it.
   */
  async #goWrong(request: IncomingExchange, fault: Fault): Promise<Outcome> {
    switch (fault.kind) {
      case 'reset':
        return { kind: 'drop' };
      case 'hang':
        return { kind: 'hang' };
      case 'html':
        return answer(
          502,
          'text/html',
          '<html><head><title>502</title></head><body><h1>Bad gateway</h1></body></html>',
        );
      case 'malformed':
        return answer(
          200,
          'application/json',
          fault.body === undefined ? '{"results":[{"id":' : JSON.stringify(fault.body),
        );
      case 'lost_answer':
        await this.#answerAndRecord(request);
        return { kind: 'drop' };
      case 'status': {
        const body = fault.body === undefined ? this.#provider.errorBody(fault.status) : fault.body;
        const outcome = answer(
          fault.status,
          'application/json',
          typeof body === 'string' ? body : JSON.stringify(body),
        );
        for (const [name, value] of Object.entries(fault.headers ?? {})) outcome.headers.set(name, value);
        this.#record(request, outcome);
        return outcome;
      }
    }
  }

  async #answerAndRecord(request: IncomingExchange): Promise<Outcome> {
    const outcome = await this.#carryOut(request);
    this.#record(request, outcome);
    return outcome;
  }

  async #carryOut(request: IncomingExchange): Promise<Outcome & { kind: 'answer' }> {
    const { method, headers, body } = request;
    const carriesBody = method !== 'GET' && method !== 'HEAD';
    const response = await this.#provider.app.fetch(
      new Request(`http://sandbox${request.target}`, { method, headers, ...(carriesBody ? { body } : {}) }),
    );
    return {
      kind: 'answer',
      status: response.status,
      headers: new Headers(response.headers),
      body: await response.text(),
    };
  }

  #record(request: IncomingExchange, response: Outcome & { kind: 'answer' }): void {
    const { recorder } = this.#shared;
    if (!recorder) return;
    const url = `${this.#provider.originOf(request.target)}${request.target}`;
    const headers = new Headers(request.headers);
    headers.set('host', new URL(url).host);
    recorder.write({ provider: this.#provider.type, request: { ...request, url, headers }, response });
  }
}

function answer(status: number, contentType: string, body: string): Outcome & { kind: 'answer' } {
  return { kind: 'answer', status, headers: new Headers({ 'content-type': contentType }), body };
}

/** The route's pattern, so that counters don't grow with ids. */
function templateOf(app: Hono, method: string, path: string): string {
  const [matches] = app.router.match(method, path);
  const routes = matches.map(([[, route]]) => route).filter((route) => !route.path.endsWith('*'));
  return routes[0]?.path ?? '(no such route)';
}
