/** The hub's errors, as connectors use them. Details name fields and codes, never values: they are shown and logged. */
import { HubError } from '../../core/errors.ts';

export function limited(provider: string, retryAfterSeconds?: number): HubError {
  return new HubError('rate_limited', { detail: `${provider} limits the rate of calls.`, ...after(retryAfterSeconds) });
}

export function unavailable(detail: string, retryAfterSeconds?: number): HubError {
  return new HubError('provider_unavailable', { detail, ...after(retryAfterSeconds) });
}

/** The values that we sent are not accepted; `named`: fields and codes. */
export function notAccepted(provider: string, named: readonly (string | null | undefined)[] = []): HubError {
  const codes = identifiers(named);
  return new HubError('provider_rejected', {
    detail: `${provider} does not accept these values${codes.length === 0 ? '' : `: ${codes.join(', ')}`}.`,
  });
}

/** The provider, or its rules, will not have it; `detail` says what. */
export function refusal(detail: string): HubError {
  return new HubError('provider_rejected', { detail });
}

/** A write may have been carried out, and nobody knows; only a repetition with the same key can tell. */
export function openOutcome(what: string, cause?: unknown): HubError {
  const detail = `${what}; repeat the call with the same Idempotency-Key.`;
  return new HubError('provider_unavailable', { detail, outcomeUnknown: true, cause });
}

export function slotTaken(detail = 'This time is no longer free.'): HubError {
  return new HubError('slot_unavailable', { detail });
}

export function missingScope(provider: string, named: readonly (string | null | undefined)[] = []): HubError {
  const scopes = identifiers(named);
  return new HubError('missing_scope', {
    detail: `The ${provider} account has not granted what this needs${
      scopes.length === 0 ? '' : ` (${scopes.join(', ')})`
    }; connect it again to grant it.`,
  });
}

/** Keeps names and codes; anything that could be a caller's value is dropped. */
export function identifiers(values: readonly (string | null | undefined)[]): string[] {
  const names = values.filter((value) => typeof value === 'string' && /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/.test(value));
  return [...new Set(names)].filter((value) => value !== null && value !== undefined).slice(0, 10);
}

function after(retryAfterSeconds: number | undefined) {
  return retryAfterSeconds === undefined ? {} : { retryAfterSeconds };
}
