/** Calls to Microsoft Graph, by the names of its reference pages. */
import * as z from 'zod';
import { type HubError, isHubError } from '../../core/errors.ts';
import { errorForStatus } from '../../core/provider-http/error-mapping.ts';
import type { ProviderHttp } from '../../core/provider-http/provider-http.ts';
import type { ConnectorSession } from '../connector.ts';
import { apiAt } from '../kit/api.ts';
import { unreadable as unreadableAnswer } from '../kit/calls.ts';
import { allRows } from '../kit/pages.ts';
import { oncePerSession } from '../kit/remembered.ts';
import type { TimeWindow } from '../kit/windows.ts';
import { classifyError, endsFeed, isItemNotFound } from './errors.ts';
import { API_ORIGIN, API_URL, manifest } from './manifest.ts';
import { BOOKING_PROPERTY } from './reference.ts';
import {
  calendarSchema,
  eventSchema,
  type GraphEvent,
  type GraphPage,
  type GraphSubscription,
  pageSchema,
  subscriptionSchema,
  userSchema,
} from './schemas.ts';

/**
 * On every call: ids that stay when an item is moved ("Get immutable identifiers for Outlook resources"), times in one
 * zone, and bodies as text where Graph heeds that.
 */
const PREFER = 'IdType="ImmutableId", outlook.timezone="UTC", outlook.body-content-type="text"';
const DELTA_PREFER = `${PREFER}, odata.maxpagesize=100`;

/** Links are whole addresses, so all paths are. */
const api = apiAt('', manifest.name, { prefer: PREFER });
const live = { callClass: 'live_read' } as const;
const ME = `${API_URL}/me`;
const SUBSCRIPTIONS = `${API_URL}/subscriptions`;
const subscriptionPath = (id: string): string => `${SUBSCRIPTIONS}/${encodeURIComponent(id)}`;
const calendarPath = (id: string): string => `${ME}/calendars/${encodeURIComponent(id)}`;
const eventPath = (id: string, within = ME): string => `${within}/events/${encodeURIComponent(id)}`;
const rangeOf = ({ from, to }: TimeWindow) => ({ startDateTime: from, endDateTime: to });

export function getMe(http: ProviderHttp) {
  const query = { $select: 'id,displayName,mail,userPrincipalName' };
  return api.call(http, ['me.get', 'GET', ME], userSchema, { query });
}

/** "Get calendar": the default one, or one by its id. */
export function getCalendar(http: ProviderHttp, id: string | null) {
  const query = { $select: 'id,name,canEdit,isDefaultCalendar,owner' };
  const path = id === null ? `${ME}/calendar` : calendarPath(id);
  return api.call(http, ['calendars.get', 'GET', path], calendarSchema, { query });
}

/** The account's main calendar, known since the account was identified: ids of calendars don't change. */
export async function defaultCalendar({ account, http }: ConnectorSession): Promise<string> {
  return account?.attributes.defaultCalendarId ?? (await getCalendar(http, null)).id;
}

/** "List calendars": a page; `link` is the `nextLink` of the one before. */
export function listCalendars(http: ProviderHttp, link: string | null): Promise<GraphPage> {
  const { path, query } = pageAt(`${ME}/calendars`, { $top: 100 }, link);
  return api.call(http, ['calendars.list', 'GET', path], pageSchema, { query });
}

/**
 * "event: delta", per calendar. A round begins with a window, which is frozen then, and goes on by links that are used
 * as they are. No query options but the window: Graph refuses them. `reset`: the link can't be continued. `gone`: the
 * calendar is not there any more.
 */
export async function readDelta(
  http: ProviderHttp,
  { calendarId, ...window }: TimeWindow & { readonly calendarId: string },
  link: string | null,
): Promise<GraphPage | 'reset' | 'gone'> {
  const { path, query } = pageAt(`${calendarPath(calendarId)}/calendarView/delta`, rangeOf(window), link);
  const options = { query, headers: { prefer: DELTA_PREFER }, expectStatuses: [400, 404, 409, 410] };
  const answer = await api.answer(http, ['calendarView.delta', 'GET', path], pageSchema, options);
  const { status, data, rejected } = answer;
  if (data !== null) return data;
  if (endsFeed(status, rejected)) return 'reset';
  if (status === 404 && isItemNotFound(rejected)) return 'gone';
  throw classifyError({ status, body: rejected }) ?? errorForStatus(manifest.name, status);
}

const eventOnce = oncePerSession(({ http }, path: string) =>
  api.find(http, ['events.get', 'GET', path], eventSchema, [404]),
);

/** "Get event": read once in a session, as a series has many occurrences. Null: this calendar does not have it. */
export function findMaster(session: ConnectorSession, calendarId: string, id: string): Promise<GraphEvent | null> {
  return eventOnce(session, eventPath(id, calendarPath(calendarId)));
}

/** "Get event", in whichever calendar it is, unread. Null: there is none any more. */
export function findEvent(http: ProviderHttp, id: string): Promise<unknown> {
  return unlessGone(api.call(http, ['events.get', 'GET', eventPath(id)], z.unknown()), null);
}

