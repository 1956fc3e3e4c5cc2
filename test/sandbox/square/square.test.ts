import { describe, expect, test } from '@jest/globals';
import { CLIENT, connectSquare, REDIRECT_URI, runSquare } from './connected.ts';
import { SCOPES } from './settings.ts';

const DAY_MS = 24 * 60 * 60_000;
const errorsOf = ({ body }: { body: { errors: { code: string; field?: string }[] } }) =>
  body.errors.map(({ code, field }) => [code, field]);
const inDays = (days: number) => new Date(Date.now() + days * DAY_MS).toISOString();

describe('Square’s OAuth', () => {
  test('gives tokens with an absolute end, and the same refresh token again', async () => {
    const { token, tokens } = await connectSquare();
    expect(tokens).toMatchObject({ token_type: 'bearer', merchant_id: 'MLSALON000001', short_lived: false });
    expect(tokens).not.toHaveProperty('expires_in');
    expect(Date.parse(String(tokens.expires_at)) - Date.now()).toBeGreaterThan(29 * DAY_MS);
    const refreshed = await token({ grant_type: 'refresh_token', refresh_token: tokens.refresh_token });
    expect(refreshed.body.refresh_token).toBe(tokens.refresh_token);
    expect(refreshed.body.access_token).not.toBe(tokens.access_token);
  });

  test('takes a code once, with the address of the consent', async () => {
    const { consent, token } = runSquare();
    const code = (await consent()).back.searchParams.get('code');
    const grant = { grant_type: 'authorization_code', code };
    expect((await token({ ...grant, redirect_uri: 'https://elsewhere.example/' })).status).toBe(401);
    expect((await token({ ...grant, redirect_uri: REDIRECT_URI })).status).toBe(401);
  });

  test('insists on a fresh login, and says when the owner refuses', async () => {
    const { consent } = runSquare();
    const refused = await consent({ decision: 'deny' });
    expect(refused.back.searchParams.get('error')).toBe('access_denied');
    expect((await runSquare().provider.app.request('/oauth2/authorize?client_id=square-client')).status).toBe(400);
  });

  test.each([
    [false, { errors: [{ category: 'AUTHENTICATION_ERROR', code: 'UNAUTHORIZED' }] }],
    [true, { type: 'service.not_authorized' }],
  ])('refuses a dead grant in the old shape: %s', async (legacyTokenErrors, body) => {
    const { token } = runSquare({ settings: { legacyTokenErrors } });
    expect(await token({ grant_type: 'refresh_token', refresh_token: 'guessed' })).toMatchObject({ status: 401, body });
  });

  test('revokes by the app’s secret in the header, and all of the seller’s tokens', async () => {
    const { call, api, token, tokens } = await connectSquare();
    const body = { client_id: CLIENT.client_id, access_token: tokens.access_token };
    expect((await call('POST', '/oauth2/revoke', body, { authorization: 'Client guessed' })).status).toBe(401);
    const answer = await call('POST', '/oauth2/revoke', body, { authorization: `Client ${CLIENT.client_secret}` });
    expect(answer).toMatchObject({ status: 200, body: { success: true } });
    expect(errorsOf(await api('GET', '/v2/locations'))).toEqual([['ACCESS_TOKEN_REVOKED', undefined]]);
    expect((await token({ grant_type: 'refresh_token', refresh_token: tokens.refresh_token })).status).toBe(401);
  });
});

