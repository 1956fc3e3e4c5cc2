/** Records in the hub's terms from what is known: whatever a provider does not say is null, and nothing is invented. */
import { type Appointment, takesTime } from '../../core/model/appointment.ts';
import type { Contact } from '../../core/model/contact.ts';
import type { Deal } from '../../core/model/deal.ts';
import type { Json, NormalizedRecord, SourceRecord } from '../../core/model/mirror-record.ts';
import type { Resource } from '../../core/model/resource.ts';
import type { Service } from '../../core/model/service.ts';
import type { StaffMember } from '../../core/model/staff-member.ts';
import { displayNameOf } from './people.ts';

/** What is known of a record: some members for certain, others where the provider says so. */
type Known<T, Certain extends keyof T> = Pick<T, Certain> & Partial<T>;

/** The provider's own fields; those that are missing are null, so that one that appears is a change. */
export function kept(fields: Readonly<Record<string, Json | undefined>>): Record<string, Json> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, value ?? null]));
}

function record<T extends NormalizedRecord>(resource: Resource, data: T, source: Json): SourceRecord<T> {
  return { resource, id: data.id, data, source, updatedAt: data.updatedAt };
}

/** A person; shown by both names together unless `displayName` says otherwise. */
export function contactRecord(
  resource: 'contacts' | 'customers' | 'clients',
  known: Known<Contact, 'id' | 'firstName' | 'lastName' | 'emails' | 'phones'>,
  source: Json,
): SourceRecord<Contact> {
  const { firstName, lastName, company = null } = known;
  const unknown = { company, lifecycleStage: null, ownerId: null, createdAt: null, updatedAt: null };
  return record(resource, { displayName: displayNameOf(firstName, lastName, company), ...unknown, ...known }, source);
}

/** An appointment; it takes time up as its status says, unless `busy` says otherwise. */
export function appointmentRecord(
  resource: 'appointments' | 'classes',
  known: Known<Appointment, 'id' | 'status' | 'start' | 'end' | 'timeZone'>,
  source: Json,
): SourceRecord<Appointment> {
  const unknown = {
    allDay: false,
    busy: takesTime(known.status),
    title: null,
    notes: null,
    services: [],
    staff: [],
    customers: [],
    location: null,
    price: null,
    capacity: null,
    seriesId: null,
    version: null,
    createdAt: null,
    updatedAt: null,
  };
  return record(resource, { ...unknown, ...known }, source);
}

/** A service; it can be booked unless `bookable` says otherwise. */
export function serviceRecord(known: Known<Service, 'id' | 'name'>, source: Json): SourceRecord<Service> {
  const unknown = {
    description: null,
    durationMinutes: null,
    bufferBeforeMinutes: 0,
    bufferAfterMinutes: 0,
    price: null,
    staffIds: null,
    bookable: true,
    capacity: null,
    createdAt: null,
    updatedAt: null,
  };
  return record('services', { ...unknown, ...known }, source);
}

/** Somebody, or something, that can be booked unless `bookable` says otherwise. */
export function staffRecord(known: Known<StaffMember, 'id' | 'name'>, source: Json): SourceRecord<StaffMember> {
  const unknown = { email: null, timeZone: null, bookable: true, isMain: false, createdAt: null, updatedAt: null };
  return record('staff', { ...unknown, ...known }, source);
}

/** A sale in progress. */
export function dealRecord(
  resource: 'deals' | 'opportunities',
  known: Known<Deal, 'id' | 'name' | 'status' | 'contactIds'>,
  source: Json,
): SourceRecord<Deal> {
  const dates = { closesAt: null, createdAt: null, updatedAt: null };
  return record(resource, { value: null, pipeline: null, stage: null, ownerId: null, ...dates, ...known }, source);
}
