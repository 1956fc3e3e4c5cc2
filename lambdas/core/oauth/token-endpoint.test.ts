import { describe, expect, test } from '@jest/globals';
import type { OAuthDescription } from '../../connectors/connector.ts';
import { nonceOf } from './id-token.ts';
import { TokenEndpoint } from './token-endpoint.ts';

const NOW = Date.parse('2026-11-23T12:00:00Z');
const TOKENS = { access_token: 'new-access', refresh_token: 'new-refresh', token_type: 'Bearer' };
const APP = { clientId: 'client id', clientSecret: 's/e:c+r%t', webhookKey: null, extra: {} };
const DESCRIPTION: OAuthDescription = {
  authorizeUrl: 'https://provider.example/authorize',
  tokenUrl: 'https://provider.example/token',
  scopes: { required: ['read'], optional: [] },
  pkce: 'none',
  clientAuthentication: 'body',
  tokenRequestEncoding: 'form',
  refreshTokens: 'reusable',
};

function idToken(claims: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'none' })}.${part({ aud: APP.clientId, exp: NOW / 1000 + 60, ...claims })}.c2ln`;
}

function endpointWith(change: Partial<OAuthDescription>, body: unknown = TOKENS, status = 200) {
  const sent: Request[] = [];
  const endpoint = new TokenEndpoint({
    provider: { name: 'Provider', oauth: { ...DESCRIPTION, ...change } },
    app: APP,
    fetch: async (input, init) => {
      sent.push(new Request(input, init));
      return Response.json(body, { status });
    },
    clock: { now: () => NOW, sleep: async () => undefined },
  });
  const exchange = (more: Readonly<Record<string, string>> = {}) =>
    endpoint.exchangeCode({
      parameters: new URLSearchParams({ code: 'c', state: 's', ...more }),
      redirectUri: 'https://hub.example/oauth/callback',
      verifier: null,
    });
  return { endpoint, sent, exchange };
}

async function formOf(request: Request | undefined): Promise<Record<string, string>> {
  return Object.fromEntries(new URLSearchParams(await request?.text()));
}

describe('a token request', () => {
  test('carries what the provider wants in every one of them', async () => {
    const { endpoint, sent, exchange } = endpointWith({ tokenParameters: { scope: 'read', site: '42' } });
    await exchange();
    await endpoint.refresh('old');
    expect(await formOf(sent[0])).toMatchObject({
      grant_type: 'authorization_code',
      code: 'c',
      scope: 'read',
      site: '42',
    });
    expect(await formOf(sent[1])).toMatchObject({ grant_type: 'refresh_token', scope: 'read', site: '42' });
  });

  test('is sent whatever else came through the browser', async () => {
    const more = {
      iss: 'https://other.example',
      id_token: 'x',
      token: 'x',
      scope: 'y',
      session_state: 'z',
      response: 'j',
    };
    const { exchange } = endpointWith({});
    expect((await exchange(more)).tokens.accessToken).toBe('new-access');
  });

  test('is not sent for a callback that holds an error, or two codes', async () => {
    const { endpoint, sent, exchange } = endpointWith({});
    await expect(exchange({ error: 'access_denied' })).rejects.toThrow('access_denied');
    const parameters = new URLSearchParams('code=a&code=b&state=s');
    await expect(
      endpoint.exchangeCode({ parameters, redirectUri: 'https://hub.example/', verifier: null }),
    ).rejects.toMatchObject({ name: 'HubError' });
    expect(sent).toEqual([]);
  });
});

describe('an answer', () => {
  test.each([
    [{}, {}, null],
    [{ assumedLifeMs: 7_000 }, {}, NOW + 7_000],
    [{ assumedLifeMs: 7_000 }, { expires_in: 60 }, NOW + 60_000],
    [{ assumedLifeMs: 7_000, expiresAtMember: 'until' }, { until: '2026-11-23T12:05:00Z' }, NOW + 300_000],
  ])('with %j and %j gives tokens until %p', async (change, members, expiresAt) => {
    const { endpoint, exchange } = endpointWith(change, { ...TOKENS, ...members });
    expect((await exchange()).tokens.expiresAt).toBe(expiresAt);
    expect((await endpoint.refresh('old')).tokens.expiresAt).toBe(expiresAt);
  });

  test.each([
    ['https://api.example/read write', ['read', 'write']],
    [
      ['https://api.example/read', 'https://other.example/x'],
      ['read', 'https://other.example/x'],
    ],
  ])('names scopes as %j', async (scope, expected) => {
    const { exchange } = endpointWith({ grantedScopePrefix: 'https://api.example/' }, { ...TOKENS, scope });
    if (typeof scope === 'string') expect((await exchange()).tokens.scopes).toEqual(expected);
    const listed = endpointWith(
      { grantedScopePrefix: 'https://api.example/', grantedScopesMember: 'scopes' },
      { ...TOKENS, scopes: scope },
    );
    expect((await listed.exchange()).tokens.scopes).toEqual(expected);
  });

  test.each([
    [404, undefined],
    [200, undefined],
    [200, { data: [] }],
    [302, {}],
  ])('from an address that nobody has confirmed says that it is wrong: %d %j', async (status, body = '<html>') => {
    const refresh = (assumed: object) => endpointWith(assumed, body, status).endpoint.refresh('old');
    await expect(refresh({ assumed: true })).rejects.toMatchObject({ code: 'provider_rejected' });
    await expect(refresh({})).rejects.toMatchObject({ code: 'provider_unavailable' });
  });

  test.each([
    [503, '<html>'],
    [429, {}],
    [400, { error: 'temporarily_unavailable' }],
  ])('of an endpoint that will be back is an outage, confirmed or not: %d %j', async (status, body) => {
    const { endpoint } = endpointWith({ assumed: true }, body, status);
    await expect(endpoint.refresh('old')).rejects.toMatchObject({ code: 'provider_unavailable' });
  });

  test('gives members and claims of the account', async () => {
    const accountMembers = { instance: 'instance_url', tenant: 'id_token.tid', absent: 'id_token.none', list: 'list' };
    const body = { ...TOKENS, instance_url: 'https://eu7.example', id_token: idToken({ tid: 't-1' }), list: [1] };
    const { endpoint, exchange } = endpointWith({ accountMembers }, body);
    const expected = { instance: 'https://eu7.example', tenant: 't-1' };
    expect((await exchange()).accountMembers).toEqual(expected);
    expect((await endpoint.refresh('old')).accountMembers).toEqual(expected);
  });

  test.each([undefined, 'nonsense', idToken({ aud: 'others' }), idToken({ exp: 1 })])(
    'with the id token %s connects nothing where one is read, but its refreshed tokens count',
    async (id_token) => {
      const { endpoint, exchange } = endpointWith({ accountMembers: { t: 'id_token.tid' } }, { ...TOKENS, id_token });
      await expect(exchange()).rejects.toMatchObject({ name: 'GrantRejectedError' });
      const refreshed = await endpoint.refresh('old');
      expect([refreshed.tokens.accessToken, refreshed.accountMembers]).toEqual(['new-access', {}]);
    },
  );

  test('must hold the nonce of its own state', async () => {
    const answer = (state: string) => ({ ...TOKENS, id_token: idToken({ nonce: nonceOf(state) }) });
    const good = endpointWith({ nonce: true }, answer('s'));
    expect((await good.exchange()).tokens.accessToken).toBe('new-access');
    const other = endpointWith({ nonce: true }, answer('other'));
    await expect(other.exchange()).rejects.toMatchObject({ name: 'GrantRejectedError' });
  });
});

describe('revocation', () => {
  const url = 'https://provider.example/revoke';
  const tokens = { accessToken: 'the-access', refreshToken: 'the-refresh' };
  const client = { client_id: APP.clientId, client_secret: APP.clientSecret };

  test.each([
    ['body', { ...client, token: 'the-refresh' }, null],
    ['basic', { token: 'the-refresh' }, `Basic ${btoa('client+id:s%2Fe%3Ac%2Br%25t')}`],
    ['client_header', { client_id: APP.clientId, token: 'the-refresh' }, `Client ${APP.clientSecret}`],
    ['none', { token: 'the-refresh' }, null],
  ] as const)('authenticates by %s', async (clientAuthentication, body, authorization) => {
    for (const encoding of ['form', 'json'] as const) {
      const { endpoint, sent } = endpointWith({ revocation: { url, encoding, clientAuthentication } }, {});
      await endpoint.revoke(tokens);
      const [request] = sent;
      expect([request?.method, request?.url]).toEqual(['POST', url]);
      expect(request?.headers.get('authorization')).toBe(authorization);
      expect(encoding === 'form' ? await formOf(request) : await request?.json()).toEqual(body);
    }
  });

  test.each([
    [{}, tokens, { token: 'the-refresh' }],
    [{}, { ...tokens, refreshToken: null }, { token: 'the-access' }],
    [{ token: 'access', tokenMember: 'access_token' }, tokens, { access_token: 'the-access' }],
  ] as const)('%j of %j sends %j', async (change, stored, body) => {
    const revocation = { url, encoding: 'form', clientAuthentication: 'none', ...change } as const;
    const { endpoint, sent } = endpointWith({ revocation }, {});
    await endpoint.revoke(stored);
    expect(await formOf(sent[0])).toEqual(body);
  });

  test('that is refused is an error, without the token in it', async () => {
    const revocation = { url, encoding: 'form', clientAuthentication: 'none' } as const;
    const { endpoint } = endpointWith({ revocation }, { error: 'the-refresh' }, 400);
    const error = await endpoint.revoke(tokens).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'provider_rejected' });
    expect(String(error)).not.toContain('the-refresh');
  });

  test('is nothing where the provider has no endpoint', async () => {
    const { endpoint, sent } = endpointWith({});
    await endpoint.revoke(tokens);
    expect(sent).toEqual([]);
  });
});
