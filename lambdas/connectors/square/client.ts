/** Square's calls, by the names of its API reference. */
import type * as z from 'zod';
import { errorForStatus } from '../../core/provider-http/error-mapping.ts';
import type { CallClass, ProviderHttp } from '../../core/provider-http/provider-http.ts';
import { apiAt } from '../kit/api.ts';
import type { TimeWindow } from '../kit/windows.ts';
import { classifyError, type ErrorAnswer, isDeadCursor, isStaleVersion } from './errors.ts';
import { API_ORIGIN, API_VERSION, manifest } from './manifest.ts';
import {
  availabilitiesSchema,
  bookingProfileSchema,
  bookingSchema,
  customerSchema,
  locationSchema,
  locationsSchema,
  merchantSchema,
  pageSchema,
  profilesSchema,
  retrievedSchema,
  within,
} from './schemas.ts';

/** Square has refused some GETs without a content type (square-php-sdk, issue 98). */
const HEADERS = { 'square-version': API_VERSION, 'content-type': 'application/json' };
const PAGE_LIMIT = 100;
type Call = readonly [operation: string, method: 'GET' | 'POST' | 'PUT', path: string];

const api = apiAt(`${API_ORIGIN}/v2`, manifest.name, HEADERS);
const pathOf = (list: string, id: string) => `/${list}/${encodeURIComponent(id)}`;
const [aCustomer, aBooking] = [within('customer', customerSchema), within('booking', bookingSchema)];
const read = { callClass: 'live_read' } as const;
const write = { callClass: 'live_write' } as const;

/** "ListCustomers", oldest first. */
export function listCustomers(http: ProviderHttp, cursor: string | null) {
  const query = { sort_field: 'CREATED_AT', sort_order: 'ASC' };
  return readPage(http, ['customers.list', 'GET', '/customers'], cursor, { query });
}

/** "SearchCustomers", oldest first; several filters all have to match. */
export function searchCustomers(
  http: ProviderHttp,
  filter: Readonly<Record<string, { start_at: string } | { exact: string }>>,
  cursor: string | null,
  options: { callClass?: CallClass } = {},
) {
  const json = { query: { filter, sort: { field: 'CREATED_AT', order: 'ASC' } } };
  return readPage(http, ['customers.search', 'POST', '/customers/search'], cursor, { json, ...options });
}

/** "RetrieveCustomer". Of a merged profile's id Square answers with the profile that it became. */
export function getCustomer(http: ProviderHttp, id: string) {
  return api.call(http, ['customers.get', 'GET', pathOf('customers', id)], aCustomer, read);
}

/** "BulkRetrieveCustomers": each by the id that was asked for, as `getCustomer` answers. */
export function retrieveCustomers(http: ProviderHttp, ids: readonly string[]) {
  const call = ['customers.retrieve', 'POST', '/customers/bulk-retrieve'] as const;
  return api.call(http, call, within('responses', profilesSchema), { json: { customer_ids: ids } });
}

/** "CreateCustomer". Square itself has nothing against a second profile of the same person. */
export function createCustomer(http: ProviderHttp, key: string, customer: object) {
  const json = { idempotency_key: key, ...customer };
  return api.call(http, ['customers.create', 'POST', '/customers'], aCustomer, { json, ...write });
}

/** "UpdateCustomer", sparse: what is not named stays. */
export function updateCustomer(http: ProviderHttp, id: string, json: object) {
  return api.call(http, ['customers.update', 'PUT', pathOf('customers', id)], aCustomer, { json, ...write });
}

/** "ListBookings": at most 31 days at once; without `start_at_min` it would begin now. */
export function listBookings(http: ProviderHttp, { from, to }: TimeWindow, cursor: string | null) {
  const query = { start_at_min: from, start_at_max: to };
  return readPage(http, ['bookings.list', 'GET', '/bookings'], cursor, { query });
}

/** "RetrieveBooking". Null: there is none. */
export function getBooking(http: ProviderHttp, id: string) {
  return api.find(http, ['bookings.get', 'GET', pathOf('bookings', id)], aBooking, [404, 410], read);
}

/** "BulkRetrieveBookings": each by its id, or what is wrong with it. */
export function retrieveBookings(http: ProviderHttp, ids: readonly string[]) {
  const call = ['bookings.retrieve', 'POST', '/bookings/bulk-retrieve'] as const;
  return api.call(http, call, within('bookings', retrievedSchema), { json: { booking_ids: ids } });
}