describe('Square’s lists', () => {
  test('of bookings begin now and end after 31 days unless asked otherwise, and take no wider range', async () => {
    const { api } = await connectSquare({ contacts: 100 });
    const { body } = await api('GET', '/v2/bookings?limit=1000');
    const starts: string[] = body.bookings.map(({ start_at }: { start_at: string }) => start_at);
    expect(starts.length).toBeGreaterThan(20);
    for (const start of starts) {
      expect(Date.parse(start)).toBeGreaterThan(Date.now() - 60_000);
      expect(Date.parse(start)).toBeLessThan(Date.now() + 31 * DAY_MS);
    }
    const wide = await api('GET', `/v2/bookings?start_at_min=${inDays(0)}&start_at_max=${inDays(32)}`);
    expect(errorsOf(wide)).toEqual([['INVALID_TIME_RANGE', 'start_at_max']]);
  });

  test('have cursors that belong to their query and die', async () => {
    const { api, clock } = await connectSquare();
    const list = '/v2/customers?limit=10&sort_field=CREATED_AT';
    const { body } = await api('GET', list);
    expect(body.customers).toHaveLength(10);
    const next = `&cursor=${body.cursor}`;
    expect((await api('GET', `${list}${next}`)).body.customers.length).toBeGreaterThan(0);
    expect(errorsOf(await api('GET', `/v2/customers?limit=10${next}`))).toEqual([['INVALID_CURSOR', 'cursor']]);
    clock.advance(5 * 60_000);
    expect(errorsOf(await api('GET', `${list}${next}`))).toEqual([['INVALID_CURSOR', 'cursor']]);
  });

  test('are left out where they are empty', async () => {
    const { api } = await connectSquare();
    const nobody = { query: { filter: { email_address: { exact: 'nobody@mailbox.example' } } } };
    expect((await api('POST', '/v2/customers/search', nobody)).body).toEqual({});
  });

  test.each([0, 101])('take no limit of %d', async (limit) => {
    const { api } = await connectSquare();
    expect((await api('GET', `/v2/customers?limit=${limit}`)).status).toBe(400);
  });

  test('of one’s own bookings only, without the right to see all', async () => {
    const scope = SCOPES.filter((name) => name !== 'APPOINTMENTS_ALL_READ').join(' ');
    const { api } = await connectSquare({ contacts: 100, scope });
    const { body } = await api('GET', '/v2/bookings?limit=1000');
    expect(new Set(body.bookings.map(({ source }: { source: string }) => source))).toEqual(new Set(['API']));
  });

  test('show new customers late', async () => {
    const { api, clock } = await connectSquare({ settings: { searchLagMs: 30_000 } });
    await api('POST', '/v2/customers', { given_name: 'Late', email_address: 'late@mailbox.example' });
    const search = { query: { filter: { email_address: { exact: 'LATE@mailbox.example' } } } };
    expect((await api('POST', '/v2/customers/search', search)).body).toEqual({});
    clock.advance(30_000);
    expect((await api('POST', '/v2/customers/search', search)).body.customers).toMatchObject([{ given_name: 'Late' }]);
  });
});

describe('Square’s guard', () => {
  test('wants a content type, also with GETs', async () => {
    const { provider, authorization } = await connectSquare();
    expect((await provider.app.request('/v2/bookings', { headers: authorization })).status).toBe(415);
  });

  test.each([false, true])('limits the rate; it says for how long: %s', async (sendRetryAfter) => {
    const { api } = await connectSquare({ settings: { sendRetryAfter } });
    const { provider, api: limited } = await connectSquare({ settings: { sendRetryAfter } });
    provider.settings.change({ limit: { max: 2, intervalMs: 60_000 } });
    const answers = [await limited('GET', '/v2/locations'), await limited('GET', '/v2/locations')];
    expect(answers.map(({ status }) => status)).toContain(429);
    expect(answers.at(-1)?.headers.get('retry-after')).toBe(sendRetryAfter ? '1' : null);
    expect((await api('GET', '/v2/locations')).status).toBe(200);
  });

  test('names the scope that is missing', async () => {
    const { provider, api } = await connectSquare();
    provider.oauth.dropScopes(['CUSTOMERS_READ']);
    const answer = await api('GET', '/v2/customers');
    expect(answer.status).toBe(403);
    expect(answer.body.errors[0]).toMatchObject({ code: 'INSUFFICIENT_SCOPES' });
    expect(answer.body.errors[0].detail).toContain('CUSTOMERS_READ');
  });
});
