import middy, { type MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { Logs } from '../../aws/telemetry.ts';
import { isHubError, notFound } from '../../core/errors.ts';
import { type ContractedOperationId, OPERATIONS } from '../../core/http/operations.ts';
import { type ParsedRequest, parseRequest, type RawRequest } from '../../core/http/parse-request.ts';
import { problemOf } from '../../core/http/problem.ts';
import { type OperationId, ROUTES } from '../../core/http/routes.ts';

/** An answer to the gateway: JSON unless `html` or `text` is given. */
export interface HttpAnswer {
  readonly status: number;
  readonly json?: unknown;
  readonly html?: string;
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export type OperationHandler = (request: RawRequest) => Promise<HttpAnswer>;

type Event = APIGatewayProxyEventV2;
type Result = APIGatewayProxyStructuredResultV2;

/** An operation of the machine API: the request is checked against its contract before `handle` sees it. */
export function contracted<Id extends ContractedOperationId>(
  operationId: Id,
  handle: (request: ParsedRequest<(typeof OPERATIONS)[Id]>) => Promise<HttpAnswer>,
): OperationHandler {
  return async (request) => handle(parseRequest(OPERATIONS[operationId], request));
}

/**
 * The Lambda handler of a function that answers HTTP: finds the operation by the gateway's route, turns errors into
 * problem documents and writes one log line per request, without anything the caller sent.
 */
export function httpEndpoint(logs: Logs, operations: Partial<Record<OperationId, OperationHandler>>) {
  const logged: MiddlewareObj<Event, Result> = {
    before: ({ event, context }) => {
      logs.powertoolsLogger.addContext(context);
      logs.powertoolsLogger.appendKeys({ requestId: event.requestContext.requestId, operation: operationOf(event) });
    },
    after: ({ event, response }) => {
      const durationMs = Date.now() - event.requestContext.timeEpoch;
      logs.logger.info('request answered', { status: response?.statusCode, durationMs });
    },
  };
  const problems: MiddlewareObj<Event, Result> = {
    onError: (request) => {
      const { requestId } = request.event.requestContext;
      const problem = problemOf(request.error, requestId);
      const known = isHubError(request.error) && request.error.code !== 'internal';
      const fields = { status: problem.status, code: problem.code, field: problem.field };
      if (known) logs.logger.info('request refused', fields);
      else logs.logger.error('request failed', { ...fields, error: request.error });
      request.response = toResult({
        status: problem.status,
        json: problem,
        headers: {
          'content-type': 'application/problem+json',
          ...(problem.retryAfterSeconds === undefined ? {} : { 'retry-after': String(problem.retryAfterSeconds) }),
        },
      });
    },
  };
  return middy<Event, Result>()
    .use(logged)
    .use(problems)
    .handler(async (event: Event): Promise<Result> => {
      const operationId = operationOf(event);
      const operation = operationId === undefined ? undefined : operations[operationId];
      if (!operation) throw notFound('The path', 'path');
      return toResult(await operation(rawRequest(event)));
    });
}

function operationOf(event: Event): OperationId | undefined {
  return ROUTES.find(({ method, path }) => event.routeKey === `${method} ${path}`)?.operationId;
}

function rawRequest(event: Event): RawRequest {
  const body = event.body ?? '';
  return {
    path: event.pathParameters ?? {},
    query: event.queryStringParameters ?? {},
    parameters: new URLSearchParams(event.rawQueryString),
    headers: event.headers,
    body: event.isBase64Encoded ? Buffer.from(body, 'base64').toString('utf8') : body,
  };
}

function toResult({ status, json, html, text, headers }: HttpAnswer): Result {
  const plain = text === undefined ? 'application/json' : 'text/plain; charset=utf-8';
  const contentType = html === undefined ? plain : 'text/html; charset=utf-8';
  return {
    statusCode: status,
    headers: {
      'content-type': contentType,
      // Answers hold personal data; nothing on the way may keep them.
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      ...headers,
    },
    body: html ?? text ?? (json === undefined ? '' : JSON.stringify(json)),
  };
}
