import { type HubError, isHubError } from '../errors.ts';

/** An `application/problem+json` document (RFC 9457). */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: HubError['code'];
  readonly requestId: string;
  readonly field?: string;
  readonly retryAfterSeconds?: number;
}

/** Anything that is not a `HubError` is ours to fix: the caller learns only where to look it up. */
export function problemOf(error: unknown, requestId: string): Problem {
  if (!isHubError(error)) {
    return {
      type: 'urn:integration-hub:problem:internal',
      title: 'Internal error',
      status: 500,
      detail: 'Something went wrong in the hub; the request id names the entry in its log.',
      code: 'internal',
      requestId,
    };
  }
  const title = error.code.replaceAll('_', ' ');
  return {
    ...error.extensions,
    type: `urn:integration-hub:problem:${error.code}`,
    title: title.charAt(0).toUpperCase() + title.slice(1),
    status: error.status,
    detail: error.message,
    code: error.code,
    requestId,
    ...(error.field === undefined ? {} : { field: error.field }),
    ...(error.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: error.retryAfterSeconds }),
  };
}
