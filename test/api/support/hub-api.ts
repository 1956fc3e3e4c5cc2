import { expect } from '@jest/globals';
import * as z from 'zod';
import { problemSchema } from '../../../lambdas/core/http/api-schemas.ts';
import {
  type ContractedOperationId,
  OPERATIONS,
  type OperationContract,
} from '../../../lambdas/core/http/operations.ts';
import { type OperationId, ROUTES } from '../../../lambdas/core/http/routes.ts';

export interface ApiRequest {
  /** Path parameters as they are meant; encoded on the way. */
  readonly path?: Readonly<Record<string, string>>;
  /** Text goes as it is, so that a parameter can stand twice. */
  readonly query?: string | Readonly<Record<string, string>>;
  readonly json?: unknown;
  /** The body as it is, in place of `json`. */
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Answer<T> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
}

type Responses<Id extends ContractedOperationId> = (typeof OPERATIONS)[Id]['responses'];
type Success<Id extends ContractedOperationId> = z.output<Extract<Responses<Id>[keyof Responses<Id>], z.ZodType>>;

const strictProblem = z.strictObject(problemSchema.shape);
export type ApiProblem = z.output<typeof strictProblem>;

/** Calls the hub as any client does, and holds every answer against the published contract. */
export class HubApi {
  readonly #origin: string;

  constructor(origin: string) {
    this.#origin = origin;
  }

  url(operationId: OperationId, { path = {}, query = '' }: ApiRequest = {}): string {
    const filled = routeOf(operationId).path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(path[name] ?? ''));
    const search = typeof query === 'string' ? query : new URLSearchParams(query).toString();
    return `${this.#origin}${filled}${search === '' ? '' : `?${search}`}`;
  }

  /** The plain exchange; redirects are answers. */
  send(operationId: OperationId, request: ApiRequest = {}): Promise<Response> {
    const body = request.body ?? (request.json === undefined ? null : JSON.stringify(request.json));
    return fetch(this.url(operationId, request), {
      method: routeOf(operationId).method,
      headers: { ...(body === null ? {} : { 'content-type': 'application/json' }), ...request.headers },
      body,
      redirect: 'manual',
    });
  }

  /** Expects one of the answers that the operation's contract promises, with no member beside the promised ones. */
  async call<Id extends ContractedOperationId>(
    operationId: Id,
    request: ApiRequest = {},
  ): Promise<Answer<Success<Id>>> {
    const { status, headers, text } = await read(await this.send(operationId, request));
    const contract: OperationContract = OPERATIONS[operationId];
    const schema = contract.responses[status];
    if (!schema) throw new Error(`${operationId} answered ${status}: ${text}`);
    expect(headers.get('content-type')).toBe('application/json');
    expect(headers.get('cache-control')).toBe('no-store');
    const json: unknown = JSON.parse(text);
    const body = schema.parse(json);
    expect(json).toEqual(body);
    return { status, headers, body: body as Success<Id> };
  }

  /** Expects a problem document, one that the operation's contract names unless it is the gateway's own route. */
  async problem(operationId: ContractedOperationId, request: ApiRequest = {}): Promise<Answer<ApiProblem>> {
    const { status, headers, text } = await read(await this.send(operationId, request));
    if (status < 400) throw new Error(`${operationId} answered ${status}: ${text}`);
    expect(headers.get('content-type')).toBe('application/problem+json');
    expect(headers.get('cache-control')).toBe('no-store');
    const body = strictProblem.parse(JSON.parse(text));
    expect(body).toMatchObject({ status, type: `urn:integration-hub:problem:${body.code}` });
    expect(body.requestId).toMatch(/^[\w-]{10,}$/);
    expect(['validation_failed', 'internal', ...OPERATIONS[operationId].errors]).toContain(body.code);
    expect(text).not.toMatch(/\bat [\w.<>]+ \(|\.m?[jt]s\b|node_modules/);
    return { status, headers, body };
  }
}

async function read(response: Response): Promise<{ status: number; headers: Headers; text: string }> {
  return { status: response.status, headers: response.headers, text: await response.text() };
}

function routeOf(operationId: OperationId) {
  const route = ROUTES.find((candidate) => candidate.operationId === operationId);
  if (!route) throw new Error(`no route ${operationId}`);
  return route;
}
