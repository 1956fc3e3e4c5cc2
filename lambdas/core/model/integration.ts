import { isSupportedCountry } from 'libphonenumber-js/max';
import * as z from 'zod';
import { isTimeZone } from '../time/time-zone.ts';
import { bookingConfigSchema } from './booking-config.ts';
import { resourceSchema } from './resource.ts';

export const INTEGRATION_TYPES = [
  'google_calendar',
  'outlook_calendar',
  'salesforce',
  'hubspot',
  'square',
  'fresha',
  'mindbody',
  'acuity',
  'calendly',
] as const;
export const integrationTypeSchema = z.enum(INTEGRATION_TYPES);
export type IntegrationType = z.infer<typeof integrationTypeSchema>;

/** Where a workspace id or integration id stands in a key or a path, nothing else may hide. */
export const workspaceIdSchema = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be 1 to 64 letters, digits, - or _');
export const integrationIdSchema = z.string().regex(/^int_[0-9a-f]{32}$/, 'must be an integration id (int_…)');

/** Exactly as IANA writes it: the scheduler refuses other spellings, which JavaScript would accept. */
const TIME_ZONE = /^(UTC|[A-Z][A-Za-z_]+(\/[A-Z0-9][A-Za-z0-9_+-]*)+)$/;

export const timeZoneSchema = z.string().refine((zone) => TIME_ZONE.test(zone) && isTimeZone(zone), {
  message: 'must be an IANA time zone, e.g. Europe/London',
});

/** When an integration is synced. `daily` runs in the workspace's own night, within an hour of `at`. */
export const scheduleSchema = z.discriminatedUnion('frequency', [
  z.strictObject({
    frequency: z.literal('daily'),
    at: z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be HH:MM, 00:00 to 23:59'),
  }),
  z.strictObject({ frequency: z.literal('hourly'), everyHours: z.int().min(1).max(23) }),
  z.strictObject({ frequency: z.literal('minutes'), everyMinutes: z.int().min(15).max(59) }),
  z.strictObject({ frequency: z.literal('off') }),
]);
export type SyncSchedule = z.infer<typeof scheduleSchema>;

export const integrationConfigSchema = z.strictObject({
  /** What to sync; must be among the provider's resources. Default: all of them. */
  resources: z.array(resourceSchema).min(1).optional(),
  schedule: scheduleSchema.default({ frequency: 'daily', at: '02:30' }),
  /** IANA name; the schedule's times and spoken times are in it. */
  timeZone: timeZoneSchema.default('UTC'),
  /** ISO 3166-1 alpha-2: how numbers without a country code are read. Without it they are not looked up. */
  defaultCountry: z
    .string()
    .regex(/^[A-Z]{2}$/, 'must be a two-letter country code, e.g. GB')
    .refine((country): boolean => isSupportedCountry(country), 'is not a country code with telephone numbers')
    .optional(),
  /** A run that would delete more than this share of a resource's mirrored records stops and asks. */
  deletionBrakePercent: z.number().min(0).max(100).default(20),
  /** Days after which a scheduled run becomes a full one, to reconcile what no feed reports. */
  fullSyncEveryDays: z.int().min(1).max(90).default(7),
  /** What the provider's consent needs to know of the account, by the names in its `connectionParameters`. */
  connection: z.record(z.string().max(64), z.string().max(255)).default({}),
  booking: bookingConfigSchema.prefault({}),
});
export type IntegrationConfig = z.infer<typeof integrationConfigSchema>;

const { shape } = integrationConfigSchema;
/** A change of settings: members left out stay, `null` removes an optional one. */
export const configChangeSchema = z.strictObject({
  resources: shape.resources.nullable(),
  schedule: shape.schedule.removeDefault().optional(),
  timeZone: shape.timeZone.removeDefault().optional(),
  defaultCountry: shape.defaultCountry.nullable(),
  deletionBrakePercent: shape.deletionBrakePercent.removeDefault().optional(),
  fullSyncEveryDays: shape.fullSyncEveryDays.removeDefault().optional(),
  connection: shape.connection.removeDefault().optional(),
  booking: bookingConfigSchema.optional().meta({ description: 'Replaces the whole of the booking settings.' }),
});
export type ConfigChange = z.infer<typeof configChangeSchema>;

export const INTEGRATION_STATUSES = ['pending', 'connected', 'reauth_required', 'disconnecting'] as const;
export type IntegrationStatus = (typeof INTEGRATION_STATUSES)[number];

/**
 * Something that the business must do for a connection to work, in words that a front end can show. The texts of a
 * manifest may hold `{clientId}`, `{redirectUri}`, `{scopes}` and the names of its connection parameters.
 */
export const connectStepSchema = z.object({
  /** A short imperative. */
  title: z.string(),
  /** Who does what, and why. */
  detail: z.string(),
  /** Where it is done; null where there is no address to give. */
  url: z.string().nullable(),
});
export type ConnectStep = Readonly<z.infer<typeof connectStepSchema>>;

/** Which account at the provider an integration belongs to. */
export interface ProviderAccount {
  readonly id: string;
  readonly name: string | null;
  /** Extra facts that the connector needs later, e.g. an instance URL. Never secrets. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** One workspace's connection to one provider. */
export interface Integration {
  readonly workspaceId: string;
  readonly integrationId: string;
  readonly type: IntegrationType;
  readonly status: IntegrationStatus;
  /** Why it is not simply connected, in words for a person; null when all is well. */
  readonly statusReason: string | null;
  /** What the business must do next, in order; empty when nothing. */
  readonly nextSteps: readonly ConnectStep[];
  readonly config: IntegrationConfig;
  readonly account: ProviderAccount | null;
  /** Scopes that the provider really granted. */
  readonly grantedScopes: readonly string[];
  readonly createdAt: string;
  readonly connectedAt: string | null;
  readonly updatedAt: string;
  /** Raised by every write of the item; writers compare and set. */
  readonly version: number;
}
