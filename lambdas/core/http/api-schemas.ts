/** The shapes of the HTTP API: requests are checked against them, and the OpenAPI document is made from them. */
import * as z from 'zod';
import { ERROR_STATUS, type ErrorCode } from '../errors.ts';
import type { IntegrationView } from '../integrations/integration-view.ts';
import { APPOINTMENT_STATUSES, appointmentSchema, referenceSchema } from '../model/appointment.ts';
import { contactSchema } from '../model/contact.ts';
import {
  configChangeSchema,
  connectStepSchema,
  INTEGRATION_STATUSES,
  integrationConfigSchema,
  integrationIdSchema,
  integrationTypeSchema,
  timeZoneSchema,
  workspaceIdSchema,
} from '../model/integration.ts';
import { serviceSchema } from '../model/service.ts';
import { staffMemberSchema } from '../model/staff-member.ts';
import { syncRunSchema, syncTypeSchema } from '../model/sync-run.ts';
import { zonedInstantSchema } from '../model/zoned-instant.ts';
import { RUN_ID_PATTERN } from '../sync/run-id.ts';

const instant = z.string().meta({ format: 'date-time' });
const text = (max: number) =>
  z.string().trim().min(1, 'must not be empty').max(max, `must have at most ${max} characters`);

export const workspacePath = z.strictObject({ workspaceId: workspaceIdSchema });
export const integrationPath = workspacePath.extend({ integrationId: integrationIdSchema });
export const runPath = integrationPath.extend({ runId: z.string().regex(RUN_ID_PATTERN, 'must be a run id (run_…)') });

/** `Idempotency-Key`: any text the caller makes unique per intent. */
export const idempotencyKeySchema = z
  .string()
  .regex(/^[\x21-\x7e]{1,255}$/, 'must be 1 to 255 visible ASCII characters');

const pageQuery = {
  limit: z.coerce.number().int().min(1).max(100).default(25),
  cursor: z.string().max(512).optional(),
};
const deadlineMs = (fallback: number, max: number) =>
  z.coerce
    .number()
    .int()
    .min(100)
    .max(max)
    .default(fallback)
    .meta({ description: 'Time for the whole answer, in ms.' });

export const connectBody = z.strictObject({
  type: integrationTypeSchema,
  integrationId: integrationIdSchema.optional().meta({ description: 'An existing integration to reconnect.' }),
  returnUrl: z.string().max(2048).optional(),
  config: configChangeSchema.optional().meta({
    description: 'Members left out have their defaults, or stay as they are when an integration is reconnected.',
  }),
});

export const updateBody = z.strictObject({ config: configChangeSchema.omit({ connection: true }) });

export const startSyncBody = z.strictObject({
  type: syncTypeSchema.default('incremental'),
  confirmDeletions: z
    .boolean()
    .default(false)
    .meta({ description: 'Lets this run delete more than the brake permits, after a run was blocked.' }),
});

export const listSyncsQuery = z.strictObject(pageQuery);

export const lookupQuery = z.strictObject({
  phone: z.string().min(1, 'must not be empty').max(64).optional(),
  email: z.string().min(1, 'must not be empty').max(320).optional(),
  deadlineMs: deadlineMs(1_200, 10_000),
});

export const createContactBody = z.strictObject({
  integrationId: integrationIdSchema.optional(),
  firstName: text(200).optional(),
  lastName: text(200).optional(),
  email: text(320).optional(),
  phone: text(64).optional(),
  company: text(200).optional(),
  deadlineMs: deadlineMs(8_000, 12_000),
});

export const appointmentPath = workspacePath.extend({
  appointmentId: z.string().regex(/^apt_[\w-]{1,1600}$/, 'must be an appointment id (apt_…)'),
});

const zonedInstant = zonedInstantSchema.meta({ format: 'date-time' });
const slotIdSchema = text(4096).meta({ description: 'The id of a slot of an availability answer.' });
const providerId = text(1024);

export const bookableQuery = z.strictObject({ integrationId: integrationIdSchema.optional() });
export const staffQuery = bookableQuery.extend({
  all: z
    .enum(['true', 'false'])
    .default('false')
    .meta({ description: 'Also who is not booked, e.g. the calendars that `config.booking.calendars` may name.' }),
});

export const availabilityQuery = z.strictObject({
  integrationId: integrationIdSchema.optional(),
  from: zonedInstant,
  to: zonedInstant,
  serviceId: providerId.optional(),
  staffId: providerId.optional(),
  appointmentId: appointmentPath.shape.appointmentId.optional().meta({
    description: 'An appointment that is to be moved: its own time counts as free; its service and length are kept.',
  }),
  timeZone: timeZoneSchema.optional().meta({ description: "Zone of the answer. The business's when left out." }),
  limit: z.coerce.number().int().min(1).max(200).default(20),
  deadlineMs: deadlineMs(5_000, 15_000),
});

export const listAppointmentsQuery = z.strictObject({
  ...pageQuery,
  integrationId: integrationIdSchema.optional(),
  from: zonedInstant.optional(),
  to: zonedInstant.optional(),
  phone: z.string().min(1, 'must not be empty').max(64).optional(),
  email: z.string().min(1, 'must not be empty').max(320).optional(),
  staffId: providerId.optional(),
  status: z.enum(APPOINTMENT_STATUSES).optional(),
});

export const bookBody = z.strictObject({
  slotId: slotIdSchema,
  customer: z.strictObject({
    firstName: text(200).optional(),
    lastName: text(200).optional(),
    name: text(400).optional().meta({ description: 'The whole name, where nobody knows which part is which.' }),
    email: text(320).optional(),
    phone: text(64).optional(),
  }),
  notes: text(2_000).optional(),
  deadlineMs: deadlineMs(10_000, 15_000),
});

