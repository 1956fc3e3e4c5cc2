import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { ACCOUNTS, HubUnderTest } from './support/hub-under-test.ts';

/** On top of the caller's own deadline: the way to the hub and back on a machine that is busy with tests. */
const MARGIN_MS = 150;
const workspaceId = 'salon';
const path = { workspaceId };

let hub: HubUnderTest;
let integrationId: string;
let adaId: string;

beforeAll(async () => {
  hub = await HubUnderTest.start({ contacts: 120 });
  const ada = await hub.sandbox.hubspot.create('contacts', {
    firstname: 'Ada',
    lastname: 'Nightingale',
    email: 'ada.nightingale@mailbox.example',
    phone: '020 7946 0018',
    mobilephone: '+44 7911 123456',
  });
  adaId = ada.id;
  ({ integrationId } = await hub.connect(workspaceId, { config: { defaultCountry: 'GB' } }));
  // A cold start is not what the deadlines below are about.
  await lookup({ phone: '+442079460018' });
});

beforeEach(async () => {
  await hub.sandbox.clearFaults();
});

afterAll(async () => {
  await hub?.close();
});

async function lookup(query: Readonly<Record<string, string>>, workspace = workspaceId) {
  hub.notePhones(query.phone);
  return (await hub.api.call('lookupContact', { path: { workspaceId: workspace }, query })).body;
}

/** A contact that the provider has got since the last sync. */
function createdMeanwhile(properties: Readonly<Record<string, string>>): Promise<{ id: string }> {
  return hub.sandbox.hubspot.create('contacts', properties);
}

