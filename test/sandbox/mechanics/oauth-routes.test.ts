import { describe, expect, test } from '@jest/globals';
import { Hono } from 'hono';
import type { ConsentChoice } from '../sandbox-client.ts';
import { SandboxClock } from './clock.ts';
import { answerConsent } from './consent-browser.ts';
import { Counters } from './counters.ts';
import { addOAuthRoutes, type OAuthRoutesOptions, STANDARD_ERRORS } from './oauth-routes.ts';
import { type OAuthRules, OAuthServer } from './oauth-server.ts';

const REDIRECT = 'http://localhost:8787/oauth/callback';

interface Change {
  readonly rules?: Partial<OAuthRules>;
  readonly consent?: Partial<OAuthRoutesOptions['consent']>;
  readonly token?: Partial<OAuthRoutesOptions['token']>;
  readonly options?: Partial<OAuthRoutesOptions>;
}

/** A provider that speaks OAuth as RFC 6749 has it, but for the changes. */
function provider({ rules, consent, token, options }: Change = {}) {
  const clock = new SandboxClock();
  const oauth = new OAuthServer(
    {
      clientId: 'hub',
      clientSecret: 's:ecret/1',
      implicitScopes: [],
      requiredScopes: ['read'],
      optionalScopes: ['openid'],
      accessTokenMs: 60_000,
      codeMs: 60_000,
      refreshTokens: 'reusable',
      revokeEndsAccessTokens: true,
      ...rules,
    },
    clock,
  );
  const counters = new Counters();
  const app = new Hono();
  addOAuthRoutes(app, {
    oauth,
    counters,
    clock,
    consent: {
      providerName: 'Any',
      paths: ['/authorize'],
      accounts: [{ id: 'A1', name: 'One', userId: 1 }],
      optionalScopeParameter: null,
      responseType: 'code',
      ...consent,
    },
    token: {
      path: '/token',
      encoding: 'form',
      clientAuthentication: 'body',
      answer: ({ grant, accessToken, refreshToken, expiresInSeconds }) => ({
        access_token: accessToken,
        refresh_token: refreshToken,
        token_type: 'bearer',
        expires_in: expiresInSeconds,
        scope: grant.scopes.join(' '),
      }),
      ...token,
    },
    problem: (problem, detail) => ({
      status: 400,
      body: { error: STANDARD_ERRORS[problem], error_description: detail ?? problem },
    }),
    ...options,
  });
  const url = 'http://provider.test';
  const send = async (address: string, init: RequestInit) => app.fetch(new Request(address, init));
  const authorize = (change: Readonly<Record<string, string>> = {}): string =>
    `${url}/authorize?${new URLSearchParams({
      client_id: 'hub',
      redirect_uri: REDIRECT,
      response_type: 'code',
      scope: 'read',
      state: 's-1',
      ...change,
    })}`;
  const post = async (path: string, init: RequestInit) => {
    const response = await send(url + path, { method: 'POST', ...init });
    const text = await response.text();
    const body: Record<string, unknown> = text === '' ? {} : JSON.parse(text);
    return { status: response.status, body };
  };
  const client = { client_id: 'hub', client_secret: 's:ecret/1' };
  const form = (path: string, fields: Readonly<Record<string, string>>) =>
    post(path, { body: new URLSearchParams({ ...client, ...fields }) });
  const code = async (change: Readonly<Record<string, string>> = {}): Promise<string> => {
    const { url: back, form: posted } = await answerConsent(authorize(change), {}, send);
    return (posted ?? new URL(back).searchParams).get('code') ?? '';
  };
  const exchange = async (change: Readonly<Record<string, string>> = {}) =>
    form('/token', { grant_type: 'authorization_code', code: await code(change), redirect_uri: REDIRECT });
  const refresh = (refreshToken: unknown) =>
    form('/token', { grant_type: 'refresh_token', refresh_token: String(refreshToken) });
  const answer = (address: string, choice: ConsentChoice = {}) => answerConsent(address, choice, send);
  return { oauth, counters, authorize, answer, post, form, code, exchange, refresh };
}

