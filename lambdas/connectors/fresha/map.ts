/** The assumed contract's records in the hub's terms. Pure; nothing is invented. */
import type { Appointment, AppointmentStatus } from '../../core/model/appointment.ts';
import type { Contact } from '../../core/model/contact.ts';
import type { SourceRecord } from '../../core/model/mirror-record.ts';
import { zonedIso } from '../../core/time/zoned-time.ts';
import type { ConnectorSession } from '../connector.ts';
import { emailsOf, instant, phonesOf, text } from '../kit/people.ts';
import { appointmentRecord, contactRecord, kept } from '../kit/records.ts';
import { accountZone } from '../kit/zones.ts';
import type { FreshaAppointment, FreshaClient } from './schemas.ts';

const MINUTE_MS = 60_000;

/** Which words there are is not known; a word that is none of these leaves the time taken. */
const STATUSES: Readonly<Record<string, AppointmentStatus>> = {
  pending: 'pending',
  requested: 'pending',
  completed: 'completed',
  cancelled: 'cancelled',
  canceled: 'cancelled',
  no_show: 'no_show',
  declined: 'declined',
};

export function toClientRecord(client: FreshaClient, defaultCountry: string | undefined): SourceRecord<Contact> {
  const { id, first_name, last_name, email, phone, created_at, updated_at } = client;
  const known = {
    id,
    firstName: text(first_name),
    lastName: text(last_name),
    emails: emailsOf([email]),
    phones: phonesOf([{ raw: phone }], defaultCountry),
    createdAt: instant(created_at),
    updatedAt: instant(updated_at),
  };
  return contactRecord('clients', known, kept({ id, first_name, last_name, email, phone, created_at, updated_at }));
}

export function toAppointmentRecord(row: FreshaAppointment, session: ConnectorSession): SourceRecord<Appointment> {
  const { id, client_id, service_id, staff_id, location_id, start_time, end_time, status, notes, updated_at } = row;
  const timeZone = accountZone(session);
  const end = end_time ?? Date.parse(start_time) + session.config.booking.defaultDurationMinutes * MINUTE_MS;
  const known = {
    id,
    timeZone,
    status: STATUSES[status?.toLowerCase() ?? ''] ?? 'confirmed',
    notes: text(notes),
    start: zonedIso(start_time, timeZone),
    end: zonedIso(end, timeZone),
    services: service_id ? [{ id: service_id, name: null }] : [],
    staff: staff_id ? [{ id: staff_id, name: null }] : [],
    customers: client_id ? [{ id: client_id, name: null, email: null, phone: null }] : [],
    location: location_id ? { id: location_id, name: null } : null,
    createdAt: instant(row.created_at),
    updatedAt: instant(updated_at),
  };
  const source = { id, client_id, service_id, staff_id, start_time, end_time, status, notes, updated_at };
  return appointmentRecord('appointments', known, kept(source));
}
