import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Integration, integrationConfigSchema } from '../core/model/integration.ts';
import type { IntegrationScope } from '../core/ports.ts';
import { type DynaliteTable, startDynalite } from './dynalite-table.ts';
import { DynamoIntegrationStore } from './dynamo-integration-store.ts';

let local: DynaliteTable;
let store: DynamoIntegrationStore;
beforeAll(async () => {
  local = await startDynalite();
  store = new DynamoIntegrationStore(local.table);
});
afterAll(() => local.close());

function integration(workspaceId: string, digit: string, change: Partial<Integration> = {}): Integration {
  return {
    workspaceId,
    integrationId: `int_${digit.repeat(32)}`,
    type: 'hubspot',
    status: 'connected',
    statusReason: null,
    nextSteps: [],
    config: integrationConfigSchema.parse({ timeZone: 'Europe/London', deletionBrakePercent: 12.5 }),
    account: { id: '42', name: 'Salon', attributes: { hubDomain: 'salon.example' } },
    grantedScopes: ['oauth'],
    createdAt: '2026-11-01T00:00:00.000Z',
    connectedAt: null,
    updatedAt: '2026-11-01T00:00:00.000Z',
    version: 1,
    ...change,
  };
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}

describe('DynamoIntegrationStore', () => {
  test('gives back what was created, by workspace only', async () => {
    const one = integration('w1', '1');
    await store.create(one);
    await store.create(integration('w1', '2', { account: null, status: 'pending' }));
    expect(await store.get(one)).toEqual(one);
    expect((await store.list('w1')).map((found) => found.integrationId[4])).toEqual(['1', '2']);
    expect(await store.get({ ...one, workspaceId: 'w2' })).toBeNull();
    expect(await store.list('w2')).toEqual([]);
    await expect(store.create(one)).rejects.toThrow('exists already');
  });

  test('of concurrent updates from one version exactly one wins', async () => {
    const one = integration('race', '1');
    await store.create(one);
    const results = await Promise.all(
      ['a', 'b', 'c', 'd'].map((reason) => store.update({ ...one, statusReason: reason })),
    );
    const winners = results.filter((result) => result !== null);
    expect(winners).toHaveLength(1);
    expect(winners[0]?.version).toBe(2);
    expect(await store.get(one)).toEqual(winners[0]);
  });

  test('an update does not bring back a deleted integration', async () => {
    const one = integration('gone', '1');
    await store.create(one);
    await store.delete(one);
    expect(await store.update(one)).toBeNull();
    expect(await store.get(one)).toBeNull();
  });

  test('the directory has every integration of every workspace', async () => {
    await store.create(integration('dir1', '7'));
    await store.create(integration('dir1', '8'));
    await store.create(integration('dir2', '7'));
    const found = (await all(store.directory())).filter(({ workspaceId }) => workspaceId.startsWith('dir'));
    expect(found).toHaveLength(3);
    expect(found).toContainEqual({ workspaceId: 'dir2', integrationId: `int_${'7'.repeat(32)}` });
  });

  test('finds integrations by account, also when its id looks like a key', async () => {
    const scope: IntegrationScope = { workspaceId: 'w1', integrationId: `int_${'1'.repeat(32)}` };
    const other: IntegrationScope = { workspaceId: 'w2', integrationId: `int_${'2'.repeat(32)}` };
    await store.linkAccount('hubspot', 'a#b', scope);
    await store.linkAccount('hubspot', 'a#b', scope);
    await store.linkAccount('hubspot', 'a#b', other);
    expect(await store.findByAccount('hubspot', 'a#b')).toEqual([scope, other]);
    expect(await store.findByAccount('hubspot', 'a')).toEqual([]);
    expect(await store.findByAccount('square', 'a#b')).toEqual([]);
    await store.unlinkAccount('hubspot', 'a#b', scope);
    expect(await store.findByAccount('hubspot', 'a#b')).toEqual([other]);
  });
});
