import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { clockAt, type DynaliteTable, silentLogger, startDynalite } from './dynalite-table.ts';
import { DynamoMirrorStore } from './dynamo-mirror-store.ts';
import { bring, idsFor, sampleContact } from './mirror-samples.ts';

let local: DynaliteTable;
let mirror: DynamoMirrorStore;
beforeAll(async () => {
  local = await startDynalite();
  mirror = new DynamoMirrorStore(local.table, clockAt(0), silentLogger);
});
afterAll(() => local.close());

let scopes = 0;
const newScope = () => ({ workspaceId: `w${++scopes}`, integrationId: 'int_1' });

async function all<T>(items: AsyncIterable<readonly T[]>): Promise<T[]> {
  const collected: T[] = [];
  for await (const page of items) collected.push(...page);
  return collected;
}

describe('DynamoMirrorStore', () => {
  test('gives back records as they were written', async () => {
    const scope = newScope();
    const one = sampleContact('1', ['phone:+44'], { updatedAt: '2026-11-01T00:00:00+01:00' });
    const two = sampleContact('2', []);
    expect(await bring(mirror, scope, one, two)).toBe(2);
    expect(await mirror.get(scope, 'contacts', '1')).toEqual(one);
    expect(await mirror.get(scope, 'contacts', '2')).toEqual(two);
    expect(await mirror.get(scope, 'customers', '1')).toBeNull();
    expect(await mirror.get({ ...scope, workspaceId: 'other' }, 'contacts', '1')).toBeNull();
    expect(await mirror.known(scope, 'contacts', ['1', '1', '2', '3'])).toEqual(
      new Map([
        ['1', { hash: one.hash, keys: ['phone:+44'], updatedAt: '2026-11-01T00:00:00+01:00' }],
        ['2', { hash: two.hash, keys: [], updatedAt: null }],
      ]),
    );
  });

  test('finds by key over all integrations of one workspace', async () => {
    const scope = newScope();
    const second = { ...scope, integrationId: 'int_2' };
    const elsewhere = newScope();
    await bring(mirror, scope, sampleContact('1', ['k', 'k']), sampleContact('2', ['k']));
    await bring(mirror, second, sampleContact('1', ['k']));
    await bring(mirror, elsewhere, sampleContact('9', ['k']));
    const found = await mirror.findByKey(scope.workspaceId, 'k');
    expect(found.map(({ scope: { integrationId }, record }) => `${integrationId}/${record.id}`).sort()).toEqual([
      'int_1/1',
      'int_1/2',
      'int_2/1',
    ]);
    expect(await mirror.findByKey(scope.workspaceId, 'other')).toEqual([]);
  });

  test('a changed record is found by its new keys only', async () => {
    const scope = newScope();
    await bring(mirror, scope, sampleContact('1', ['a', 'b']));
    await bring(mirror, scope, sampleContact('1', ['b', 'c']));
    expect(await idsFor(mirror, scope.workspaceId, 'a')).toEqual([]);
    expect(await idsFor(mirror, scope.workspaceId, 'b')).toEqual(['1']);
    expect(await idsFor(mirror, scope.workspaceId, 'c')).toEqual(['1']);
    expect((await mirror.known(scope, 'contacts', ['1'])).get('1')?.keys).toEqual(['b', 'c']);
  });

  test('an older version neither replaces a newer one nor touches its pointers', async () => {
    const scope = newScope();
    // As texts these two would compare the wrong way round.
    await bring(mirror, scope, sampleContact('1', ['new'], { updatedAt: '2026-11-01T00:00:00.500Z' }));
    const older = sampleContact('1', ['old'], { updatedAt: '2026-11-01T00:00:00Z' });
    expect(await mirror.write(scope, [{ record: older, previousKeys: ['new'] }])).toBe(0);
    expect(await idsFor(mirror, scope.workspaceId, 'new')).toEqual(['1']);
    expect(await idsFor(mirror, scope.workspaceId, 'old')).toEqual([]);
    expect(await bring(mirror, scope, sampleContact('1', ['x'], { updatedAt: '2026-11-01T00:00:00.500Z' }))).toBe(1);
    expect(await bring(mirror, scope, sampleContact('1', ['y'], { updatedAt: null }))).toBe(1);
    expect((await mirror.get(scope, 'contacts', '1'))?.updatedAt).toBeNull();
  });

  test('of two versions in one write the newer one counts', async () => {
    const scope = newScope();
    const newer = sampleContact('1', ['n'], { updatedAt: '2026-11-02T00:00:00Z' });
    const older = sampleContact('1', ['o'], { updatedAt: '2026-11-01T00:00:00Z' });
    const writes = [newer, older].map((record) => ({ record, previousKeys: null }));
    expect(await mirror.write(scope, writes)).toBe(1);
    expect((await mirror.get(scope, 'contacts', '1'))?.keys).toEqual(['n']);
  });

  test('a record that was removed after the caller looked is written with all its pointers', async () => {
    const scope = newScope();
    await bring(mirror, scope, sampleContact('1', ['a']));
    await mirror.remove(scope, 'contacts', [{ id: '1', keys: ['a'] }]);
    const record = sampleContact('1', ['a', 'b'], { updatedAt: '2026-11-01T00:00:00Z' });
    expect(await mirror.write(scope, [{ record, previousKeys: ['a'] }])).toBe(1);
    expect(await idsFor(mirror, scope.workspaceId, 'a')).toEqual(['1']);
  });

  test('removing leaves nothing behind, also when the caller does not know all keys', async () => {
    const scope = newScope();
    const contacts = Array.from({ length: 60 }, (_, index) => sampleContact(`${index}`, [`k${index}`, 'shared']));
    await bring(mirror, scope, ...contacts);
    const outline = await all(mirror.outline(scope, 'contacts'));
    expect(outline).toHaveLength(60);
    expect(outline.find(({ id }) => id === '7')).toEqual({
      id: '7',
      keys: ['k7', 'shared'],
      mirroredAt: '2026-11-23T00:00:00.000Z',
    });
    await mirror.remove(
      scope,
      'contacts',
      outline.map(({ id }) => ({ id, keys: [] })),
    );
    await mirror.remove(scope, 'contacts', [{ id: 'never there', keys: ['k'] }]);
    const left = (await local.everything()).filter(({ pk }) => String(pk).startsWith(`WS#${scope.workspaceId}#`));
    expect(left).toEqual([]);
  });

  test('provider ids and keys cannot reach into other items', async () => {
    const victim = { workspaceId: 'victim', integrationId: 'int_1' };
    await bring(mirror, victim, sampleContact('1', ['email:v@example.com']));
    const scope = { workspaceId: 'attacker', integrationId: 'int_1' };
    const ids = ['1#x', '#', '~', '%23', '../1', 'REC#1', ' ', '€'.repeat(2_000), 'WS#victim#INT#int_1#contacts'];
    await bring(mirror, scope, ...ids.map((id) => sampleContact(id, [`email:${id}`, `#KEY#email:v@example.com`])));
    for (const id of ids) {
      expect((await mirror.get(scope, 'contacts', id))?.id).toBe(id);
      expect(await idsFor(mirror, 'attacker', `email:${id}`)).toEqual([id]);
    }
    expect((await all(mirror.outline(scope, 'contacts'))).map(({ id }) => id).sort()).toEqual(ids.toSorted());
    expect(await idsFor(mirror, 'victim', 'email:v@example.com')).toEqual(['1']);
    expect(await all(mirror.outline(victim, 'contacts'))).toHaveLength(1);
  });

  test('a source too large for DynamoDB is left out, the reading of it kept', async () => {
    const scope = newScope();
    const huge = sampleContact('1', ['k'], { source: { notes: 'x'.repeat(500_000) } });
    await bring(mirror, scope, huge);
    expect(await mirror.get(scope, 'contacts', '1')).toEqual({ ...huge, source: { truncated: true } });
  });

  test('keeps the ledger of a full run by page', async () => {
    const scope = newScope();
    await mirror.noteSeen(scope, 'run', 'contacts', 10, ['c']);
    await mirror.noteSeen(scope, 'run', 'contacts', 2, ['a', 'b']);
    await mirror.noteSeen(scope, 'run', 'contacts', 2, ['a', 'b']);
    await mirror.noteSeen(scope, 'run', 'deals', 2, ['d']);
    expect(await all(mirror.seen(scope, 'run', 'contacts'))).toEqual(['a', 'b', 'c']);
    expect(await all(mirror.seen(scope, 'other', 'contacts'))).toEqual([]);
    await mirror.forgetSeen(scope, 'run', 'contacts');
    expect(await all(mirror.seen(scope, 'run', 'contacts'))).toEqual([]);
    expect(await all(mirror.seen(scope, 'run', 'deals'))).toEqual(['d']);
  });
});
