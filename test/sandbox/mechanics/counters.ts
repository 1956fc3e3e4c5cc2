/** What one provider was asked since the last reset. */
export interface CounterSnapshot {
  /** By `METHOD /path/template`. */
  readonly requests: Readonly<Record<string, number>>;
  /** By HTTP status. */
  readonly statuses: Readonly<Record<string, number>>;
  readonly total: number;
  readonly tokenRefreshes: number;
  /** Most requests in progress at one moment. */
  readonly peakConcurrency: number;
}

export class Counters {
  #requests = new Map<string, number>();
  #statuses = new Map<string, number>();
  #total = 0;
  #tokenRefreshes = 0;
  #inFlight = 0;
  #peak = 0;

  begin(operation: string): void {
    this.#requests.set(operation, (this.#requests.get(operation) ?? 0) + 1);
    this.#total += 1;
    this.#inFlight += 1;
    this.#peak = Math.max(this.#peak, this.#inFlight);
  }

  end(outcome: string): void {
    this.#inFlight -= 1;
    this.#statuses.set(outcome, (this.#statuses.get(outcome) ?? 0) + 1);
  }

  refreshed(): void {
    this.#tokenRefreshes += 1;
  }

  reset(): void {
    this.#requests = new Map();
    this.#statuses = new Map();
    this.#total = 0;
    this.#tokenRefreshes = 0;
    this.#peak = this.#inFlight;
  }

  snapshot(): CounterSnapshot {
    return {
      requests: Object.fromEntries(this.#requests),
      statuses: Object.fromEntries(this.#statuses),
      total: this.#total,
      tokenRefreshes: this.#tokenRefreshes,
      peakConcurrency: this.#peak,
    };
  }
}
