/** Mindbody's records in the hub's terms. Pure; nothing is invented. */
import { type Appointment, type AppointmentStatus, type Attendee, takesTime } from '../../core/model/appointment.ts';
import type { Contact } from '../../core/model/contact.ts';
import type { Json, SourceRecord } from '../../core/model/mirror-record.ts';
import type { Service } from '../../core/model/service.ts';
import type { StaffMember } from '../../core/model/staff-member.ts';
import { fromLocal, zonedIso } from '../../core/time/zoned-time.ts';
import { displayNameOf, emailsOf, firstText, instant, phonesOf, text } from '../kit/people.ts';
import type {
  MindbodyAppointment,
  MindbodyClass,
  MindbodyClient,
  MindbodySessionType,
  MindbodyStaff,
} from './schemas.ts';

/** What a site's records are read with. */
export interface SiteContext {
  /** IANA name: times have no offset of their own. */
  readonly timeZone: string;
  readonly country: string | undefined;
}

/** "None" is an appointment on the schedule about which nothing is noted. */
const STATUSES: Readonly<Record<string, AppointmentStatus>> = {
  None: 'confirmed',
  Requested: 'pending',
  Booked: 'confirmed',
  Confirmed: 'confirmed',
  Arrived: 'confirmed',
  Completed: 'completed',
  NoShow: 'no_show',
  Cancelled: 'cancelled',
  LateCancelled: 'cancelled',
};

/** Keyed by the number that never changes; the RSSID, which the owner can change, stands in the source. */
export function toClientRecord(client: MindbodyClient, site: SiteContext): SourceRecord<Contact> {
  const { UniqueId: id, FirstName, LastName, Email, MobilePhone, HomePhone, WorkPhone, IsProspect, Status } = client;
  const [firstName, lastName] = [text(FirstName), text(LastName)];
  const updatedAt = utcInstant(client.LastModifiedDateTime);
  const data: Contact = {
    id,
    displayName: displayNameOf(firstName, lastName),
    firstName,
    lastName,
    emails: emailsOf([Email]),
    phones: phonesOf([{ raw: MobilePhone, mobile: true }, { raw: HomePhone }, { raw: WorkPhone }], site.country),
    company: null,
    lifecycleStage: IsProspect ? 'prospect' : text(Status),
    ownerId: null,
    createdAt: siteInstant(client.CreationDate, site.timeZone),
    updatedAt,
  };
  const source = {
    ...kept({ Id: client.Id, UniqueId: id, FirstName, LastName, Email, MobilePhone, HomePhone, WorkPhone }),
    ...kept({ IsProspect, Status, CreationDate: client.CreationDate }),
    LastModifiedDateTime: client.LastModifiedDateTime ?? null,
  };
  return { resource: 'clients', id, data, source, updatedAt };
}

/** A client as somebody's appointment shows them. */
export function toAttendee({ data }: SourceRecord<Contact>): Attendee {
  return {
    id: data.id,
    name: data.displayName,
    email: data.emails[0] ?? null,
    phone: data.phones.find(({ e164 }) => e164 !== null)?.e164 ?? null,
  };
}

/**
 * @param customer whom the RSSID stands for; null when nobody has it any more.
 */
export function toAppointmentRecord(
  appointment: MindbodyAppointment,
  customer: Attendee | null,
  timeZone: string,
): SourceRecord<Appointment> {
  const { Id: id, Staff, SessionTypeId, LocationId, StaffId, ClientId, Notes, Duration } = appointment;
  const status = STATUSES[appointment.Status ?? ''] ?? 'confirmed';
  const start = fromLocal(appointment.StartDateTime, timeZone);
  const end = appointment.EndDateTime ? fromLocal(appointment.EndDateTime, timeZone) : start + (Duration ?? 0) * 60_000;
  const staffName = firstText(Staff?.DisplayName, [Staff?.FirstName, Staff?.LastName].filter(Boolean).join(' '));
  const data: Appointment = {
    ...{ id, status, timeZone, start: zonedIso(start, timeZone), end: zonedIso(Math.max(start, end), timeZone) },
    allDay: false,
    // Somebody on the waiting list takes nobody's time.
    busy: takesTime(status) && appointment.IsWaitlist !== true,
    title: null,
    notes: text(Notes),
    services: SessionTypeId ? [{ id: SessionTypeId, name: null }] : [],
    staff: StaffId ? [{ id: StaffId, name: staffName }] : [],
    customers: ClientId ? [customer ?? { id: null, name: null, email: null, phone: null }] : [],
    location: LocationId ? { id: LocationId, name: null } : null,
    ...NOT_KNOWN,
  };
  const source = {
    ...kept({ Id: id, Status: appointment.Status, StartDateTime: appointment.StartDateTime, Duration, Notes }),
    ...kept({ EndDateTime: appointment.EndDateTime, SessionTypeId, LocationId, StaffId, ClientId }),
    ...kept({ IsWaitlist: appointment.IsWaitlist, PartnerExternalId: appointment.PartnerExternalId }),
  };
  return { resource: 'appointments', id, data, source, updatedAt: null };
}

