import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FunctionPool } from '../lambda/function-pool.ts';
import { toEvent } from './event.ts';
import type { HttpApi } from './http-api.ts';
import { isLoopbackHost, isLoopbackOrigin } from './loopback.ts';
import { type GatewayResponse, gatewayMessage, toResponse } from './response.ts';
import { createRouter, type Router } from './routes.ts';

const MAX_BODY_BYTES = 10 * 1024 * 1024;
const MAX_HEADER_BYTES = 10_240;

interface Serving {
  readonly api: HttpApi;
  readonly account: string;
  readonly router: Router;
  findFunction(arn: string): FunctionPool;
}

/**
 * The HTTP API on the loopback interface. It listens before there is anything to serve, because its port is a
 * part of the functions' environment; until `serve` it answers 503.
 */
export class GatewayServer {
  readonly url: string;
  readonly #server: Server;
  readonly #port: number;
  #serving: Serving | undefined;

  static async listen(host: string, port: number): Promise<GatewayServer> {
    const server = createServer({ maxHeaderSize: MAX_HEADER_BYTES });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, resolve);
    });
    return new GatewayServer(server, host);
  }

  private constructor(server: Server, host: string) {
    this.#server = server;
    this.#port = (server.address() as AddressInfo).port;
    this.url = `http://${host}:${this.#port}`;
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      void this.#handle(request, response);
    });
  }

  serve(api: HttpApi, account: string, findFunction: (arn: string) => FunctionPool): void {
    this.#serving = { api, account, router: createRouter(api.routes), findFunction };
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let answer: GatewayResponse;
    try {
      answer = await this.#answer(request);
    } catch (error) {
      if (!(error instanceof URIError)) process.emitWarning(`Local gateway: ${String(error)}`);
      answer =
        error instanceof URIError ? gatewayMessage(400, 'Bad Request') : gatewayMessage(500, 'Internal Server Error');
    }
    if (response.destroyed) return;
    const headers = { ...answer.headers, 'content-length': answer.body.length };
    // What was refused unread is still on its way: the connection can't be used again.
    if (!request.complete) response.setHeader('connection', 'close');
    response.writeHead(answer.status, headers).end(request.method === 'HEAD' ? undefined : answer.body);
  }

  async #answer(request: IncomingMessage): Promise<GatewayResponse> {
    if (!isLoopbackHost(request.headers.host)) return gatewayMessage(403, 'Forbidden');
    const serving = this.#serving;
    if (serving === undefined) return gatewayMessage(503, 'Service Unavailable');
    const { api } = serving;
    const url = request.url ?? '/';
    const path = withoutStage(url.split('?')[0] ?? '/', api.stage);
    const match = path === undefined ? undefined : serving.router(request.method ?? 'GET', path);
    if (match === undefined) return gatewayMessage(404, 'Not Found');
    if (match.route.requiresIam && isFromAnotherSite(request)) return gatewayMessage(403, 'Forbidden');
    const body = await readBody(request);
    if (body === undefined) return gatewayMessage(413, 'Request Entity Too Large');
    const event = toEvent(
      {
        method: request.method ?? 'GET',
        url,
        httpVersion: request.httpVersion,
        rawHeaders: request.rawHeaders,
        body,
        sourceIp: (request.socket.remoteAddress ?? '127.0.0.1').replace('::ffff:', ''),
      },
      match,
      {
        apiId: api.apiId,
        account: serving.account,
        stage: api.stage,
        domainName: request.headers.host ?? 'localhost',
        port: this.#port,
      },
    );
    return this.#invoke(serving.findFunction(match.route.functionArn), event, match.route.timeoutMs);
  }

  /** The gateway stops waiting after the integration's timeout; the function goes on, as at AWS. */
  async #invoke(pool: FunctionPool, event: unknown, timeoutMs: number): Promise<GatewayResponse> {
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<GatewayResponse>((resolve) => {
      timer = setTimeout(() => resolve(gatewayMessage(503, 'Service Unavailable')), timeoutMs);
    });
    const invocation = pool.invoke(event).then((result) => {
      return result.error === undefined ? toResponse(result.payload) : gatewayMessage(500, 'Internal Server Error');
    });
    try {
      return await Promise.race([invocation, timeout]);
    } finally {
      clearTimeout(timer);
    }
  }
}

/** A web page elsewhere must not borrow the trust that a local caller has. */
function isFromAnotherSite({ headers }: IncomingMessage): boolean {
  return headers['sec-fetch-site'] === 'cross-site' || !isLoopbackOrigin(headers.origin);
}

/** Only the default stage is at the root. */
function withoutStage(path: string, stage: string): string | undefined {
  if (stage === '$default') return path;
  const prefix = `/${stage}`;
  if (path !== prefix && !path.startsWith(`${prefix}/`)) return undefined;
  return path.slice(prefix.length) || '/';
}

async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
