/** What booking, moving and cancelling have in common: once per key, and in the mirror before the answer. */
import { createHash } from 'node:crypto';
import { stringify } from 'safe-stable-stringify';
import * as z from 'zod';
import type { AppointmentChange } from '../../connectors/connector.ts';
import { notFound } from '../errors.ts';
import { scopeOf } from '../integrations/integration-scope.ts';
import type { Appointment } from '../model/appointment.ts';
import type { Integration } from '../model/integration.ts';
import type { SourceRecord } from '../model/mirror-record.ts';
import { applyPage } from '../sync/mirror-writer.ts';
import { type AppointmentView, appointmentView, mirroredAppointment } from './appointment-view.ts';
import type { BookingPorts } from './booking-ports.ts';

/**
 * The key that the provider sees: the same for every attempt, and nobody else's. Providers remember it for longer than
 * the hub does the caller's, so the arguments are part of it: nobody gets the appointment of another call.
 */
export function providerKey(
  { workspaceId, integrationId }: Integration,
  operation: string,
  idempotencyKey: string,
  callArguments: unknown,
): string {
  const call = [workspaceId, integrationId, operation, idempotencyKey, callArguments];
  return createHash('sha256')
    .update(stringify(call) ?? '')
    .digest('hex')
    .slice(0, 32);
}

/** Brings what a change has made of the provider's records into the mirror. */
export async function mirrorChange(
  ports: Pick<BookingPorts, 'mirror' | 'clock'>,
  integration: Integration,
  { record, deletedIds, others }: AppointmentChange,
): Promise<void> {
  const records = [...(record ? [record] : []), ...others];
  await applyPage(ports, scopeOf(integration), 'appointments', { records, deletedIds }, () => undefined);
}

/** What is remembered of an answer: the appointment itself stays in the mirror, so that a disconnect removes it. */
const outcomeSchema = z.object({ id: z.string() });

/** The appointment of an answer: as it was just made, or, when the answer is repeated, as it is now. */
export async function viewOfOutcome(
  ports: Pick<BookingPorts, 'mirror'>,
  integration: Integration,
  outcome: unknown,
  made: SourceRecord<Appointment> | null,
): Promise<AppointmentView> {
  const { id } = outcomeSchema.parse(outcome);
  const record = made ?? (await mirroredAppointment(ports, integration, id));
  if (!record) throw notFound('The appointment of this Idempotency-Key', 'Idempotency-Key');
  return appointmentView(integration, record.data);
}
