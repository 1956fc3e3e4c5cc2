import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { oauthFor } from '../../core/oauth/connection-parameters.ts';
import { GrantRejectedError } from '../../core/oauth/token-endpoint.ts';
import type { IntegrationConnector } from '../connector.ts';
import type { ConformanceFixtures, Exchange, Reply } from './fixtures.ts';
import { APP, OLD_TOKENS, ProviderWorld, PUBLIC_ORIGIN } from './provider-world.ts';

const REDIRECT_URI = `${PUBLIC_ORIGIN}/oauth/callback`;

export function describeAuthorization(create: () => IntegrationConnector, fixtures: ConformanceFixtures): void {
  const { token, connection = {} } = fixtures;
  const { manifest } = create();
  const { accountMembers = {}, nonce = false } = manifest.oauth;
  const readsIdToken = nonce || Object.values(accountMembers).some((member) => member.startsWith('id_token.'));
  /** The description as it is for the account of the fixtures. */
  const filled = oauthFor(manifest, connection);

  /** A good token answer, with the id token that belongs to the consent where the manifest reads one. */
  function withIdToken(reply: Reply, world: ProviderWorld, sentNonce: string | null): Reply {
    const { body } = reply;
    if (!readsIdToken || typeof body !== 'object' || body === null || !('access_token' in body)) return reply;
    if ('id_token' in body) return reply;
    const claims = {
      aud: APP.clientId,
      exp: world.now / 1000 + 3600,
      ...(sentNonce === null ? {} : { nonce: sentNonce }),
      ...token.idTokenClaims,
    };
    return { ...reply, body: { ...body, id_token: unsignedToken(claims) } };
  }

  async function begin(world: ProviderWorld): Promise<URL> {
    const { authorizeUrl } = await world.oauth.getAuthUrl(world.integration, null);
    return new URL(authorizeUrl);
  }

  /** A consent to the exchange of its code. */
  async function exchange(world: ProviderWorld, reply: Reply, more: Readonly<Record<string, string>> = {}) {
    const link = await begin(world);
    world.tokenEndpoint = () => withIdToken(reply, world, link.searchParams.get('nonce'));
    const parameters = new URLSearchParams({
      code: 'the-code',
      state: link.searchParams.get('state') ?? '',
      ...more,
    });
    const state = await world.oauth.takeState(parameters.get('state') ?? '');
    if (!state) throw new Error('the state is not known');
    return { link, ...(await world.oauth.exchangeCode(state, parameters)) };
  }

  function refresh(world: ProviderWorld, reply: Reply) {
    world.tokenEndpoint = () => withIdToken(reply, world, null);
    return world.oauth.refreshToken(world.connector.manifest, OLD_TOKENS.refreshToken ?? '', connection);
  }

  describe('the consent', () => {
    test('is asked for with everything that the provider wants, and no secret', async () => {
      const world = new ProviderWorld(create(), fixtures);
      const { scopes, authorizeUrl, authorizeParameters } = filled;
      const url = await begin(world);
      expect(`${url.origin}${url.pathname}`).toBe(`${new URL(authorizeUrl).origin}${new URL(authorizeUrl).pathname}`);
      expect(Object.fromEntries(url.searchParams)).toMatchObject({
        response_type: 'code',
        client_id: APP.clientId,
        redirect_uri: REDIRECT_URI,
        scope: [...scopes.required, ...(scopes.unreported ?? [])].join(' '),
        ...authorizeParameters,
      });
      expect(url.searchParams.has('nonce')).toBe(nonce);
      expect(url.href).not.toMatch(/[{}]|%7B|%7D/);
      expect(url.href).not.toContain(APP.clientSecret);
      expect(url.hash).toBe('');
    });

    test('has a state that cannot be guessed, and that is stored as a hash only', async () => {
      const world = new ProviderWorld(create(), fixtures);
      const states = [await begin(world), await begin(world)].map((url) => url.searchParams.get('state') ?? '');
      expect(new Set(states).size).toBe(2);
      for (const state of states) expect(state).toMatch(/^[\w-]{43,}$/);
      for (const hash of world.states.keys()) expect(states).not.toContain(hash);
    });

    test('is bound to the code by PKCE, where the provider knows it', async () => {
      const world = new ProviderWorld(create(), fixtures);
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
      const world = new ProviderWorld(create(), fixtures);
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
        expect(sentIn(request)).toMatchObject({ ...filled.tokenParameters });
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
      const world = new ProviderWorld(create(), fixtures);
      const { oauth } = world.connector.manifest;
      const { tokens, accountMembers } = await exchange(world, { body: token.answer });
      expect(tokens.accessToken).toBe(token.answer.access_token);
      expect(tokens.refreshToken).toBe(token.answer.refresh_token ?? null);
      if (oauth.refreshTokens !== 'none') {
        expect(tokens.refreshToken).not.toBeNull();
        // Without an end it would never be refreshed ahead, and a refresh token may die of not being used.
        expect(tokens.expiresAt).not.toBeNull();
      }
      if (tokens.expiresAt !== null) expect(tokens.expiresAt).toBeGreaterThan(world.now);
      expect(tokens.scopes).toEqual(token.grantedScopes);
      expect(Object.keys(accountMembers).sort()).toEqual(Object.keys(oauth.accountMembers ?? {}).sort());
    });

    test('may say more than is known', async () => {
      const world = new ProviderWorld(create(), fixtures);
      const more = {
        ...token.answer,
        x_new_member: { deep: [1, null] },
        ...(readsIdToken ? {} : { id_token: 'not.checked.here' }),
        warnings: ['soon'],
      };
      const { tokens } = await exchange(world, { body: more });
      expect(tokens.accessToken).toBe(token.answer.access_token);
      expect((await refresh(world, { body: more })).tokens.accessToken).toBe(token.answer.access_token);
    });

    (readsIdToken ? test : test.skip)('must give the id token that was asked for', async () => {
      const claims = { aud: APP.clientId, exp: Date.parse('2027-01-01') / 1000, ...token.idTokenClaims };
      const wrong = [
        { ...claims, nonce: 'of-another-consent' },
        { ...claims, aud: 'another-client' },
        { ...claims, exp: 1 },
      ];
      const refused = nonce ? wrong : wrong.slice(1);
      const tokens = [...refused.map(unsignedToken), 'not.a.token', ''];
      for (const id_token of tokens) {
        const world = new ProviderWorld(create(), fixtures);
        const asked = exchange(world, { body: { ...token.answer, id_token } });
        await expect(asked).rejects.toBeInstanceOf(GrantRejectedError);
        // A refresh has no consent to belong to, and its tokens are too precious.
        const refreshed = await refresh(world, { body: { ...token.answer, id_token } });
        expect(refreshed.tokens.accessToken).toBe(token.answer.access_token);
      }
    });

    test('may have sent more through the browser than the code', async () => {
      const world = new ProviderWorld(create(), fixtures);
      const more = { iss: 'https://issuer.example', session_state: 'x', id_token: 'a.b.c', scope: 'any', token: 'no' };
      const { tokens } = await exchange(world, { body: token.answer }, more);
      expect(tokens.accessToken).toBe(token.answer.access_token);
    });

    test('may refresh without giving a new refresh token: the old one stays', async () => {
      const world = new ProviderWorld(create(), fixtures);
      const { refresh_token: _left, ...answer } = token.answer;
      expect((await refresh(world, { body: answer })).tokens.refreshToken).toBe(OLD_TOKENS.refreshToken);
    });

    test('may give a new refresh token: the new one counts', async () => {
      const world = new ProviderWorld(create(), fixtures);
      const answer = { ...token.answer, refresh_token: 'a-new-refresh-token' };
      expect((await refresh(world, { body: answer })).tokens.refreshToken).toBe('a-new-refresh-token');
    });

    test.each(token.rejectedGrants)('rejects a grant with %j', async (reply) => {
      const world = new ProviderWorld(create(), fixtures);
      await expect(refresh(world, reply)).rejects.toBeInstanceOf(GrantRejectedError);
      await expect(exchange(world, reply)).rejects.toBeInstanceOf(GrantRejectedError);
    });

    test.each(token.rejectedRegistrations)('rejects our registration with %j', async (reply) => {
      const world = new ProviderWorld(create(), fixtures);
      await expect(refresh(world, reply)).rejects.toMatchObject({ name: 'HubError', code: 'internal' });
      await expect(exchange(world, reply)).rejects.toMatchObject({ name: 'HubError', code: 'internal' });
    });

    test.each([
      ...token.outages,
      { status: 500, body: {} },
      { status: 502, body: '<html><h1>Bad gateway</h1></html>' },
      { status: 429, body: {} },
    ])('is out of order with %j', async (reply) => {
      const world = new ProviderWorld(create(), fixtures);
      await expect(refresh(world, reply)).rejects.toMatchObject({ name: 'HubError', code: 'provider_unavailable' });
    });

    test.each([
      { status: 404, body: '<html>Not found</html>' },
      { status: 200, body: '<html>Sign in</html>' },
      { status: 200, body: {} },
      { status: 302, headers: { location: 'https://elsewhere.example/' } },
    ])('is of no use with %j', async (reply) => {
      const world = new ProviderWorld(create(), fixtures);
      const { unreadable: code = 'provider_unavailable' } = fixtures;
      await expect(refresh(world, reply)).rejects.toMatchObject({ name: 'HubError', code });
    });
  });

  const { revocation } = filled;
  (revocation ? describe : describe.skip)('the end of the consent', () => {
    test('is told to the provider, with the token and never more of the secret than it wants', async () => {
      const world = new ProviderWorld(create(), fixtures);
      world.api = () => ({ body: {} });
      expect(await world.oauth.deleteTokens(world.integration, { revoke: true })).toEqual({ revoked: true });
      const [request] = world.exchanges;
      expect([request?.method, request?.url.href]).toEqual(['POST', revocation?.url]);
      const token = revocation?.token === 'access' ? OLD_TOKENS.accessToken : OLD_TOKENS.refreshToken;
      expect(sentIn(request)).toMatchObject({ [revocation?.tokenMember ?? 'token']: token });
      const holdsSecret = JSON.stringify([...(request?.headers ?? []), request?.body]).includes(APP.clientSecret);
      const inTheOpen =
        revocation?.clientAuthentication === 'body' || revocation?.clientAuthentication === 'client_header';
      expect(holdsSecret).toBe(inTheOpen);
      expect(world.storedTokens()).toBeNull();
    });

    test.each([
      { status: 400, body: {} },
      { status: 503, body: '<html></html>' },
    ])('comes even if the provider answers %j', async (reply) => {
      const world = new ProviderWorld(create(), fixtures);
      world.api = () => reply;
      expect(await world.oauth.deleteTokens(world.integration, { revoke: true })).toEqual({ revoked: false });
      expect(world.storedTokens()).toBeNull();
    });
  });

  test('the account behind new tokens is identified', async () => {
    const world = new ProviderWorld(create(), fixtures);
    world.api = fixtures.account.script;
    const session = await world.session();
    const attributes = fixtures.account.attributes ?? {};
    const account = await world.connector.identifyAccount({ ...session, account: { id: '', name: null, attributes } });
    expect(account.id).toBe(fixtures.account.id);
    expect(JSON.stringify(account)).not.toContain(OLD_TOKENS.accessToken);
    for (const value of Object.values(account.attributes)) expect(typeof value).toBe('string');
  });
}

function unsignedToken(claims: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'RS256', typ: 'JWT' })}.${part(claims)}.signature`;
}

function sentIn(request: Exchange | undefined): Readonly<Record<string, string | undefined>> {
  if (request?.headers.get('content-type')?.includes('json')) return JSON.parse(request.body);
  return Object.fromEntries(new URLSearchParams(request?.body));
}
