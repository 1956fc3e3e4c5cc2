/** Mindbody's truth and the hub's mirror in the same fields, worked out from each side by itself. */
import { parsePhoneNumberFromString } from 'libphonenumber-js/max';
import * as z from 'zod';
import { appointmentSchema } from '../../../lambdas/core/model/appointment.ts';
import { contactSchema } from '../../../lambdas/core/model/contact.ts';
import type { Json, MirrorRecord } from '../../../lambdas/core/model/mirror-record.ts';
import { serviceSchema } from '../../../lambdas/core/model/service.ts';
import { staffMemberSchema } from '../../../lambdas/core/model/staff-member.ts';
import type {
  AppointmentTruth,
  ClassTruth,
  ClientTruth,
  MindbodyResource,
  ServiceTruth,
  StaffTruth,
} from '../../sandbox/mindbody/mindbody-control.ts';

type Fields = Readonly<Record<string, Json>>;

export const TIME_ZONE = 'Europe/London';

const STATUSES: Readonly<Record<string, string>> = {
  Requested: 'pending',
  Completed: 'completed',
  NoShow: 'no_show',
  Cancelled: 'cancelled',
  LateCancelled: 'cancelled',
};
const rssidSchema = z.looseObject({ Id: z.string() });

export function trueClientFields(client: ClientTruth): Fields {
  return {
    rssid: client.Id,
    firstName: filled(client.FirstName),
    lastName: filled(client.LastName),
    emails: client.Email ? [client.Email.toLowerCase()] : [],
    phones: trueNumbers(client),
    stage: client.IsProspect ? 'prospect' : client.Status,
    createdAt: client.CreationDate,
    updatedAt: client.LastModifiedDateTime,
  };
}

export function trueAppointmentFields(one: AppointmentTruth): Fields {
  const status = STATUSES[one.Status] ?? 'confirmed';
  return {
    status,
    busy: status !== 'cancelled' && !one.IsWaitlist,
    start: one.StartDateTime,
    end: one.EndDateTime,
    timeZone: TIME_ZONE,
    notes: one.Notes,
    services: [String(one.SessionTypeId)],
    staff: [`${one.StaffId} ${one.Staff.DisplayName}`],
    customers: [String(one.clientUniqueId)],
    location: String(one.LocationId),
    title: null,
    capacity: null,
    seriesId: null,
    updatedAt: null,
  };
}

export function trueClassFields(one: ClassTruth): Fields {
  const status = one.IsCanceled ? 'cancelled' : 'confirmed';
  return {
    status,
    busy: !one.IsCanceled,
    start: one.StartDateTime,
    end: one.EndDateTime,
    timeZone: TIME_ZONE,
    notes: null,
    services: [String(one.ClassDescription.SessionType.Id)],
    staff: [`${one.Staff.Id} ${one.Staff.DisplayName}`],
    customers: [],
    location: String(one.Location.Id),
    title: one.ClassDescription.Name,
    capacity: [one.MaxCapacity, one.TotalBooked],
    seriesId: String(one.ClassScheduleId),
    updatedAt: one.LastModifiedDateTime,
  };
}

export function trueServiceFields({ Name, DefaultTimeLength }: ServiceTruth): Fields {
  return { name: Name, minutes: DefaultTimeLength, bookable: true };
}

export function trueStaffFields({ DisplayName, Email }: StaffTruth): Fields {
  return { name: DisplayName, email: Email, bookable: true };
}

export function mirroredFields(record: MirrorRecord, resource: MindbodyResource): Fields {
  switch (resource) {
    case 'clients':
      return mirroredClient(record);
    case 'appointments':
    case 'classes':
      return mirroredTime(record);
    case 'services': {
      const { name, durationMinutes, bookable } = serviceSchema.parse(record.data);
      return { name, minutes: durationMinutes, bookable };
    }
    case 'staff': {
      const { name, email, bookable } = staffMemberSchema.parse(record.data);
      return { name, email, bookable };
    }
  }
}

/** The site writes numbers as people do; those that a telephone can have count. */
export function trueNumbers({ MobilePhone, HomePhone, WorkPhone }: ClientTruth): string[] {
  const numbers = [MobilePhone, HomePhone, WorkPhone].flatMap((written) => {
    const international = (written ?? '').trim().replace(/^\(?00/, '+');
    const parsed = parsePhoneNumberFromString(international, 'GB');
    return parsed?.isValid() ? [parsed.number] : [];
  });
  return [...new Set(numbers)].toSorted();
}

/** What clocks at the site show at an instant: `2026-12-01T10:00:00`. */
export function siteTime(instant: string): string {
  return new Date(instant).toLocaleString('sv-SE', { timeZone: TIME_ZONE }).replace(' ', 'T');
}

function mirroredClient(record: MirrorRecord): Fields {
  const { firstName, lastName, emails, phones, lifecycleStage, createdAt } = contactSchema.parse(record.data);
  return {
    rssid: rssidSchema.parse(record.source).Id,
    firstName,
    lastName,
    emails,
    phones: phones.flatMap(({ e164 }) => e164 ?? []).toSorted(),
    stage: lifecycleStage,
    createdAt: createdAt === null ? null : siteTime(createdAt),
    updatedAt: record.updatedAt,
  };
}

function mirroredTime(record: MirrorRecord): Fields {
  const one = appointmentSchema.parse(record.data);
  const { status, busy, timeZone, notes, title, seriesId, capacity } = one;
  return {
    status,
    busy,
    timeZone,
    notes,
    title,
    seriesId,
    start: siteTime(one.start),
    end: siteTime(one.end),
    services: one.services.map(({ id }) => id),
    staff: one.staff.map(({ id, name }) => `${id} ${name}`),
    customers: one.customers.map(({ id }) => id),
    location: one.location?.id ?? null,
    capacity: capacity === null ? null : [capacity.total, capacity.taken],
    updatedAt: record.updatedAt,
  };
}

function filled(text: string | null): string | null {
  return text === null || text.trim() === '' ? null : text;
}
