import * as z from 'zod';
import { HubError } from '../errors.ts';
import { integrationIdSchema, workspaceIdSchema } from '../model/integration.ts';
import { resourceSchema } from '../model/resource.ts';
import { syncTriggerSchema, syncTypeSchema } from '../model/sync-run.ts';
import type { QueueMessage } from '../ports.ts';
import { RUN_ID_PATTERN } from './run-id.ts';

const scope = { workspaceId: workspaceIdSchema, integrationId: integrationIdSchema };

const messageSchema = z.union([
  z.object({ ...scope, type: z.literal('purge') }),
  z.object({ ...scope, type: z.literal('channels'), renew: z.boolean() }),
  z.object({
    ...scope,
    type: z.literal('erase'),
    resource: resourceSchema,
    recordIds: z.array(z.string()),
    erasedAt: z.iso.datetime(),
  }),
  z.object({
    ...scope,
    type: syncTypeSchema,
    trigger: syncTriggerSchema,
    runId: z.string().regex(RUN_ID_PATTERN).exactOptional(),
    confirmDeletions: z.boolean().exactOptional(),
  }),
]);

/** Reads a message of the sync queue. Throws `internal` for anything else: only the hub writes there. */
export function parseQueueMessage(body: string): QueueMessage {
  try {
    return messageSchema.parse(JSON.parse(body));
  } catch (error) {
    throw new HubError('internal', { detail: 'A message of the sync queue is not readable.', cause: error });
  }
}
