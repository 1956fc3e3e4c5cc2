import type { ProviderManifest } from '../connector.ts';

export const API_ORIGIN = 'https://api.mindbodyonline.com';
const SIGN_IN = 'https://signin.mindbodyonline.com/connect';

/** "OpenID Connect", scopes of a web app. `offline_access` is what brings a refresh token. */
const API_SCOPE = 'Mindbody.Api.Public.v6';
const SCOPES = `email profile openid offline_access ${API_SCOPE}`;

/**
 * Mindbody, by the Public API v6 documentation and its "OpenID Connect" pages.
 *
 * Not documented: whether a refresh uses the old refresh token up (whatever comes back is stored either way), whether
 * the token answer names the granted scopes, and how the public call limits are counted. Notes of integrators put the
 * limit at 2,000 calls a minute for an API key, so all sites together are kept below that.
 */
export const manifest: ProviderManifest = {
  type: 'mindbody',
  name: 'Mindbody',
  description: 'Clients, appointments, classes, services and staff of a Mindbody site',
  // For whoever has an API key: Mindbody approves every app before it may be linked to live sites, and switches OAuth on
  // for it by hand.
  availability: 'available',
  oauth: {
    authorizeUrl: `${SIGN_IN}/authorize`,
    tokenUrl: `${SIGN_IN}/token`,
    scopes: {
      required: [API_SCOPE],
      optional: [],
      // Wanted in every request; whether an answer names them is not documented, and nothing depends on it.
      unreported: ['email', 'profile', 'openid', 'offline_access'],
    },
    // The hybrid flow of web apps; the answer comes back as a form that the browser posts.
    authorizeParameters: { response_type: 'code id_token', response_mode: 'form_post', subscriberId: '{siteId}' },
    tokenParameters: { scope: SCOPES, subscriberId: '{siteId}' },
    pkce: 'none',
    nonce: true,
    clientAuthentication: 'body',
    tokenRequestEncoding: 'form',
    refreshTokens: 'rotating',
    grantedScopesMember: 'scope',
  },
  connectionParameters: {
    siteId: {
      label: 'Mindbody site ID',
      description: 'The number of the site, as Mindbody shows it to the owner; -99 is the public sandbox.',
      pattern: '-?[1-9][0-9]{0,9}',
    },
  },
  connectSteps: [
    {
      title: 'Sign in as a member of staff',
      detail:
        'Sign in to Mindbody as somebody of the staff of site {siteId} who may see clients and book appointments. ' +
        'A client’s own sign-in opens next to nothing.',
      url: null,
    },
  ],
  appKeyHeader: { name: 'Api-Key', member: 'apiKey' },
  operations: ['contacts', 'bookings', 'changes'],
  booking: {
    // The longest range of "Get Bookable Items" is not documented.
    availability: 'provider',
    serviceRequired: true,
    maxRangeDays: 7,
    customerNeeds: ['name'],
    customer: 'record',
    repeatable: false,
  },
  apiOrigins: [API_ORIGIN],
  resources: ['clients', 'services', 'staff', 'appointments', 'classes'],
  windowed: ['appointments', 'classes'],
  overlapMs: 15 * 60_000,
  rateLimits: { default: [{ name: 'mindbody:60s', windowMs: 60_000, limit: 1_800, liveReserve: 300 }] },
  rateScope: 'everyone',
  searchLagMs: 10_000,
};
