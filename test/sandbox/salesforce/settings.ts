import * as z from 'zod';
import type { OAuthClient, OAuthRules } from '../mechanics/oauth-server.ts';

/** Switches of the control API. They also cover what Salesforce's pages leave open. */
export const salesforceSettingsSchema = z.strictObject({
  /** How long the search index is behind; it is 15 minutes and more in truth. */
  searchLagMs: z.int().min(0),
  /** Search finds a number under its digits whatever stands between them; else only whole words of the text. */
  searchIgnoresPunctuation: z.boolean(),
  /** Most rows on a page of a query: 2,000, fewer when they are long. */
  queryPageRows: z.int().min(1).max(2_000),
  /** How long a query's next pages can be asked for. */
  locatorMs: z.int().min(0),
  /** Calls of all apps in 24 hours. */
  dailyCalls: z.int().min(1),
  /** False: an edition without API. */
  apiEnabled: z.boolean(),
  /** `Contact.HomePhone`: fields that the connected user may not see. */
  hiddenFields: z.array(z.string()),
  hiddenObjects: z.array(z.string()),
  /** Fields that the admin wants on every new person. */
  requiredOnCreate: z.array(z.string()),
  /** Whether the org's duplicate rule stops a new person who has the address or number and last name of another. */
  duplicateRule: z.enum(['off', 'block']),
  /** How the details of a refused duplicate are called: both spellings have been seen. */
  duplicateMember: z.enum(['duplicateResut', 'duplicateResult']),
  /** Whether a deleted, or a restored, record gets a new stamp. */
  deleteMovesStamp: z.boolean(),
  restoreMovesStamp: z.boolean(),
  /** Whether a change of its contact roles moves the opportunity's stamp. */
  rolesMoveOpportunities: z.boolean(),
  /** How far the feed of deletions is behind. */
  deletedLagMs: z.int().min(0),
  /** How far back the log of deletions reaches. */
  deletedLogMs: z.int().min(0),
});
export type SalesforceSettings = z.infer<typeof salesforceSettingsSchema>;

const oauthSwitchesSchema = z.strictObject({
  accessTokenMs: z.int().min(1000),
  codeMs: z.int().min(1),
  refreshTokens: z.enum(['reusable', 'rotating', 'rotating_strict']),
  consentError: z.strictObject({ error: z.string(), description: z.string() }).nullable(),
});

export const salesforcePatchSchema = z.strictObject({
  ...salesforceSettingsSchema.partial().shape,
  oauth: oauthSwitchesSchema.partial().optional(),
});
export type SalesforcePatch = z.infer<typeof salesforcePatchSchema>;

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

export function defaultSettings(): SalesforceSettings {
  return {
    searchLagMs: 15 * MINUTE,
    searchIgnoresPunctuation: true,
    queryPageRows: 400,
    locatorMs: 2 * DAY,
    dailyCalls: 115_000,
    apiEnabled: true,
    hiddenFields: [],
    hiddenObjects: [],
    requiredOnCreate: [],
    duplicateRule: 'block',
    duplicateMember: 'duplicateResut',
    deleteMovesStamp: true,
    restoreMovesStamp: true,
    rolesMoveOpportunities: false,
    deletedLagMs: MINUTE,
    deletedLogMs: 30 * DAY,
  };
}

export function defaultOAuthRules(client: OAuthClient | undefined): OAuthRules {
  return {
    clientId: 'salesforce-client',
    clientSecret: 'salesforce-secret',
    ...client,
    implicitScopes: [],
    requiredScopes: ['api', 'refresh_token'],
    optionalScopes: ['id', 'openid', 'web'],
    accessTokenMs: 2 * 60 * MINUTE,
    codeMs: 15 * MINUTE,
    refreshTokens: 'rotating_strict',
    revokeEndsAccessTokens: true,
    pkceRequired: true,
    consentError: null,
  };
}
