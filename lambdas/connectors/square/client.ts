/** Square's calls, by the names of its API reference. */
import type * as z from 'zod';
import type { HubError } from '../../core/errors.ts';
import { errorForStatus } from '../../core/provider-http/error-mapping.ts';
import type { CallClass, ProviderHttp, ProviderResponse } from '../../core/provider-http/provider-http.ts';
import { apiAt } from '../kit/api.ts';
import type { TimeWindow } from '../kit/windows.ts';
import { classifyError, isDeadCursor, isStaleVersion } from './errors.ts';
import { API_ORIGIN, API_VERSION, manifest } from './manifest.ts';
import {
  availabilityAnswerSchema,
  bookingAnswerSchema,
  businessProfileSchema,
  customerAnswerSchema,
  locationAnswerSchema,
  locationsSchema,
  merchantAnswerSchema,
  type Page,
  pageSchema,
  type SegmentInput,
  type SquareAvailability,
  type SquareBooking,
  type SquareCustomer,
  type SquareLocation,
} from './schemas.ts';

/** Square has refused some GETs without a content type (square-php-sdk, issue 98). */
const HEADERS = { 'square-version': API_VERSION, 'content-type': 'application/json' };
const PAGE_LIMIT = 100;
const api = apiAt(`${API_ORIGIN}/v2`, manifest.name, HEADERS);
const pathOf = (list: string, id: string) => `/${list}/${encodeURIComponent(id)}`;

/** "ListCustomers", oldest first. */
export function listCustomers(http: ProviderHttp, cursor: string | null): Promise<Page | null> {
  const query = { sort_field: 'CREATED_AT', sort_order: 'ASC' };
  return readPage(http, ['customers.list', 'GET', '/customers'], cursor, { query });
}

/** "SearchCustomers", oldest first; several filters all have to match. */
export function searchCustomers(
  http: ProviderHttp,
  filter: Readonly<Record<string, { start_at: string } | { exact: string }>>,
  cursor: string | null,
  options: { callClass?: CallClass } = {},
): Promise<Page | null> {
  const json = { query: { filter, sort: { field: 'CREATED_AT', order: 'ASC' } } };
  return readPage(http, ['customers.search', 'POST', '/customers/search'], cursor, { json, ...options });
}

/** "RetrieveCustomer". Of a merged profile's id Square answers with the profile that it became. */
export async function getCustomer(http: ProviderHttp, id: string): Promise<SquareCustomer> {
  const options = { callClass: 'live_read' } as const;
  return (await api.call(http, ['customers.get', 'GET', pathOf('customers', id)], customerAnswerSchema, options))
    .customer;
}

/** "CreateCustomer". Square itself has nothing against a second profile of the same person. */
export async function createCustomer(http: ProviderHttp, key: string, customer: object): Promise<SquareCustomer> {
  const options = { json: { idempotency_key: key, ...customer }, callClass: 'live_write' } as const;
  return (await api.call(http, ['customers.create', 'POST', '/customers'], customerAnswerSchema, options)).customer;
}

/** "UpdateCustomer", sparse: what is not named stays. */
export async function updateCustomer(http: ProviderHttp, id: string, change: object): Promise<void> {
  const options = { json: change, callClass: 'live_write' } as const;
  await api.call(http, ['customers.update', 'PUT', pathOf('customers', id)], customerAnswerSchema, options);
}

/** "ListBookings": at most 31 days at once; without `start_at_min` it would begin now. */
export function listBookings(http: ProviderHttp, range: TimeWindow, cursor: string | null): Promise<Page | null> {
  const query = { start_at_min: range.from, start_at_max: range.to };
  return readPage(http, ['bookings.list', 'GET', '/bookings'], cursor, { query });
}

/** "RetrieveBooking". Null: there is none. */
export async function getBooking(http: ProviderHttp, id: string): Promise<SquareBooking | null> {
  const call = ['bookings.get', 'GET', pathOf('bookings', id)] as const;
  return (await api.find(http, call, bookingAnswerSchema, [404, 410], { callClass: 'live_read' }))?.booking ?? null;
}

/** "SearchAvailability": 24 hours to 32 days at once; not paged. */
export async function searchAvailability(http: ProviderHttp, filter: object): Promise<SquareAvailability[]> {
  const call = ['availability.search', 'POST', '/bookings/availability/search'] as const;
  const options = { json: { query: { filter } }, callClass: 'live_read' } as const;
  return (await api.call(http, call, availabilityAnswerSchema, options)).availabilities ?? [];
}