export function toClassRecord(given: MindbodyClass, timeZone: string): SourceRecord<Appointment> {
  const { Id: id, ClassDescription, Staff, Location, MaxCapacity, TotalBooked, IsCanceled, ClassScheduleId } = given;
  const status = IsCanceled ? 'cancelled' : 'confirmed';
  const service = ClassDescription?.SessionType;
  const updatedAt = utcInstant(given.LastModifiedDateTime);
  const data: Appointment = {
    ...NOT_KNOWN,
    ...{ id, status, timeZone },
    start: zonedIso(fromLocal(given.StartDateTime, timeZone), timeZone),
    end: zonedIso(fromLocal(given.EndDateTime, timeZone), timeZone),
    allDay: false,
    busy: takesTime(status),
    title: text(ClassDescription?.Name),
    notes: null,
    services: service?.Id ? [{ id: service.Id, name: text(service.Name) }] : [],
    staff: Staff?.Id ? [{ id: Staff.Id, name: firstText(Staff.DisplayName, Staff.Name) }] : [],
    customers: [],
    location: Location?.Id ? { id: Location.Id, name: text(Location.Name) } : null,
    capacity: { total: MaxCapacity ?? null, taken: TotalBooked ?? null },
    seriesId: ClassScheduleId ?? null,
    updatedAt,
  };
  const source = {
    ...kept({ Id: id, StartDateTime: given.StartDateTime, EndDateTime: given.EndDateTime, IsCanceled }),
    ...kept({ MaxCapacity, TotalBooked, ClassScheduleId, LastModifiedDateTime: given.LastModifiedDateTime }),
  };
  return { resource: 'classes', id, data, source, updatedAt };
}

export function toServiceRecord(type: MindbodySessionType): SourceRecord<Service> {
  const { Id: id, Name, DefaultTimeLength, OnlineDescription, ProgramId } = type;
  const data: Service = {
    id,
    name: text(Name) ?? 'Unnamed',
    description: text(OnlineDescription),
    durationMinutes: DefaultTimeLength || null,
    // Mindbody keeps preparation times itself: what it offers has them taken off.
    bufferBeforeMinutes: 0,
    bufferAfterMinutes: 0,
    price: null,
    staffIds: null,
    bookable: true,
    capacity: null,
    createdAt: null,
    updatedAt: null,
  };
  const source = kept({ Id: id, Name, Type: type.Type, DefaultTimeLength, OnlineDescription, ProgramId });
  return { resource: 'services', id, data, source, updatedAt: null };
}

/** Only those who take appointments are asked for. */
export function toStaffRecord(member: MindbodyStaff): SourceRecord<StaffMember> {
  const { Id: id, DisplayName, Name, FirstName, LastName, Email } = member;
  const data: StaffMember = {
    id,
    name: firstText(DisplayName, Name) ?? displayNameOf(text(FirstName), text(LastName)),
    email: emailsOf([Email])[0] ?? null,
    timeZone: null,
    bookable: true,
    createdAt: null,
    updatedAt: null,
  };
  const source = kept({ Id: id, DisplayName, Name, FirstName, LastName, Email });
  return { resource: 'staff', id, data, source, updatedAt: null };
}

/** What Mindbody does not say of a time on the schedule. */
const NOT_KNOWN = {
  price: null,
  capacity: null,
  seriesId: null,
  version: null,
  createdAt: null,
  updatedAt: null,
} as const;

/** `LastModifiedDateTime` is the one time in UTC, with or without saying so. */
function utcInstant(value: string | null | undefined): string | null {
  return siteInstant(value, 'UTC');
}

function siteInstant(value: string | null | undefined, timeZone: string): string | null {
  const written = text(value);
  if (written === null || /(Z|[+-]\d{2}:?\d{2})$/i.test(written)) return instant(written);
  return /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/.test(written) ? instant(fromLocal(written, timeZone)) : null;
}

function kept(fields: Readonly<Record<string, Json | undefined>>): Record<string, Json> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, value ?? null]));
}
