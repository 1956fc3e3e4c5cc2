/** When a process dies: at its `at`-th deed, before the deed takes place or right after it did. */
export interface Death {
  readonly at: number;
  readonly landed: boolean;
}

/**
 * The life of one process, as the world sees it: everything that it does to the outside goes through `deed`. At its
 * death nothing more happens, as after SIGKILL: calls that it makes later do nothing and never return. What was already
 * on the wire may still take place, but no answer comes back.
 */
export class MortalLife {
  /** Resolves at the moment of death. */
  readonly died: Promise<'died'>;
  readonly #death: Death | null;
  #announce: () => void = () => undefined;
  #deeds = 0;
  #dead = false;

  constructor(death: Death | null) {
    this.#death = death;
    this.died = new Promise((resolve) => {
      this.#announce = () => resolve('died');
    });
  }

  get deeds(): number {
    return this.#deeds;
  }

  async deed<T>(work: () => Promise<T>): Promise<T> {
    if (this.#dead) return forever();
    this.#deeds += 1;
    const isLast = this.#deeds === this.#death?.at;
    if (isLast && !this.#death?.landed) this.#die();
    if (this.#dead) return forever();
    try {
      return await work();
    } finally {
      if (isLast) this.#die();
      // Replaces answer and error alike: the dead receive neither.
      if (this.#dead) await forever();
    }
  }

  #die(): void {
    this.#dead = true;
    this.#announce();
  }
}

function forever(): Promise<never> {
  return new Promise(() => undefined);
}
