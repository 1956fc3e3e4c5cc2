import { setTimeout as sleep } from 'node:timers/promises';
import { DemoError, InterruptedError } from './demo-error.ts';

/** Waits for work, but no longer than the limit and only until somebody presses Ctrl-C. */
export async function within<T>(limitMs: number, what: string, signal: AbortSignal, work: Promise<T>): Promise<T> {
  const over = new AbortController();
  // Whatever the outcome, work that is no longer awaited must not end the process.
  work.catch(() => undefined);
  const limit = sleep(limitMs, undefined, { signal: AbortSignal.any([over.signal, signal]) }).then(
    () => {
      throw new DemoError(`${what} was not done within ${Math.round(limitMs / 1000)} s`);
    },
    (error: unknown) => {
      throw signal.aborted ? new InterruptedError() : error;
    },
  );
  try {
    return await Promise.race([work, limit]);
  } finally {
    over.abort();
    limit.catch(() => undefined);
  }
}

/** Sleeps; Ctrl-C ends it. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => {
    throw new InterruptedError();
  });
}
