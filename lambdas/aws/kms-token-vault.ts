import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { DecryptCommand, GenerateDataKeyCommand, type KMSClient } from '@aws-sdk/client-kms';
import { HubError } from '../core/errors.ts';
import type { SealContext, SealedSecret } from '../core/model/credential.ts';
import { ENCRYPTION_CONTEXT } from '../core/names.ts';
import type { TokenVault } from '../core/ports.ts';

const ALGORITHM = 'aes-256-gcm';
const KEY_BYTES = 32;
const IV_BYTES = 12;
/** Demanded on both sides: without it Node would also accept a tag cut down to 4 bytes. */
const TAG_BYTES = 16;

/**
 * Envelope encryption: every secret has a data key of its own, which only KMS can decrypt, and only for the context
 * that it was made for. The context is also authenticated with the ciphertext and never stored: the reader must know
 * what it is reading, so a secret moved to another tenant does not open.
 */
export class KmsTokenVault implements TokenVault {
  readonly #kms: KMSClient;
  readonly #keyId: string;

  constructor(kms: KMSClient, keyId: string) {
    this.#kms = kms;
    this.#keyId = keyId;
  }

  async seal(context: SealContext, plaintext: string): Promise<SealedSecret> {
    const dataKey = await this.#newDataKey(context);
    try {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv(ALGORITHM, dataKey.plaintext, iv, { authTagLength: TAG_BYTES });
      cipher.setAAD(authenticatedData(context));
      const ciphertext = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final()]);
      return {
        v: 1,
        edk: base64(dataKey.encrypted),
        iv: base64(iv),
        ct: base64(ciphertext),
        tag: base64(cipher.getAuthTag()),
      };
    } finally {
      dataKey.plaintext.fill(0);
    }
  }

  async open(context: SealContext, sealed: SealedSecret): Promise<string> {
    const key = await this.#decryptDataKey(context, sealed);
    try {
      const decipher = createDecipheriv(ALGORITHM, key, Buffer.from(sealed.iv, 'base64'), { authTagLength: TAG_BYTES });
      decipher.setAAD(authenticatedData(context));
      decipher.setAuthTag(Buffer.from(sealed.tag, 'base64'));
      const plaintext = Buffer.concat([decipher.update(Buffer.from(sealed.ct, 'base64')), decipher.final()]);
      const text = plaintext.toString('utf8');
      plaintext.fill(0);
      return text;
    } catch {
      throw notOpened();
    } finally {
      key.fill(0);
    }
  }

  async #newDataKey(context: SealContext): Promise<{ plaintext: Uint8Array; encrypted: Uint8Array }> {
    try {
      const { Plaintext, CiphertextBlob } = await this.#kms.send(
        new GenerateDataKeyCommand({
          KeyId: this.#keyId,
          KeySpec: 'AES_256',
          EncryptionContext: encryptionContext(context),
        }),
      );
      if (Plaintext?.length === KEY_BYTES && CiphertextBlob !== undefined) {
        return { plaintext: Plaintext, encrypted: CiphertextBlob };
      }
    } catch (cause) {
      throw new HubError('internal', { detail: 'A secret could not be sealed: KMS gave no data key.', cause });
    }
    throw new HubError('internal', { detail: 'A secret could not be sealed: KMS gave no data key.' });
  }

  async #decryptDataKey(context: SealContext, sealed: SealedSecret): Promise<Uint8Array> {
    try {
      const { Plaintext } = await this.#kms.send(
        new DecryptCommand({
          KeyId: this.#keyId,
          CiphertextBlob: Buffer.from(sealed.edk, 'base64'),
          EncryptionContext: encryptionContext(context),
        }),
      );
      if (Plaintext?.length === KEY_BYTES) return Plaintext;
    } catch (cause) {
      throw notOpened(cause);
    }
    throw notOpened();
  }
}

/** The same words for every reason: what exactly did not match is nobody's business. */
function notOpened(cause?: unknown): HubError {
  return new HubError('internal', { detail: 'A stored secret could not be opened.', cause });
}

function encryptionContext(context: SealContext): Record<string, string> {
  return {
    [ENCRYPTION_CONTEXT.workspace]: context.workspace,
    [ENCRYPTION_CONTEXT.integration]: context.integration,
    [ENCRYPTION_CONTEXT.provider]: context.provider,
    [ENCRYPTION_CONTEXT.purpose]: context.purpose,
  };
}

/** The context as bytes; pairs in a fixed order, so that equal contexts are equal bytes. */
function authenticatedData(context: SealContext): Buffer {
  const pairs = Object.entries(encryptionContext(context)).sort(([a], [b]) => (a < b ? -1 : 1));
  return Buffer.from(JSON.stringify(pairs));
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}
