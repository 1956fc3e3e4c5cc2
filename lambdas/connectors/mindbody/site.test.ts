import { describe, expect, test } from '@jest/globals';
import { clientRow, refusal } from './fixtures/rows.ts';
import { type SiteScript, scriptedSite } from './fixtures/scripted-site.ts';
import { identifyAccount, remainingSteps, siteOf, testConnection } from './site.ts';

const SITE = {
  Id: '12345',
  Name: 'Marlow & Finch',
  TimeZone: 'Europe/London',
  CountryCode: 'GB',
  CurrencyIsoCode: null,
};

const site =
  (linked: boolean, more: object = {}): SiteScript =>
  (request) => {
    if (request.path === '/site/activationcode') {
      return { body: { ActivationCode: 'A1B2', ActivationLink: 'https://clients.mindbodyonline.com/activate?c=A1B2' } };
    }
    if (!linked) return refusal(403, 'InvalidSiteId');
    return request.path === '/site/sites'
      ? request.list('Sites', [{ ...SITE, ...more }])
      : request.list('Clients', [clientRow(1)]);
  };

describe('a site', () => {
  test('is the account, with its zone', async () => {
    const { session, http } = scriptedSite(site(true));
    expect(await identifyAccount(session)).toEqual({
      id: '12345',
      name: 'Marlow & Finch',
      attributes: { timeZone: 'Europe/London', countryCode: 'GB' },
    });
    expect(await remainingSteps(session)).toEqual([]);
    expect(http.requests.every(({ headers }) => headers?.SiteId === '12345')).toBe(true);
  });

  test.each([
    ['Pacific Standard Time', 'UTC', 'America/Los_Angeles'],
    ['Pacific Standard Time', 'America/Vancouver', 'America/Vancouver'],
    ['GMT Standard Time', 'UTC', 'Europe/London'],
  ])('may have the zone %s, as Windows names it', async (TimeZone, timeZone, expected) => {
    const { session } = scriptedSite(site(true, { TimeZone }));
    session.config.timeZone = timeZone;
    expect((await identifyAccount(session)).attributes).toMatchObject({ timeZone: expected });
  });

  test.each(['Pacific Time (US)', null])('with the zone %p must be given one', async (TimeZone) => {
    const account = { id: '12345', name: null, attributes: {} };
    const { session } = scriptedSite(site(true, { TimeZone }), { account });
    expect((await identifyAccount(session)).attributes).not.toHaveProperty('timeZone');
    const [step] = await remainingSteps(session);
    expect(step).toMatchObject({ detail: expect.stringContaining('config.timeZone'), url: null });
    await expect(testConnection(session)).rejects.toMatchObject({ field: 'config.timeZone' });
    await expect(siteOf(session)).rejects.toMatchObject({ code: 'validation_failed', field: 'config.timeZone' });
    session.config.timeZone = 'America/Los_Angeles';
    expect(await remainingSteps(session)).toEqual([]);
    await testConnection(session);
    expect(await siteOf(session)).toMatchObject({ timeZone: 'America/Los_Angeles' });
  });

  test('that is not linked yet is identified all the same, and says what its owner must do', async () => {
    const { session } = scriptedSite(site(false));
    expect(await identifyAccount(session)).toEqual({ id: '12345', name: null, attributes: {} });
    const [step] = await remainingSteps(session);
    expect(step?.url).toBe('https://clients.mindbodyonline.com/activate?c=A1B2');
    expect(step?.detail).toContain('A1B2');
    await expect(testConnection(session)).rejects.toMatchObject({ code: 'missing_scope' });
  });

  test('that does not answer is not taken for one that is not linked', async () => {
    const { session } = scriptedSite(() => ({ status: 503, body: {} }));
    await expect(identifyAccount(session)).rejects.toMatchObject({ code: 'provider_unavailable' });
    await expect(remainingSteps(session)).rejects.toMatchObject({ code: 'provider_unavailable' });
  });

  test('that is linked, to somebody who may do nothing, has no step left but fails the test', async () => {
    const { session } = scriptedSite(() => refusal(403, 'DeniedAccess'));
    expect(await remainingSteps(session)).toEqual([]);
    await expect(testConnection(session)).rejects.toThrow('lacks the right');
  });

  test('cannot be asked anything while it is not named', async () => {
    const { session } = scriptedSite(site(true));
    const nameless = { ...session, config: { ...session.config, connection: {} } };
    await expect(identifyAccount(nameless)).rejects.toMatchObject({ code: 'validation_failed' });
  });
});
