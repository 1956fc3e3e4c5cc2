import type { ProviderManifest } from '../connector.ts';

export const API_ORIGIN = 'https://www.googleapis.com';

/** Google writes granted scopes as full URLs, so they are asked for as such. */
const scope = (name: string) => `https://www.googleapis.com/auth/calendar.${name}`;

/**
 * Google Calendar, by Google's "Using OAuth 2.0 for web server applications", "Manage quotas" and "Push notifications"
 * (Calendar API) pages.
 *
 * `calendar.events` alone does not open freeBusy ("Freebusy: query"), nor the list of calendars; working hours are read
 * with `calendar.calendars.readonly`. Without `prompt=consent` a repeated consent gives no refresh token.
 */
export const manifest: ProviderManifest = {
  type: 'google_calendar',
  name: 'Google Calendar',
  description: 'Calendars of a Google account: appointments, free times and booking',
  availability: 'available',
  oauth: {
    authorizeUrl: 'https://accounts.google.com/o/oauth2/v2/auth',
    tokenUrl: 'https://oauth2.googleapis.com/token',
    scopes: {
      required: ['openid', ...['events', 'freebusy', 'calendarlist.readonly', 'calendars.readonly'].map(scope)],
      optional: [],
    },
    authorizeParameters: { access_type: 'offline', prompt: 'consent' },
    pkce: 'S256',
    clientAuthentication: 'body',
    tokenRequestEncoding: 'form',
    refreshTokens: 'reusable',
    grantedScopesMember: 'scope',
    // A person's address can change, `sub` can't ("OpenID Connect").
    accountMembers: { sub: 'id_token.sub' },
    reconnectErrors: ['access_denied', 'admin_policy_enforced', 'org_internal'],
    configurationErrors: ['unauthorized_client', 'deleted_client', 'redirect_uri_mismatch', 'disallowed_useragent'],
    consentProblems: [
      {
        match: 'admin_policy_enforced|org_internal',
        steps: [
          {
            title: 'Ask the Google Workspace administrator to allow this app',
            detail:
              'Your organisation decides which apps may use its calendars. An administrator allows it in the Admin console under Security, API controls, for the client id {clientId}. Then connect again.',
            url: 'https://admin.google.com/ac/owl',
          },
        ],
      },
    ],
    revocation: { url: 'https://oauth2.googleapis.com/revoke', encoding: 'form', clientAuthentication: 'none' },
  },
  operations: ['bookings', 'changes'],
  booking: {
    availability: 'computed',
    serviceRequired: false,
    maxRangeDays: 120,
    customer: 'inline',
    repeatable: true,
    customerNeeds: ['name'],
  },
  apiOrigins: [API_ORIGIN],
  // Staff is the account's calendars; they are few.
  resources: ['staff', 'appointments'],
  // What Google itself gives to a channel that asks for no time ("Events: watch").
  pushChannels: { lifeMs: 7 * 24 * 60 * 60_000 },
  // Feeds go by sync tokens, not by time.
  overlapMs: 0,
  rateLimits: {
    // 600 calls a minute per user and project; the 1 s window spreads them.
    default: [
      { name: 'google_calendar:1s', windowMs: 1_000, limit: 20, liveReserve: 5 },
      { name: 'google_calendar:60s', windowMs: 60_000, limit: 600, liveReserve: 120 },
    ],
  },
  searchLagMs: 0,
};
