import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ACCOUNTS, HubUnderTest } from './support/hub-under-test.ts';

const workspaceId = 'salon';

let hub: HubUnderTest;
let path: { workspaceId: string; integrationId: string };

beforeAll(async () => {
  hub = await HubUnderTest.start({ contacts: 40 });
  const { integrationId } = await hub.connect(workspaceId, {
    config: { schedule: { frequency: 'daily', at: '03:15' }, timeZone: 'Europe/London', defaultCountry: 'GB' },
  });
  path = { workspaceId, integrationId };
});

afterAll(async () => {
  await hub?.close();
});

/** The owner withdraws the consent at the provider. */
async function withdrawConsent(): Promise<void> {
  await hub.noteTokens();
  await hub.sandbox.revokeGrants('hubspot');
  await hub.sandbox.expireAccessTokens('hubspot');
}

async function callback(authorizeUrl: string, account: string): Promise<{ status: number; page: string }> {
  const response = await fetch(await hub.consent(authorizeUrl, { account }));
  return { status: response.status, page: await response.text() };
}

test('an access token that ran out is renewed without anybody noticing', async () => {
  const [before] = await hub.noteTokens();
  await hub.sandbox.expireAccessTokens('hubspot');
  expect((await hub.api.call('testIntegration', { path })).body.ok).toBe(true);
  const [after] = await hub.noteTokens();
  expect(after?.accessToken).not.toBe(before?.accessToken);
  expect((await hub.view(path)).status).toBe('connected');
});

test('many calls at once renew it once', async () => {
  await hub.sandbox.expireAccessTokens('hubspot');
  await hub.sandbox.resetCounters();
  const answers = await Promise.all([1, 2, 3, 4, 5, 6].map(() => hub.api.call('testIntegration', { path })));
  expect(answers.map(({ body }) => body.ok)).toEqual(Array.from({ length: 6 }, () => true));
  expect((await hub.sandbox.counters()).hubspot?.tokenRefreshes).toBe(1);
});

test('a withdrawn consent is noticed by the next call, and said', async () => {
  await withdrawConsent();
  const { body } = await hub.api.call('testIntegration', { path });
  expect(body).toMatchObject({ ok: false, error: { code: 'reauth_required' } });
  expect(await hub.view(path)).toMatchObject({
    status: 'reauth_required',
    statusReason: expect.stringContaining('consent'),
    health: { state: 'needs_reconnect' },
    account: { id: ACCOUNTS.salon },
    nextSyncAt: null,
  });
});

test('until it is reconnected, nothing pretends to work', async () => {
  const before = await hub.providerCalls();
  expect((await hub.api.problem('startSync', { path, json: {} })).body).toMatchObject({
    status: 409,
    code: 'reauth_required',
  });
  const created = await hub.api.problem('createContact', {
    path,
    headers: { 'idempotency-key': 'k' },
    json: { integrationId: path.integrationId, firstName: 'Nora', email: 'nora@mailbox.example' },
  });
  expect(created.body.code).toBe('reauth_required');
  const unknown = await hub.api.call('lookupContact', { path, query: { phone: '+442079460111' } });
  expect(unknown.body).toMatchObject({ outcome: 'unknown', sources: [{ via: 'skipped' }] });
  const known = await hub.api.call('lookupContact', { path, query: { phone: '+442073134410' } });
  expect(known.body).toMatchObject({ outcome: 'ambiguous', sources: [{ via: 'mirror' }] });
  expect(await hub.providerCalls(before)).toBe(0);
});

test('a different account is refused, and nothing of it is kept', async () => {
  const before = await hub.noteTokens();
  const { integration, authorizeUrl } = await hub.begin(workspaceId, { integrationId: path.integrationId });
  expect(integration.integrationId).toBe(path.integrationId);
  const { status, page } = await callback(authorizeUrl, ACCOUNTS.test);
  expect(status).toBe(502);
  expect(page).toContain('different account');
  await hub.idle();
  expect(await hub.view(path)).toMatchObject({ status: 'reauth_required', account: { id: ACCOUNTS.salon } });
  expect(await hub.noteTokens()).toEqual(before);
  expect(JSON.stringify(await hub.items())).not.toContain(ACCOUNTS.test);
});

test('the owner reconnects: same integration, same settings, and data moves again', async () => {
  const before = await hub.view(path);
  await hub.sandbox.hubspot.create('contacts', { firstname: 'Olive', phone: '+44 20 7946 0222' });
  const { authorizeUrl } = await hub.begin(workspaceId, { integrationId: path.integrationId });
  expect((await callback(authorizeUrl, ACCOUNTS.salon)).status).toBe(200);
  await hub.idle();
  await hub.noteTokens();
  const after = await hub.view(path);
  expect(after).toMatchObject({
    status: 'connected',
    statusReason: null,
    health: { state: 'healthy' },
    connectedAt: before.connectedAt,
    config: before.config,
    lastSync: { type: 'full', trigger: 'connect', status: 'completed', counts: { contacts: { created: 1 } } },
  });
  expect((await hub.schedule(path))?.ScheduleExpression).toBe('cron(15 3 * * ? *)');
  expect((await hub.api.call('testIntegration', { path })).body.ok).toBe(true);
  expect((await hub.api.call('listIntegrations', { path })).body.integrations).toHaveLength(1);
});

test('a sync notices a withdrawn consent, too: the run fails and says why', async () => {
  await withdrawConsent();
  await hub.hub.cloud.fireSchedule(hub.scheduleGroup, hub.scheduleName(path));
  await hub.idle();
  expect(await hub.view(path)).toMatchObject({
    status: 'reauth_required',
    health: { state: 'needs_reconnect' },
    lastSync: { trigger: 'schedule', status: 'failed', error: { code: 'reauth_required' } },
  });
  expect(await hub.hub.cloud.drainDeadLetters()).toEqual([]);
});

test('a reconnection with other settings changes them', async () => {
  const { authorizeUrl } = await hub.begin(workspaceId, {
    integrationId: path.integrationId,
    config: { schedule: { frequency: 'hourly', everyHours: 4 }, timeZone: 'Europe/Dublin', defaultCountry: 'IE' },
  });
  expect((await callback(authorizeUrl, ACCOUNTS.salon)).status).toBe(200);
  await hub.idle();
  expect((await hub.view(path)).config).toMatchObject({ timeZone: 'Europe/Dublin', defaultCountry: 'IE' });
  expect((await hub.schedule(path))?.ScheduleExpression).toBe('rate(4 hours)');
});

test('an integration that has lost its consent can still be disconnected', async () => {
  await withdrawConsent();
  expect((await hub.api.call('testIntegration', { path })).body.ok).toBe(false);
  const { status } = await hub.api.call('disconnectIntegration', { path });
  expect(status).toBe(202);
  await hub.idle();
  expect(JSON.stringify(await hub.items())).not.toContain(path.integrationId);
});
