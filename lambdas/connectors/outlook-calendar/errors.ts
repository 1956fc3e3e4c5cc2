import { HubError } from '../../core/errors.ts';
import { limited, missingScope, notAccepted, unavailable } from '../kit/failures.ts';
import { manifest } from './manifest.ts';
import { errorSchema } from './schemas.ts';

/** Exchange names no time for a bandwidth limit. */
const BANDWIDTH_PAUSE_SECONDS = 60;
const NO_MAILBOX = ['mailboxnotenabledforrestapi', 'mailboxnotsupportedforrestapi'];
const RESET = ['syncstatenotfound', 'resyncrequired'];

/** Microsoft Graph's error answers in the hub's terms ("Microsoft Graph error responses and resource types"). */
export function classifyError({ status, body }: { status: number; body: unknown }): HubError | null {
  const codes = codesOf(body);
  switch (status) {
    case 400:
      return codes.some(is('erroroccurrencecrossingboundary')) ? beyondNeighbour() : notAccepted(manifest.name, codes);
    case 403:
      return missingScope(manifest.name);
    case 404:
      return codes.some((code) => NO_MAILBOX.includes(code.toLowerCase())) ? noMailbox() : null;
    case 409:
    case 412:
      return changedMeanwhile();
    case 423:
      return new HubError('rate_limited', {
        detail: `${manifest.name} has locked this record for a moment.`,
        retryAfterSeconds: 2,
      });
    case 429:
      return limited(manifest.name);
    case 507:
      return new HubError('provider_rejected', { detail: 'The Outlook mailbox is full.' });
    case 509:
      return limited(manifest.name, BANDWIDTH_PAUSE_SECONDS);
    default:
      return status >= 500 ? unavailable(`${manifest.name} answered with status ${status}.`) : null;
  }
}

/** A delta link that can't be continued: 410, or another status with one of two codes, in any case of letters. */
export function endsFeed(status: number, body: unknown): boolean {
  return status === 410 || codesOf(body).some((code) => RESET.includes(code.toLowerCase()));
}

/** Said of one thing; other answers with 404 may be about the whole mailbox. */
export function isItemNotFound(body: unknown): boolean {
  return codesOf(body).some(is('erroritemnotfound'));
}

export function changedMeanwhile(): HubError {
  return new HubError('provider_rejected', {
    detail: 'The appointment was changed in Outlook meanwhile; look it up again.',
  });
}

function beyondNeighbour(): HubError {
  return new HubError('provider_rejected', {
    detail: 'Outlook does not move an appointment of a series past the one before or after it.',
  });
}

/** Unlicensed, kept on the business's own servers, or a guest: no calendar of such an account can be reached. */
function noMailbox(): HubError {
  return new HubError('integration_not_connected', {
    detail:
      'This Microsoft account has no mailbox in Exchange Online or Outlook.com, so its calendar cannot be connected. ' +
      'Sign in with an account that has one.',
  });
}

function codesOf(body: unknown): string[] {
  const error = errorSchema.safeParse(body).data?.error;
  return [error?.code, error?.innerError?.code, error?.innererror?.code].filter((code) => typeof code === 'string');
}

function is(wanted: string): (code: string) => boolean {
  return (code) => code.toLowerCase() === wanted;
}
