import { HubError, notFound, validationFailed } from '../errors.ts';
import { runOnce } from '../idempotency/run-once.ts';
import { integrationFor } from '../integrations/choose-integration.ts';
import type { Appointment } from '../model/appointment.ts';
import type { SourceRecord } from '../model/mirror-record.ts';
import { type AppointmentView, mirroredAppointment } from './appointment-view.ts';
import { serviceOfSlot } from './bookable.ts';
import type { BookingPorts } from './booking-ports.ts';
import { mirrorChange, providerKey, viewOfOutcome } from './idempotent-change.ts';
import { readAppointmentId, readSlotId } from './slot-id.ts';
import { takeSlot } from './take-slot.ts';

export interface MoveRequest {
  readonly workspaceId: string;
  readonly appointmentId: string;
  readonly idempotencyKey: string;
  readonly slotId: string;
  readonly deadlineMs: number;
}

/**
 * Moves an appointment to another slot, once per `Idempotency-Key`. Where a provider can't move, the new appointment
 * takes the old one's place and has another id. Throws `slot_unavailable` with alternatives when the time is taken.
 */
export async function moveAppointment(ports: BookingPorts, request: MoveRequest): Promise<AppointmentView> {
  const { workspaceId, appointmentId, idempotencyKey, slotId } = request;
  const deadline = ports.clock.now() + request.deadlineMs;
  const { integrationId, slot } = readSlotId(slotId);
  const { integrationId: own, recordId } = readAppointmentId(appointmentId);
  const scope = { workspaceId, integrationId: own };
  const integration = await integrationFor(ports, scope, 'rescheduleAppointment', 'appointmentId');
  if (integrationId !== own) throw validationFailed('slotId', 'belongs to another integration than the appointment');
  const callArguments = { appointmentId, slotId };
  const key = providerKey(integration, 'move', idempotencyKey, callArguments);
  let made: SourceRecord<Appointment> | null = null;

  const outcome = await runOnce(ports, {
    workspaceId,
    operation: 'moveAppointment',
    key: idempotencyKey,
    arguments: callArguments,
    deadline,
    work: async (abandoned) => {
      const appointment = await mirroredAppointment(ports, integration, recordId);
      if (!appointment) throw notFound('The appointment', 'appointmentId');
      const service = await serviceOfSlot(ports, integration, slot);
      const { connector, session } = await ports.sessions.open(integration, { callClass: 'live_write', deadline });
      const { rescheduleAppointment, manifest } = connector;
      if (!rescheduleAppointment) {
        throw new HubError('capability_not_supported', { detail: `${manifest.name} can't move appointments.` });
      }
      if (Date.parse(slot.start) <= ports.clock.now()) {
        throw new HubError('slot_unavailable', { field: 'slotId', detail: 'This time has passed.' });
      }
      const target = { slot, service, moving: appointment, owner: key, earlier: abandoned, deadline };
      const change = await takeSlot(ports, integration, target, (free) =>
        rescheduleAppointment(session, {
          appointment,
          slot: free,
          service,
          idempotencyKey: key,
          ...(abandoned ? { earlier: abandoned } : {}),
        }),
      );
      if (!change.record) throw new HubError('provider_rejected', { detail: `${manifest.name} lost the appointment.` });
      await mirrorChange(ports, integration, change);
      made = change.record;
      return { id: change.record.id };
    },
  });
  return viewOfOutcome(ports, integration, outcome, made);
}
