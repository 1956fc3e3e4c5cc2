import type * as z from 'zod';
import { HubError } from '../../core/errors.ts';
import { limited, missingScope, notAccepted, refusal, unavailable } from '../kit/failures.ts';
import { manifest } from './manifest.ts';
import { errorSchema } from './schemas.ts';

/** The window of the ordinary limit, for an answer without `X-RateLimit-Reset`. */
const DEFAULT_PAUSE_SECONDS = 60;
/** Of what is left, this share is kept for live callers. */
const LIVE_SHARE = 0.1;

/**
 * Calendly's error answers in the hub's terms ("Error handling", "Rate limits"). Titles are not relied upon: the
 * reference shows some that do not fit their status.
 */
export function classifyError(answer: { status: number; body: unknown; headers: Headers }): HubError | null {
  const { status, body, headers } = answer;
  switch (status) {
    case 400:
      return rejected(body);
    case 403:
      return forbidden(body);
    case 424:
      return unavailable('A calendar that Calendly looks into is unreachable; its owner must reconnect it.');
    case 429:
      return limited(manifest.name, resetSeconds(headers));
    default:
      return status >= 500 ? unavailable(`Calendly answered with status ${status}.`) : null;
  }
}

/** What we sent is not accepted; names the parameters, never their values. */
export function rejected(body: unknown): HubError {
  const named = (read(body).details ?? []).flatMap(({ parameter, code }) => [parameter, code]);
  return notAccepted(manifest.name, named);
}

/** 403 has several meanings, told apart by what the answer says, in this order. */
export function forbidden(body: unknown): HubError {
  const { title, message, required_scopes } = read(body);
  const said = `${title ?? ''} ${message ?? ''}`;
  if (isAlreadyCancelled(body)) return refusal('This appointment is cancelled already.');
  if (/event in the past/i.test(said)) return refusal('Calendly does not cancel appointments that have begun.');
  if (required_scopes || /insufficient[ _]scope/i.test(said)) return missingScope(manifest.name, required_scopes ?? []);
  if (/upgrade|paid calendly|not enabled for your account/i.test(said)) {
    return new HubError('plan_required', { detail: 'The Calendly account needs a plan that includes this.' });
  }
  const detail = 'The connected Calendly user may not do this; connect as an owner or admin of the organization.';
  return new HubError('missing_scope', { detail });
}

/** A repeated cancellation. */
export function isAlreadyCancelled(body: unknown): boolean {
  return /already cancell?ed/i.test(read(body).message ?? '');
}

/** Calendly says outright that the time is taken; it does not always. */
export function saysTaken(body: unknown): boolean {
  return (read(body).details ?? []).some(({ code }) => code === 'already_filled');
}

/** `X-RateLimit-Reset`: seconds to go. */
export function resetSeconds(headers: Headers): number {
  return Number.parseInt(headers.get('x-ratelimit-reset') ?? '', 10) || DEFAULT_PAUSE_SECONDS;
}

/** Free accounts have a tenth of the calls of paid ones: the headers of every answer tell, the manifest can't. */
export function quotaPauseMs(headers: Headers): number {
  // Without these headers nothing is less than anything, and nobody pauses.
  const limit = Number.parseInt(headers.get('x-ratelimit-limit') ?? '', 10);
  const remaining = Number.parseInt(headers.get('x-ratelimit-remaining') ?? '', 10);
  return remaining <= limit * LIVE_SHARE ? resetSeconds(headers) * 1000 : 0;
}

function read(body: unknown): z.infer<typeof errorSchema> {
  return errorSchema.safeParse(body).data ?? {};
}
