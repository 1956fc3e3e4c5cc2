import { createHash } from 'node:crypto';

/** Tells whether a set of facts has changed since it was last seen; their order does not matter. */
export function digestOf(facts: readonly string[]): string {
  return createHash('sha256')
    .update([...facts].sort().join('\n'))
    .digest('base64url');
}
