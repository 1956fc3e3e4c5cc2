/** The calls of Calendly's API; each names its reference page. */
import type { ProviderHttp } from '../../core/provider-http/provider-http.ts';
import { apiAt } from '../kit/api.ts';
import { unreadable } from '../kit/calls.ts';
import { allRows } from '../kit/pages.ts';
import { movedOn } from '../kit/positions.ts';
import type { TimeWindow } from '../kit/windows.ts';
import { API_ORIGIN, manifest } from './manifest.ts';
import {
  bookedSchema,
  type CalendlyPage,
  cancelledSchema,
  collectionSchema,
  contactSchema,
  eventSchema,
  eventTypeSchema,
  pageSchema,
  resourceOf,
  userSchema,
} from './schemas.ts';

const api = apiAt(API_ORIGIN, manifest.name);
/** The most that a list gives at once, and what is asked for unless a query says otherwise. */
const PAGE_LIMIT = 100;

/** Whose records are listed: the organization's, which only its owner and admins may see, or one user's. */
export type Whose = { readonly organization: string } | { readonly user: string };

type Query = Readonly<Record<string, string | number | undefined>>;
type List = readonly [operation: string, path: string, query?: Query];
interface Reading {
  readonly callClass?: 'live_read';
  /** Statuses that are answers: there is no such list. */
  readonly expectStatuses?: readonly number[];
}

export const LIVE = { callClass: 'live_read' } as const;

/** "Get current user". */
export function getCurrentUser(http: ProviderHttp) {
  return api.call(http, ['users.me', 'GET', '/users/me'], resourceOf(userSchema));
}

/** "List Organization Memberships" of one user. */
export async function listMemberships(http: ProviderHttp, user: string): Promise<unknown[]> {
  const list = ['memberships.list', '/organization_memberships', { user }] as const;
  return (await listAll(http, list, { expectStatuses: [404] })) ?? [];
}

/** "Get Event Type". */
export function getEventType(http: ProviderHttp, id: string) {
  const path = `/event_types/${encodeURIComponent(id)}`;
  return api.call(http, ['eventTypes.get', 'GET', path], resourceOf(eventTypeSchema), LIVE);
}

/** "List Event Type Available Times": at most 31 days, beginning in the future; no pages. */
export async function listAvailableTimes(http: ProviderHttp, id: string, { from, to }: TimeWindow): Promise<unknown[]> {
  const event_type = `${API_ORIGIN}/event_types/${encodeURIComponent(id)}`;
  const options = { query: { event_type, start_time: from, end_time: to }, ...LIVE };
  const call = ['availableTimes.list', 'GET', '/event_type_available_times'] as const;
  return (await api.call(http, call, collectionSchema, options)).collection;
}

/** "Get Event". Null: there is none. */
export function getEvent(http: ProviderHttp, id: string) {
  return api.find(http, ['events.get', 'GET', eventPath(id)], resourceOf(eventSchema), [404], LIVE);
}

/** "List Event Invitees"; there is no call for several events. Null: the event is gone. */
export function listInvitees(http: ProviderHttp, eventId: string, reading: Reading = {}): Promise<unknown[] | null> {
  const list = ['invitees.list', `${eventPath(eventId)}/invitees`] as const;
  return listAll(http, list, { ...reading, expectStatuses: [404] });
}

/** "List Contacts" with an exact filter, which takes several values. Null: it does not take these. */
export function findContacts(http: ProviderHttp, by: Query): Promise<unknown[] | null> {
  return listAll(http, ['contacts.find', '/contacts', by], { ...LIVE, expectStatuses: [400] });
}

/** "Create Contact". Null: 409, there is one. */
export function createContact(http: ProviderHttp, json: object) {
  const options = { json, callClass: 'live_write' } as const;
  return api.find(http, ['contacts.create', 'POST', '/contacts'], resourceOf(contactSchema), [409], options);
}

/** "Create Event Invitee". 400 may mean that the time is taken, 429 that the day's bookings are used up. */
export function createInvitee(http: ProviderHttp, json: object) {
  const options = { json, callClass: 'live_write', expectStatuses: [400, 429] } as const;
  return api.answer(http, ['invitees.create', 'POST', '/invitees'], bookedSchema, options);
}

/** "Cancel Event", for everybody in it. 403 may mean that it is cancelled already. */
export function cancelEvent(http: ProviderHttp, id: string, json: { readonly reason?: string }) {
  const options = { json, callClass: 'live_write', expectStatuses: [400, 403, 404] } as const;
  return api.answer(http, ['events.cancel', 'POST', `${eventPath(id)}/cancellation`], cancelledSchema, options);
}

/** A page of a list. Null: its token is no longer good; how long one stays good is not documented, so 400 is an answer. */
export async function listPage(
  http: ProviderHttp,
  [operation, path, query]: List,
  token: string | null,
  { expectStatuses = token === null ? [] : [400], ...reading }: Reading = {},
): Promise<CalendlyPage | null> {
  const asked = { ...reading, query: { count: PAGE_LIMIT, ...query, page_token: token ?? undefined } };
  const page = await api.find(http, [operation, 'GET', path], pageSchema, expectStatuses, asked);
  return page && { ...page, next: movedOn(page.next, token, stuckAt(operation)) };
}

function listAll(http: ProviderHttp, list: List, reading: Reading): Promise<unknown[] | null> {
  return allRows<string>((token) => listPage(http, list, token, reading), stuckAt(list[0]));
}

function stuckAt(operation: string) {
  return () => unreadable(manifest.name, operation);
}

function eventPath(id: string): string {
  return `/scheduled_events/${encodeURIComponent(id)}`;
}
