import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { AuthorizationState } from '../core/ports.ts';
import { type DynaliteTable, startDynalite } from './dynalite-table.ts';
import { DynamoAuthorizationStateStore } from './dynamo-authorization-state-store.ts';

let local: DynaliteTable;
let store: DynamoAuthorizationStateStore;
beforeAll(async () => {
  local = await startDynalite();
  store = new DynamoAuthorizationStateStore(local.table);
});
afterAll(() => local.close());

const state: AuthorizationState = {
  workspaceId: 'w',
  integrationId: 'int_1',
  type: 'salesforce',
  returnUrl: null,
  connection: { domain: 'login' },
  sealedVerifier: { v: 1, edk: 'e', iv: 'i', ct: 'c', tag: 't' },
  expiresAt: 1_000_500,
};

describe('DynamoAuthorizationStateStore', () => {
  test('hands a state out to one of many takers', async () => {
    await store.put('hash', state);
    const taken = await Promise.all(Array.from({ length: 6 }, () => store.take('hash', 1_000_000)));
    expect(taken.filter((found) => found !== null)).toEqual([state]);
    expect(await store.take('hash', 1_000_000)).toBeNull();
  });

  test('an expired state is not handed out, and is gone', async () => {
    await store.put('late', state);
    expect((await local.everything())[0]?.expiresAt).toBe(1_001);
    expect(await store.take('late', state.expiresAt)).toBeNull();
    expect(await store.take('late', 0)).toBeNull();
  });

  test('an unknown state is no state', async () => {
    expect(await store.take('unknown', 0)).toBeNull();
  });
});
