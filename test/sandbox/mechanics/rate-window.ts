/** What a provider allows per rolling window. */
export interface RateLimit {
  readonly max: number;
  readonly intervalMs: number;
}

/** Counts requests per key (an account, mostly) in a rolling window. Refused requests don't count. */
export class RateWindow {
  readonly #taken = new Map<string, number[]>();

  take(key: string, limit: RateLimit, now: number): { allowed: boolean; remaining: number } {
    const recent = (this.#taken.get(key) ?? []).filter((at) => at > now - limit.intervalMs && at <= now);
    const allowed = recent.length < limit.max;
    if (allowed) recent.push(now);
    this.#taken.set(key, recent);
    return { allowed, remaining: Math.max(0, limit.max - recent.length) };
  }

  clear(): void {
    this.#taken.clear();
  }
}
