import { HubError, validationFailed } from '../../core/errors.ts';
import type { Appointment } from '../../core/model/appointment.ts';
import type { Slot } from '../../core/model/availability.ts';
import type { SourceRecord } from '../../core/model/mirror-record.ts';
import type { AbandonedAttempt } from '../../core/ports.ts';
import { addDays, dateIn, daysBetween, zonedIso } from '../../core/time/zoned-time.ts';
import type * as contract from '../connector.ts';
import { slotTaken } from '../kit/failures.ts';
import { findMade } from '../kit/lost-answers.ts';
import { readEach } from '../kit/read-each.ts';
import * as acuity from './client.ts';
import { refusalOf } from './errors.ts';
import { manifest } from './manifest.ts';
import { readingOf, sameName, toAppointmentRecord } from './map.ts';
import { type AcuityAppointment, appointmentSchema } from './schemas.ts';

type Session = contract.ConnectorSession;
type AppointmentRecord = SourceRecord<Appointment>;

const MINUTE_MS = 60_000;
/**
 * Times cost a call per day and calendar, and Acuity allows ten calls a second for everybody together: the question and
 * the booking that follows it must fit into one second.
 */
const MAX_TIME_CALLS = 5;
/** With more calendars than this, nobody in particular is asked for: Acuity then chooses one when the time is booked. */
const MAX_CALENDARS = 4;
/** Clocks differ: an appointment this much older than the lost attempt may still be its work. */
const CLOCK_TOLERANCE_MS = 60_000;
const MAX_FOUND = 100;

/**
 * What is free according to Acuity: the days ("Get availability dates"), then the times of each day, calendar by
 * calendar, because times for any calendar don't say which ("Get availability times"). One zone is used throughout: it
 * decides where a day begins. Where that would take too many calls, the later days are left out, and a note says so.
 */
export async function getAvailability(
  session: Session,
  query: contract.AvailabilityQuery,
): Promise<contract.ProviderAvailability> {
  const { service, timeZone, moving } = query;
  if (!service) throw validationFailed('serviceId', 'is needed to ask Acuity Scheduling what is free');
  const appointmentTypeID = service.id;
  const lengthMs = (service.data.durationMinutes ?? session.config.booking.defaultDurationMinutes) * MINUTE_MS;
  const calendars = calendarsFor(query);
  const days = await freeDays(session, query, appointmentTypeID);
  const asked = days.slice(0, Math.max(1, Math.floor(MAX_TIME_CALLS / calendars.length)));
  const slotsOf = async (date: string, calendarID: string | null): Promise<Slot[]> => {
    const which = { appointmentTypeID, calendarID, date, timezone: timeZone, ignore: moving?.id };
    return (await acuity.availableTimes(session.http, which)).map((time) => ({
      start: zonedIso(time, timeZone),
      end: zonedIso(Date.parse(time) + lengthMs, timeZone),
      timeZone,
      serviceId: appointmentTypeID,
      staffId: calendarID,
      locationId: null,
      token: null,
    }));
  };
  const slots = await Promise.all(asked.flatMap((date) => calendars.map((calendar) => slotsOf(date, calendar))));
  const [from, to] = [Date.parse(query.from), Date.parse(query.to)];
  const wanted = slots.flat().filter(({ start }) => Date.parse(start) >= from && Date.parse(start) < to);
  wanted.sort((a, b) => Date.parse(a.start) - Date.parse(b.start));
  const more = `There may be more free times after ${asked.at(-1)}; ask for later days, or for one person, to get them.`;
  return { kind: 'slots', slots: wanted, notes: asked.length < days.length ? [more] : [] };
}

/**
 * Books without `admin=true`, so that Acuity itself refuses a time that is taken, and says why; the check before it
 * finds most of that without a trace in the account. Notes can only be written with `admin=true` ("Create
 * appointment"), so the caller's are not passed on.
 */
export async function createAppointment(
  session: Session,
  booking: contract.NewAppointment,
): Promise<AppointmentRecord> {
  const { slot, customer } = booking;
  const time = { datetime: slot.start, appointmentTypeID: typeOf(booking), calendarID: slot.staffId };
  const person = {
    firstName: needed('customer.firstName', customer.firstName),
    lastName: needed('customer.lastName', customer.lastName),
    email: needed('customer.email', customer.email),
  };
  const { valid, error } = await acuity.checkTime(session.http, time);
  if (!valid) throw refusalOf(error ?? '') ?? slotTaken();
  const client = { ...person, ...(customer.phone === null ? {} : { phone: customer.phone }) };
  const booked = await acuity.createAppointment(session.http, { ...time, timezone: slot.timeZone }, client);
  return toAppointmentRecord(booked, readingOf(session));
}

/**
 * Acuity has no idempotency keys. What a lost attempt made is told by whom it is for, what, where and when, and by not
 * being older than the attempt. In whose zone dates are read is in none of its pages, so the days around are read too.
 */
