import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { FaultInput } from '../sandbox/mechanics/faults.ts';
import { ACCOUNTS, FRONT_END, HubUnderTest } from './support/hub-under-test.ts';
import { assertNoPersonalData } from './support/log-privacy.ts';

/** A fault without the calls that it hits. */
type Fault = FaultInput extends infer Kind ? (Kind extends unknown ? Omit<Kind, 'pathPattern'> : never) : never;

const workspaceId = 'salon';
const path = { workspaceId };
const VICTIM = {
  firstName: 'Philippa',
  lastName: 'Quartermaine',
  email: 'philippa.quartermaine@mailbox.example',
  phone: '+44 20 7946 0731',
};
const CONTACT = { firstname: VICTIM.firstName, lastname: VICTIM.lastName, email: VICTIM.email, phone: VICTIM.phone };

describe('the search itself', () => {
  const directory = mkdtempSync(join(tmpdir(), 'log-privacy-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  test.each([
    ['an e-mail address', '{"error":"no user a.b+c@mailbox.example"}'],
    ['an e-mail address', '{"to":"zoë@büro.example"}'],
    ['an authorization header', '{"headers":{"authorization":"Bearer abcdefghijk"}}'],
    ['a URL with personal or secret parameters', 'GET /v1/x/contacts/lookup?phone=%2B44'],
    ['a text that looks like a token', '{"state":"5m6c8CSWR9DIWmZLts265P4KZv6Tk51pJnlM75xugLg"}'],
    ['a secret or a name', 'secret: hubspot-secret'],
    ['a telephone number', 'from +442079460731'],
    ['a telephone number', 'from 020 7946 0731.'],
    ['a telephone number', '{"national":"2079460731"}'],
    ['a telephone number', 'tel:+44-20-7946-0731 or +44 20 7946 0731'],
    ['a telephone number', 'q=%2B442079460731'],
  ])('finds %s', (what, line) => {
    writeFileSync(join(directory, 'function.log'), `{"level":"INFO"}\n${line}\n`);
    const search = () => assertNoPersonalData(directory, { texts: ['hubspot-secret'], phones: [VICTIM.phone] });
    expect(search).toThrow(`1 log lines hold what they must not:\n${what} in function.log`);
  });

  test('lets times, ids and stacks pass', () => {
    const lines = [
      '{"timestamp":"2026-11-23T13:05:37.106Z","requestId":"6VloPWxRbRFiok8","durationMs":490}',
      '{"integrationId":"int_a2be8552d3c94288866db8c1b14834ba","runId":"run_01a20883-1144-7642-99fe-0c5611e4f6c4"}',
      '{"at":1795442079460731,"function_arn":"arn:aws:lambda:eu-west-1:000000000000:function:integration-hub-dev-sync"}',
      '{"error":{"name":"HubError","stack":"at async file:///var/task/index.mjs:120:45"}}',
    ];
    writeFileSync(join(directory, 'function.log'), lines.join('\n'));
    expect(assertNoPersonalData(directory, { texts: ['hubspot-secret'], phones: [VICTIM.phone] })).toEqual({
      lines: 4,
    });
  });
});

