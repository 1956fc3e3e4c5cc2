/** Typed calls to Acuity's API over the shared provider HTTP. */
import type * as z from 'zod';
import { HubError } from '../../core/errors.ts';
import type { CallClass, ProviderHttp, ProviderRequest } from '../../core/provider-http/provider-http.ts';
import { send, unreadable as unreadableOf } from '../kit/calls.ts';
import { API_ORIGIN, manifest } from './manifest.ts';
import {
  type AcuityAppointment,
  appointmentSchema,
  availableDatesSchema,
  availableTimesSchema,
  checkedTimeSchema,
  clientSchema,
  listSchema,
  meSchema,
} from './schemas.ts';

/** Days (`2026-12-03`), both included. */
export interface AppointmentsQuery {
  readonly minDate: string;
  readonly maxDate: string;
  readonly max: number;
  readonly direction?: 'ASC' | 'DESC';
  /** Cancelled ones too. */
  readonly showall?: boolean;
  readonly calendarID?: string;
  readonly appointmentTypeID?: string;
  readonly email?: string;
}

/** What is asked about when a time may be booked. Without a calendar: in any of them. */
export interface TimeQuery {
  readonly appointmentTypeID: string;
  readonly calendarID: string | null;
}

export interface NewAcuityAppointment extends TimeQuery {
  readonly datetime: string;
  readonly timezone: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly email: string;
  readonly phone: string | null;
}

type Call<Schema extends z.ZodType> = Omit<ProviderRequest<Schema>, 'url' | 'expectStatuses'> & {
  readonly path: string;
};

/** "Get me". */
export async function getMe(http: ProviderHttp): Promise<z.infer<typeof meSchema>> {
  return call(http, { operation: 'me.get', method: 'GET', path: '/me', schema: meSchema });
}

/** "Get appointments". Without forms: they are slow, and hold what clients tell the business in confidence. */
export async function listAppointments(
  http: ProviderHttp,
  query: AppointmentsQuery,
  callClass?: CallClass,
): Promise<unknown[]> {
  return call(http, {
    operation: 'appointments.list',
    method: 'GET',
    path: '/appointments',
    query: { ...query, excludeForms: true },
    schema: listSchema,
    ...(callClass ? { callClass } : {}),
  });
}

/** "Get appointment by id". Null: there is none. */
export async function findAppointment(http: ProviderHttp, id: string): Promise<AcuityAppointment | null> {
  const { data } = await http.request({
    operation: 'appointments.get',
    method: 'GET',
    url: url(`/appointments/${encodeURIComponent(id)}`),
    headers: HEADERS,
    schema: appointmentSchema,
    callClass: 'live_read',
    expectStatuses: [404],
  });
  return data;
}

/** "Get clients". Has no paging; `search` looks for names and phone numbers. */
export async function listClients(http: ProviderHttp, search?: string): Promise<unknown[]> {
  return call(http, {
    operation: search === undefined ? 'clients.list' : 'clients.search',
    method: 'GET',
    path: '/clients',
    query: { search },
    schema: listSchema,
  });
}

/** "Create a client". */
export async function createClient(
  http: ProviderHttp,
  client: Readonly<Record<string, string>>,
): Promise<z.infer<typeof clientSchema>> {
  return call(http, {
    operation: 'clients.create',
    method: 'POST',
    path: '/clients',
    json: client,
    schema: clientSchema,
    callClass: 'live_write',
  });
}

/** "Get appointment types": those that exist; deleted ones are left out. */
export async function listAppointmentTypes(http: ProviderHttp): Promise<unknown[]> {
  return call(http, { operation: 'types.list', method: 'GET', path: '/appointment-types', schema: listSchema });
}

/** "Get calendars". */
export async function listCalendars(http: ProviderHttp): Promise<unknown[]> {
  return call(http, { operation: 'calendars.list', method: 'GET', path: '/calendars', schema: listSchema });
}

/** "Get availability dates": days of a month (`2026-12`) on which something is free. */
export async function availableDates(
  http: ProviderHttp,
  { appointmentTypeID, calendarID, month, timezone }: TimeQuery & { month: string; timezone: string },
): Promise<string[]> {
  const dates = await call(http, {
    operation: 'availability.dates',
    method: 'GET',
    path: '/availability/dates',
    query: { appointmentTypeID, calendarID: calendarID ?? undefined, month, timezone },
    schema: availableDatesSchema,
  });
  return dates.map(({ date }) => date);
}

