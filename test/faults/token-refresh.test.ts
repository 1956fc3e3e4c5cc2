/** Many processes need a new access token at once, and the one that fetches it dies: nobody is locked out. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type DynaliteTable, silentLogger, startDynalite } from '../../lambdas/aws/dynalite-table.ts';
import { DynamoCredentialStore } from '../../lambdas/aws/dynamo-credential-store.ts';
import { DynamoIntegrationStore } from '../../lambdas/aws/dynamo-integration-store.ts';
import { METRICS } from '../../lambdas/core/names.ts';
import type { OAuthManager } from '../../lambdas/core/oauth/oauth-manager.ts';
import type { IntegrationScope } from '../../lambdas/core/ports.ts';
import { fetchThroughOriginMap } from '../../lambdas/core/provider-http/origin-map.ts';
import { SandboxClient } from '../sandbox/sandbox-client.ts';
import { type Sandbox, startSandbox } from '../sandbox/server.ts';
import { CountingMetrics, connectedIntegration, glassVault, ShiftedClock } from './support/doubles.ts';
import { hubProcess } from './support/hub-process.ts';
import { type Death, MortalLife } from './support/mortal-life.ts';
import { mortalFetch, mortalTable, mortalVault } from './support/mortal-ports.ts';
import { consentTo, withoutLimits } from './support/sync-world.ts';

/** Longer than the right to refresh lasts. */
const RIGHT_IS_OVER_MS = 11_000;
const HOUR = 60 * 60_000;
/** What a refresh does, in this order. */
const DEEDS = ['read', 'take the right', 'decrypt', 'ask the provider', 'encrypt', 'save'] as const;

let local: DynaliteTable;
let sandbox: Sandbox;
let provider: SandboxClient;
let providerFetch: typeof fetch;
let scopes = 0;

beforeAll(async () => {
  local = await startDynalite();
  sandbox = await startSandbox({ port: 0, contacts: 1 });
  provider = new SandboxClient(sandbox.url);
  providerFetch = fetchThroughOriginMap(JSON.stringify(sandbox.originMap));
  await withoutLimits(sandbox);
});
afterAll(async () => {
  await sandbox.close();
  await local.close();
});
beforeEach(async () => {
  await provider.clearFaults();
  await provider.hubspot.change({ oauth: { refreshTokens: 'reusable' } });
});

interface Hub {
  readonly scope: IntegrationScope;
  readonly clock: ShiftedClock;
  readonly metrics: CountingMetrics;
  /** Another process of the same hub. */
  process(options?: { fetch?: typeof fetch; life?: MortalLife; clientSecret?: string }): OAuthManager;
  token(manager: OAuthManager, rejectedVersion?: number): Promise<string>;
  status(): Promise<string | undefined>;
}

/** @param lifetimeMs what is left of the stored access token's life. */
async function connectedHub(lifetimeMs: number): Promise<Hub> {
  scopes += 1;
  const scope = { workspaceId: `tokens${scopes}`, integrationId: 'int_1' };
  const clock = new ShiftedClock();
  const metrics = new CountingMetrics();
  const integrations = new DynamoIntegrationStore(local.table);
  await integrations.create(connectedIntegration(scope));
  const hub: Hub = {
    scope,
    clock,
    metrics,
    process({ fetch: ownFetch = providerFetch, life = new MortalLife(null), clientSecret = 'hubspot-secret' } = {}) {
      const table = mortalTable(local.table, life);
      return hubProcess({
        integrations: new DynamoIntegrationStore(table),
        credentials: new DynamoCredentialStore(table),
        vault: mortalVault(glassVault, life),
        fetch: mortalFetch(ownFetch, life),
        clock,
        logger: silentLogger,
        metrics,
        app: { clientSecret },
      }).oauth;
    },
    async token(manager, rejectedVersion) {
      return (await manager.accessToken(scope, 'hubspot', null, rejectedVersion ?? null)).tokens.accessToken;
    },
    status: async () => (await integrations.get(scope))?.status,
  };
  const tokens = await consentTo(sandbox, '48127733');
  await hub.process().saveTokens(scope, 'hubspot', { ...tokens, expiresAt: clock.now() + lifetimeMs });
  if (lifetimeMs <= 0) await provider.expireAccessTokens('hubspot');
  await provider.resetCounters();
  return hub;
}

async function refreshes(): Promise<number | undefined> {
  return (await provider.counters()).hubspot?.tokenRefreshes;
}

async function isAccepted(token: string): Promise<boolean> {
  const response = await providerFetch('https://api.hubapi.com/crm/objects/2026-09/contacts?limit=1', {
    headers: { authorization: `Bearer ${token}` },
  });
  await response.text();
  return response.status === 200;
}

