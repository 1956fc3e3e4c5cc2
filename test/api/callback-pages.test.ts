import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { outcomePage } from '../../lambdas/core/http/outcome-page.ts';
import type { AuthorizationOutcome } from '../../lambdas/core/integrations/complete-authorization.ts';
import { FRONT_END, HubUnderTest } from './support/hub-under-test.ts';

const RETURN_URL = `${FRONT_END}/settings/connections?tab=crm&status=old#list`;
const FORGED = 'A'.repeat(43);

let hub: HubUnderTest;
let workspaces = 0;

beforeAll(async () => {
  hub = await HubUnderTest.start({ contacts: 12 });
});

beforeEach(async () => {
  await hub.sandbox.clearFaults();
});

afterAll(async () => {
  await hub?.close();
});

/** A consent that the owner has answered, in a workspace of its own. */
async function answered(options: { returnUrl?: string; decision?: 'approve' | 'deny' } = {}) {
  const workspaceId = `salon-${++workspaces}`;
  const { integration, authorizeUrl } = await hub.begin(
    workspaceId,
    options.returnUrl === undefined ? {} : { returnUrl: options.returnUrl },
  );
  const back = await hub.consent(authorizeUrl, { decision: options.decision ?? 'approve' });
  return { path: { workspaceId, integrationId: integration.integrationId }, back };
}

function get(url: URL): Promise<Response> {
  return fetch(url, { redirect: 'manual' });
}

/** Reads a page, and holds it against what every page of the callback must be. */
async function pageOf(response: Response, url: URL): Promise<{ title: string; status: string; html: string }> {
  expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
  const html = await response.text();
  expectDecentPage(html, Object.fromEntries(response.headers));
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  for (const [name, value] of url.searchParams) if (name !== 'error') expect(html).not.toContain(value);
  for (const { accessToken, refreshToken } of await hub.noteTokens()) {
    expect(html).not.toContain(accessToken);
    expect(html).not.toContain(refreshToken);
  }
  return { title: textIn(html, 'title'), status: /<p role="status">([^<]*)<\/p>/.exec(html)?.[1] ?? '', html };
}

function expectDecentPage(html: string, headers: Readonly<Record<string, string>>): void {
  expect(html).toMatch(/^<!doctype html>\n<html lang="en">/);
  expect(html).toContain('<meta charset="utf-8">');
  expect(html).toContain('<meta name="viewport" content="width=device-width, initial-scale=1">');
  expect(textIn(html, 'title')).not.toBe('');
  expect(html.match(/<h1[ >]/g)).toHaveLength(1);
  expect(html.match(/<main[ >]/g)).toHaveLength(1);
  expect(html.match(/role="status"/g)).toHaveLength(1);
  // Nothing that runs, nothing from elsewhere.
  expect(html).not.toMatch(/<script|<[^>]*\son\w+=|<[^>]*javascript:|<(?:img|link|iframe|object|form)\b|https?:/i);
  expect(headers['content-security-policy']).toBe(
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  );
  expect(headers['referrer-policy']).toBe('no-referrer');
}

function textIn(html: string, tag: string): string {
  return new RegExp(`<${tag}>([^<]*)</${tag}>`).exec(html)?.[1] ?? '';
}

function form(body: string | URLSearchParams, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
  return fetch(hub.api.url('oauthCallbackForm'), { method: 'POST', body, headers, redirect: 'manual' });
}

