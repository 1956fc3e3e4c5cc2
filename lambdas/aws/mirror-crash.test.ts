import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { IntegrationScope } from '../core/ports.ts';
import { clockAt, type DynaliteTable, dyingAt, silentLogger, startDynalite } from './dynalite-table.ts';
import { DynamoMirrorStore } from './dynamo-mirror-store.ts';
import type { HubTable } from './hub-table.ts';
import { bring, idsFor, sampleContact } from './mirror-samples.ts';

let local: DynaliteTable;
let mirror: DynamoMirrorStore;
beforeAll(async () => {
  local = await startDynalite();
  mirror = mirrorOn(local.table);
});
afterAll(() => local.close());

function mirrorOn(table: HubTable): DynamoMirrorStore {
  return new DynamoMirrorStore(table, clockAt(0), silentLogger);
}

/** All pointers of a workspace, as `key → record id`. */
async function pointers(workspaceId: string): Promise<string[]> {
  const prefix = `WS#${workspaceId}#KEY#`;
  return (await local.everything())
    .filter(({ pk }) => String(pk).startsWith(prefix))
    .map(({ pk, recordId }) => `${String(pk).slice(prefix.length)} → ${recordId}`)
    .sort();
}

let scopes = 0;

/** Does `work` in a process that dies at each of its requests in turn, then checks what `repair` makes of it. */
async function atEveryCrash(steps: {
  prepare(scope: IntegrationScope): Promise<unknown>;
  work(dying: DynamoMirrorStore, scope: IntegrationScope): Promise<unknown>;
  repair(scope: IntegrationScope): Promise<unknown>;
  check(scope: IntegrationScope): Promise<void>;
}): Promise<number> {
  let crashes = 0;
  for (const landed of [false, true]) {
    for (let n = 1; ; n++) {
      const scope = { workspaceId: `crash${++scopes}`, integrationId: 'int_1' };
      await steps.prepare(scope);
      const died = await steps.work(mirrorOn(dyingAt(local.table, n, landed)), scope).then(
        () => false,
        () => true,
      );
      if (!died) break;
      crashes++;
      await steps.repair(scope);
      await steps.check(scope);
    }
  }
  return crashes;
}

const before = [sampleContact('1', ['a', 'b']), sampleContact('2', ['x'])];
const after = [sampleContact('1', ['b', 'c']), sampleContact('2', []), sampleContact('3', ['a', 'n'])];

async function expectAfter({ workspaceId, integrationId }: IntegrationScope): Promise<void> {
  expect(await pointers(workspaceId)).toEqual(['a → 3', 'b → 1', 'c → 1', 'n → 3']);
  expect(await idsFor(mirror, workspaceId, 'a')).toEqual(['3']);
  const known = await mirror.known({ workspaceId, integrationId }, 'contacts', ['1', '2', '3']);
  expect(after.map(({ id, hash }) => known.get(id)?.hash === hash)).toEqual([true, true, true]);
}

describe('a crash in the middle of a write', () => {
  test('is repaired by repeating it', async () => {
    const crashes = await atEveryCrash({
      prepare: (scope) => bring(mirror, scope, ...before),
      work: (dying, scope) => bring(dying, scope, ...after),
      repair: (scope) => bring(mirror, scope, ...after),
      check: expectAfter,
    });
    // Read, pointers, two updates, new records, pointers gone, two marks: each lost before and after it took effect.
    expect(crashes).toBe(16);
  });

  test('costs no pointer when the records change back before it is repeated', async () => {
    await atEveryCrash({
      prepare: (scope) => bring(mirror, scope, ...before),
      work: (dying, scope) => bring(dying, scope, ...after.slice(0, 2)),
      repair: (scope) => bring(mirror, scope, ...before),
      check: async ({ workspaceId }) => {
        expect(await idsFor(mirror, workspaceId, 'a')).toEqual(['1']);
        expect(await idsFor(mirror, workspaceId, 'b')).toEqual(['1']);
        expect(await idsFor(mirror, workspaceId, 'x')).toEqual(['2']);
        expect(await idsFor(mirror, workspaceId, 'c')).toEqual([]);
      },
    });
  });

  test('never makes a record of before unfindable by a key it keeps', async () => {
    await atEveryCrash({
      prepare: (scope) => bring(mirror, scope, ...before),
      work: (dying, scope) => bring(dying, scope, ...after),
      repair: async () => {},
      check: async ({ workspaceId }) => expect(await idsFor(mirror, workspaceId, 'b')).toEqual(['1']),
    });
  });
});

describe('a crash in the middle of a removal', () => {
  const doomed = before.map(({ id, keys }) => ({ id, keys }));

  test('is repaired by removing what the outline still has', async () => {
    const crashes = await atEveryCrash({
      prepare: (scope) => bring(mirror, scope, ...before),
      work: (dying, scope) => dying.remove(scope, 'contacts', doomed),
      repair: async (scope) => {
        for await (const page of mirror.outline(scope, 'contacts')) await mirror.remove(scope, 'contacts', page);
      },
      check: async ({ workspaceId }) => {
        const left = (await local.everything()).filter(({ pk }) => String(pk).startsWith(`WS#${workspaceId}#`));
        expect(left).toEqual([]);
      },
    });
    expect(crashes).toBe(8);
  });

  test('costs no pointer when the records come back instead', async () => {
    await atEveryCrash({
      prepare: (scope) => bring(mirror, scope, ...before),
      work: (dying, scope) => dying.remove(scope, 'contacts', doomed),
      repair: (scope) => bring(mirror, scope, ...before),
      check: async (scope) => {
        expect(await pointers(scope.workspaceId)).toEqual(['a → 1', 'b → 1', 'x → 2']);
        expect(await mirror.get(scope, 'contacts', '1')).toEqual(before[0]);
        expect((await mirror.known(scope, 'contacts', ['1'])).get('1')?.hash).toBe(before[0]?.hash);
      },
    });
  });
});
