import type { ProviderManifest } from '../connector.ts';

export const API_ORIGIN = 'https://api.fresha.com';
export const API_PATH = '/v2/business';

/**
 * Fresha publishes no API. This is the contract that the product's first draft assumed, and no public source confirms
 * any of it: addresses, scopes, members and rules. It may be switched on only where Fresha has agreed to such an API;
 * what the agreement says goes here, and nowhere else does a host, a path or a scope of Fresha's stand.
 */
export const manifest: ProviderManifest = {
  type: 'fresha',
  name: 'Fresha',
  description: 'Clients and appointments of a Fresha business, under an agreement with Fresha',
  availability: 'partner_agreement',
  oauth: {
    authorizeUrl: 'https://connect.fresha.com/oauth/authorize',
    tokenUrl: `${API_ORIGIN}/oauth/token`,
    scopes: {
      required: ['appointments:read', 'appointments:write', 'customers:read', 'customers:write'],
      optional: [],
    },
    pkce: 'none',
    clientAuthentication: 'body',
    tokenRequestEncoding: 'json',
    assumed: true,
    // Unknown; a new one is stored whenever there is one, and a refresh is never made twice.
    refreshTokens: 'rotating',
  },
  connectSteps: [
    {
      title: 'Have an agreement with Fresha',
      detail:
        'Fresha opens its systems to partners only. Ask your provider of voice agents whether it has an agreement.',
      url: null,
    },
  ],
  operations: ['contacts', 'bookings'],
  booking: {
    availability: 'provider',
    serviceRequired: false,
    maxRangeDays: 14,
    customer: 'record',
    repeatable: false,
    customerNeeds: ['name', 'phone'],
  },
  apiOrigins: [API_ORIGIN],
  resources: ['clients', 'appointments'],
  windowed: ['appointments'],
  // No filter by time of change is known: each pull lists afresh.
  overlapMs: 0,
  rateLimits: { default: [{ name: 'fresha:1s', windowMs: 1_000, limit: 5, liveReserve: 2 }] },
  maxConcurrent: 1,
  searchLagMs: 30_000,
};