describe('who is calling', () => {
  test.each([
    ['E.164', '+442079460018'],
    ['international with spaces', '+44 20 7946 0018'],
    ['as dialled from abroad', '0044 20 7946 0018'],
    ['national', '020 7946 0018'],
    ['with brackets and dashes', '(020) 7946-0018'],
    ['with the trunk zero shown', '+44 (0)20 7946 0018'],
    ['full-width digits', '０２０ ７９４６ ００１８'],
    ['with an extension', '020 7946 0018 ext. 4'],
    ['the mobile of the same person', '07911 123456'],
  ])('a number in the form %s is found in the mirror, without asking the provider', async (_form, phone) => {
    const before = await hub.providerCalls();
    const answer = await lookup({ phone });
    expect(answer.outcome).toBe('found');
    expect(answer.matches).toEqual([
      {
        contact: expect.objectContaining({ id: adaId, displayName: 'Ada Nightingale' }),
        integrationId,
        type: 'hubspot',
        matchedOn: ['phone'],
      },
    ]);
    const view = await hub.view({ workspaceId, integrationId });
    expect(answer.sources).toEqual([{ integrationId, type: 'hubspot', via: 'mirror', asOf: view.completeUntil }]);
    expect(await hub.providerCalls(before)).toBe(0);
  });

  test('an e-mail address is found however it is written', async () => {
    const answer = await lookup({ email: ' ADA.Nightingale@Mailbox.EXAMPLE ' });
    expect(answer).toMatchObject({ outcome: 'found', matches: [{ contact: { id: adaId }, matchedOn: ['email'] }] });
  });

  test('a secondary e-mail address is one, too', async () => {
    const answer = await lookup({ email: 'two.addresses@work.example' });
    expect(answer).toMatchObject({ outcome: 'found', matches: [{ contact: { displayName: 'Two Addresses' } }] });
  });

  test('number and address of one person are one match on both', async () => {
    const answer = await lookup({ phone: '02079460018', email: 'ada.nightingale@mailbox.example' });
    expect(answer.matches.map(({ matchedOn }) => matchedOn)).toEqual([['phone', 'email']]);
  });

  test('number and address of different people are ambiguous', async () => {
    const answer = await lookup({ phone: '02079460018', email: 'two.old@post.example' });
    expect(answer.outcome).toBe('ambiguous');
    expect(answer.matches).toHaveLength(2);
  });

  test("a household's number is ambiguous, and names everybody", async () => {
    const answer = await lookup({ phone: '+44 20 7313 4410' });
    expect(answer.outcome).toBe('ambiguous');
    expect(answer.matches.map(({ contact }) => contact.displayName).sort()).toEqual(['Ruth Family', 'Sam Family']);
  });

  test('whom the mirror does not know is asked for at the provider', async () => {
    const before = await hub.providerCalls();
    const answer = await lookup({ phone: '+44 20 7946 0999' });
    expect(answer).toMatchObject({
      outcome: 'not_found',
      matches: [],
      sources: [{ integrationId, via: 'live', asOf: expect.any(String) }],
    });
    expect(await hub.providerCalls(before)).toBeGreaterThan(0);
  });

  test('whom the provider has got since the last sync is found live, and in the mirror from then on', async () => {
    const { id } = await createdMeanwhile({ firstname: 'Bertha', phone: '0161 496 0123' });
    expect(await lookup({ phone: '+441614960123' })).toMatchObject({
      outcome: 'found',
      matches: [{ contact: { id } }],
      sources: [{ via: 'live' }],
    });
    const before = await hub.providerCalls();
    expect(await lookup({ phone: '+441614960123' })).toMatchObject({ outcome: 'found', sources: [{ via: 'mirror' }] });
    expect(await hub.providerCalls(before)).toBe(0);
  });

  test('the same digits in another country are somebody else', async () => {
    await createdMeanwhile({ firstname: 'Stranger', phone: '+49 20 7946 0555' });
    expect((await lookup({ phone: '+442079460555' })).outcome).toBe('not_found');
  });

  test.each([600, 1_200])('a provider that hangs does not keep a caller longer than %d ms', async (deadlineMs) => {
    await hub.sandbox.addFault({ kind: 'hang', pathPattern: '^/hubspot/crm/', times: 50 });
    const durations: number[] = [];
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const startedAt = performance.now();
      const answer = await lookup({ phone: '+44 20 7946 0888', deadlineMs: String(deadlineMs) });
      durations.push(performance.now() - startedAt);
      expect(answer).toMatchObject({ outcome: 'unknown', matches: [], sources: [{ integrationId, via: 'timed_out' }] });
    }
    // The middle one: other tests share the machine.
    const [, median = Number.NaN] = durations.sort((a, b) => a - b);
    expect(median).toBeLessThanOrEqual(deadlineMs + MARGIN_MS);
  });

  test('while the provider hangs, whom the mirror knows is still known at once', async () => {
    await hub.sandbox.addFault({ kind: 'hang', pathPattern: '^/hubspot/', times: 50 });
    expect((await lookup({ phone: '020 7946 0018', deadlineMs: '300' })).outcome).toBe('found');
  });

  test.each([
    ['fails', { kind: 'status', status: 500 }],
    ['answers with a gateway page', { kind: 'html' }],
    ['answers with nonsense', { kind: 'malformed' }],
    ['refuses for want of scopes', { kind: 'status', status: 403 }],
    ['limits the rate', { kind: 'status', status: 429 }],
    ['breaks the connection', { kind: 'reset' }],
  ] as const)('when the provider %s, the answer is unknown, never not_found', async (_what, fault) => {
    await hub.sandbox.addFault({ ...fault, pathPattern: '^/hubspot/crm/', times: 10 });
    expect(await lookup({ phone: '+44 20 7946 0777', deadlineMs: '1500' })).toMatchObject({
      outcome: 'unknown',
      matches: [],
      sources: [{ via: 'skipped' }],
    });
  });

  test('one failure of the provider is made good within the deadline', async () => {
    await hub.sandbox.addFault({ kind: 'status', status: 502, pathPattern: '^/hubspot/crm/' });
    expect((await lookup({ phone: '+44 20 7946 0666' })).outcome).toBe('not_found');
  });

  test('of a workspace that has nothing connected, nothing is known', async () => {
    expect(await lookup({ phone: '+442079460018' }, 'elsewhere')).toEqual({
      outcome: 'unknown',
      matches: [],
      sources: [],
    });
  });

  test('without a default country, only numbers with a country code are understood', async () => {
    const { integrationId: test } = await hub.connect('abroad', {}, { account: ACCOUNTS.test });
    expect((await lookup({ phone: '+442079460321' }, 'abroad')).outcome).toBe('not_found');
    const { body } = await hub.api.problem('lookupContact', {
      path: { workspaceId: 'abroad' },
      query: { phone: '020 7946 0321' },
    });
    expect(body).toMatchObject({ code: 'validation_failed', field: 'phone' });
    await hub.api.call('disconnectIntegration', { path: { workspaceId: 'abroad', integrationId: test } });
    await hub.idle();
  });
});

