import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { HubUnderTest } from './support/hub-under-test.ts';

/** Salesforce wants to know the org's address first, and a package to be installed in it. */
const type = 'salesforce';

let hub: HubUnderTest;

beforeAll(async () => {
  hub = await HubUnderTest.start({ contacts: 12 });
});

afterAll(async () => {
  await hub?.close();
});

describe('a provider that wants more than a consent', () => {
  test('leads to the account that the business names, and says what to do first', async () => {
    const connection = { host: 'marlow-finch.my.salesforce.com' };
    const { integration, authorizeUrl } = await hub.begin('named', { type, config: { connection } });
    expect(new URL(authorizeUrl).host).toBe(connection.host);
    expect(integration).toMatchObject({ status: 'pending', config: { connection } });
    expect(integration.nextSteps.length).toBeGreaterThan(0);
    expect((await hub.view(integration)).nextSteps).toEqual(integration.nextSteps);
  });

  test.each([
    'evil.example',
    'login.salesforce.com.evil.example',
    'login.salesforce.com/..',
    'a@login.salesforce.com',
    '',
  ])('refuses the address %j', async (host) => {
    const { body } = await hub.api.problem('connectIntegration', {
      path: { workspaceId: 'refused' },
      json: { type, config: { connection: { host } } },
    });
    expect(body).toMatchObject({ code: 'validation_failed', field: 'config.connection.host' });
    const list = await hub.api.call('listIntegrations', { path: { workspaceId: 'refused' } });
    expect(list.body.integrations).toEqual([]);
  });

  test('shows on the page, and keeps, what an error of the consent page asks for; a later consent connects', async () => {
    const { integration, authorizeUrl } = await hub.begin('missing', { type });
    const error = { error: 'invalid_client', error_description: 'the app must be installed into <org>' };
    const state = new URL(authorizeUrl).searchParams.get('state') ?? '';
    const response = await fetch(`${hub.api.url('oauthCallback')}?${new URLSearchParams({ ...error, state })}`);
    expect(response.status).toBe(200);
    const html = await response.text();
    const { nextSteps, status, statusReason } = await hub.view(integration);
    expect(status).toBe('pending');
    expect(statusReason).toContain('Salesforce');
    expect(nextSteps.length).toBeGreaterThan(0);
    for (const { title } of nextSteps) expect(html).toContain(`<strong>${title}</strong>`);
    expect(html).not.toContain('&lt;org');
    expect(html).not.toContain('<org>');

    const { integrationId } = integration;
    const again = await hub.begin('missing', { type, integrationId });
    const page = await fetch(await hub.consent(again.authorizeUrl), { redirect: 'manual' });
    expect(await page.text()).toContain('Salesforce is connected');
    await hub.idle();
    expect(await hub.view(integration)).toMatchObject({ status: 'connected', statusReason: null, nextSteps: [] });
  });

  test('sends the browser back with action_required where there is a return URL', async () => {
    const returnUrl = 'http://localhost:3000/done';
    const { integration, authorizeUrl } = await hub.begin('returning', { type, returnUrl });
    const state = new URL(authorizeUrl).searchParams.get('state') ?? '';
    const query = new URLSearchParams({ error: 'OAUTH_EC_APP_NOT_FOUND', state });
    const response = await fetch(`${hub.api.url('oauthCallback')}?${query}`, { redirect: 'manual' });
    expect(response.status).toBe(303);
    const location = new URL(response.headers.get('location') ?? '');
    expect(Object.fromEntries(location.searchParams)).toEqual({
      status: 'action_required',
      integrationId: integration.integrationId,
    });
  });
});