describe('the page', () => {
  test('says that it is connected', async () => {
    const { path, back } = await answered();
    const response = await get(back);
    expect(response.status).toBe(200);
    expect(await pageOf(response, back)).toMatchObject({
      title: 'Connected',
      status: 'HubSpot is connected. The first sync has started.',
    });
    expect((await hub.view(path)).status).toBe('connected');
  });

  test('says that access was declined', async () => {
    const { path, back } = await answered({ decision: 'deny' });
    expect(back.searchParams.get('error')).toBe('access_denied');
    const response = await get(back);
    expect(response.status).toBe(200);
    expect(await pageOf(response, back)).toMatchObject({
      title: 'Not connected',
      status: 'HubSpot was not connected, because access was declined.',
    });
    expect((await hub.view(path)).status).toBe('pending');
  });

  test('says that a link was used before, and does nothing a second time', async () => {
    const { path, back } = await answered();
    await (await get(back)).text();
    await hub.idle();
    const before = await hub.view(path);
    const calls = await hub.providerCalls();
    const response = await get(back);
    expect(response.status).toBe(400);
    expect(await pageOf(response, back)).toMatchObject({ title: 'Link expired' });
    expect(await hub.providerCalls(calls)).toBe(0);
    expect(await hub.view(path)).toEqual(before);
  });

  test('of two browsers that come back at once, one connects', async () => {
    const { path, back } = await answered();
    const statuses = await Promise.all([1, 2, 3].map(async () => (await get(back)).status));
    expect(statuses.sort()).toEqual([200, 400, 400]);
    expect((await hub.view(path)).status).toBe('connected');
  });

  test.each([
    ['no parameters', ''],
    ['no state', '?code=abc'],
    ['an empty state', '?state=&code=abc'],
    ['a forged state', `?state=${FORGED}&code=abc`],
    ['a forged state and an error', `?state=${FORGED}&error=access_denied`],
    ['a state of another kind', '?state=%00%F0%9F%92%87&code=abc'],
    ['two states', `?state=${FORGED}&state=${FORGED}&code=abc`],
    ['markup', `?state=${FORGED}&error=%3Cscript%3Ealert(1)%3C/script%3E&error_description=%3Cb%3Ehi`],
  ])('with %s says that the link is expired, stores nothing and asks nobody', async (_what, query) => {
    await hub.idle();
    const before = JSON.stringify(await hub.items());
    const calls = await hub.providerCalls();
    const url = new URL(hub.api.url('oauthCallback') + query);
    const response = await get(url);
    expect(response.status).toBe(400);
    const html = await response.text();
    expectDecentPage(html, Object.fromEntries(response.headers));
    expect(html).not.toContain('alert');
    expect(textIn(html, 'title')).toBe('Link expired');
    expect(JSON.stringify(await hub.items())).toBe(before);
    expect(await hub.providerCalls(calls)).toBe(0);
  });

  test('a state that is only begun cannot be used for another workspace or provider', async () => {
    const { path, back } = await answered();
    const other = await hub.begin('elsewhere');
    expect((await get(back)).status).toBe(200);
    expect((await hub.view(path)).status).toBe('connected');
    expect((await hub.view(other.integration)).status).toBe('pending');
  });

  test.each([
    [
      'a code that the provider does not know',
      (url: URL) => url.searchParams.set('code', 'forged'),
      400,
      'Link expired',
    ],
    ['no code', (url: URL) => url.searchParams.delete('code'), 502, 'Connection failed'],
    [
      'an error of the provider',
      (url: URL) => {
        url.searchParams.delete('code');
        url.searchParams.set('error', 'server_error');
        url.searchParams.set('error_description', '<script>alert(1)</script>');
      },
      502,
      'Connection failed',
    ],
  ] as const)('with %s says so', async (_what, change, status, title) => {
    const { path, back } = await answered();
    change(back);
    const response = await get(back);
    expect(response.status).toBe(status);
    expect((await pageOf(response, back)).title).toBe(title);
    expect((await hub.view(path)).status).toBe('pending');
  });

  test.each([
    ['is down', { kind: 'status', status: 503 }],
    ['sends a gateway page', { kind: 'html' }],
    ['sends nonsense', { kind: 'malformed' }],
    ['breaks the connection', { kind: 'reset' }],
    [
      'does not know the hub',
      { kind: 'status', status: 400, body: { error: 'invalid_client', status: 'BAD_CLIENT_ID' } },
    ],
  ] as const)('when the token endpoint %s, says that connecting failed', async (_what, fault) => {
    const { path, back } = await answered();
    await hub.sandbox.addFault({ ...fault, pathPattern: '/token$' });
    const response = await get(back);
    expect(response.status).toBe(502);
    expect(await pageOf(response, back)).toMatchObject({
      title: 'Connection failed',
      status: 'HubSpot could not be connected. Start connecting again.',
    });
    expect((await hub.view(path)).status).toBe('pending');
    expect((await hub.items()).some(({ sk }) => sk === `CREDENTIAL#${path.integrationId}`)).toBe(false);
  });

  test('names the permissions that were not given, and keeps no tokens', async () => {
    const { path, back } = await answered();
    const tokens = { access_token: 'access-token-in-part', refresh_token: 'refresh-token-in-part' };
    hub.noteSecrets(...Object.values(tokens));
    const body = { ...tokens, token_type: 'bearer', expires_in: 1800, hub_id: 1, scopes: ['oauth'] };
    await hub.sandbox.addFault({ kind: 'malformed', body, pathPattern: '/token$' });
    const response = await get(back);
    expect(response.status).toBe(502);
    const { status, html } = await pageOf(response, back);
    expect(status).toContain('crm.objects.contacts.read');
    expect(html).not.toContain('in-part');
    expect((await hub.items()).some(({ sk }) => sk === `CREDENTIAL#${path.integrationId}`)).toBe(false);
  });

  test('the integration that was removed meanwhile stays removed', async () => {
    const { path, back } = await answered();
    await hub.api.call('disconnectIntegration', { path });
    const response = await get(back);
    expect((await pageOf(response, back)).title).toBe('Link expired');
    await hub.idle();
    expect(JSON.stringify(await hub.items())).not.toContain(path.integrationId);
  });
});

