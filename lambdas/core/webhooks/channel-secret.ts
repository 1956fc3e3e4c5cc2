import { createHash, randomBytes } from 'node:crypto';

/** What a channel's notifications must show: known to the provider, kept here as a hash. */
export function newChannelSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** SHA-256, hex. The secret is too random to be guessed, so hashes may be compared plainly. */
export function hashOfSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}
