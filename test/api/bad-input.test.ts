import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { ContractedOperationId } from '../../lambdas/core/http/operations.ts';
import type { ApiRequest } from './support/hub-api.ts';
import { FRONT_END, HubUnderTest } from './support/hub-under-test.ts';

const workspaceId = 'salon';
const path = { workspaceId };
const GHOST = `int_${'0'.repeat(32)}`;
const KEY = { 'idempotency-key': 'bad-input' };
/** What no answer may repeat. */
const PERSONAL = { phone: '+44 20 7946 0312', email: 'victim@mailbox.example', name: 'Wilhelmina' };

let hub: HubUnderTest;
let integrationId: string;
let runId: string;
let before: string[];

beforeAll(async () => {
  hub = await HubUnderTest.start({ contacts: 12 });
  hub.notePhones(PERSONAL.phone);
  hub.noteSecrets(PERSONAL.name);
  const integration = await hub.connect(workspaceId);
  ({ integrationId } = integration);
  runId = integration.lastSync?.runId ?? '';
});

beforeEach(async () => {
  before = await everything();
});

afterAll(async () => {
  await hub?.close();
});

/** All that a request could have changed: the table, the schedule, what the provider was asked. */
async function everything(): Promise<string[]> {
  const items = await hub.items();
  const schedule = await hub.schedule({ workspaceId, integrationId });
  return [
    ...items.map((item) => `${item.pk} ${item.sk} ${digest(item)}`).sort(),
    `schedule ${schedule?.ScheduleExpression} ${schedule?.LastModificationDate?.toISOString()}`,
    `provider calls: ${await hub.providerCalls()}`,
  ];
}

function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('base64url').slice(0, 12);
}

/** A problem that names the field and repeats nothing, after which everything is as it was. */
async function refused(operationId: ContractedOperationId, request: ApiRequest, expected: object): Promise<void> {
  const { body } = await hub.api.problem(operationId, request);
  expect(body).toMatchObject(expected);
  const text = JSON.stringify(body);
  for (const personal of [PERSONAL.phone, '0312', PERSONAL.email, 'victim', PERSONAL.name]) {
    expect(text).not.toContain(personal);
  }
  expect(await everything()).toEqual(before);
}

const invalid = (field: string) => ({ status: 400, code: 'validation_failed', field });

