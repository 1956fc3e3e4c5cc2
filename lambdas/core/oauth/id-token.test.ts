import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { nonceOf, readIdToken } from './id-token.ts';

const NOW = Date.parse('2026-11-23T12:00:00Z');
const EXPECTED = { clientId: 'us', now: NOW, nonce: 'n' };
const GOOD = { aud: 'us', exp: NOW / 1000 + 1, nonce: 'n', sub: 'user' };

function token(claims: unknown): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'none' })}.${part(claims)}.c2ln`;
}

describe('an id token', () => {
  test('for us, still good, of this consent, is read', () => {
    expect(readIdToken(token(GOOD), EXPECTED)).toEqual(GOOD);
    expect(readIdToken(token({ ...GOOD, aud: ['others', 'us'] }), EXPECTED)).toMatchObject({ sub: 'user' });
    expect(readIdToken(token({ ...GOOD, sub: 'Zoë 🦊' }), EXPECTED)).toMatchObject({ sub: 'Zoë 🦊' });
  });

  test.each([
    ['for somebody else', { ...GOOD, aud: 'others' }],
    ['for nobody', { exp: GOOD.exp, nonce: 'n' }],
    ['for somebody whose name holds ours', { ...GOOD, aud: 'us2' }],
    ['that has just expired', { ...GOOD, exp: NOW / 1000 }],
    ['without an end', { aud: 'us', nonce: 'n' }],
    ['with an end that is no number', { ...GOOD, exp: '9999999999' }],
    ['of another consent', { ...GOOD, nonce: 'm' }],
    ['of no consent', { aud: 'us', exp: GOOD.exp }],
  ])('%s is refused', (_what, claims) => {
    expect(readIdToken(token(claims), EXPECTED)).toBeNull();
  });

  test('needs no nonce where none was sent', () => {
    expect(readIdToken(token({ ...GOOD, nonce: undefined }), { ...EXPECTED, nonce: null })).not.toBeNull();
  });

  test('is refused, never thrown over, whatever it is', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.anything(),
          fc.json().map((json) => `a.${btoa(encodeURI(json))}.b`),
        ),
        (value) => {
          expect(readIdToken(value, EXPECTED)).toBeNull();
        },
      ),
    );
  });
});

test('a nonce follows from its state, shows nothing of it, and fits into a URL', () => {
  expect(nonceOf('state')).toBe(nonceOf('state'));
  expect(nonceOf('state')).not.toBe(nonceOf('state2'));
  expect(nonceOf('state')).toMatch(/^[\w-]{43}$/);
});
