/** The calls to the Google Calendar API (version 3), each named after its page of the reference. */
import * as z from 'zod';
import type { ProviderHttp } from '../../core/provider-http/provider-http.ts';
import type { ConnectorSession } from '../connector.ts';
import { apiAt } from '../kit/api.ts';
import { namedCalendars } from '../kit/calendars.ts';
import { API_ORIGIN, manifest } from './manifest.ts';
import * as schemas from './schemas.ts';

const api = apiAt(`${API_ORIGIN}/calendar/v3`, manifest.name);
const READ = { callClass: 'live_read' } as const;
const WRITE = { callClass: 'live_write' } as const;
/** "Events: insert": replaces the older `sendNotifications`; nobody gets mail because of the hub. */
const QUIET = { sendUpdates: 'none' } as const;

/** The account's main calendar: its real id, kept with the account, or else Google's alias. */
export function primaryCalendarOf({ account }: ConnectorSession): string {
  return account?.attributes.primaryCalendarId ?? 'primary';
}

/** The calendars that customers are booked into; these are synced, too. */
export function bookedCalendarsOf(session: ConnectorSession): string[] {
  return namedCalendars(session) ?? [primaryCalendarOf(session)];
}

/**
 * What may be asked of one calendar's events: `timeMin` and `timeMax` are exclusive bounds of an event's end and of its
 * start. All but the tokens must stay the same while a sync token is followed.
 */
export type EventsQuery = { readonly maxResults: number } & {
  readonly [name in 'pageToken' | 'syncToken' | 'timeMin' | 'timeMax']?: string | undefined;
};

const eventsPath = (calendarId: string) => `/calendars/${encodeURIComponent(calendarId)}/events`;
const eventPath = (calendarId: string, eventId: string) => `${eventsPath(calendarId)}/${encodeURIComponent(eventId)}`;

/** "Events: list", every occurrence of a series by itself, for a caller who waits. */
export function listEvents(http: ProviderHttp, calendarId: string, asked: EventsQuery) {
  const options = { query: { singleEvents: true, ...asked }, ...READ };
  return api.call(http, ['events.list', 'GET', eventsPath(calendarId)], schemas.eventsPageSchema, options);
}

/** "Events: list" for a sync: 400, 404 and 410 are answers. */
export function pullEvents(http: ProviderHttp, calendarId: string, asked: EventsQuery) {
  const options = { query: { singleEvents: true, ...asked }, expectStatuses: [400, 404, 410] };
  return api.answer(http, ['events.list', 'GET', eventsPath(calendarId)], schemas.eventsPageSchema, options);
}

/** "Events: get". Null: there is none. A cancelled event is answered too. */
export function findEvent(http: ProviderHttp, calendarId: string, eventId: string) {
  return api.find(http, ['events.get', 'GET', eventPath(calendarId, eventId)], schemas.eventSchema, [404, 410], READ);
}

/** "Events: insert". Null: an event with this id exists, or has existed. */
export function insertEvent(http: ProviderHttp, calendarId: string, json: { readonly id: string }) {
  const options = { query: { ...QUIET, conferenceDataVersion: 0 }, json, ...WRITE };
  return api.find(http, ['events.insert', 'POST', eventsPath(calendarId)], schemas.eventSchema, [409], options);
}

/**
 * "Events: patch" with the etag ("Get specific versions of resources"). Null: somebody has changed the event since.
 * A patch, because an update would drop every member that is not known here; it costs three units of quota.
 */
export function patchEvent(http: ProviderHttp, calendarId: string, { id, etag }: schemas.GoogleEvent, json: object) {
  const options = { query: QUIET, headers: etag ? { 'if-match': etag } : {}, json, ...WRITE };
  return api.find(http, ['events.patch', 'PATCH', eventPath(calendarId, id)], schemas.eventSchema, [412], options);
}

/** "Events: move", to another calendar. */
export function moveEvent(http: ProviderHttp, calendarId: string, eventId: string, destination: string) {
  const options = { query: { destination, ...QUIET }, ...WRITE };
  return api.call(
    http,
    ['events.move', 'POST', `${eventPath(calendarId, eventId)}/move`],
    schemas.eventSchema,
    options,
  );
}

/** "Events: delete". Answers the status: 404 and 410 are answers. */
export async function deleteEvent(http: ProviderHttp, calendarId: string, eventId: string): Promise<number> {
  const options = { query: QUIET, expectStatuses: [404, 410], ...WRITE };
  return (await api.answer(http, ['events.delete', 'DELETE', eventPath(calendarId, eventId)], z.undefined(), options))
    .status;
}

/** "Events: watch"; `expiration` in Unix ms, as text. */
export function watchEvents(
  http: ProviderHttp,
  calendarId: string,
  json: Readonly<Record<'id' | 'type' | 'address' | 'token' | 'expiration', string>>,
) {
  const call = ['events.watch', 'POST', `${eventsPath(calendarId)}/watch`] as const;
  return api.call(http, call, schemas.channelSchema, { json, ...WRITE });
}

/** "Channels: stop". 404 and 410 are answers: there is no such channel any more. */
export async function stopChannel(http: ProviderHttp, json: { readonly id: string; readonly resourceId: string }) {
  await api.find(http, ['channels.stop', 'POST', '/channels/stop'], z.undefined(), [404, 410], { json, ...WRITE });
}

/** "Freebusy: query". */
export function queryFreeBusy(http: ProviderHttp, timeMin: string, timeMax: string, calendarIds: readonly string[]) {
  const json = { timeMin, timeMax, calendarExpansionMax: 50, items: calendarIds.map((id) => ({ id })) };
  return api.call(http, ['freeBusy.query', 'POST', '/freeBusy'], schemas.freeBusySchema, { json, ...READ });
}

/** "CalendarList: list", hidden calendars too. */
export function listCalendars(http: ProviderHttp, pageToken: string | null, showDeleted: boolean) {
  const query = { maxResults: 250, showHidden: true, showDeleted, pageToken: pageToken ?? undefined };
  return api.call(http, ['calendarList.list', 'GET', '/users/me/calendarList'], schemas.calendarsPageSchema, { query });
}

/** "CalendarList: get". Null: the account does not have this calendar. */
export function findCalendar(http: ProviderHttp, calendarId: string) {
  const path = `/users/me/calendarList/${encodeURIComponent(calendarId)}`;
  return api.find(http, ['calendarList.get', 'GET', path], schemas.calendarEntrySchema, [404]);
}

/** "Calendars: get" of the account's main calendar, the only one with working hours. */
export function getPrimaryCalendar(http: ProviderHttp) {
  return api.call(http, ['calendars.get', 'GET', '/calendars/primary'], schemas.calendarSchema, READ);
}