/** "Get availability times": instants of a day on which something is free. `ignore`: an appointment to be moved. */
export async function availableTimes(
  http: ProviderHttp,
  query: TimeQuery & { date: string; timezone: string; ignore: string | null },
): Promise<string[]> {
  const { appointmentTypeID, calendarID, date, timezone, ignore } = query;
  const times = await call(http, {
    operation: 'availability.times',
    method: 'GET',
    path: '/availability/times',
    query: {
      ...{ appointmentTypeID, date, timezone },
      calendarID: calendarID ?? undefined,
      'ignoreAppointmentIDs[]': ignore ?? undefined,
    },
    schema: availableTimesSchema,
  });
  return times.flatMap(({ time, slotsAvailable }) => (slotsAvailable === 0 ? [] : [time]));
}

/** "Check available times". A read by its nature, but one that a POST carries: it is not repeated. */
export async function checkTime(
  http: ProviderHttp,
  { datetime, appointmentTypeID, calendarID }: TimeQuery & { datetime: string },
): Promise<z.infer<typeof checkedTimeSchema>> {
  return call(http, {
    operation: 'availability.check',
    method: 'POST',
    path: '/availability/check-times',
    json: { datetime, appointmentTypeID: numeric(appointmentTypeID), ...calendar(calendarID) },
    schema: checkedTimeSchema,
    callClass: 'live_write',
  });
}

/**
 * "Create appointment". Never with `admin=true`, which would switch Acuity's own check of the time off; the client gets
 * the business's own confirmation.
 */
export async function createAppointment(
  http: ProviderHttp,
  { appointmentTypeID, calendarID, phone, ...rest }: NewAcuityAppointment,
): Promise<AcuityAppointment> {
  return call(http, {
    operation: 'appointments.create',
    method: 'POST',
    path: '/appointments',
    json: {
      ...rest,
      appointmentTypeID: numeric(appointmentTypeID),
      ...calendar(calendarID),
      ...(phone === null ? {} : { phone }),
    },
    schema: appointmentSchema,
    callClass: 'live_write',
  });
}

/** "Reschedule appointment". `calendarID`: left out, it stays in its calendar; null lets Acuity choose one. */
export async function reschedule(
  http: ProviderHttp,
  id: string,
  to: { readonly datetime: string; readonly calendarID?: number | null },
): Promise<AcuityAppointment> {
  return put(http, 'appointments.reschedule', `/appointments/${encodeURIComponent(id)}/reschedule`, to);
}

/** "Cancel appointment". The body must be an object, even an empty one. */
export async function cancel(http: ProviderHttp, id: string, note: string | null): Promise<AcuityAppointment> {
  const body = note === null ? {} : { cancelNote: note };
  return put(http, 'appointments.cancel', `/appointments/${encodeURIComponent(id)}/cancel`, body);
}

export function unreadable(what: string): HubError {
  return unreadableOf(manifest.name, what);
}

/** Acuity's ids are numbers. Somebody else's id must not be sent as `NaN`. */
export function numeric(id: string): number {
  if (/^\d{1,15}$/.test(id)) return Number(id);
  throw new HubError('validation_failed', { field: 'slotId', detail: 'slotId: names nothing that Acuity has' });
}

function put(http: ProviderHttp, operation: string, path: string, json: object): Promise<AcuityAppointment> {
  return call(http, { operation, method: 'PUT', path, json, schema: appointmentSchema, callClass: 'live_write' });
}

function calendar(calendarID: string | null): { calendarID?: number } {
  return calendarID === null ? {} : { calendarID: numeric(calendarID) };
}

const HEADERS = { 'user-agent': 'integration-hub' } as const;

function url(path: string): string {
  return `${API_ORIGIN}/api/v1${path}`;
}

async function call<Schema extends z.ZodType>(
  http: ProviderHttp,
  { path, ...request }: Call<Schema>,
): Promise<z.infer<Schema>> {
  return send(http, { ...request, url: url(path), headers: HEADERS });
}
