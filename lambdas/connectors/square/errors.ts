import { HubError } from '../../core/errors.ts';
import { limited, missingScope, notAccepted, slotTaken, unavailable } from '../kit/failures.ts';
import { errorSchema, type SquareErrors } from './schemas.ts';

/** Square names no time; its own SDK begins with a second. */
const PAUSE_SECONDS = 1;

export interface ErrorAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly headers: Headers;
}

/**
 * Square's error answers in the hub's terms (Square "Handling errors"). A time that is taken is a 400 at `start_at`,
 * not a 409. A plan that does not allow a call looks like an authentication error and is none: its text says so.
 */
export function classifyError({ status, body, headers }: ErrorAnswer): HubError | null {
  const errors = errorsOf(body);
  const has = (code: string) => errors.some((error) => error.code === code);
  if (has('TEMPORARY_ERROR')) return unavailable('Square could not carry this out for the moment.');
  if (has('IDEMPOTENCY_KEY_REUSED')) {
    return new HubError('idempotency_conflict', { detail: 'Square has seen this key with another request.' });
  }
  switch (status) {
    case 400:
      if (errors.some(isTakenTime)) return slotTaken();
      if (errors.some(isOutdatedOffer)) return slotTaken('The service has changed since this time was offered.');
      return notAccepted('Square', codesAndFields(errors));
    case 403:
      return refusedByRights(errors);
    case 409:
      return notAccepted('Square', codesAndFields(errors));
    case 410:
      return new HubError('not_found', { detail: 'Square does not have this record any more.' });
    case 429:
      return limited('Square', secondsToReset(headers) ?? PAUSE_SECONDS);
    default:
      return status >= 500 ? unavailable(`Square answered with status ${status}.`) : null;
  }
}

/** Whether the answer says that a page cursor is no good any more. */
export function isDeadCursor(body: unknown): boolean {
  return errorsOf(body).some(({ code, field }) => code === 'INVALID_CURSOR' || field === 'cursor');
}

/** Whether somebody else has changed the record since it was read; no page names status and code. */
export function isStaleVersion({ status, body }: { readonly status: number; readonly body: unknown }): boolean {
  const errors = errorsOf(body);
  if (errors.some(({ code }) => code === 'IDEMPOTENCY_KEY_REUSED') || errors.some(isTakenTime)) return false;
  return status === 409 || errors.some(namesStaleVersion);
}

/** Codes and names of fields; never values. */
function codesAndFields(errors: SquareErrors): (string | null | undefined)[] {
  return errors.flatMap(({ code, field }) => [code, field]);
}

function errorsOf(body: unknown): SquareErrors {
  return errorSchema.safeParse(body).data?.errors ?? [];
}

function isTakenTime({ code, field }: SquareErrors[number]): boolean {
  return code === 'BAD_REQUEST' && /(^|\.)start_at$/.test(field ?? '');
}

/** A booking names its services by the version that the offer had. */
function isOutdatedOffer({ field }: SquareErrors[number]): boolean {
  return /(^|\.)service_variation_version$/.test(field ?? '');
}

function namesStaleVersion({ code, field, detail }: SquareErrors[number]): boolean {
  if (code === 'CONFLICT' || code === 'VERSION_MISMATCH') return true;
  return /(^|\.)(booking_)?version$/.test(field ?? '') || /version mismatch|stale version/i.test(detail ?? '');
}

function refusedByRights(errors: SquareErrors): HubError | null {
  const byPlan = errors.some(
    ({ code, detail }) => code === 'MERCHANT_SUBSCRIPTION_NOT_FOUND' || /subscri|\bplan\b/i.test(detail ?? ''),
  );
  if (byPlan)
    return new HubError('plan_required', { detail: 'The Square plan of this business does not include this.' });
  const scopes = errors.flatMap(({ detail }) => [...(detail ?? '').matchAll(/\b[A-Z]+(?:_[A-Z]+)*_(?:READ|WRITE)\b/g)]);
  return missingScope(
    'Square',
    scopes.map(([scope]) => scope),
  );
}

/** `X-RateLimit-Reset` is epoch seconds of Square's clock, where it is sent at all (Square's Node SDK reads it). */
function secondsToReset(headers: Headers): number | null {
  const reset = Number.parseInt(headers.get('x-ratelimit-reset') ?? '', 10);
  const now = Date.parse(headers.get('date') ?? '') / 1000;
  return Number.isNaN(reset) || Number.isNaN(now) || reset <= now ? null : Math.ceil(reset - now);
}
