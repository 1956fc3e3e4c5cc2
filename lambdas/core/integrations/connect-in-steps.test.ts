import { beforeEach, describe, expect, test } from '@jest/globals';
import { MemoryPushChannels, MemoryRuns, MemoryStates } from '../../../test/faults/support/memory-stores.ts';
import type { Reply } from '../../connectors/conformance/fixtures.ts';
import { APP, ProviderWorld } from '../../connectors/conformance/provider-world.ts';
import type { IntegrationConnector, ProviderManifest } from '../../connectors/connector.ts';
import { HubError } from '../errors.ts';
import { type ConnectStep, integrationConfigSchema, type ProviderAccount } from '../model/integration.ts';
import { completeAuthorization } from './complete-authorization.ts';
import { connectIntegration } from './connect-integration.ts';
import { disconnectIntegration, type ManagePorts, testIntegration } from './manage-integrations.ts';
import { reconcileIntegrations } from './reconcile-integrations.ts';

const DAY = 24 * 60 * 60_000;
const API = 'https://api.provider.example';
const ACTIVATE: ConnectStep = { title: 'Activate the app', detail: 'In the settings of the site.', url: null };

const MANIFEST: ProviderManifest = {
  type: 'mindbody',
  name: 'Provider',
  description: 'Anything',
  availability: 'available',
  oauth: {
    authorizeUrl: 'https://{host}.provider.example/authorize',
    tokenUrl: 'https://{host}.provider.example/token',
    scopes: { required: ['read'], optional: [], unreported: ['offline_access'] },
    tokenParameters: { site: '{site}' },
    pkce: 'none',
    clientAuthentication: 'body',
    tokenRequestEncoding: 'form',
    refreshTokens: 'reusable',
    accountMembers: { instance: 'instance' },
    consentProblems: [
      {
        match: '^access_denied .*administrator',
        steps: [
          {
            title: 'Ask an administrator',
            detail: 'Somebody must approve {clientId}.',
            url: 'https://{host}.provider.example/admin?client={clientId}&scope={scopes}&back={redirectUri}&state={state}',
          },
        ],
      },
    ],
    revocation: {
      url: 'https://{host}.provider.example/revoke',
      encoding: 'form',
      clientAuthentication: 'none',
    },
  },
  connectionParameters: {
    host: { label: 'Host', description: 'Where you sign in.', pattern: '[a-z]{1,10}', default: 'login' },
    site: { label: 'Site', description: 'Its number.', pattern: '[0-9]+' },
  },
  connectSteps: [{ title: 'Prepare site {site}', detail: 'At {host}.', url: null }],
  operations: [],
  apiOrigins: [API],
  resources: ['clients'],
  overlapMs: 0,
  rateLimits: { default: [{ name: 'mindbody:1s', windowMs: 1_000, limit: 10, liveReserve: 2 }] },
  searchLagMs: 0,
};

let steps: ConnectStep[];
let account: ProviderAccount;
let probe: () => Promise<void>;
let world: ProviderWorld;

beforeEach(() => {
  steps = [];
  account = { id: 'A1', name: 'Salon', attributes: { timeZone: 'America/Chicago' } };
  probe = async () => undefined;
  const connector: IntegrationConnector = {
    manifest: MANIFEST,
    identifyAccount: async () => account,
    testConnection: () => probe(),
    remainingSteps: async () => steps,
  };
  world = new ProviderWorld(connector, { connection: { site: '1' }, account: { script: () => undefined, id: 'A1' } });
  world.tokenEndpoint = () => tokens();
  world.api = () => tokens();
});

function tokens(more: object = {}): Reply {
  return { body: { access_token: 'new-access', refresh_token: 'new-refresh', token_type: 'bearer', ...more } };
}

const policy = { returnUrlOrigins: [], enabledTypes: ['mindbody'], partnerAgreements: [] };

function begin(connection: Record<string, string> = { site: '42' }, integrationId: string | null = null) {
  return connectIntegration(world.ports, policy, {
    workspaceId: 'salon',
    type: 'mindbody',
    integrationId,
    returnUrl: null,
    config: integrationConfigSchema.parse({ connection }),
  });
}

async function callback(authorizeUrl: string, answer: Readonly<Record<string, string>> = { code: 'c' }) {
  const state = new URL(authorizeUrl).searchParams.get('state') ?? '';
  return completeAuthorization(world.ports, new URLSearchParams({ state, ...answer }));
}

const managing = (): ManagePorts => ({
  ...world.ports,
  states: new MemoryStates(),
  runs: new MemoryRuns(),
  pushChannels: new MemoryPushChannels(),
});

