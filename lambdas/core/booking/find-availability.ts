import { notFound, validationFailed } from '../errors.ts';
import { chooseIntegration } from '../integrations/choose-integration.ts';
import type { Appointment, Reference } from '../model/appointment.ts';
import type { Slot } from '../model/availability.ts';
import type { Integration, IntegrationType } from '../model/integration.ts';
import type { SourceRecord } from '../model/mirror-record.ts';
import type { Service } from '../model/service.ts';
import type { StaffMember } from '../model/staff-member.ts';
import { zonedIso } from '../time/zoned-time.ts';
import { mirroredAppointment } from './appointment-view.ts';
import { bookableServices, bookableStaff } from './bookable.ts';
import type { BookingPorts } from './booking-ports.ts';
import { freeSlots } from './free-slots.ts';
import { lengthOf, serviceToAskFor } from './moved-appointment.ts';
import { readAppointmentId, slotIdOf } from './slot-id.ts';
import { spokenTime } from './spoken-time.ts';

export interface AvailabilityRequest {
  readonly workspaceId: string;
  /** Needed only when several integrations of the workspace can say what is free. */
  readonly integrationId: string | null;
  /** ISO 8601 with offset. */
  readonly from: string;
  readonly to: string;
  readonly serviceId: string | null;
  readonly staffId: string | null;
  /** An appointment that is to be moved: its own time counts as free, and its service and length are asked for. */
  readonly appointmentId: string | null;
  /** Zone of the answer, IANA; the business's when it is null. */
  readonly timeZone: string | null;
  readonly limit: number;
  readonly deadlineMs: number;
}

/** A free time as callers of the API see it. */
export interface OfferedSlot {
  readonly id: string;
  /** ISO 8601 with offset. */
  readonly start: string;
  readonly end: string;
  /** IANA name. */
  readonly timeZone: string;
  readonly service: Reference | null;
  readonly staff: Reference | null;
  /** The time as a voice says it. */
  readonly spoken: string;
}

export interface AvailabilityAnswer {
  readonly integrationId: string;
  readonly type: IntegrationType;
  readonly slots: readonly OfferedSlot[];
  /** Whether the provider gave the times, or the hub computed them from what is taken. */
  readonly source: 'provider' | 'computed';
  /** ISO 8601. */
  readonly asOf: string;
  /** One sentence each: what was left out, and why. */
  readonly notes: readonly string[];
}

const DAY_MS = 24 * 60 * 60_000;

/** The free times of a business, asked live. With nobody in particular asked for, each time is offered once. */
export async function findAvailability(ports: BookingPorts, request: AvailabilityRequest): Promise<AvailabilityAnswer> {
  const now = ports.clock.now();
  const deadline = now + request.deadlineMs;
  const integration = await chooseIntegration(ports, request, 'getAvailability');
  const [from, to] = [Date.parse(request.from), Date.parse(request.to)];
  requireWindow(from, to, now, ports.sessions.manifest(integration.type).booking?.maxRangeDays ?? 31);

  const { staffId, limit } = request;
  const [staff, moving] = await Promise.all([
    bookableStaff(ports, integration),
    appointmentToMove(ports, integration, request.appointmentId),
  ]);
  const service = await serviceToAskFor(ports, integration, request.serviceId, moving);
  const free = await freeSlots(ports, integration, {
    from,
    to,
    service,
    staffId,
    staff,
    moving,
    deadline,
    durationMinutes: request.serviceId === null ? lengthOf(moving) : null,
    noticeGraceMinutes: 0,
  });
  const names = await namesFor(ports, integration, service, staff, free.slots);
  const once = staffId === null ? firstOfEachTime(free.slots) : free.slots;
  const { integrationId, type } = integration;
  return {
    integrationId,
    type,
    slots: once.slice(0, limit).map((slot) => offered(integration, slot, names, request.timeZone)),
    source: free.source,
    asOf: new Date(now).toISOString(),
    notes:
      once.length > limit
        ? [...free.notes, `${once.length} times are free; the first ${limit} are given.`]
        : free.notes,
  };
}

export interface Names {
  readonly services: ReadonlyMap<string, string>;
  readonly staff: ReadonlyMap<string, string>;
}

/** A slot as the API shows it. */
export function offered(integration: Integration, slot: Slot, names: Names, timeZone: string | null): OfferedSlot {
  const zone = timeZone ?? slot.timeZone;
  const { serviceId, staffId } = slot;
  return {
    id: slotIdOf(integration.integrationId, slot),
    start: zonedIso(slot.start, zone),
    end: zonedIso(slot.end, zone),
    timeZone: zone,
    service: serviceId === null ? null : { id: serviceId, name: names.services.get(serviceId) ?? null },
    staff: staffId === null ? null : { id: staffId, name: names.staff.get(staffId) ?? null },
    spoken: spokenTime(slot.start, zone),
  };
}

/** Names for what slots name by id. */
export async function namesFor(
  ports: Pick<BookingPorts, 'mirror' | 'sessions'>,
  integration: Integration,
  service: SourceRecord<Service> | null,
  staff: readonly SourceRecord<StaffMember>[],
  slots: readonly Slot[],
): Promise<Names> {
  const others = slots.some(({ serviceId }) => serviceId !== null && serviceId !== service?.id);
  const services = others ? await bookableServices(ports, integration) : service ? [service] : [];
  return {
    services: new Map(services.map(({ id, data }) => [id, data.name])),
    staff: new Map(staff.map(({ id, data }) => [id, data.name])),
  };
}

export function firstOfEachTime(slots: readonly Slot[]): Slot[] {
  return [...new Map(slots.toReversed().map((slot) => [Date.parse(slot.start), slot])).values()].toReversed();
}

async function appointmentToMove(
  ports: BookingPorts,
  integration: Integration,
  appointmentId: string | null,
): Promise<SourceRecord<Appointment> | null> {
  if (appointmentId === null) return null;
  const { integrationId, recordId } = readAppointmentId(appointmentId);
  const own = integrationId === integration.integrationId;
  const record = own ? await mirroredAppointment(ports, integration, recordId) : null;
  if (!record) throw notFound('The appointment', 'appointmentId');
  return record;
}

function requireWindow(from: number, to: number, now: number, maxDays: number): void {
  if (to <= from) throw validationFailed('to', 'must be later than from');
  if (to <= now) throw validationFailed('to', 'lies in the past');
  if (to - from > maxDays * DAY_MS) throw validationFailed('to', `must be at most ${maxDays} days after from`);
}
