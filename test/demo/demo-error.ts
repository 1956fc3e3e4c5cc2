/** A step did not do what it promises; the message says what was expected and what came. */
export class DemoError extends Error {
  override readonly name = 'DemoError';
}

/** Ctrl-C or SIGTERM in the middle. */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError';

  constructor() {
    super('interrupted');
  }
}

/** Throws a DemoError unless the condition holds. */
export function expectThat(condition: boolean, message: string): asserts condition {
  if (!condition) throw new DemoError(message);
}

/** For a person: the message, with its cause where the message alone says nothing (`fetch failed`). */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error && error.cause.message !== '' ? ` (${error.cause.message})` : '';
  return error.message + cause;
}
