import * as z from 'zod';
import type { OAuthClient, OAuthRules } from '../mechanics/oauth-server.ts';

/** Switches of the Square sandbox. Where Square's documents leave a question open, both answers can be had. */
export const squareSettingsSchema = z.strictObject({
  /** How long searches and lists of customers go on showing the state before a change. */
  searchLagMs: z.int().min(0),
  /** How long a page's cursor can be used. */
  cursorMs: z.int().min(0),
  /** All calls of one seller; Square publishes no number. */
  limit: z.strictObject({ max: z.int().min(0), intervalMs: z.int().min(1) }),
  /** Adds `Retry-After` (seconds) to 429 answers; not documented. */
  sendRetryAfter: z.boolean(),
  /** Whether bookings that begin exactly at `start_at_min` or `start_at_max` are listed; not documented. */
  rangeEnds: z.enum(['inclusive', 'exclusive']),
  /** What a change under an old version is refused with; not documented. */
  staleVersionStatus: z.union([z.literal(400), z.literal(409)]),
  /** The seller's Appointments plan: writes as the seller need a paid one. */
  plan: z.enum(['free', 'plus']),
  /** Whether reading every booking needs a paid plan, too; said in two ways. */
  allReadNeedsPlan: z.boolean(),
  /** New bookings wait for the seller's acceptance. */
  requiresAcceptance: z.boolean(),
  bookingEnabled: z.boolean(),
  /** Customers may cancel and move bookings until so long before they begin. */
  cancellationWindowSeconds: z.int().min(0),
  /** The old shape of OAuth errors, `{message, type}`; both are in use. */
  legacyTokenErrors: z.boolean(),
  /** Where edits are reported to; null: the app has no webhook subscription. */
  webhookUrl: z.url().nullable(),
});
export type SquareSettings = z.infer<typeof squareSettingsSchema>;

const oauthSwitchesSchema = z.strictObject({
  accessTokenMs: z.int().min(1000),
  codeMs: z.int().min(1),
  refreshTokens: z.enum(['reusable', 'rotating']),
});

export const squarePatchSchema = z.strictObject({
  ...squareSettingsSchema.partial().shape,
  oauth: oauthSwitchesSchema.partial().optional(),
});
export type SquarePatch = z.infer<typeof squarePatchSchema>;

/** The signature key of the app's webhook subscription. */
export const WEBHOOK_KEY = 'square-webhook-key';

export const SCOPES = [
  'APPOINTMENTS_READ',
  'APPOINTMENTS_ALL_READ',
  'APPOINTMENTS_WRITE',
  'APPOINTMENTS_BUSINESS_SETTINGS_READ',
  'CUSTOMERS_READ',
  'CUSTOMERS_WRITE',
  'ITEMS_READ',
  'MERCHANT_PROFILE_READ',
] as const;

export function defaultSettings(): SquareSettings {
  return {
    searchLagMs: 300,
    cursorMs: 5 * 60_000,
    limit: { max: 10, intervalMs: 1000 },
    sendRetryAfter: false,
    rangeEnds: 'inclusive',
    staleVersionStatus: 409,
    plan: 'free',
    allReadNeedsPlan: false,
    requiresAcceptance: false,
    bookingEnabled: true,
    cancellationWindowSeconds: 0,
    legacyTokenErrors: false,
    webhookUrl: null,
  };
}

export function defaultOAuthRules(client: OAuthClient | undefined): OAuthRules {
  return {
    clientId: 'square-client',
    clientSecret: 'square-secret',
    ...client,
    implicitScopes: [],
    requiredScopes: [],
    optionalScopes: [...SCOPES, 'APPOINTMENTS_ALL_WRITE', 'EMPLOYEES_READ'],
    accessTokenMs: 30 * 24 * 60 * 60_000,
    codeMs: 5 * 60_000,
    refreshTokens: 'reusable',
    revokeEndsAccessTokens: true,
  };
}
