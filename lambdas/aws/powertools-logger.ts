import type { Logger as Powertools } from '@aws-lambda-powertools/logger';
import { HubError } from '../core/errors.ts';
import type { Logger } from '../core/ports.ts';

type Fields = Readonly<Record<string, unknown>>;

const MAX_DEPTH = 5;

/** The log, with errors cut down to what cannot hold personal data. */
export class PowertoolsLogger implements Logger {
  readonly #powertools: Powertools;

  constructor(powertools: Powertools) {
    this.#powertools = powertools;
  }

  debug(message: string, fields: Fields = {}): void {
    this.#powertools.debug(message, safeFields(fields));
  }

  info(message: string, fields: Fields = {}): void {
    this.#powertools.info(message, safeFields(fields));
  }

  warn(message: string, fields: Fields = {}): void {
    this.#powertools.warn(message, safeFields(fields));
  }

  error(message: string, fields: Fields = {}): void {
    this.#powertools.error(message, safeFields(fields));
  }
}

function safeFields(fields: Fields): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, safeValue(value, 1)]));
}

function safeValue(value: unknown, depth: number): unknown {
  if (value instanceof Error) return safeError(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= MAX_DEPTH) return '…';
  if (Array.isArray(value)) return value.map((member) => safeValue(member, depth + 1));
  if (value instanceof Date) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, safeValue(member, depth + 1)]));
}

/**
 * Messages of foreign errors may quote a provider's answer or a caller's input, and so may causes and extra members;
 * only a HubError's message is written for others to read. The stack repeats the message: its frames are enough.
 */
function safeError(error: Error): Record<string, unknown> {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  return {
    name: error.name,
    ...(code !== undefined && { code }),
    ...(error instanceof HubError && { message: error.message }),
    ...(error.cause instanceof Error && { causedBy: error.cause.name }),
    stack: (error.stack ?? '')
      .split('\n')
      .filter((line) => /^\s+at /.test(line))
      .map((line) => line.trim())
      .join('\n'),
  };
}
