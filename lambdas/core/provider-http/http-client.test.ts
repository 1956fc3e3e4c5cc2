import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { CountingMetrics, endlessBudget, KeepingLogger } from '../../../test/faults/support/doubles.ts';
import { HubError } from '../errors.ts';
import { METRICS } from '../names.ts';
import type { Clock, RateBudget } from '../ports.ts';
import { HttpClient, type HttpClientOptions, type TokenSource } from './http-client.ts';
import { fetchThroughOriginMap } from './origin-map.ts';
import type { CallClass, ProviderRequest } from './provider-http.ts';

const ORIGIN = 'https://api.provider.test';
const okSchema = z.object({ ok: z.literal(true) });

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const json =
  (status: number, body: unknown = { ok: true }, headers: Record<string, string> = {}): Answer =>
  (_, response) =>
    void response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
const raw =
  (status: number, text: string): Answer =>
  (_, response) =>
    void response.writeHead(status).end(text);
const reset: Answer = (request) => void request.socket.resetAndDestroy();
const hang: Answer = () => undefined;

/** Answers in this order; the last one again and again. */
let script: Answer[] = [];
let received: { method: string; token: string; body: string }[] = [];
let base: string;

const server = createServer(async (request, response) => {
  let body = '';
  for await (const chunk of request) body += chunk;
  received.push({ method: request.method ?? '', token: request.headers.authorization ?? '', body });
  (script.length > 1 ? script.shift() : script[0])?.(request, response);
});

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});
beforeEach(() => {
  received = [];
});

/** Real time, but pauses take none. Keeps them. */
class PausingClock implements Clock {
  readonly pauses: number[] = [];
  #skipped = 0;

  now(): number {
    return Date.now() + this.#skipped;
  }
  async sleep(ms: number): Promise<void> {
    this.pauses.push(ms);
    this.#skipped += ms;
  }
}

function newClient(change: Partial<HttpClientOptions> & { deadlineMs?: number } = {}) {
  const clock = new PausingClock();
  const metrics = new CountingMetrics();
  const logger = new KeepingLogger();
  const tokens = { renewed: 0, givenUp: 0 };
  const source: TokenSource = {
    current: async () => 'token-0',
    async renew() {
      tokens.renewed += 1;
      return `token-${tokens.renewed}`;
    },
    async giveUp() {
      tokens.givenUp += 1;
    },
  };
  const { deadlineMs, ...rest } = change;
  const client = new HttpClient({
    provider: {
      type: 'test',
      name: 'Provider',
      apiOrigins: [ORIGIN, 'https://*.shop.test'],
      rateLimits: { default: [{ name: 'test:1s', windowMs: 1_000, limit: 10, liveReserve: 2 }] },
      rateHeaders: { remaining: 'x-remaining', intervalMs: 'x-interval' },
    },
    classifyError: undefined,
    tokens: source,
    callClass: 'background_read',
    deadline: deadlineMs === undefined ? null : clock.now() + deadlineMs,
    accountKey: 'account',
    budget: endlessBudget,
    fetch: fetchThroughOriginMap(JSON.stringify({ [ORIGIN]: base })),
    clock,
    logger,
    metrics,
    random: () => 0.5,
    ...rest,
  });
  const call = (request: Partial<ProviderRequest<typeof okSchema>> = {}) =>
    client.request({ operation: 'things.get', method: 'GET', url: `${ORIGIN}/things`, schema: okSchema, ...request });
  return { call, clock, metrics, logger, tokens };
}

const WRITE = { method: 'POST', json: { name: 'Ines' } } as const;

