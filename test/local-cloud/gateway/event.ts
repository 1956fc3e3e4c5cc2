import { randomBytes } from 'node:crypto';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { RouteMatch } from './routes.ts';

export interface GatewayRequest {
  readonly method: string;
  /** Path and query as sent. */
  readonly url: string;
  readonly httpVersion: string;
  /** Name, value, name, value …: duplicates kept. */
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
  readonly sourceIp: string;
}

export interface ApiIdentity {
  readonly apiId: string;
  readonly account: string;
  readonly domainName: string;
  readonly stage: string;
  readonly port: number;
}

type Event = APIGatewayProxyEventV2 & { requestContext: { authorizer?: { iam: Record<string, unknown> } } };

/**
 * Builds the event of payload format 2.0. Worth knowing about it: HTTP APIs URL-decode `rawPath` but not
 * `rawQueryString`, move cookies out of the headers, and leave fields out rather than setting them to null.
 *
 * A route with IAM authorization gets a made-up local caller: the server listens on the loopback interface
 * only, so whoever can reach it is trusted, and plain curl works without a signature.
 */
export function toEvent(request: GatewayRequest, { route, pathParameters }: RouteMatch, api: ApiIdentity): Event {
  const [rawPath = '/', rawQueryString = ''] = splitOnce(request.url, '?');
  const path = decodeURIComponent(rawPath);
  const { headers, cookies } = readHeaders(request, api);
  const query = readQuery(rawQueryString);
  const now = new Date();
  return {
    version: '2.0',
    routeKey: route.routeKey,
    rawPath: path,
    rawQueryString,
    ...(cookies.length === 0 ? {} : { cookies }),
    headers,
    ...(query === undefined ? {} : { queryStringParameters: query }),
    requestContext: {
      accountId: api.account,
      apiId: api.apiId,
      ...(route.requiresIam ? { authorizer: { iam: localCaller(api.account) } } : {}),
      domainName: api.domainName,
      domainPrefix: api.domainName.split('.')[0] ?? '',
      http: {
        method: request.method,
        path,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp: request.sourceIp,
        userAgent: headers['user-agent'] ?? '',
      },
      requestId: randomBytes(11).toString('base64url'),
      routeKey: route.routeKey,
      stage: api.stage,
      time: commonLogTime(now),
      timeEpoch: now.getTime(),
    },
    ...(pathParameters === undefined ? {} : { pathParameters }),
    ...readBody(request.body, headers['content-type']),
  };
}

function readHeaders(
  request: GatewayRequest,
  api: ApiIdentity,
): { headers: Record<string, string>; cookies: string[] } {
  const headers: Record<string, string> = {};
  const cookies: string[] = [];
  for (let index = 0; index + 1 < request.rawHeaders.length; index += 2) {
    const name = (request.rawHeaders[index] ?? '').toLowerCase();
    const value = request.rawHeaders[index + 1] ?? '';
    if (name === 'cookie') cookies.push(...value.split(/; */).filter(Boolean));
    else if (name !== 'connection') headers[name] = name in headers ? `${headers[name]},${value}` : value;
  }
  const forwardedFor = headers['x-forwarded-for'];
  headers['x-forwarded-for'] = forwardedFor === undefined ? request.sourceIp : `${forwardedFor}, ${request.sourceIp}`;
  headers['x-forwarded-port'] = String(api.port);
  headers['x-forwarded-proto'] = 'http';
  headers['x-amzn-trace-id'] ??=
    `Root=1-${Math.floor(Date.now() / 1000).toString(16)}-${randomBytes(12).toString('hex')}`;
  headers['content-length'] ??= String(request.body.length);
  return { headers, cookies };
}

function readQuery(rawQueryString: string): Record<string, string> | undefined {
  if (rawQueryString === '') return undefined;
  const query: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(rawQueryString)) {
    query[name] = Object.hasOwn(query, name) ? `${query[name]},${value}` : value;
  }
  return query;
}

/** What counts as text at AWS; everything else is base64, also a form post and a body without a type. */
const TEXT = /^(text\/.*|application\/(json|xml|javascript))$/;

function readBody(body: Buffer, contentType: string | undefined): { body?: string; isBase64Encoded: boolean } {
  if (body.length === 0) return { isBase64Encoded: false };
  const mediaType = (contentType ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  const isText = TEXT.test(mediaType);
  return { body: body.toString(isText ? 'utf8' : 'base64'), isBase64Encoded: !isText };
}

function localCaller(account: string): Record<string, unknown> {
  return {
    accessKey: 'AKIALOCALLOCALLOCAL0',
    accountId: account,
    callerId: 'AIDALOCALLOCALLOCAL0',
    cognitoIdentity: null,
    principalOrgId: 'o-local',
    userArn: `arn:aws:iam::${account}:user/local`,
    userId: 'AIDALOCALLOCALLOCAL0',
  };
}

/** `12/Mar/2026:19:03:58 +0000` */
function commonLogTime(date: Date): string {
  const [, day, month, year, time] = /(\d\d) (\w{3}) (\d{4}) ([\d:]{8})/.exec(date.toUTCString()) ?? [];
  return `${day}/${month}/${year}:${time} +0000`;
}

function splitOnce(text: string, separator: string): string[] {
  const index = text.indexOf(separator);
  return index === -1 ? [text] : [text.slice(0, index), text.slice(index + separator.length)];
}
