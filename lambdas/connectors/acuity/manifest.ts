import type { ProviderManifest } from '../connector.ts';

export const API_ORIGIN = 'https://acuityscheduling.com';

/**
 * Acuity Scheduling (API v1), by its "OAuth2" and "API errors" pages.
 *
 * There is one scope, access tokens have no documented end, and there are no refresh tokens: a refused token means that
 * the account's owner has disconnected the app, and only a new consent helps.
 *
 * No webhooks: Acuity signs them with an API key of the account's user, which an OAuth app never sees.
 */
export const manifest: ProviderManifest = {
  type: 'acuity',
  name: 'Acuity Scheduling',
  description: 'Clients, appointments, appointment types and calendars of an Acuity Scheduling account, and booking',
  availability: 'available',
  oauth: {
    authorizeUrl: `${API_ORIGIN}/oauth2/authorize`,
    tokenUrl: `${API_ORIGIN}/oauth2/token`,
    scopes: { required: ['api-v1'], optional: [] },
    pkce: 'none',
    clientAuthentication: 'body',
    tokenRequestEncoding: 'form',
    refreshTokens: 'none',
    revocation: {
      url: `${API_ORIGIN}/oauth2/disconnect`,
      encoding: 'form',
      clientAuthentication: 'body',
      tokenMember: 'access_token',
      token: 'access',
    },
  },
  operations: ['contacts', 'bookings', 'changes'],
  booking: {
    availability: 'provider',
    serviceRequired: true,
    customer: 'inline',
    repeatable: false,
    customerNeeds: ['name', 'email'],
    // Each day costs a call, out of ten a second for all accounts together.
    maxRangeDays: 7,
  },
  apiOrigins: [API_ORIGIN],
  resources: ['clients', 'services', 'staff', 'appointments'],
  windowed: ['appointments'],
  defaultSchedule: { frequency: 'hourly', everyHours: 1 },
  // Nothing is asked for by time of change: each pull lists afresh.
  overlapMs: 0,
  rateLimits: {
    // "10 requests per second and 20 concurrent connections", counted by source address, so over all accounts.
    default: [{ name: 'acuity:1s', windowMs: 1_000, limit: 7, liveReserve: 2 }],
  },
  rateScope: 'everyone',
  maxConcurrent: 5,
  searchLagMs: 5_000,
};
