import { HubError } from '../../core/errors.ts';
import { limited, missingScope, notAccepted, unavailable } from '../kit/failures.ts';
import { manifest } from './manifest.ts';
import { errorSchema } from './schemas.ts';

const { name } = manifest;
/** Exchange names no time for a bandwidth limit. */
const BANDWIDTH_PAUSE_SECONDS = 60;

/** Unlicensed, kept on the business's own servers, or a guest: no calendar of such an account can be reached. */
const NO_MAILBOX =
  'This Microsoft account has no mailbox in Exchange Online or Outlook.com, so its calendar cannot be connected. ' +
  'Sign in with an account that has one.';

/** Microsoft Graph's error answers in the hub's terms ("Microsoft Graph error responses and resource types"). */
export function classifyError({ status, body }: { status: number; body: unknown }): HubError | null {
  switch (status) {
    case 400:
      return says(body, 'ErrorOccurrenceCrossingBoundary')
        ? rejected('Outlook does not move an appointment of a series past the one before or after it.')
        : notAccepted(name, codesOf(body));
    case 403:
      return missingScope(name);
    case 404:
      return says(body, 'MailboxNotEnabledForRESTAPI', 'MailboxNotSupportedForRESTAPI')
        ? new HubError('integration_not_connected', { detail: NO_MAILBOX })
        : null;
    case 409:
    case 412:
      return changedMeanwhile();
    case 423:
      return new HubError('rate_limited', {
        detail: `${name} has locked this record for a moment.`,
        retryAfterSeconds: 2,
      });
    case 429:
      return limited(name);
    case 507:
      return rejected('The Outlook mailbox is full.');
    case 509:
      return limited(name, BANDWIDTH_PAUSE_SECONDS);
    default:
      return status >= 500 ? unavailable(`${name} answered with status ${status}.`) : null;
  }
}

/** A delta link that can't be continued: 410, or another status with one of two codes. */
export function endsFeed(status: number, body: unknown): boolean {
  return status === 410 || says(body, 'SyncStateNotFound', 'ResyncRequired');
}

/** Said of one thing; other answers with 404 may be about the whole mailbox. */
export function isItemNotFound(body: unknown): boolean {
  return says(body, 'ErrorItemNotFound');
}

export function changedMeanwhile(): HubError {
  return rejected('The appointment was changed in Outlook meanwhile; look it up again.');
}

function rejected(detail: string): HubError {
  return new HubError('provider_rejected', { detail });
}

function codesOf(body: unknown): string[] {
  const error = errorSchema.safeParse(body).data?.error;
  return [error?.code, error?.innerError?.code, error?.innererror?.code].filter((code) => typeof code === 'string');
}

/** Codes come in any case of letters. */
function says(body: unknown, ...wanted: readonly string[]): boolean {
  return codesOf(body).some((code) => wanted.some((known) => known.toLowerCase() === code.toLowerCase()));
}
