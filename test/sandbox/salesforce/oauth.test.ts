import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SandboxClient } from '../sandbox-client.ts';
import { type Sandbox, startSandbox } from '../server.ts';

const REDIRECT_URI = 'http://localhost:8787/oauth/callback';
const VERIFIER = 'v'.repeat(43);
const CLIENT = { client_id: 'salesforce-client', client_secret: 'salesforce-secret' };

let sandbox: Sandbox;
let client: SandboxClient;

beforeAll(async () => {
  sandbox = await startSandbox({ port: 0, contacts: 5 });
  client = new SandboxClient(sandbox.url);
});
afterAll(() => sandbox.close());

const post = async (path: string, fields: Readonly<Record<string, string>>) => {
  const response = await fetch(`${sandbox.url}/salesforce/services/oauth2/${path}`, {
    method: 'POST',
    body: new URLSearchParams(fields),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? null : JSON.parse(text) };
};
const refresh = (refresh_token: string) => post('token', { ...CLIENT, grant_type: 'refresh_token', refresh_token });
const probe = async (token: string) =>
  fetch(
    `${sandbox.url}/salesforce/services/data/v67.0/query?q=${encodeURIComponent('SELECT Id FROM Contact LIMIT 1')}`,
    {
      headers: { authorization: `Bearer ${token}` },
    },
  );

function authorizeUrl(change: Readonly<Record<string, string>> = {}, host = 'login.salesforce.com'): string {
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: CLIENT.client_id,
    redirect_uri: REDIRECT_URI,
    scope: 'api refresh_token',
    state: 's-1',
    code_challenge: createHash('sha256').update(VERIFIER).digest('base64url'),
    code_challenge_method: 'S256',
    ...change,
  });
  for (const [name, value] of [...query]) if (value === '') query.delete(name);
  return `https://${host}/services/oauth2/authorize?${query}`;
}

async function consent(host?: string) {
  const back = new URL(await client.approve(authorizeUrl({}, host)));
  const code = back.searchParams.get('code') ?? '';
  return post('token', {
    ...CLIENT,
    grant_type: 'authorization_code',
    code,
    redirect_uri: REDIRECT_URI,
    code_verifier: VERIFIER,
  });
}

describe('consent', () => {
  test.each(['login.salesforce.com', 'test.salesforce.com', 'marlow-finch.my.salesforce.com'])(
    'is given at %s',
    async (host) => {
      const { status, body } = await consent(host);
      expect(status).toBe(200);
      expect(body).toMatchObject({ instance_url: 'https://marlow-finch.my.salesforce.com', token_type: 'Bearer' });
      expect(body).not.toHaveProperty('expires_in');
      expect(body.id).toMatch(/\/id\/00D\w{15}\/005\w{15}$/);
      expect((await probe(body.access_token)).headers.get('sforce-limit-info')).toMatch(/^api-usage=\d+\/115000$/);
    },
  );

  test('needs PKCE, and the secret as well', async () => {
    await expect(client.approve(authorizeUrl({ code_challenge: '', code_challenge_method: '' }))).rejects.toThrow(
      'code_challenge',
    );
    const code = new URL(await client.approve(authorizeUrl())).searchParams.get('code') ?? '';
    const wanted = { ...CLIENT, grant_type: 'authorization_code', code, redirect_uri: REDIRECT_URI };
    expect((await post('token', wanted)).body.error).toBe('invalid_request');
    expect((await post('token', { ...wanted, client_secret: 'guessed', code_verifier: VERIFIER })).body.error).toBe(
      'invalid_client',
    );
  });

  test('of an org without the package comes back with an error', async () => {
    const consentError = { error: 'invalid_client', description: 'app must be installed into org' };
    await client.changeSettings('salesforce', { oauth: { consentError } });
    const back = new URL(await client.approve(authorizeUrl()));
    await client.changeSettings('salesforce', { oauth: { consentError: null } });
    expect(Object.fromEntries(back.searchParams)).toMatchObject({ error: 'invalid_client', state: 's-1' });
  });
});

describe('refresh tokens', () => {
  test('are good once, and a used one that is shown again ends everything', async () => {
    const { body: first } = await consent();
    const { body: second } = await refresh(first.refresh_token);
    expect(second.refresh_token).not.toBe(first.refresh_token);
    expect((await probe(second.access_token)).status).toBe(200);
    expect(await refresh(first.refresh_token)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    expect((await probe(second.access_token)).status).toBe(401);
    expect((await refresh(second.refresh_token)).status).toBe(400);
  });

  test('take their access tokens along when they are revoked', async () => {
    const { body } = await consent();
    expect((await post('revoke', { token: body.refresh_token })).status).toBe(200);
    const refused = await probe(body.access_token);
    expect(refused.status).toBe(401);
    expect(await refused.json()).toEqual([{ errorCode: 'INVALID_SESSION_ID', message: 'Session expired or invalid' }]);
    expect((await post('revoke', { token: body.refresh_token })).status).toBe(400);
  });
});
