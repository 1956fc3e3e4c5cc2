import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream as WebStream } from 'node:stream/web';
import { SandboxClock } from './mechanics/clock.ts';
import { createControlApp } from './mechanics/control.ts';
import { Counters } from './mechanics/counters.ts';
import { ExchangeRunner, type Outcome } from './mechanics/exchange-runner.ts';
import { Faults } from './mechanics/faults.ts';
import { Latency } from './mechanics/latency.ts';
import type { OAuthClient } from './mechanics/oauth-server.ts';
import { Recorder } from './mechanics/recorder.ts';
import { PROVIDERS } from './providers.ts';

export interface SandboxOptions {
  /** 0 takes any free port. */
  readonly port: number;
  readonly host?: string;
  /** How many people the main account of each provider knows. */
  readonly contacts: number;
  readonly deals?: number;
  /** The hub's registration per provider, where it is not `{type}-client` and `{type}-secret`. */
  readonly clients?: Readonly<Record<string, OAuthClient>>;
  /** Delay before every answer. */
  readonly latencyMs?: number;
  /** Writes every exchange as a JSON line, secrets masked. */
  readonly recordFile?: string;
  /** Seed of the generated records; the same seed gives the same people. */
  readonly seed?: number;
}

export interface Sandbox {
  readonly url: string;
  /** Real origin → local base, for `PROVIDER_ORIGIN_MAP`. */
  readonly originMap: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** Runs the providers on this machine, each under `/{type}`, and the control API under `/_sandbox`. */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const clock = new SandboxClock();
  const faults = new Faults();
  const latency = new Latency(options.latencyMs ?? 0);
  const recorder = options.recordFile === undefined ? null : new Recorder(options.recordFile);
  const providers = new Map(
    PROVIDERS.map((create) => {
      const counters = new Counters();
      const setup = {
        clock,
        counters,
        seed: options.seed ?? 1,
        contacts: options.contacts,
        deals: options.deals ?? null,
        clients: options.clients ?? {},
      };
      const provider = create(setup);
      const runner = new ExchangeRunner(provider, counters, { faults, latency, recorder });
      return [provider.type, { provider, counters, runner }] as const;
    }),
  );
  const originMap: Record<string, string> = {};
  const control = createControlApp({ clock, latency, faults, providers, originMap });

  const server = createServer(async (incoming, outgoing) => {
    try {
      const { target, method, headers, body } = await readRequest(incoming);
      const type = /^\/([^/?]+)/.exec(target)?.[1] ?? '';
      if (type === '_sandbox') {
        const init = { method, headers, ...(method === 'GET' ? {} : { body }) };
        await sendStream(outgoing, await control.fetch(new Request(`http://sandbox${target}`, init)));
        return;
      }
      const entry = providers.get(type);
      if (!entry) {
        outgoing.writeHead(404, { 'content-type': 'application/json' }).end('{"error":"no such provider"}');
        return;
      }
      const rest = target.slice(type.length + 1);
      send(
        incoming,
        outgoing,
        await entry.runner.run({ method, headers, body, target: rest.startsWith('/') ? rest : `/${rest}` }),
      );
    } catch (error) {
      // Whoever asked has hung up; that is no failure of ours.
      if (outgoing.destroyed) return;
      console.error(error);
      if (outgoing.headersSent) outgoing.destroy();
      else outgoing.writeHead(500, { 'content-type': 'application/json' }).end('{"error":"the sandbox itself failed"}');
    }
  });
  server.keepAliveTimeout = 60_000;

  const host = options.host ?? '127.0.0.1';
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, host, resolve);
  });
  const url = `http://${host}:${(server.address() as AddressInfo).port}`;
  for (const { provider } of providers.values()) {
    for (const origin of provider.origins) originMap[origin] = `${url}/${provider.type}`;
  }
  return {
    url,
    originMap,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
      await recorder?.close();
    },
  };
}

async function readRequest(incoming: IncomingMessage) {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  return {
    target: incoming.url ?? '/',
    method: incoming.method ?? 'GET',
    headers,
    body: Buffer.concat(chunks).toString('utf8'),
  };
}

function send(incoming: IncomingMessage, outgoing: ServerResponse, outcome: Outcome): void {
  if (outcome.kind === 'drop') incoming.socket.resetAndDestroy();
  if (outcome.kind !== 'answer') return;
  outgoing.writeHead(outcome.status, Object.fromEntries(outcome.headers)).end(outcome.body);
}

async function sendStream(outgoing: ServerResponse, response: Response): Promise<void> {
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  if (!response.body) {
    outgoing.end();
    return;
  }
  await pipeline(Readable.fromWeb(response.body as WebStream), outgoing);
}