/** "SearchAvailability": 24 hours to 32 days at once; not paged. */
export function searchAvailability(http: ProviderHttp, filter: object) {
  const call = ['availability.search', 'POST', '/bookings/availability/search'] as const;
  const schema = within('availabilities', availabilitiesSchema);
  return api.call(http, call, schema, { json: { query: { filter } }, ...read });
}

/** "CreateBooking". The same key and the same booking again answer with the booking of the first time. */
export function createBooking(http: ProviderHttp, key: string, booking: object) {
  const json = { idempotency_key: key, booking };
  return api.call(http, ['bookings.create', 'POST', '/bookings'], aBooking, { json, ...write });
}

/** "UpdateBooking", sparse. Null: it was changed since its version was read, and is as it was. */
export function updateBooking(http: ProviderHttp, id: string, key: string, booking: object) {
  const options = { json: { idempotency_key: key, booking }, ...write };
  return unless(isStaleVersion, http, ['bookings.update', 'PUT', pathOf('bookings', id)], aBooking, options);
}

/** "CancelBooking". Null as for `updateBooking`. */
export function cancelBooking(http: ProviderHttp, id: string, key: string, version: number) {
  const options = { json: { idempotency_key: key, booking_version: version }, ...write };
  return unless(
    isStaleVersion,
    http,
    ['bookings.cancel', 'POST', `${pathOf('bookings', id)}/cancel`],
    aBooking,
    options,
  );
}

/** "SearchCatalogItems", the services that are offered as appointments. */
export function listServiceItems(http: ProviderHttp, cursor: string | null) {
  const json = { product_types: ['APPOINTMENTS_SERVICE'] };
  return readPage(http, ['services.list', 'POST', '/catalog/search-catalog-items'], cursor, { json });
}

/** "ListTeamMemberBookingProfiles", also of those who can't be booked. */
export function listStaffProfiles(http: ProviderHttp, cursor: string | null) {
  return readPage(http, ['staff.list', 'GET', '/bookings/team-member-booking-profiles'], cursor, { query: {} });
}

/** "ListLocations": all at once, inactive ones too. */
export function listLocations(http: ProviderHttp) {
  return api.call(http, ['locations.list', 'GET', '/locations'], within('locations', locationsSchema));
}

/** "RetrieveLocation". */
export function getLocation(http: ProviderHttp, id: string) {
  return api.call(http, ['locations.get', 'GET', pathOf('locations', id)], within('location', locationSchema));
}

/** "RetrieveMerchant", of the token's own. */
export function getMerchant(http: ProviderHttp) {
  return api.call(http, ['merchant.get', 'GET', '/merchants/me'], within('merchant', merchantSchema));
}

/** "RetrieveBusinessBookingProfile". Null: a business that never took bookings may have none. */
export function findBookingProfile(http: ProviderHttp) {
  const call = ['bookings.profile', 'GET', '/bookings/business-booking-profile'] as const;
  return api.find(http, call, within('business_booking_profile', bookingProfileSchema), [404]);
}

/** A page. Null: the cursor is dead, as it is after about five minutes ("Pagination"). */
function readPage(
  http: ProviderHttp,
  call: Call,
  cursor: string | null,
  asked: { query?: Readonly<Record<string, string>>; json?: object; callClass?: CallClass },
) {
  const paging = { limit: PAGE_LIMIT, ...(cursor === null ? {} : { cursor }) };
  const given = asked.query ? { query: { ...asked.query, ...paging } } : { json: { ...asked.json, ...paging } };
  const options = { ...asked, ...given };
  if (cursor === null) return api.call(http, call, pageSchema, options);
  return unless(({ body }) => isDeadCursor(body), http, call, pageSchema, options);
}

/** The answer, or null for a refusal that `isExpected` recognizes. */
async function unless<Schema extends z.ZodType>(
  isExpected: (refusal: ErrorAnswer) => boolean,
  http: ProviderHttp,
  call: Call,
  schema: Schema,
  options: Parameters<typeof api.answer>[3],
): Promise<z.infer<Schema> | null> {
  const { status, headers, data, rejected } = await api.answer(http, call, schema, {
    ...options,
    expectStatuses: [400, 409],
  });
  if (data !== null) return data;
  const refusal = { status, headers, body: rejected };
  if (isExpected(refusal)) return null;
  throw classifyError(refusal) ?? errorForStatus(manifest.name, status);
}