describe('a call', () => {
  test('carries token, query and body, and gives the checked answer', async () => {
    script = [json(200, { ok: true, more: 1 })];
    const { call, metrics } = newClient({ callClass: 'live_write' });
    const answer = await call({ ...WRITE, query: { a: 1, b: undefined } });
    expect(answer).toMatchObject({ status: 200, data: { ok: true } });
    expect(received).toEqual([{ method: 'POST', token: 'Bearer token-0', body: '{"name":"Ines"}' }]);
    expect(metrics.of(METRICS.providerCalls)).toBe(1);
  });

  test('gives expected statuses as answers', async () => {
    script = [json(409, { existing: '7' })];
    const answer = await newClient({ callClass: 'live_write' }).call({ ...WRITE, expectStatuses: [409] });
    expect(answer).toMatchObject({ status: 409, data: null, rejected: { existing: '7' } });
  });

  test.each([
    'https://api.provider.test.evil.test/things',
    'http://api.provider.test/things',
    'https://api.provider.test:444/things',
    'https://shop.test/things',
    'https://evil-shop.test/things',
    'https://a.shop.test.evil.test/',
    'http://a.shop.test/',
  ])("to a host that is not the provider's is refused before a token is attached (%s)", async (url) => {
    await expect(newClient().call({ url })).rejects.toMatchObject({ code: 'internal' });
    expect(received).toEqual([]);
  });

  test('does not follow a redirect', async () => {
    script = [(_, response) => void response.writeHead(302, { location: `${base}/elsewhere` }).end()];
    const { call } = newClient({ callClass: 'live_write' });
    await expect(call(WRITE)).rejects.toMatchObject({ code: 'provider_unavailable' });
    expect(received.every(({ method }) => method === 'POST')).toBe(true);
  });
});

describe('retries', () => {
  const attempts: Record<CallClass, number> = { live_read: 2, live_write: 1, background_read: 5 };

  test.each(Object.entries(attempts) as [CallClass, number][])(
    '%s: of a server error, %i attempts',
    async (callClass, count) => {
      script = [json(503)];
      const { call, clock } = newClient({ callClass });
      await expect(call(callClass === 'live_write' ? WRITE : {})).rejects.toMatchObject({
        code: 'provider_unavailable',
      });
      expect(received).toHaveLength(count);
      // Exponential, at half of the jitter.
      expect(clock.pauses).toEqual(
        [125, 250, 500, 1_000].map((ms) => (callClass === 'live_read' ? ms / 5 : ms)).slice(0, count - 1),
      );
    },
  );

  test('a write whose connection breaks after it was sent is not repeated: its outcome is unknown', async () => {
    script = [reset];
    await expect(newClient({ callClass: 'live_write' }).call(WRITE)).rejects.toMatchObject({
      code: 'provider_unavailable',
      outcomeUnknown: true,
    });
    expect(received).toHaveLength(1);
  });

  test.each([
    ['a server error', raw(500, '')],
    ['an unreadable answer', raw(200, '{"ok":')],
  ])('a write that ends with %s is not repeated: its outcome is unknown', async (_, answer) => {
    script = [answer];
    await expect(newClient({ callClass: 'live_write' }).call(WRITE)).rejects.toMatchObject({ outcomeUnknown: true });
    expect(received).toHaveLength(1);
  });

  test.each([408, 420, 424])('a write that the provider gives up with %d is not repeated either', async (status) => {
    script = [json(status)];
    const classifyError = () => new HubError('provider_unavailable', { detail: 'The provider did not finish.' });
    const write = newClient({ classifyError, callClass: 'live_write' }).call(WRITE);
    await expect(write).rejects.toMatchObject({ code: 'provider_unavailable', outcomeUnknown: true });
    expect(received).toHaveLength(1);
  });

  test('a write of which the connector says that its outcome is unknown is not repeated, whatever its status', async () => {
    script = [json(400)];
    const classifyError = () => new HubError('provider_unavailable', { detail: 'Unknown.', outcomeUnknown: true });
    const { call } = newClient({ classifyError, callClass: 'live_write' });
    await expect(call(WRITE)).rejects.toMatchObject({ outcomeUnknown: true });
    expect(received).toHaveLength(1);
    await expect(call()).rejects.toMatchObject({ outcomeUnknown: false });
  });

  test.each([
    [423, 'provider_unavailable'],
    [507, 'provider_rejected'],
  ] as const)(
    'a write that the provider certainly did not carry out (%d) has a known outcome',
    async (status, code) => {
      script = [json(status)];
      const classifyError = () => new HubError(code, { detail: 'Nothing was done.' });
      const write = newClient({ classifyError, callClass: 'live_write' }).call(WRITE);
      await expect(write).rejects.toMatchObject({ code, outcomeUnknown: false });
    },
  );

  test('a write that was never sent is repeated', async () => {
    script = [json(200)];
    const real = fetchThroughOriginMap(JSON.stringify({ [ORIGIN]: base }));
    const closed = createServer().listen(0, '127.0.0.1');
    await once(closed, 'listening');
    const nowhere = `http://127.0.0.1:${(closed.address() as AddressInfo).port}`;
    closed.close();
    await once(closed, 'close');
    let calls = 0;
    const flaky: typeof fetch = (input, init) => {
      calls += 1;
      return calls === 1 ? fetch(nowhere, init) : real(input, init);
    };
    expect(await newClient({ callClass: 'live_write', fetch: flaky }).call(WRITE)).toMatchObject({ status: 200 });
    expect(calls).toBe(2);
    const lost = newClient({ callClass: 'live_write', fetch: (_, init) => fetch(nowhere, init) }).call(WRITE);
    await expect(lost).rejects.toMatchObject({ code: 'provider_unavailable', outcomeUnknown: false });
  });

  test('a read whose connection breaks is repeated', async () => {
    script = [reset, json(200)];
    expect(await newClient({ callClass: 'live_read' }).call()).toMatchObject({ status: 200 });
  });

  test('an unreadable answer of which the connector knows that it stays so is not asked for again', async () => {
    script = [raw(200, '<html>Sign in</html>')];
    const classifyError = () => new HubError('provider_rejected', { detail: 'Not as agreed.' });
    await expect(newClient({ classifyError }).call()).rejects.toMatchObject({ code: 'provider_rejected' });
    expect(received).toHaveLength(1);
    const write = newClient({ classifyError, callClass: 'live_write' }).call(WRITE);
    await expect(write).rejects.toMatchObject({ code: 'provider_unavailable', outcomeUnknown: true });
  });

  test('a refusal is not repeated', async () => {
    for (const [status, code] of [
      [400, 'provider_rejected'],
      [403, 'missing_scope'],
      [404, 'not_found'],
      [402, 'plan_required'],
    ] as const) {
      received = [];
      script = [json(status)];
      await expect(newClient().call()).rejects.toMatchObject({ code });
      expect(received).toHaveLength(1);
    }
  });
});

