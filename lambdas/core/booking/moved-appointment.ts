/** What a move keeps of the appointment, unless the caller asks for something else: its service, and its length. */
import type { Appointment } from '../model/appointment.ts';
import type { Slot } from '../model/availability.ts';
import type { Integration } from '../model/integration.ts';
import type { SourceRecord } from '../model/mirror-record.ts';
import type { Service } from '../model/service.ts';
import { bookableServices, chooseService } from './bookable.ts';
import type { BookingPorts } from './booking-ports.ts';

const MINUTE_MS = 60_000;

/** The service that is asked for, or else the appointment's own where the business still offers it. */
export async function serviceToAskFor(
  ports: Pick<BookingPorts, 'mirror' | 'sessions'>,
  integration: Integration,
  serviceId: string | null,
  moving: SourceRecord<Appointment> | null,
): Promise<SourceRecord<Service> | null> {
  const own = moving?.data.services[0]?.id;
  if (serviceId !== null || own === undefined) return chooseService(ports, integration, serviceId);
  const kept = (await bookableServices(ports, integration)).find(({ id }) => id === own);
  return kept ?? chooseService(ports, integration, null);
}

/**
 * How long an appointment is, in whole minutes; null where its length says nothing of how long the customer is there.
 * Somebody may have made it longer or shorter than its service, and that is no mistake.
 */
export function lengthOf(moving: SourceRecord<Appointment> | null): number | null {
  if (moving === null || moving.data.allDay) return null;
  const { start, end } = moving.data;
  return Math.ceil((Date.parse(end) - Date.parse(start)) / MINUTE_MS) || null;
}

/** The length that a slot must have to be taken; null: its service's. A move with another service may change it. */
export function lengthToTake(slot: Slot, moving: SourceRecord<Appointment> | null): number | null {
  const own = lengthOf(moving);
  const asked = (Date.parse(slot.end) - Date.parse(slot.start)) / MINUTE_MS;
  return slot.serviceId === null || asked === own ? own : null;
}
