import { randomUUID } from 'node:crypto';
import type { ContentfulStatusCode } from 'hono/utils/http-status';

/** An error answer of Microsoft Graph; thrown by handlers and written by the app's error handler. */
export class GraphFailure extends Error {
  override readonly name = 'GraphFailure';
  readonly status: ContentfulStatusCode;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: ContentfulStatusCode,
    code: string,
    message: string,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

export function notFound(): GraphFailure {
  return new GraphFailure(404, 'ErrorItemNotFound', 'The specified object was not found in the store.');
}

export function invalid(message: string, code = 'ErrorInvalidRequest'): GraphFailure {
  return new GraphFailure(400, code, message);
}

export function graphError(code: string, message: string) {
  const id = randomUUID();
  const innerError = { date: new Date().toISOString().slice(0, 19), 'request-id': id, 'client-request-id': id };
  return { error: { code, message, innerError } };
}

/** What Graph says with a status when nothing more particular is known: for injected faults. */
export function errorBody(status: number) {
  const codes: Record<number, string> = {
    400: 'ErrorInvalidRequest',
    401: 'InvalidAuthenticationToken',
    403: 'ErrorAccessDenied',
    404: 'ErrorItemNotFound',
    409: 'ErrorIrresolvableConflict',
    410: 'SyncStateNotFound',
    412: 'PreconditionFailed',
    429: 'TooManyRequests',
    503: 'ErrorInternalServerTransientError',
  };
  return graphError(codes[status] ?? 'UnknownError', `Answer with status ${status}.`);
}
