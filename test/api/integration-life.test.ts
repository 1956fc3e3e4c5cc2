import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { responses } from '../../lambdas/core/http/api-schemas.ts';
import type { IntegrationView } from '../../lambdas/core/integrations/integration-view.ts';
import { ACCOUNTS, HubUnderTest } from './support/hub-under-test.ts';

const CONTACTS = 120;
const LONDON = { schedule: { frequency: 'daily', at: '02:30' }, timeZone: 'Europe/London', defaultCountry: 'GB' };

let hub: HubUnderTest;

beforeAll(async () => {
  hub = await HubUnderTest.start({ contacts: CONTACTS });
});

afterAll(async () => {
  await hub?.close();
});

describe('the catalogue', () => {
  test('says what each provider can do', async () => {
    const { body } = await hub.api.call('listProviders');
    expect(body.providers).toContainEqual(
      expect.objectContaining({
        type: 'hubspot',
        name: 'HubSpot',
        availability: 'available',
        capabilities: expect.arrayContaining(['sync:contacts', 'sync:deals', 'lookupContact', 'createContact']),
      }),
    );
  });

  test('the API says that it is up', async () => {
    expect((await hub.api.call('getHealth')).body).toEqual({ status: 'ok' });
  });
});

describe('an integration, from consent to the last trace', () => {
  const workspaceId = 'salon';
  let path: { workspaceId: string; integrationId: string };
  let connected: IntegrationView;

  test('a workspace begins with none', async () => {
    expect((await hub.api.call('listIntegrations', { path: { workspaceId } })).body.integrations).toEqual([]);
  });

  test('connecting waits for the consent', async () => {
    const { integration, authorizeUrl, expiresAt } = await hub.begin(workspaceId, { config: LONDON });
    path = { workspaceId, integrationId: integration.integrationId };
    expect(integration).toMatchObject({
      ...path,
      type: 'hubspot',
      status: 'pending',
      config: LONDON,
      account: null,
      health: { state: 'not_connected' },
      nextSyncAt: null,
    });
    expect(Date.parse(expiresAt) - Date.now()).toBeGreaterThan(9 * 60_000);
    expect(Date.parse(expiresAt) - Date.now()).toBeLessThanOrEqual(10 * 60_000);
    expect(await hub.schedule(path)).toBeNull();
    expect((await hub.api.problem('startSync', { path, json: {} })).body.code).toBe('integration_not_connected');
    expect((await hub.api.call('testIntegration', { path })).body).toMatchObject({
      ok: false,
      error: { code: 'integration_not_connected' },
    });

    const back = await hub.consent(authorizeUrl);
    expect((await fetch(back)).status).toBe(200);
    await hub.idle();
    connected = await hub.view(path);
  });

  test('then it is connected to the account, and the first sync has completed', async () => {
    expect(connected).toMatchObject({
      ...path,
      status: 'connected',
      statusReason: null,
      account: { id: ACCOUNTS.salon },
      health: { state: 'healthy' },
      currentSync: null,
      lastSync: {
        type: 'full',
        trigger: 'connect',
        status: 'completed',
        counts: { contacts: { seen: CONTACTS, created: CONTACTS, rejected: 0 }, deals: { seen: 12, created: 12 } },
      },
    });
    expect(connected.grantedScopes).toEqual(expect.arrayContaining(['crm.objects.contacts.read']));
    // Complete up to the moment at which the run began to ask.
    expect(connected.completeUntil).toBe(connected.lastSync?.startedAt);
    expect(Date.parse(connected.nextSyncAt ?? '')).toBeGreaterThan(Date.now());
    const { body } = await hub.api.call('listIntegrations', { path: { workspaceId } });
    expect(body.integrations).toEqual([connected]);
  });

  test("it is synced in the workspace's own night", async () => {
    const schedule = await hub.schedule(path);
    expect(schedule).toMatchObject({
      State: 'ENABLED',
      ScheduleExpression: 'cron(30 2 * * ? *)',
      ScheduleExpressionTimezone: 'Europe/London',
      FlexibleTimeWindow: { Mode: 'FLEXIBLE' },
    });
    expect(JSON.parse(schedule?.Target?.Input ?? '')).toMatchObject({ ...path, type: 'incremental' });
  });

  test('a changed schedule takes effect at once; what is left out stays', async () => {
    const { body } = await hub.api.call('updateIntegration', {
      path,
      json: { config: { schedule: { frequency: 'daily', at: '23:05' }, timeZone: 'America/New_York' } },
    });
    expect(body.integration.config).toMatchObject({
      schedule: { frequency: 'daily', at: '23:05' },
      timeZone: 'America/New_York',
      defaultCountry: 'GB',
    });
    expect(await hub.schedule(path)).toMatchObject({
      ScheduleExpression: 'cron(5 23 * * ? *)',
      ScheduleExpressionTimezone: 'America/New_York',
    });
    await hub.api.call('updateIntegration', {
      path,
      json: { config: { schedule: { frequency: 'hourly', everyHours: 6 } } },
    });
    expect((await hub.schedule(path))?.ScheduleExpression).toBe('rate(6 hours)');
    const off = await hub.api.call('updateIntegration', { path, json: { config: { schedule: { frequency: 'off' } } } });
    expect(off.body.integration.nextSyncAt).toBeNull();
    expect(await hub.schedule(path)).toBeNull();
    await hub.api.call('updateIntegration', { path, json: { config: LONDON } });
    expect((await hub.schedule(path))?.ScheduleExpressionTimezone).toBe('Europe/London');
  });

  test('null takes an optional setting away', async () => {
    const narrowed = await hub.api.call('updateIntegration', { path, json: { config: { resources: ['contacts'] } } });
    expect(narrowed.body.integration.config.resources).toEqual(['contacts']);
    const { body } = await hub.api.call('updateIntegration', {
      path,
      json: { config: { defaultCountry: null, resources: null } },
    });
    expect(body.integration.config).not.toHaveProperty('defaultCountry');
    expect(body.integration.config).not.toHaveProperty('resources');
    expect((await hub.view(path)).config).toEqual(body.integration.config);
    await hub.api.call('updateIntegration', { path, json: { config: { defaultCountry: 'GB' } } });
  });

  test('a resource that the provider does not have is refused, by name', async () => {
    const { body } = await hub.api.problem('updateIntegration', {
      path,
      json: { config: { resources: ['contacts', 'appointments'] } },
    });
    expect(body).toMatchObject({ status: 400, code: 'validation_failed', field: 'config.resources' });
  });

  test('the probe asks the provider once', async () => {
    // The settings that changed before have started a sync.
    await hub.idle();
    const before = await hub.providerCalls();
    const { body } = await hub.api.call('testIntegration', { path });
    expect(body).toMatchObject({ ok: true, error: null });
    expect(await hub.providerCalls(before)).toBe(1);
  });

  test('the probe tells what is wrong instead of failing', async () => {
    await hub.sandbox.addFault({ kind: 'status', status: 403, pathPattern: '^/hubspot/crm/' });
    const { body } = await hub.api.call('testIntegration', { path });
    expect(body).toMatchObject({ ok: false, error: { code: 'missing_scope' } });
    await hub.sandbox.clearFaults();
  });

  test('syncs are logged, newest first, in pages', async () => {
    await hub.idle();
    const before = await hub.api.call('listSyncs', { path, query: { limit: '100' } });
    const started: string[] = [];
    for (const type of ['incremental', 'full'] as const) {
      const { status, body } = await hub.api.call('startSync', { path, json: { type } });
      expect(status).toBe(202);
      expect(body.run).toMatchObject({ ...path, type, trigger: 'manual', status: 'queued' });
      started.unshift(body.run.runId);
      await hub.idle();
    }
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const { body }: { body: ReturnType<typeof responses.runs.parse> } = await hub.api.call('listSyncs', {
        path,
        query: { limit: '2', ...(cursor === null ? {} : { cursor }) },
      });
      expect(body.runs.length).toBeLessThanOrEqual(2);
      seen.push(...body.runs.map(({ runId }) => runId));
      cursor = body.nextCursor;
    } while (cursor !== null);
    expect(seen).toEqual([...started, ...before.body.runs.map(({ runId }) => runId)]);
    expect(seen.at(-1)).toBe(connected.lastSync?.runId);

    const [newest = ''] = started;
    const { body } = await hub.api.call('getSync', { path: { ...path, runId: newest } });
    expect(body.run).toMatchObject({
      runId: newest,
      status: 'completed',
      counts: { contacts: { seen: CONTACTS, upserted: 0, unchanged: CONTACTS, deleted: 0 } },
    });
    expect((await hub.view(path)).lastSync?.runId).toBe(newest);
  });

  test('the schedule starts a sync by itself', async () => {
    await hub.sandbox.hubspot.create('contacts', { firstname: 'Imogen', email: 'imogen@mailbox.example' });
    await hub.hub.cloud.fireSchedule(hub.scheduleGroup, hub.scheduleName(path));
    await hub.idle();
    expect((await hub.view(path)).lastSync).toMatchObject({
      type: 'incremental',
      trigger: 'schedule',
      status: 'completed',
      counts: { contacts: { created: 1 } },
    });
  });

  test('runs of one integration never overlap, however many are asked for', async () => {
    await Promise.all([1, 2, 3, 4].map(() => hub.api.call('startSync', { path, json: {} })));
    await hub.idle();
    const { body } = await hub.api.call('listSyncs', { path, query: { limit: '100' } });
    const ended = body.runs
      .filter(({ status }) => status === 'completed')
      .sort((a, b) => Date.parse(a.startedAt ?? '') - Date.parse(b.startedAt ?? ''));
    for (const [index, run] of ended.entries()) {
      const before = ended[index - 1]?.completedAt ?? connected.createdAt;
      expect(Date.parse(run.startedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(before));
    }
    expect((await hub.view(path)).health.state).toBe('healthy');
  });

  test('disconnecting ends it at the provider and leaves nothing here', async () => {
    await hub.api.call('createContact', {
      path: { workspaceId },
      headers: { 'idempotency-key': 'before-the-end' },
      json: { firstName: 'Rosalind', lastName: 'Penhaligon', email: 'rosalind@mailbox.example' },
    });
    await hub.api.problem('createContact', {
      path: { workspaceId },
      headers: { 'idempotency-key': 'refused' },
      json: { phone: '+442079460444' },
    });
    await hub.noteTokens();
    await hub.sandbox.resetCounters();
    const { status, body } = await hub.api.call('disconnectIntegration', { path });
    expect(status).toBe(202);
    expect(body).toEqual({
      integrationId: path.integrationId,
      status: 'disconnecting',
      revokedAtProvider: true,
    });
    const { hubspot } = await hub.sandbox.counters();
    expect(hubspot?.requests).toMatchObject({
      'DELETE /appinstalls/2026-09/external-install': 1,
      'POST /oauth/2026-09/token/revoke': 1,
    });
    expect(await hub.schedule(path)).toBeNull();
    expect((await hub.api.problem('getIntegration', { path })).body.code).toBe('not_found');
    expect((await hub.api.problem('disconnectIntegration', { path })).body.code).toBe('not_found');
    expect((await hub.api.call('listIntegrations', { path: { workspaceId } })).body.integrations).toEqual([]);

    await hub.idle();
    const left = (await hub.items()).filter((item) => !item.pk.startsWith('RATE#'));
    // Keys of writes are remembered for a day, so that a late repetition can't act twice.
    expect(left.filter((item) => !item.pk.startsWith(`WS#${workspaceId}#IDEMPOTENCY#`))).toEqual([]);
    for (const item of left) expect(item.expiresAt).toEqual(expect.any(Number));
    const text = JSON.stringify(left);
    for (const personal of ['Rosalind', 'Penhaligon', 'rosalind', '2079460444', '@'])
      expect(text).not.toContain(personal);
    expect(await hub.hub.cloud.drainDeadLetters()).toEqual([]);
  });

  test('an account that two workspaces share stays connected for the other', async () => {
    const first = await hub.connect('north', {}, { account: ACCOUNTS.test });
    const second = await hub.connect('south', {}, { account: ACCOUNTS.test });
    const { body } = await hub.api.call('disconnectIntegration', { path: pathOf(first) });
    expect(body.revokedAtProvider).toBe(false);
    await hub.idle();
    expect((await hub.api.call('testIntegration', { path: pathOf(second) })).body.ok).toBe(true);
    const items = await hub.items();
    expect(items.filter((item) => JSON.stringify(item).includes(first.integrationId))).toEqual([]);
    await hub.api.call('disconnectIntegration', { path: pathOf(second) });
    await hub.idle();
  });

  test('one account is connected to a workspace once', async () => {
    const first = await hub.connect('twice', {}, { account: ACCOUNTS.test });
    const second = await hub.connect('twice', {}, { account: ACCOUNTS.test });
    expect(first.status).toBe('connected');
    expect(second.status).toBe('pending');
    const items = await hub.items();
    expect(items.some(({ sk }) => sk === `CREDENTIAL#${second.integrationId}`)).toBe(false);
  });
});

function pathOf({ workspaceId, integrationId }: IntegrationView): { workspaceId: string; integrationId: string } {
  return { workspaceId, integrationId };
}
