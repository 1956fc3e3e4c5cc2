import * as z from 'zod';
import type { OAuthClient, OAuthRules } from '../mechanics/oauth-server.ts';

const TIERS = ['free', 'trial', 'paid', 'enterprise'] as const;

/** Switches of the Calendly sandbox. Where Calendly's documents leave a question open, both answers can be had. */
export const calendlySettingsSchema = z.strictObject({
  /** The plan: how many calls a minute, and how many bookings by API. */
  tier: z.enum(TIERS),
  /** Counts bookings by API against the plan's limits. */
  limitBookings: z.boolean(),
  /** How long something new stays out of the lists. */
  listLagMs: z.int().min(0),
  /** How long a page token stays good; not documented. */
  pageTokenMs: z.int().min(0),
  /** Marking a no-show changes its event's `updated_at`; not documented. */
  noShowTouchesEvent: z.boolean(),
  /** How the phone filter of contacts compares: with what was typed, or with the number in E.164; not documented. */
  phoneFilter: z.enum(['as_typed', 'e164']),
  /** Refuses a second contact with an e-mail address; not documented. */
  contactEmailsUnique: z.boolean(),
  /** How a taken time is refused: with a code, or like any wrong value. */
  takenTime: z.enum(['already_filled', 'plain']),
  /** Answers a cancellation that gives a reason with 400 and does nothing; somebody has measured it. */
  refusesReasons: z.boolean(),
  /** Keeps `tracking` of bookings. */
  keepsTracking: z.boolean(),
  /** Shape of the answer to a booking: the invitee, or the event's URI with the invitee beside it. */
  bookingAnswer: z.enum(['invitee', 'event_uri']),
  /** Where edits are reported to; null: nobody has subscribed. */
  webhookUrl: z.url().nullable(),
});
export type CalendlySettings = z.infer<typeof calendlySettingsSchema>;

const oauthSwitchesSchema = z.strictObject({
  accessTokenMs: z.int().min(1000),
  codeMs: z.int().min(1),
  refreshTokens: z.enum(['reusable', 'rotating', 'rotating_strict']),
  revokeEndsAccessTokens: z.boolean(),
  requiredScopes: z.array(z.string()),
});

export const calendlyPatchSchema = z.strictObject({
  ...calendlySettingsSchema.partial().shape,
  oauth: oauthSwitchesSchema.partial().optional(),
});
export type CalendlyPatch = z.input<typeof calendlyPatchSchema>;

export const WEBHOOK_KEY = 'calendly-webhook-key';

export function defaultSettings(): CalendlySettings {
  return {
    tier: 'paid',
    limitBookings: true,
    listLagMs: 200,
    pageTokenMs: 10 * 60_000,
    noShowTouchesEvent: false,
    phoneFilter: 'as_typed',
    contactEmailsUnique: true,
    takenTime: 'plain',
    refusesReasons: false,
    keepsTracking: true,
    bookingAnswer: 'invitee',
    webhookUrl: null,
  };
}

/** The scopes are those that the app is registered for; a link must ask for the same. */
export function defaultOAuthRules(client: OAuthClient | undefined): OAuthRules {
  return {
    clientId: 'calendly-client',
    clientSecret: 'calendly-secret',
    ...client,
    implicitScopes: [],
    requiredScopes: [
      'users:read',
      'organizations:read',
      'event_types:read',
      'availability:read',
      'scheduled_events:write',
      'contacts:write',
    ],
    optionalScopes: [],
    accessTokenMs: 2 * 60 * 60_000,
    codeMs: 10 * 60_000,
    refreshTokens: 'rotating',
    revokeEndsAccessTokens: true,
    pkceRequired: true,
  };
}
