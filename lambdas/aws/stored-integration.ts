/** Shape of a stored integration. */
import * as z from 'zod';
import {
  connectStepSchema,
  INTEGRATION_STATUSES,
  type Integration,
  integrationConfigSchema,
  integrationTypeSchema,
} from '../core/model/integration.ts';

/** Checked when it was written: asking `Intl` about the time zone again would cost a look-up on every read. */
const storedConfigSchema = z.object({ ...integrationConfigSchema.shape, timeZone: z.string() });

export const storedIntegrationSchema: z.ZodType<Integration> = z.object({
  workspaceId: z.string(),
  integrationId: z.string(),
  type: integrationTypeSchema,
  status: z.enum(INTEGRATION_STATUSES),
  statusReason: z.string().nullable(),
  nextSteps: z.array(connectStepSchema).default([]),
  config: storedConfigSchema,
  account: z
    .object({ id: z.string(), name: z.string().nullable(), attributes: z.record(z.string(), z.string()) })
    .nullable(),
  grantedScopes: z.array(z.string()),
  createdAt: z.string(),
  connectedAt: z.string().nullable(),
  updatedAt: z.string(),
  version: z.number(),
});