describe('connecting', () => {
  const connect = (json: unknown) => ({ path, json });
  test.each<[string, unknown, string]>([
    ['no type', {}, 'type'],
    ['an unknown type', { type: 'pipedrive' }, 'type'],
    ['a type that is no text', { type: 7 }, 'type'],
    ['an empty type', { type: '' }, 'type'],
    ['an unknown field', { type: 'hubspot', colour: 'red' }, 'colour'],
    ['a field that would reach into objects', JSON.parse('{"type":"hubspot","__proto__":{"a":1}}'), '__proto__'],
    ['an unknown setting', { type: 'hubspot', config: { colour: 'red' } }, 'config.colour'],
    ['data where a name should be', { type: 'hubspot', [PERSONAL.email]: 1 }, 'body'],
    ['data where a setting should be', { type: 'hubspot', config: { [PERSONAL.phone]: 1 } }, 'config'],
    ['a list in place of an object', ['hubspot'], 'body'],
    ['null in place of an object', null, 'body'],
    ['text in place of an object', 'hubspot', 'body'],
    ['settings that are no object', { type: 'hubspot', config: 'all' }, 'config'],
    ['no resource at all', { type: 'hubspot', config: { resources: [] } }, 'config.resources'],
    ['an unknown resource', { type: 'hubspot', config: { resources: ['invoices'] } }, 'config.resources.0'],
    [
      'a resource of other providers',
      { type: 'hubspot', config: { resources: ['contacts', 'appointments'] } },
      'config.resources',
    ],
    ['a time zone in lower case', { type: 'hubspot', config: { timeZone: 'europe/london' } }, 'config.timeZone'],
    ['an unknown time zone', { type: 'hubspot', config: { timeZone: 'Mars/Olympus' } }, 'config.timeZone'],
    ['an offset as time zone', { type: 'hubspot', config: { timeZone: '+01:00' } }, 'config.timeZone'],
    ['an empty time zone', { type: 'hubspot', config: { timeZone: '' } }, 'config.timeZone'],
    [
      'an unknown frequency',
      { type: 'hubspot', config: { schedule: { frequency: 'weekly' } } },
      'config.schedule.frequency',
    ],
    [
      'a time that no clock shows',
      { type: 'hubspot', config: { schedule: { frequency: 'daily', at: '24:00' } } },
      'config.schedule.at',
    ],
    ['no time', { type: 'hubspot', config: { schedule: { frequency: 'daily' } } }, 'config.schedule.at'],
    [
      'every 0 hours',
      { type: 'hubspot', config: { schedule: { frequency: 'hourly', everyHours: 0 } } },
      'config.schedule.everyHours',
    ],
    [
      'every one and a half hours',
      { type: 'hubspot', config: { schedule: { frequency: 'hourly', everyHours: 1.5 } } },
      'config.schedule.everyHours',
    ],
    [
      'a schedule with members of another',
      { type: 'hubspot', config: { schedule: { frequency: 'off', at: '02:30' } } },
      'config.schedule.at',
    ],
    ['a schedule as cron text', { type: 'hubspot', config: { schedule: '0 2 * * *' } }, 'config.schedule'],
    ['a lower-case country', { type: 'hubspot', config: { defaultCountry: 'gb' } }, 'config.defaultCountry'],
    ['a country that is not one', { type: 'hubspot', config: { defaultCountry: 'UK' } }, 'config.defaultCountry'],
    ['a country by name', { type: 'hubspot', config: { defaultCountry: 'Britain' } }, 'config.defaultCountry'],
    ['connection parameters as text', { type: 'hubspot', config: { connection: 'x' } }, 'config.connection'],
    [
      'a connection parameter of other providers',
      { type: 'hubspot', config: { connection: { siteId: '1' } } },
      'config.connection.siteId',
    ],
    [
      'a connection parameter that is no text',
      { type: 'hubspot', config: { connection: { siteId: 1 } } },
      'config.connection.siteId',
    ],
    [
      'a connection parameter without end',
      { type: 'hubspot', config: { connection: { siteId: 'x'.repeat(256) } } },
      'config.connection.siteId',
    ],
    [
      'a connection parameter that reaches into objects',
      { type: 'hubspot', config: { connection: { constructor: 'x' } } },
      'config.connection.constructor',
    ],
    [
      'data where a connection parameter should be',
      { type: 'hubspot', config: { connection: { [PERSONAL.email]: 'x' } } },
      'config.connection',
    ],
    [
      'data where a connection parameter should be, and no text',
      { type: 'hubspot', config: { connection: { [PERSONAL.phone]: 1 } } },
      'config.connection',
    ],
    ['a brake over 100 %', { type: 'hubspot', config: { deletionBrakePercent: 101 } }, 'config.deletionBrakePercent'],
    ['a full sync every 0 days', { type: 'hubspot', config: { fullSyncEveryDays: 0 } }, 'config.fullSyncEveryDays'],
    ['an integration id that is none', { type: 'hubspot', integrationId: 'int_1' }, 'integrationId'],
    ['an empty integration id', { type: 'hubspot', integrationId: '' }, 'integrationId'],
  ])('with %s is refused', async (_what, json, field) => {
    await refused('connectIntegration', connect(json), invalid(field));
  });

  test.each([
    ['', 'nothing'],
    ['/settings', 'a path alone'],
    ['//evil.example/', 'a host without a scheme'],
    ['javascript:alert(1)', 'a script'],
    [`blob:${FRONT_END}/x`, 'a blob'],
    ['data:text/html,<script>alert(1)</script>', 'a document of its own'],
    ['https://evil.example/', 'another host'],
    ['https://localhost:3000/', 'another scheme'],
    ['http://localhost/', 'the default port'],
    ['http://localhost:3001/', 'another port'],
    ['http://localhost:3000.evil.example/', 'the allowed origin as a prefix'],
    ['http://evil.example/?http://localhost:3000', 'the allowed origin in the query'],
    ['http://localhost:3000@evil.example/', 'the allowed origin as a user'],
    ['http://owner@localhost:3000/', 'a user at the allowed origin'],
    ['http://owner:secret@localhost:3000/', 'a password at the allowed origin'],
    ['http://localhost.evil.example:3000/', 'the allowed host as a prefix'],
    ['http://evil.example\\@localhost:3000/', 'a backslash'],
    [`http://localhost:3000/${'x'.repeat(2048)}`, 'too long a URL'],
  ])('with the return URL %j (%s) is refused', async (returnUrl) => {
    await refused('connectIntegration', connect({ type: 'hubspot', returnUrl }), invalid('returnUrl'));
  });

  test('a return URL that is no text is refused', async () => {
    await refused('connectIntegration', connect({ type: 'hubspot', returnUrl: [FRONT_END] }), invalid('returnUrl'));
  });

  test('to reconnect an integration as another type is refused', async () => {
    await refused('connectIntegration', connect({ type: 'calendly', integrationId }), invalid('type'));
  });
});

