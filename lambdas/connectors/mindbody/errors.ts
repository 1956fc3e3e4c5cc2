import { HubError } from '../../core/errors.ts';
import { errorForStatus } from '../../core/provider-http/error-mapping.ts';
import { limited, missingScope, notAccepted, slotTaken, unavailable } from '../kit/failures.ts';
import { errorSchema } from './schemas.ts';

const PROVIDER = 'Mindbody';
/** Limits are counted by the minute, as far as is known; 429 carries no `Retry-After`. */
const LIMIT_PAUSE_SECONDS = 60;
const MAINTENANCE_PAUSE_SECONDS = 300;

const SLOT_CODES = [
  'InvalidBookingTime',
  'SchedulingWindowViolated',
  'SchedulingRestrictionsViolated',
  'StaffIsInactive',
  'ClassSignUpsFull',
];
const NOT_FOUND_CODES = [
  'ClientNotFound',
  'ItemNotFound',
  'SessionTypeNotFound',
  'StaffMemberNotFound',
  'ResourceDoesNotExist',
];
const PAYMENT_CODES = ['PaymentRequired', 'ClassRequiresPayment', 'ServiceDoesNotPayForAppointment'];
const VALUE_CODES = [
  'MissingRequiredFields',
  'InvalidParameter',
  'ValidationFailed',
  'InvalidClientCreation',
  'InvalidClientUpdate',
];
const CREDENTIAL_CODES = ['InvalidUserCredentials', 'InvalidStaffCredentials', 'InvalidLoginCredentials'];
const RIGHT_CODES = ['InvalidUserAccessLevel', 'InvalidPermissionConfiguration'];

/**
 * Mindbody's error answers in the hub's terms, by the code in the body ("Errors"). Which HTTP status comes with which
 * code is not documented, so the status counts only where there is no code that is known.
 *
 * `DeniedAccess` may mean a token that is used up or a right that the staff member lacks. Tokens are renewed before
 * they end and after a 401, so what is left is the right; whether a staff member who signed in by OAuth may book at
 * all is not documented.
 */
export function classifyError({ status, body }: { status: number; body: unknown }): HubError | null {
  const code = codeOf(body) ?? '';
  if (status === 429 || code === 'TooManyRequests') return limited(PROVIDER, LIMIT_PAUSE_SECONDS);
  if (code === 'SQLDBMaintenance') return unavailable('Mindbody is under maintenance.', MAINTENANCE_PAUSE_SECONDS);
  if (status >= 500 || code === 'Unknown') return unavailable(`Mindbody answered with status ${status}.`);
  if (isNotLinked(code)) {
    return new HubError('missing_scope', {
      detail: 'The Mindbody site is not linked to this app; its owner must activate it.',
    });
  }
  if (code === 'DeniedAccess') {
    return new HubError('missing_scope', {
      detail:
        'Mindbody denies access: the staff member who signed in lacks the right for this. ' +
        'Connect again as somebody who may see clients and book appointments.',
    });
  }
  if (code === 'InvalidSourceCredentials') {
    return new HubError('internal', { detail: 'Mindbody does not accept the credentials of the app itself.' });
  }
  if (CREDENTIAL_CODES.includes(code)) {
    return new HubError('reauth_required', { detail: 'Mindbody refuses the sign-in; it must be connected again.' });
  }
  if (RIGHT_CODES.includes(code)) return missingScope(PROVIDER, [code]);
  if (SLOT_CODES.includes(code)) return slotTaken();
  if (code === 'ClientIsAlreadyBooked') return slotTaken('The client has another booking at this time.');
  if (NOT_FOUND_CODES.includes(code)) {
    return new HubError('not_found', { detail: 'Mindbody does not have this record.' });
  }
  if (PAYMENT_CODES.includes(code)) {
    return new HubError('provider_rejected', {
      detail: `Mindbody wants this to be paid for before it is booked: ${code}.`,
    });
  }
  return VALUE_CODES.includes(code) ? notAccepted(PROVIDER, [code]) : null;
}

/** The error that a refusal, asked for as an answer, would have been. */
export function refusalOf({ status, rejected }: { status: number; rejected?: unknown }): HubError {
  return classifyError({ status, body: rejected }) ?? errorForStatus(PROVIDER, status);
}

export function codeOf(body: unknown): string | null {
  return errorSchema.safeParse(body).data?.Error?.Code ?? null;
}

/** `InvalidSiteId` and its relatives: the owner has not activated the app for the site, or has removed it. */
export function isNotLinked(code: string | null): boolean {
  return code?.startsWith('InvalidSite') ?? false;
}

export function isGone({ status, rejected }: { status: number; rejected?: unknown }): boolean {
  const code = codeOf(rejected);
  return code === null ? status === 404 : code === 'ItemNotFound' || code === 'ResourceDoesNotExist';
}
