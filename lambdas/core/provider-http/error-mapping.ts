import { HubError } from '../errors.ts';

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
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ('code' in cause && typeof cause.code === 'string' && NOT_SENT.has(cause.code)) return true;
    if (cause instanceof AggregateError) return cause.errors.length > 0 && cause.errors.every(neverSent);
  }
  return false;
}

/** The common reading of a status that the connector itself has no rule for. 401 never gets here. */
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