describe('connection parameters', () => {
  test('lead to the account of the business, at the consent and at the token endpoint', async () => {
    const { authorizeUrl, integration } = await begin({ site: '42', host: 'test' });
    const url = new URL(authorizeUrl);
    expect(url.origin).toBe('https://test.provider.example');
    expect(url.searchParams.get('scope')).toBe('read offline_access');
    expect(integration.config.connection).toEqual({ site: '42', host: 'test' });
    await callback(authorizeUrl);
    const [request] = world.exchanges;
    expect(request?.url.href).toBe('https://test.provider.example/token');
    expect(new URLSearchParams(request?.body).get('site')).toBe('42');
  });

  test.each([
    [{}, 'config.connection.site', 'is required'],
    [{ site: '4x' }, 'config.connection.site', 'is not a Site'],
    [{ site: '42\n' }, 'config.connection.site', 'is not a Site'],
    [{ site: '42', host: 'evil.example/' }, 'config.connection.host', 'is not a Host'],
    [{ site: '42', zone: 'x' }, 'config.connection.zone', 'is no connection parameter'],
    [{ site: '42', constructor: 'x' }, 'config.connection.constructor', 'is no connection parameter'],
  ])('%j are refused', async (connection, field, reason) => {
    const before = world.integration;
    await expect(begin(connection)).rejects.toMatchObject({ code: 'validation_failed', field });
    await expect(begin(connection)).rejects.toThrow(reason);
    expect(world.integration).toBe(before);
    expect(world.states.size).toBe(0);
  });

  test('of a working connection change with the new consent, not before', async () => {
    await callback((await begin({ site: '42' })).authorizeUrl);
    const { integrationId } = world.integration;
    const again = await begin({ host: 'test' }, integrationId);
    expect(new URL(again.authorizeUrl).host).toBe('test.provider.example');
    expect(world.integration).toMatchObject({ status: 'connected', config: { connection: { site: '42' } } });
    await callback(again.authorizeUrl);
    expect(world.integration.config.connection).toEqual({ site: '42', host: 'test' });
  });
});

test('a provider that the stage does not switch on is refused', async () => {
  const request = {
    workspaceId: 'salon',
    type: 'mindbody',
    integrationId: null,
    returnUrl: null,
    config: null,
  } as const;
  const attempt = connectIntegration(world.ports, { ...policy, enabledTypes: ['hubspot'] }, request);
  await expect(attempt).rejects.toMatchObject({ code: 'validation_failed', field: 'type' });
});

describe('a provider that wants a partner agreement', () => {
  beforeEach(() => {
    const manifest: ProviderManifest = { ...MANIFEST, availability: 'partner_agreement' };
    world = new ProviderWorld(
      { ...world.connector, manifest },
      { connection: { site: '1' }, account: { script: () => undefined, id: 'A1' } },
    );
  });

  test('is refused, with what to do', async () => {
    await expect(begin()).rejects.toMatchObject({ code: 'capability_not_supported' });
    await expect(begin()).rejects.toThrow('add "mindbody" to hub.partnerAgreements');
  });

  test('is connected in a stage that has one', async () => {
    const allowed = { ...policy, partnerAgreements: ['mindbody'] };
    const config = integrationConfigSchema.parse({ connection: { site: '42' } });
    const request = { workspaceId: 'salon', type: 'mindbody', integrationId: null, returnUrl: null, config } as const;
    expect((await connectIntegration(world.ports, allowed, request)).integration.status).toBe('pending');
  });
});

describe('steps before the consent', () => {
  test('are shown with the link, kept, and gone when connected', async () => {
    const { integration, authorizeUrl } = await begin();
    const expected = [{ title: 'Prepare site 42', detail: 'At login.', url: null }];
    expect(integration.nextSteps).toEqual(expected);
    expect(world.integration.nextSteps).toEqual(expected);
    await callback(authorizeUrl);
    expect(world.integration).toMatchObject({ status: 'connected', statusReason: null, nextSteps: [] });
  });

  test('do not trouble a connection that works', async () => {
    await callback((await begin()).authorizeUrl);
    const { integration } = await begin({}, world.integration.integrationId);
    expect(integration.nextSteps).toHaveLength(1);
    expect(world.integration.nextSteps).toEqual([]);
  });
});

