import { addDays, dateIn, fromLocal, toLocal } from '../../../lambdas/core/time/zoned-time.ts';
import { iso, type SandboxClock } from '../mechanics/clock.ts';
import type { MindbodySettings } from './settings.ts';

export interface MindbodyClient {
  readonly uniqueId: number;
  /** The RSSID. */
  id: string;
  firstName: string | null;
  lastName: string | null;
  email: string | null;
  mobilePhone: string | null;
  homePhone: string | null;
  workPhone: string | null;
  active: boolean;
  isProspect: boolean;
  /** Local. */
  readonly createdAt: string;
  /** Epoch ms. */
  modifiedAt: number;
  /** Sessions that are paid for already. */
  passes: number;
}

export interface MindbodyAppointment {
  readonly id: number;
  status: string;
  /** Local times of the site, as all of them. */
  start: string;
  end: string;
  sessionTypeId: number;
  readonly locationId: number;
  staffId: number;
  /** Of the client; the RSSID may change. */
  clientUniqueId: number;
  notes: string | null;
  partnerExternalId: string | null;
  isWaitlist: boolean;
}

export interface MindbodyClass {
  readonly id: number;
  readonly scheduleId: number;
  readonly name: string;
  readonly sessionTypeId: number;
  readonly staffId: number;
  readonly locationId: number;
  start: string;
  end: string;
  capacity: number;
  booked: number;
  cancelled: boolean;
  modifiedAt: number;
}

export interface SessionType {
  readonly id: number;
  name: string;
  readonly type: 'Appointment' | 'Class';
  minutes: number;
  readonly programId: number;
}

export interface StaffMember {
  readonly id: number;
  readonly firstName: string;
  readonly lastName: string;
  readonly email: string | null;
  readonly locationId: number;
  takesAppointments: boolean;
  /** Ids of session types. */
  readonly performs: readonly number[];
}

export interface SiteFacts {
  readonly id: number;
  readonly name: string;
  readonly timeZone: string;
  readonly countryCode: string;
  readonly currency: string;
}

export const LOCATIONS = [
  { id: 1, name: 'Quay Street' },
  { id: 2, name: 'Harbour Arcade' },
] as const;

/** From nine to six, Monday to Saturday. */
const OPENS = 'T09:00:00';
const CLOSES = 'T18:00:00';

/** One business at Mindbody. */
export class Site {
  readonly facts: SiteFacts;
  readonly settings: MindbodySettings;
  readonly clock: SandboxClock;
  readonly clients = new Map<number, MindbodyClient>();
  readonly appointments = new Map<number, MindbodyAppointment>();
  readonly classes = new Map<number, MindbodyClass>();
  readonly sessionTypes = new Map<number, SessionType>();
  readonly staff = new Map<number, StaffMember>();
  /** Whether the owner has linked the site to the app. */
  linked: boolean;
  #lastId = 88_000;
  #byName: MindbodyClient[] | null = null;

  constructor(facts: SiteFacts, settings: MindbodySettings, clock: SandboxClock, linked: boolean) {
    this.facts = facts;
    this.settings = settings;
    this.clock = clock;
    this.linked = linked;
  }

  nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  /** What clocks at the site show. */
  now(): string {
    return toLocal(this.clock.now(), this.facts.timeZone);
  }

  today(): string {
    return dateIn(this.clock.now(), this.facts.timeZone);
  }

  /** Puts a client in, or notes that one has changed. */
  keep(client: MindbodyClient, at = this.clock.now()): MindbodyClient {
    client.modifiedAt = at;
    this.clients.set(client.uniqueId, client);
    this.#byName = null;
    return client;
  }

  /** Gone without a trace: merged into another. */
  drop(client: MindbodyClient): void {
    this.clients.delete(client.uniqueId);
    this.#byName = null;
  }

