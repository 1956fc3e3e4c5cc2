/** Webhook deliveries: what all providers' checks have in common. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { HubError } from '../../core/errors.ts';

/** Refuses a delivery. 401 for one that is forged or stale, 400 for one that can't be read. */
export function refused(field: string, reason: string, status: 400 | 401): HubError {
  return new HubError('validation_failed', { field, status, detail: `${field}: ${reason}` });
}

/** Compares in constant time. */
export function equalSecrets(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** HMAC-SHA256 of a text, keyed with a text. */
export function hmacSha256(key: string, message: string, encoding: 'base64' | 'hex'): string {
  return createHmac('sha256', key).update(message).digest(encoding);
}

/** The parsed body, or undefined: a schema then says that it is not what was expected. */
export function parseDelivery(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
