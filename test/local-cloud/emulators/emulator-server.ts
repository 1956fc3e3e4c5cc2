import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isLoopbackHost } from '../gateway/loopback.ts';
import { AwsError } from './aws-error.ts';

export type Input = Record<string, unknown>;
export type Operations = Record<string, (input: Input) => unknown>;
/** Answers a REST-JSON request, or `undefined` if the path is not this service's. */
export type RestService = (method: string, url: URL, body: Input) => unknown;

export interface EmulatorServer {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * One server for the services that are emulated in process. AWS JSON services are told apart by the prefix of
 * `X-Amz-Target`; what has no target is REST-JSON.
 */
export async function startEmulatorServer(
  jsonServices: Record<string, Operations>,
  restService: RestService,
): Promise<EmulatorServer> {
  const server = createServer((request, response) => {
    void answer(request, response, jsonServices, restService);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  jsonServices: Record<string, Operations>,
  restService: RestService,
): Promise<void> {
  try {
    if (!isLoopbackHost(request.headers.host)) throw new AwsError('AccessDeniedException', 'Not a local host', 403);
    const body = parseBody(await readText(request));
    const target = request.headers['x-amz-target'];
    const result =
      typeof target === 'string'
        ? operation(jsonServices, target)(body)
        : restService(request.method ?? 'GET', new URL(request.url ?? '/', 'http://localhost'), body);
    if (result === undefined) throw new AwsError('UnknownOperationException', `${request.method} ${request.url}`, 404);
    send(response, 200, typeof target === 'string' ? 'application/x-amz-json-1.1' : 'application/json', await result);
  } catch (error) {
    const { code, message, status } =
      error instanceof AwsError ? error : new AwsError('InternalServerException', String(error), 500);
    response.setHeader('x-amzn-errortype', code);
    send(response, status, 'application/json', { __type: code, message, Message: message });
  }
}

function operation(services: Record<string, Operations>, target: string): (input: Input) => unknown {
  const [service = '', name = ''] = target.split('.');
  const found = services[service]?.[name];
  if (found === undefined) throw new AwsError('UnknownOperationException', `${target} is not emulated`);
  return found;
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function parseBody(text: string): Input {
  if (text === '') return {};
  try {
    return JSON.parse(text) as Input;
  } catch {
    throw new AwsError('SerializationException', 'The body is not JSON');
  }
}

function send(response: ServerResponse, status: number, type: string, body: unknown): void {
  const text = JSON.stringify(body ?? {});
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(text),
    'x-amzn-requestid': randomUUID(),
  });
  response.end(text);
}
