import { HubError, validationFailed } from '../../core/errors.ts';
import type { Appointment } from '../../core/model/appointment.ts';
import type { Slot } from '../../core/model/availability.ts';
import type { SourceRecord } from '../../core/model/mirror-record.ts';
import type { AbandonedAttempt } from '../../core/ports.ts';
import { addDays, dateIn, daysBetween, zonedIso } from '../../core/time/zoned-time.ts';
import type {
  AppointmentCancellation,
  AppointmentChange,
  AppointmentMove,
  AvailabilityQuery,
  BookingCustomer,
  ConnectorSession,
  NewAppointment,
  ProviderAvailability,
} from '../connector.ts';
import { slotTaken } from '../kit/failures.ts';
import { readEach } from '../kit/read-each.ts';
import {
  availableDates,
  availableTimes,
  cancel,
  checkTime,
  createAppointment as create,
  findAppointment,
  listAppointments,
  numeric,
  reschedule,
} from './client.ts';
import { refusalOf } from './errors.ts';
import { readingOf, sameName, toAppointmentRecord } from './map.ts';
import { type AcuityAppointment, appointmentSchema } from './schemas.ts';

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
  session: ConnectorSession,
  query: AvailabilityQuery,
): Promise<ProviderAvailability> {
  const { service, timeZone } = query;
  if (!service) throw validationFailed('serviceId', 'is needed to ask Acuity Scheduling what is free');
  const type = service.id;
  const minutes = service.data.durationMinutes ?? session.config.booking.defaultDurationMinutes;
  const calendars = calendarsFor(query);
  const days = await freeDays(session, query, type);
  const asked = days.slice(0, Math.max(1, Math.floor(MAX_TIME_CALLS / calendars.length)));
  const slots = await Promise.all(
    asked.flatMap((date) =>
      calendars.map(async (calendarID): Promise<Slot[]> => {
        const times = await availableTimes(session.http, {
          ...{ appointmentTypeID: type, calendarID, date, timezone: timeZone },
          ignore: query.moving?.id ?? null,
        });
        return times.map((time) => slotAt(Date.parse(time), { minutes, timeZone, type, calendarID }));
      }),
    ),
  );
  const [from, to] = [Date.parse(query.from), Date.parse(query.to)];
  const wanted = slots.flat().filter(({ start }) => Date.parse(start) >= from && Date.parse(start) < to);
  wanted.sort((a, b) => Date.parse(a.start) - Date.parse(b.start));
  const last = asked.at(-1);
  const notes =
    last !== undefined && asked.length < days.length
      ? [`There may be more free times after ${last}; ask for later days, or for one person, to get them.`]
      : [];
  return { kind: 'slots', slots: wanted, notes };
}

/**
 * Books without `admin=true`, so that Acuity itself refuses a time that is taken, and says why; the check before it
 * finds most of that without a trace in the account. Notes can only be written with `admin=true` ("Create
 * appointment"), so the caller's are not passed on.
 */
export async function createAppointment(
  session: ConnectorSession,
  booking: NewAppointment,
): Promise<AppointmentRecord> {
  const { slot, customer } = booking;
  const appointmentTypeID = serviceOf(booking);
  const { firstName, lastName } = namesOf(customer);
  if (firstName === null) throw validationFailed('customer.firstName', 'is needed to book with Acuity Scheduling');
  if (lastName === null) throw validationFailed('customer.lastName', 'is needed to book with Acuity Scheduling');
  if (customer.email === null) throw validationFailed('customer.email', 'is needed to book with Acuity Scheduling');
  const time = { datetime: slot.start, appointmentTypeID, calendarID: slot.staffId };
  const { valid, error } = await checkTime(session.http, time);
  if (!valid) throw refusalOf(error ?? '') ?? slotTaken();
  const row = await create(session.http, {
    ...time,
    ...{ firstName, lastName, email: customer.email, phone: customer.phone },
    timezone: slot.timeZone,
  });
  return toAppointmentRecord(row, readingOf(session));
}

/**
 * Acuity has no idempotency keys. What a lost attempt made is told by whom it is for, what, where and when, and by not
 * being older than the attempt. In whose zone dates are read is in none of its pages, so the days around are read too.
 */
export async function findBooked(
  session: ConnectorSession,
  booking: NewAppointment,
  attempt: AbandonedAttempt,
): Promise<AppointmentRecord | null> {
  const { slot, customer } = booking;
  // Without an address nothing was ever sent.
  if (customer.email === null) return null;
  const date = dateIn(slot.start, 'UTC');
  const appointmentTypeID = serviceOf(booking);
  const rows = await listAppointments(
    session.http,
    {
      ...{ email: customer.email, appointmentTypeID, max: MAX_FOUND },
      minDate: addDays(date, -1),
      maxDate: addDays(date, 1),
    },
    'live_read',
  );
  const reading = readingOf(session);
  const { read, rejected } = readEach(rows, (row) => appointmentSchema.parse(row));
  const found = read
    .filter((row) => row.appointmentTypeID === appointmentTypeID && row.canceled !== true)
    .filter((row) => Date.parse(row.datetime) === Date.parse(slot.start) && sameName(row, namesOf(customer)))
    .filter((row) => slot.staffId === null || row.calendarID === slot.staffId)
    .map((row) => toAppointmentRecord(row, reading))
    .find(({ data: { createdAt, customers } }) => {
      const young = createdAt === null || Date.parse(createdAt) >= attempt.startedAt - CLOCK_TOLERANCE_MS;
      return young && customers.some(({ email }) => email === customer.email);
    });
  if (found) return found;
  if (rejected.length === 0) return null;
  throw new HubError('provider_unavailable', {
    detail: 'Acuity Scheduling shows appointments of this customer that could not be read.',
  });
}

