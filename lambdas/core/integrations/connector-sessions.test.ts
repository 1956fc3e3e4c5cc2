import { describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import {
  CountingMetrics,
  connectedIntegration,
  endlessBudget,
  KeepingLogger,
} from '../../../test/faults/support/doubles.ts';
import { APP_KEY, ProviderWorld } from '../../connectors/conformance/provider-world.ts';
import type { ConnectorSession, IntegrationConnector, ProviderManifest } from '../../connectors/connector.ts';
import type { ProviderApp } from '../ports.ts';
import { ConnectorSessions, type SessionTerms } from './connector-sessions.ts';

const API = 'https://api.provider.example';
const MANIFEST: ProviderManifest = {
  type: 'mindbody',
  name: 'Provider',
  description: 'Anything',
  availability: 'available',
  oauth: {
    authorizeUrl: 'https://provider.example/authorize',
    tokenUrl: 'https://provider.example/token',
    scopes: { required: ['read'], optional: [] },
    pkce: 'none',
    clientAuthentication: 'body',
    tokenRequestEncoding: 'form',
    refreshTokens: 'reusable',
  },
  operations: [],
  apiOrigins: [API],
  resources: ['clients'],
  overlapMs: 0,
  rateLimits: { default: [{ name: 'mindbody:1s', windowMs: 1_000, limit: 10, liveReserve: 2 }] },
  searchLagMs: 0,
};
const LIVE: SessionTerms = { callClass: 'live_read', deadline: null };
const SYNC: SessionTerms = { callClass: 'background_read', deadline: null };

function connectorOf(manifest: ProviderManifest): IntegrationConnector {
  return {
    manifest,
    identifyAccount: async () => ({ id: 'A1', name: null, attributes: {} }),
    testConnection: async () => undefined,
  };
}

/** Sessions of one provider, whose calls wait until they are answered. */
function sessionsOf(manifest: ProviderManifest, extra: Readonly<Record<string, string>> = {}) {
  const app: ProviderApp = { clientId: 'c', clientSecret: 's', webhookKey: null, extra };
  const budgets: string[] = [];
  const requests: Request[] = [];
  let finish: (() => void)[] = [];
  const shared = {
    clock: { now: () => Date.now(), sleep: async () => undefined },
    logger: new KeepingLogger(),
    metrics: new CountingMetrics(),
    fetch: async (...[input, init]: Parameters<typeof fetch>) => {
      requests.push(new Request(input, init));
      await new Promise<void>((resolve) => finish.push(resolve));
      return Response.json({});
    },
  };
  const world = new ProviderWorld(connectorOf(manifest), { account: { script: () => undefined, id: 'A1' } });
  const sessions = new ConnectorSessions({
    ...shared,
    manifests: () => manifest,
    connectors: async () => connectorOf(manifest),
    oauth: world.oauth,
    apps: { get: async () => app },
    budget: {
      ...endlessBudget,
      take: async (account) => {
        budgets.push(account);
        return 0;
      },
    },
  });
  const open = async (accountId: string, terms: SessionTerms = LIVE): Promise<ConnectorSession> => {
    const account = { id: accountId, name: null, attributes: {} };
    const integration = connectedIntegration(
      { workspaceId: 'w', integrationId: accountId },
      { type: 'mindbody', account },
    );
    return (await sessions.open(integration, terms)).session;
  };
  return {
    sessions,
    requests,
    budgets,
    open,
    /** Answers what is under way, after everything that can begin has begun. */
    async answer(): Promise<void> {
      await new Promise((resolve) => setTimeout(resolve, 5));
      const waiting = finish;
      finish = [];
      for (const resolve of waiting) resolve();
      await new Promise((resolve) => setTimeout(resolve, 5));
    },
    underWay: async (): Promise<number> => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      return finish.length;
    },
  };
}

function call({ http }: ConnectorSession): Promise<unknown> {
  return http.request({ operation: 'things.get', method: 'GET', url: `${API}/things`, schema: z.unknown() });
}

describe('our own key with a provider', () => {
  const manifest = { ...MANIFEST, appKeyHeader: { name: 'Api-Key', member: 'apiKey' } };

  test('goes with every call', async () => {
    const { open, answer, requests } = sessionsOf(manifest, { apiKey: APP_KEY });
    const done = call(await open('A1'));
    await answer();
    await done;
    expect(requests.map(({ headers }) => headers.get('api-key'))).toEqual([APP_KEY]);
  });

  test.each([{}, { apiKey: '' }, { apikey: APP_KEY }])('that the secret %j lacks is our fault', async (extra) => {
    const { open, requests } = sessionsOf(manifest, extra);
    const attempt = call(await open('A1'));
    await expect(attempt).rejects.toMatchObject({ code: 'internal' });
    await expect(attempt).rejects.toThrow('lacks the member apiKey');
    expect(requests).toEqual([]);
  });
});

describe('a budget', () => {
  test.each([
    [undefined, ['mindbody:A1', 'mindbody:A2']],
    ['everyone', ['mindbody', 'mindbody']],
  ] as const)('with rateScope %s is taken from %j', async (rateScope, expected) => {
    const { open, answer, budgets } = sessionsOf({ ...MANIFEST, ...(rateScope ? { rateScope } : {}) });
    const done = Promise.all([call(await open('A1')), call(await open('A2'))]);
    await answer();
    await done;
    expect(budgets).toEqual(expected);
  });
});

describe('calls of one account under way', () => {
  test('are no more than the provider allows, over all sessions, and those of others do not count', async () => {
    const { open, answer, underWay } = sessionsOf({ ...MANIFEST, maxConcurrent: 2 });
    const [first, second, other] = [await open('A1'), await open('A1'), await open('A2')];
    const calls = [first, first, second, second, other].map(call);
    expect(await underWay()).toBe(3);
    await answer();
    expect(await underWay()).toBe(2);
    await answer();
    await Promise.all(calls);
  });

  test('leave room for a caller beside a sync', async () => {
    const { open, answer, underWay } = sessionsOf({ ...MANIFEST, maxConcurrent: 2 });
    const sync = await open('A1', SYNC);
    const background = [call(sync), call(sync)];
    expect(await underWay()).toBe(1);
    const live = call(await open('A1'));
    expect(await underWay()).toBe(2);
    await answer();
    await live;
    await answer();
    await Promise.all(background);
  });

  test('make a caller wait no longer than its deadline', async () => {
    const { open, answer, underWay } = sessionsOf({ ...MANIFEST, maxConcurrent: 1 });
    const slow = call(await open('A1'));
    expect(await underWay()).toBe(1);
    const hurried = call(await open('A1', { callClass: 'live_read', deadline: Date.now() + 60 }));
    await expect(hurried).rejects.toMatchObject({ code: 'deadline_exceeded' });
    await answer();
    await slow;
  });
});
