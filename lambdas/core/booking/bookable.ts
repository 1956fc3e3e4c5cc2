/** What can be booked, and with whom: from the mirror, or from the settings of businesses whose provider knows none. */
import { HubError, notFound, validationFailed } from '../errors.ts';
import { scopeOf } from '../integrations/integration-scope.ts';
import type { Slot } from '../model/availability.ts';
import type { Integration } from '../model/integration.ts';
import type { SourceRecord } from '../model/mirror-record.ts';
import type { Resource } from '../model/resource.ts';
import { type Service, serviceSchema } from '../model/service.ts';
import { type StaffMember, staffMemberSchema } from '../model/staff-member.ts';
import type { BookingPorts } from './booking-ports.ts';

type Ports = Pick<BookingPorts, 'mirror' | 'sessions'>;

/** The services that customers can book. */
export async function bookableServices(ports: Ports, integration: Integration): Promise<SourceRecord<Service>[]> {
  return (await allServices(ports, integration)).filter(({ data }) => data.bookable);
}

/** Everybody (and every chair, room or calendar) that customers can be booked with. */
export async function bookableStaff(ports: Ports, integration: Integration): Promise<SourceRecord<StaffMember>[]> {
  const { calendars } = integration.config.booking;
  const computed = ports.sessions.manifest(integration.type).booking?.availability === 'computed';
  const listed = (record: SourceRecord<StaffMember>): SourceRecord<StaffMember>[] => {
    if (!record.data.bookable) return [];
    // Of an account's calendars only the main one is booked, unless the business names others.
    if (calendars === undefined) return !computed || record.data.isMain ? [record] : [];
    const calendar = calendars.find(({ staffId }) => staffId === record.id);
    return calendar ? [{ ...record, data: { ...record.data, name: calendar.name ?? record.data.name } }] : [];
  };
  return (await allStaff(ports, integration)).flatMap(listed);
}

/** Everybody whom the provider knows, and every calendar of the account, by the provider's names. */
export async function allStaff(ports: Ports, integration: Integration): Promise<SourceRecord<StaffMember>[]> {
  return mirrored(ports, integration, 'staff', (data) => staffMemberSchema.safeParse(data).data ?? null);
}

/**
 * The service that is asked for; null when none is and the provider can do without. Throws `not_found` for one that
 * the business does not offer, and `validation_failed` where the provider needs one and there are several.
 */
export async function chooseService(
  ports: Ports,
  integration: Integration,
  serviceId: string | null,
): Promise<SourceRecord<Service> | null> {
  const { booking, name } = ports.sessions.manifest(integration.type);
  if (serviceId === null && !booking?.serviceRequired) return null;
  const services = await bookableServices(ports, integration);
  if (serviceId !== null) {
    const service = services.find(({ id }) => id === serviceId);
    if (!service) throw notFound('The service', 'serviceId');
    return service;
  }
  const [only] = services;
  if (only && services.length === 1) return only;
  const offered = services.length === 0 ? 'none is known yet; sync the services first' : 'several are offered';
  throw validationFailed('serviceId', `is needed to ask ${name} what is free; ${offered}`);
}

/** The service that a slot is for; null where it names none. Throws `slot_unavailable` for one that is gone by now. */
export async function serviceOfSlot(
  ports: Ports,
  integration: Integration,
  { serviceId }: Slot,
): Promise<SourceRecord<Service> | null> {
  if (serviceId === null) return null;
  const service = (await bookableServices(ports, integration)).find(({ id }) => id === serviceId);
  if (service) return service;
  throw new HubError('slot_unavailable', { field: 'slotId', detail: 'The service of this time is no longer offered.' });
}

async function allServices(ports: Ports, integration: Integration): Promise<SourceRecord<Service>[]> {
  const configured = integration.config.booking.services.map((service): SourceRecord<Service> => {
    const { id, name, description, durationMinutes, bufferBeforeMinutes, bufferAfterMinutes, price, staffIds } =
      service;
    return {
      resource: 'services',
      id,
      source: {},
      updatedAt: null,
      data: {
        id,
        name,
        durationMinutes,
        bufferBeforeMinutes,
        bufferAfterMinutes,
        description: description ?? null,
        price: price ?? null,
        staffIds: staffIds ?? null,
        bookable: true,
        capacity: null,
        createdAt: null,
        updatedAt: null,
      },
    };
  });
  const own = await mirrored(ports, integration, 'services', (data) => serviceSchema.safeParse(data).data ?? null);
  const names = new Set(configured.map(({ id }) => id));
  return [...configured, ...own.filter(({ id }) => !names.has(id))];
}

async function mirrored<T extends Service | StaffMember>(
  { mirror, sessions }: Ports,
  integration: Integration,
  resource: Resource,
  read: (data: unknown) => T | null,
): Promise<SourceRecord<T>[]> {
  if (!sessions.manifest(integration.type).resources.includes(resource)) return [];
  const records: SourceRecord<T>[] = [];
  for await (const page of mirror.records(scopeOf(integration), resource)) {
    for (const { id, source, updatedAt, data } of page) {
      const readable = read(data);
      if (readable) records.push({ resource, id, source, updatedAt, data: readable });
    }
  }
  return records.sort((a, b) => a.data.name.localeCompare(b.data.name) || a.id.localeCompare(b.id));
}
