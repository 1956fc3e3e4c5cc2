/** Typed calls to the Google Calendar API (version 3) over the shared provider HTTP. */
import * as z from 'zod';
import type { HubError } from '../../core/errors.ts';
import type { CallClass, ProviderHttp, ProviderResponse } from '../../core/provider-http/provider-http.ts';
import { send, unreadable as unreadableOf } from '../kit/calls.ts';
import { API_ORIGIN, manifest } from './manifest.ts';
import {
  type CalendarEntry,
  type CalendarsPage,
  calendarEntrySchema,
  calendarSchema,
  calendarsPageSchema,
  type EventsPage,
  eventSchema,
  eventsPageSchema,
  type FreeBusyAnswer,
  freeBusySchema,
  type GoogleEvent,
} from './schemas.ts';

const API = `${API_ORIGIN}/calendar/v3`;
/** "Events: insert": replaces the older `sendNotifications`; nobody gets mail because of the hub. */
const QUIET = { sendUpdates: 'none' } as const;

/** What may be asked of one calendar's events. All but the tokens must stay the same while a sync token is followed. */
export interface EventsQuery {
  readonly maxResults: number;
  readonly pageToken?: string | undefined;
  readonly syncToken?: string | undefined;
  /** RFC 3339; exclusive bound of an event's end. */
  readonly timeMin?: string;
  /** RFC 3339; exclusive bound of an event's start. */
  readonly timeMax?: string;
}

/** What is sent of an event's times; null takes a member away ("Events: patch"). */
export interface SentTime {
  readonly dateTime: string;
  readonly timeZone: string;
  readonly date?: null;
}

export interface NewEvent {
  readonly id: string;
  readonly summary: string;
  readonly description: string;
  readonly start: SentTime;
  readonly end: SentTime;
  readonly extendedProperties: { readonly private: Readonly<Record<string, string>> };
}

const eventsUrl = (calendarId: string): string => `${API}/calendars/${encodeURIComponent(calendarId)}/events`;
const eventUrl = (calendarId: string, eventId: string): string =>
  `${eventsUrl(calendarId)}/${encodeURIComponent(eventId)}`;

/** "Events: list", every occurrence of a series by itself. */
export function listEvents(
  http: ProviderHttp,
  calendarId: string,
  { pageToken, syncToken, ...query }: EventsQuery,
  options: { readonly callClass?: CallClass; readonly expectStatuses?: readonly number[] } = {},
): Promise<ProviderResponse<EventsPage>> {
  return http.request({
    operation: 'events.list',
    method: 'GET',
    url: eventsUrl(calendarId),
    query: { singleEvents: true, ...query, pageToken, syncToken },
    schema: eventsPageSchema,
    ...options,
  });
}

/** "Events: get". Null: there is none. A cancelled event is answered too. */
export async function findEvent(http: ProviderHttp, calendarId: string, eventId: string): Promise<GoogleEvent | null> {
  const { data } = await http.request({
    operation: 'events.get',
    method: 'GET',
    url: eventUrl(calendarId, eventId),
    schema: eventSchema,
    callClass: 'live_read',
    expectStatuses: [404, 410],
  });
  return data;
}

/** "Events: insert". Null: an event with this id exists, or has existed. */
export async function insertEvent(
  http: ProviderHttp,
  calendarId: string,
  event: NewEvent,
): Promise<GoogleEvent | null> {
  const { data } = await http.request({
    operation: 'events.insert',
    method: 'POST',
    url: eventsUrl(calendarId),
    query: { ...QUIET, conferenceDataVersion: 0 },
    json: event,
    schema: eventSchema,
    callClass: 'live_write',
    expectStatuses: [409],
  });
  return data;
}

/**
 * "Events: patch" with the etag ("Get specific versions of resources"). Null: somebody has changed the event since.
 * A patch, because an update would drop every member that is not known here; it costs three units of quota.
 */
export async function patchTimes(
  http: ProviderHttp,
  calendarId: string,
  { id, etag }: Pick<GoogleEvent, 'id' | 'etag'>,
  times: { readonly start: SentTime; readonly end: SentTime },
): Promise<GoogleEvent | null> {
  const { data } = await http.request({
    operation: 'events.patch',
    method: 'PATCH',
    url: eventUrl(calendarId, id),
    query: QUIET,
    ...(etag ? { headers: { 'if-match': etag } } : {}),
    json: times,
    schema: eventSchema,
    callClass: 'live_write',
    expectStatuses: [412],
  });
  return data;
}

/** "Events: move", to another calendar. */
export function moveEvent(
  http: ProviderHttp,
  calendarId: string,
  eventId: string,
  destination: string,
): Promise<GoogleEvent> {
  return send(http, {
    operation: 'events.move',
    method: 'POST',
    url: `${eventUrl(calendarId, eventId)}/move`,
    query: { destination, ...QUIET },
    schema: eventSchema,
    callClass: 'live_write',
  });
}

/** "Events: delete". Answers the status: 404 and 410 are answers. */
export async function deleteEvent(http: ProviderHttp, calendarId: string, eventId: string): Promise<number> {
  const { status } = await http.request({
    operation: 'events.delete',
    method: 'DELETE',
    url: eventUrl(calendarId, eventId),
    query: QUIET,
    schema: z.undefined(),
    callClass: 'live_write',
    expectStatuses: [404, 410],
  });
  return status;
}

/** "Freebusy: query". */
export function queryFreeBusy(
  http: ProviderHttp,
  query: { readonly timeMin: string; readonly timeMax: string; readonly calendarIds: readonly string[] },
): Promise<FreeBusyAnswer> {
  const { timeMin, timeMax, calendarIds } = query;
  return send(http, {
    operation: 'freeBusy.query',
    method: 'POST',
    url: `${API}/freeBusy`,
    json: { timeMin, timeMax, calendarExpansionMax: 50, items: calendarIds.map((id) => ({ id })) },
    schema: freeBusySchema,
    callClass: 'live_read',
  });
}

/** "CalendarList: list", hidden calendars too. */
export function listCalendars(
  http: ProviderHttp,
  query: { readonly pageToken: string | undefined; readonly showDeleted: boolean },
): Promise<CalendarsPage> {
  return send(http, {
    operation: 'calendarList.list',
    method: 'GET',
    url: `${API}/users/me/calendarList`,
    query: { maxResults: 250, showHidden: true, ...query },
    schema: calendarsPageSchema,
  });
}

/** "CalendarList: get". Null: the account does not have this calendar. */
export async function findCalendar(http: ProviderHttp, calendarId: string): Promise<CalendarEntry | null> {
  const { data } = await http.request({
    operation: 'calendarList.get',
    method: 'GET',
    url: `${API}/users/me/calendarList/${encodeURIComponent(calendarId)}`,
    schema: calendarEntrySchema,
    expectStatuses: [404],
  });
  return data;
}

/** "Calendars: get" of the account's main calendar, the only one with working hours. */
export function getPrimaryCalendar(http: ProviderHttp): Promise<z.infer<typeof calendarSchema>> {
  return send(http, {
    operation: 'calendars.get',
    method: 'GET',
    url: `${API}/calendars/primary`,
    schema: calendarSchema,
    callClass: 'live_read',
  });
}

export function unreadable(what: string): HubError {
  return unreadableOf(manifest.name, what);
}
