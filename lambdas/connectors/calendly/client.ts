/** Typed calls to Calendly's API over the shared provider HTTP. */
import type * as z from 'zod';
import type { HubError } from '../../core/errors.ts';
import type { CallClass, ProviderHttp, ProviderResponse } from '../../core/provider-http/provider-http.ts';
import { send, unreadable as unreadableOf } from '../kit/calls.ts';
import { movedOn } from '../kit/positions.ts';
import type { TimeWindow } from '../kit/windows.ts';
import type { InviteeRequest } from './booking-request.ts';
import { API_ORIGIN, manifest } from './manifest.ts';
import {
  bookedSchema,
  type CalendlyContact,
  type CalendlyEvent,
  type CalendlyEventType,
  type CalendlyPage,
  type CalendlyUser,
  cancellationSchema,
  collectionSchema,
  contactSchema,
  eventSchema,
  eventTypeSchema,
  pageSchema,
  resourceOf,
  userSchema,
} from './schemas.ts';

/** The most that a list gives at once. */
export const PAGE_LIMIT = 100;

/** Whose records are listed: the organization's, which only its owner and admins may see, or one user's. */
export type Whose = { readonly organization: string } | { readonly user: string };

interface List {
  readonly operation: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string | number | undefined>>;
  /** `next_page_token` of the page before. */
  readonly token: string | null;
  readonly callClass?: CallClass;
}

const urlOf = (path: string): string => `${API_ORIGIN}${path}`;
const reading = (callClass: CallClass | undefined) => (callClass === undefined ? {} : { callClass });

/** "Get current user". */
export async function getCurrentUser(http: ProviderHttp): Promise<CalendlyUser> {
  const { resource } = await send(http, {
    operation: 'users.me',
    method: 'GET',
    url: urlOf('/users/me'),
    schema: resourceOf(userSchema),
  });
  return resource;
}

/** "List Organization Memberships" of one user, to the end. */
export async function listMemberships(http: ProviderHttp, user: string): Promise<unknown[]> {
  const query = { user, count: PAGE_LIMIT };
  return (await listAll(http, { operation: 'memberships.list', path: '/organization_memberships', query })) ?? [];
}

/** "List User's Event Types". Null: the page token is no longer good. */
export function listEventTypes(
  http: ProviderHttp,
  query: Whose & { readonly count: number },
  token: string | null,
): Promise<CalendlyPage | null> {
  return listPage(http, { operation: 'eventTypes.list', path: '/event_types', query, token });
}

/** "Get Event Type". */
export async function getEventType(http: ProviderHttp, id: string): Promise<CalendlyEventType> {
  const { resource } = await send(http, {
    operation: 'eventTypes.get',
    method: 'GET',
    url: urlOf(`/event_types/${encodeURIComponent(id)}`),
    schema: resourceOf(eventTypeSchema),
    callClass: 'live_read',
  });
  return resource;
}

/** "List Event Type Available Times": at most 31 days, beginning in the future; no pages. */
export async function listAvailableTimes(
  http: ProviderHttp,
  eventType: string,
  within: TimeWindow,
): Promise<unknown[]> {
  const { collection } = await send(http, {
    operation: 'availableTimes.list',
    method: 'GET',
    url: urlOf('/event_type_available_times'),
    query: { event_type: eventType, start_time: within.from, end_time: within.to },
    schema: collectionSchema,
    callClass: 'live_read',
  });
  return collection;
}

export interface EventQuery {
  readonly min_start_time: string;
  readonly max_start_time?: string;
  readonly invitee_email?: string;
  readonly status?: 'active';
  readonly sort?: 'start_time:asc';
  readonly count: number;
}

/** "List Events". Null: the page token is no longer good. */
export function listEvents(
  http: ProviderHttp,
  query: Whose & EventQuery,
  token: string | null,
  callClass?: CallClass,
): Promise<CalendlyPage | null> {
  const list = { operation: 'events.list', path: '/scheduled_events', query: { ...query }, token };
  return listPage(http, { ...list, ...reading(callClass) });
}

/** "Get Event". Null: there is none. */
export async function getEvent(http: ProviderHttp, id: string): Promise<CalendlyEvent | null> {
  const answer = await http.request({
    operation: 'events.get',
    method: 'GET',
    url: urlOf(`/scheduled_events/${encodeURIComponent(id)}`),
    schema: resourceOf(eventSchema),
    callClass: 'live_read',
    expectStatuses: [404],
  });
  return answer.data?.resource ?? null;
}

