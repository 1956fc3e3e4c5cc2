import { parseArgs } from 'node:util';

/** What the caller typed is wrong; the message names the flag and what is allowed. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** One flag: how its value is read, and what a caller may give. */
export interface Flag<T> {
  readonly fallback: T;
  readonly allowed: string;
  /** Undefined: not allowed. */
  read(text: string): T | undefined;
}

export type FlagSet = Readonly<Record<string, Flag<unknown>>>;
export type FlagValues<Set extends FlagSet> = {
  readonly [Name in keyof Set]: Set[Name] extends Flag<infer T> ? T : never;
};

export function wholeNumber(fallback: number, from: number, to: number): Flag<number> {
  return {
    fallback,
    allowed: `a whole number from ${from} to ${to}`,
    read(text) {
      const value = Number(text);
      return /^\d+$/.test(text) && value >= from && value <= to ? value : undefined;
    },
  };
}

export function oneOf<T extends string>(fallback: NoInfer<T>, choices: readonly T[]): Flag<T> {
  return {
    fallback,
    allowed: `one of ${choices.join(', ')}`,
    read: (text) => choices.find((choice) => choice === text),
  };
}

/** Reads the flags after a command. Unknown flags, missing or wrong values and stray words are refused. */
export function readFlags<Set extends FlagSet>(command: string, flags: Set, args: readonly string[]): FlagValues<Set> {
  const { tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries(Object.keys(flags).map((name) => [name, { type: 'string' as const }])),
    strict: false,
    tokens: true,
  });
  const values = new Map(Object.entries(flags).map(([name, { fallback }]) => [name, fallback]));
  for (const token of tokens) {
    if (token.kind === 'positional') throw new UsageError(`"${token.value}" is not understood: ${command} takes flags`);
    if (token.kind === 'option-terminator') continue;
    const flag = Object.hasOwn(flags, token.name) ? flags[token.name] : undefined;
    if (flag === undefined) {
      const names = Object.keys(flags).map((name) => `--${name}`);
      throw new UsageError(`${token.rawName} is not a flag of ${command}; it takes ${names.join(', ')}`);
    }
    const value = token.value === undefined ? undefined : flag.read(token.value);
    if (value === undefined) {
      const given = token.value === undefined ? 'needs a value' : `cannot be "${token.value}"`;
      throw new UsageError(`--${token.name} ${given}; it must be ${flag.allowed}`);
    }
    values.set(token.name, value);
  }
  return Object.fromEntries(values) as FlagValues<Set>;
}
