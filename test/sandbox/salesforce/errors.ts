import type { ContentfulStatusCode } from 'hono/utils/http-status';

/** An error answer of the REST API: always an array. */
export class SalesforceFailure extends Error {
  override readonly name = 'SalesforceFailure';
  readonly status: ContentfulStatusCode;
  readonly body: readonly Readonly<Record<string, unknown>>[];

  constructor(status: ContentfulStatusCode, errorCode: string, message: string, more: object = {}) {
    super(message);
    this.status = status;
    this.body = [{ message, errorCode, ...more }];
  }
}

export const invalidSession = () => new SalesforceFailure(401, 'INVALID_SESSION_ID', 'Session expired or invalid');

export const notFound = (message = 'The requested resource does not exist') =>
  new SalesforceFailure(404, 'NOT_FOUND', message);

export const malformedQuery = (message: string) => new SalesforceFailure(400, 'MALFORMED_QUERY', message);

export const noSuchField = (field: string, type: string) =>
  new SalesforceFailure(400, 'INVALID_FIELD', `No such column '${field}' on entity '${type}'.`);

export const noSuchObject = (type: string) =>
  new SalesforceFailure(400, 'INVALID_TYPE', `sObject type '${type}' is not supported.`);

export const refusedField = (errorCode: string, message: string, fields: readonly string[]) =>
  new SalesforceFailure(400, errorCode, message, { fields });

export const apiDisabled = () =>
  new SalesforceFailure(403, 'API_DISABLED_FOR_ORG', 'The REST API is not enabled for this Organization.');

export const limitExceeded = () =>
  new SalesforceFailure(403, 'REQUEST_LIMIT_EXCEEDED', 'TotalRequests Limit exceeded.');

/** What Salesforce says with a status when nothing more particular is known: for injected faults. */
export function errorBody(status: number): unknown {
  const codes: Record<number, string> = {
    400: 'FIELD_CUSTOM_VALIDATION_EXCEPTION',
    401: 'INVALID_SESSION_ID',
    403: 'INSUFFICIENT_ACCESS',
    404: 'NOT_FOUND',
    429: 'REQUEST_LIMIT_EXCEEDED',
    503: 'SERVER_UNAVAILABLE',
  };
  return [{ message: `Answer with status ${status}`, errorCode: codes[status] ?? 'UNKNOWN_EXCEPTION' }];
}
