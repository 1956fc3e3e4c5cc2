import * as z from 'zod';
import { HubError } from '../../core/errors.ts';
import { limited, missingScope, notAccepted, slotTaken, unavailable } from '../kit/failures.ts';

const text = z.string().nullish();
const errorSchema = z.looseObject({ errors: z.array(z.looseObject({ code: text, detail: text, field: text })) });
type SquareError = z.infer<typeof errorSchema>['errors'][number];

export interface ErrorAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly headers: Headers;
}

/** Square names no time; its own SDK begins with a second. */
const PAUSE_SECONDS = 1;

/**
 * Square's error answers in the hub's terms (Square "Handling errors"). A time that is taken is a 400 at `start_at`,
 * not a 409. A plan that does not allow a call looks like an authentication error and is none: its text says so.
 */
export function classifyError({ status, body, headers }: ErrorAnswer): HubError | null {
  const errors = errorsOf(body);
  const has = (code: string) => errors.some((error) => error.code === code);
  if (status >= 500 || has('TEMPORARY_ERROR')) return unavailable(`Square answered with status ${status}.`);
  if (has('IDEMPOTENCY_KEY_REUSED')) {
    return new HubError('idempotency_conflict', { detail: 'Square has seen this key with another request.' });
  }
  switch (status) {
    case 400:
    case 409:
      if (errors.some(isTakenTime)) return slotTaken();
      // A booking names its services by the version that the offer had.
      if (errors.some((error) => isAt(error, 'service_variation_version'))) {
        return slotTaken('The service has changed since this time was offered.');
      }
      return notAccepted(
        'Square',
        errors.flatMap(({ code, field }) => [code, field]),
      );
    case 403:
      return refusedByRights(errors);
    case 410:
      return new HubError('not_found', { detail: 'Square does not have this record any more.' });
    case 429:
      return limited('Square', secondsToReset(headers) ?? PAUSE_SECONDS);
    default:
      return null;
  }
}

/** Whether the answer says that a page cursor is no good any more. */
export function isDeadCursor(body: unknown): boolean {
  return errorsOf(body).some(({ code, field }) => code === 'INVALID_CURSOR' || field === 'cursor');
}

/** Whether somebody else has changed the record since it was read; no page names status and code. */
export function isStaleVersion({ status, body }: Omit<ErrorAnswer, 'headers'>): boolean {
  const errors = errorsOf(body);
  if (errors.some((error) => error.code === 'IDEMPOTENCY_KEY_REUSED' || isTakenTime(error))) return false;
  const saysStale = (error: SquareError) =>
    /^(CONFLICT|VERSION_MISMATCH)$/.test(error.code ?? '') ||
    isAt(error, '(booking_)?version') ||
    /version mismatch|stale version/i.test(error.detail ?? '');
  return status === 409 || errors.some(saysStale);
}

function errorsOf(body: unknown): SquareError[] {
  return errorSchema.safeParse(body).data?.errors ?? [];
}

function isAt({ field }: SquareError, member: string): boolean {
  return new RegExp(`(^|\\.)${member}$`).test(field ?? '');
}

function isTakenTime(error: SquareError): boolean {
  return error.code === 'BAD_REQUEST' && isAt(error, 'start_at');
}

function refusedByRights(errors: readonly SquareError[]): HubError {
  const texts = errors.map(({ detail }) => detail ?? '');
  const byPlan = texts.some((detail) => /subscri|\bplan\b/i.test(detail));
  if (byPlan || errors.some(({ code }) => code === 'MERCHANT_SUBSCRIPTION_NOT_FOUND')) {
    return new HubError('plan_required', { detail: 'The Square plan of this business does not include this.' });
  }
  const scopes = texts.flatMap((detail) => detail.match(/\b[A-Z]+(?:_[A-Z]+)*_(?:READ|WRITE)\b/g) ?? []);
  return missingScope('Square', scopes);
}

/** `X-RateLimit-Reset` is epoch seconds of Square's clock, where it is sent at all (Square's Node SDK reads it). */
function secondsToReset(headers: Headers): number | null {
  const reset = Number.parseInt(headers.get('x-ratelimit-reset') ?? '', 10);
  const now = Date.parse(headers.get('date') ?? '') / 1000;
  return Number.isNaN(reset) || Number.isNaN(now) || reset <= now ? null : Math.ceil(reset - now);
}