/** "List Event Invitees", to the end; there is no call for several events. Null: the event is gone. */
export function listInvitees(http: ProviderHttp, eventId: string, callClass?: CallClass): Promise<unknown[] | null> {
  return listAll(http, {
    operation: 'invitees.list',
    path: `/scheduled_events/${encodeURIComponent(eventId)}/invitees`,
    query: { count: PAGE_LIMIT },
    ...reading(callClass),
  });
}

/** "List Contacts". Null: the page token is no longer good. */
export function listContacts(
  http: ProviderHttp,
  query: { readonly sort: 'created_at:asc' | 'updated_at:desc'; readonly count: number },
  token: string | null,
): Promise<CalendlyPage | null> {
  return listPage(http, { operation: 'contacts.list', path: '/contacts', query, token });
}

/** "List Contacts" with an exact filter, which takes several values; to the end. Null: it does not take these. */
export async function findContacts(
  http: ProviderHttp,
  by: { readonly email: string } | { readonly phone_number: string },
): Promise<unknown[] | null> {
  const rows: unknown[] = [];
  let token: string | null = null;
  do {
    const { data } = await listRequest(
      http,
      {
        operation: 'contacts.find',
        path: '/contacts',
        query: { ...by, count: PAGE_LIMIT },
        token,
        callClass: 'live_read',
      },
      [400],
    );
    if (data === null) return null;
    rows.push(...data.collection);
    token = nextToken(data, token, 'contacts.find');
  } while (token !== null);
  return rows;
}

/** "Create Contact". Null: 409, there is one. */
export async function createContact(
  http: ProviderHttp,
  contact: Readonly<Record<string, unknown>>,
): Promise<CalendlyContact | null> {
  const answer = await http.request({
    operation: 'contacts.create',
    method: 'POST',
    url: urlOf('/contacts'),
    json: contact,
    schema: resourceOf(contactSchema),
    callClass: 'live_write',
    expectStatuses: [409],
  });
  return answer.data?.resource ?? null;
}

/** "Create Event Invitee". 400 may mean that the time is taken, 429 that the day's bookings are used up. */
export function createInvitee(
  http: ProviderHttp,
  request: InviteeRequest,
): Promise<ProviderResponse<z.infer<typeof bookedSchema>>> {
  return http.request({
    operation: 'invitees.create',
    method: 'POST',
    url: urlOf('/invitees'),
    json: request,
    schema: bookedSchema,
    callClass: 'live_write',
    expectStatuses: [400, 429],
  });
}

/** "Cancel Event", for everybody in it. 403 may mean that it is cancelled already. */
export function cancelEvent(
  http: ProviderHttp,
  id: string,
  body: { readonly reason?: string },
): Promise<ProviderResponse<unknown>> {
  return http.request({
    operation: 'events.cancel',
    method: 'POST',
    url: urlOf(`/scheduled_events/${encodeURIComponent(id)}/cancellation`),
    json: body,
    schema: cancellationSchema,
    callClass: 'live_write',
    expectStatuses: [400, 403, 404],
  });
}

/** Where a list goes on; null at its end. */
export function nextToken(page: CalendlyPage, current: string | null, what: string): string | null {
  return movedOn(page.pagination.next_page_token, current, () => unreadable(what));
}

export function unreadable(what: string): HubError {
  return unreadableOf(manifest.name, what);
}

/** How long a page token stays good is not documented, so a 400 to one is an answer. */
async function listPage(http: ProviderHttp, list: List): Promise<CalendlyPage | null> {
  return (await listRequest(http, list, list.token === null ? [] : [400])).data;
}

/** All pages of a short list. Null: 404. */
async function listAll(http: ProviderHttp, list: Omit<List, 'token'>): Promise<unknown[] | null> {
  const rows: unknown[] = [];
  let token: string | null = null;
  do {
    const { data } = await listRequest(http, { ...list, token }, [404]);
    if (data === null) return null;
    rows.push(...data.collection);
    token = nextToken(data, token, list.operation);
  } while (token !== null);
  return rows;
}

function listRequest(http: ProviderHttp, list: List, expectStatuses: readonly number[]) {
  const { operation, path, query, token, callClass } = list;
  return http.request({
    operation,
    method: 'GET',
    url: urlOf(path),
    query: { ...query, page_token: token ?? undefined },
    schema: pageSchema,
    expectStatuses,
    ...reading(callClass),
  });
}
