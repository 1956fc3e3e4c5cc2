import type { ContentfulStatusCode } from 'hono/utils/http-status';

/** An error answer of Square's API; thrown by handlers and written by the app's error handler. */
export class SquareFailure extends Error {
  override readonly name = 'SquareFailure';
  readonly status: ContentfulStatusCode;
  readonly body: object;

  constructor(status: ContentfulStatusCode, category: string, code: string, detail: string, field?: string) {
    super(detail);
    this.status = status;
    this.body = { errors: [{ category, code, detail, ...(field === undefined ? {} : { field }) }] };
  }
}

export function invalid(code: string, field: string, detail = `${field} is not valid.`): SquareFailure {
  return new SquareFailure(400, 'INVALID_REQUEST_ERROR', code, detail, field);
}

export function notFound(what: string): SquareFailure {
  return new SquareFailure(404, 'INVALID_REQUEST_ERROR', 'NOT_FOUND', `${what} was not found.`);
}

/** The answer to a start that somebody else has, or at which nobody works. */
export function timeTaken(): SquareFailure {
  return invalid('BAD_REQUEST', 'start_at', 'The requested time slot is no longer available.');
}

export function unauthenticated(code: 'UNAUTHORIZED' | 'ACCESS_TOKEN_EXPIRED' | 'ACCESS_TOKEN_REVOKED'): SquareFailure {
  return new SquareFailure(401, 'AUTHENTICATION_ERROR', code, 'This request could not be authorized.');
}

export function missingScopes(scopes: readonly string[]): SquareFailure {
  const detail = `The merchant has not given your application sufficient permissions: ${scopes.join(', ')} is needed.`;
  return new SquareFailure(403, 'AUTHENTICATION_ERROR', 'INSUFFICIENT_SCOPES', detail);
}

export function planNeeded(): SquareFailure {
  const detail = 'Merchant subscription does not support this call.';
  return new SquareFailure(403, 'AUTHENTICATION_ERROR', 'FORBIDDEN', detail);
}

export function rateLimited(): SquareFailure {
  return new SquareFailure(429, 'RATE_LIMIT_ERROR', 'RATE_LIMITED', 'This request could not be completed now.');
}

/** What Square says with a status when nothing more particular is known: for injected faults. */
export function errorBody(status: number): object {
  const answers: Record<number, readonly [category: string, code: string]> = {
    400: ['INVALID_REQUEST_ERROR', 'BAD_REQUEST'],
    401: ['AUTHENTICATION_ERROR', 'UNAUTHORIZED'],
    403: ['AUTHENTICATION_ERROR', 'FORBIDDEN'],
    404: ['INVALID_REQUEST_ERROR', 'NOT_FOUND'],
    409: ['INVALID_REQUEST_ERROR', 'CONFLICT'],
    429: ['RATE_LIMIT_ERROR', 'RATE_LIMITED'],
    503: ['API_ERROR', 'SERVICE_UNAVAILABLE'],
  };
  const [category, code] = answers[status] ?? ['API_ERROR', 'INTERNAL_SERVER_ERROR'];
  return { errors: [{ category, code, detail: `Answer with status ${status}.` }] };
}
