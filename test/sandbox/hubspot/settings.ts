import * as z from 'zod';
import type { OAuthClient, OAuthRules } from '../mechanics/oauth-server.ts';

const limitSchema = z.strictObject({ max: z.int().min(0), intervalMs: z.int().min(1) });

/** Switches of the HubSpot sandbox. Where HubSpot's documents leave a question open, both answers can be had. */
export const hubSpotSettingsSchema = z.strictObject({
  /** How long search goes on showing the state before a change. */
  searchLagMs: z.int().min(0),
  limits: z.strictObject({
    /** All calls of one portal but search. */
    general: limitSchema,
    search: limitSchema,
  }),
  /** Adds `Retry-After` (seconds) to 429 answers; not documented. */
  sendRetryAfter: z.boolean(),
  /** A merge keeps the primary record's id instead of making a new record. */
  mergeKeepsPrimaryId: z.boolean(),
  /** `idProperty=email` also finds secondary addresses; not documented. */
  emailLookupFindsSecondary: z.boolean(),
  /** A deal's modified date moves when its contacts are merged, archived or erased. */
  associationChangesTouchDeals: z.boolean(),
  /** Properties that the portal's admin wants on every new contact. */
  requiredOnCreate: z.array(z.string()),
  /** Where edits are reported to; null: the app has no webhooks. */
  webhookUrl: z.url().nullable(),
});
export type HubSpotSettings = z.infer<typeof hubSpotSettingsSchema>;

const oauthSwitchesSchema = z.strictObject({
  accessTokenMs: z.int().min(1000),
  codeMs: z.int().min(1),
  refreshTokens: z.enum(['reusable', 'renewing', 'rotating', 'rotating_strict']),
  revokeEndsAccessTokens: z.boolean(),
  requiredScopes: z.array(z.string()),
  optionalScopes: z.array(z.string()),
});

export const hubSpotPatchSchema = z.strictObject({
  ...hubSpotSettingsSchema.partial().shape,
  limits: hubSpotSettingsSchema.shape.limits.partial().optional(),
  oauth: oauthSwitchesSchema.partial().optional(),
});
export type HubSpotPatch = z.infer<typeof hubSpotPatchSchema>;

export function defaultSettings(): HubSpotSettings {
  return {
    searchLagMs: 300,
    limits: { general: { max: 110, intervalMs: 10_000 }, search: { max: 5, intervalMs: 1000 } },
    sendRetryAfter: false,
    mergeKeepsPrimaryId: false,
    emailLookupFindsSecondary: false,
    associationChangesTouchDeals: true,
    requiredOnCreate: [],
    webhookUrl: null,
  };
}

export function defaultOAuthRules(client: OAuthClient | undefined): OAuthRules {
  return {
    clientId: 'hubspot-client',
    clientSecret: 'hubspot-secret',
    ...client,
    implicitScopes: ['oauth'],
    requiredScopes: ['crm.objects.contacts.read', 'crm.objects.contacts.write', 'crm.objects.deals.read'],
    optionalScopes: ['crm.objects.deals.write', 'crm.objects.owners.read', 'crm.schemas.contacts.write'],
    accessTokenMs: 30 * 60_000,
    codeMs: 60_000,
    refreshTokens: 'reusable',
    revokeEndsAccessTokens: false,
  };
}

/** Members that are undefined count as not given. */
export function definedOnly<T extends object>(patch: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
