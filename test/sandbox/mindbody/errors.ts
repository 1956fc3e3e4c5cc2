import type { ContentfulStatusCode } from 'hono/utils/http-status';

/** An error answer of the API; thrown by handlers and written by the app's error handler. */
export class MindbodyFailure extends Error {
  override readonly name = 'MindbodyFailure';
  readonly status: ContentfulStatusCode;
  readonly code: string;

  constructor(status: ContentfulStatusCode, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }

  get body(): object {
    return { Error: { Message: this.message, Code: this.code } };
  }
}

export function invalidParameter(message: string): MindbodyFailure {
  return new MindbodyFailure(400, 'InvalidParameter', message);
}

export function missingFields(...names: readonly string[]): MindbodyFailure {
  return new MindbodyFailure(400, 'MissingRequiredFields', `The following fields are required: ${names.join(', ')}.`);
}

const CODES: Readonly<Record<number, string>> = {
  401: 'DeniedAccess',
  403: 'DeniedAccess',
  404: 'ItemNotFound',
  409: 'DuplicateRequest',
  429: 'TooManyRequests',
};

/** What Mindbody says with a status when nothing more particular is known: for injected faults. */
export function errorBody(status: number): object {
  const code = CODES[status] ?? (status >= 500 ? 'Unknown' : 'InvalidParameter');
  return { Error: { Message: `Answer with status ${status}`, Code: code } };
}