describe('bodies', () => {
  test.each<[string, string]>([
    ['broken JSON', '{"type":"hubspot"'],
    ['no JSON at all', 'type=hubspot'],
    ['JSON with more behind it', '{"type":"hubspot"} {}'],
    ['a number that is none', '{"type": NaN}'],
  ])('%s is refused', async (_what, body) => {
    await refused('connectIntegration', { path, body }, invalid('body'));
  });

  test.each<[ContractedOperationId, ApiRequest]>([
    ['connectIntegration', { path }],
    ['createContact', { path, headers: KEY }],
  ])('a body of %s that is larger than any needs to be is refused', async (operationId, request) => {
    const body = JSON.stringify({ type: 'hubspot', firstName: 'x'.repeat(70_000) });
    await refused(operationId, { ...request, body }, { status: 413, code: 'validation_failed', field: 'body' });
  });

  test('no body where members are required names the first of them', async () => {
    await refused('connectIntegration', { path }, invalid('type'));
    const scope = { path: { workspaceId, integrationId } };
    await refused('updateIntegration', scope, invalid('config'));
  });

  test('a body in base64, as the gateway hands over what it takes for binary, is read all the same', async () => {
    const headers = { 'content-type': 'application/octet-stream' };
    await refused('connectIntegration', { path, json: { type: 'nobody' }, headers }, invalid('type'));
    await refused(
      'connectIntegration',
      { path, json: { type: 'hubspot', returnUrl: '/' }, headers },
      invalid('returnUrl'),
    );
  });
});

describe('settings', () => {
  test.each<[string, unknown, string]>([
    ['null for what cannot be left out', { timeZone: null }, 'config.timeZone'],
    ['null as schedule', { schedule: null }, 'config.schedule'],
    ['an unknown setting', { status: 'connected' }, 'config.status'],
    ['an unknown time zone', { timeZone: 'Europe/Atlantis' }, 'config.timeZone'],
    ['a resource of other providers', { resources: ['appointments'] }, 'config.resources'],
    ['a country of three letters', { defaultCountry: 'GBR' }, 'config.defaultCountry'],
    ['what only a new consent may change', { connection: {} }, 'config.connection'],
  ])('with %s are refused', async (_what, config, field) => {
    await refused('updateIntegration', { path: { workspaceId, integrationId }, json: { config } }, invalid(field));
  });

  test('members of the integration itself are refused', async () => {
    const json = { config: {}, account: { id: '1' } };
    await refused('updateIntegration', { path: { workspaceId, integrationId }, json }, invalid('account'));
  });
});