describe('an error of the consent page that the provider has a remedy for', () => {
  const denied = { error: 'access_denied', error_description: 'AADSTS90094: an administrator must approve' };

  test('shows it, and keeps it with the integration', async () => {
    const { authorizeUrl } = await begin();
    const outcome = await callback(authorizeUrl, denied);
    expect(outcome).toMatchObject({ status: 'action_required', steps: [{ title: 'Ask an administrator' }] });
    const [step] = outcome.steps;
    const url = new URL(step?.url ?? '');
    expect(step?.detail).toBe(`Somebody must approve ${APP.clientId}.`);
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      client: APP.clientId,
      scope: 'read offline_access',
      back: world.oauth.redirectUri,
    });
    // The state of a consent is kept nowhere but in its own link.
    expect(url.searchParams.get('state')).toBeTruthy();
    expect(url.searchParams.get('state')).not.toBe(new URL(authorizeUrl).searchParams.get('state'));
    expect(world.integration).toMatchObject({ status: 'pending', nextSteps: outcome.steps });
    expect(world.integration.statusReason).toContain('needs something');
  });

  test('leaves a connection that works as it is', async () => {
    await callback((await begin()).authorizeUrl);
    const before = world.integration;
    const { authorizeUrl } = await begin({}, before.integrationId);
    const working = world.integration;
    expect((await callback(authorizeUrl, denied)).status).toBe('action_required');
    expect(world.integration).toEqual(working);
    expect(working.status).toBe('connected');
  });

  test('is no other error', async () => {
    expect((await callback((await begin()).authorizeUrl, { error: 'access_denied' })).status).toBe('denied');
    expect((await callback((await begin()).authorizeUrl, { error: 'server_error' })).status).toBe('failed');
    expect((await callback((await begin()).authorizeUrl, { ...denied, code: 'c' })).status).toBe('action_required');
  });
});

test.each([
  [{ admin_consent: 'True', tenant: 't' }, 'approved'],
  [{ admin_consent: 'True', error: 'consent_required' }, 'denied'],
])('an administrator who comes back with %j changes nothing', async (answer, status) => {
  const { authorizeUrl } = await begin();
  const before = world.integration;
  expect(await callback(authorizeUrl, answer)).toMatchObject({ status, integrationId: null, returnUrl: null });
  expect(world.integration).toBe(before);
  expect(world.exchanges).toEqual([]);
  // The business's own link still works.
  expect((await callback(authorizeUrl)).status).toBe('connected');
});

describe('steps that remain after the consent', () => {
  beforeEach(() => {
    steps = [ACTIVATE];
  });

  test('keep it from being connected; its tokens and account are kept', async () => {
    const outcome = await callback((await begin()).authorizeUrl);
    expect(outcome).toMatchObject({ status: 'action_required', accountName: 'Salon', steps: [ACTIVATE] });
    expect(world.integration).toMatchObject({ status: 'pending', account: { id: 'A1' }, nextSteps: [ACTIVATE] });
    expect(world.storedTokens()).toMatchObject({ accessToken: 'new-access' });
    expect([world.queued.length, world.schedules.size, world.linkedAccounts.size]).toEqual([0, 0, 0]);
  });

  test('are asked about again by the connection test, which connects when they are done', async () => {
    await callback((await begin()).authorizeUrl);
    const { integrationId } = world.integration;
    const scope = { workspaceId: 'salon', integrationId };
    const other = { ...ACTIVATE, title: 'Confirm the app' };
    steps = [other];
    expect(await testIntegration(managing(), scope)).toMatchObject({
      ok: false,
      error: { code: 'integration_not_connected', detail: 'Still to be done: Confirm the app.' },
    });
    expect(world.integration).toMatchObject({ status: 'pending', nextSteps: [other] });
    const { version } = world.integration;
    await testIntegration(managing(), scope);
    expect(world.integration.version).toBe(version);

    steps = [];
    expect(await testIntegration(managing(), scope)).toMatchObject({ ok: true, error: null });
    expect(world.integration).toMatchObject({ status: 'connected', statusReason: null, nextSteps: [] });
    expect(world.integration.grantedScopes).toEqual([]);
    expect(world.queued).toMatchObject([{ type: 'full', trigger: 'connect', integrationId }]);
    expect([[...world.schedules], [...world.linkedAccounts]]).toEqual([[integrationId], ['A1']]);
  });

  test('may be what the account is fully known by', async () => {
    account = { id: 'A1', name: null, attributes: { early: 'kept' } };
    await callback((await begin()).authorizeUrl);
    expect(world.integration.config.timeZone).toBe('UTC');
    steps = [];
    account = { id: 'A1', name: 'Salon', attributes: { timeZone: 'America/Chicago' } };
    await testIntegration(managing(), world.integration);
    const attributes = { early: 'kept', timeZone: 'America/Chicago' };
    expect(world.integration).toMatchObject({ account: { id: 'A1', name: 'Salon', attributes } });
    expect(world.integration.config.timeZone).toBe('America/Chicago');
  });

  test('do not lead to another account', async () => {
    await callback((await begin()).authorizeUrl);
    steps = [];
    account = { ...account, id: 'A2' };
    expect(await testIntegration(managing(), world.integration)).toMatchObject({ ok: false });
    expect(world.integration).toMatchObject({ status: 'pending', account: { id: 'A1' } });
  });

  test('are not skipped when the provider does not answer', async () => {
    await callback((await begin()).authorizeUrl);
    steps = [];
    probe = async () => {
      throw new HubError('provider_unavailable', { detail: 'Out of order.' });
    };
    await expect(testIntegration(managing(), world.integration)).resolves.toMatchObject({
      ok: false,
      error: { code: 'provider_unavailable' },
    });
    expect(world.integration.status).toBe('pending');
    expect(world.queued).toEqual([]);
  });

  test('of a connection that has worked take it out of service', async () => {
    steps = [];
    await callback((await begin()).authorizeUrl);
    expect(world.schedules.size).toBe(1);
    steps = [ACTIVATE];
    await callback((await begin({}, world.integration.integrationId)).authorizeUrl);
    expect(world.integration.status).toBe('pending');
    expect(world.schedules.size).toBe(0);
  });

  test('do not keep it from being disconnected', async () => {
    await callback((await begin()).authorizeUrl);
    world.api = () => ({ body: {} });
    const answer = await disconnectIntegration(managing(), world.integration);
    expect(answer.revokedAtProvider).toBe(true);
    expect(world.exchanges.at(-1)?.url.href).toBe('https://login.provider.example/revoke');
    expect(world.storedTokens()).toBeNull();
  });
});