/** Lets a holder begin a refresh and die over it. */
async function killHolder(hub: Hub, death: Death): Promise<void> {
  const life = new MortalLife(death);
  hub.token(hub.process({ life })).catch(() => undefined);
  await life.died;
}

/** Requests wait at the gate until it is opened; `reached` resolves when the first one arrives. */
function gated(when: 'before' | 'after') {
  let open: () => void = () => undefined;
  let arrive: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const reached = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  const wait = async () => {
    arrive();
    await opened;
  };
  const gate: typeof fetch = async (input, init) => {
    // The gate may outlast the request's own time limit.
    const { signal: _signal, ...patient } = init ?? {};
    if (when === 'before') await wait();
    const response = await providerFetch(input, patient);
    if (when === 'after') await wait();
    return response;
  };
  return { fetch: gate, open: () => open(), reached };
}

const codeOf = (attempt: Promise<unknown>): Promise<string> =>
  attempt.then(
    () => 'a token',
    (error: { code?: string }) => String(error.code),
  );

describe('an expired token', () => {
  test('is refreshed once for 100 concurrent calls in five processes', async () => {
    const hub = await connectedHub(-1_000);
    const processes = Array.from({ length: 5 }, () => hub.process());
    const tokens = await Promise.all(
      Array.from({ length: 20 }, () => processes.map((manager) => hub.token(manager))).flat(),
    );
    expect(tokens).toHaveLength(100);
    expect(await refreshes()).toBe(1);
    const [token = ''] = new Set(tokens);
    expect(new Set(tokens).size).toBe(1);
    expect(await isAccepted(token)).toBe(true);
  });

  describe.each([
    ['before', false],
    ['after', true],
  ] as const)('whose holder dies %s it could', (_, landed) => {
    test.each(DEEDS.map((deed, index) => [deed, index + 1] as const))(
      '%s: the others get one valid token',
      async (_deed, at) => {
        const hub = await connectedHub(-1_000);
        await killHolder(hub, { at, landed });
        const processes = Array.from({ length: 3 }, () => hub.process());
        const waiting = Array.from({ length: 5 }, () => processes.map((manager) => hub.token(manager))).flat();
        hub.clock.advance(RIGHT_IS_OVER_MS);
        const tokens = new Set(await Promise.all(waiting));
        expect(tokens.size).toBe(1);
        for (const token of tokens) expect(await isAccepted(token)).toBe(true);
        expect(await hub.status()).toBe('connected');
        // One by the dead holder at most, one by the others.
        expect(await refreshes()).toBeLessThanOrEqual(2);
      },
    );
  });

  test('makes a caller wait no longer than its deadline while a dead holder has the right', async () => {
    const hub = await connectedHub(-1_000);
    await killHolder(hub, { at: 4, landed: false });
    const startedAt = performance.now();
    const attempt = hub.process().accessToken(hub.scope, 'hubspot', hub.clock.now() + 150);
    await expect(attempt).rejects.toMatchObject({ code: 'deadline_exceeded' });
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });
});

/** With `rotating_strict`, a token that is shown a second time would end the grant: nobody may ever do so. */
describe.each(['rotating', 'rotating_strict'] as const)('a provider whose refresh tokens work once: %s', (rule) => {
  beforeEach(() => provider.hubspot.change({ oauth: { refreshTokens: rule } }));

  test('gives 100 concurrent calls one refresh', async () => {
    const hub = await connectedHub(-1_000);
    const processes = Array.from({ length: 5 }, () => hub.process());
    const tokens = await Promise.all(
      Array.from({ length: 20 }, () => processes.map((manager) => hub.token(manager))).flat(),
    );
    expect(new Set(tokens).size).toBe(1);
    expect(await refreshes()).toBe(1);
    // The new refresh token was saved too: it works.
    hub.clock.advance(HOUR);
    expect(await isAccepted(await hub.token(hub.process()))).toBe(true);
  });

  test.each([
    ['before it asked', { at: 4, landed: false }],
    ['after it saved', { at: 6, landed: true }],
  ])('loses nothing when the holder dies %s', async (_, death) => {
    const hub = await connectedHub(-1_000);
    await killHolder(hub, death);
    hub.clock.advance(RIGHT_IS_OVER_MS);
    expect(await isAccepted(await hub.token(hub.process()))).toBe(true);
  });
});

