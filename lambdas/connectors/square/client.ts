/** Typed calls to Square's API over the shared provider HTTP. */
import type * as z from 'zod';
import type { HubError } from '../../core/errors.ts';
import { errorForStatus } from '../../core/provider-http/error-mapping.ts';
import type { ProviderHttp, ProviderRequest, ProviderResponse } from '../../core/provider-http/provider-http.ts';
import { send, unreadable as unreadableOf } from '../kit/calls.ts';
import { classifyError, isDeadCursor, isStaleVersion } from './errors.ts';
import { API_ORIGIN, API_VERSION, manifest } from './manifest.ts';
import {
  availabilityAnswerSchema,
  bookingAnswerSchema,
  bookingsPageSchema,
  businessProfileSchema,
  customerAnswerSchema,
  customersPageSchema,
  itemsPageSchema,
  locationAnswerSchema,
  locationsSchema,
  merchantAnswerSchema,
  type Page,
  type SegmentInput,
  type SquareAvailability,
  type SquareBooking,
  type SquareCustomer,
  type SquareLocation,
  staffPageSchema,
} from './schemas.ts';

export const PAGE_LIMIT = 100;

export interface TimeRange {
  readonly start_at?: string;
  readonly end_at?: string;
}

export interface CustomerFilter {
  readonly created_at?: TimeRange;
  readonly updated_at?: TimeRange;
  readonly phone_number?: { readonly exact: string };
  readonly email_address?: { readonly exact: string };
}

export interface BookingInput {
  readonly location_id: string;
  readonly start_at: string;
  readonly customer_id: string;
  readonly customer_note?: string;
  readonly appointment_segments: readonly SegmentInput[];
}

/** `booking_id` asks for the times to which that booking can move; place and segments are its own then. */
export type AvailabilityFilter = { readonly start_at_range: Required<TimeRange> } & (
  | { readonly booking_id: string }
  | {
      readonly location_id: string;
      readonly segment_filters: readonly {
        readonly service_variation_id: string;
        readonly team_member_id_filter?: { readonly any: readonly string[] };
      }[];
    }
);

/** Square has refused some GETs without a content type (square-php-sdk, issue 98). */
const HEADERS = { 'square-version': API_VERSION, 'content-type': 'application/json' } as const;

type Call<Schema extends z.ZodType> = Pick<ProviderRequest<Schema>, 'operation' | 'method' | 'schema'> &
  Partial<ProviderRequest<Schema>> & { readonly path: string };

function requestOf<Schema extends z.ZodType>({ path, ...call }: Call<Schema>): ProviderRequest<Schema> {
  return { ...call, url: `${API_ORIGIN}/v2${path}`, headers: HEADERS };
}

/** "ListCustomers", oldest first. Null: the cursor is dead. */
export function listCustomers(http: ProviderHttp, cursor: string | null): Promise<Page | null> {
  return readPage(http, cursor, {
    operation: 'customers.list',
    method: 'GET',
    path: '/customers',
    query: { limit: PAGE_LIMIT, sort_field: 'CREATED_AT', sort_order: 'ASC', cursor: cursor ?? undefined },
    schema: customersPageSchema,
  });
}

/** "SearchCustomers", oldest first. Null: the cursor is dead. */
export function searchCustomers(
  http: ProviderHttp,
  filter: CustomerFilter,
  cursor: string | null,
  options: Pick<ProviderRequest<z.ZodType>, 'callClass'> = {},
): Promise<Page | null> {
  return readPage(http, cursor, {
    operation: 'customers.search',
    method: 'POST',
    path: '/customers/search',
    json: {
      query: { filter, sort: { field: 'CREATED_AT', order: 'ASC' } },
      limit: PAGE_LIMIT,
      ...(cursor === null ? {} : { cursor }),
    },
    schema: customersPageSchema,
    ...options,
  });
}

/** "RetrieveCustomer". Of a merged profile's id Square answers with the profile that it became. */
export async function getCustomer(http: ProviderHttp, id: string): Promise<SquareCustomer> {
  const { customer } = await send(
    http,
    requestOf({
      operation: 'customers.get',
      method: 'GET',
      path: `/customers/${encodeURIComponent(id)}`,
      schema: customerAnswerSchema,
      callClass: 'live_read',
    }),
  );
  return customer;
}

