import { HubError } from '../../core/errors.ts';
import { limited, missingScope, notAccepted, unavailable } from '../kit/failures.ts';
import { manifest } from './manifest.ts';
import { errorSchema } from './schemas.ts';

/** Limits are per minute and slide; Google names no time ("Manage quotas"). */
const RATE_PAUSE_SECONDS = 5;
/** The cap against abuse lasts for hours; an hour keeps a sync from knocking on it. */
const CAP_PAUSE_SECONDS = 3_600;

const RATE_REASONS = ['rateLimitExceeded', 'userRateLimitExceeded', 'RATE_LIMIT_EXCEEDED'];
const CAP_REASONS = ['quotaExceeded', 'dailyLimitExceeded', 'calendarUsageLimitsExceeded'];
const SCOPE_REASONS = ['insufficientPermissions', 'ACCESS_TOKEN_SCOPE_INSUFFICIENT'];
const CONFIGURATION_REASONS = ['accessNotConfigured', 'SERVICE_DISABLED'];

/**
 * Google's error answers in the hub's terms ("Handle API errors"). The reason comes before the status: a 403 alone can
 * mean scope, rate, abuse cap, our configuration or a permission. A `Retry-After` that the answer carries overrides the
 * pauses named here.
 */
export function classifyError({ status, body }: { status: number; body: unknown }): HubError | null {
  const reasons = reasonsOf(body);
  const says = (known: readonly string[]) => reasons.some((reason) => known.includes(reason));
  if (status === 429 || (status === 403 && says(RATE_REASONS))) return limited(manifest.name, RATE_PAUSE_SECONDS);
  if (status >= 500) return unavailable(`${manifest.name} answered with status ${status}.`);
  switch (status) {
    case 400:
      return notAccepted(manifest.name, reasons);
    case 403:
      return forbidden(reasons, says);
    case 409:
    case 412:
      return unavailable('The event was changed by somebody else at the same time.');
    case 410:
      return new HubError('not_found', { detail: `${manifest.name} has deleted this record.` });
    default:
      return null;
  }
}

/** The reasons that an error body names, each once. */
export function reasonsOf(body: unknown): string[] {
  const error = errorSchema.safeParse(body).data?.error;
  const named = [...(error?.errors ?? []), ...(error?.details ?? [])].flatMap(({ reason }) => reason ?? []);
  return [...new Set(named)];
}

/** Null: a 403 that says nothing is left to the common rule. */
function forbidden(reasons: readonly string[], says: (known: readonly string[]) => boolean): HubError | null {
  if (says(CAP_REASONS)) return limited(manifest.name, CAP_PAUSE_SECONDS);
  if (says(SCOPE_REASONS)) return missingScope(manifest.name);
  if (says(CONFIGURATION_REASONS)) {
    return new HubError('internal', { detail: 'The Google Calendar API is not switched on for our app.' });
  }
  if (says(['notACalendarUser'])) {
    return new HubError('plan_required', { detail: 'This Google account has no Google Calendar.' });
  }
  if (reasons.length === 0) return null;
  return new HubError('provider_rejected', {
    detail: `${manifest.name} does not permit this for this calendar or event.`,
  });
}
