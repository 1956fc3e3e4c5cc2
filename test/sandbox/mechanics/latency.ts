/** How long answers take: one delay for all providers, unless one has its own. */
export class Latency {
  #all: number;
  readonly #own = new Map<string, number>();

  constructor(ms: number) {
    this.#all = ms;
  }

  set(ms: number, provider: string | null): void {
    if (provider === null) {
      this.#all = ms;
      this.#own.clear();
    } else this.#own.set(provider, ms);
  }

  of(provider: string): number {
    return this.#own.get(provider) ?? this.#all;
  }

  read(): { all: number; own: Record<string, number> } {
    return { all: this.#all, own: Object.fromEntries(this.#own) };
  }
}
