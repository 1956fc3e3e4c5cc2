import { beforeEach, describe, expect, test } from '@jest/globals';
import { OLD_TOKENS, ProviderWorld } from '../../connectors/conformance/provider-world.ts';
import type { IntegrationConnector, OAuthDescription } from '../../connectors/connector.ts';

const DAY = 24 * 60 * 60_000;
const ACCOUNT = { script: () => undefined, id: 'A1', attributes: { instance: 'https://eu1.example', own: 'kept' } };
const OAUTH: OAuthDescription = {
  authorizeUrl: 'https://provider.example/authorize',
  tokenUrl: 'https://provider.example/{tenant}/token',
  scopes: { required: ['read'], optional: [] },
  pkce: 'none',
  clientAuthentication: 'body',
  tokenRequestEncoding: 'form',
  refreshTokens: 'rotating',
  refreshAheadMs: 20 * DAY,
  accountMembers: { instance: 'instance_url' },
};

let world: ProviderWorld;

function worldWith(oauth: Partial<OAuthDescription> = {}): ProviderWorld {
  const connector: IntegrationConnector = {
    manifest: {
      type: 'square',
      name: 'Provider',
      description: 'Anything',
      availability: 'available',
      oauth: { ...OAUTH, ...oauth },
      connectionParameters: { tenant: { label: 'Tenant', description: 'Its name.', pattern: '\\w+' } },
      operations: [],
      apiOrigins: ['https://api.provider.example'],
      resources: ['customers'],
      overlapMs: 0,
      rateLimits: { default: [] },
      searchLagMs: 0,
    },
    identifyAccount: async () => ({ id: 'A1', name: null, attributes: {} }),
    testConnection: async () => undefined,
  };
  return new ProviderWorld(connector, { connection: { tenant: 'salon' }, account: ACCOUNT });
}

function answer(members: object = {}) {
  const body = {
    access_token: 'new-access',
    refresh_token: 'new-refresh',
    token_type: 'Bearer',
    expires_in: 30 * 86_400,
  };
  return { body: { ...body, ...members } };
}

/** Stores tokens with so much of their life left. */
function store(leftMs: number): void {
  world.storeTokens({ ...OLD_TOKENS, expiresAt: world.now + leftMs });
}

const token = async (): Promise<string> => {
  const { integration, oauth } = world;
  return (await oauth.accessToken(integration, integration.type, null)).tokens.accessToken;
};

beforeEach(() => {
  world = worldWith();
  world.tokenEndpoint = () => answer();
});

describe('a token', () => {
  test.each([
    [20 * DAY + 1, OLD_TOKENS.accessToken],
    [20 * DAY, 'new-access'],
  ])('is refreshed as long ahead as the provider wants: with %d ms left it is %s', async (leftMs, expected) => {
    store(leftMs);
    expect(await token()).toBe(expected);
  });

  test('is refreshed at the address of its own account', async () => {
    store(DAY);
    await token();
    expect(world.tokenRequests.map(({ url }) => url.pathname)).toEqual(['/salon/token']);
  });
});

describe('a provider that does not refresh, days before it must', () => {
  test('is asked once a minute, and slows nobody down', async () => {
    store(10 * DAY);
    world.tokenEndpoint = () => ({ status: 503, body: {} });
    for (let call = 0; call < 5; call += 1) expect(await token()).toBe(OLD_TOKENS.accessToken);
    expect(world.tokenRequests).toHaveLength(1);
    world.now += 60_000;
    await token();
    expect(world.tokenRequests).toHaveLength(2);
    world.now += 60_000;
    world.tokenEndpoint = () => answer();
    expect(await token()).toBe('new-access');
  });

  test('is asked by every call when the end is near', async () => {
    store(4 * 60_000);
    world.tokenEndpoint = () => ({ status: 503, body: {} });
    for (let call = 0; call < 3; call += 1) await token();
    expect(world.tokenRequests).toHaveLength(3);
  });

  test('does not keep a refused token in use', async () => {
    store(10 * DAY);
    world.tokenEndpoint = () => ({ status: 503, body: {} });
    const { version } = await world.oauth.accessToken(world.integration, 'square', null);
    const renewed = world.oauth.accessToken(world.integration, 'square', null, version);
    await expect(renewed).rejects.toMatchObject({ code: 'provider_unavailable' });
  });
});

describe('what a refresh says of the account', () => {
  test('changes it, and nothing else of it', async () => {
    store(DAY);
    world.tokenEndpoint = () => answer({ instance_url: 'https://eu2.example' });
    await token();
    const attributes = { instance: 'https://eu2.example', own: 'kept' };
    expect(world.integration.account).toEqual({ id: 'account', name: null, attributes });
  });

  test.each([{ instance_url: 'https://eu1.example' }, {}, { instance_url: null }])(
    'writes nothing when it is no news: %j',
    async (members) => {
      store(DAY);
      world.tokenEndpoint = () => answer(members);
      const { version } = world.integration;
      await token();
      expect(world.integration.version).toBe(version);
    },
  );

  test('is never worth more than the tokens', async () => {
    store(DAY);
    world.tokenEndpoint = () => answer({ instance_url: 'https://eu2.example' });
    world.ports.integrations.update = async () => {
      throw new Error('no table');
    };
    expect(await token()).toBe('new-access');
    expect(world.storedTokens()).toMatchObject({ accessToken: 'new-access', refreshToken: 'new-refresh' });
    expect(world.log.join()).toContain('were not saved');
  });
});
