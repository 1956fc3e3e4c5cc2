/** Typed calls to Microsoft Graph over the shared provider HTTP. */
import * as z from 'zod';
import { type HubError, isHubError } from '../../core/errors.ts';
import { errorForStatus } from '../../core/provider-http/error-mapping.ts';
import type { CallClass, ProviderHttp, ProviderResponse } from '../../core/provider-http/provider-http.ts';
import { send, unreadable as unreadableOf } from '../kit/calls.ts';
import { movedOn } from '../kit/positions.ts';
import type { TimeWindow } from '../kit/windows.ts';
import { classifyError, endsFeed, isItemNotFound } from './errors.ts';
import { API_ORIGIN, API_URL, manifest } from './manifest.ts';
import { BOOKING_PROPERTY } from './reference.ts';
import {
  calendarSchema,
  eventSchema,
  type GraphCalendar,
  type GraphEvent,
  type GraphPage,
  pageSchema,
  userSchema,
} from './schemas.ts';

/** What is sent of an event. */
export interface EventBody {
  readonly subject?: string;
  readonly body?: { readonly contentType: 'text'; readonly content: string };
  readonly start: { readonly dateTime: string; readonly timeZone: 'UTC' };
  readonly end: { readonly dateTime: string; readonly timeZone: 'UTC' };
  readonly showAs?: 'busy';
  readonly isReminderOn?: boolean;
  readonly transactionId?: string;
  readonly singleValueExtendedProperties?: readonly { readonly id: string; readonly value: string }[];
}

const DELTA_PAGE_SIZE = 100;
const VIEW_PAGE_SIZE = 999;

/**
 * On every call: ids that stay when an item is moved ("Get immutable identifiers for Outlook resources"), times in one
 * zone, and bodies as text where Graph heeds that.
 */
const PREFER = 'IdType="ImmutableId", outlook.timezone="UTC", outlook.body-content-type="text"';
const HEADERS = { prefer: PREFER };

const calendarUrl = (id: string): string => `${API_URL}/me/calendars/${encodeURIComponent(id)}`;
const eventUrl = (id: string): string => `${API_URL}/me/events/${encodeURIComponent(id)}`;

/** "Get a user". */
export function getMe(http: ProviderHttp): Promise<z.infer<typeof userSchema>> {
  return send(http, {
    operation: 'me.get',
    method: 'GET',
    url: `${API_URL}/me`,
    query: { $select: 'id,displayName,mail,userPrincipalName' },
    headers: HEADERS,
    schema: userSchema,
  });
}

/** "Get calendar": the default one, or one by its id. */
export function getCalendar(http: ProviderHttp, id: string | null): Promise<GraphCalendar> {
  return send(http, {
    operation: 'calendars.get',
    method: 'GET',
    url: id === null ? `${API_URL}/me/calendar` : calendarUrl(id),
    query: { $select: 'id,name,canEdit,isDefaultCalendar,owner' },
    headers: HEADERS,
    schema: calendarSchema,
  });
}

/** "List calendars": a page; `link` is the `nextLink` of the one before. */
export function listCalendars(http: ProviderHttp, link: string | null): Promise<GraphPage> {
  return send(http, {
    operation: 'calendars.list',
    method: 'GET',
    ...(link === null ? { url: `${API_URL}/me/calendars`, query: { $top: 100 } } : { url: ownLink(link) }),
    headers: HEADERS,
    schema: pageSchema,
  });
}

/** `reset`: the link can't be continued. `gone`: the calendar is not there any more. */
export type DeltaAnswer = GraphPage | 'reset' | 'gone';

/**
 * "event: delta", per calendar. A round begins with a window, which is frozen then, and goes on by links that are used
 * as they are. No query options but the window: Graph refuses them.
 */
export async function readDelta(
  http: ProviderHttp,
  from: { readonly calendarId: string; readonly window: TimeWindow } | { readonly link: string },
): Promise<DeltaAnswer> {
  const answer = await http.request({
    operation: 'calendarView.delta',
    method: 'GET',
    ...('link' in from
      ? { url: ownLink(from.link) }
      : { url: `${calendarUrl(from.calendarId)}/calendarView/delta`, query: rangeOf(from.window) }),
    headers: { prefer: `${PREFER}, odata.maxpagesize=${DELTA_PAGE_SIZE}` },
    schema: pageSchema,
    expectStatuses: [400, 404, 409, 410],
  });
  if (answer.data !== null) return answer.data;
  if (endsFeed(answer.status, answer.rejected)) return 'reset';
  if (answer.status === 404 && isItemNotFound(answer.rejected)) return 'gone';
  throw failureOf(answer);
}

/** "Get event". Null: this calendar does not have it. */
export async function findEvent(http: ProviderHttp, calendarId: string, id: string): Promise<GraphEvent | null> {
  const answer = await http.request({
    operation: 'events.get',
    method: 'GET',
    url: `${calendarUrl(calendarId)}/events/${encodeURIComponent(id)}`,
    headers: HEADERS,
    schema: eventSchema,
    expectStatuses: [404],
  });
  return answer.data;
}

