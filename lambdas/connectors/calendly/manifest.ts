import type { ProviderManifest } from '../connector.ts';

export const API_ORIGIN = 'https://api.calendly.com';
const AUTH_ORIGIN = 'https://auth.calendly.com';

/**
 * Calendly, by its "Creating an OAuth app", "Scopes", "Refresh token rotation" and "Rate limits" pages.
 *
 * Since 2026-03 a new app can do nothing that its scopes do not name; a `:write` includes its `:read`. Available times
 * stand under `event_types:read` in the catalogue of scopes and under `availability:read` on their own page, so both
 * are asked for. `webhooks:write` is not: the hub reads deliveries, but makes no subscriptions.
 */
export const manifest: ProviderManifest = {
  type: 'calendly',
  name: 'Calendly',
  description: 'Contacts, scheduled events and event types of a Calendly user or organization',
  availability: 'available',
  oauth: {
    authorizeUrl: `${AUTH_ORIGIN}/oauth/authorize`,
    tokenUrl: `${AUTH_ORIGIN}/oauth/token`,
    scopes: {
      required: [
        'users:read',
        'organizations:read',
        'event_types:read',
        'availability:read',
        'scheduled_events:write',
        'contacts:write',
      ],
      optional: [],
    },
    pkce: 'S256',
    clientAuthentication: 'basic',
    tokenRequestEncoding: 'form',
    refreshTokens: 'rotating',
    accountMembers: { owner: 'owner', organization: 'organization' },
    revocation: { url: `${AUTH_ORIGIN}/oauth/revoke`, encoding: 'form', clientAuthentication: 'body' },
  },
  operations: ['contacts', 'bookings', 'changes'],
  booking: {
    availability: 'provider',
    serviceRequired: true,
    maxRangeDays: 31,
    customer: 'inline',
    repeatable: false,
    // "Create Event Invitee": nobody is booked without an e-mail address.
    customerNeeds: ['name', 'email'],
  },
  apiOrigins: [API_ORIGIN],
  resources: ['contacts', 'services', 'appointments'],
  defaultSchedule: { frequency: 'hourly', everyHours: 1 },
  // No page says how soon a change shows in the lists.
  overlapMs: 5 * 60_000,
  // 500 a minute and user on paid plans. On the free one it is 50, which only the headers tell: see `quotaPauseMs`.
  rateLimits: { default: [{ name: 'calendly:1m', windowMs: 60_000, limit: 500, liveReserve: 60 }] },
  maxConcurrent: 8,
  searchLagMs: 5_000,
};
