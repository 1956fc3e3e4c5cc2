import * as z from 'zod';
import type { OAuthClient, OAuthRules } from '../mechanics/oauth-server.ts';

export const API_KEY = 'mindbody-api-key';
/** The `messageSignatureKey` of the app's webhook subscription. */
export const WEBHOOK_KEY = 'mindbody-webhook-key';

const SCOPES = ['email', 'profile', 'openid', 'offline_access', 'Mindbody.Api.Public.v6'];

/** Switches of the Mindbody sandbox. Where Mindbody's documents leave a question open, both answers can be had. */
export const mindbodySettingsSchema = z.strictObject({
  /** All calls with one API key; public numbers disagree. */
  limit: z.strictObject({ max: z.int().min(0), intervalMs: z.int().min(1) }),
  /** Adds `Retry-After` (seconds) to 429 answers; not documented. */
  sendRetryAfter: z.boolean(),
  /** Whether "Get Staff Appointments" lists what was cancelled; not documented. */
  listsCancelled: z.boolean(),
  /** Whether lists of appointments hold `PartnerExternalId`; not documented. */
  listsPartnerExternalId: z.boolean(),
  /** Longest window of appointments or classes in days; not documented. */
  maxWindowDays: z.int().min(1),
  /** Whether `searchText` finds phone numbers; said by integrators only. */
  searchMatchesPhones: z.boolean(),
  /** How `lastModifiedDate` of a list is read; not documented. */
  lastModifiedDateIs: z.enum(['utc', 'local']),
  /** Whether a page says how many rows the list has. */
  sendTotals: z.boolean(),
  /** Whether a staff member who signed in by OAuth may book; not documented. */
  signInMayBook: z.boolean(),
  /** Somebody signs in who is a client and no staff: next to nothing is open to them. */
  clientSignIn: z.boolean(),
  /** The status of `InvalidSiteId`; not documented. */
  notLinkedStatus: z.union([z.literal(400), z.literal(401), z.literal(403), z.literal(404)]),
  /** The status of a key that is not known; not documented. */
  badKeyStatus: z.union([z.literal(401), z.literal(403)]),
  /** The status of `DeniedAccess`; null: 401 for a token and 403 for a right. Not documented. */
  deniedStatus: z.union([z.literal(401), z.literal(403)]).nullable(),
  /** Whether the token answer names the scopes; not documented. */
  namesScopes: z.boolean(),
  /** The status of a second client with the same names and address; 400 and 409 have both been seen. */
  doubleClientStatus: z.union([z.literal(400), z.literal(409)]),
  /** Fields that this site wants of every new client, besides the names. */
  requiredClientFields: z.array(z.string()),
  /** What happens to a cancellation of what is cancelled already; not documented. */
  cancelAgain: z.enum(['accepted', 'refused', 'not_found']),
  /** How long a booking takes: the same one is refused meanwhile. */
  bookingMs: z.int().min(0),
  /** Whether the site names the times of day at which appointments may begin. */
  namesSessionTimes: z.boolean(),
  /** Where edits are reported to; null: the app has no webhook subscription. */
  webhookUrl: z.url().nullable(),
});
export type MindbodySettings = z.infer<typeof mindbodySettingsSchema>;

const oauthSwitchesSchema = z.strictObject({
  accessTokenMs: z.int().min(1000),
  codeMs: z.int().min(1),
  refreshTokens: z.enum(['reusable', 'renewing', 'rotating', 'rotating_strict']),
});

export const mindbodyPatchSchema = z.strictObject({
  ...mindbodySettingsSchema.partial().shape,
  oauth: oauthSwitchesSchema.partial().optional(),
});
export type MindbodyPatch = z.infer<typeof mindbodyPatchSchema>;

export function defaultSettings(): MindbodySettings {
  return {
    limit: { max: 2_000, intervalMs: 60_000 },
    sendRetryAfter: false,
    listsCancelled: true,
    listsPartnerExternalId: true,
    maxWindowDays: 31,
    searchMatchesPhones: true,
    lastModifiedDateIs: 'utc',
    sendTotals: true,
    signInMayBook: true,
    clientSignIn: false,
    notLinkedStatus: 403,
    badKeyStatus: 401,
    deniedStatus: null,
    namesScopes: true,
    doubleClientStatus: 400,
    requiredClientFields: [],
    cancelAgain: 'refused',
    bookingMs: 0,
    namesSessionTimes: true,
    webhookUrl: null,
  };
}

export function defaultOAuthRules(client: OAuthClient | undefined): OAuthRules {
  return {
    clientId: 'mindbody-client',
    clientSecret: 'mindbody-secret',
    ...client,
    implicitScopes: [],
    requiredScopes: SCOPES,
    optionalScopes: [],
    accessTokenMs: 60 * 60_000,
    codeMs: 60_000,
    refreshTokens: 'rotating',
    revokeEndsAccessTokens: false,
  };
}
