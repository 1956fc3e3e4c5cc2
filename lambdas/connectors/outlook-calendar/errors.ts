import { HubError } from '../../core/errors.ts';
import { limited, missingScope, notAccepted, refusal, unavailable } from '../kit/failures.ts';
import { manifest } from './manifest.ts';
import { errorSchema } from './schemas.ts';

const { name } = manifest;
/** Exchange names no time for a locked record and for a bandwidth limit. */
const LOCK_PAUSE_SECONDS = 2;
const BANDWIDTH_PAUSE_SECONDS = 60;

/** Microsoft Graph's error answers in the hub's terms ("Microsoft Graph error responses and resource types"). */
export function classifyError({ status, body }: { status: number; body: unknown }): HubError | null {
  if (status === 400)
    return says(body, 'ErrorOccurrenceCrossingBoundary') ? pastNeighbour() : notAccepted(name, codesOf(body));
  if (status === 403) return missingScope(name);
  if (status === 404)
    return says(body, 'MailboxNotEnabledForRESTAPI', 'MailboxNotSupportedForRESTAPI') ? noMailbox() : null;
  if (status === 409 || status === 412) return changedMeanwhile();
  if (status === 423) return limited(name, LOCK_PAUSE_SECONDS);
  if (status === 429) return limited(name);
  if (status === 507) return refusal('The Outlook mailbox is full.');
  if (status === 509) return limited(name, BANDWIDTH_PAUSE_SECONDS);
  return status >= 500 ? unavailable(`${name} answered with status ${status}.`) : null;
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
  return refusal('The appointment was changed in Outlook meanwhile; look it up again.');
}

function pastNeighbour(): HubError {
  return refusal('Outlook does not move an appointment of a series past the one before or after it.');
}

/** Unlicensed, kept on the business's own servers, or a guest: no calendar of such an account can be reached. */
function noMailbox(): HubError {
  const detail =
    'This Microsoft account has no mailbox in Exchange Online or Outlook.com, so its calendar cannot be connected. ' +
    'Sign in with an account that has one.';
  return new HubError('integration_not_connected', { detail });
}

function codesOf(body: unknown): string[] {
  const error = errorSchema.safeParse(body).data?.error;
  return [error?.code, error?.innerError?.code, error?.innererror?.code].filter((code) => typeof code === 'string');
}

/** Codes come in any case of letters. */
function says(body: unknown, ...wanted: readonly string[]): boolean {
  return codesOf(body).some((code) => wanted.some((known) => known.toLowerCase() === code.toLowerCase()));
}
