import pLimit, { type LimitFunction } from 'p-limit';

/**
 * How many calls one process has under way at a provider that limits concurrency. Background calls leave one slot free,
 * so that a caller on the line never waits behind a sync's slow pages.
 */
export class CallSlots {
  readonly #all: LimitFunction;
  readonly #background: LimitFunction;

  constructor(max: number) {
    this.#all = pLimit(max);
    this.#background = pLimit(Math.max(1, max - 1));
  }

  /** Nobody has a slot or waits for one. */
  get isIdle(): boolean {
    return [this.#all, this.#background].every((limit) => limit.activeCount + limit.pendingCount === 0);
  }

  /** Waits for a slot; the answer gives it back. Null when `signal` aborts first. */
  async take(lane: 'live' | 'background', signal: AbortSignal | null): Promise<(() => void) | null> {
    if (lane === 'live') return acquire(this.#all, signal);
    const releaseBackground = await acquire(this.#background, signal);
    if (!releaseBackground) return null;
    const release = await acquire(this.#all, signal);
    if (!release) releaseBackground();
    return (
      release &&
      (() => {
        release();
        releaseBackground();
      })
    );
  }
}

function acquire(limit: LimitFunction, signal: AbortSignal | null): Promise<(() => void) | null> {
  return new Promise((resolve) => {
    let hasGivenUp = false;
    const giveUp = (): void => {
      hasGivenUp = true;
      resolve(null);
    };
    if (signal?.aborted) return giveUp();
    signal?.addEventListener('abort', giveUp, { once: true });
    void limit(
      () =>
        new Promise<void>((release) => {
          signal?.removeEventListener('abort', giveUp);
          if (hasGivenUp) release();
          else resolve(release);
        }),
    );
  });
}
