import * as z from 'zod';
import type { Appointment } from '../../core/model/appointment.ts';
import type { Slot } from '../../core/model/availability.ts';
import type { SourceRecord } from '../../core/model/mirror-record.ts';
import type { AbandonedAttempt } from '../../core/ports.ts';
import { zonedIso } from '../../core/time/zoned-time.ts';
import type { AvailabilityQuery, ConnectorSession, NewAppointment, ProviderAvailability } from '../connector.ts';
import { unreadable } from '../kit/calls.ts';
import { slotTaken } from '../kit/failures.ts';
import { findMade } from '../kit/lost-answers.ts';
import { withText } from '../kit/people.ts';
import { readEach } from '../kit/read-each.ts';
import { accountZone } from '../kit/zones.ts';
import { createAppointment as create, listPage, listTimes, PAGE_LIMIT } from './client.ts';
import { manifest } from './manifest.ts';
import { toAppointmentRecord } from './map.ts';
import { appointmentSchema, timeSchema } from './schemas.ts';

const MINUTE_MS = 60_000;
const tokenSchema = z.looseObject({ service: z.string().nullable() });

export async function getAvailability(
  session: ConnectorSession,
  { from, to, service, staffId }: AvailabilityQuery,
): Promise<ProviderAvailability> {
  const rows = await listTimes(session.http, { from, to, service_id: service?.id });
  const timeZone = accountZone(session);
  const minutes = service?.data.durationMinutes ?? session.config.booking.defaultDurationMinutes;
  const { read, rejected } = readEach(rows, (row): Slot => {
    const time = timeSchema.parse(row);
    return {
      start: zonedIso(time.start_time, timeZone),
      end: zonedIso(time.end_time ?? Date.parse(time.start_time) + minutes * MINUTE_MS, timeZone),
      timeZone,
      serviceId: service?.id ?? null,
      staffId: time.staff_id ?? null,
      locationId: null,
      // The contract has no list of services, so the hub knows none by this name.
      token: { service: time.service_id ?? null },
    };
  });
  const slots = read.filter((slot) => staffId === null || slot.staffId === staffId);
  const unread = `${rejected.length} of the times that Fresha offers could not be read, and are left out.`;
  return { kind: 'slots', slots, notes: rejected.length > 0 ? [unread] : [] };
}

/** Whether Fresha refuses a time that is taken is not known: it must be among those that it offers right now. */
export async function createAppointment(
  session: ConnectorSession,
  { slot, service, customer, notes }: NewAppointment,
): Promise<SourceRecord<Appointment>> {
  const query = { from: slot.start, to: slot.end, timeZone: slot.timeZone, service, staffId: slot.staffId };
  const free = await getAvailability(session, { ...query, staff: [], moving: null });
  const start = Date.parse(slot.start);
  if (free.kind !== 'slots' || !free.slots.some((time) => Date.parse(time.start) === start)) throw slotTaken();
  const offered = tokenSchema.safeParse(slot.token).data?.service ?? null;
  const booked = await create(
    session.http,
    withText({
      client_id: customer.contactId,
      service_id: slot.serviceId ?? offered,
      staff_id: slot.staffId,
      notes,
      start_time: new Date(slot.start).toISOString(),
    }),
  );
  return toAppointmentRecord(booked, session);
}

/** No key of idempotency is known: what the lost attempt has made is among the appointments of that time. */
export function findBooked(
  session: ConnectorSession,
  { slot, customer }: NewAppointment,
  attempt: AbandonedAttempt,
): Promise<SourceRecord<Appointment> | null> {
  const from = new Date(slot.start).toISOString();
  const start = Date.parse(slot.start);
  return findMade(session, attempt, manifest, async () => {
    let firstOfPrevious: string | null = null;
    let unread = 0;
    for (let number = 1; ; number += 1) {
      const rows = await listPage(session.http, 'appointments', { from }, { number, firstOfPrevious });
      const { read, rejected } = readEach(rows, (row) => toAppointmentRecord(appointmentSchema.parse(row), session));
      const found = read.find(
        ({ data }) =>
          data.busy && Date.parse(data.start) === start && data.customers.some(({ id }) => id === customer.contactId),
      );
      unread += rejected.length;
      // The contract names no order: only the end of the list proves that nothing was booked.
      if (found || rows.length < PAGE_LIMIT) return { found, unread };
      firstOfPrevious = read[0]?.id ?? null;
      if (firstOfPrevious === null) throw unreadable(manifest.name, 'appointments.list');
    }
  });
}
