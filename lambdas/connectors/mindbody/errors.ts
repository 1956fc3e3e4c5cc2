import { HubError } from '../../core/errors.ts';
import { errorForStatus } from '../../core/provider-http/error-mapping.ts';
import { limited, missingScope, notAccepted, refusal, slotTaken, unavailable } from '../kit/failures.ts';
import { errorSchema } from './schemas.ts';

/** Limits are counted by the minute, as far as is known; 429 carries no `Retry-After`. */
const LIMIT_PAUSE_SECONDS = 60;
const WENT_WRONG = 'Something went wrong at Mindbody.';
const MAINTENANCE_PAUSE_SECONDS = 300;

type Answer = { readonly status: number; readonly rejected?: unknown };
type Meaning = (code: string) => HubError;

const denied: Meaning = () =>
  new HubError('missing_scope', {
    detail:
      'Mindbody denies access: the staff member who signed in lacks the right for this. ' +
      'Connect again as somebody who may see clients and book appointments.',
    tokenInDoubt: true,
  });
const ownKey: Meaning = () =>
  new HubError('internal', { detail: 'Mindbody does not accept the credentials of the app itself.' });
const signIn: Meaning = () =>
  new HubError('reauth_required', { detail: 'Mindbody refuses the sign-in; it must be connected again.' });
const right: Meaning = (code) => missingScope('Mindbody', [code]);
const taken: Meaning = () => slotTaken();
const gone: Meaning = () => new HubError('not_found', { detail: 'Mindbody does not have this record.' });
const unpaid: Meaning = (code) => refusal(`Mindbody wants this to be paid for before it is booked: ${code}.`);
const value: Meaning = (code) => notAccepted('Mindbody', [code]);

const MEANINGS: Readonly<Record<string, Meaning>> = {
  DeniedAccess: denied,
  InvalidSourceCredentials: ownKey,
  InvalidUserCredentials: signIn,
  InvalidStaffCredentials: signIn,
  InvalidLoginCredentials: signIn,
  InvalidUserAccessLevel: right,
  InvalidPermissionConfiguration: right,
  InvalidBookingTime: taken,
  SchedulingWindowViolated: taken,
  SchedulingRestrictionsViolated: taken,
  StaffIsInactive: taken,
  ClassSignUpsFull: taken,
  ClientIsAlreadyBooked: () => slotTaken('The client has another booking at this time.'),
  ClientNotFound: gone,
  ItemNotFound: gone,
  SessionTypeNotFound: gone,
  StaffMemberNotFound: gone,
  ResourceDoesNotExist: gone,
  PaymentRequired: unpaid,
  ClassRequiresPayment: unpaid,
  ServiceDoesNotPayForAppointment: unpaid,
  MissingRequiredFields: value,
  InvalidParameter: value,
  ValidationFailed: value,
  InvalidClientCreation: value,
  InvalidClientUpdate: value,
};

/**
 * Mindbody's error answers in the hub's terms, by the code in the body ("Errors"). Which HTTP status comes with which
 * code is not documented, so the status counts only where there is no code that is known.
 *
 * `DeniedAccess` may mean a token that is used up or a right that the staff member lacks: it is the right when a
 * renewed token meets it, too. Whether a staff member who signed in by OAuth may book at all is not documented.
 */
export function classifyError({ status, body }: { status: number; body: unknown }): HubError | null {
  const code = codeOf(body) ?? '';
  if (status === 429 || code === 'TooManyRequests') return limited('Mindbody', LIMIT_PAUSE_SECONDS);
  if (code === 'SQLDBMaintenance') return unavailable('Mindbody is under maintenance.', MAINTENANCE_PAUSE_SECONDS);
  // Whatever the status: a write may have been carried out before it went wrong.
  if (code === 'Unknown') return new HubError('provider_unavailable', { detail: WENT_WRONG, outcomeUnknown: true });
  if (status >= 500) return unavailable(`Mindbody answered with status ${status}.`);
  if (isNotLinked(code)) {
    const detail = 'The Mindbody site is not linked to this app; its owner must activate it.';
    return new HubError('missing_scope', { detail });
  }
  return (Object.hasOwn(MEANINGS, code) ? MEANINGS[code]?.(code) : null) ?? null;
}

/** The error that a refusal, asked for as an answer, would have been. */
export function refusalOf({ status, rejected }: Answer): HubError {
  return classifyError({ status, body: rejected }) ?? errorForStatus('Mindbody', status);
}

export function codeOf(body: unknown): string | null {
  return errorSchema.safeParse(body).data?.Error?.Code ?? null;
}

/** `InvalidSiteId` and its relatives: the owner has not activated the app for the site, or has removed it. */
export function isNotLinked(code: string | null): boolean {
  return code?.startsWith('InvalidSite') ?? false;
}

export function isGone({ status, rejected }: Answer): boolean {
  const code = codeOf(rejected);
  return code === null ? status === 404 : code === 'ItemNotFound' || code === 'ResourceDoesNotExist';
}