describe('a provider whose refresh tokens work once', () => {
  beforeEach(() => provider.hubspot.change({ oauth: { refreshTokens: 'rotating' } }));

  /**
   * Between the provider's answer and the save the only copy of the new refresh token is in the holder's memory. A
   * holder that dies there has lost it, and nobody can get another without the business: what remains is to say so.
   */
  test.each([
    ['the provider answered', { at: 4, landed: true }],
    ['it had encrypted the answer', { at: 5, landed: true }],
  ])('asks for a new consent, once, when the holder dies after %s', async (_, death) => {
    const hub = await connectedHub(-1_000);
    await killHolder(hub, death);
    hub.clock.advance(RIGHT_IS_OVER_MS);
    const processes = Array.from({ length: 3 }, () => hub.process());
    const attempts = Array.from({ length: 4 }, () => processes.map((manager) => codeOf(hub.token(manager)))).flat();
    expect(new Set(await Promise.all(attempts))).toEqual(new Set(['reauth_required']));
    expect(await hub.status()).toBe('reauth_required');
    expect(hub.metrics.of(METRICS.reauthRequired)).toBe(1);
  });

  test('a rejected refresh counts for nothing when another process has saved newer tokens', async () => {
    const hub = await connectedHub(-1_000);
    const gate = gated('before');
    const slow = hub.token(hub.process({ fetch: gate.fetch }));
    await gate.reached;
    hub.clock.advance(RIGHT_IS_OVER_MS);
    const newer = await hub.token(hub.process());
    gate.open();
    expect(await slow).toBe(newer);
    expect(await hub.status()).toBe('connected');
    expect(hub.metrics.of(METRICS.reauthRequired)).toBe(0);
  });
});

describe('a holder that was overtaken', () => {
  test('waits for the tokens of the one who overtook it', async () => {
    const hub = await connectedHub(-1_000);
    const late = gated('after');
    const next = gated('after');
    const first = hub.token(hub.process({ fetch: late.fetch }), 1);
    await late.reached;
    hub.clock.advance(RIGHT_IS_OVER_MS);
    const second = hub.token(hub.process({ fetch: next.fetch }));
    await next.reached;
    late.open();
    // The first one's save is refused; the stored version is still the one that it was told to replace.
    setTimeout(next.open, 200);
    expect(await first).toBe(await second);
    expect(await isAccepted(await first)).toBe(true);
  });
});

describe('a refused access token', () => {
  test('is replaced even if others in the process are just being given it', async () => {
    const hub = await connectedHub(HOUR);
    await provider.expireAccessTokens('hubspot');
    const manager = hub.process();
    const [, renewed] = await Promise.all([hub.token(manager), hub.token(manager, 1)]);
    expect(await isAccepted(renewed)).toBe(true);
    expect(await refreshes()).toBe(1);
  });
});

describe('a provider that does not refresh', () => {
  const failing = { kind: 'status', method: 'POST', pathPattern: 'oauth/.*/token$', status: 500 } as const;

  test('leaves a token in use that is still good', async () => {
    const hub = await connectedHub(2 * 60_000);
    await provider.addFault(failing);
    const manager = hub.process();
    const old = await hub.token(manager);
    expect(await isAccepted(old)).toBe(true);
    expect(hub.metrics.of(METRICS.tokenRefreshFailed)).toBe(1);
    // The right was given back: the next call gets a new token.
    expect(await hub.token(manager)).not.toBe(old);
  });

  test('is asked again by the next call when the token is used up', async () => {
    const hub = await connectedHub(-1_000);
    await provider.addFault(failing);
    const manager = hub.process();
    await expect(hub.token(manager)).rejects.toMatchObject({ code: 'provider_unavailable' });
    expect(await isAccepted(await hub.token(manager))).toBe(true);
    expect(await hub.status()).toBe('connected');
  });

  test('because our registration is wrong, blames us and not the business', async () => {
    const hub = await connectedHub(-1_000);
    await expect(hub.token(hub.process({ clientSecret: 'wrong' }))).rejects.toMatchObject({ code: 'internal' });
    expect(hub.metrics.of(METRICS.providerAppMisconfigured)).toBe(1);
    expect(hub.metrics.of(METRICS.reauthRequired)).toBe(0);
    expect(await hub.status()).toBe('connected');
    expect(await isAccepted(await hub.token(hub.process()))).toBe(true);
  });

  test('because the business has withdrawn its consent, says so once', async () => {
    const hub = await connectedHub(-1_000);
    await provider.revokeGrants('hubspot');
    const manager = hub.process();
    expect(await codeOf(hub.token(manager))).toBe('reauth_required');
    expect(await codeOf(hub.token(manager))).toBe('reauth_required');
    expect(await hub.status()).toBe('reauth_required');
    expect(hub.metrics.of(METRICS.reauthRequired)).toBe(1);
  });
});
