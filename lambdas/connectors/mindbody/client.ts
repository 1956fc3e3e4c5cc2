/** Typed calls to Mindbody's Public API v6 over the shared provider HTTP. Every call costs money: there are few. */
import type * as z from 'zod';
import { type HubError, validationFailed } from '../../core/errors.ts';
import type { CallClass, ProviderRequest, ProviderResponse } from '../../core/provider-http/provider-http.ts';
import type { ConnectorSession } from '../connector.ts';
import { send, unreadable as unreadableOf } from '../kit/calls.ts';
import { API_ORIGIN, manifest } from './manifest.ts';
import {
  activationSchema,
  addedClientSchema,
  bookedSchema,
  type MindbodyPage,
  pageSchema,
  requiredFieldsSchema,
} from './schemas.ts';

/** Lists, each with the page of the reference that describes it. */
const LISTS = {
  /** "Get Clients". */
  clients: { path: '/client/clients', member: 'Clients' },
  /** "Get Staff Appointments". */
  appointments: { path: '/appointment/staffappointments', member: 'Appointments' },
  /** "Get Classes". */
  classes: { path: '/class/classes', member: 'Classes' },
  /** "Get Session Types". */
  services: { path: '/site/sessiontypes', member: 'SessionTypes' },
  /** "Get Staff". */
  staff: { path: '/staff/staff', member: 'StaffMembers' },
  /** "Get Bookable Items". */
  bookableItems: { path: '/appointment/bookableitems', member: 'Availabilities' },
  /** "Get Active Session Times". */
  sessionTimes: { path: '/appointment/activesessiontimes', member: 'ActiveSessionTimes' },
  /** "Get Sites". */
  sites: { path: '/site/sites', member: 'Sites' },
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
export const REFUSALS = [400, 403, 404, 409, 422];

/** One page of a list. */
export function listPage(
  session: ConnectorSession,
  list: ListName,
  query: ListQuery,
  page: { readonly offset: number; readonly limit?: number },
  callClass?: CallClass,
): Promise<MindbodyPage> {
  return send(session.http, pageRequest(session, list, query, page, callClass));
}

/** The same, where a refusal is an answer: `data` is null then. A site that is not linked may be refused with 401. */
export function probePage(session: ConnectorSession, list: ListName): Promise<ProviderResponse<MindbodyPage>> {
  return session.http.request({
    ...pageRequest(session, list, {}, { offset: 0, limit: 1 }),
    expectStatuses: [401, ...REFUSALS],
  });
}

/** A whole list, for a caller who waits. */
export async function listAll(session: ConnectorSession, list: ListName, query: ListQuery): Promise<unknown[]> {
  const rows: unknown[] = [];
  for (let pages = 0; pages < MAX_LIVE_PAGES; pages++) {
    const page = await listPage(session, list, query, { offset: rows.length }, 'live_read');
    rows.push(...page.rows);
    const whole = page.total === null ? page.rows.length < PAGE_LIMIT : rows.length >= page.total;
    if (whole || page.rows.length === 0) return rows;
  }
  throw unreadable(`${list}.list`);
}

/** "Get Activation Code": what the owner links the site with. */
export function getActivationCode(session: ConnectorSession): Promise<z.infer<typeof activationSchema>> {
  return send(session.http, {
    ...call(session, 'site.activationCode', 'GET', '/site/activationcode'),
    schema: activationSchema,
  });
}

/** "Get Required Client Fields": set per site. */
export function getRequiredClientFields(session: ConnectorSession): Promise<z.infer<typeof requiredFieldsSchema>> {
  return send(session.http, {
    ...call(session, 'clients.requiredFields', 'GET', '/client/requiredclientfields'),
    schema: requiredFieldsSchema,
    callClass: 'live_read',
  });
}

/** "Add Client". A refusal is an answer: it may mean that the client is there. */
export function addClient(session: ConnectorSession, json: Readonly<Record<string, string | boolean>>) {
  return session.http.request({
    ...write(session, 'clients.add', '/client/addclient', json),
    schema: addedClientSchema,
  });
}

/** "Add Appointment". A refusal is an answer: 409 may mean that the same request is still being carried out. */
export function addAppointment(session: ConnectorSession, json: Readonly<Record<string, string | number | boolean>>) {
  return session.http.request({
    ...write(session, 'appointments.add', '/appointment/addappointment', json),
    schema: bookedSchema,
  });
}

/** "Update Appointment": moves, and cancels with `Execute`. A refusal is an answer. */
export function updateAppointment(
  session: ConnectorSession,
  operation: 'appointments.move' | 'appointments.cancel',
  json: Readonly<Record<string, string | number | boolean>>,
) {
  return session.http.request({
    ...write(session, operation, '/appointment/updateappointment', json),
    schema: bookedSchema,
  });
}

/** The site that the integration is for; every call names it. */
export function siteIdOf({ config }: ConnectorSession): string {
  const { siteId } = config.connection;
  if (siteId === undefined) throw validationFailed('config.connection.siteId', 'is needed to connect a Mindbody site');
  return siteId;
}

export function unreadable(what: string): HubError {
  return unreadableOf(manifest.name, what);
}

function pageRequest(
  session: ConnectorSession,
  list: ListName,
  query: ListQuery,
  { offset, limit = PAGE_LIMIT }: { readonly offset: number; readonly limit?: number },
  callClass?: CallClass,
) {
  const { path, member } = LISTS[list];
  return {
    ...call(session, `${list}.list`, 'GET', path),
    query: parameters({ ...query, limit, offset }),
    schema: pageSchema(member),
    ...(callClass === undefined ? {} : { callClass }),
  };
}

function write(session: ConnectorSession, operation: string, path: string, json: object) {
  return {
    ...call(session, operation, 'POST', path),
    json,
    callClass: 'live_write',
    expectStatuses: REFUSALS,
  } as const;
}

/** The API key and the token are added by the client. */
function call<Method extends ProviderRequest<z.ZodType>['method']>(
  session: ConnectorSession,
  operation: string,
  method: Method,
  path: string,
) {
  return {
    operation,
    method,
    url: `${API_ORIGIN}/public/v6${path}`,
    headers: { SiteId: siteIdOf(session), 'User-Agent': 'integration-hub' },
  };
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