describe('keeping somebody new', () => {
  let keys = 0;
  const newKey = () => `call-${++keys}`;
  const create = (json: Readonly<Record<string, string>>, key = newKey(), workspace = workspaceId) => {
    hub.notePhones(json.phone);
    return hub.api.call('createContact', {
      path: { workspaceId: workspace },
      headers: { 'idempotency-key': key },
      json,
    });
  };
  const refused = (json: Readonly<Record<string, string>>, key = newKey(), workspace = workspaceId) =>
    hub.api.problem('createContact', { path: { workspaceId: workspace }, headers: { 'idempotency-key': key }, json });
  const atProvider = async (email: string): Promise<string[]> => {
    const ids: string[] = [];
    for await (const { id, properties } of hub.sandbox.hubspot.truth('contacts')) {
      if (properties.email === email) ids.push(id);
    }
    return ids;
  };

  test('a contact is created once, is told the same way again, and is found by its next call', async () => {
    const person = { firstName: 'Grace', lastName: 'Tallis', email: 'Grace@Mailbox.example', phone: '0117 496 0101' };
    const first = await create(person, 'grace');
    expect(first.status).toBe(201);
    expect(first.body).toMatchObject({
      created: true,
      integrationId,
      type: 'hubspot',
      contact: { displayName: 'Grace Tallis', emails: ['grace@mailbox.example'], phones: [{ e164: '+441174960101' }] },
    });
    const again = await create(person, 'grace');
    expect(again).toMatchObject({ status: 201, body: first.body });
    expect(await atProvider('grace@mailbox.example')).toEqual([first.body.contact.id]);

    const before = await hub.providerCalls();
    expect(await lookup({ phone: '+441174960101' })).toMatchObject({
      outcome: 'found',
      matches: [{ contact: { id: first.body.contact.id } }],
      sources: [{ via: 'mirror' }],
    });
    expect(await hub.providerCalls(before)).toBe(0);
  });

  test('an e-mail address that is taken is an answer', async () => {
    const { status, body } = await create({ firstName: 'A.', email: 'ADA.nightingale@mailbox.example' });
    expect(status).toBe(200);
    expect(body).toMatchObject({ created: false, contact: { id: adaId, displayName: 'Ada Nightingale' } });
  });

  test('somebody known by number and name is not created again, nor asked for', async () => {
    const before = await hub.providerCalls();
    const { status, body } = await create({ firstName: 'ada', lastName: 'NIGHTINGALE', phone: '(020) 7946 0018' });
    expect(status).toBe(200);
    expect(body).toMatchObject({ created: false, contact: { id: adaId } });
    expect(await hub.providerCalls(before)).toBe(0);
  });

  test('another person behind a known number is somebody new', async () => {
    const { status, body } = await create({ firstName: 'Byron', lastName: 'Nightingale', phone: '020 7946 0018' });
    expect(status).toBe(201);
    expect(body.contact.id).not.toBe(adaId);
    expect((await lookup({ phone: '020 7946 0018' })).outcome).toBe('ambiguous');
  });

  test('one key with other arguments is a mistake of the caller', async () => {
    await create({ firstName: 'Clara', email: 'clara@mailbox.example' }, 'clara');
    const { body } = await refused({ firstName: 'Clara', email: 'carla@mailbox.example' }, 'clara');
    expect(body).toMatchObject({ status: 409, code: 'idempotency_conflict', field: 'Idempotency-Key' });
    expect(await atProvider('carla@mailbox.example')).toEqual([]);
  });

  test('two calls at once with one key are one contact and one answer', async () => {
    const person = { firstName: 'Dora', lastName: 'Twice', phone: '0113 496 0102' };
    const answers = await Promise.all([create(person, 'dora'), create(person, 'dora'), create(person, 'dora')]);
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    const people: string[] = [];
    for await (const { properties } of hub.sandbox.hubspot.truth('contacts')) {
      if (properties.firstname === 'Dora') people.push(properties.lastname ?? '');
    }
    expect(people).toEqual(['Twice']);
  });

  test('when the answer of the provider is lost, the repetition finds what was done', async () => {
    const person = { firstName: 'Edith', email: 'edith@mailbox.example', phone: '0114 496 0103' };
    await hub.sandbox.addFault({ kind: 'lost_answer', method: 'POST', pathPattern: '/contacts$' });
    expect((await refused(person, 'edith')).body).toMatchObject({ status: 502, code: 'provider_unavailable' });
    const { status, body } = await create(person, 'edith');
    expect(status).toBe(201);
    expect(await atProvider('edith@mailbox.example')).toEqual([body.contact.id]);
  });

  test('a failure that changed nothing frees the key', async () => {
    const person = { firstName: 'Flora', email: 'flora@mailbox.example' };
    await hub.sandbox.addFault({ kind: 'status', status: 403, method: 'POST', pathPattern: '/contacts$' });
    expect((await refused(person, 'flora')).body).toMatchObject({ status: 403, code: 'missing_scope' });
    expect((await create(person, 'flora')).status).toBe(201);
  });

  test('a limit of the provider says when to come back', async () => {
    const headers = { 'retry-after': '7' };
    await hub.sandbox.addFault({ kind: 'status', status: 429, headers, method: 'POST', pathPattern: '/contacts$' });
    const answer = await refused({ firstName: 'Gwen', email: 'gwen@mailbox.example' });
    expect(answer.body).toMatchObject({ status: 429, code: 'rate_limited', retryAfterSeconds: 7 });
    expect(answer.headers.get('retry-after')).toBe('7');
  });

  test('what the provider refuses is said without the values', async () => {
    const nameless = await refused({ phone: '0117 496 0104' });
    expect(nameless.body).toMatchObject({ status: 422, code: 'provider_rejected' });
    await hub.sandbox.hubspot.change({ requiredOnCreate: ['company'] });
    const { body } = await refused({ firstName: 'Greta', email: 'greta@mailbox.example', phone: '0117 496 0105' });
    await hub.sandbox.hubspot.change({ requiredOnCreate: [] });
    expect(body).toMatchObject({ status: 422, code: 'provider_rejected', detail: expect.stringContaining('company') });
    for (const value of ['496', 'Greta', 'greta@']) expect(nameless.body.detail + body.detail).not.toContain(value);
  });

  test('a provider that hangs does not keep the caller longer than asked', async () => {
    await hub.sandbox.addFault({ kind: 'hang', method: 'POST', pathPattern: '/contacts$', times: 5 });
    const startedAt = performance.now();
    const person = { firstName: 'Hilda', email: 'hilda@mailbox.example', deadlineMs: '700' };
    const { body } = await refused(person);
    expect(body).toMatchObject({ status: 504, code: 'deadline_exceeded' });
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });

  test('with several systems to choose from, the caller must choose', async () => {
    const second = await hub.connect(workspaceId, {}, { account: ACCOUNTS.test });
    const person = { firstName: 'Iris', email: 'iris@mailbox.example' };
    expect((await refused(person)).body).toMatchObject({ code: 'validation_failed', field: 'integrationId' });
    const { body } = await create({ ...person, integrationId: second.integrationId });
    expect(body.integrationId).toBe(second.integrationId);
    expect(await atProvider('iris@mailbox.example')).toEqual([]);

    // Both are sources now, each for its own part of the answer.
    const answer = await lookup({ phone: '+44 20 7946 0999' });
    expect(answer.sources.map(({ via }) => via)).toEqual(['live', 'live']);
    await hub.api.call('disconnectIntegration', { path: { ...path, integrationId: second.integrationId } });
    await hub.idle();
    const afterwards = await lookup({ email: 'iris@mailbox.example' });
    expect(afterwards).toMatchObject({ outcome: 'not_found', sources: [{ integrationId }] });
  });

  test('without a connected system there is nowhere to keep anybody', async () => {
    const { body } = await refused({ firstName: 'June', email: 'june@mailbox.example' }, newKey(), 'elsewhere');
    expect(body).toMatchObject({ status: 409, code: 'integration_not_connected' });
  });
});
