import * as z from 'zod';
import type { OAuthClient, OAuthRules } from '../mechanics/oauth-server.ts';

/** Switches of the Acuity sandbox. Where Acuity's pages leave a question open, both answers can be had. */
export const acuitySettingsSchema = z.strictObject({
  /** Most rows of one answer, whatever `max` asks for; in none of Acuity's pages. */
  maxRows: z.int().min(1),
  /** In whose zone `minDate` and `maxDate` are read; in none of Acuity's pages. */
  datesIn: z.enum(['account', 'calendar', 'utc']),
  /** Whether the search of clients looks at e-mail addresses. */
  searchKnowsEmail: z.boolean(),
  /** How it compares numbers: by their digits, or as they are written. */
  searchPhones: z.enum(['digits', 'as_written']),
  /** What a second cancellation answers. */
  repeatedCancel: z.enum(['succeeds', 'is_refused']),
  /** What creating a client that exists does. */
  repeatedClient: z.enum(['creates', 'is_refused']),
  /** Calls of everybody together. */
  limit: z.strictObject({ max: z.int().min(0), intervalMs: z.int().min(1) }),
  /** Adds `Retry-After` (seconds) to 429 answers; not documented. */
  sendRetryAfter: z.boolean(),
  /** The business's rules. */
  minHoursInAdvance: z.number().min(0),
  maxDaysInAdvance: z.number().min(0),
  clientsMayCancel: z.boolean(),
  clientsMayReschedule: z.boolean(),
  /** No changes by clients later than this before the appointment. */
  changeHoursBefore: z.number().min(0),
  /** An intake form that must be filled in. */
  intakeForm: z.boolean(),
});
export type AcuitySettings = z.infer<typeof acuitySettingsSchema>;

export const acuityPatchSchema = z.strictObject({
  ...acuitySettingsSchema.partial().shape,
  oauth: z
    .strictObject({ codeMs: z.int().min(1) })
    .partial()
    .optional(),
});
export type AcuityPatch = z.input<typeof acuityPatchSchema>;

export function defaultSettings(): AcuitySettings {
  return {
    maxRows: 1_000,
    datesIn: 'account',
    searchKnowsEmail: false,
    searchPhones: 'digits',
    repeatedCancel: 'is_refused',
    repeatedClient: 'creates',
    limit: { max: 10, intervalMs: 1_000 },
    sendRetryAfter: false,
    minHoursInAdvance: 1,
    maxDaysInAdvance: 200,
    clientsMayCancel: true,
    clientsMayReschedule: true,
    changeHoursBefore: 0,
    intakeForm: false,
  };
}

const CENTURY_MS = 100 * 365 * 24 * 60 * 60_000;

/** Access tokens do not expire, and refresh tokens are not given. */
export function defaultOAuthRules(client: OAuthClient | undefined): OAuthRules {
  return {
    clientId: 'acuity-client',
    clientSecret: 'acuity-secret',
    ...client,
    implicitScopes: [],
    requiredScopes: ['api-v1'],
    optionalScopes: [],
    accessTokenMs: CENTURY_MS,
    codeMs: 60_000,
    refreshTokens: 'reusable',
    revokeEndsAccessTokens: true,
  };
}