export const moveBody = z.strictObject({ slotId: slotIdSchema, deadlineMs: deadlineMs(10_000, 15_000) });

export const cancelQuery = z.strictObject({
  reason: text(500).optional(),
  deadlineMs: deadlineMs(10_000, 15_000),
});

const errorCodes = Object.keys(ERROR_STATUS) as [ErrorCode, ...ErrorCode[]];

const apiRunSchema = syncRunSchema.meta({ id: 'SyncRun' });

export const integrationViewSchema: z.ZodType<IntegrationView> = z
  .object({
    workspaceId: z.string(),
    integrationId: z.string(),
    type: integrationTypeSchema,
    status: z.enum(INTEGRATION_STATUSES),
    statusReason: z.string().nullable(),
    nextSteps: z.array(connectStepSchema),
    config: integrationConfigSchema,
    account: z
      .object({ id: z.string(), name: z.string().nullable(), attributes: z.record(z.string(), z.string()) })
      .nullable(),
    grantedScopes: z.array(z.string()),
    createdAt: instant,
    connectedAt: instant.nullable(),
    updatedAt: instant,
    health: z.object({
      state: z.enum([
        'healthy',
        'syncing_first_time',
        'stale',
        'failing',
        'blocked',
        'needs_reconnect',
        'not_connected',
      ]),
      detail: z.string(),
    }),
    lastSync: apiRunSchema.nullable(),
    completeUntil: instant.nullable(),
    currentSync: apiRunSchema.nullable(),
    nextSyncAt: instant.nullable(),
  })
  .meta({ id: 'Integration' });

const apiContactSchema = contactSchema.meta({ id: 'Contact' });

const slotSchema = z
  .object({
    id: z.string(),
    start: instant,
    end: instant,
    timeZone: z.string(),
    service: referenceSchema.nullable(),
    staff: referenceSchema.nullable(),
    spoken: z.string().meta({ description: 'The time as a voice says it.' }),
  })
  .meta({ id: 'Slot' });

const { id: _appointmentId, version: _version, ...appointmentFields } = appointmentSchema.shape;
const apiAppointmentSchema = z
  .object({
    appointmentId: z.string(),
    integrationId: z.string(),
    type: integrationTypeSchema,
    providerId: z.string(),
    spoken: z.string().meta({ description: 'The start as a voice says it.' }),
    ...appointmentFields,
  })
  .meta({ id: 'Appointment' });

const ofIntegration = { integrationId: z.string(), type: integrationTypeSchema };

export const responses = {
  providers: z.object({
    providers: z.array(
      z.object({
        type: integrationTypeSchema,
        name: z.string(),
        description: z.string(),
        capabilities: z.array(z.string()),
        availability: z.enum(['available', 'partner_agreement']),
      }),
    ),
  }),
  health: z.object({ status: z.literal('ok') }),
  integrations: z.object({ integrations: z.array(integrationViewSchema) }),
  integration: z.object({ integration: integrationViewSchema }),
  connecting: z.object({ integration: integrationViewSchema, authorizeUrl: z.string(), expiresAt: instant }),
  disconnected: z.object({
    integrationId: z.string(),
    status: z.literal('disconnecting'),
    revokedAtProvider: z.boolean(),
  }),
  test: z.object({
    ok: z.boolean(),
    latencyMs: z.number(),
    error: z.object({ code: z.string(), detail: z.string() }).nullable(),
  }),
  run: z.object({ run: apiRunSchema }),
  runs: z.object({ runs: z.array(apiRunSchema), nextCursor: z.string().nullable() }),
  lookup: z.object({
    outcome: z.enum(['found', 'ambiguous', 'not_found', 'unknown']),
    matches: z.array(
      z.object({
        contact: apiContactSchema,
        integrationId: z.string(),
        type: integrationTypeSchema,
        matchedOn: z.array(z.enum(['phone', 'email'])),
      }),
    ),
    sources: z.array(
      z.object({
        integrationId: z.string(),
        type: integrationTypeSchema,
        via: z.enum(['mirror', 'live', 'skipped', 'timed_out']),
        asOf: instant.nullable(),
      }),
    ),
  }),
  createdContact: z.object({
    contact: apiContactSchema,
    created: z.boolean(),
    integrationId: z.string(),
    type: integrationTypeSchema,
  }),
  services: z.object({ services: z.array(z.object({ ...ofIntegration, ...serviceSchema.shape })) }),
  staff: z.object({ staff: z.array(z.object({ ...ofIntegration, ...staffMemberSchema.shape })) }),
  availability: z.object({
    ...ofIntegration,
    slots: z.array(slotSchema),
    source: z.enum(['provider', 'computed']),
    asOf: instant,
    notes: z.array(z.string()),
  }),
  appointments: z.object({ appointments: z.array(apiAppointmentSchema), nextCursor: z.string().nullable() }),
  appointment: z.object({ appointment: apiAppointmentSchema }),
  cancelled: z.object({ appointmentId: z.string(), ...ofIntegration, status: z.literal('cancelled') }),
} as const;

/** RFC 9457. */
export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.enum(errorCodes),
    requestId: z.string(),
    field: z.string().optional().meta({ description: 'The part of the request at fault.' }),
    retryAfterSeconds: z.number().optional(),
    alternatives: z
      .array(slotSchema)
      .optional()
      .meta({ description: 'With slot_unavailable: free times near the one that is taken.' }),
  })
  .meta({ id: 'Problem' });