/** Read first: an appointment that is there already need not be moved, and its own time would look taken. */
export async function rescheduleAppointment(
  session: ConnectorSession,
  { appointment, slot }: AppointmentMove,
): Promise<AppointmentChange> {
  const present = await existing(session, appointment.id);
  const { staffId } = slot;
  const stays = staffId === present.calendarID;
  const there = Date.parse(present.datetime) === Date.parse(slot.start) && (staffId === null || stays);
  if (there && present.canceled !== true) return changedTo(session, present);
  const moved = await reschedule(session.http, appointment.id, {
    datetime: slot.start,
    // Left out, the appointment stays in its calendar; null lets Acuity choose one ("Reschedule appointment").
    ...(stays ? {} : { calendarID: staffId === null ? null : numeric(staffId) }),
  });
  return changedTo(session, moved);
}

/** Read first: what Acuity answers when something is cancelled a second time is in none of its pages. */
export async function cancelAppointment(
  session: ConnectorSession,
  { appointment, reason }: AppointmentCancellation,
): Promise<AppointmentChange> {
  const present = await findAppointment(session.http, appointment.id);
  if (present === null) return { record: null, deletedIds: [appointment.id], others: [] };
  if (present.canceled === true) return changedTo(session, present);
  const cancelled = await cancel(session.http, appointment.id, reason);
  return changedTo(session, { ...cancelled, canceled: true });
}

/** Of whom the times are asked; null stands for anybody. */
function calendarsFor({ service, staffId, staff }: AvailabilityQuery): (string | null)[] {
  if (staffId !== null) return [staffId];
  const known = staff.map(({ id }) => id);
  const performing = service?.data.staffIds?.filter((id) => known.length === 0 || known.includes(id)) ?? known;
  return performing.length >= 1 && performing.length <= MAX_CALENDARS ? performing : [null];
}

/** The days from `from` to `to`, in the business's zone, on which something is free. */
async function freeDays({ http }: ConnectorSession, query: AvailabilityQuery, type: string): Promise<string[]> {
  const { timeZone, staffId, moving } = query;
  const days = daysBetween(dateIn(query.from, timeZone), dateIn(Date.parse(query.to) - 1, timeZone));
  // The days are not told with an appointment left out, and its own may be the only one with room for it.
  if (moving) return days;
  const months = [...new Set(days.map((date) => date.slice(0, 'YYYY-MM'.length)))];
  const free = await Promise.all(
    months.map((month) =>
      availableDates(http, { appointmentTypeID: type, calendarID: staffId, month, timezone: timeZone }),
    ),
  );
  const open = new Set(free.flat());
  return days.filter((date) => open.has(date));
}

function slotAt(
  start: number,
  what: { minutes: number; timeZone: string; type: string; calendarID: string | null },
): Slot {
  const { minutes, timeZone, type, calendarID } = what;
  return {
    start: zonedIso(start, timeZone),
    end: zonedIso(start + minutes * MINUTE_MS, timeZone),
    timeZone,
    serviceId: type,
    staffId: calendarID,
    locationId: null,
    token: null,
  };
}

function serviceOf({ slot, service }: NewAppointment): string {
  const id = slot.serviceId ?? service?.id;
  if (id === undefined) throw validationFailed('slotId', 'names no service, which Acuity Scheduling needs to book');
  return id;
}

/** Acuity needs both names. Where only a full name is known, its first word is the first name; none is invented. */
function namesOf({ firstName, lastName, name }: BookingCustomer): {
  firstName: string | null;
  lastName: string | null;
} {
  if (firstName !== null || lastName !== null) return { firstName, lastName };
  const [first = '', ...others] = name.trim().split(/\s+/);
  return { firstName: first || null, lastName: others.join(' ') || null };
}

async function existing({ http }: ConnectorSession, id: string): Promise<AcuityAppointment> {
  const found = await findAppointment(http, id);
  if (found) return found;
  throw new HubError('not_found', {
    field: 'appointmentId',
    detail: 'Acuity Scheduling no longer has this appointment.',
  });
}

function changedTo(session: ConnectorSession, row: AcuityAppointment): AppointmentChange {
  return { record: toAppointmentRecord(row, readingOf(session)), deletedIds: [], others: [] };
}
