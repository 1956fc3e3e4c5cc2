import { beforeEach, describe, expect, it } from '@jest/globals';
import { OLD_TOKENS, ProviderWorld } from '../conformance/provider-world.ts';
import { ScriptedHttp, sessionFor } from '../kit/scripted-http.ts';
import { fixtures } from './fixtures/conformance.ts';
import { createConnector } from './index.ts';

/** Acuity gives no refresh token. */
const TOKENS = { ...OLD_TOKENS, refreshToken: null };

describe('a token without an end', () => {
  let world: ProviderWorld;

  beforeEach(() => {
    world = new ProviderWorld(createConnector(), fixtures);
    world.storeTokens(TOKENS);
  });

  it('that is refused needs a person: there is nothing to refresh, so nothing is asked for', async () => {
    world.api = () => ({ status: 401, body: { status_code: 401, error: 'unauthorized', message: 'no' } });
    await expect(world.connector.testConnection(await world.session())).rejects.toMatchObject({
      code: 'reauth_required',
    });
    expect(world.integration.status).toBe('reauth_required');
    expect(world.tokenRequests).toEqual([]);
  });

  it.each([403, 404, 429, 500, 503])('still stands after status %d', async (status) => {
    world.api = () => ({ status, body: { status_code: status, error: 'some_code', message: 'no' } });
    await expect(world.connector.testConnection(await world.session())).rejects.toMatchObject({ name: 'HubError' });
    expect(world.integration.status).toBe('connected');
    expect(world.storedTokens()).toEqual(TOKENS);
  });
});

describe('the account', () => {
  const identify = (body: object) => createConnector().identifyAccount(sessionFor(new ScriptedHttp(() => ({ body }))));

  it('keeps what its records leave out: zone and currency', async () => {
    expect(
      await identify({
        id: 21300007,
        timezone: 'Europe/London',
        currency: 'GBP',
        businessName: 'Salon',
        email: 'a@b.example',
      }),
    ).toEqual({ id: '21300007', name: 'Salon', attributes: { timeZone: 'Europe/London', currency: 'GBP' } });
  });

  it('is known by its number alone', async () => {
    expect(await identify({ id: 7 })).toEqual({ id: '7', name: null, attributes: {} });
  });
});
