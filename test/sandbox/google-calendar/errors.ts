import type { ContentfulStatusCode } from 'hono/utils/http-status';

/** An error answer of the Calendar API; thrown by handlers and written by the app's error handler. */
export class GoogleFailure extends Error {
  override readonly name = 'GoogleFailure';
  readonly status: ContentfulStatusCode;
  readonly reason: string;
  readonly body: object;

  constructor(status: ContentfulStatusCode, reason: string, message: string, domain = 'global', more: object = {}) {
    super(message);
    this.status = status;
    this.reason = reason;
    this.body = { error: { code: status, message, errors: [{ domain, reason, message }], ...more } };
  }
}

export const invalid = (message: string): GoogleFailure => new GoogleFailure(400, 'invalid', message);
export const notFound = (): GoogleFailure => new GoogleFailure(404, 'notFound', 'Not Found');
export const forbidden = (reason = 'forbidden'): GoogleFailure => new GoogleFailure(403, reason, 'Forbidden');
export const deleted = (): GoogleFailure => new GoogleFailure(410, 'deleted', 'Resource has been deleted');
export const fullSyncRequired = (): GoogleFailure =>
  new GoogleFailure(410, 'fullSyncRequired', 'Sync token is no longer valid, a full sync is required.', 'calendar');
export const duplicate = (): GoogleFailure =>
  new GoogleFailure(409, 'duplicate', 'The requested identifier already exists.');
export const conditionNotMet = (): GoogleFailure => new GoogleFailure(412, 'conditionNotMet', 'Precondition Failed');

export function unauthenticated(): GoogleFailure {
  return new GoogleFailure(401, 'authError', 'Invalid Credentials', 'global', { status: 'UNAUTHENTICATED' });
}

export function insufficientScope(): GoogleFailure {
  return new GoogleFailure(403, 'insufficientPermissions', 'Insufficient Permission', 'global', {
    status: 'PERMISSION_DENIED',
    details: [
      {
        '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
        reason: 'ACCESS_TOKEN_SCOPE_INSUFFICIENT',
        domain: 'googleapis.com',
      },
    ],
  });
}

/** Google answers with 403 or with 429. */
export function rateLimited(status: 403 | 429): GoogleFailure {
  return new GoogleFailure(status, 'rateLimitExceeded', 'Rate Limit Exceeded', 'usageLimits');
}

/** What Google says with a status when nothing more particular is known: for injected faults. */
export function errorBody(status: number): object {
  if (status === 429) return rateLimited(429).body;
  const reasons: Record<number, string> = {
    400: 'invalid',
    401: 'authError',
    403: 'forbidden',
    404: 'notFound',
    409: 'conflict',
    410: 'deleted',
    412: 'conditionNotMet',
  };
  const message = `Answer with status ${status}`;
  const reason = reasons[status] ?? 'backendError';
  return { error: { code: status, message, errors: [{ domain: 'global', reason, message }] } };
}