/** "CreateCustomer". Square itself has nothing against a second profile of the same person. */
export async function createCustomer(
  http: ProviderHttp,
  customer: Readonly<Record<string, string>>,
  idempotencyKey: string,
): Promise<SquareCustomer> {
  const created = await send(
    http,
    requestOf({
      operation: 'customers.create',
      method: 'POST',
      path: '/customers',
      json: { idempotency_key: idempotencyKey, ...customer },
      schema: customerAnswerSchema,
      callClass: 'live_write',
    }),
  );
  return created.customer;
}

/** "UpdateCustomer", sparse: what is not named stays. */
export async function updateCustomer(
  http: ProviderHttp,
  id: string,
  change: Readonly<Record<string, string | number>>,
): Promise<void> {
  await send(
    http,
    requestOf({
      operation: 'customers.update',
      method: 'PUT',
      path: `/customers/${encodeURIComponent(id)}`,
      json: change,
      schema: customerAnswerSchema,
      callClass: 'live_write',
    }),
  );
}

/** "ListBookings": at most 31 days at once; without `start_at_min` it would begin now. Null: the cursor is dead. */
export function listBookings(
  http: ProviderHttp,
  range: { readonly from: string; readonly to: string },
  cursor: string | null,
): Promise<Page | null> {
  return readPage(http, cursor, {
    operation: 'bookings.list',
    method: 'GET',
    path: '/bookings',
    query: {
      start_at_min: range.from,
      start_at_max: range.to,
      limit: PAGE_LIMIT,
      cursor: cursor ?? undefined,
    },
    schema: bookingsPageSchema,
  });
}

/** "RetrieveBooking". Null: there is none. */
export async function getBooking(http: ProviderHttp, id: string): Promise<SquareBooking | null> {
  const { data } = await http.request(
    requestOf({
      operation: 'bookings.get',
      method: 'GET',
      path: `/bookings/${encodeURIComponent(id)}`,
      schema: bookingAnswerSchema,
      callClass: 'live_read',
      expectStatuses: [404, 410],
    }),
  );
  return data?.booking ?? null;
}

/** "SearchAvailability": 24 hours to 32 days at once; not paged. */
export async function searchAvailability(
  http: ProviderHttp,
  filter: AvailabilityFilter,
): Promise<readonly SquareAvailability[]> {
  const { availabilities } = await send(
    http,
    requestOf({
      operation: 'availability.search',
      method: 'POST',
      path: '/bookings/availability/search',
      json: { query: { filter } },
      schema: availabilityAnswerSchema,
      callClass: 'live_read',
    }),
  );
  return availabilities ?? [];
}

/** "CreateBooking". The same key and the same booking again answer with the booking of the first time. */
export async function createBooking(
  http: ProviderHttp,
  booking: BookingInput,
  idempotencyKey: string,
): Promise<SquareBooking> {
  const created = await send(
    http,
    requestOf({
      operation: 'bookings.create',
      method: 'POST',
      path: '/bookings',
      json: { idempotency_key: idempotencyKey, booking },
      schema: bookingAnswerSchema,
      callClass: 'live_write',
    }),
  );
  return created.booking;
}

/** "UpdateBooking", sparse. `stale`: it was changed since its version was read, and is as it was. */
export function updateBooking(
  http: ProviderHttp,
  id: string,
  change: {
    readonly version: number;
    readonly start_at: string;
    readonly appointment_segments?: readonly SegmentInput[];
  },
  idempotencyKey: string,
): Promise<SquareBooking | 'stale'> {
  return versionedWrite(http, {
    operation: 'bookings.update',
    method: 'PUT',
    path: `/bookings/${encodeURIComponent(id)}`,
    json: { idempotency_key: idempotencyKey, booking: change },
  });
}