/** "CreateBooking". The same key and the same booking again answer with the booking of the first time. */
export async function createBooking(http: ProviderHttp, key: string, booking: object): Promise<SquareBooking> {
  const options = { json: { idempotency_key: key, booking }, callClass: 'live_write' } as const;
  return (await api.call(http, ['bookings.create', 'POST', '/bookings'], bookingAnswerSchema, options)).booking;
}

/** "UpdateBooking", sparse. `stale`: it was changed since its version was read, and is as it was. */
export function updateBooking(
  http: ProviderHttp,
  id: string,
  key: string,
  booking: { version: number; start_at: string; appointment_segments?: readonly SegmentInput[] },
): Promise<SquareBooking | 'stale'> {
  const json = { idempotency_key: key, booking };
  return versionedWrite(http, ['bookings.update', 'PUT', pathOf('bookings', id)], json);
}

/** "CancelBooking". `stale` as for `updateBooking`. */
export function cancelBooking(
  http: ProviderHttp,
  id: string,
  key: string,
  version: number,
): Promise<SquareBooking | 'stale'> {
  const json = { idempotency_key: key, booking_version: version };
  return versionedWrite(http, ['bookings.cancel', 'POST', `${pathOf('bookings', id)}/cancel`], json);
}

/** "SearchCatalogItems", the services that are offered as appointments. */
export function listServiceItems(http: ProviderHttp, cursor: string | null): Promise<Page | null> {
  const json = { product_types: ['APPOINTMENTS_SERVICE'] };
  return readPage(http, ['services.list', 'POST', '/catalog/search-catalog-items'], cursor, { json });
}

/** "ListTeamMemberBookingProfiles", also of those who can't be booked. */
export function listStaffProfiles(http: ProviderHttp, cursor: string | null): Promise<Page | null> {
  return readPage(http, ['staff.list', 'GET', '/bookings/team-member-booking-profiles'], cursor, { query: {} });
}

/** "ListLocations": all at once, inactive ones too. */
export async function listLocations(http: ProviderHttp): Promise<SquareLocation[]> {
  return (await api.call(http, ['locations.list', 'GET', '/locations'], locationsSchema)).locations;
}

/** "RetrieveLocation". */
export async function getLocation(http: ProviderHttp, id: string): Promise<SquareLocation> {
  return (await api.call(http, ['locations.get', 'GET', pathOf('locations', id)], locationAnswerSchema)).location;
}

/** "RetrieveMerchant", of the token's own. */
export async function getMerchant(http: ProviderHttp): Promise<z.infer<typeof merchantAnswerSchema>['merchant']> {
  return (await api.call(http, ['merchant.get', 'GET', '/merchants/me'], merchantAnswerSchema)).merchant;
}

/** "RetrieveBusinessBookingProfile": whether the business takes bookings. One that never did may have no profile. */
export async function isBookingEnabled(http: ProviderHttp): Promise<boolean> {
  const call = ['bookings.profile', 'GET', '/bookings/business-booking-profile'] as const;
  const found = await api.find(http, call, businessProfileSchema, [404]);
  return found !== null && found.business_booking_profile.booking_enabled !== false;
}

/** A page of a list. Null: the cursor is dead, as they are after about five minutes ("Pagination"). */
async function readPage(
  http: ProviderHttp,
  call: readonly [operation: string, method: 'GET' | 'POST', path: string],
  cursor: string | null,
  asked: { query?: Readonly<Record<string, string>>; json?: object; callClass?: CallClass },
): Promise<Page | null> {
  const paging = { limit: PAGE_LIMIT, ...(cursor === null ? {} : { cursor }) };
  const answer = await api.answer(http, call, pageSchema, {
    ...asked,
    ...(call[1] === 'GET' ? { query: { ...asked.query, ...paging } } : { json: { ...asked.json, ...paging } }),
    ...(cursor === null ? {} : { expectStatuses: [400] }),
  });
  if (answer.data) return answer.data;
  if (isDeadCursor(answer.rejected)) return null;
  throw refusalOf(answer);
}

async function versionedWrite(
  http: ProviderHttp,
  call: readonly [operation: string, method: 'PUT' | 'POST', path: string],
  json: object,
): Promise<SquareBooking | 'stale'> {
  const options = { json, callClass: 'live_write', expectStatuses: [400, 409] } as const;
  const answer = await api.answer(http, call, bookingAnswerSchema, options);
  if (answer.data) return answer.data.booking;
  if (isStaleVersion({ status: answer.status, body: answer.rejected })) return 'stale';
  throw refusalOf(answer);
}

function refusalOf({ status, headers, rejected }: ProviderResponse<unknown>): HubError {
  return classifyError({ status, headers, body: rejected }) ?? errorForStatus(manifest.name, status);
}
