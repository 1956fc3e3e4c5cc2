import * as z from 'zod';
import { HubError } from '../../core/errors.ts';
import { limited, missingScope, notAccepted, refusal, unavailable } from '../kit/failures.ts';
import { manifest } from './manifest.ts';

const { name } = manifest;
/** Limits are per minute and slide; Google names no time ("Manage quotas"). */
const RATE_PAUSE_SECONDS = 5;
/** The cap against abuse lasts for hours; an hour keeps a sync from knocking on it. */
const CAP_PAUSE_SECONDS = 3_600;
const NOT_SWITCHED_ON = 'The Google Calendar API is not switched on for our app.';
const NOT_OUR_DOMAIN = `${name} does not deliver to the hub's address: its domain is not verified for our app.`;
const NOT_PERMITTED = `${name} does not permit this for this calendar or event.`;

/** "Handle API errors". Every member is optional; `details` are there at times. */
const reasonsSchema = z.array(z.looseObject({ reason: z.string().nullish() })).nullish();
const errorSchema = z.looseObject({ error: z.looseObject({ errors: reasonsSchema, details: reasonsSchema }) });

/** "Unauthorized WebHook callback channel". It comes with 401, but no token is at fault. */
const WRONG_ADDRESS = 'push.webhookUrlUnauthorized';

/** A 403 alone can mean scope, rate, abuse cap, our configuration or a permission; what comes first here counts. */
const FORBIDDEN: readonly (readonly [reasons: string, failure: () => HubError])[] = [
  ['rateLimitExceeded userRateLimitExceeded RATE_LIMIT_EXCEEDED', () => limited(name, RATE_PAUSE_SECONDS)],
  ['quotaExceeded dailyLimitExceeded calendarUsageLimitsExceeded', () => limited(name, CAP_PAUSE_SECONDS)],
  ['insufficientPermissions ACCESS_TOKEN_SCOPE_INSUFFICIENT', () => missingScope(name)],
  ['accessNotConfigured SERVICE_DISABLED', () => new HubError('internal', { detail: NOT_SWITCHED_ON })],
  [WRONG_ADDRESS, () => notOurDomain()],
  ['notACalendarUser', () => noCalendar()],
];

/** Google's error answers in the hub's terms. A `Retry-After` that the answer carries overrides the pauses named here. */
export function classifyError({ status, body }: { status: number; body: unknown }): HubError | null {
  const error = errorSchema.safeParse(body).data?.error;
  const reasons = [...(error?.errors ?? []), ...(error?.details ?? [])].flatMap(({ reason }) => reason ?? []);
  switch (status) {
    case 400:
      return notAccepted(name, reasons);
    case 401:
      return reasons.includes(WRONG_ADDRESS) ? notOurDomain() : null;
    case 403: {
      const known = FORBIDDEN.find(([named]) => named.split(' ').some((reason) => reasons.includes(reason)));
      // One that says nothing is left to the common rule.
      return known ? known[1]() : reasons.length === 0 ? null : refusal(NOT_PERMITTED);
    }
    case 409:
    case 412:
      return unavailable('The event was changed by somebody else at the same time.');
    case 410:
      return new HubError('not_found', { detail: `${name} has deleted this record.` });
    case 429:
      return limited(name, RATE_PAUSE_SECONDS);
    default:
      return status >= 500 ? unavailable(`${name} answered with status ${status}.`) : null;
  }
}

function notOurDomain(): HubError {
  return new HubError('internal', { detail: NOT_OUR_DOMAIN });
}

export function noCalendar(): HubError {
  return new HubError('plan_required', { detail: 'This Google account has no Google Calendar.' });
}