describe('an administrator who comes back from approving the app for a whole organisation', () => {
  test.each([
    ['?admin_consent=True&tenant=8f2c', 'Approved', 'Now connect again.'],
    ['?admin_consent=True&error=consent_required&error_subcode=cancel', 'Not connected', 'was not approved'],
  ])('with %s is told so, and nothing else happens', async (query, title, status) => {
    const { path, back } = await answered();
    await hub.idle();
    const before = JSON.stringify(await hub.items());
    const calls = await hub.providerCalls();
    for (const state of ['', FORGED, back.searchParams.get('state') ?? '']) {
      const url = new URL(`${hub.api.url('oauthCallback')}${query}&state=${state}`);
      const response = await get(url);
      expect(response.status).toBe(200);
      const html = await response.text();
      expectDecentPage(html, Object.fromEntries(response.headers));
      expect(textIn(html, 'title')).toBe(title);
      expect(html).toContain(status);
    }
    expect(JSON.stringify(await hub.items())).toBe(before);
    expect(await hub.providerCalls(calls)).toBe(0);
    expect((await get(back)).status).toBe(200);
    expect((await hub.view(path)).status).toBe('connected');
  });
});

describe('an answer by form post', () => {
  test('connects as one by address does', async () => {
    const { path, back } = await answered();
    const response = await form(new URLSearchParams(back.search));
    expect(response.status).toBe(200);
    expect((await pageOf(response, back)).title).toBe('Connected');
    expect((await hub.view(path)).status).toBe('connected');
  });

  test('is read whatever the gateway takes its body for', async () => {
    const { path, back } = await answered();
    const response = await form(back.search.slice(1), { 'content-type': 'text/plain' });
    expect((await pageOf(response, back)).title).toBe('Connected');
    expect((await hub.view(path)).status).toBe('connected');
  });

  test('declines as one by address does', async () => {
    const { back } = await answered({ decision: 'deny' });
    expect((await pageOf(await form(new URLSearchParams(back.search)), back)).title).toBe('Not connected');
  });

  test('forged or empty ends nowhere', async () => {
    for (const body of ['', `state=${FORGED}&code=x`, '{"state":1}', 'x'.repeat(100_000)]) {
      const response = await form(body);
      expect(response.status).toBe(400);
      expectDecentPage(await response.text(), Object.fromEntries(response.headers));
    }
  });
});