export async function findBooked(
  session: Session,
  booking: contract.NewAppointment,
  attempt: AbandonedAttempt,
): Promise<AppointmentRecord | null> {
  const { slot, customer } = booking;
  const { email } = customer;
  // Without an address nothing was ever sent.
  if (email === null) return null;
  const [date, appointmentTypeID] = [dateIn(slot.start, 'UTC'), typeOf(booking)];
  const window = { minDate: addDays(date, -1), maxDate: addDays(date, 1) };
  const query = { ...window, email, appointmentTypeID, max: MAX_FOUND };
  return findMade(session, attempt, manifest, async () => {
    const rows = await acuity.listAppointments(session.http, query, { callClass: 'live_read' });
    const { read, rejected } = readEach(rows, (row) => appointmentSchema.parse(row));
    const found = read
      .filter((row) => row.appointmentTypeID === appointmentTypeID && row.canceled !== true && sameName(row, customer))
      .filter((row) => slot.staffId === null || row.calendarID === slot.staffId)
      .filter((row) => Date.parse(row.datetime) === Date.parse(slot.start))
      .map((row) => toAppointmentRecord(row, readingOf(session)))
      .find(({ data: { createdAt, customers } }) => {
        const young = createdAt === null || Date.parse(createdAt) >= attempt.startedAt - CLOCK_TOLERANCE_MS;
        return young && customers.some((known) => known.email === email);
      });
    return { found, unread: rejected.length };
  });
}

/** Read first: an appointment that is there already need not be moved, and its own time would look taken. */
export async function rescheduleAppointment(
  session: Session,
  { appointment: { id }, slot }: contract.AppointmentMove,
): Promise<contract.AppointmentChange> {
  const { staffId, start } = slot;
  const present = await acuity.findAppointment(session.http, id);
  if (!present) {
    const detail = 'Acuity Scheduling no longer has this appointment.';
    throw new HubError('not_found', { field: 'appointmentId', detail });
  }
  const stays = staffId === present.calendarID;
  const there = Date.parse(present.datetime) === Date.parse(start) && (staffId === null || stays);
  if (there && present.canceled !== true) return changedTo(session, present);
  // Left out, the appointment stays in its calendar; null lets Acuity choose one ("Reschedule appointment").
  const calendar = stays ? {} : { calendarID: staffId === null ? null : acuity.numeric(staffId) };
  return changedTo(session, await acuity.reschedule(session.http, id, { datetime: start, ...calendar }));
}

/** Read first: what Acuity answers when something is cancelled a second time is in none of its pages. */
export async function cancelAppointment(
  session: Session,
  { appointment: { id }, reason }: contract.AppointmentCancellation,
): Promise<contract.AppointmentChange> {
  const present = await acuity.findAppointment(session.http, id);
  if (present === null) return { record: null, deletedIds: [id], others: [] };
  if (present.canceled === true) return changedTo(session, present);
  return changedTo(session, { ...(await acuity.cancel(session.http, id, reason)), canceled: true });
}

/** Of whom the times are asked; null stands for anybody. */
function calendarsFor({ service, staffId, staff }: contract.AvailabilityQuery): (string | null)[] {
  if (staffId !== null) return [staffId];
  const known = staff.map(({ id }) => id);
  const performing = service?.data.staffIds?.filter((id) => known.length === 0 || known.includes(id)) ?? known;
  return performing.length >= 1 && performing.length <= MAX_CALENDARS ? performing : [null];
}

/** The days from `from` to `to`, in the business's zone, on which something is free. */
async function freeDays({ http }: Session, query: contract.AvailabilityQuery, appointmentTypeID: string) {
  const { timeZone: timezone, staffId: calendarID, moving } = query;
  const days = daysBetween(dateIn(query.from, timezone), dateIn(Date.parse(query.to) - 1, timezone));
  // The days are not told with an appointment left out, and its own may be the only one with room for it.
  if (moving) return days;
  const months = [...new Set(days.map((date) => date.slice(0, 'YYYY-MM'.length)))];
  const which = { appointmentTypeID, calendarID, timezone };
  const free = await Promise.all(months.map((month) => acuity.availableDates(http, { ...which, month })));
  const open = new Set(free.flat());
  return days.filter((date) => open.has(date));
}

function typeOf({ slot, service }: contract.NewAppointment): string {
  const id = slot.serviceId ?? service?.id;
  if (id === undefined) throw validationFailed('slotId', 'names no service, which Acuity Scheduling needs to book');
  return id;
}

function needed(field: string, value: string | null): string {
  if (value === null) throw validationFailed(field, 'is needed to book with Acuity Scheduling');
  return value;
}

function changedTo(session: Session, row: AcuityAppointment): contract.AppointmentChange {
  return { record: toAppointmentRecord(row, readingOf(session)), deletedIds: [], others: [] };
}
