import { createHash, randomBytes } from 'node:crypto';
import { DecryptCommand, GenerateDataKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { isHubError } from '../core/errors.ts';
import type { SealContext } from '../core/model/credential.ts';
import { KmsTokenVault } from './kms-token-vault.ts';

const context: SealContext = { workspace: 'w', integration: 'int_1', provider: 'hubspot', purpose: 'oauth-token' };
const kms = mockClient(KMSClient);
const vault = new KmsTokenVault(new KMSClient({ region: 'eu-west-2' }), 'key-1');
/** Data keys that the pretended KMS has handed out, by their encrypted form. */
let issued: Map<string, { key: Buffer; context: string; handedOut: Uint8Array[] }>;

beforeEach(() => {
  issued = new Map();
  kms.reset();
  kms.on(GenerateDataKeyCommand).callsFake(({ KeyId, KeySpec, EncryptionContext }) => {
    expect([KeyId, KeySpec]).toEqual(['key-1', 'AES_256']);
    const key = randomBytes(32);
    const encrypted = createHash('sha256').update(key).digest();
    const plaintext = Uint8Array.from(key);
    issued.set(encrypted.toString('hex'), {
      key,
      context: JSON.stringify(EncryptionContext),
      handedOut: [plaintext],
    });
    return { Plaintext: plaintext, CiphertextBlob: encrypted };
  });
  kms.on(DecryptCommand).callsFake(({ CiphertextBlob, EncryptionContext }) => {
    const entry = issued.get(Buffer.from(CiphertextBlob).toString('hex'));
    if (entry === undefined || entry.context !== JSON.stringify(EncryptionContext)) {
      throw Object.assign(new Error('workspace w'), { name: 'InvalidCiphertextException' });
    }
    const plaintext = Uint8Array.from(entry.key);
    entry.handedOut.push(plaintext);
    return { Plaintext: plaintext };
  });
});

async function refusal(attempt: Promise<unknown>): Promise<string> {
  const error = await attempt.catch((caught: unknown) => caught);
  if (!isHubError(error, 'internal')) throw new Error('it was not refused');
  return error.message;
}

describe('KmsTokenVault', () => {
  test('opens what it sealed, of any length', async () => {
    for (const secret of ['', 'token ✓', 'x'.repeat(20_000)]) {
      expect(await vault.open(context, await vault.seal(context, secret))).toBe(secret);
    }
  });

  test('seals with a key and IV of its own each time, and wipes the keys', async () => {
    const first = await vault.seal(context, 'secret');
    const second = await vault.seal(context, 'secret');
    expect(new Set([first.edk, second.edk, first.iv, second.iv, first.ct, second.ct]).size).toBe(6);
    await vault.open(context, first);
    for (const { handedOut } of issued.values()) {
      expect(handedOut.every((key) => key.every((byte) => byte === 0))).toBe(true);
    }
  });

  test.each(['workspace', 'integration', 'provider', 'purpose'] as const)('is bound to the %s', async (member) => {
    const sealed = await vault.seal(context, 'secret');
    const other = { ...context, [member]: 'other' };
    expect(await refusal(vault.open(other, sealed))).toBe('A stored secret could not be opened.');
    // Even a KMS that does not check the context does not help.
    const key = [...issued.values()][0]?.key ?? Buffer.alloc(0);
    kms.on(DecryptCommand).callsFake(() => ({ Plaintext: Uint8Array.from(key) }));
    expect(await refusal(vault.open(other, sealed))).toBe('A stored secret could not be opened.');
    expect(await vault.open(context, sealed)).toBe('secret');
  });

  test('refuses changed parts and shortened tags in the same words', async () => {
    const sealed = await vault.seal(context, 'secret');
    const flipped = (text: string) => {
      const bytes = Buffer.from(text, 'base64');
      bytes.writeUInt8(bytes.readUInt8(0) ^ 1, 0);
      return bytes.toString('base64');
    };
    const short = Buffer.from(sealed.tag, 'base64').subarray(0, 4).toString('base64');
    const forgeries = [
      { ...sealed, ct: flipped(sealed.ct) },
      { ...sealed, iv: flipped(sealed.iv) },
      { ...sealed, tag: flipped(sealed.tag) },
      { ...sealed, edk: flipped(sealed.edk) },
      { ...sealed, tag: short },
      { ...sealed, iv: '' },
    ];
    const messages = await Promise.all(forgeries.map((forgery) => refusal(vault.open(context, forgery))));
    expect(new Set(messages)).toEqual(new Set(['A stored secret could not be opened.']));
  });

  test('says so when KMS gives no key', async () => {
    kms.on(GenerateDataKeyCommand).rejects(new Error('arn:aws:kms:secret-details'));
    expect(await refusal(vault.seal(context, 'secret'))).toBe('A secret could not be sealed: KMS gave no data key.');
  });
});
