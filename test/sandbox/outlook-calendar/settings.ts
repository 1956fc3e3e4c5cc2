import * as z from 'zod';
import type { OAuthClient, OAuthRules } from '../mechanics/oauth-server.ts';

const limitSchema = z.strictObject({ max: z.int().min(0), intervalMs: z.int().min(1) });

/** Switches of the Microsoft Graph sandbox. Where Microsoft's documents leave a question open, all answers can be had. */
export const outlookSettingsSchema = z.strictObject({
  /** Calls of one mailbox. */
  limit: limitSchema,
  /** Calls of one mailbox at the same time. */
  maxConcurrent: z.int().min(1),
  /** How long the mailbox works on a call: with it, calls can be under way at the same time. */
  handlingMs: z.int().min(0),
  /** Pages of a delta are no longer than this, whatever is wished for. */
  deltaPageSize: z.int().min(1),
  /** How long a delta link can be continued. */
  deltaLifeMs: z.int().min(1),
  /** What a link that can't be continued is answered with. */
  resetStatus: z.union([z.literal(410), z.literal(400)]),
  /** How many earlier changes a round repeats. */
  replayed: z.int().min(0),
  /** A changed series brings its occurrences into the delta. Not documented. */
  seriesChangeShowsOccurrences: z.boolean(),
  /** How the days of all-day events are answered: converted to UTC, or as they are. */
  allDayAs: z.enum(['instants', 'days']),
  /** Bodies come as text where that is preferred. Not documented for every call. */
  honoursBodyPreference: z.boolean(),
  /** What a repeated `transactionId` is answered with. Not documented. */
  repeatedTransaction: z.enum(['event', 'conflict', 'accepted']),
  /** How long it is remembered. Not documented. */
  transactionMemoryMs: z.int().min(0),
  /** Exchange touches an event by itself soon after it was made, so that its etag changes. */
  touchesAfterCreate: z.boolean(),
  /** Whether `If-Match` counts on events. Not documented. */
  honoursIfMatch: z.boolean(),
  /** The longest life of a subscription. Older pages, and some tenants, say 4,230. */
  maxSubscriptionMinutes: z.int().min(45),
});
export type OutlookSettings = z.infer<typeof outlookSettingsSchema>;

const oauthSwitchesSchema = z.strictObject({
  accessTokenMs: z.int().min(1000),
  codeMs: z.int().min(1),
  refreshTokens: z.enum(['reusable', 'renewing', 'rotating', 'rotating_strict']),
  withheldScopes: z.array(z.string()),
  /** E.g. `access_denied` with AADSTS90094: an administrator must approve first. */
  consentError: z.strictObject({ error: z.string(), description: z.string() }).nullable(),
});

export const outlookPatchSchema = z.strictObject({
  ...outlookSettingsSchema.partial().shape,
  limit: limitSchema.partial().optional(),
  oauth: oauthSwitchesSchema.partial().optional(),
});
export type OutlookPatch = z.infer<typeof outlookPatchSchema>;

const DAY_MS = 24 * 60 * 60_000;

export function defaultSettings(): OutlookSettings {
  return {
    limit: { max: 10_000, intervalMs: 10 * 60_000 },
    maxConcurrent: 4,
    handlingMs: 0,
    deltaPageSize: 50,
    deltaLifeMs: 7 * DAY_MS,
    resetStatus: 410,
    replayed: 1,
    seriesChangeShowsOccurrences: false,
    allDayAs: 'instants',
    honoursBodyPreference: false,
    repeatedTransaction: 'event',
    transactionMemoryMs: DAY_MS,
    touchesAfterCreate: true,
    honoursIfMatch: true,
    maxSubscriptionMinutes: 10_080,
  };
}

export function defaultOAuthRules(client: OAuthClient | undefined): OAuthRules {
  return {
    clientId: 'outlook_calendar-client',
    clientSecret: 'outlook_calendar-secret',
    ...client,
    implicitScopes: [],
    requiredScopes: ['offline_access', 'Calendars.ReadWrite'],
    optionalScopes: ['openid', 'profile', 'email', 'User.Read', 'Calendars.Read', 'MailboxSettings.Read'],
    accessTokenMs: 75 * 60_000,
    codeMs: 10 * 60_000,
    // Each refresh gives a new token; the one before is not revoked by its use.
    refreshTokens: 'renewing',
    revokeEndsAccessTokens: false,
    consentError: null,
  };
}