/** "CancelBooking". `stale` as for `updateBooking`. */
export function cancelBooking(
  http: ProviderHttp,
  id: string,
  version: number,
  idempotencyKey: string,
): Promise<SquareBooking | 'stale'> {
  return versionedWrite(http, {
    operation: 'bookings.cancel',
    method: 'POST',
    path: `/bookings/${encodeURIComponent(id)}/cancel`,
    json: { idempotency_key: idempotencyKey, booking_version: version },
  });
}

/** "SearchCatalogItems", the services that are offered as appointments. Null: the cursor is dead. */
export function listServiceItems(http: ProviderHttp, cursor: string | null): Promise<Page | null> {
  return readPage(http, cursor, {
    operation: 'services.list',
    method: 'POST',
    path: '/catalog/search-catalog-items',
    json: {
      product_types: ['APPOINTMENTS_SERVICE'],
      limit: PAGE_LIMIT,
      ...(cursor === null ? {} : { cursor }),
    },
    schema: itemsPageSchema,
  });
}

/** "ListTeamMemberBookingProfiles", also of those who can't be booked. Null: the cursor is dead. */
export function listStaffProfiles(http: ProviderHttp, cursor: string | null): Promise<Page | null> {
  return readPage(http, cursor, {
    operation: 'staff.list',
    method: 'GET',
    path: '/bookings/team-member-booking-profiles',
    query: { limit: PAGE_LIMIT, cursor: cursor ?? undefined },
    schema: staffPageSchema,
  });
}

/** "ListLocations": all at once, inactive ones too. */
export async function listLocations(http: ProviderHttp): Promise<SquareLocation[]> {
  const { locations } = await send(
    http,
    requestOf({ operation: 'locations.list', method: 'GET', path: '/locations', schema: locationsSchema }),
  );
  return locations;
}

/** "RetrieveLocation". */
export async function getLocation(http: ProviderHttp, id: string): Promise<SquareLocation> {
  const { location } = await send(
    http,
    requestOf({
      operation: 'locations.get',
      method: 'GET',
      path: `/locations/${encodeURIComponent(id)}`,
      schema: locationAnswerSchema,
    }),
  );
  return location;
}

/** "RetrieveMerchant", of the token's own. */
export async function getMerchant(http: ProviderHttp): Promise<z.infer<typeof merchantAnswerSchema>['merchant']> {
  const { merchant } = await send(
    http,
    requestOf({ operation: 'merchant.get', method: 'GET', path: '/merchants/me', schema: merchantAnswerSchema }),
  );
  return merchant;
}

/** "RetrieveBusinessBookingProfile": whether the business takes bookings. One that never did may have no profile. */
export async function isBookingEnabled(http: ProviderHttp): Promise<boolean> {
  const { data } = await http.request(
    requestOf({
      operation: 'bookings.profile',
      method: 'GET',
      path: '/bookings/business-booking-profile',
      schema: businessProfileSchema,
      expectStatuses: [404],
    }),
  );
  return data !== null && data.business_booking_profile.booking_enabled !== false;
}

export function unreadable(what: string): HubError {
  return unreadableOf(manifest.name, what);
}

/** Cursors live for about five minutes ("Pagination"); a dead one is an answer, everything else an error. */
async function readPage(http: ProviderHttp, cursor: string | null, call: Call<z.ZodType<Page>>): Promise<Page | null> {
  const answer = await http.request(requestOf({ ...call, ...(cursor === null ? {} : { expectStatuses: [400] }) }));
  if (answer.data !== null) return answer.data;
  if (isDeadCursor(answer.rejected)) return null;
  throw refusalOf(answer);
}

async function versionedWrite(
  http: ProviderHttp,
  call: Pick<Call<z.ZodType>, 'operation' | 'method' | 'path' | 'json'>,
): Promise<SquareBooking | 'stale'> {
  const answer = await http.request(
    requestOf({ ...call, schema: bookingAnswerSchema, callClass: 'live_write', expectStatuses: [400, 409] }),
  );
  if (answer.data !== null) return answer.data.booking;
  if (isStaleVersion({ status: answer.status, body: answer.rejected })) return 'stale';
  throw refusalOf(answer);
}

function refusalOf({ status, headers, rejected }: ProviderResponse<unknown>): HubError {
  return classifyError({ status, headers, body: rejected }) ?? errorForStatus(manifest.name, status);
}
