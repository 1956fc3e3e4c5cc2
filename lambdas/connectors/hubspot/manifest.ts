import type { ProviderManifest } from '../connector.ts';

/** One constant pins every dated path. A version stays usable for about 18 months (HubSpot "API versioning"). */
export const API_VERSION = '2026-09';
export const API_ORIGIN = 'https://api.hubapi.com';

const OAUTH_URL = `${API_ORIGIN}/oauth/${API_VERSION}`;

/**
 * HubSpot, by its "Working with OAuth" and "API usage guidelines" pages.
 *
 * The required scopes must equal those declared in the app's configuration, or the install page refuses.
 */
export const manifest: ProviderManifest = {
  type: 'hubspot',
  name: 'HubSpot',
  description: 'Contacts and deals of a HubSpot CRM account',
  availability: 'available',
  oauth: {
    authorizeUrl: 'https://app.hubspot.com/oauth/authorize',
    tokenUrl: `${OAUTH_URL}/token`,
    scopes: {
      required: ['oauth', 'crm.objects.contacts.read', 'crm.objects.contacts.write', 'crm.objects.deals.read'],
      optional: [],
    },
    optionalScopeParameter: 'optional_scope',
    pkce: 'none',
    clientAuthentication: 'body',
    tokenRequestEncoding: 'form',
    refreshTokens: 'reusable',
    grantedScopesMember: 'scopes',
    accountMembers: { hub_id: 'hub_id' },
    reconnectErrors: ['BAD_REFRESH_TOKEN', 'BAD_HUB', 'access_denied'],
    configurationErrors: ['BAD_CLIENT_ID', 'BAD_CLIENT_SECRET', 'BAD_REDIRECT_URI', 'MISMATCH_REDIRECT_URI_AUTH_CODE'],
    revocation: { url: `${OAUTH_URL}/token/revoke`, encoding: 'form', clientAuthentication: 'body' },
  },
  operations: ['contacts'],
  apiOrigins: [API_ORIGIN],
  resources: ['contacts', 'deals'],
  // Search shows new and changed records only "after some moments".
  overlapMs: 10 * 60_000,
  rateLimits: {
    // 110 calls in 10 s per portal; the 1 s window spreads a sync's calls so that it never gets near.
    default: [
      { name: 'hubspot:1s', windowMs: 1_000, limit: 10, liveReserve: 2 },
      { name: 'hubspot:10s', windowMs: 10_000, limit: 110, liveReserve: 20 },
    ],
    // Search has its own quota: 5 calls a second per portal, shared with all other apps, without rate headers.
    search: [{ name: 'hubspot:search:1s', windowMs: 1_000, limit: 5, liveReserve: 2 }],
  },
  rateHeaders: {
    remaining: 'x-hubspot-ratelimit-remaining',
    intervalMs: 'x-hubspot-ratelimit-interval-milliseconds',
  },
  refusesKnownEmails: true,
  searchLagMs: 30_000,
};
