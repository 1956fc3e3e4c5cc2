import * as z from 'zod';
import type { OAuthClient, OAuthRules } from '../mechanics/oauth-server.ts';

/** Switches of the Google Calendar sandbox. Where Google's documents leave a question open, both answers can be had. */
export const googleCalendarSettingsSchema = z.strictObject({
  /** Calls of one user. */
  limit: z.strictObject({ max: z.int().min(0), intervalMs: z.int().min(1) }),
  /** What a call beyond the limit is refused with: both are in use. */
  limitStatus: z.union([z.literal(403), z.literal(429)]),
  /** Adds `Retry-After` (seconds) to those answers; not documented. */
  sendRetryAfter: z.boolean(),
  /**
   * Whether occurrences that vanish with a changed or deleted series are each reported as cancelled; not documented.
   * Otherwise a deleted series is reported by its own id, and a changed one by what it has now.
   */
  vanishedOccurrences: z.enum(['reported', 'silent']),
  /** Pages are cut off here, whatever was asked for. */
  longestPage: z.int().min(1),
  /** Puts an empty page between any two. */
  emptyPages: z.boolean(),
  /** How long a page token can be used; not documented. */
  pageTokenMs: z.int().min(0),
  /** Leaves out `nextSyncToken`, as Google has been seen to. */
  leaveOutSyncToken: z.boolean(),
  /** How far ahead a changed series shows its occurrences. */
  seriesReachDays: z.int().min(1),
  /** Longest range of freeBusy; not documented. */
  freeBusyDays: z.int().min(1),
  /** How long a push channel lives, and how long it may at most; the most is not documented. */
  channelMs: z.int().min(1),
  /** Otherwise push channels are refused: whether Google still wants the domain verified is not documented. */
  domainVerified: z.boolean(),
  /** Calendars for which freeBusy answers with an error of their own. */
  unreadableCalendars: z.array(z.string()),
});
export type GoogleCalendarSettings = z.infer<typeof googleCalendarSettingsSchema>;

const oauthSwitchesSchema = z.strictObject({
  accessTokenMs: z.int().min(1000),
  codeMs: z.int().min(1),
  refreshTokens: z.enum(['reusable', 'rotating']),
  withheldScopes: z.array(z.string()),
  consentError: z.strictObject({ error: z.string(), description: z.string() }).nullable(),
});

export const googleCalendarPatchSchema = z.strictObject({
  ...googleCalendarSettingsSchema.partial().shape,
  oauth: oauthSwitchesSchema.partial().optional(),
});
export type GoogleCalendarPatch = z.infer<typeof googleCalendarPatchSchema>;

export const SCOPE = 'https://www.googleapis.com/auth/';

export function defaultSettings(): GoogleCalendarSettings {
  return {
    limit: { max: 600, intervalMs: 60_000 },
    limitStatus: 403,
    sendRetryAfter: false,
    vanishedOccurrences: 'silent',
    longestPage: 100,
    emptyPages: true,
    pageTokenMs: 60 * 60_000,
    leaveOutSyncToken: false,
    seriesReachDays: 900,
    freeBusyDays: 90,
    channelMs: 7 * 24 * 60 * 60_000,
    domainVerified: true,
    unreadableCalendars: [],
  };
}

export function defaultOAuthRules(client: OAuthClient | undefined): OAuthRules {
  return {
    clientId: client?.clientId ?? 'google_calendar-client',
    clientSecret: client?.clientSecret ?? 'google_calendar-secret',
    requiredScopes: [
      'openid',
      `${SCOPE}calendar.events`,
      `${SCOPE}calendar.freebusy`,
      `${SCOPE}calendar.calendarlist.readonly`,
      `${SCOPE}calendar.calendars.readonly`,
    ],
    optionalScopes: [],
    implicitScopes: [],
    accessTokenMs: 3_599_000,
    codeMs: 10 * 60_000,
    refreshTokens: 'reusable',
    revokeEndsAccessTokens: true,
    pkceRequired: true,
    withheldScopes: [],
  };
}
