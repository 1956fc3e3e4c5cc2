import type { ContentfulStatusCode } from 'hono/utils/http-status';

interface Detail {
  readonly parameter?: string;
  readonly message: string;
  readonly code?: string;
}

/** An error answer of the API; thrown by handlers and written by the app's error handler. */
export class CalendlyFailure extends Error {
  override readonly name = 'CalendlyFailure';
  readonly status: ContentfulStatusCode;
  readonly body: Readonly<Record<string, unknown>>;

  constructor(status: ContentfulStatusCode, body: Readonly<Record<string, unknown>>) {
    super(String(body.message ?? status));
    this.status = status;
    this.body = body;
  }
}

const NOT_ACCEPTED = 'The parameters of this request are not accepted.';

export function invalid(...details: readonly Detail[]): CalendlyFailure {
  return new CalendlyFailure(400, {
    title: 'Invalid Argument',
    message: NOT_ACCEPTED,
    ...(details.length > 0 ? { details } : {}),
  });
}

export function badParameter(parameter: string, message: string): CalendlyFailure {
  return invalid({ parameter, message });
}

export function unauthenticated(): CalendlyFailure {
  return new CalendlyFailure(401, { title: 'Unauthenticated', message: 'The access token is invalid' });
}

export function forbidden(message = 'You do not have permission to access this resource.'): CalendlyFailure {
  return new CalendlyFailure(403, { title: 'Permission Denied', message });
}

export function insufficientScope(scopes: readonly string[]): CalendlyFailure {
  return new CalendlyFailure(403, {
    title: 'Insufficient scope',
    message: 'The token lacks a scope that this call needs.',
    required_scopes: scopes,
  });
}

export function notFound(): CalendlyFailure {
  return new CalendlyFailure(404, { title: 'Resource Not Found', message: 'The server has no such resource.' });
}

export function conflict(): CalendlyFailure {
  return new CalendlyFailure(409, { title: 'Already Exists', message: 'This resource exists already.' });
}

/** Seen with an empty object as its body. */
export function rateLimited(): CalendlyFailure {
  return new CalendlyFailure(429, {});
}

/** What Calendly says with a status when nothing more particular is known: for injected faults. */
export function errorBody(status: number): Readonly<Record<string, unknown>> {
  const known: Readonly<Record<number, CalendlyFailure>> = {
    400: invalid(),
    401: unauthenticated(),
    403: forbidden(),
    404: notFound(),
    409: conflict(),
    429: rateLimited(),
  };
  return known[status]?.body ?? { title: 'Internal Server Error', message: 'An unexpected condition came up.' };
}
