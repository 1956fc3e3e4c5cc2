/** Mindbody's records in the hub's terms. Pure; nothing is invented. */
import { type Appointment, type AppointmentStatus, type Attendee, takesTime } from '../../core/model/appointment.ts';
import type { Contact } from '../../core/model/contact.ts';
import type { SourceRecord } from '../../core/model/mirror-record.ts';
import type { Service } from '../../core/model/service.ts';
import type { StaffMember } from '../../core/model/staff-member.ts';
import { fromLocal, zonedIso } from '../../core/time/zoned-time.ts';
import { displayNameOf, emailsOf, firstText, instant, phonesOf, text } from '../kit/people.ts';
import { appointmentRecord, contactRecord, kept, serviceRecord, staffRecord } from '../kit/records.ts';
import {
  classSchema,
  type MindbodyAppointment,
  type MindbodyClient,
  type MindbodySessionType,
  staffSchema,
} from './schemas.ts';

/** What a site's records are read with. */
export interface SiteContext {
  /** IANA name: times have no offset of their own. */
  readonly timeZone: string;
  readonly country: string | undefined;
}

/** Whatever else there is takes the time up: "None" is an appointment about which nothing is noted. */
const STATUSES: Readonly<Record<string, AppointmentStatus>> = {
  Requested: 'pending',
  Completed: 'completed',
  NoShow: 'no_show',
  Cancelled: 'cancelled',
  LateCancelled: 'cancelled',
};

/** Keyed by the number that never changes; the RSSID, which the owner can change, stands in the source. */
export function toClientRecord(client: MindbodyClient, site: SiteContext): SourceRecord<Contact> {
  const { Id, UniqueId, FirstName, LastName, Email, MobilePhone, HomePhone, WorkPhone, IsProspect, Status } = client;
  const { CreationDate, LastModifiedDateTime } = client;
  const known = {
    id: UniqueId,
    firstName: text(FirstName),
    lastName: text(LastName),
    emails: emailsOf([Email]),
    phones: phonesOf([{ raw: MobilePhone, mobile: true }, { raw: HomePhone }, { raw: WorkPhone }], site.country),
    lifecycleStage: IsProspect ? 'prospect' : text(Status),
    createdAt: siteInstant(CreationDate, site.timeZone),
    // The one time in UTC, with or without saying so.
    updatedAt: siteInstant(LastModifiedDateTime, 'UTC'),
  };
  const source = { Id, UniqueId, FirstName, LastName, Email, MobilePhone, HomePhone, WorkPhone };
  return contactRecord('clients', known, kept({ ...source, IsProspect, Status, CreationDate, LastModifiedDateTime }));
}

/** A client as somebody's appointment shows them. */
export function toAttendee({ data }: SourceRecord<Contact>): Attendee {
  const phone = data.phones.find(({ e164 }) => e164 !== null)?.e164 ?? null;
  return { id: data.id, name: data.displayName, email: data.emails[0] ?? null, phone };
}

/** @param customer whom the RSSID stands for; null when nobody has it any more. */
export function toAppointmentRecord(
  appointment: MindbodyAppointment,
  customer: Attendee | null,
  timeZone: string,
): SourceRecord<Appointment> {
  const { Id: id, Status, StartDateTime, EndDateTime, Duration, SessionTypeId, LocationId, StaffId } = appointment;
  const { Staff, ClientId, Notes, IsWaitlist, PartnerExternalId } = appointment;
  const status = STATUSES[Status ?? ''] ?? 'confirmed';
  const start = fromLocal(StartDateTime, timeZone);
  const end = EndDateTime ? fromLocal(EndDateTime, timeZone) : start + (Duration ?? 0) * 60_000;
  const staffName = firstText(Staff?.DisplayName, [Staff?.FirstName, Staff?.LastName].filter(Boolean).join(' '));
  const known = {
    id,
    status,
    timeZone,
    start: zonedIso(start, timeZone),
    end: zonedIso(Math.max(start, end), timeZone),
    // Somebody on the waiting list takes nobody's time.
    busy: takesTime(status) && IsWaitlist !== true,
    notes: text(Notes),
    services: SessionTypeId ? [{ id: SessionTypeId, name: null }] : [],
    staff: StaffId ? [{ id: StaffId, name: staffName }] : [],
    customers: ClientId ? [customer ?? { id: null, name: null, email: null, phone: null }] : [],
    location: LocationId ? { id: LocationId, name: null } : null,
  };
  const source = { Id: id, Status, StartDateTime, EndDateTime, Duration, Notes, IsWaitlist, PartnerExternalId };
  return appointmentRecord('appointments', known, kept({ ...source, SessionTypeId, LocationId, StaffId, ClientId }));
}

export function toClassRecord(row: unknown, timeZone: string): SourceRecord<Appointment> {
  const given = classSchema.parse(row);
  const { Id: id, StartDateTime, EndDateTime, IsCanceled, MaxCapacity, TotalBooked, ClassScheduleId } = given;
  const { ClassDescription, Staff, Location, LastModifiedDateTime } = given;
  const service = ClassDescription?.SessionType;
  const known = {
    id,
    status: IsCanceled ? ('cancelled' as const) : ('confirmed' as const),
    timeZone,
    start: zonedIso(fromLocal(StartDateTime, timeZone), timeZone),
    end: zonedIso(fromLocal(EndDateTime, timeZone), timeZone),
    title: text(ClassDescription?.Name),
    services: service?.Id ? [{ id: service.Id, name: text(service.Name) }] : [],
    staff: Staff?.Id ? [{ id: Staff.Id, name: firstText(Staff.DisplayName, Staff.Name) }] : [],
    location: Location?.Id ? { id: Location.Id, name: text(Location.Name) } : null,
    capacity: { total: MaxCapacity ?? null, taken: TotalBooked ?? null },
    seriesId: ClassScheduleId ?? null,
    updatedAt: siteInstant(LastModifiedDateTime, 'UTC'),
  };
  const source = { Id: id, StartDateTime, EndDateTime, IsCanceled, MaxCapacity, TotalBooked, ClassScheduleId };
  return appointmentRecord('classes', known, kept({ ...source, LastModifiedDateTime }));
}

/** Mindbody keeps preparation times itself: what it offers has them taken off. */
export function toServiceRecord(type: MindbodySessionType): SourceRecord<Service> {
  const { Id, Name, Type, DefaultTimeLength, OnlineDescription, ProgramId } = type;
  const known = { description: text(OnlineDescription), durationMinutes: DefaultTimeLength || null };
  const source = kept({ Id, Name, Type, DefaultTimeLength, OnlineDescription, ProgramId });
  return serviceRecord({ id: Id, name: text(Name) ?? 'Unnamed', ...known }, source);
}

/** Only those who take appointments are asked for. */
export function toStaffRecord(row: unknown): SourceRecord<StaffMember> {
  const { Id, DisplayName, Name, FirstName, LastName, Email } = staffSchema.parse(row);
  const name = firstText(DisplayName, Name) ?? displayNameOf(text(FirstName), text(LastName));
  const source = kept({ Id, DisplayName, Name, FirstName, LastName, Email });
  return staffRecord({ id: Id, name, email: emailsOf([Email])[0] ?? null }, source);
}

function siteInstant(value: string | null | undefined, timeZone: string): string | null {
  const written = text(value);
  if (written === null || /(Z|[+-]\d{2}:?\d{2})$/i.test(written)) return instant(written);
  return /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/.test(written) ? instant(fromLocal(written, timeZone)) : null;
}
