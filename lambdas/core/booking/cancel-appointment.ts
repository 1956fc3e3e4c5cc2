import { HubError, notFound } from '../errors.ts';
import { runOnce } from '../idempotency/run-once.ts';
import { integrationFor } from '../integrations/choose-integration.ts';
import type { IntegrationType } from '../model/integration.ts';
import type { Json } from '../model/mirror-record.ts';
import { mirroredAppointment } from './appointment-view.ts';
import type { BookingPorts } from './booking-ports.ts';
import { mirrorChange, providerKey } from './idempotent-change.ts';
import { readAppointmentId } from './slot-id.ts';

export interface CancelRequest {
  readonly workspaceId: string;
  readonly appointmentId: string;
  readonly idempotencyKey: string;
  readonly reason: string | null;
  readonly deadlineMs: number;
}

export interface CancelledAppointment {
  readonly appointmentId: string;
  readonly integrationId: string;
  readonly type: IntegrationType;
  readonly status: 'cancelled';
}

const CANCELLED = { cancelled: true };

/** Cancels an appointment, once per `Idempotency-Key`. One that is cancelled already is success. */
export async function cancelAppointment(ports: BookingPorts, request: CancelRequest): Promise<CancelledAppointment> {
  const { workspaceId, appointmentId, idempotencyKey, reason } = request;
  const deadline = ports.clock.now() + request.deadlineMs;
  const { integrationId, recordId } = readAppointmentId(appointmentId);
  const scope = { workspaceId, integrationId };
  const integration = await integrationFor(ports, scope, 'cancelAppointment', 'appointmentId');
  const callArguments = { appointmentId, reason };

  await runOnce(ports, {
    workspaceId,
    operation: 'cancelAppointment',
    key: idempotencyKey,
    arguments: callArguments,
    deadline,
    work: async (abandoned) => {
      const appointment = await mirroredAppointment(ports, integration, recordId);
      // A calendar keeps nothing of a cancelled event: the earlier attempt may have got as far as the mirror.
      if (!appointment && abandoned) return CANCELLED;
      if (!appointment) {
        return goneOnce(ports, request, deadline, async () => {
          throw notFound('The appointment', 'appointmentId');
        });
      }
      const { connector, session } = await ports.sessions.open(integration, { callClass: 'live_write', deadline });
      const change = await connector.cancelAppointment?.(session, {
        appointment,
        reason,
        idempotencyKey: providerKey(integration, 'cancel', idempotencyKey, callArguments),
      });
      if (!change) {
        throw new HubError('capability_not_supported', {
          detail: `${connector.manifest.name} can't cancel appointments.`,
        });
      }
      // Before it leaves the mirror, so that there is no moment at which nobody knows of it.
      if (change.deletedIds.includes(recordId)) await goneOnce(ports, request, deadline, async () => CANCELLED);
      await mirrorChange(ports, integration, change);
      return CANCELLED;
    },
  });
  return { appointmentId, integrationId, type: integration.type, status: 'cancelled' };
}

/**
 * Remembers, as long as answers are, that an appointment is cancelled of which its provider keeps nothing: cancelled
 * again, under another key, it is still cancelled. `otherwise` is asked when nothing is remembered.
 */
function goneOnce(
  ports: BookingPorts,
  { workspaceId, appointmentId }: CancelRequest,
  deadline: number,
  otherwise: () => Promise<Json>,
): Promise<Json> {
  const remembered = { workspaceId, operation: 'appointmentGone', key: appointmentId, arguments: null };
  return runOnce(ports, { ...remembered, deadline, work: otherwise });
}
