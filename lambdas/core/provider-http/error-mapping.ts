import { type ErrorCode, HubError } from '../errors.ts';

/** Codes of failures that happened before the provider could see the request. */
const NOT_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'CERT_HAS_EXPIRED',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);

/** True when a failed `fetch` certainly never reached the provider. */
export function neverSent(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  if ('code' in error && typeof error.code === 'string' && NOT_SENT.has(error.code)) return true;
  // Several addresses were tried.
  if ('errors' in error && Array.isArray(error.errors)) return error.errors.length > 0 && error.errors.every(neverSent);
  return 'cause' in error && neverSent(error.cause);
}

/** Statuses besides 5xx of a request that was given up half-way, at the provider or further on. */
const GIVEN_UP = new Set([408, 420, 424]);

/** Whether a write that failed so may have been carried out all the same. */
export function leavesOpen(code: ErrorCode, status: number): boolean {
  return code === 'provider_unavailable' && (status >= 500 || GIVEN_UP.has(status));
}

/** The common reading of a status that the connector itself has no rule for. 401 hardly gets here. */
export function errorForStatus(provider: string, status: number): HubError {
  if (status === 429) return new HubError('rate_limited', { detail: `${provider} limits the rate of calls.` });
  if (status === 404) return new HubError('not_found', { detail: `${provider} does not have this record.` });
  if (status === 402) return new HubError('plan_required', { detail: `${provider} asks for a different plan.` });
  if (status === 403) return new HubError('missing_scope', { detail: `${provider} does not permit this call.` });
  if (status === 408 || status === 423 || status === 425 || status >= 500 || (status >= 300 && status < 400)) {
    return new HubError('provider_unavailable', { detail: `${provider} answered with status ${status}.` });
  }
  return new HubError('provider_rejected', { detail: `${provider} refused the request with status ${status}.` });
}
