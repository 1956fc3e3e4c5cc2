import { describe, expect, it } from '@jest/globals';
import { completeAuthorization } from '../../core/integrations/complete-authorization.ts';
import { connectIntegration } from '../../core/integrations/connect-integration.ts';
import type { Script } from '../conformance/fixtures.ts';
import { ProviderWorld } from '../conformance/provider-world.ts';
import { fixtures } from './fixtures/conformance.ts';
import { failure } from './fixtures/rows.ts';
import { createConnector } from './index.ts';

/** A consent from its link to the page that the business sees at its end. */
async function consent(api: Script, answer: Readonly<Record<string, string>>, host = 'login.salesforce.com') {
  const world = new ProviderWorld(createConnector(), { ...fixtures, connection: { host } });
  world.api = api;
  world.tokenEndpoint = () => ({ body: fixtures.token.answer });
  const policy = { returnUrlOrigins: [], enabledTypes: ['salesforce'], partnerAgreements: [] };
  const { authorizeUrl, integration } = await connectIntegration(world.ports, policy, {
    workspaceId: 'salon',
    type: 'salesforce',
    integrationId: null,
    returnUrl: null,
    config: { connection: { host } },
  });
  const state = new URL(authorizeUrl).searchParams.get('state') ?? '';
  const outcome = await completeAuthorization(world.ports, new URLSearchParams({ state, ...answer }));
  return { world, authorizeUrl, integration, outcome };
}

describe('connecting', () => {
  it('syncs hourly where the business does not say otherwise, for nobody tells of changes', async () => {
    const { integration } = await consent(() => undefined, { code: 'c' });
    expect(integration.config.schedule).toEqual({ frequency: 'hourly', everyHours: 1 });
  });

  it('shows first that the package must be installed, and asks at the host that was given', async () => {
    const host = 'marlow-finch--staging.sandbox.my.salesforce.com';
    const { authorizeUrl, integration } = await consent(fixtures.account.script, { code: 'c' }, host);
    expect(new URL(authorizeUrl).host).toBe(host);
    expect(integration.nextSteps[0]?.detail).toContain('administrator installs the package');
  });

  it('keeps the org, where it is, and what live calls need to know of it', async () => {
    const { world, outcome } = await consent(fixtures.account.script, { code: 'c' });
    expect(outcome).toMatchObject({ status: 'connected', accountName: 'Marlow & Finch' });
    expect(world.integration.account).toMatchObject({
      id: fixtures.account.id,
      attributes: { ...fixtures.account.attributes, timeZone: 'Europe/London' },
    });
    expect(world.integration.account?.attributes.leadFields).toContain('Company');
  });

  it('says so when the edition has no API, and stores nothing', async () => {
    const { world, outcome } = await consent(() => ({ status: 403, body: failure('API_DISABLED_FOR_ORG') }), {
      code: 'c',
    });
    expect(outcome).toMatchObject({ status: 'failed', message: expect.stringContaining('edition') });
    expect(world.integration.account).toBeNull();
  });

  it.each(['OAUTH_EC_APP_NOT_FOUND', 'OAUTH_APPROVAL_ERROR_GENERIC'])(
    'keeps the step that is missing after %s',
    async (error) => {
      const { world, outcome } = await consent(fixtures.account.script, { error, error_description: 'not available' });
      expect(outcome.status).toBe('action_required');
      expect(world.integration.nextSteps.map(({ title }) => title)).toEqual([
        'Install the Integration Hub package in Salesforce',
      ]);
    },
  );
});
