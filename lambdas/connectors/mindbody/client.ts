/** Calls of Mindbody's Public API v6. Every one costs money: there are few. */
import type * as z from 'zod';
import { type HubError, validationFailed } from '../../core/errors.ts';
import type { ProviderRequest } from '../../core/provider-http/provider-http.ts';
import type { ConnectorSession } from '../connector.ts';
import { apiAt } from '../kit/api.ts';
import { unreadable as unreadableOf } from '../kit/calls.ts';
import { API_ORIGIN, manifest } from './manifest.ts';
import * as schemas from './schemas.ts';

const api = apiAt(`${API_ORIGIN}/public/v6`, manifest.name, { 'User-Agent': 'integration-hub' });

/** Lists, after the pages of the reference: "Get Clients", "Get Staff Appointments" and so on. */
const LISTS = {
  clients: ['/client/clients', 'Clients'],
  appointments: ['/appointment/staffappointments', 'Appointments'],
  classes: ['/class/classes', 'Classes'],
  services: ['/site/sessiontypes', 'SessionTypes'],
  staff: ['/staff/staff', 'StaffMembers'],
  bookableItems: ['/appointment/bookableitems', 'Availabilities'],
  sessionTimes: ['/appointment/activesessiontimes', 'ActiveSessionTimes'],
  sites: ['/site/sites', 'Sites'],
} as const;
export type ListName = keyof typeof LISTS;

type Value = string | number | boolean | undefined;
/** Names without the `request.` in front that all parameters have. */
export type ListQuery = Readonly<Record<string, Value | readonly (string | number)[]>>;

/** "Pagination": at most 200 rows. */
export const PAGE_LIMIT = 200;
/** A list that a caller waits for is a page or two long. */
const MAX_LIVE_PAGES = 20;
/** Statuses of refusals; which of them comes with which code is not documented. */
const REFUSALS = [400, 403, 404, 409, 422];

/** One page of a list. */
export async function listPage(
  session: ConnectorSession,
  list: ListName,
  query: ListQuery,
  page: { readonly offset: number; readonly limit?: number } & Pick<ProviderRequest<z.ZodType>, 'callClass'>,
): Promise<schemas.MindbodyPage> {
  const [path, member] = LISTS[list];
  const { offset, limit = PAGE_LIMIT, ...options } = page;
  const asked = { ...options, ...ofSite(session), query: parameters({ ...query, limit, offset }) };
  return api.call(session.http, [`${list}.list`, 'GET', path], schemas.pageSchema(member), asked);
}

/** One client. A refusal is an answer; a site that is not linked may be refused with 401. */
export function probeClients(session: ConnectorSession) {
  const options = { ...ofSite(session), query: parameters({ limit: 1 }), expectStatuses: [401, ...REFUSALS] };
  const [path, member] = LISTS.clients;
  return api.answer(session.http, ['clients.list', 'GET', path], schemas.pageSchema(member), options);
}

/** A whole list, for a caller who waits. */
export async function listAll(session: ConnectorSession, list: ListName, query: ListQuery): Promise<unknown[]> {
  const rows: unknown[] = [];
  for (let pages = 0; pages < MAX_LIVE_PAGES; pages++) {
    const page = await listPage(session, list, query, { offset: rows.length, callClass: 'live_read' });
    rows.push(...page.rows);
    const whole = page.total === null ? page.rows.length < PAGE_LIMIT : rows.length >= page.total;
    if (whole || page.rows.length === 0) return rows;
  }
  throw unreadable(`${list}.list`);
}

/** Whole days of the site: right whether the end is read as a day or as an instant. Neither has a default to rely on. */
export function windowQuery(list: 'appointments' | 'classes', first: string, last: string): ListQuery {
  const [begin, end] = [`${first}T00:00:00`, `${last}T23:59:59`];
  return list === 'classes'
    ? { startDateTime: begin, endDateTime: end, hideCanceledClasses: false }
    : { startDate: begin, endDate: end };
}

/** What the owner links the site with. */
export const getActivationCode = reading('site.activationCode', '/site/activationcode', schemas.activationSchema);
/** Set per site. */
export const getRequiredFields = reading(
  'clients.fields',
  '/client/requiredclientfields',
  schemas.requiredFieldsSchema,
);
export const addClient = writing('clients.add', '/client/addclient', schemas.addedClientSchema);
export const addAppointment = writing('appointments.add', '/appointment/addappointment', schemas.bookedSchema);
export const moveAppointment = writing('appointments.move', '/appointment/updateappointment', schemas.bookedSchema);
/** With `Execute`. */
export const cancelAppointment = writing('appointments.cancel', '/appointment/updateappointment', schemas.bookedSchema);

/** The site that the integration is for; every call names it. */
export function siteIdOf({ config }: ConnectorSession): string {
  const { siteId } = config.connection;
  if (siteId === undefined) throw validationFailed('config.connection.siteId', 'is needed to connect a Mindbody site');
  return siteId;
}

export function unreadable(what: string): HubError {
  return unreadableOf(manifest.name, what);
}

function reading<Schema extends z.ZodType>(operation: string, path: string, schema: Schema) {
  return (session: ConnectorSession) =>
    api.call(session.http, [operation, 'GET', path], schema, { ...ofSite(session), callClass: 'live_read' });
}

/** A refusal is an answer: the record may be there already, or the same request still be carried out (409). */
function writing<Schema extends z.ZodType>(operation: string, path: string, schema: Schema) {
  return (session: ConnectorSession, json: Readonly<Record<string, string | number | boolean>>) => {
    const options = { ...ofSite(session), json, callClass: 'live_write', expectStatuses: REFUSALS } as const;
    return api.answer(session.http, [operation, 'POST', path], schema, options);
  };
}

/** The API key and the token are added by the client. */
function ofSite(session: ConnectorSession) {
  return { headers: { SiteId: siteIdOf(session) } };
}

/** As the reference names them: `request.limit`, `request.staffIds[0]`. */
function parameters(query: ListQuery): Record<string, Value> {
  return Object.fromEntries(
    Object.entries(query).flatMap(([name, value]): [string, Value][] =>
      typeof value === 'object'
        ? value.map((item, index) => [`request.${name}[${index}]`, item])
        : [[`request.${name}`, value]],
    ),
  );
}