describe('a rate limit', () => {
  test('is waited out as long as the provider says, where that is short', async () => {
    script = [json(429, {}, { 'retry-after': '3' }), json(200)];
    const { call, clock, metrics } = newClient();
    await call();
    expect(clock.pauses).toEqual([3_125]);
    expect(metrics.of(METRICS.providerThrottles)).toBe(1);
  });

  test('on a write too, because the provider says that it did nothing', async () => {
    script = [json(429, {}, { 'retry-after': '0' }), json(200)];
    expect(await newClient({ callClass: 'live_write' }).call(WRITE)).toMatchObject({ status: 200 });
  });

  test.each([
    ['background_read', '60'],
    ['live_read', '2'],
    ['live_write', '3'],
  ] as const)('is reported where the wait is too long (%s)', async (callClass, retryAfter) => {
    script = [json(429, {}, { 'retry-after': retryAfter })];
    const { call, clock } = newClient({ callClass });
    await expect(call()).rejects.toMatchObject({ code: 'rate_limited', retryAfterSeconds: Number(retryAfter) });
    expect(clock.pauses).toEqual([]);
  });

  test('is not waited out beyond the deadline', async () => {
    script = [json(429, {}, { 'retry-after': '0.4' })];
    await expect(newClient({ callClass: 'live_read', deadlineMs: 300 }).call()).rejects.toMatchObject({
      code: 'rate_limited',
    });
    expect(received).toHaveLength(1);
  });

  test('that the connector reads out of the answer counts like any other', async () => {
    script = [json(400, { reason: 'too fast' })];
    const classifyError = () => new HubError('rate_limited', { detail: 'slower', retryAfterSeconds: 90 });
    await expect(newClient({ classifyError }).call()).rejects.toMatchObject({
      code: 'rate_limited',
      retryAfterSeconds: 90,
    });
  });
});

