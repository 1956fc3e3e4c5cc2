import { HubError } from '../errors.ts';
import { runOnce } from '../idempotency/run-once.ts';
import { integrationFor } from '../integrations/choose-integration.ts';
import type { Appointment } from '../model/appointment.ts';
import type { Slot } from '../model/availability.ts';
import type { SourceRecord } from '../model/mirror-record.ts';
import type { AbandonedAttempt } from '../ports.ts';
import type { AppointmentView } from './appointment-view.ts';
import { serviceOfSlot } from './bookable.ts';
import { type CustomerRequest, customerRecord, readCustomer } from './booking-customer.ts';
import type { BookingPorts } from './booking-ports.ts';
import { mirrorChange, providerKey, viewOfOutcome } from './idempotent-change.ts';
import { readSlotId } from './slot-id.ts';
import { takeSlot } from './take-slot.ts';

export interface BookRequest {
  readonly workspaceId: string;
  readonly idempotencyKey: string;
  readonly slotId: string;
  readonly customer: CustomerRequest;
  readonly notes: string | null;
  readonly deadlineMs: number;
}

/**
 * Books a slot, once per `Idempotency-Key`: the same key and arguments get the same appointment, also when the first
 * answer was lost on the way. Throws `slot_unavailable` with alternatives when the time is taken.
 */
export async function bookAppointment(ports: BookingPorts, request: BookRequest): Promise<AppointmentView> {
  const { workspaceId, idempotencyKey, notes } = request;
  const deadline = ports.clock.now() + request.deadlineMs;
  const { integrationId, slot } = readSlotId(request.slotId);
  const integration = await integrationFor(ports, { workspaceId, integrationId }, 'createAppointment', 'slotId');
  const { name, booking } = ports.sessions.manifest(integration.type);
  const customer = readCustomer(request.customer, integration, booking, name);
  const callArguments = { slotId: request.slotId, customer, notes };
  const key = providerKey(integration, 'book', idempotencyKey, callArguments);
  let made: SourceRecord<Appointment> | null = null;

  const work = async (abandoned: AbandonedAttempt | null): Promise<SourceRecord<Appointment>> => {
    const service = await serviceOfSlot(ports, integration, slot);
    const contactId =
      booking?.customer === 'record'
        ? await customerRecord(ports, integration, customer, { key: idempotencyKey, deadline })
        : null;
    const { connector, session } = await ports.sessions.open(integration, { callClass: 'live_write', deadline });
    const { createAppointment } = connector;
    if (!createAppointment) throw new HubError('capability_not_supported', { detail: `${name} can't be booked.` });
    const wanted = {
      slot,
      service,
      notes,
      idempotencyKey: key,
      customer: { ...customer, contactId },
      title: [service?.data.name ?? 'Appointment', customer.name].join(', '),
    };
    const madeEarlier = async () => (abandoned && (await connector.findBooked?.(session, wanted, abandoned))) ?? null;
    const earlier = await madeEarlier();
    if (earlier) return earlier;
    if (Date.parse(slot.start) <= ports.clock.now()) {
      throw new HubError('slot_unavailable', { field: 'slotId', detail: 'This time has passed.' });
    }
    const target = { slot, service, moving: null, owner: key, earlier: abandoned, deadline };
    const book = (free: Slot) => createAppointment(session, { ...wanted, slot: free });
    return takeSlot(ports, integration, target, book, madeEarlier);
  };

  const outcome = await runOnce(ports, {
    workspaceId,
    operation: 'bookAppointment',
    key: idempotencyKey,
    arguments: callArguments,
    deadline,
    work: async (abandoned) => {
      const record = await work(abandoned);
      await mirrorChange(ports, integration, { record, deletedIds: [], others: [] });
      made = record;
      return { id: record.id };
    },
  });
  return viewOfOutcome(ports, integration, outcome, made);
}