/** Everything that can go wrong, with a person's data in it. What the logs then hold is searched at the end. */
describe('whatever happens, no log line', () => {
  let hub: HubUnderTest;
  let integrationId: string;
  let keys = 0;

  beforeAll(async () => {
    hub = await HubUnderTest.start({ contacts: 120 });
    hub.noteSecrets(VICTIM.firstName, VICTIM.lastName, 'Quartermaine', 'lost-in-the-url');
    hub.notePhones(VICTIM.phone);
    ({ integrationId } = await hub.connect(workspaceId, { config: { defaultCountry: 'GB' } }));
    for await (const { properties } of hub.sandbox.hubspot.truth('contacts')) hub.noteSecrets(properties.email);
  });

  beforeEach(async () => {
    await hub.sandbox.clearFaults();
    await hub.noteTokens();
  });

  afterAll(async () => {
    const { logDirectory } = hub.hub.cloud;
    const logs = readdirSync(logDirectory)
      .map((name) => readFileSync(join(logDirectory, name), 'utf8'))
      .join('');
    // The search below means something only when the functions have said what went wrong.
    const expected = [
      'request failed',
      'request refused',
      'live look-up failed',
      'connecting failed',
      'records could not be read',
      'sync run failed',
      'token refresh failed',
      'provider app is misconfigured',
      'integration needs to be reconnected',
    ];
    expect(expected.filter((message) => !logs.includes(message))).toEqual([]);
    // An integration is named in a log, never written out: its account may be a person's.
    expect(/"(?:account|config|grantedScopes|attributes)":/.exec(logs)?.[0]).toBeUndefined();
    await hub.close();
  });

  const create = (json: object, key = `key-${++keys}`) =>
    hub.api.send('createContact', { path, headers: { 'idempotency-key': key }, json });
  const lookup = (query: string) => hub.api.send('lookupContact', { path, query });

  /** Connects without waiting for the sync: a run that failed above is parked for longer than this file takes. */
  async function reconnect(workspace: string, body: Readonly<Record<string, unknown>>, account: string) {
    const { authorizeUrl } = await hub.begin(workspace, body);
    const [status] = await through(fetch(await hub.consent(authorizeUrl, { account })));
    await hub.noteTokens();
    return status;
  }

  async function through(...requests: readonly Promise<Response>[]): Promise<number[]> {
    return Promise.all(
      requests.map(async (request) => {
        const response = await request;
        await response.text();
        return response.status;
      }),
    );
  }

  /** Provider answers that quote the person. */
  const QUOTING: readonly Fault[] = [
    { kind: 'status', status: 500, body: { message: `No room for ${VICTIM.email}`, properties: CONTACT } },
    { kind: 'status', status: 502, body: `<html>${VICTIM.firstName} ${VICTIM.phone}</html>` },
    {
      kind: 'status',
      status: 400,
      body: {
        category: 'VALIDATION_ERROR',
        message: `Property values were not valid: [{"isValid":false,"message":"${VICTIM.email} is no address","error":"INVALID_EMAIL","name":"email"}]`,
        errors: [
          {
            message: VICTIM.email,
            code: VICTIM.email,
            in: VICTIM.firstName,
            context: { propertyName: ['email', VICTIM.phone] },
          },
        ],
      },
    },
    {
      kind: 'status',
      status: 403,
      body: { category: 'MISSING_SCOPES', message: VICTIM.email, context: { requiredGranularScopes: [VICTIM.email] } },
    },
    { kind: 'status', status: 409, body: { category: 'CONFLICT', message: `Contact ${VICTIM.email} already exists.` } },
    { kind: 'status', status: 418, body: { message: VICTIM.phone } },
    { kind: 'status', status: 302, headers: { location: `https://evil.example/?email=${VICTIM.email}` }, body: '' },
    { kind: 'malformed', body: { [VICTIM.email]: CONTACT, results: VICTIM.phone, id: VICTIM.email } },
    {
      kind: 'malformed',
      body: {
        results: [
          { id: VICTIM.email, properties: CONTACT },
          { id: '7', properties: VICTIM },
        ],
      },
    },
    { kind: 'malformed', body: `${VICTIM.email} ${VICTIM.phone}` },
  ];

  test.each(QUOTING)('of look-ups and creations whose provider quotes the person: %j', async (fault) => {
    await hub.sandbox.addFault({ ...fault, pathPattern: '^/hubspot/crm/', times: 20 });
    const statuses = await through(
      lookup(`email=${encodeURIComponent(VICTIM.email)}&deadlineMs=1000`),
      lookup(`phone=${encodeURIComponent(VICTIM.phone)}&deadlineMs=1000`),
      create({ ...VICTIM, deadlineMs: 1_500 }),
    );
    expect(statuses.slice(0, 2)).toEqual([200, 200]);
  });

  test.each<Fault>([{ kind: 'hang' }, { kind: 'reset' }, { kind: 'lost_answer' }, { kind: 'html' }])(
    'of calls whose connection fails: %j',
    async (fault) => {
      await hub.sandbox.addFault({ ...fault, pathPattern: '^/hubspot/crm/', times: 20 });
      const person = { ...VICTIM, email: `${fault.kind}.${VICTIM.email}`, deadlineMs: 600 };
      await through(
        lookup(`email=${encodeURIComponent(person.email)}&deadlineMs=400`),
        lookup(`phone=${encodeURIComponent('+442079460739')}&deadlineMs=400`),
        create(person, `failing-${fault.kind}`),
      );
      await hub.sandbox.clearFaults();
      await through(create(person, `failing-${fault.kind}`));
    },
  );

  test('of a look-up that finds the person, and of one that does not', async () => {
    await hub.sandbox.hubspot.create('contacts', { ...CONTACT, email: `found.${VICTIM.email}` });
    const statuses = await through(
      lookup(`phone=${encodeURIComponent(VICTIM.phone)}`),
      lookup(`email=${encodeURIComponent(`found.${VICTIM.email}`)}`),
      lookup(`email=${encodeURIComponent(`nobody.${VICTIM.email}`)}`),
      create({ ...VICTIM, email: `new.${VICTIM.email}` }, 'kept'),
    );
    expect(statuses).toEqual([200, 200, 200, 201]);
  });

  test('of requests that are refused', async () => {
    const statuses = await through(
      lookup(`phone=${encodeURIComponent(`${VICTIM.phone}${VICTIM.phone}`)}`),
      lookup(`email=${encodeURIComponent(`${VICTIM.firstName} ${VICTIM.email}`)}`),
      lookup(encodeURIComponent(VICTIM.phone)),
      lookup(`${encodeURIComponent(VICTIM.email)}=1`),
      create({ ...VICTIM, phone: `${VICTIM.phone}${VICTIM.phone}` }),
      create({ ...VICTIM, email: `<${VICTIM.email} x` }),
      create({ ...VICTIM, [VICTIM.email]: true }),
      create({ ...VICTIM, firstName: { [VICTIM.phone]: 1 } }),
      create({ ...VICTIM, integrationId: VICTIM.email }),
      create([VICTIM]),
      create(VICTIM, `${VICTIM.email} ${VICTIM.firstName}`),
      hub.api.send('createContact', { path, headers: { 'idempotency-key': 'x' }, body: `{"email":"${VICTIM.email}"` }),
      hub.api.send('lookupContact', { path: { workspaceId: VICTIM.email }, query: `phone=${VICTIM.phone}` }),
      hub.api.send('getIntegration', { path: { workspaceId, integrationId: VICTIM.email } }),
      hub.api.send('listSyncs', { path: { workspaceId, integrationId }, query: `cursor=${VICTIM.email}` }),
      hub.api.send('connectIntegration', { path, json: { type: VICTIM.email } }),
      hub.api.send('connectIntegration', { path, json: { type: 'hubspot', returnUrl: `mailto:${VICTIM.email}` } }),
      hub.api.send('connectIntegration', {
        path,
        json: { type: 'hubspot', returnUrl: `https://evil.example/?email=${VICTIM.email}` },
      }),
    );
    expect(new Set(statuses)).toEqual(new Set([400]));
  });

  test('of keys that are used twice', async () => {
    const statuses = await through(create({ ...VICTIM, email: `other.${VICTIM.email}` }, 'kept'));
    expect(statuses).toEqual([409]);
  });

  test('of syncs over records that cannot be read', async () => {
    const rows = [
      { id: VICTIM.email, properties: CONTACT },
      { id: '41', properties: { ...CONTACT, phone: [VICTIM.phone] } },
      { id: '42', properties: { email: { [VICTIM.email]: VICTIM.phone } } },
      { id: '43', properties: { ...CONTACT, lastmodifieddate: VICTIM.email } },
      VICTIM.phone,
    ];
    await hub.sandbox.addFault({
      kind: 'malformed',
      body: { results: rows },
      pathPattern: '/contacts\\?.*archived=false',
    });
    await through(hub.api.send('startSync', { path: { workspaceId, integrationId }, json: { type: 'full' } }));
    await hub.idle();
  });

  test.each([
    { kind: 'status', status: 400, body: { message: VICTIM.email, category: 'VALIDATION_ERROR' } },
    { kind: 'malformed', body: { results: VICTIM.email, [VICTIM.phone]: CONTACT } },
  ] as const)('of syncs that fail: %j', async (fault) => {
    await hub.sandbox.addFault({ ...fault, pathPattern: '^/hubspot/crm/objects/', times: 30 });
    await through(hub.api.send('startSync', { path: { workspaceId, integrationId }, json: {} }));
    await hub.idle();
  });

  test.each<Fault>([
    {
      kind: 'status',
      status: 500,
      body: { message: VICTIM.email, access_token: 'lost-in-the-answer-1', refresh_token: 'x' },
    },
    {
      kind: 'status',
      status: 400,
      body: { error: 'invalid_client', error_description: `${VICTIM.email} hubspot-secret` },
    },
    { kind: 'malformed', body: { access_token: 'lost-in-the-answer-2', expires_in: VICTIM.email } },
    { kind: 'malformed', body: { token: 'lost-in-the-answer-3' } },
    { kind: 'html' },
    { kind: 'reset' },
  ])('of refreshes that fail: %j', async (fault) => {
    for (const token of [1, 2, 3]) hub.noteSecrets(`lost-in-the-answer-${token}`);
    // Nobody has a token in memory: each must refresh.
    await Promise.all(['integrations', 'contacts'].map((name) => hub.hub.cloud.functions.kill(name)));
    await hub.sandbox.expireAccessTokens('hubspot');
    await hub.sandbox.addFault({ ...fault, pathPattern: '/token$', times: 4 });
    await through(
      hub.api.send('testIntegration', { path: { workspaceId, integrationId } }),
      lookup(`phone=${encodeURIComponent('+442079460733')}&deadlineMs=800`),
    );
    await hub.sandbox.clearFaults();
    const { body } = await hub.api.call('testIntegration', { path: { workspaceId, integrationId } });
    expect(body).toMatchObject({ ok: true, error: null });
  });

  test('of callbacks, good and bad', async () => {
    const begun = await hub.begin('other', { returnUrl: `${FRONT_END}/done?owner=${VICTIM.email}` });
    const back = await hub.consent(begun.authorizeUrl, { account: ACCOUNTS.test });
    const forged = new URL(back);
    forged.searchParams.set('state', 'Forged0State0That0Nobody0Has0Given0Out000000');
    forged.searchParams.set('error_description', VICTIM.email);
    await hub.sandbox.addFault({
      kind: 'status',
      status: 500,
      body: { message: VICTIM.email },
      pathPattern: '/token$',
    });
    const callbacks = [forged, back, back];
    for (const url of callbacks) await (await fetch(url, { redirect: 'manual' })).text();
    const body = new URLSearchParams({ state: 'lost-in-the-url', code: 'lost-in-the-url', email: VICTIM.email });
    await through(fetch(hub.api.url('oauthCallbackForm'), { method: 'POST', body }));
    expect(await reconnect('other', {}, ACCOUNTS.test)).toBe(200);
  });

  test('of a withdrawn consent, a reconnection and the end', async () => {
    await hub.sandbox.revokeGrants('hubspot');
    await hub.sandbox.expireAccessTokens('hubspot');
    const scope = { workspaceId, integrationId };
    await through(
      hub.api.send('testIntegration', { path: scope }),
      hub.api.send('startSync', { path: scope, json: {} }),
      lookup(`email=${encodeURIComponent(`gone.${VICTIM.email}`)}`),
      create({ ...VICTIM, email: `gone.${VICTIM.email}` }),
    );
    expect(await reconnect(workspaceId, { integrationId }, ACCOUNTS.salon)).toBe(200);
    await hub.sandbox.addFault({
      kind: 'status',
      status: 500,
      body: { message: VICTIM.email },
      pathPattern: 'revoke|uninstall',
    });
    const [status] = await through(hub.api.send('disconnectIntegration', { path: scope }));
    expect(status).toBe(202);
  });
});