describe('a refused token', () => {
  test.each(['live_write', 'background_read'] as const)(
    'is renewed once and the call sent again (%s)',
    async (callClass) => {
      script = [json(401), json(200)];
      const { call, tokens } = newClient({ callClass });
      await call(callClass === 'live_write' ? WRITE : {});
      expect(received.map(({ token }) => token)).toEqual(['Bearer token-0', 'Bearer token-1']);
      expect(tokens).toEqual({ renewed: 1, givenUp: 0 });
    },
  );

  test('is renewed again when the first renewal only handed over another old one', async () => {
    script = [json(401), json(401), json(200)];
    const { call, tokens } = newClient();
    await call();
    expect(received.map(({ token }) => token)).toEqual(['Bearer token-0', 'Bearer token-1', 'Bearer token-2']);
    expect(tokens).toEqual({ renewed: 2, givenUp: 0 });
  });

  test('three times means that someone must reconnect', async () => {
    script = [json(401)];
    const { call, tokens } = newClient();
    await expect(call()).rejects.toMatchObject({ code: 'reauth_required' });
    expect(received).toHaveLength(3);
    expect(tokens).toEqual({ renewed: 2, givenUp: 1 });
  });

  test('is not what is wrong when our own key is refused with the same status', async () => {
    script = [json(401)];
    const classifyError = () => new HubError('internal', { detail: 'The key of the app is not accepted.' });
    const { call, tokens } = newClient({ classifyError });
    await expect(call()).rejects.toMatchObject({ code: 'internal' });
    expect(tokens).toEqual({ renewed: 0, givenUp: 0 });
  });

  test('is not what is wrong when a right is known to be missing', async () => {
    script = [json(401)];
    const classifyError = () => new HubError('missing_scope', { detail: 'The user may not book.' });
    const { call, tokens } = newClient({ classifyError });
    await expect(call()).rejects.toMatchObject({ code: 'missing_scope' });
    expect(tokens).toEqual({ renewed: 0, givenUp: 0 });
  });

  describe.each([401, 403])('that may also be a missing right, with status %d,', (status) => {
    const classifyError = () => new HubError('missing_scope', { detail: 'Denied.', tokenInDoubt: true });

    test.each([[], [status]])('is renewed once', async (...expectStatuses) => {
      script = [json(status), json(200)];
      const { call, tokens } = newClient({ classifyError, callClass: 'live_write' });
      expect(await call({ ...WRITE, expectStatuses })).toMatchObject({ status: 200 });
      expect(tokens).toEqual({ renewed: 1, givenUp: 0 });
    });

    test('is the right when a new token meets it, too', async () => {
      script = [json(status)];
      const { call, tokens } = newClient({ classifyError, callClass: 'live_write' });
      await expect(call(WRITE)).rejects.toMatchObject({ code: 'missing_scope' });
      expect(await call({ ...WRITE, expectStatuses: [status] })).toMatchObject({ status, data: null });
      expect(received).toHaveLength(4);
      expect(tokens).toEqual({ renewed: 2, givenUp: 0 });
    });
  });

  test('is an answer to whoever expects one', async () => {
    script = [json(401)];
    const { call, tokens } = newClient();
    expect(await call({ expectStatuses: [401] })).toMatchObject({ status: 401, data: null });
    expect(tokens).toEqual({ renewed: 0, givenUp: 0 });
  });
});

describe('the deadline', () => {
  test.each(['live_read', 'live_write'] as const)('ends a call that hangs (%s)', async (callClass) => {
    script = [hang];
    const startedAt = performance.now();
    const attempt = newClient({ callClass, deadlineMs: 200 }).call(callClass === 'live_write' ? WRITE : {});
    await expect(attempt).rejects.toMatchObject({
      code: 'deadline_exceeded',
      outcomeUnknown: callClass === 'live_write',
    });
    expect(performance.now() - startedAt).toBeLessThan(500);
    expect(received).toHaveLength(1);
  });

  test('ends an answer that trickles', async () => {
    script = [(_, response) => void response.writeHead(200).write('{"ok"')];
    const startedAt = performance.now();
    await expect(newClient({ callClass: 'live_read', deadlineMs: 200 }).call()).rejects.toMatchObject({
      code: 'deadline_exceeded',
    });
    expect(performance.now() - startedAt).toBeLessThan(500);
  });

  test('that has passed sends nothing', async () => {
    await expect(newClient({ callClass: 'live_write', deadlineMs: 0 }).call(WRITE)).rejects.toMatchObject({
      code: 'deadline_exceeded',
      outcomeUnknown: false,
    });
    expect(received).toEqual([]);
  });
});

describe('an answer that is none', () => {
  const secret = 'ines@example.com';
  test.each([
    ['a gateway page', raw(502, `<html>${secret}</html>`)],
    ['HTML as success', raw(200, `<html>${secret}</html>`)],
    ['broken JSON', raw(200, `{"email":"${secret}`)],
    ['another shape', json(200, { ok: secret })],
    ['nothing', raw(200, '')],
  ])("is the provider's failure, and its text stays out of error and log (%s)", async (_, answer) => {
    script = [answer];
    const { call, logger } = newClient({ callClass: 'live_read' });
    const error = await call().catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'provider_unavailable' });
    expect(`${String(error)} ${JSON.stringify(error)} ${logger.lines.join()}`).not.toContain(secret);
  });
});

