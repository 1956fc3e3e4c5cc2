import type { ProviderManifest } from '../connector.ts';

/**
 * One constant pins every path. A version lives at least three years (Salesforce "API End-of-Life Policy"); the newest
 * one, 68.0, reaches some orgs only with their upgrade.
 */
export const API_VERSION = 'v67.0';

/** Where `instance_url` may lead: an org's My Domain, of a sandbox too. */
export const INSTANCE_SUFFIX = '.my.salesforce.com';

const DAY_MS = 24 * 60 * 60_000;
const OAUTH_URL = 'https://{host}/services/oauth2';

/**
 * Salesforce, by "OAuth 2.0 Web Server Flow for Web App Integration", "OAuth Endpoints" and "Refresh Token Rotation".
 *
 * Our app is an External Client App in a package, with PKCE and a secret. Its refresh tokens are good once: to present
 * a used one ends the whole consent, and so does not using one for 30 days. Token answers have no `expires_in`, and use
 * keeps a session alive: a token is renewed when it is refused, and every week in any case.
 */
export const manifest: ProviderManifest = {
  type: 'salesforce',
  name: 'Salesforce',
  description: 'Contacts and opportunities of a Salesforce org; leads when a caller is looked up',
  availability: 'available',
  oauth: {
    authorizeUrl: `${OAUTH_URL}/authorize`,
    tokenUrl: `${OAUTH_URL}/token`,
    scopes: { required: ['api', 'refresh_token'], optional: [] },
    pkce: 'S256',
    clientAuthentication: 'body',
    tokenRequestEncoding: 'form',
    refreshTokens: 'rotating',
    assumedLifeMs: 8 * DAY_MS,
    // A day in which the token endpoint may be out of order and nobody notices.
    refreshAheadMs: DAY_MS,
    accountMembers: { instance_url: 'instance_url', id: 'id' },
    reconnectErrors: ['inactive_user', 'inactive_org'],
    configurationErrors: ['invalid_client_id', 'invalid_client_credentials', 'redirect_uri_mismatch'],
    consentProblems: [
      {
        match: 'OAUTH_APPROVAL_ERROR_GENERIC|OAUTH_EC_APP_NOT_FOUND|invalid_client.*[Ii]nstalled',
        steps: [
          {
            title: 'Install the Integration Hub package in Salesforce',
            detail:
              'This org does not know the app yet. A Salesforce administrator must install the Integration Hub package in it; then connect again.',
            url: null,
          },
        ],
      },
      {
        match: 'OAUTH_APP_ACCESS_DENIED|not admin approved',
        steps: [
          {
            title: 'Let this user use the app',
            detail:
              "A Salesforce administrator must add the user's profile or permission set to the app's policies, under Setup, External Client App Manager; then connect again.",
            url: null,
          },
        ],
      },
    ],
    revocation: { url: `${OAUTH_URL}/revoke`, encoding: 'form', clientAuthentication: 'none' },
  },
  connectionParameters: {
    host: {
      label: 'Salesforce address',
      description:
        "login.salesforce.com, test.salesforce.com for a sandbox, or the org's own My Domain address (…my.salesforce.com), which some orgs insist on.",
      pattern:
        '(?:(?:login|test)\\.salesforce\\.com|[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?:\\.[a-z]{1,20})?\\.my\\.salesforce\\.com)',
      default: 'login.salesforce.com',
    },
  },
  connectSteps: [
    {
      title: 'Have the Integration Hub package installed in Salesforce',
      detail:
        'Once, before the first connection, a Salesforce administrator installs the package and allows the users who will connect. The org needs an edition with API access: Enterprise, Unlimited, Performance or Developer, or Professional with the API add-on.',
      url: null,
    },
  ],
  operations: ['contacts'],
  apiOrigins: [`https://*${INSTANCE_SUFFIX}`],
  resources: ['contacts', 'opportunities'],
  defaultSchedule: { frequency: 'hourly', everyHours: 1 },
  // Rows are committed late: they appear with a stamp that has passed already.
  overlapMs: 10 * 60_000,
  rateLimits: {
    // Salesforce has no limit per second; this keeps a sync from crowding the org. The day's quota is in its headers.
    default: [{ name: 'salesforce:1s', windowMs: 1_000, limit: 20, liveReserve: 5 }],
  },
  // 25 long calls of all apps together, 5 in trial orgs ("API Request Limits and Allocations").
  maxConcurrent: 4,
  // The search index is 15 minutes or more behind ("Search architecture"). Nothing waits for it: look-ups read the
  // records as well, and a creation is preceded by a query, which sees what was just written. But a creation whose
  // answer was lost may still be under way (triggers, flows).
  searchLagMs: 10_000,
};
