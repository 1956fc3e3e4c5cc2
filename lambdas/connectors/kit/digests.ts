import { createHash } from 'node:crypto';

/** Tells whether a set of facts has changed since it was last seen; their order does not matter. */
export function digestOf(facts: readonly string[]): string {
  return createHash('sha256')
    .update([...facts].sort().join('\n'))
    .digest('base64url');
}

/** Stands for an id where many must be remembered. 48 bits: among some thousand ids two alike are not to be expected. */
export function shortHash(id: string): string {
  return createHash('sha256').update(id).digest('base64url').slice(0, 8);
}
