import { scopeOf } from '../integrations/integration-scope.ts';
import { type Appointment, appointmentSchema } from '../model/appointment.ts';
import type { Integration, IntegrationType } from '../model/integration.ts';
import type { SourceRecord } from '../model/mirror-record.ts';
import { isAppointment } from './appointment-keys.ts';
import type { BookingPorts } from './booking-ports.ts';
import { appointmentIdOf } from './slot-id.ts';
import { spokenTime } from './spoken-time.ts';

/** An appointment as callers of the API see it. */
export interface AppointmentView extends Omit<Appointment, 'id' | 'version'> {
  readonly appointmentId: string;
  readonly integrationId: string;
  readonly type: IntegrationType;
  /** The provider's own id. */
  readonly providerId: string;
  /** The start as a voice says it. */
  readonly spoken: string;
}

export function appointmentView(
  { integrationId, type }: Pick<Integration, 'integrationId' | 'type'>,
  data: Appointment,
): AppointmentView {
  // In the schema's order, as the mirror gives it back: a repeated call gets the same answer to the letter.
  const { id, version: _version, ...visible } = appointmentSchema.parse(data);
  return {
    appointmentId: appointmentIdOf(integrationId, id),
    integrationId,
    type,
    providerId: id,
    spoken: spokenTime(data.start, data.timeZone),
    ...visible,
  };
}

/** The appointment as the mirror has it; null when it does not. */
export async function mirroredAppointment(
  { mirror }: Pick<BookingPorts, 'mirror'>,
  integration: Integration,
  recordId: string,
): Promise<SourceRecord<Appointment> | null> {
  const record = await mirror.get(scopeOf(integration), 'appointments', recordId);
  return record && isAppointment(record.data) ? { ...record, data: record.data } : null;
}
