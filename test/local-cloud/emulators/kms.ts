import { createCipheriv, createDecipheriv, randomBytes, randomUUID } from 'node:crypto';
import { AwsError } from './aws-error.ts';
import type { Input, Operations } from './emulator-server.ts';

const BLOB_VERSION = 1;
const IV_BYTES = 12;
const TAG_BYTES = 16;

interface Key {
  readonly id: string;
  readonly arn: string;
  readonly master: Buffer;
  readonly description: string;
  readonly createdAt: number;
}

/**
 * KMS with symmetric keys that live in this process only. Ciphertexts are real AES-256-GCM under the key's
 * master key with the encryption context as additional data, so a wrong or missing context, a wrong key and a
 * changed blob fail as they do at AWS.
 */
export function createKms({ region, account }: { region: string; account: string }): Operations {
  const keys = new Map<string, Key>();
  const aliases = new Map<string, string>();

  function findKey(keyId: unknown): Key {
    const given = String(keyId);
    const name = given.startsWith('arn:')
      ? given
          .split(':')
          .slice(5)
          .join(':')
          .replace(/^key\//, '')
      : given;
    const key = keys.get(name.startsWith('alias/') ? (aliases.get(name) ?? '') : name);
    if (key === undefined) throw new AwsError('NotFoundException', `Key '${given}' does not exist`);
    return key;
  }

  function metadata(key: Key): Record<string, unknown> {
    return {
      KeyId: key.id,
      Arn: key.arn,
      AWSAccountId: account,
      CreationDate: key.createdAt,
      Description: key.description,
      Enabled: true,
      KeyState: 'Enabled',
      KeyUsage: 'ENCRYPT_DECRYPT',
      KeySpec: 'SYMMETRIC_DEFAULT',
      KeyManager: 'CUSTOMER',
      Origin: 'AWS_KMS',
      MultiRegion: false,
      EncryptionAlgorithms: ['SYMMETRIC_DEFAULT'],
    };
  }

  return {
    CreateKey: (input) => {
      const id = randomUUID();
      const arn = `arn:aws:kms:${region}:${account}:key/${id}`;
      const description = String(input.Description ?? '');
      keys.set(id, { id, arn, master: randomBytes(32), description, createdAt: Date.now() / 1000 });
      return { KeyMetadata: metadata(findKey(id)) };
    },

    CreateAlias: (input) => {
      const name = String(input.AliasName);
      if (aliases.has(name))
        throw new AwsError('AlreadyExistsException', `An alias with the name ${name} already exists`);
      aliases.set(name, findKey(input.TargetKeyId).id);
      return {};
    },

    DescribeKey: (input) => ({ KeyMetadata: metadata(findKey(input.KeyId)) }),

    GenerateDataKey: (input) => {
      const key = findKey(input.KeyId);
      const size = dataKeyBytes(input);
      const plaintext = randomBytes(size);
      return {
        KeyId: key.arn,
        Plaintext: plaintext.toString('base64'),
        CiphertextBlob: seal(key, plaintext, contextBytes(input)).toString('base64'),
      };
    },

    Decrypt: (input) => {
      const blob = Buffer.from(String(input.CiphertextBlob ?? ''), 'base64');
      const key = keys.get(blob.subarray(1, 37).toString('latin1'));
      if (blob[0] !== BLOB_VERSION || key === undefined) throw new AwsError('InvalidCiphertextException', '');
      if (input.KeyId !== undefined && findKey(input.KeyId) !== key) {
        throw new AwsError(
          'IncorrectKeyException',
          'The key ID in the request does not identify the key of the ciphertext',
        );
      }
      return {
        KeyId: key.arn,
        Plaintext: open(key, blob, contextBytes(input)).toString('base64'),
        EncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
      };
    },
  };
}

function dataKeyBytes(input: Input): number {
  if (input.KeySpec === 'AES_256') return 32;
  if (input.KeySpec === 'AES_128') return 16;
  const bytes = Number(input.NumberOfBytes);
  if (Number.isInteger(bytes) && bytes >= 1 && bytes <= 1024) return bytes;
  throw new AwsError('ValidationException', 'Please specify either number of bytes or key spec.');
}

/** The encryption context in one canonical order: KMS compares it as a set of pairs. */
function contextBytes(input: Input): Buffer {
  const context = (input.EncryptionContext ?? {}) as Record<string, string>;
  return Buffer.from(JSON.stringify(Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1))));
}

/** version (1) · key id (36) · iv (12) · tag (16) · ciphertext */
function seal(key: Key, plaintext: Buffer, context: Buffer): Buffer {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key.master, iv).setAAD(context);
  const sealed = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return Buffer.concat([Buffer.of(BLOB_VERSION), Buffer.from(key.id, 'latin1'), iv, cipher.getAuthTag(), sealed]);
}

function open(key: Key, blob: Buffer, context: Buffer): Buffer {
  const tagStart = 37 + IV_BYTES;
  const textStart = tagStart + TAG_BYTES;
  try {
    const decipher = createDecipheriv('aes-256-gcm', key.master, blob.subarray(37, tagStart));
    decipher.setAAD(context).setAuthTag(blob.subarray(tagStart, textStart));
    return Buffer.concat([decipher.update(blob.subarray(textStart)), decipher.final()]);
  } catch {
    throw new AwsError('InvalidCiphertextException', '');
  }
}
