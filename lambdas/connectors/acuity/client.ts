/** Calls to Acuity's API, by the names of its reference pages. */
import { validationFailed } from '../../core/errors.ts';
import type { CallClass, ProviderHttp } from '../../core/provider-http/provider-http.ts';
import { apiAt } from '../kit/api.ts';
import { API_ORIGIN, manifest } from './manifest.ts';
import {
  appointmentSchema,
  availableDatesSchema,
  availableTimesSchema,
  checkedTimeSchema,
  clientSchema,
  listSchema,
  meSchema,
} from './schemas.ts';

const api = apiAt(`${API_ORIGIN}/api/v1`, manifest.name, { 'user-agent': 'integration-hub' });
const live = { callClass: 'live_write' } as const;

type Texts<Names extends string> = Readonly<Record<Names, string>>;

/** Days (`2026-12-03`) are both included; `showall`: cancelled ones too. */
export type AppointmentsQuery = Texts<'minDate' | 'maxDate'> &
  Partial<Texts<'calendarID' | 'appointmentTypeID' | 'email'>> & {
    readonly max: number;
    readonly direction?: 'ASC' | 'DESC';
    readonly showall?: boolean;
  };

/** What is asked about when a time may be booked. Without a calendar: in any of them. */
interface TimeQuery {
  readonly appointmentTypeID: string;
  readonly calendarID: string | null;
}

/** "Get me". */
export function getMe(http: ProviderHttp) {
  return api.call(http, ['me.get', 'GET', '/me'], meSchema);
}

/** "Get appointments". Without forms: they are slow, and hold what clients tell the business in confidence. */
export function listAppointments(
  http: ProviderHttp,
  asked: AppointmentsQuery,
  options: { callClass?: CallClass } = {},
) {
  const query = { ...asked, excludeForms: true };
  return api.call(http, ['appointments.list', 'GET', '/appointments'], listSchema, { ...options, query });
}

/** "Get appointment by id". Null: there is none. */
export function findAppointment(http: ProviderHttp, id: string) {
  const options = { callClass: 'live_read' } as const;
  return api.find(http, ['appointments.get', 'GET', pathOf(id)], appointmentSchema, [404], options);
}

/** "Get clients". Has no paging; `search` looks for names and phone numbers. */
export function listClients(http: ProviderHttp, search?: string) {
  const operation = search === undefined ? 'clients.list' : 'clients.search';
  return api.call(http, [operation, 'GET', '/clients'], listSchema, { query: { search } });
}

/** "Create a client". */
export function createClient(http: ProviderHttp, json: Texts<string>) {
  return api.call(http, ['clients.create', 'POST', '/clients'], clientSchema, { json, ...live });
}

/** "Get appointment types": those that exist; deleted ones are left out. */
export function listAppointmentTypes(http: ProviderHttp) {
  return api.call(http, ['types.list', 'GET', '/appointment-types'], listSchema);
}

/** "Get calendars". */
export function listCalendars(http: ProviderHttp) {
  return api.call(http, ['calendars.list', 'GET', '/calendars'], listSchema);
}

/** "Get availability dates": days of a month (`2026-12`) on which something is free. */
export function availableDates(http: ProviderHttp, asked: TimeQuery & Texts<'month' | 'timezone'>) {
  const query = { ...asked, calendarID: asked.calendarID ?? undefined };
  return api.call(http, ['availability.dates', 'GET', '/availability/dates'], availableDatesSchema, { query });
}

/** "Get availability times": instants of a day on which something is free. `ignore`: an appointment to be moved. */
export function availableTimes(
  http: ProviderHttp,
  { calendarID, ignore, ...asked }: TimeQuery & Texts<'date' | 'timezone'> & { ignore: string | undefined },
) {
  const query = { ...asked, calendarID: calendarID ?? undefined, 'ignoreAppointmentIDs[]': ignore };
  return api.call(http, ['availability.times', 'GET', '/availability/times'], availableTimesSchema, { query });
}

/** "Check available times". A read by its nature, but one that a POST carries: it is not repeated. */
export function checkTime(http: ProviderHttp, time: TimeQuery & Texts<'datetime'>) {
  const options = { json: numbered(time), ...live };
  return api.call(http, ['availability.check', 'POST', '/availability/check-times'], checkedTimeSchema, options);
}

/**
 * "Create appointment". Never with `admin=true`, which would switch Acuity's own check of the time off; the client gets
 * the business's own confirmation.
 */
export function createAppointment(
  http: ProviderHttp,
  time: TimeQuery & Texts<'datetime' | 'timezone'>,
  client: Texts<'firstName' | 'lastName' | 'email'> & { phone?: string },
) {
  const json = { ...numbered(time), ...client };
  return api.call(http, ['appointments.create', 'POST', '/appointments'], appointmentSchema, { json, ...live });
}

/** "Reschedule appointment". `calendarID`: left out, it stays in its calendar; null lets Acuity choose one. */
export function reschedule(http: ProviderHttp, id: string, json: { datetime: string; calendarID?: number | null }) {
  const path = `${pathOf(id)}/reschedule`;
  return api.call(http, ['appointments.reschedule', 'PUT', path], appointmentSchema, { json, ...live });
}

/** "Cancel appointment". The body must be an object, even an empty one. */
export function cancel(http: ProviderHttp, id: string, note: string | null) {
  const json = note === null ? {} : { cancelNote: note };
  return api.call(http, ['appointments.cancel', 'PUT', `${pathOf(id)}/cancel`], appointmentSchema, { json, ...live });
}

/** Acuity's ids are numbers. Somebody else's id must not be sent as `NaN`. */
export function numeric(id: string): number {
  if (/^\d{1,15}$/.test(id)) return Number(id);
  throw validationFailed('slotId', 'names nothing that Acuity has');
}

/** Without a calendar where there is none: null would be sent. */
function numbered({ appointmentTypeID, calendarID, ...rest }: TimeQuery & Texts<'datetime'>) {
  const calendar = calendarID === null ? {} : { calendarID: numeric(calendarID) };
  return { ...rest, appointmentTypeID: numeric(appointmentTypeID), ...calendar };
}

function pathOf(appointmentId: string): string {
  return `/appointments/${encodeURIComponent(appointmentId)}`;
}
