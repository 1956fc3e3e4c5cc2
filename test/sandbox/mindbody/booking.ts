/** What Mindbody lets happen on a site's calendar. */
import { fromLocal } from '../../../lambdas/core/time/zoned-time.ts';
import { invalidParameter, MindbodyFailure, missingFields } from './errors.ts';
import { textIn } from './request.ts';
import { addMinutes, type MindbodyAppointment, type MindbodyClient, type SessionType, type Site } from './site.ts';

type Body = Readonly<Record<string, unknown>>;

const LOCAL_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$/;
const STATUS_AFTER: Readonly<Record<string, string>> = {
  cancel: 'Cancelled',
  latecancel: 'LateCancelled',
  confirm: 'Confirmed',
  unconfirm: 'Booked',
  arrive: 'Arrived',
  unarrive: 'Booked',
  complete: 'Completed',
};

/** `ApplyPayment` is true unless it is said otherwise: a pass of the client is used up. */
export function addAppointment(site: Site, body: Body): MindbodyAppointment {
  const wanted = ['ClientId', 'LocationId', 'SessionTypeId', 'StaffId', 'StartDateTime'];
  const missing = wanted.filter((name) => textIn(body, name) === null);
  if (missing.length > 0) throw missingFields(...missing);
  const client = site.clientByRssid(textIn(body, 'ClientId') ?? '');
  if (!client?.active) throw new MindbodyFailure(404, 'ClientNotFound', 'There is no such client.');
  const type = sessionTypeOf(site, Number(body.SessionTypeId));
  const staffId = staffOf(site, Number(body.StaffId), type);
  const start = localTime(body, 'StartDateTime');
  const end = textIn(body, 'EndDateTime') ? localTime(body, 'EndDateTime') : addMinutes(start, type.minutes);
  requireTime(site, { start, end, staffId, client, except: null });
  const appointment: MindbodyAppointment = {
    id: site.nextId(),
    status: body.IsRequest === true ? 'Requested' : 'Booked',
    start,
    end,
    sessionTypeId: type.id,
    locationId: Number(body.LocationId),
    staffId,
    clientUniqueId: client.uniqueId,
    notes: textIn(body, 'Notes'),
    partnerExternalId: textIn(body, 'PartnerExternalId'),
    isWaitlist: body.IsWaitlist === true,
  };
  if (body.Test === true) return appointment;
  if (body.ApplyPayment !== false && client.passes > 0) client.passes -= 1;
  site.appointments.set(appointment.id, appointment);
  return appointment;
}

export function updateAppointment(site: Site, body: Body): MindbodyAppointment {
  const appointment = site.appointments.get(Number(body.AppointmentId));
  if (!appointment) throw new MindbodyFailure(404, 'ItemNotFound', 'There is no such appointment.');
  const verb = textIn(body, 'Execute');
  const isCancelled = /Cancelled$/.test(appointment.status);
  if (verb !== null) {
    const status = STATUS_AFTER[verb];
    if (status === undefined) throw invalidParameter('Execute is not known.');
    if (isCancelled && site.settings.cancelAgain !== 'accepted') {
      throw site.settings.cancelAgain === 'refused'
        ? invalidParameter('The appointment is cancelled.')
        : new MindbodyFailure(404, 'ItemNotFound', 'There is no such appointment.');
    }
    appointment.status = status;
    return appointment;
  }
  if (isCancelled) throw invalidParameter('The appointment is cancelled.');
  const type = sessionTypeOf(site, Number(body.SessionTypeId ?? appointment.sessionTypeId));
  const staffId = staffOf(site, Number(body.StaffId ?? appointment.staffId), type);
  const start = textIn(body, 'StartDateTime') ? localTime(body, 'StartDateTime') : appointment.start;
  const end = textIn(body, 'EndDateTime') ? localTime(body, 'EndDateTime') : addMinutes(start, type.minutes);
  const client = site.clients.get(appointment.clientUniqueId) ?? null;
  requireTime(site, { start, end, staffId, client, except: appointment.id });
  Object.assign(appointment, { start, end, staffId, sessionTypeId: type.id });
  if (textIn(body, 'Notes')) appointment.notes = textIn(body, 'Notes');
  return appointment;
}

interface WantedTime {
  readonly start: string;
  readonly end: string;
  readonly staffId: number;
  readonly client: MindbodyClient | null;
  readonly except: number | null;
}

function requireTime(site: Site, { start, end, staffId, client, except }: WantedTime): void {
  if (start < site.now()) throw new MindbodyFailure(400, 'SchedulingWindowViolated', 'This time has passed.');
  if (!site.isFree(staffId, start, end, except)) {
    throw new MindbodyFailure(400, 'InvalidBookingTime', 'This time is not available.');
  }
  const own = client === null ? [] : site.taken({ clientUniqueId: client.uniqueId }, except);
  if (own.some((one) => one.start < end && one.end > start)) {
    throw new MindbodyFailure(400, 'ClientIsAlreadyBooked', 'The client is booked at this time.');
  }
}

function sessionTypeOf(site: Site, id: number): SessionType {
  const type = site.sessionTypes.get(id);
  if (type?.type !== 'Appointment') throw new MindbodyFailure(404, 'SessionTypeNotFound', 'There is no such service.');
  return type;
}

function staffOf(site: Site, id: number, type: SessionType): number {
  const staff = site.staff.get(id);
  if (!staff) throw new MindbodyFailure(404, 'StaffMemberNotFound', 'There is no such member of staff.');
  if (!staff.takesAppointments) throw new MindbodyFailure(400, 'StaffIsInactive', 'They take no appointments.');
  if (!staff.performs.includes(type.id)) throw invalidParameter('They do not perform this service.');
  return id;
}

/** Local times of the site; an offset is refused. */
function localTime(body: Body, name: string): string {
  const value = textIn(body, name) ?? '';
  if (!LOCAL_TIME.test(value)) throw invalidParameter(`${name} must be a local time.`);
  return value;
}

/** Whether a window is longer than this site answers. */
export function requireWindow(site: Site, first: string, last: string): void {
  const days = (fromLocal(`${last}T12:00:00`, 'UTC') - fromLocal(`${first}T12:00:00`, 'UTC')) / 86_400_000 + 1;
  if (days > site.settings.maxWindowDays) throw invalidParameter('The range of dates is too long.');
}
