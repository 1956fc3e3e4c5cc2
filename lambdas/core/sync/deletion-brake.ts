/** A run would delete more of a resource than its configuration allows; a person must confirm. */
export class DeletionBrakeError extends Error {
  override readonly name = 'DeletionBrakeError';
}

/** So few deletions are never suspicious, even where they are a large share of a small business's records. */
const ALWAYS_ALLOWED = 10;

/**
 * Throws when `deletions` of `total` records is more than `percent` allows. 100 switches the brake off, 0 stops every
 * deletion.
 */
export function checkDeletionBrake(request: {
  readonly resource: string;
  readonly deletions: number;
  readonly total: number;
  readonly percent: number;
  readonly confirmed: boolean;
}): void {
  const { resource, deletions, total, percent, confirmed } = request;
  if (confirmed || percent >= 100 || deletions === 0) return;
  const allowed = percent === 0 ? 0 : Math.max(ALWAYS_ALLOWED, Math.floor((total * percent) / 100));
  if (deletions <= allowed) return;
  throw new DeletionBrakeError(
    `The run would delete ${deletions} of ${total} ${resource}; at most ${allowed} (${percent} %) are allowed. ` +
      'Check the records at the provider, then start a full sync with confirmDeletions.',
  );
}