function claimsOf(token: unknown): Record<string, unknown> {
  return JSON.parse(Buffer.from(String(token).split('.')[1] ?? '', 'base64url').toString('utf8'));
}

describe('client authentication', () => {
  test('basic takes form-encoded halves and refuses a wrong secret', async () => {
    const { code, post } = provider({ token: { clientAuthentication: 'basic' } });
    const body = () => new URLSearchParams({ grant_type: 'authorization_code', redirect_uri: REDIRECT });
    const good = body();
    good.set('code', await code());
    const basic = (pair: string) => ({ authorization: `Basic ${Buffer.from(pair).toString('base64')}` });
    const refused = await post('/token', { body: body(), headers: basic('hub:nope') });
    expect(refused).toMatchObject({ status: 400, body: { error: 'invalid_client' } });
    const taken = await post('/token', { body: good, headers: basic('hub:s%3Aecret%2F1') });
    expect(taken.status).toBe(200);
  });

  test('a JSON token endpoint wants JSON', async () => {
    const { code, post, form } = provider({ token: { encoding: 'json' } });
    const fields = { grant_type: 'authorization_code', code: await code(), redirect_uri: REDIRECT };
    expect((await form('/token', fields)).body.error).toBe('invalid_request');
    const tokens = await post('/token', {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...fields, client_id: 'hub', client_secret: 's:ecret/1' }),
    });
    expect(tokens.status).toBe(200);
  });

  test('what a provider wants in every token request is checked', async () => {
    const { exchange } = provider({
      token: { check: (fields) => (fields.get('scope') === 'read' ? null : 'scope is missing') },
    });
    expect((await exchange()).body).toEqual({ error: 'invalid_request', error_description: 'scope is missing' });
  });
});

describe('refresh', () => {
  test.each([
    ['reusable', [200, 200]],
    ['renewing', [200, 200]],
    ['rotating', [400, 200]],
    ['rotating_strict', [400, 400]],
  ] as const)('%s: the old token, then the new one', async (refreshTokens, expected) => {
    const { exchange, refresh, oauth, counters } = provider({ rules: { refreshTokens } });
    const first = (await exchange()).body;
    const second = (await refresh(first.refresh_token)).body;
    expect(second.refresh_token === first.refresh_token).toBe(refreshTokens === 'reusable');
    const old = await refresh(first.refresh_token);
    const next = await refresh(second.refresh_token);
    expect([old.status, next.status]).toEqual(expected);
    const running = oauth.authenticate(String(second.access_token));
    if (refreshTokens === 'rotating_strict') expect(running).toBe('revoked');
    else expect(running).toMatchObject({ grant: { account: 'A1' } });
    expect(counters.snapshot().tokenRefreshes).toBe(3);
  });
});

