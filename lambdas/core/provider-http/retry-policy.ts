import type { CallClass } from './provider-http.ts';

export interface RetryPolicy {
  /** Attempts in all. */
  readonly attempts: number;
  /** Limit of one attempt in ms. */
  readonly timeoutMs: number;
  /** First pause in ms; doubles with each attempt, with full jitter. */
  readonly baseDelayMs: number;
  /** Longest pause in ms that is waited out here; a provider that asks for more is reported to the caller instead. */
  readonly maxDelayMs: number;
}

/**
 * What a live caller tolerates is in the call's deadline, which no pause outlasts; providers that count by the second ask
 * for a pause of one. A sync has time but must give its lease a sign of life.
 */
export const RETRY_POLICIES: Readonly<Record<CallClass, RetryPolicy>> = {
  live_read: { attempts: 2, timeoutMs: 5_000, baseDelayMs: 50, maxDelayMs: 1_500 },
  live_write: { attempts: 3, timeoutMs: 10_000, baseDelayMs: 100, maxDelayMs: 2_500 },
  background_read: { attempts: 5, timeoutMs: 30_000, baseDelayMs: 250, maxDelayMs: 12_000 },
};

/** Pause before attempt `attempt + 1`, in ms: what the provider asked for, else exponential with full jitter. */
export function retryDelay(
  policy: RetryPolicy,
  attempt: number,
  retryAfterSeconds: number | undefined,
  random: () => number,
): number {
  const jitter = random() * policy.baseDelayMs * 2 ** (attempt - 1);
  return retryAfterSeconds === undefined ? jitter : retryAfterSeconds * 1000 + jitter;
}

/** `Retry-After` in seconds (RFC 9110 10.2.3: a number of seconds or an HTTP date), or undefined. */
export function parseRetryAfter(value: string | null, now: number): number | undefined {
  if (value === null) return undefined;
  const trimmed = value.trim();
  if (/^\d+(\.\d+)?$/.test(trimmed)) return Number(trimmed);
  const date = Date.parse(trimmed);
  return Number.isNaN(date) ? undefined : Math.max(0, (date - now) / 1000);
}
