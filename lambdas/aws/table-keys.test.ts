import { describe, expect, test } from '@jest/globals';
import {
  accountLinkKey,
  idempotencyKey,
  integrationKey,
  keyPart,
  pointerKey,
  pointersPartition,
  recordKey,
  recordsPartition,
  scopeOfIntegrationKey,
} from './table-keys.ts';

const scope = { workspaceId: 'ws-1', integrationId: `int_${'a'.repeat(32)}` };

describe('table keys', () => {
  test('an id cannot forge a separator', () => {
    expect(recordKey(scope, 'contacts', '7#x').sk).toBe('REC#7%23x');
    expect(pointersPartition('ws', 'email:a#KEY#b')).toBe('WS#ws#KEY#email:a%23KEY%23b');
    expect(recordsPartition({ workspaceId: 'a#INT#b', integrationId: 'c' }, 'contacts')).not.toBe(
      recordsPartition({ workspaceId: 'a', integrationId: 'b#INT#c' }, 'contacts'),
    );
    expect(accountLinkKey('hubspot', 'x#hubspot', scope).pk).toBe('ACCOUNT#hubspot#x%23hubspot');
  });

  test('different ids have different keys, whatever they consist of', () => {
    const long = 'ü'.repeat(5_000);
    const ids = ['#', '%23', '~', '%7E', '', ' ', 'a', 'A', long, `${long}.`, keyPart(long)];
    expect(new Set(ids.map(keyPart)).size).toBe(ids.length);
  });

  test('keys stay within what DynamoDB takes', () => {
    const id = '€#'.repeat(5_000);
    const pointer = pointerKey(scope, 'appointments', id, `email:${id}`);
    expect(Buffer.byteLength(pointer.pk)).toBeLessThan(2048);
    expect(Buffer.byteLength(pointer.sk)).toBeLessThan(1024);
  });

  test("a caller's idempotency key does not stand in the table", () => {
    const key = idempotencyKey('ws', 'book +447700900123');
    expect(key.pk).toMatch(/^WS#ws#IDEMPOTENCY#[0-9a-f]{64}$/);
  });

  test('a scope is read back from its key', () => {
    expect(scopeOfIntegrationKey(integrationKey(scope))).toEqual(scope);
    expect(scopeOfIntegrationKey({ pk: 'WS#a#b', sk: 'INT#c' })).toBeNull();
  });
});
