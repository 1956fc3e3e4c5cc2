/** A caller whose answer was lost asks again with the same key: the provider has one contact, and the caller knows it. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type DynaliteTable, silentLogger, startDynalite } from '../../lambdas/aws/dynalite-table.ts';
import { DynamoCredentialStore } from '../../lambdas/aws/dynamo-credential-store.ts';
import { DynamoIdempotencyStore } from '../../lambdas/aws/dynamo-idempotency-store.ts';
import { DynamoIntegrationStore } from '../../lambdas/aws/dynamo-integration-store.ts';
import { DynamoMirrorStore } from '../../lambdas/aws/dynamo-mirror-store.ts';
import { manifest } from '../../lambdas/connectors/hubspot/manifest.ts';
import { type CreateContactRequest, createContact } from '../../lambdas/core/contacts/create-contact.ts';
import { fetchThroughOriginMap } from '../../lambdas/core/provider-http/origin-map.ts';
import { SandboxClient } from '../sandbox/sandbox-client.ts';
import { type Sandbox, startSandbox } from '../sandbox/server.ts';
import { CountingMetrics, connectedIntegration, glassVault, ShiftedClock } from './support/doubles.ts';
import { hubProcess } from './support/hub-process.ts';
import { MortalLife } from './support/mortal-life.ts';
import { mortalFetch, mortalTable } from './support/mortal-ports.ts';
import { consentTo, withoutLimits } from './support/sync-world.ts';

/** After this an attempt without an answer counts as dead. */
const ATTEMPT_IS_OVER_MS = 21_000;
const CREATE = { method: 'POST', pathPattern: '/contacts$' } as const;

let local: DynaliteTable;
let sandbox: Sandbox;
let provider: SandboxClient;
let tokens: Awaited<ReturnType<typeof consentTo>>;
let scopes = 0;

beforeAll(async () => {
  local = await startDynalite();
  sandbox = await startSandbox({ port: 0, contacts: 3 });
  provider = new SandboxClient(sandbox.url);
  await withoutLimits(sandbox);
  tokens = await consentTo(sandbox, '48127733');
});
afterAll(async () => {
  await sandbox.close();
  await local.close();
});
beforeEach(() => provider.clearFaults());

async function newHub() {
  scopes += 1;
  const scope = { workspaceId: `once${scopes}`, integrationId: 'int_1' };
  const clock = new ShiftedClock();
  await new DynamoIntegrationStore(local.table).create(connectedIntegration(scope));
  const ports = (life: MortalLife) => {
    const table = mortalTable(local.table, life);
    const integrations = new DynamoIntegrationStore(table);
    const services = hubProcess({
      integrations,
      credentials: new DynamoCredentialStore(table),
      vault: glassVault,
      fetch: mortalFetch(fetchThroughOriginMap(JSON.stringify(sandbox.originMap)), life),
      clock,
      logger: silentLogger,
      metrics: new CountingMetrics(),
    });
    const mirror = new DynamoMirrorStore(table, clock, silentLogger);
    const idempotency = new DynamoIdempotencyStore(table);
    return { ...services, integrations, mirror, idempotency, clock, logger: silentLogger };
  };
  const first = ports(new MortalLife(null));
  await first.oauth.saveTokens(scope, 'hubspot', { ...tokens, expiresAt: null });
  return {
    scope,
    mirror: first.mirror,
    /** Hub and provider wait. */
    async pass(ms: number) {
      clock.advance(ms);
      await provider.advanceClock(ms);
    },
    create(change: Partial<CreateContactRequest>, life = new MortalLife(null)) {
      return createContact(ports(life), {
        workspaceId: scope.workspaceId,
        idempotencyKey: 'call-1',
        integrationId: scope.integrationId,
        firstName: 'Ines',
        lastName: `Marlow${scopes}`,
        email: null,
        phone: null,
        company: null,
        deadlineMs: 5_000,
        ...change,
      });
    },
  };
}

/** How many contacts of this test's caller the provider has. */
async function contactsAtProvider(): Promise<number> {
  let count = 0;
  for await (const { properties } of provider.hubspot.truth('contacts')) {
    if (properties.lastname === `Marlow${scopes}`) count += 1;
  }
  return count;
}

const email = () => `ines${scopes}@example.com`;
const PHONE = '+442079460018';

test('50 concurrent identical calls create one contact and get one answer', async () => {
  const hub = await newHub();
  const answers = await Promise.all(
    Array.from({ length: 50 }, () => hub.create({ email: email(), deadlineMs: 20_000 })),
  );
  expect(await contactsAtProvider()).toBe(1);
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
  expect(answers[0]).toMatchObject({ created: true });
});

