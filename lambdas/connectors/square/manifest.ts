import type { ProviderManifest } from '../connector.ts';

/** Sent with every call, so that a newer default of our app changes nothing by itself (Square "Versioning"). */
export const API_VERSION = '2026-08-19';
export const API_ORIGIN = 'https://connect.squareup.com';

const DAY_MS = 24 * 60 * 60_000;

/**
 * Square, by its "OAuth API", "Bookings API", "Customers API" and "Catalog API" pages.
 *
 * The token must not have `APPOINTMENTS_ALL_WRITE`: with it every write is made as the seller, which needs a paid plan
 * and may book twice over; without it Square itself refuses a time that is taken, on every plan. Whether
 * `APPOINTMENTS_ALL_READ` alone needs a paid plan is said in two ways; a refusal comes out as `plan_required`.
 */
export const manifest: ProviderManifest = {
  type: 'square',
  name: 'Square',
  description: 'Customers, appointments, services and staff of a Square Appointments seller',
  availability: 'available',
  oauth: {
    authorizeUrl: `${API_ORIGIN}/oauth2/authorize`,
    tokenUrl: `${API_ORIGIN}/oauth2/token`,
    scopes: {
      required: [
        'APPOINTMENTS_READ',
        'APPOINTMENTS_ALL_READ',
        'APPOINTMENTS_WRITE',
        'APPOINTMENTS_BUSINESS_SETTINGS_READ',
        'CUSTOMERS_READ',
        'CUSTOMERS_WRITE',
        'ITEMS_READ',
        'MERCHANT_PROFILE_READ',
      ],
      optional: [],
    },
    // A running browser session must not connect whoever is logged in by chance ("Create the authorization URL").
    authorizeParameters: { session: 'false' },
    // With PKCE refresh tokens are used up and die after 90 days; without it they stay.
    pkce: 'none',
    clientAuthentication: 'body',
    tokenRequestEncoding: 'json',
    refreshTokens: 'reusable',
    expiresAtMember: 'expires_at',
    // Tokens run for 30 days; Square wants them refreshed every 7 ("OAuth best practices").
    refreshAheadMs: 23 * DAY_MS,
    // No page names the codes of a dead grant: 401 is answered in the API's way or in that of the older OAuth
    // endpoints, 400 to codes and refresh tokens that are no good. A wrong secret may look like the first.
    reconnectErrors: [
      'UNAUTHORIZED',
      'ACCESS_TOKEN_REVOKED',
      'ACCESS_TOKEN_EXPIRED',
      'service.not_authorized',
      'BAD_REQUEST',
      'INVALID_VALUE',
    ],
    configurationErrors: ['APPLICATION_DISABLED', 'CLIENT_DISABLED'],
    revocation: {
      url: `${API_ORIGIN}/oauth2/revoke`,
      encoding: 'json',
      clientAuthentication: 'client_header',
      token: 'access',
      tokenMember: 'access_token',
    },
  },
  operations: ['contacts', 'bookings', 'changes'],
  booking: {
    availability: 'provider',
    serviceRequired: true,
    customer: 'record',
    repeatable: true,
    customerNeeds: ['name', 'phone'],
    // SearchAvailability takes 24 hours to 32 days; a day is left for changes of clocks.
    maxRangeDays: 31,
  },
  apiOrigins: [API_ORIGIN],
  resources: ['customers', 'appointments', 'services', 'staff'],
  windowed: ['appointments'],
  // The customers' search shows changes after up to a minute.
  overlapMs: 10 * 60_000,
  rateLimits: {
    // Square publishes no numbers; about 6 writes a second were throttled. 5 a second on average, and short bursts.
    default: [
      { name: 'square:1s', windowMs: 1_000, limit: 8, liveReserve: 3 },
      { name: 'square:10s', windowMs: 10_000, limit: 50, liveReserve: 15 },
    ],
  },
  searchLagMs: 60_000,
};