describe('the rate budget', () => {
  /** Lets background calls wait this long, one after the other. */
  function budgetOf(...waits: number[]) {
    const lanes: string[] = [];
    const pauses: number[] = [];
    const budget: RateBudget = {
      async take(_account, _windows, lane) {
        lanes.push(lane);
        return lane === 'live' ? 0 : (waits.shift() ?? 0);
      },
      async pause(_account, until) {
        pauses.push(until);
      },
    };
    return { budget, lanes, pauses };
  }

  test('is waited for by background calls only', async () => {
    script = [json(200)];
    const { budget, lanes } = budgetOf(400, 300);
    const background = newClient({ budget });
    await background.call();
    expect(background.clock.pauses).toEqual([400, 300]);
    const live = newClient({ budget, callClass: 'live_read' });
    await live.call();
    expect(live.clock.pauses).toEqual([]);
    expect(lanes).toEqual(['background', 'background', 'background', 'live']);
  });

  test('that asks for a long pause makes the sync park instead of sleeping', async () => {
    const { call, clock } = newClient({ budget: budgetOf(3_600_000).budget });
    await expect(call()).rejects.toMatchObject({ code: 'rate_limited', retryAfterSeconds: 3_600 });
    expect(clock.pauses).toEqual([]);
    expect(received).toEqual([]);
  });

  test('learns of limits that the provider reports', async () => {
    const { budget, pauses } = budgetOf();
    script = [json(200, { ok: true }, { 'x-remaining': '2', 'x-interval': '1000' })];
    await newClient({ budget }).call();
    script = [json(200, { ok: true }, { 'x-remaining': '3', 'x-interval': '1000' })];
    await newClient({ budget }).call();
    expect(pauses).toHaveLength(1);
    script = [json(429, {}, { 'retry-after': '30' })];
    await expect(newClient({ budget }).call()).rejects.toMatchObject({ code: 'rate_limited' });
    expect(pauses.at(-1)).toBeGreaterThan(Date.now() + 29_000);
  });

  test.each([
    [{ left: '10', reset: '42' }, 42_000],
    [{ left: '0', reset: '1' }, 1_000],
    [{ left: '11', reset: '42' }, null],
    [{ left: '10', reset: '0' }, null],
    [{ left: '10' }, null],
    [{ reset: '42' }, null],
    [{ left: 'none', reset: 'soon' }, null],
  ])('learns when a quota is full again: of %j, a pause of %s ms', async (headers, pauseMs) => {
    const { budget, pauses } = budgetOf();
    script = [json(200, { ok: true }, headers)];
    const provider = {
      type: 'test',
      name: 'Provider',
      apiOrigins: [ORIGIN],
      rateLimits: { default: [] },
      rateHeaders: { remaining: 'left', resetSeconds: 'reset', reserve: 10 },
    };
    const { call, clock } = newClient({ budget, provider });
    await call();
    if (pauseMs === null) expect(pauses).toEqual([]);
    else expect(Math.abs((pauses[0] ?? 0) - clock.now() - pauseMs)).toBeLessThan(500);
  });

  test('asks the connector about headers that need more than numbers', async () => {
    const { budget, pauses } = budgetOf();
    script = [json(200, { ok: true }, { usage: 'api=9000/10000' })];
    const quotaPauseMs = (headers: Headers) => (headers.get('usage') === 'api=9000/10000' ? 60_000 : 0);
    const { call, clock } = newClient({ budget, quotaPauseMs });
    await call();
    expect(Math.abs((pauses[0] ?? 0) - clock.now() - 60_000)).toBeLessThan(500);
    await newClient({ budget, quotaPauseMs: () => 0 }).call();
    expect(pauses).toHaveLength(1);
  });

  test('that cannot be written does not spoil an answer', async () => {
    script = [json(200, { ok: true }, { 'x-remaining': '0', 'x-interval': '1000' })];
    const budget: RateBudget = { ...endlessBudget, pause: () => Promise.reject(new Error('no table')) };
    expect(await newClient({ budget, callClass: 'live_write' }).call(WRITE)).toMatchObject({ status: 200 });
  });
});
