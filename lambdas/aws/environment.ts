import { HubError } from '../core/errors.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Reads a variable that the stack must have set; an error that names it beats `undefined` in an AWS call. */
export function requireEnv(environment: Environment, name: string): string {
  const value = environment[name];
  if (value === undefined || value === '') {
    throw new HubError('internal', { detail: `The environment variable ${name} is not set.` });
  }
  return value;
}