describe('syncs', () => {
  const scope = () => ({ workspaceId, integrationId });
  test.each<[string, unknown, string]>([
    ['an unknown type', { type: 'purge' }, 'type'],
    ['text for a yes or no', { confirmDeletions: 'yes' }, 'confirmDeletions'],
    ['an unknown field', { trigger: 'schedule' }, 'trigger'],
  ])('with %s are refused', async (_what, json, field) => {
    await refused('startSync', { path: scope(), json }, invalid(field));
  });

  test.each([
    ['limit=0', 'limit'],
    ['limit=101', 'limit'],
    ['limit=ten', 'limit'],
    ['limit=', 'limit'],
    ['limit=2&limit=3', 'limit'],
    ['cursor=nonsense', 'cursor'],
    ['cursor=', 'cursor'],
    [`cursor=${'a'.repeat(600)}`, 'cursor'],
    ['page=2', 'page'],
  ])('the log with %s is refused', async (query, field) => {
    await refused('listSyncs', { path: scope(), query }, invalid(field));
  });

  test('a run id that is none is refused, and one that nobody started is not found', async () => {
    await refused('getSync', { path: { ...scope(), runId: 'run_1' } }, invalid('runId'));
    const unknown = 'run_01a20883-1144-7642-99fe-0c5611e4f6c4';
    await refused(
      'getSync',
      { path: { ...scope(), runId: unknown } },
      { status: 404, code: 'not_found', field: 'runId' },
    );
  });
});

describe('ids in the path', () => {
  test.each(['a#b', 'a/b', '...', 'ä', 'salon ', '%', 'x'.repeat(65), '💇', "'", 'WS#salon'])(
    'the workspace %j is refused',
    async (id) => {
      await refused('listIntegrations', { path: { workspaceId: id } }, invalid('workspaceId'));
      await refused(
        'lookupContact',
        { path: { workspaceId: id }, query: { phone: PERSONAL.phone } },
        invalid('workspaceId'),
      );
    },
  );

  test.each(['int_1', 'INT#x', `${GHOST}#`, `${GHOST}/`, `${GHOST}\n`, GHOST.toUpperCase(), 'ïnt', '../salon'])(
    'the integration %j is refused',
    async (id) => {
      const scope = { path: { workspaceId, integrationId: id } };
      await refused('getIntegration', scope, invalid('integrationId'));
      await refused('disconnectIntegration', scope, invalid('integrationId'));
    },
  );

  test.each([
    ['a workspace that is not its own', 'other', () => integrationId],
    ['its own workspace, which does not have it', workspaceId, () => GHOST],
  ] as const)('an integration in %s is not found, by any operation', async (_what, workspace, id) => {
    const scope = { workspaceId: workspace, integrationId: id() };
    const notFound = { status: 404, code: 'not_found', field: 'integrationId' };
    await refused('getIntegration', { path: scope }, notFound);
    await refused('updateIntegration', { path: scope, json: { config: { timeZone: 'UTC' } } }, notFound);
    await refused('disconnectIntegration', { path: scope }, notFound);
    await refused('testIntegration', { path: scope }, notFound);
    await refused('startSync', { path: scope, json: {} }, notFound);
    await refused('listSyncs', { path: scope }, notFound);
    await refused('getSync', { path: { ...scope, runId } }, notFound);
    await refused('connectIntegration', { path: scope, json: { type: 'hubspot', integrationId: id() } }, notFound);
    await refused(
      'createContact',
      { path: scope, headers: KEY, json: { integrationId: id(), firstName: PERSONAL.name } },
      notFound,
    );
  });
});