  /** As lists show them: whoever is added moves all who come after. */
  clientsByName(): readonly MindbodyClient[] {
    const key = ({ lastName, firstName }: MindbodyClient) => `${lastName ?? ''}\u0000${firstName ?? ''}`;
    this.#byName ??= [...this.clients.values()].sort((a, b) => {
      if (key(a) === key(b)) return a.uniqueId - b.uniqueId;
      return key(a) < key(b) ? -1 : 1;
    });
    return this.#byName;
  }

  clientByRssid(id: string): MindbodyClient | null {
    return [...this.clients.values()].find((client) => client.id === id) ?? null;
  }

  /** Appointments that take somebody's time. */
  taken(by: { readonly staffId?: number; readonly clientUniqueId?: number }, except: number | null) {
    return [...this.appointments.values()].filter(
      (one) =>
        one.id !== except &&
        !one.isWaitlist &&
        !/Cancelled$/.test(one.status) &&
        (by.staffId === undefined || one.staffId === by.staffId) &&
        (by.clientUniqueId === undefined || one.clientUniqueId === by.clientUniqueId),
    );
  }

  /** When somebody works on a day and has nothing booked: local from–to pairs. */
  free(staffId: number, day: string, except: number | null): { from: string; to: string }[] {
    if (new Date(`${day}T12:00:00Z`).getUTCDay() === 0) return [];
    const busy = this.taken({ staffId }, except)
      .filter(({ start, end }) => start < `${day}${CLOSES}` && end > `${day}${OPENS}`)
      .sort((a, b) => (a.start < b.start ? -1 : 1));
    const free: { from: string; to: string }[] = [];
    let from = `${day}${OPENS}`;
    for (const { start, end } of busy) {
      if (start > from) free.push({ from, to: start });
      if (end > from) from = end;
    }
    if (from < `${day}${CLOSES}`) free.push({ from, to: `${day}${CLOSES}` });
    return free;
  }

  isFree(staffId: number, start: string, end: string, except: number | null): boolean {
    return this.free(staffId, start.slice(0, 10), except).some(({ from, to }) => start >= from && end <= to);
  }

  renderClient(client: MindbodyClient) {
    return {
      Id: client.id,
      UniqueId: client.uniqueId,
      FirstName: client.firstName,
      LastName: client.lastName,
      Email: client.email,
      MobilePhone: client.mobilePhone,
      HomePhone: client.homePhone,
      WorkPhone: client.workPhone,
      Active: client.active,
      IsProspect: client.isProspect,
      IsCompany: false,
      Status: client.passes > 0 ? 'Active' : 'Non-Member',
      CreationDate: client.createdAt,
      LastModifiedDateTime: iso(client.modifiedAt),
      Country: this.facts.countryCode,
    };
  }

  renderAppointment(one: MindbodyAppointment) {
    const staff = this.staff.get(one.staffId);
    const zone = this.facts.timeZone;
    return {
      Id: one.id,
      Status: one.status,
      StartDateTime: one.start,
      EndDateTime: one.end,
      Duration: Math.round((fromLocal(one.end, zone) - fromLocal(one.start, zone)) / 60_000),
      SessionTypeId: one.sessionTypeId,
      ProgramId: this.sessionTypes.get(one.sessionTypeId)?.programId,
      LocationId: one.locationId,
      StaffId: one.staffId,
      Staff: {
        Id: one.staffId,
        FirstName: staff?.firstName,
        LastName: staff?.lastName,
        DisplayName: staff && displayNameOf(staff),
      },
      ClientId: this.clients.get(one.clientUniqueId)?.id ?? `gone-${one.clientUniqueId}`,
      Notes: one.notes,
      PartnerExternalId: this.settings.listsPartnerExternalId ? one.partnerExternalId : null,
      IsWaitlist: one.isWaitlist,
      GenderPreference: 'None',
      FirstAppointment: false,
      StaffRequested: false,
    };
  }

  renderClass(one: MindbodyClass) {
    const staff = this.staff.get(one.staffId);
    const type = this.sessionTypes.get(one.sessionTypeId);
    return {
      Id: one.id,
      ClassScheduleId: one.scheduleId,
      StartDateTime: one.start,
      EndDateTime: one.end,
      IsCanceled: one.cancelled,
      Active: true,
      MaxCapacity: one.capacity,
      WebCapacity: one.capacity,
      TotalBooked: one.booked,
      LastModifiedDateTime: iso(one.modifiedAt),
      ClassDescription: {
        Id: one.scheduleId,
        Name: one.name,
        SessionType: type && renderSessionType(type),
      },
      Location: { Id: one.locationId, Name: LOCATIONS.find(({ id }) => id === one.locationId)?.name },
      Staff: staff && renderStaff(staff),
    };
  }
}

export function renderSessionType({ id, name, type, minutes, programId }: SessionType) {
  return { Id: id, Name: name, Type: type, DefaultTimeLength: minutes, StaffTimeLength: minutes, ProgramId: programId };
}

export function renderStaff(staff: StaffMember) {
  return {
    Id: staff.id,
    FirstName: staff.firstName,
    LastName: staff.lastName,
    DisplayName: displayNameOf(staff),
    Name: `${staff.firstName} ${staff.lastName}`,
    Email: staff.email,
    AppointmentInstructor: staff.takesAppointments,
    ClassTeacher: !staff.takesAppointments,
  };
}

function displayNameOf({ firstName, lastName }: StaffMember): string {
  return `${firstName} ${lastName.slice(0, 1)}.`;
}

/** A local time some minutes later, on clocks that nobody changes in between. */
export function addMinutes(local: string, minutes: number): string {
  return new Date(Date.parse(`${local}Z`) + minutes * 60_000).toISOString().slice(0, 19);
}

/** Days from one to another, both included. */
export function* daysOf(first: string, last: string): Generator<string> {
  for (let day = first; day <= last; day = addDays(day, 1)) yield day;
}