/** "Get event", in whichever calendar it is. */
export function getEvent(http: ProviderHttp, id: string): Promise<GraphEvent> {
  return send(http, {
    operation: 'events.get',
    method: 'GET',
    url: eventUrl(id),
    headers: HEADERS,
    schema: eventSchema,
    callClass: 'live_read',
  });
}

/** "List instances": every occurrence of a series in a window; none of a series that is not there. */
export async function listInstances(http: ProviderHttp, masterId: string, window: TimeWindow): Promise<unknown[]> {
  const url = `${eventUrl(masterId)}/instances`;
  try {
    return await listAll(http, 'events.instances', url, { ...rangeOf(window), $top: VIEW_PAGE_SIZE });
  } catch (error) {
    // Deleted between two answers: the next round says so.
    if (isHubError(error, 'not_found')) return [];
    throw error;
  }
}

/** "List calendarView": everything that touches a window, series expanded. */
export function listView(http: ProviderHttp, calendarId: string, window: TimeWindow): Promise<unknown[]> {
  const query = { ...rangeOf(window), $top: VIEW_PAGE_SIZE };
  return listAll(http, 'calendarView.list', `${calendarUrl(calendarId)}/calendarView`, query, 'live_read');
}

/** "Get singleValueLegacyExtendedProperty": the events of a calendar that carry a booking's key. */
export function findTagged(http: ProviderHttp, calendarId: string, key: string): Promise<unknown[]> {
  const $filter = `singleValueExtendedProperties/Any(ep: ep/id eq '${BOOKING_PROPERTY}' and ep/value eq '${key}')`;
  return listAll(http, 'events.byKey', `${calendarUrl(calendarId)}/events`, { $filter }, 'live_read');
}

/**
 * "Create event". What a repeated `transactionId` is answered with is not documented, so any body of a success is an
 * answer here, and so is 409.
 */
export function createEvent(
  http: ProviderHttp,
  calendarId: string,
  event: EventBody,
): Promise<ProviderResponse<unknown>> {
  return http.request({
    operation: 'events.create',
    method: 'POST',
    url: `${calendarUrl(calendarId)}/events`,
    headers: HEADERS,
    json: event,
    schema: z.unknown(),
    callClass: 'live_write',
    expectStatuses: [409],
  });
}

/** "Update event", if it still has this etag. Null: it was changed meanwhile (409, 412). */
export async function updateEvent(
  http: ProviderHttp,
  id: string,
  etag: string | null,
  change: EventBody,
): Promise<GraphEvent | null> {
  const { data } = await http.request({
    operation: 'events.update',
    method: 'PATCH',
    url: eventUrl(id),
    headers: { ...HEADERS, ...(etag === null ? {} : { 'if-match': etag }) },
    json: change,
    schema: eventSchema,
    callClass: 'live_write',
    expectStatuses: [409, 412],
  });
  return data;
}

/** "Delete event". False: it was not there. */
export async function deleteEvent(http: ProviderHttp, id: string): Promise<boolean> {
  const answer = await http.request({
    operation: 'events.delete',
    method: 'DELETE',
    url: eventUrl(id),
    headers: HEADERS,
    schema: z.undefined(),
    callClass: 'live_write',
    expectStatuses: [404],
  });
  if (answer.data === null && failureOf(answer).code !== 'not_found') throw failureOf(answer);
  return answer.data !== null;
}

export function unreadable(what: string): HubError {
  return unreadableOf(manifest.name, what);
}

/** A link of Graph's is a whole address and used as it is; one that leads elsewhere is none. */
export function ownLink(link: string): string {
  if (!URL.canParse(link)) throw unreadable('a link');
  const { origin, pathname } = new URL(link);
  if (origin !== API_ORIGIN || !pathname.startsWith('/v1.0/')) throw unreadable('a link');
  return link;
}

/** All pages of a list. */
async function listAll(
  http: ProviderHttp,
  operation: string,
  url: string,
  query: Readonly<Record<string, string | number>>,
  callClass?: CallClass,
): Promise<unknown[]> {
  const rows: unknown[] = [];
  let link: string | null = null;
  do {
    const page: GraphPage = await send(http, {
      ...{ operation, method: 'GET', headers: HEADERS, schema: pageSchema },
      ...(link === null ? { url, query } : { url: ownLink(link) }),
      ...(callClass === undefined ? {} : { callClass }),
    });
    rows.push(...page.value);
    link = movedOn(page['@odata.nextLink'], link, () => unreadable(operation));
  } while (link !== null);
  return rows;
}

function rangeOf({ from, to }: TimeWindow): Readonly<Record<string, string>> {
  return { startDateTime: from, endDateTime: to };
}

function failureOf({ status, rejected }: ProviderResponse<unknown>): HubError {
  return classifyError({ status, body: rejected }) ?? errorForStatus(manifest.name, status);
}
