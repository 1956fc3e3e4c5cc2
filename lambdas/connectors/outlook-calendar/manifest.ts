import type { ConnectStep } from '../../core/model/integration.ts';
import type { ProviderManifest } from '../connector.ts';

export const API_ORIGIN = 'https://graph.microsoft.com';
export const API_URL = `${API_ORIGIN}/v1.0`;

/** `common` takes work and personal accounts; the app must be registered for both. */
const IDENTITY_URL = 'https://login.microsoftonline.com/common/oauth2/v2.0';
/** `common` is not for this endpoint. Its answer holds no tokens: the user signs in afterwards. */
const ADMIN_CONSENT_URL =
  'https://login.microsoftonline.com/organizations/v2.0/adminconsent' +
  '?client_id={clientId}&scope={scopes}&redirect_uri={redirectUri}&state={state}';

const APPROVED: ConnectStep = {
  title: 'Let an administrator approve the app',
  detail:
    'Your organization lets only administrators approve access to calendars. Send this link to your Microsoft 365 ' +
    'administrator; once they have approved, connect again.',
  url: ADMIN_CONSENT_URL,
};
const ASSIGNED: ConnectStep = {
  title: 'Have the app assigned to you',
  detail:
    'Your organization lets only assigned people use this app. Ask your Microsoft 365 administrator to assign it to ' +
    'you under "Enterprise applications"; then connect again.',
  url: null,
};
const SIGNED_IN_BY_RULE: ConnectStep = {
  title: 'Sign in as your organization demands',
  detail:
    'A sign-in rule of your organization (conditional access) did not let the app in. Connect again from a device and ' +
    'place that the rule accepts, or ask your Microsoft 365 administrator.',
  url: null,
};

/**
 * Outlook Calendar, by the Microsoft Graph v1.0 reference and the "Microsoft identity platform" pages.
 *
 * Since late 2025 the consent policy that new tenants begin with leaves `Calendars.ReadWrite` to administrators
 * ("Configure how users consent to applications"), so the way by an administrator is described here.
 */
export const manifest: ProviderManifest = {
  type: 'outlook_calendar',
  name: 'Outlook Calendar',
  description: 'Appointments and bookings in the calendars of a Microsoft 365 or Outlook.com account',
  availability: 'available',
  oauth: {
    authorizeUrl: `${IDENTITY_URL}/authorize`,
    tokenUrl: `${IDENTITY_URL}/token`,
    scopes: {
      required: ['User.Read', 'Calendars.ReadWrite'],
      optional: [],
      // The pages show token answers with and without the OpenID scopes; `offline_access` is in none.
      unreported: ['offline_access', 'openid', 'profile'],
    },
    authorizeParameters: { response_mode: 'query', prompt: 'select_account' },
    pkce: 'S256',
    nonce: true,
    clientAuthentication: 'body',
    tokenRequestEncoding: 'form',
    // Each refresh gives a new token; the old one is not used up by it ("Refresh tokens in the identity platform").
    refreshTokens: 'rotating',
    grantedScopePrefix: `${API_ORIGIN}/`,
    // `sub` is the app's own and addresses change: tenant and object id name an account ("ID token claims reference").
    accountMembers: { tid: 'id_token.tid', oid: 'id_token.oid' },
    // "Microsoft identity platform error codes": besides `invalid_grant`.
    reconnectErrors: ['interaction_required', 'consent_required', 'login_required'],
    configurationErrors: ['invalid_request', 'invalid_resource', 'invalid_scope'],
    consentProblems: [
      {
        match: 'AADSTS(65001|90093|90094)|consent_required|[Aa]dmin(istrator)?.{0,20}(approv|consent)',
        steps: [APPROVED],
      },
      { match: 'AADSTS50105', steps: [ASSIGNED] },
      { match: 'AADSTS(50158|53\\d{3}|530\\d{3})', steps: [SIGNED_IN_BY_RULE] },
    ],
  },
  operations: ['bookings', 'changes'],
  booking: {
    availability: 'computed',
    serviceRequired: false,
    customer: 'inline',
    repeatable: true,
    customerNeeds: ['name'],
    // No page names the longest range of calendarView; getSchedule's own limit is used.
    maxRangeDays: 62,
  },
  apiOrigins: [API_ORIGIN],
  resources: ['staff', 'appointments'],
  // Renewed at half of it, so daily, which also reauthorizes ("lifecycle notifications"). The longest life that a tenant
  // allows for Outlook items is 4,230 or 10,080 minutes; this is below both.
  pushChannels: { lifeMs: 2 * 24 * 60 * 60_000 },
  // A delta link holds its own position: nothing is asked for by time.
  overlapMs: 0,
  rateLimits: {
    // "Microsoft Graph service-specific throttling limits", Outlook: 10,000 requests in 10 minutes per app and mailbox.
    default: [
      { name: 'outlook_calendar:1s', windowMs: 1_000, limit: 15, liveReserve: 5 },
      { name: 'outlook_calendar:10m', windowMs: 10 * 60_000, limit: 10_000, liveReserve: 2_000 },
    ],
  },
  // 4 at a time per app and mailbox, in all processes together.
  maxConcurrent: 2,
  searchLagMs: 0,
};
