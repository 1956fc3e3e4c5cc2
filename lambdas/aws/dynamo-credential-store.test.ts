import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { SealedSecret } from '../core/model/credential.ts';
import { type DynaliteTable, startDynalite } from './dynalite-table.ts';
import { DynamoCredentialStore } from './dynamo-credential-store.ts';

let local: DynaliteTable;
let store: DynamoCredentialStore;
beforeAll(async () => {
  local = await startDynalite();
  store = new DynamoCredentialStore(local.table);
});
afterAll(() => local.close());

let scopes = 0;
const newScope = () => ({ workspaceId: 'w', integrationId: `int_${++scopes}` });
const sealed = (ct: string): SealedSecret => ({ v: 1, edk: 'edk', iv: 'iv', ct, tag: 'tag' });

describe('DynamoCredentialStore', () => {
  test('stores a credential without giving DynamoDB a reason to expire it', async () => {
    const scope = newScope();
    expect(await store.get(scope)).toBeNull();
    await store.replace(scope, { sealed: sealed('a'), expiresAt: 5 });
    expect(await store.get(scope)).toEqual({ version: 1, sealed: sealed('a'), expiresAt: 5, refresh: null });
    expect((await local.everything()).every((item) => !('expiresAt' in item))).toBe(true);
  });

  test('of many refreshers one gets the right, until it runs out', async () => {
    const scope = newScope();
    await store.replace(scope, { sealed: sealed('a'), expiresAt: null });
    const tries = Array.from({ length: 8 }, (_, index) =>
      store.acquireRefresh(scope, { version: 1, owner: `o${index}`, now: 100, until: 200 }),
    );
    expect((await Promise.all(tries)).filter(Boolean)).toHaveLength(1);
    expect(await store.acquireRefresh(scope, { version: 1, owner: 'late', now: 199, until: 300 })).toBe(false);
    expect(await store.acquireRefresh(scope, { version: 1, owner: 'late', now: 200, until: 300 })).toBe(true);
    expect((await store.get(scope))?.refresh).toEqual({ owner: 'late', until: 300 });
  });

  test('a version is saved over once, by whoever the provider has given new tokens first', async () => {
    const scope = newScope();
    await store.replace(scope, { sealed: sealed('a'), expiresAt: null });
    await store.acquireRefresh(scope, { version: 1, owner: 'slow', now: 0, until: 10 });
    await store.acquireRefresh(scope, { version: 1, owner: 'quick', now: 20, until: 30 });
    const save = (ct: string) => store.saveRefreshed(scope, { version: 1, sealed: sealed(ct), expiresAt: 9 });
    // The slow holder's right has run out, but its tokens are real and the old ones may be dead.
    expect(await save('slow')).toBe(true);
    expect(await save('quick')).toBe(false);
    expect(await store.get(scope)).toEqual({ version: 2, sealed: sealed('slow'), expiresAt: 9, refresh: null });
  });

  test('a new consent ends a refresh in progress', async () => {
    const scope = newScope();
    await store.replace(scope, { sealed: sealed('a'), expiresAt: null });
    await store.acquireRefresh(scope, { version: 1, owner: 'o', now: 0, until: 10 });
    await store.replace(scope, { sealed: sealed('consent'), expiresAt: null });
    const late = { version: 1, sealed: sealed('late'), expiresAt: null };
    expect(await store.saveRefreshed(scope, late)).toBe(false);
    expect(await store.acquireRefresh(scope, { version: 1, owner: 'o', now: 50, until: 60 })).toBe(false);
    expect(await store.get(scope)).toMatchObject({ version: 2, sealed: { ct: 'consent' }, refresh: null });
  });

  test('nothing recreates a deleted credential', async () => {
    const scope = newScope();
    await store.replace(scope, { sealed: sealed('a'), expiresAt: null });
    await store.acquireRefresh(scope, { version: 1, owner: 'o', now: 0, until: 10 });
    await store.delete(scope);
    await store.releaseRefresh(scope, 'o');
    const save = { version: 1, sealed: sealed('b'), expiresAt: null };
    expect(await store.saveRefreshed(scope, save)).toBe(false);
    expect(await store.acquireRefresh(scope, { version: 1, owner: 'o', now: 0, until: 10 })).toBe(false);
    expect(await store.get(scope)).toBeNull();
  });

  test('only its holder gives the right back', async () => {
    const scope = newScope();
    await store.replace(scope, { sealed: sealed('a'), expiresAt: null });
    await store.acquireRefresh(scope, { version: 1, owner: 'o', now: 0, until: 10 });
    await store.releaseRefresh(scope, 'other');
    expect((await store.get(scope))?.refresh?.owner).toBe('o');
    await store.releaseRefresh(scope, 'o');
    expect((await store.get(scope))?.refresh).toBeNull();
  });
});
