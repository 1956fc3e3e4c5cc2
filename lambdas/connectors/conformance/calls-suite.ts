import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { IntegrationConnector } from '../connector.ts';
import type { ConformanceFixtures, Script } from './fixtures.ts';
import { APP, APP_KEY, OLD_TOKENS, ProviderWorld } from './provider-world.ts';

const FRESH = 'access-token-after-the-refresh';

export function describeCalls(create: () => IntegrationConnector, fixtures: ConformanceFixtures): void {
  const { token, probe, rateLimit, quota } = fixtures;
  const newTokens = { ...token.answer, access_token: FRESH };
  const old = `Bearer ${OLD_TOKENS.accessToken}`;
  /** Refuses the stored token and takes the one after the refresh. */
  const onlyFresh: Script = (exchange) =>
    exchange.headers.get('authorization') === old ? { status: 401, body: {} } : probe(exchange);
  let world: ProviderWorld;

  beforeEach(() => {
    world = new ProviderWorld(create(), fixtures);
    world.api = probe;
    world.tokenEndpoint = () => ({ body: newTokens });
  });

  afterEach(() => {
    const log = world.log.join('\n');
    for (const secret of [OLD_TOKENS.accessToken, OLD_TOKENS.refreshToken ?? '', FRESH, APP.clientSecret, APP_KEY]) {
      expect(log).not.toContain(secret);
    }
  });

  describe('the connection test', () => {
    test('asks the provider, at an origin of the manifest, with the token', async () => {
      await world.connector.testConnection(await world.session());
      expect(world.exchanges.length).toBeGreaterThan(0);
      for (const { url, headers } of world.exchanges) {
        expect(world.connector.manifest.apiOrigins.some((origin) => covers(origin, url))).toBe(true);
        expect(headers.get('authorization')).toBe(old);
        expect(url.href).not.toContain(OLD_TOKENS.accessToken);
        const { appKeyHeader } = world.connector.manifest;
        if (appKeyHeader) expect(headers.get(appKeyHeader.name)).toBe(APP_KEY);
      }
    });

    test.each([500, 503, 404, 400])('fails when the provider answers %d', async (status) => {
      world.api = () => ({ status, body: {} });
      await expect(world.connector.testConnection(await world.session())).rejects.toMatchObject({ name: 'HubError' });
    });

    test.each([{ body: '<html>Welcome</html>' }, { body: [] }, { body: null }, {}])(
      'fails when the answer is %j',
      async (reply) => {
        world.api = () => reply;
        await expect(world.connector.testConnection(await world.session())).rejects.toMatchObject({
          name: 'HubError',
          code: fixtures.unreadable ?? 'provider_unavailable',
        });
      },
    );
  });

  describe('a refused access token', () => {
    const refreshable = create().manifest.oauth.refreshTokens !== 'none';
    const whenRefreshable = refreshable ? test : test.skip;

    whenRefreshable('is refreshed once, saved, and the call is made again', async () => {
      world.api = onlyFresh;
      await world.connector.testConnection(await world.session());
      expect(world.tokenRequests).toHaveLength(1);
      const [refused, replayed] = world.exchanges;
      expect(refused?.headers.get('authorization')).toBe(old);
      expect(replayed?.headers.get('authorization')).toBe(`Bearer ${FRESH}`);
      expect([replayed?.method, replayed?.url.href, replayed?.body]).toEqual([
        refused?.method,
        refused?.url.href,
        refused?.body,
      ]);
      expect(world.storedTokens()).toMatchObject({ accessToken: FRESH });
      expect(world.integration.status).toBe('connected');
    });

    whenRefreshable('of many calls at once is refreshed once', async () => {
      world.api = onlyFresh;
      await Promise.all([1, 2, 3, 4].map(async () => world.connector.testConnection(await world.session())));
      expect(world.tokenRequests).toHaveLength(1);
    });

    whenRefreshable('that a refresh does not help needs a person', async () => {
      world.api = () => ({ status: 401, body: {} });
      await expect(world.connector.testConnection(await world.session())).rejects.toMatchObject({
        code: 'reauth_required',
      });
      expect(world.integration.status).toBe('reauth_required');
    });

    test.each(token.rejectedGrants)('needs a person when the grant is gone: %j', async (reply) => {
      world.api = onlyFresh;
      world.tokenEndpoint = () => reply;
      await expect(world.connector.testConnection(await world.session())).rejects.toMatchObject({
        code: 'reauth_required',
      });
      expect(world.integration.status).toBe('reauth_required');
    });

    whenRefreshable.each([...token.rejectedRegistrations, ...token.outages])(
      'needs nobody when the refresh fails otherwise: %j',
      async (reply) => {
        world.api = onlyFresh;
        world.tokenEndpoint = () => reply;
        await expect(world.connector.testConnection(await world.session())).rejects.not.toMatchObject({
          code: 'reauth_required',
        });
        expect(world.integration.status).toBe('connected');
        expect(world.storedTokens()).toEqual(OLD_TOKENS);
      },
    );
  });

  describe('a limit of the provider', () => {
    test('is told apart from other errors, with the pause that it asks for', async () => {
      world.api = () => rateLimit.reply;
      await expect(world.connector.testConnection(await world.session())).rejects.toMatchObject({
        code: 'rate_limited',
        retryAfterSeconds: rateLimit.retryAfterSeconds,
      });
      expect(Math.max(...world.pauses)).toBeGreaterThan(world.now);
    });

    test.each([
      ['seconds', () => '7', 7],
      ['a date', (now: number) => new Date(now + 90_000).toUTCString(), 90],
    ])('may give the pause as %s', async (_form, header, seconds) => {
      const headers = { ...rateLimit.reply.headers, 'retry-after': header(world.now) };
      world.api = () => ({ ...rateLimit.reply, headers });
      await expect(world.connector.testConnection(await world.session())).rejects.toMatchObject({
        code: 'rate_limited',
        retryAfterSeconds: seconds,
      });
      expect(world.pauses).toContain(world.now + seconds * 1000);
    });

    (quota ? test : test.skip)('shows in its headers before it is reached: background calls pause', async () => {
      world.api = (exchange) => ({ ...probe(exchange), headers: quota?.ample ?? {} });
      await world.connector.testConnection(await world.session());
      expect(world.pauses).toEqual([]);
      world.api = (exchange) => ({ ...probe(exchange), headers: quota?.usedUp ?? {} });
      await world.connector.testConnection(await world.session());
      expect(Math.max(...world.pauses)).toBeGreaterThan(world.now);
    });
  });
}

function covers(allowed: string, url: URL): boolean {
  if (!allowed.startsWith('https://*.')) return url.origin === allowed;
  return url.protocol === 'https:' && url.port === '' && url.hostname.endsWith(allowed.slice('https://*'.length));
}