describe('with a return URL, the browser goes back to exactly it', () => {
  async function location(response: Response): Promise<URL> {
    expect(response.status).toBe(303);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.text()).toBe('');
    return new URL(response.headers.get('location') ?? '');
  }

  function expected(status: string, integrationId: string): string {
    return `${FRONT_END}/settings/connections?tab=crm&status=${status}&integrationId=${integrationId}#list`;
  }

  test('when connected', async () => {
    const { path, back } = await answered({ returnUrl: RETURN_URL });
    expect((await location(await get(back))).href).toBe(expected('connected', path.integrationId));
    // The state is used up, and the return URL with it.
    expect((await get(back)).status).toBe(400);
  });

  test('when declined', async () => {
    const { path, back } = await answered({ returnUrl: RETURN_URL, decision: 'deny' });
    expect((await location(await get(back))).href).toBe(expected('denied', path.integrationId));
  });

  test('when the code is refused', async () => {
    const { path, back } = await answered({ returnUrl: RETURN_URL });
    back.searchParams.set('code', 'forged');
    expect((await location(await get(back))).href).toBe(expected('expired', path.integrationId));
  });

  test('when connecting failed', async () => {
    const { path, back } = await answered({ returnUrl: RETURN_URL });
    await hub.sandbox.addFault({ kind: 'status', status: 500, pathPattern: '/account-info/', times: 3 });
    expect((await location(await get(back))).href).toBe(expected('failed', path.integrationId));
    expect((await hub.items()).some(({ sk }) => sk === `CREDENTIAL#${path.integrationId}`)).toBe(false);
  });

  test('by form post', async () => {
    const { path, back } = await answered({ returnUrl: RETURN_URL });
    const response = await form(new URLSearchParams(back.search));
    expect((await location(response)).href).toBe(expected('connected', path.integrationId));
  });

  test('and nowhere that the callback itself names', async () => {
    const { back } = await answered();
    for (const name of ['returnUrl', 'redirect_uri', 'return_to', 'next']) {
      back.searchParams.set(name, 'https://evil.example/');
    }
    const response = await get(back);
    expect(response.status).toBe(200);
    expect(response.headers.get('location')).toBeNull();
    expect(await response.text()).not.toContain('evil.example');
  });
});

describe('what a provider calls things', () => {
  const outcome: AuthorizationOutcome = {
    status: 'connected',
    message: 'HubSpot is connected.',
    providerName: 'HubSpot',
    accountName: null,
    integrationId: 'int_1',
    returnUrl: null,
    steps: [],
  };

  test.each([
    '<script>alert(1)</script>',
    '"><img src=x onerror=alert(1)>',
    "O'Hara & Sons",
    '</p></main>',
    '&lt;b&gt;',
  ])('the account name %j is shown as text', (accountName) => {
    const { html, headers } = outcomePage({ ...outcome, accountName });
    const shown = /<strong>([\s\S]*?)<\/strong>/.exec(html)?.[1] ?? '';
    expect(shown).not.toMatch(/[<>"']/);
    expect(shown.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)))).toBe(accountName);
    expectDecentPage(html, headers);
  });

  test('steps are a list in order, escaped, with links to https addresses only', () => {
    const step = (url: string | null) => ({ title: 'Ask <b>Ada</b>', detail: 'At "O\'Hara & Sons".', url });
    const steps = [
      step('https://login.provider.example/admin?a=1&b="><script>'),
      step(null),
      step('http://provider.example/'),
      step('javascript:alert(1)'),
      step('no address'),
    ];
    const { html, headers } = outcomePage({ ...outcome, status: 'action_required', steps });
    const links = [...html.matchAll(/<a href="([^"]*)" rel="noopener noreferrer">([^<]*)<\/a>/g)];
    expect(links.map(([, , label]) => label)).toEqual(['Continue at login.provider.example']);
    const address = (links[0]?.[1] ?? '').replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)));
    expect(address).toBe('https://login.provider.example/admin?a=1&b="><script>');
    expect(html.match(/<li>/g)).toHaveLength(5);
    expect(html.match(/<ol>/g)).toHaveLength(1);
    expect(html).not.toMatch(/<b>|javascript:|http:/);
    expectDecentPage(html.replaceAll(/<a href="[^"]*"/g, '<a'), headers);
  });

  test.each(['connected', 'action_required', 'approved', 'denied', 'expired', 'failed'] as const)(
    'the page for %s is a decent one',
    (status) => {
      const { html, headers } = outcomePage({ ...outcome, status, message: 'A <b>message</b> & more' });
      expectDecentPage(html, headers);
      expect(html).not.toContain('<b>');
    },
  );
});
