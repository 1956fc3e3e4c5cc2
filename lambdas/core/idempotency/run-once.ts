import { createHash, randomUUID } from 'node:crypto';
import { stringify } from 'safe-stable-stringify';
import { HubError, isHubError } from '../errors.ts';
import type { Json } from '../model/mirror-record.ts';
import type { AbandonedAttempt, Clock, IdempotencyStore } from '../ports.ts';

/** An answer can be repeated for this long. */
const ANSWER_TTL_MS = 24 * 60 * 60_000;
/** Longer than any function that writes may run: after this, an attempt without an answer is dead. */
const ATTEMPT_MS = 20_000;
const POLL_MS = 100;

export interface OnceRequest<T extends Json> {
  readonly workspaceId: string;
  /** The operation; the same key may be used once per operation. */
  readonly operation: string;
  /** The caller's `Idempotency-Key`. */
  readonly key: string;
  /** The arguments: the same key with others is a mistake of the caller. */
  readonly arguments: unknown;
  /** Epoch ms. */
  readonly deadline: number;
  /**
   * Does the work. `abandoned` tells of earlier attempts with this key of which nobody knows how they ended: the work
   * must first find out what they have done.
   */
  readonly work: (abandoned: AbandonedAttempt | null) => Promise<T>;
}

/**
 * Runs a write once per key: a repetition gets the first answer, also when that answer was lost on the way. Errors
 * that changed nothing free the key; an error that leaves the outcome open keeps it, so that the next try finds out.
 */
export async function runOnce<T extends Json>(
  ports: { readonly idempotency: IdempotencyStore; readonly clock: Clock },
  request: OnceRequest<T>,
): Promise<Json> {
  const { idempotency, clock } = ports;
  const key = `${request.operation}:${request.key}`;
  const fingerprint = createHash('sha256')
    .update(stringify(request.arguments) ?? '')
    .digest('base64url');
  const owner = randomUUID();
  for (;;) {
    const now = clock.now();
    const begun = await idempotency.begin(request.workspaceId, key, {
      fingerprint,
      owner,
      now,
      until: now + ATTEMPT_MS,
    });
    if (begun.started) return attempt(ports, request, key, owner, begun.abandoned);
    if (begun.record.fingerprint !== fingerprint) {
      throw new HubError('idempotency_conflict', {
        field: 'Idempotency-Key',
        detail: 'Idempotency-Key: was used before with different arguments',
      });
    }
    if (begun.record.status === 'done') return begun.record.response;
    // The same call is being worked on: wait for its answer rather than fail a caller who asked twice.
    if (now + POLL_MS > request.deadline) {
      throw new HubError('idempotency_conflict', {
        detail: 'A call with this Idempotency-Key is still being worked on.',
        retryAfterSeconds: Math.max(1, Math.ceil((begun.record.until - now) / 1000)),
      });
    }
    await clock.sleep(POLL_MS);
  }
}

async function attempt<T extends Json>(
  ports: { readonly idempotency: IdempotencyStore; readonly clock: Clock },
  request: OnceRequest<T>,
  key: string,
  owner: string,
  abandoned: AbandonedAttempt | null,
): Promise<T> {
  const { idempotency, clock } = ports;
  let response: T;
  try {
    response = await request.work(abandoned);
  } catch (error) {
    const mayHaveActed = !isHubError(error) || error.outcomeUnknown;
    if (mayHaveActed) await idempotency.suspend(request.workspaceId, key, owner, clock.now());
    // This attempt did nothing, and so does not make anybody wait longer for what an earlier one did.
    else if (abandoned) await idempotency.suspend(request.workspaceId, key, owner, abandoned.endedBy);
    else await idempotency.abandon(request.workspaceId, key, owner);
    throw error;
  }
  await idempotency.complete(request.workspaceId, key, owner, response, clock.now() + ANSWER_TTL_MS);
  return response;
}
