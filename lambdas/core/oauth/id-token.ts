import { createHash } from 'node:crypto';
import * as z from 'zod';

const claimsSchema = z.looseObject({ aud: z.union([z.string(), z.array(z.string())]), exp: z.number() });
export type IdTokenClaims = z.infer<typeof claimsSchema>;

/** Derived, so that nothing needs to be stored: `state` is known to the browser and to the hub's own callback only. */
export function nonceOf(state: string): string {
  return createHash('sha256').update(`nonce:${state}`).digest('base64url');
}

/**
 * The claims of an id token, if it is for us, has not expired and holds `nonce` where one was sent; null otherwise.
 *
 * Only for tokens that come straight from the token endpoint over TLS: then TLS says who issued it, and the signature
 * need not be checked (OpenID Connect Core 1.0, 3.1.3.7, point 6). One that came through a browser is never read.
 */
export function readIdToken(
  token: unknown,
  expected: { readonly clientId: string; readonly now: number; readonly nonce: string | null },
): IdTokenClaims | null {
  if (typeof token !== 'string') return null;
  const [, payload, signature, ...rest] = token.split('.');
  if (payload === undefined || signature === undefined || rest.length > 0) return null;
  let claims: IdTokenClaims;
  try {
    claims = claimsSchema.parse(JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')));
  } catch {
    // Whatever it is, it is no id token.
    return null;
  }
  const audience = typeof claims.aud === 'string' ? [claims.aud] : claims.aud;
  if (!audience.includes(expected.clientId) || claims.exp * 1000 <= expected.now) return null;
  if (expected.nonce !== null && claims.nonce !== expected.nonce) return null;
  return claims;
}