/** "Get event" of one calendar: whether it is there. */
export async function hasEvent(http: ProviderHttp, calendarId: string, id: string): Promise<boolean> {
  const call = ['events.get', 'GET', eventPath(id, calendarPath(calendarId))] as const;
  return (await unlessGone(api.call(http, call, z.unknown(), { query: { $select: 'id' } }), null)) !== null;
}

/** "Get event", in whichever calendar it is, for a caller who waits. */
export function getEvent(http: ProviderHttp, id: string): Promise<GraphEvent> {
  return api.call(http, ['events.get', 'GET', eventPath(id)], eventSchema, live);
}

/** "List instances": every occurrence of a series in a window; none of a series that was deleted between two answers. */
export function listInstances(http: ProviderHttp, masterId: string, window: TimeWindow): Promise<unknown[]> {
  const query = { ...rangeOf(window), $top: 999 };
  return unlessGone(listAll(http, 'events.instances', `${eventPath(masterId)}/instances`, query), []);
}

/** "List calendarView": everything that touches a window, series expanded. */
export function listView(http: ProviderHttp, calendarId: string, window: TimeWindow): Promise<unknown[]> {
  const query = { ...rangeOf(window), $top: 999 };
  return listAll(http, 'calendarView.list', `${calendarPath(calendarId)}/calendarView`, query, live);
}

/** "Get singleValueLegacyExtendedProperty": the events of a calendar that carry a booking's key. */
export function findTagged(http: ProviderHttp, calendarId: string, key: string): Promise<unknown[]> {
  const $filter = `singleValueExtendedProperties/Any(ep: ep/id eq '${BOOKING_PROPERTY}' and ep/value eq '${key}')`;
  return listAll(http, 'events.byKey', `${calendarPath(calendarId)}/events`, { $filter }, live);
}

/**
 * "Create event". What a repeated `transactionId` is answered with is not documented, so any body of a success is an
 * answer here, and so is 409, with null.
 */
export function createEvent(http: ProviderHttp, calendarId: string, json: object): Promise<unknown> {
  const call = ['events.create', 'POST', `${calendarPath(calendarId)}/events`] as const;
  return api.find(http, call, z.unknown(), [409], { json, callClass: 'live_write' });
}

/** "Update event", if it still has this etag. Null: it was changed meanwhile (409, 412). */
export function updateEvent(http: ProviderHttp, id: string, etag: string | null, json: object) {
  const options = { json, callClass: 'live_write', headers: etag === null ? {} : { 'if-match': etag } } as const;
  return api.find(http, ['events.update', 'PATCH', eventPath(id)], eventSchema, [409, 412], options);
}

/** "Delete event". False: it was not there. */
export async function deleteEvent(http: ProviderHttp, id: string): Promise<boolean> {
  const call = ['events.delete', 'DELETE', eventPath(id)] as const;
  const answer = api.answer(http, call, z.undefined(), { callClass: 'live_write' });
  return (await unlessGone(answer, null)) !== null;
}

/** "Create subscription". Graph asks the addresses whether they are ours before it answers. */
export function createSubscription(http: ProviderHttp, json: object): Promise<GraphSubscription> {
  const call = ['subscriptions.create', 'POST', SUBSCRIPTIONS] as const;
  return api.call(http, call, subscriptionSchema, { json, callClass: 'live_write' });
}

/** "Update subscription". Null: there is none any more. */
export function updateSubscription(http: ProviderHttp, id: string, json: object): Promise<GraphSubscription | null> {
  const call = ['subscriptions.update', 'PATCH', subscriptionPath(id)] as const;
  return api.find(http, call, subscriptionSchema, [404], { json, callClass: 'live_write' });
}

/** "Delete subscription". One that is not there any more is deleted. */
export async function deleteSubscription(http: ProviderHttp, id: string): Promise<void> {
  const call = ['subscriptions.delete', 'DELETE', subscriptionPath(id)] as const;
  await api.find(http, call, z.undefined(), [404], { callClass: 'live_write' });
}

export function unreadable(what: string): HubError {
  return unreadableAnswer(manifest.name, what);
}

/** All pages of a list. */
function listAll(
  http: ProviderHttp,
  operation: string,
  first: string,
  range: Readonly<Record<string, string | number>>,
  options: Partial<typeof live> = {},
): Promise<unknown[]> {
  const read = async (link: string | null) => {
    const { path, query } = pageAt(first, range, link);
    const page = await api.call(http, [operation, 'GET', path], pageSchema, { query, ...options });
    return { rows: page.value, next: page['@odata.nextLink'] };
  };
  return allRows(read, () => unreadable(operation));
}

/** Where a page is: a link of Graph's is a whole address and used as it is; one that leads elsewhere is none. */
function pageAt(first: string, query: Readonly<Record<string, string | number>>, link: string | null) {
  if (link === null) return { path: first, query };
  const { origin, pathname } = URL.canParse(link) ? new URL(link) : { origin: null, pathname: '' };
  if (origin !== API_ORIGIN || !pathname.startsWith('/v1.0/')) throw unreadable('a link');
  return { path: link, query: {} };
}

function unlessGone<T, U>(answer: Promise<T>, otherwise: U): Promise<T | U> {
  return answer.catch((error: unknown) => {
    if (isHubError(error, 'not_found')) return otherwise;
    throw error;
  });
}