test('the same key with other arguments is refused', async () => {
  const hub = await newHub();
  await hub.create({ email: email() });
  await expect(hub.create({ email: `other-${email()}` })).rejects.toMatchObject({ code: 'idempotency_conflict' });
  expect(await contactsAtProvider()).toBe(1);
});

describe('an answer that was lost on the way', () => {
  test('with an e-mail address is found by the next try', async () => {
    const hub = await newHub();
    await provider.addFault({ ...CREATE, kind: 'lost_answer' });
    await expect(hub.create({ email: email() })).rejects.toMatchObject({ outcomeUnknown: true });
    const answer = await hub.create({ email: email() });
    expect(answer).toMatchObject({ created: true, contact: { emails: [email()] } });
    expect(await hub.create({ email: email() })).toEqual(answer);
    expect(await contactsAtProvider()).toBe(1);
  });

  test('with a phone number only is found once the provider shows it; until then the caller is told to wait', async () => {
    const hub = await newHub();
    await provider.hubspot.setSearchLag(5_000);
    await provider.addFault({ ...CREATE, kind: 'lost_answer' });
    await expect(hub.create({ phone: PHONE })).rejects.toMatchObject({ outcomeUnknown: true });
    const tooEarly = await hub.create({ phone: PHONE }).catch((error: unknown) => error);
    expect(tooEarly).toMatchObject({ code: 'provider_unavailable' });
    expect(tooEarly).toHaveProperty('retryAfterSeconds', expect.any(Number));
    // Asking again and again meanwhile does not put off the answer.
    await hub.pass(manifest.searchLagMs / 2);
    await expect(hub.create({ phone: PHONE })).rejects.toMatchObject({ code: 'provider_unavailable' });
    await hub.pass(manifest.searchLagMs / 2);
    expect(await hub.create({ phone: PHONE })).toMatchObject({ created: true, contact: { phones: [{ e164: PHONE }] } });
    expect(await contactsAtProvider()).toBe(1);
    await provider.hubspot.setSearchLag(0);
  });

  test.each(['reset', 'hang'] as const)(
    'although nothing was done (%s): the next try creates the contact',
    async (kind) => {
      const hub = await newHub();
      await provider.addFault({ ...CREATE, kind });
      await expect(hub.create({ email: email(), deadlineMs: 400 })).rejects.toMatchObject({ outcomeUnknown: true });
      expect(await contactsAtProvider()).toBe(0);
      expect(await hub.create({ email: email() })).toMatchObject({ created: true });
      expect(await contactsAtProvider()).toBe(1);
    },
  );

  test('a second lost answer makes the caller wait again, however old the first attempt is', async () => {
    const hub = await newHub();
    await provider.hubspot.setSearchLag(5_000);
    await provider.addFault({ ...CREATE, kind: 'reset' });
    await expect(hub.create({ phone: PHONE })).rejects.toMatchObject({ outcomeUnknown: true });
    await hub.pass(manifest.searchLagMs);
    await provider.addFault({ ...CREATE, kind: 'lost_answer' });
    await expect(hub.create({ phone: PHONE })).rejects.toMatchObject({ outcomeUnknown: true });
    await expect(hub.create({ phone: PHONE })).rejects.toMatchObject({ code: 'provider_unavailable' });
    await hub.pass(manifest.searchLagMs);
    expect(await hub.create({ phone: PHONE })).toMatchObject({ created: true });
    expect(await contactsAtProvider()).toBe(1);
  });

  test('a refusal that changed nothing frees the key', async () => {
    const hub = await newHub();
    await provider.addFault({ ...CREATE, kind: 'status', status: 400 });
    await expect(hub.create({ email: email() })).rejects.toMatchObject({ code: 'provider_rejected' });
    expect(await hub.create({ email: `right-${email()}` })).toMatchObject({ created: true });
  });
});

describe('a process that dies over it', () => {
  test.each([
    ['an e-mail address', () => ({ email: email() })],
    ['a phone number only', () => ({ phone: PHONE })],
  ])(
    'at any point leaves one contact in the end (%s)',
    async (_, contact) => {
      const measured = new MortalLife(null);
      await (await newHub()).create(contact(), measured);
      for (const landed of [false, true]) {
        for (let at = 1; at <= measured.deeds; at += 1) {
          const hub = await newHub();
          const life = new MortalLife({ at, landed });
          hub.create(contact(), life).catch(() => undefined);
          await life.died;
          await hub.pass(ATTEMPT_IS_OVER_MS + manifest.searchLagMs);
          const answer = await hub.create(contact());
          expect([at, landed, await contactsAtProvider()]).toEqual([at, landed, 1]);
          // Whoever asks next finds it in the mirror.
          const id = JSON.parse(JSON.stringify(answer)).contact.id;
          expect(await hub.mirror.get(hub.scope, 'contacts', id)).not.toBeNull();
        }
      }
    },
    90_000,
  );
});
