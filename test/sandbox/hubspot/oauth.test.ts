import { describe, expect, test } from '@jest/globals';
import { authorizeUrl, connect, postForm, REDIRECT_URI, runSandbox, SCOPES, tokenRequest } from './connected.ts';

const CONTACTS = '/crm/objects/2026-09/contacts';

describe('consent', () => {
  test('approval leads back with a code that buys tokens once', async () => {
    const { sandbox, client, base } = await runSandbox();
    const back = new URL(await client.approve(authorizeUrl()));
    expect(back.origin + back.pathname).toBe(REDIRECT_URI);
    expect(back.searchParams.get('state')).toBe('s-1');
    const code = back.searchParams.get('code') ?? '';
    const exchange = { grant_type: 'authorization_code', code, redirect_uri: REDIRECT_URI };
    const tokens = await tokenRequest(base, exchange);
    expect(tokens.status).toBe(200);
    expect(tokens.body).toMatchObject({
      token_type: 'bearer',
      expires_in: 1800,
      hub_id: 48127733,
      token_use: 'access_token',
    });
    expect(tokens.body.scopes).toEqual([...SCOPES].sort());
    const again = await tokenRequest(base, exchange);
    expect(again.status).toBe(400);
    expect(again.body).toMatchObject({ error: 'invalid_grant', status: 'BAD_AUTH_CODE' });
    expect(Object.keys(again.body)).toEqual(expect.arrayContaining(['error_description', 'message']));
    await sandbox.close();
  });

  test('a refusal leads back with access_denied', async () => {
    const { sandbox, client } = await runSandbox();
    const back = new URL(await client.approve(authorizeUrl(), { decision: 'deny' }));
    expect(back.searchParams.get('error')).toBe('access_denied');
    expect(back.searchParams.has('code')).toBe(false);
    await sandbox.close();
  });

  test('refuses a wrong client, missing or undeclared scopes, and a plain-http redirect', async () => {
    const { sandbox, client } = await runSandbox();
    await expect(client.approve(authorizeUrl({ client_id: 'other' }))).rejects.toThrow('client_id');
    await expect(client.approve(authorizeUrl({ scope: 'oauth' }))).rejects.toThrow('crm.objects.contacts.read');
    await expect(client.approve(authorizeUrl({ scope: `${SCOPES.join(' ')} contacts` }))).rejects.toThrow('contacts');
    await expect(client.approve(authorizeUrl({ redirect_uri: 'http://evil.example/' }))).rejects.toThrow('https');
    await sandbox.close();
  });

  test('the page can be read by a screen reader and escapes what it shows', async () => {
    const { sandbox, base } = await runSandbox();
    const query = new URL(authorizeUrl({ state: '"><script>x</script>' })).search;
    const page = await (await fetch(`${base}/oauth/authorize${query}`)).text();
    expect(page).toContain('<html lang="en">');
    expect(page).toContain('<legend>Account</legend>');
    expect(page).not.toContain('<script>');
    await sandbox.close();
  });

  test('another account has other records', async () => {
    const { sandbox, client, base } = await runSandbox({ contacts: 60 });
    const back = new URL(await client.approve(authorizeUrl(), { account: '48127734' }));
    const code = back.searchParams.get('code') ?? '';
    const tokens = await tokenRequest(base, { grant_type: 'authorization_code', code, redirect_uri: REDIRECT_URI });
    expect(tokens.body.hub_id).toBe(48127734);
    await sandbox.close();
  });
});

describe('tokens', () => {
  test('wrong secret, wrong refresh token and a query string are refused in the documented shape', async () => {
    const { sandbox, base } = await runSandbox();
    const secret = await tokenRequest(base, {
      grant_type: 'refresh_token',
      refresh_token: 'x',
      client_secret: 'wrong',
    });
    expect([secret.status, secret.body.error, secret.body.status]).toEqual([
      400,
      'invalid_client',
      'BAD_CLIENT_SECRET',
    ]);
    const refresh = await tokenRequest(base, { grant_type: 'refresh_token', refresh_token: 'x' });
    expect([refresh.status, refresh.body.error, refresh.body.status]).toEqual([
      400,
      'invalid_grant',
      'BAD_REFRESH_TOKEN',
    ]);
    const query = await postForm(`${base}/oauth/2026-09/token?grant_type=refresh_token`, {});
    expect(query.body.error).toBe('invalid_request');
    await sandbox.close();
  });

  test('a refresh keeps the refresh token, or replaces it where that is switched on', async () => {
    const { sandbox, client, base, tokens } = await connect();
    const first = await tokenRequest(base, { grant_type: 'refresh_token', refresh_token: tokens.refresh_token });
    expect(first.body.refresh_token).toBe(tokens.refresh_token);
    await client.hubspot.change({ oauth: { refreshTokens: 'rotating', accessTokenMs: 60_000 } });
    const second = await tokenRequest(base, { grant_type: 'refresh_token', refresh_token: tokens.refresh_token });
    expect(second.body.refresh_token).not.toBe(tokens.refresh_token);
    expect(second.body.expires_in).toBe(60);
    const old = await tokenRequest(base, { grant_type: 'refresh_token', refresh_token: tokens.refresh_token });
    expect(old.body.error).toBe('invalid_grant');
    expect((await client.counters()).hubspot?.tokenRefreshes).toBe(3);
    await sandbox.close();
  });

  test('expired, by switch or by clock, answers 401; a dropped scope answers 403', async () => {
    const { sandbox, client, base, call, tokens } = await connect();
    expect((await call('GET', CONTACTS)).status).toBe(200);
    await client.dropScopes('hubspot', ['crm.objects.deals.read']);
    const refused = await call('GET', '/crm/objects/2026-09/deals');
    expect([refused.status, refused.body.category]).toEqual([403, 'MISSING_SCOPES']);
    expect(refused.body.errors[0].context.requiredGranularScopes).toEqual(['crm.objects.deals.read']);
    await client.advanceClock(31 * 60_000);
    const expired = await call('GET', CONTACTS);
    expect([expired.status, expired.body.category]).toEqual([401, 'EXPIRED_AUTHENTICATION']);
    expect(
      (await tokenRequest(base, { grant_type: 'refresh_token', refresh_token: tokens.refresh_token })).status,
    ).toBe(200);
    expect(await client.expireAccessTokens('hubspot')).toEqual({ expired: 1 });
    await sandbox.close();
  });

  test('revoking the refresh token leaves access tokens running; uninstalling ends both', async () => {
    const { sandbox, base, call, tokens } = await connect();
    const client = { client_id: 'hubspot-client', client_secret: 'hubspot-secret' };
    const introspect = () =>
      postForm(`${base}/oauth/2026-09/token/introspect`, { ...client, token: tokens.refresh_token });
    expect((await introspect()).body).toMatchObject({ active: true, hub_id: 48127733 });
    expect(
      (await postForm(`${base}/oauth/2026-09/token/revoke`, { ...client, token: tokens.refresh_token })).status,
    ).toBe(204);
    expect((await introspect()).body).toEqual({ active: false });
    expect((await call('GET', '/account-info/2026-09/details')).body).toMatchObject({
      portalId: 48127733,
      accountType: 'STANDARD',
    });
    expect((await call('DELETE', '/appinstalls/2026-09/external-install')).status).toBe(204);
    expect((await call('GET', CONTACTS)).status).toBe(401);
    await sandbox.close();
  });
});
