import type { FunctionPool } from './function-pool.ts';

/** The stack's functions, found by logical id, by physical name or by the last part of either name. */
export class Functions {
  readonly #pools: readonly FunctionPool[];

  constructor(pools: readonly FunctionPool[]) {
    this.#pools = pools;
  }

  /** For example `contacts` for a function named `integration-hub-dev-contacts`. */
  find(name: string): FunctionPool {
    const exact = this.#pools.find(({ settings }) => settings.logicalId === name || settings.name === name);
    if (exact !== undefined) return exact;
    const candidates = this.#pools.filter(
      ({ settings }) => settings.name.endsWith(`-${name}`) || settings.path.split('/').includes(name),
    );
    const [only] = candidates;
    if (only === undefined || candidates.length > 1) {
      const names = (candidates.length > 1 ? candidates : this.#pools).map(({ settings }) => settings.name);
      throw new Error(
        `"${name}" is ${only === undefined ? 'none' : 'more than one'} of the functions ${names.join(', ')}`,
      );
    }
    return only;
  }

  findByArn(arn: string): FunctionPool {
    const name = /:function:([^:/]+)/.exec(arn)?.[1];
    const pool = this.#pools.find(({ settings }) => settings.name === name);
    if (pool === undefined) throw new Error(`No function has the ARN ${arn}`);
    return pool;
  }

  async close(): Promise<void> {
    await Promise.all(this.#pools.map((pool) => pool.close()));
  }
}