describe('consent', () => {
  test('a form post carries code, id token and state, and the nonce comes back in both id tokens', async () => {
    const { answer, authorize, form } = provider({
      consent: { responseType: 'code id_token', responseMode: 'form_post', requiredParameters: ['nonce'] },
      options: { idToken: { claims: (account) => ({ sub: account }) } },
    });
    const request = { scope: 'read openid', response_type: 'code id_token', response_mode: 'form_post' };
    await expect(answer(authorize(request))).rejects.toThrow('nonce');
    const back = await answer(authorize({ ...request, nonce: 'n-1' }));
    expect(back.url).toBe(REDIRECT);
    expect([...(back.form?.keys() ?? [])].sort()).toEqual(['code', 'id_token', 'scope', 'session_state', 'state']);
    expect(claimsOf(back.form?.get('id_token'))).toMatchObject({ aud: 'hub', nonce: 'n-1', sub: 'A1' });
    const code = back.form?.get('code') ?? '';
    const tokens = await form('/token', { grant_type: 'authorization_code', code, redirect_uri: REDIRECT });
    expect(claimsOf(tokens.body.id_token)).toMatchObject({ aud: 'hub', nonce: 'n-1', sub: 'A1' });
  });

  test('a refusal is posted too', async () => {
    const { answer, authorize } = provider({ consent: { responseMode: 'form_post' } });
    const back = await answer(authorize({ response_mode: 'form_post' }), { decision: 'deny' });
    expect(Object.fromEntries(back.form ?? [])).toMatchObject({ error: 'access_denied', state: 's-1' });
  });

  test('PKCE can be required; a wrong verifier is refused', async () => {
    const { answer, authorize, form } = provider({ rules: { pkceRequired: true } });
    await expect(answer(authorize())).rejects.toThrow('code_challenge');
    const challenge = { code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', code_challenge_method: 'S256' };
    const exchange = async (verifier: string) => {
      const { url } = await answer(authorize(challenge));
      const code = new URL(url).searchParams.get('code') ?? '';
      const fields = { grant_type: 'authorization_code', code, redirect_uri: REDIRECT, code_verifier: verifier };
      return (await form('/token', fields)).status;
    };
    // RFC 7636, appendix B.
    expect(await exchange('dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk')).toBe(200);
    expect(await exchange('something-else')).toBe(400);
  });

  test('scopes may be left out where the provider allows it, and people may leave some unticked', async () => {
    const { answer, oauth, authorize, exchange } = provider({
      consent: { scopeMayBeLeftOut: true },
      rules: { withheldScopes: ['openid'] },
    });
    const bare = new URL(authorize());
    bare.searchParams.delete('scope');
    const { url } = await answer(bare.href);
    const issued = oauth.exchange(new URL(url).searchParams.get('code') ?? '', REDIRECT, undefined);
    expect(issued).toMatchObject({ grant: { scopes: ['read'] } });
    expect((await exchange({ scope: 'read openid' })).body.scope).toBe('read');
  });

  test('an error can wait behind the approval', async () => {
    const { answer, authorize } = provider({
      rules: { consentError: { error: 'invalid_client', description: 'not installed' } },
    });
    const { url } = await answer(authorize());
    const { searchParams } = new URL(url);
    expect([searchParams.get('error'), searchParams.get('error_description')]).toEqual([
      'invalid_client',
      'not installed',
    ]);
  });
});

describe('revocation', () => {
  test('by a client header and an access token, ending the whole grant', async () => {
    const { exchange, refresh, post } = provider({
      options: {
        revocation: {
          path: '/revoke',
          encoding: 'json',
          clientAuthentication: 'client_header',
          tokenMember: 'access_token',
          endsGrant: true,
          answer: (known) => (known ? { status: 200, body: { success: true } } : { status: 404, body: {} }),
        },
      },
    });
    const tokens = (await exchange()).body;
    const revoke = (secret: string) =>
      post('/revoke', {
        headers: { 'content-type': 'application/json', authorization: `Client ${secret}` },
        body: JSON.stringify({ client_id: 'hub', access_token: tokens.access_token }),
      });
    expect((await revoke('wrong')).body.error).toBe('invalid_client');
    expect(await revoke('s:ecret/1')).toEqual({ status: 200, body: { success: true } });
    expect((await revoke('s:ecret/1')).status).toBe(404);
    expect((await refresh(tokens.refresh_token)).body.error).toBe('invalid_grant');
  });

  test('without any client authentication', async () => {
    const { exchange, refresh, post } = provider({
      options: { revocation: { path: '/revoke', encoding: 'form', clientAuthentication: 'none' } },
    });
    const tokens = (await exchange()).body;
    const body = new URLSearchParams({ token: String(tokens.refresh_token) });
    expect((await post('/revoke', { body })).status).toBe(200);
    expect((await refresh(tokens.refresh_token)).status).toBe(400);
  });
});
