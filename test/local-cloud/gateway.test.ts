import { describe, expect, test } from '@jest/globals';
import { type GatewayRequest, toEvent } from './gateway/event.ts';
import { isLoopbackHost } from './gateway/loopback.ts';
import { toResponse } from './gateway/response.ts';
import { createRouter, type GatewayRoute } from './gateway/routes.ts';

const API = { apiId: 'api1', account: '000000000000', domainName: 'localhost:8787', stage: '$default', port: 8787 };

function route(routeKey: string, requiresIam = false): GatewayRoute {
  return { routeKey, requiresIam, functionArn: 'arn', timeoutMs: 1000 };
}

function eventOf(request: Partial<GatewayRequest>, requiresIam = false) {
  const match = { route: route('POST /items/{id}', requiresIam), pathParameters: { id: 'a b' } };
  const base = {
    method: 'POST',
    url: '/items/a%20b',
    httpVersion: '1.1',
    rawHeaders: [],
    body: Buffer.of(),
    sourceIp: '127.0.0.1',
  };
  return toEvent({ ...base, ...request }, match, API);
}

describe('routes', () => {
  const router = createRouter(
    ['ANY /items/{id}', 'GET /items/{id}', 'GET /items/special', 'ANY /{proxy+}', 'GET /items/{id}/parts'].map((key) =>
      route(key),
    ),
  );

  test.each([
    ['GET', '/items/special', 'GET /items/special', undefined],
    ['GET', '/items/a%20b', 'GET /items/{id}', { id: 'a b' }],
    ['PUT', '/items/7', 'ANY /items/{id}', { id: '7' }],
    ['GET', '/items/7/parts', 'GET /items/{id}/parts', { id: '7' }],
    ['GET', '/items/7/parts/8', 'ANY /{proxy+}', { proxy: 'items/7/parts/8' }],
    ['GET', '/items/7/', 'ANY /{proxy+}', { proxy: 'items/7/' }],
  ])('%s %s goes to %s', (method, path, routeKey, pathParameters) => {
    const match = router(method, path);
    expect(match?.route.routeKey).toBe(routeKey);
    expect(match?.pathParameters).toEqual(pathParameters);
  });

  test('an unknown path goes nowhere', () => {
    expect(createRouter([route('GET /items')])('GET', '/items/')).toBeUndefined();
  });
});

describe('events', () => {
  test('carry path, query, headers and cookies as payload format 2.0 has them', () => {
    const event = eventOf({
      url: '/items/a%20b?phone=%2B31&tag=1&tag=2',
      rawHeaders: ['X-Many', '1', 'Cookie', 'a=1; b=2', 'x-many', '2', 'User-Agent', 'curl'],
    });
    expect(event).toMatchObject({
      version: '2.0',
      routeKey: 'POST /items/{id}',
      rawPath: '/items/a b',
      rawQueryString: 'phone=%2B31&tag=1&tag=2',
      queryStringParameters: { phone: '+31', tag: '1,2' },
      pathParameters: { id: 'a b' },
      cookies: ['a=1', 'b=2'],
      headers: { 'x-many': '1,2', 'x-forwarded-for': '127.0.0.1' },
      requestContext: {
        http: { method: 'POST', path: '/items/a b', protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'curl' },
        stage: '$default',
        time: expect.stringMatching(/^\d\d\/\w{3}\/\d{4}:\d\d:\d\d:\d\d \+0000$/),
      },
    });
    expect(event.headers).not.toHaveProperty('cookie');
    expect(event).not.toHaveProperty('body');
  });

  test.each([
    ['application/json; charset=utf-8', 'é', false],
    ['text/plain', 'é', false],
    ['application/x-www-form-urlencoded', Buffer.from('é').toString('base64'), true],
    ['application/vnd.api+json', Buffer.from('é').toString('base64'), true],
  ])('a body of type %s', (type, body, isBase64Encoded) => {
    expect(eventOf({ rawHeaders: ['content-type', type], body: Buffer.from('é') })).toMatchObject({
      body,
      isBase64Encoded,
    });
  });

  test('have a local caller on routes with IAM authorization only', () => {
    expect(eventOf({}, true).requestContext).toHaveProperty('authorizer.iam.accountId', '000000000000');
    expect(eventOf({}).requestContext).not.toHaveProperty('authorizer');
  });
});

test.each([
  ['text', 'hello', 200, 'application/json', 'hello'],
  ['any object', { ok: true }, 200, 'application/json', '{"ok":true}'],
  ['an answer', { statusCode: 404, body: 'no' }, 404, 'text/plain;charset=UTF-8', 'no'],
  [
    'an answer with an object as body',
    { statusCode: 200, body: {} },
    500,
    'application/json',
    '{"message":"Internal Server Error"}',
  ],
])('a response from %s', (_name, payload, status, type, body) => {
  const response = toResponse(payload);
  expect([response.status, response.headers['content-type'], response.body.toString()]).toEqual([status, type, body]);
});

test.each([
  ['localhost:8787', true],
  ['127.0.0.1', true],
  ['[::1]:8787', true],
  ['127.0.0.1.evil.example', false],
  ['evil.example:8787', false],
  [undefined, false],
])('host %s', (host, expected) => {
  expect(isLoopbackHost(host)).toBe(expected);
});