describe('the reconciler', () => {
  async function reconcile(): Promise<string[]> {
    const deleted: string[] = [];
    const ports = {
      ...world.ports,
      integrations: {
        ...world.ports.integrations,
        async *directory() {
          yield world.integration;
        },
        delete: async () => void deleted.push('integration'),
      },
      credentials: { ...world.ports.credentials, delete: async () => void deleted.push('credential') },
      states: managing().states,
      pushChannels: new MemoryPushChannels(),
      metrics: { count: () => undefined, duration: () => undefined },
    };
    await reconcileIntegrations(ports, () => MANIFEST);
    return deleted;
  }

  test('removes what nobody has consented to after a day, and what waits for steps after a month', async () => {
    await begin();
    world.now += DAY;
    expect(await reconcile()).toEqual([]);
    world.now += 1;
    expect(await reconcile()).toEqual(['credential', 'integration']);

    steps = [ACTIVATE];
    await callback((await begin()).authorizeUrl);
    world.now += 30 * DAY;
    expect(await reconcile()).toEqual([]);
    world.now += 1;
    expect(await reconcile()).toEqual(['credential', 'integration']);
  });

  test('never removes one that has been connected: it has a mirror', async () => {
    await callback((await begin()).authorizeUrl);
    steps = [ACTIVATE];
    await callback((await begin({}, world.integration.integrationId)).authorizeUrl);
    world.now += 400 * DAY;
    expect(await reconcile()).toEqual([]);
  });
});

describe('the time zone of the account', () => {
  test.each([
    [undefined, 'America/Chicago'],
    ['Europe/London', 'Europe/London'],
  ])('with %s in the settings: the schedule runs in %s', async (given, expected) => {
    const config = integrationConfigSchema.parse({
      connection: { site: '42' },
      ...(given === undefined ? {} : { timeZone: given }),
    });
    const request = { workspaceId: 'salon', type: 'mindbody', integrationId: null, returnUrl: null, config } as const;
    const { authorizeUrl } = await connectIntegration(world.ports, policy, request);
    await callback(authorizeUrl);
    expect(world.integration.config.timeZone).toBe(expected);
  });

  test('stays with all else in the settings when only some are given to connect again', async () => {
    const given = { defaultCountry: 'GB', timeZone: 'Europe/London', resources: ['clients' as const] };
    const request = { workspaceId: 'salon', type: 'mindbody', integrationId: null, returnUrl: null } as const;
    const config = { ...given, connection: { site: '42' } };
    await callback((await connectIntegration(world.ports, policy, { ...request, config })).authorizeUrl);
    const { integrationId } = world.integration;
    const schedule = { frequency: 'hourly', everyHours: 2 } as const;
    const again = { ...request, integrationId, config: { schedule, defaultCountry: null, connection: { site: '43' } } };
    const { integration, authorizeUrl } = await connectIntegration(world.ports, policy, again);
    const { defaultCountry: _none, ...kept } = given;
    expect(integration.config).toMatchObject({ ...kept, schedule, connection: { site: '42' } });
    expect(integration.config).not.toHaveProperty('defaultCountry');
    await callback(authorizeUrl);
    expect(world.integration.config).toMatchObject({ ...kept, schedule, connection: { site: '43' } });
  });

  test('counts at the first consent only', async () => {
    await callback((await begin()).authorizeUrl);
    world.integration = { ...world.integration, config: { ...world.integration.config, timeZone: 'UTC' } };
    await callback(
      (
        await connectIntegration(world.ports, policy, {
          workspaceId: 'salon',
          type: 'mindbody',
          integrationId: world.integration.integrationId,
          returnUrl: null,
          config: null,
        })
      ).authorizeUrl,
    );
    expect(world.integration.config.timeZone).toBe('UTC');
  });
});
