import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { GrantRejectedError } from '../../core/oauth/token-endpoint.ts';
import type { IntegrationConnector } from '../connector.ts';
import type { ConformanceFixtures, Exchange, Reply } from './fixtures.ts';
import { APP, OLD_TOKENS, ProviderWorld, PUBLIC_ORIGIN } from './provider-world.ts';

const REDIRECT_URI = `${PUBLIC_ORIGIN}/oauth/callback`;

export function describeAuthorization(create: () => IntegrationConnector, fixtures: ConformanceFixtures): void {
  const { token } = fixtures;

  async function begin(world: ProviderWorld): Promise<URL> {
    const { authorizeUrl } = await world.oauth.getAuthUrl(world.integration, world.integration.type, null);
    return new URL(authorizeUrl);
  }

  /** A consent to the exchange of its code. */
  async function exchange(world: ProviderWorld, reply: Reply) {
    world.tokenEndpoint = () => reply;
    const link = await begin(world);
    const parameters = new URLSearchParams({ code: 'the-code', state: link.searchParams.get('state') ?? '' });
    const state = await world.oauth.takeState(parameters.get('state') ?? '');
    if (!state) throw new Error('the state is not known');
    return { link, ...(await world.oauth.exchangeCode(state, parameters)) };
  }

  function refresh(world: ProviderWorld, reply: Reply) {
    world.tokenEndpoint = () => reply;
    return world.oauth.refreshToken(world.connector.manifest, OLD_TOKENS.refreshToken ?? '');
  }

  describe('the consent', () => {
    test('is asked for with everything that the provider wants, and no secret', async () => {
      const world = new ProviderWorld(create());
      const { oauth } = world.connector.manifest;
      const url = await begin(world);
      expect(`${url.origin}${url.pathname}`).toBe(
        `${new URL(oauth.authorizeUrl).origin}${new URL(oauth.authorizeUrl).pathname}`,
      );
      expect(Object.fromEntries(url.searchParams)).toMatchObject({
        response_type: 'code',
        client_id: APP.clientId,
        redirect_uri: REDIRECT_URI,
        scope: oauth.scopes.required.join(' '),
        ...oauth.authorizeParameters,
      });
      expect(url.href).not.toContain(APP.clientSecret);
      expect(url.hash).toBe('');
    });

    test('has a state that cannot be guessed, and that is stored as a hash only', async () => {
      const world = new ProviderWorld(create());
      const states = [await begin(world), await begin(world)].map((url) => url.searchParams.get('state') ?? '');
      expect(new Set(states).size).toBe(2);
      for (const state of states) expect(state).toMatch(/^[\w-]{43,}$/);
      for (const hash of world.states.keys()) expect(states).not.toContain(hash);
    });

    test('is bound to the code by PKCE, where the provider knows it', async () => {
      const world = new ProviderWorld(create());
      const { link } = await exchange(world, { body: token.answer });
      const verifier = sentIn(world.tokenRequests[0]).code_verifier;
      if (!token.request.pkce) {
        expect(link.searchParams.has('code_challenge')).toBe(false);
        expect(verifier).toBeUndefined();
      } else {
        expect(link.searchParams.get('code_challenge_method')).toBe('S256');
        const challenge = createHash('sha256')
          .update(verifier ?? '')
          .digest('base64url');
        expect(link.searchParams.get('code_challenge')).toBe(challenge);
      }
    });
  });

  describe('the token endpoint', () => {
    test('is asked in its own encoding, with the credentials where it wants them', async () => {
      const world = new ProviderWorld(create());
      await exchange(world, { body: token.answer });
      await refresh(world, { body: token.answer });
      const [byCode, byRefresh] = world.tokenRequests;
      expect(sentIn(byCode)).toMatchObject({
        grant_type: 'authorization_code',
        code: 'the-code',
        redirect_uri: REDIRECT_URI,
      });
      expect(sentIn(byRefresh)).toMatchObject({ grant_type: 'refresh_token', refresh_token: OLD_TOKENS.refreshToken });
      for (const request of world.tokenRequests) {
        const type = token.request.encoding === 'json' ? 'application/json' : 'application/x-www-form-urlencoded';
        expect(request.method).toBe('POST');
        expect(request.url.search).toBe('');
        expect(request.headers.get('content-type')).toContain(type);
        const basic = request.headers.get('authorization') ?? '';
        if (token.request.credentials === 'basic') {
          const credentials = Buffer.from(basic.replace('Basic ', ''), 'base64').toString();
          expect(decodeURIComponent(credentials)).toBe(`${APP.clientId}:${APP.clientSecret}`);
          expect(request.body).not.toContain(APP.clientSecret);
        } else {
          expect(sentIn(request)).toMatchObject({ client_id: APP.clientId, client_secret: APP.clientSecret });
          expect(basic).toBe('');
        }
      }
    });

    test('gives tokens, their end, their scopes and what is kept of the account', async () => {
      const world = new ProviderWorld(create());
      const { oauth } = world.connector.manifest;
      const { tokens, accountMembers } = await exchange(world, { body: token.answer });
      expect(tokens.accessToken).toBe(token.answer.access_token);
      expect(tokens.refreshToken).toBe(token.answer.refresh_token ?? null);
      if (oauth.refreshTokens !== 'none') expect(tokens.refreshToken).not.toBeNull();
      if (tokens.expiresAt !== null) expect(tokens.expiresAt).toBeGreaterThan(world.now);
      expect(tokens.scopes).toEqual(token.grantedScopes);
      expect(Object.keys(accountMembers).sort()).toEqual(Object.keys(oauth.accountMembers ?? {}).sort());
    });

    test('may say more than is known', async () => {
      const world = new ProviderWorld(create());
      const more = {
        ...token.answer,
        x_new_member: { deep: [1, null] },
        id_token: 'not.checked.here',
        warnings: ['soon'],
      };
      const { tokens } = await exchange(world, { body: more });
      expect(tokens.accessToken).toBe(token.answer.access_token);
      expect((await refresh(world, { body: more })).tokens.accessToken).toBe(token.answer.access_token);
    });

    test('may refresh without giving a new refresh token: the old one stays', async () => {
      const world = new ProviderWorld(create());
      const { refresh_token: _left, ...answer } = token.answer;
      expect((await refresh(world, { body: answer })).tokens.refreshToken).toBe(OLD_TOKENS.refreshToken);
    });

    test('may give a new refresh token: the new one counts', async () => {
      const world = new ProviderWorld(create());
      const answer = { ...token.answer, refresh_token: 'a-new-refresh-token' };
      expect((await refresh(world, { body: answer })).tokens.refreshToken).toBe('a-new-refresh-token');
    });

    test.each(token.rejectedGrants)('rejects a grant with %j', async (reply) => {
      const world = new ProviderWorld(create());
      await expect(refresh(world, reply)).rejects.toBeInstanceOf(GrantRejectedError);
      await expect(exchange(world, reply)).rejects.toBeInstanceOf(GrantRejectedError);
    });

    test.each(token.rejectedRegistrations)('rejects our registration with %j', async (reply) => {
      const world = new ProviderWorld(create());
      await expect(refresh(world, reply)).rejects.toMatchObject({ name: 'HubError', code: 'internal' });
      await expect(exchange(world, reply)).rejects.toMatchObject({ name: 'HubError', code: 'internal' });
    });

    test.each([
      ...token.outages,
      { status: 500, body: {} },
      { status: 502, body: '<html><h1>Bad gateway</h1></html>' },
      { status: 429, body: {} },
      { status: 200, body: '<html>Sign in</html>' },
      { status: 200, body: {} },
      { status: 302, headers: { location: 'https://elsewhere.example/' } },
    ])('is out of order with %j', async (reply) => {
      const world = new ProviderWorld(create());
      await expect(refresh(world, reply)).rejects.toMatchObject({ name: 'HubError', code: 'provider_unavailable' });
    });
  });

  test('the account behind new tokens is identified', async () => {
    const world = new ProviderWorld(create());
    world.api = fixtures.account.script;
    const account = await world.connector.identifyAccount({ ...(await world.session()), account: null });
    expect(account.id).toBe(fixtures.account.id);
    expect(JSON.stringify(account)).not.toContain(OLD_TOKENS.accessToken);
    for (const value of Object.values(account.attributes)) expect(typeof value).toBe('string');
  });
}

function sentIn(request: Exchange | undefined): Readonly<Record<string, string | undefined>> {
  if (request?.headers.get('content-type')?.includes('json')) return JSON.parse(request.body);
  return Object.fromEntries(new URLSearchParams(request?.body));
}