describe('looking up', () => {
  test.each([
    ['', 'phone'],
    ['phone=', 'phone'],
    ['phone=reception', 'phone'],
    ['phone=12', 'phone'],
    ['phone=020 7946 0312', 'phone'],
    ['phone=%2B999 7946 0312', 'phone'],
    [`phone=${'7'.repeat(65)}`, 'phone'],
    ['phone=%2B442079460312&phone=%2B442079460313', 'phone'],
    ['email=', 'email'],
    ['email=victim', 'email'],
    ['email=victim%40', 'email'],
    ['email=victim%40mailbox.example&email=b%40c.example', 'email'],
    [`email=${'v'.repeat(320)}%40mailbox.example`, 'email'],
    ['phone=%2B442079460312&deadlineMs=99', 'deadlineMs'],
    ['phone=%2B442079460312&deadlineMs=10001', 'deadlineMs'],
    ['phone=%2B442079460312&deadlineMs=1.5', 'deadlineMs'],
    ['phone=%2B442079460312&deadlineMs=soon', 'deadlineMs'],
    ['phone=%2B442079460312&deadlineMs=', 'deadlineMs'],
    ['phone=%2B442079460312&deadlineMs=500&deadlineMs=600', 'deadlineMs'],
    ['phone=%2B442079460312&deadlineMs=Infinity', 'deadlineMs'],
    ['phone=%2B442079460312&name=Wilhelmina', 'name'],
    ['tel=%2B442079460312', 'tel'],
    ['%2B442079460312', 'query'],
    ['victim%40mailbox.example', 'query'],
  ])('with ?%s is refused', async (query, field) => {
    await refused('lookupContact', { path, query }, invalid(field));
  });

  test('operations without parameters take none', async () => {
    await refused('listIntegrations', { path, query: 'limit=5' }, invalid('limit'));
    await refused('listProviders', { query: 'type=hubspot' }, invalid('type'));
  });
});

describe('creating', () => {
  const person = { firstName: PERSONAL.name, email: PERSONAL.email, phone: PERSONAL.phone };
  test.each<[string, Readonly<Record<string, string>>]>([
    ['missing', {}],
    ['empty', { 'idempotency-key': '' }],
    ['with a blank in it', { 'idempotency-key': 'call 7' }],
    ['not ASCII', { 'idempotency-key': 'clé' }],
    ['too long', { 'idempotency-key': 'k'.repeat(256) }],
  ])('with a key that is %s is refused', async (_what, headers) => {
    await refused('createContact', { path, headers, json: person }, invalid('Idempotency-Key'));
  });

  test.each<[string, object, string]>([
    ['a number that is none', { ...person, phone: 'ask reception' }, 'phone'],
    ['a number without its country', { ...person, phone: '020 7946 0312' }, 'phone'],
    ['an empty number', { ...person, phone: '' }, 'phone'],
    ['a number that is no text', { ...person, phone: 442079460312 }, 'phone'],
    ['an address that is none', { ...person, email: 'victim at mailbox' }, 'email'],
    ['an address with a line break', { ...person, email: 'victim@mailbox.example\nbcc: all@mailbox.example' }, 'email'],
    ['an empty address', { ...person, email: '' }, 'email'],
    ['a blank name', { ...person, firstName: '   ' }, 'firstName'],
    ['too long a name', { ...person, lastName: PERSONAL.name.repeat(30) }, 'lastName'],
    ['a name that is an object', { ...person, firstName: { $ne: PERSONAL.name } }, 'firstName'],
    ['null for a name', { ...person, firstName: null }, 'firstName'],
    ['an unknown field', { ...person, notes: PERSONAL.name }, 'notes'],
    ['a deadline out of range', { ...person, deadlineMs: 12_001 }, 'deadlineMs'],
    ['an integration id that is none', { ...person, integrationId: 'salon' }, 'integrationId'],
  ])('with %s is refused', async (_what, json, field) => {
    await refused('createContact', { path, headers: KEY, json }, invalid(field));
  });
});
