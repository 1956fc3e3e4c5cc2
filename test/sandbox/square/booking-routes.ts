import type { Hono } from 'hono';
import * as z from 'zod';
import { addDays, dateIn } from '../../../lambdas/core/time/zoned-time.ts';
import { iso } from '../mechanics/clock.ts';
import { invalid, notFound, SquareFailure, timeTaken } from './errors.ts';
import type { Guard, SquareContext, SquareEnv } from './guard.ts';
import { once } from './idempotency.ts';
import { fits, GRID_MINUTES, isOpen, openOn } from './opening.ts';
import { limitOf, pageOf } from './paging.ts';
import { jsonOf } from './request-json.ts';
import type { Booking, Segment, Seller } from './seller.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** Of lists. */
const LONGEST_LIST = 31 * DAY;
/** Of availability searches. */
const SEARCH = { shortest: DAY, longest: 32 * DAY };
const LEAD_MS = 60 * MINUTE;

const instant = z.iso.datetime({ offset: true });
const segmentSchema = z.looseObject({
  team_member_id: z.string().min(1),
  service_variation_id: z.string().optional(),
  service_variation_version: z.number().optional(),
  duration_minutes: z.number().optional(),
});
const createSchema = z.looseObject({
  booking: z.looseObject({
    location_id: z.string(),
    start_at: instant,
    customer_id: z.string(),
    customer_note: z.string().max(4096).optional(),
    appointment_segments: z.array(segmentSchema).min(1),
  }),
});
const updateSchema = z.looseObject({
  booking: z.looseObject({
    version: z.number().optional(),
    start_at: instant.optional(),
    location_id: z.string().optional(),
    customer_note: z.string().optional(),
    appointment_segments: z.array(segmentSchema).min(1).optional(),
  }),
});
const retrieveSchema = z.looseObject({ booking_ids: z.array(z.string()).min(1) });
const cancelSchema = z.looseObject({ booking_version: z.number().optional() });
const searchSchema = z.looseObject({
  query: z.looseObject({
    filter: z.looseObject({
      start_at_range: z.looseObject({ start_at: instant, end_at: instant }),
      location_id: z.string().optional(),
      booking_id: z.string().optional(),
      segment_filters: z
        .array(
          z.looseObject({
            service_variation_id: z.string(),
            team_member_id_filter: z
              .looseObject({ any: z.array(z.string()).optional(), none: z.array(z.string()).optional() })
              .optional(),
          }),
        )
        .min(1)
        .optional(),
    }),
  }),
});
type SearchFilter = z.infer<typeof searchSchema>['query']['filter'];

/** Square's Bookings API, as buyers and sellers use it. */
export function addBookingRoutes(app: Hono<SquareEnv>, guard: Guard): void {
  app.get('/v2/bookings', guard.require('APPOINTMENTS_READ'), (c) => list(c, guard));

  app.get('/v2/bookings/business-booking-profile', guard.require('APPOINTMENTS_BUSINESS_SETTINGS_READ'), (c) => {
    const { merchantId, settings } = c.get('seller');
    return c.json({
      business_booking_profile: {
        seller_id: merchantId,
        created_at: '2024-02-01T09:00:00Z',
        booking_enabled: settings.bookingEnabled,
        booking_policy: settings.requiresAcceptance ? 'REQUIRES_ACCEPTANCE' : 'ACCEPT_ALL',
        allow_user_cancel: true,
        support_seller_level_writes: settings.plan === 'plus',
      },
    });
  });

  app.get('/v2/bookings/team-member-booking-profiles', guard.require('APPOINTMENTS_BUSINESS_SETTINGS_READ'), (c) => {
    const { staff, clock, settings } = c.get('seller');
    const only = c.req.query('bookable_only') === 'true';
    const page = pageOf({
      rows: staff.filter(({ bookable }) => bookable || !only).toSorted((a, b) => (a.id < b.id ? -1 : 1)),
      keyOf: ({ id }) => id,
      limit: limitOf(c.req.query('limit'), 100),
      cursor: c.req.query('cursor'),
      query: only,
      now: clock.now(),
      cursorMs: settings.cursorMs,
    });
    const profiles = page.rows.map(({ id, name, bookable }) => ({
      team_member_id: id,
      display_name: name,
      is_bookable: bookable,
    }));
    return c.json({
      ...(profiles.length === 0 ? {} : { team_member_booking_profiles: profiles }),
      ...(page.cursor ? { cursor: page.cursor } : {}),
    });
  });

  app.post('/v2/bookings/availability/search', guard.require('APPOINTMENTS_READ'), async (c) => {
    const { query } = await jsonOf(c, searchSchema);
    return c.json({ availabilities: availabilities(c.get('seller'), query.filter) });
  });

  app.post('/v2/bookings/bulk-retrieve', guard.require('APPOINTMENTS_READ'), async (c) => {
    const seller = c.get('seller');
    const { booking_ids: ids } = await jsonOf(c, retrieveSchema);
    const bookings = ids.map((id) => {
      const booking = seller.bookings.get(id);
      const missing = { errors: [{ category: 'INVALID_REQUEST_ERROR', code: 'NOT_FOUND' }] };
      return [id, booking ? { booking: seller.bookingBody(booking) } : missing];
    });
    return c.json({ bookings: Object.fromEntries(bookings) });
  });

  app.post('/v2/bookings', guard.require('APPOINTMENTS_WRITE'), async (c) => {
    const seller = c.get('seller');
    const body = await jsonOf(c, createSchema);
    const asSeller = guard.isSellerLevel(c);
    const id = once(seller, body, () => create(seller, body.booking, asSeller).id);
    return c.json({ booking: seller.bookingBody(known(seller, id)) });
  });

  app.get('/v2/bookings/:id', guard.require('APPOINTMENTS_READ'), (c) =>
    c.json({ booking: c.get('seller').bookingBody(find(c)) }),
  );

  app.put('/v2/bookings/:id', guard.require('APPOINTMENTS_WRITE'), async (c) => {
    const seller = c.get('seller');
    const booking = find(c);
    const body = await jsonOf(c, updateSchema);
    const asSeller = guard.isSellerLevel(c);
    once(seller, body, () => update(seller, booking, body.booking, asSeller));
    return c.json({ booking: seller.bookingBody(booking) });
  });

  app.post('/v2/bookings/:id/cancel', guard.require('APPOINTMENTS_WRITE'), async (c) => {
    const seller = c.get('seller');
    const booking = find(c);
    const body = await jsonOf(c, cancelSchema);
    const asSeller = guard.isSellerLevel(c);
    once(seller, body, () => {
      requireVersion(seller, booking, body.booking_version);
      requireChangeable(seller, booking, asSeller);
      seller.changeBooking(booking, { status: asSeller ? 'CANCELLED_BY_SELLER' : 'CANCELLED_BY_CUSTOMER' });
      return booking.id;
    });
    return c.json({ booking: seller.bookingBody(booking) });
  });
}

/** From now for 31 days unless asked otherwise; there is no filter by time of change. */
function list(c: SquareContext, guard: Guard) {
  const seller = c.get('seller');
  const now = seller.clock.now();
  const { start_at_min, start_at_max, limit, cursor, ...others } = c.req.query();
  const from = timeOf(start_at_min, 'start_at_min') ?? now;
  const to = timeOf(start_at_max, 'start_at_max') ?? from + LONGEST_LIST;
  if (to < from || to - from > LONGEST_LIST) throw invalid('INVALID_TIME_RANGE', 'start_at_max');
  const all = guard.seesAllBookings(c);
  const inclusive = seller.settings.rangeEnds === 'inclusive';
  const rows = [...seller.bookings.values()].filter(
    ({ startAt, source, locationId, customerId, segments }) =>
      (inclusive ? startAt >= from && startAt <= to : startAt > from && startAt < to) &&
      (all || source === 'API') &&
      (others.location_id === undefined || locationId === others.location_id) &&
      (others.customer_id === undefined || customerId === others.customer_id) &&
      (others.team_member_id === undefined || segments.some(({ team_member_id: id }) => id === others.team_member_id)),
  );
  const keyOf = ({ startAt, id }: Booking) => `${String(startAt).padStart(15, '0')} ${id}`;
  const page = pageOf({
    rows: rows.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1)),
    keyOf,
    limit: limitOf(limit, 10_000, 100),
    cursor,
    query: [start_at_min, start_at_max, others],
    now,
    cursorMs: seller.settings.cursorMs,
  });
  return c.json({
    ...(page.rows.length === 0 ? {} : { bookings: page.rows.map((booking) => seller.bookingBody(booking)) }),
    ...(page.cursor === undefined ? {} : { cursor: page.cursor }),
  });
}

function timeOf(text: string | undefined, field: string): number | null {
  if (text === undefined) return null;
  if (!instant.safeParse(text).success) throw invalid('INVALID_TIME', field);
  return Date.parse(text);
}

function create(seller: Seller, wanted: z.infer<typeof createSchema>['booking'], asSeller: boolean): Booking {
  const location = seller.locations.find(({ id, status }) => id === wanted.location_id && status === 'ACTIVE');
  if (!location) throw invalid('INVALID_VALUE', 'booking.location_id');
  const customer = seller.customer(wanted.customer_id);
  if (!customer) throw invalid('CUSTOMER_NOT_FOUND', 'booking.customer_id');
  if (!asSeller && !customer.members.phone_number) {
    throw invalid('BAD_REQUEST', 'booking.customer_id', 'The customer needs a phone number.');
  }
  const segments = checkedSegments(seller, wanted.appointment_segments);
  const startAt = Date.parse(wanted.start_at);
  if (!asSeller) requireFree(seller, segments, startAt, location.timezone, null);
  return seller.addBooking({
    status: seller.settings.requiresAcceptance && !asSeller ? 'PENDING' : 'ACCEPTED',
    startAt,
    locationId: location.id,
    customerId: customer.id,
    customerNote: wanted.customer_note ?? null,
    allDay: false,
    segments,
    source: 'API',
  });
}

function update(
  seller: Seller,
  booking: Booking,
  wanted: z.infer<typeof updateSchema>['booking'],
  asSeller: boolean,
): string {
  requireVersion(seller, booking, wanted.version);
  requireChangeable(seller, booking, asSeller);
  if (wanted.location_id !== undefined && wanted.location_id !== booking.locationId) {
    throw invalid('BAD_REQUEST', 'booking.location_id', 'A booking keeps its location.');
  }
  const segments = wanted.appointment_segments
    ? checkedSegments(seller, wanted.appointment_segments)
    : booking.segments;
  const startAt = wanted.start_at === undefined ? booking.startAt : Date.parse(wanted.start_at);
  const zone = seller.locations.find(({ id }) => id === booking.locationId)?.timezone ?? 'UTC';
  if (!asSeller) requireFree(seller, segments, startAt, zone, booking.id);
  seller.changeBooking(booking, {
    startAt,
    segments,
    ...(wanted.customer_note === undefined ? {} : { customerNote: wanted.customer_note }),
  });
  return booking.id;
}

/** What is asked for must be what the catalog has now; its length is the catalog's, too. */
function checkedSegments(seller: Seller, wanted: readonly z.infer<typeof segmentSchema>[]): Segment[] {
  return wanted.map((segment, index) => {
    const field = `booking.appointment_segments[${index}]`;
    const variation = seller.variation(segment.service_variation_id);
    if (!variation) throw invalid('INVALID_VALUE', `${field}.service_variation_id`);
    if (segment.service_variation_version !== variation.version) {
      throw invalid('INVALID_VALUE', `${field}.service_variation_version`);
    }
    const person = seller.staff.find(({ id }) => id === segment.team_member_id);
    if (!person?.bookable || !variation.staff.includes(person.id))
      throw invalid('INVALID_VALUE', `${field}.team_member_id`);
    return {
      duration_minutes: segment.duration_minutes ?? variation.minutes,
      service_variation_id: variation.id,
      service_variation_version: variation.version,
      team_member_id: person.id,
      intermission_minutes: 0,
      any_team_member: false,
    };
  });
}

function requireFree(seller: Seller, segments: Segment[], startAt: number, zone: string, except: string | null): void {
  const minutes = segments.reduce((sum, { duration_minutes = 0 }) => sum + duration_minutes, 0);
  const tooLate = startAt < seller.clock.now();
  if (tooLate || !isOpen(startAt, minutes, zone) || seller.isTaken(segments, startAt, except)) throw timeTaken();
}

function requireVersion(seller: Seller, booking: Booking, version: number | undefined): void {
  if (version === undefined || version === booking.version) return;
  const { staleVersionStatus: status } = seller.settings;
  const code = status === 409 ? 'CONFLICT' : 'BAD_REQUEST';
  throw new SquareFailure(status, 'INVALID_REQUEST_ERROR', code, 'Stale booking: version mismatch.', 'version');
}

function requireChangeable({ settings, clock }: Seller, booking: Booking, asSeller: boolean): void {
  if (booking.status !== 'ACCEPTED' && booking.status !== 'PENDING') {
    throw invalid('BAD_REQUEST', 'status', 'The booking can not be changed any more.');
  }
  if (!asSeller && booking.startAt - clock.now() < settings.cancellationWindowSeconds * 1000) {
    throw invalid('BAD_REQUEST', 'booking_id', 'The cancellation window has passed.');
  }
}

/** Discrete beginnings, one per person; of a booking that moves, its own time counts as free. */
function availabilities(seller: Seller, filter: SearchFilter): object[] {
  const from = Date.parse(filter.start_at_range.start_at);
  const to = Date.parse(filter.start_at_range.end_at);
  if (to - from < SEARCH.shortest || to - from > SEARCH.longest) {
    throw invalid('INVALID_TIME_RANGE', 'query.filter.start_at_range');
  }
  const { booking_id: bookingId, location_id: locationId, segment_filters: wanted } = filter;
  if (bookingId !== undefined) {
    if (locationId !== undefined || wanted !== undefined)
      throw invalid('CONFLICTING_PARAMETERS', 'query.filter.booking_id');
    const booking = known(seller, bookingId);
    return startsFor(seller, booking.locationId, [booking.segments], [from, to], booking.id);
  }
  const [segment] = wanted ?? [];
  if (locationId === undefined || !segment) throw invalid('MISSING_REQUIRED_PARAMETER', 'query.filter.segment_filters');
  const variation = seller.variation(segment.service_variation_id);
  if (!variation) throw invalid('INVALID_VALUE', 'query.filter.segment_filters[0].service_variation_id');
  const { any, none = [] } = segment.team_member_id_filter ?? {};
  const people = seller.staff.filter(
    ({ id, bookable }) => bookable && variation.staff.includes(id) && (any?.includes(id) ?? true) && !none.includes(id),
  );
  const isHere = variation.locations?.includes(locationId) ?? true;
  if (!variation.availableForBooking || !isHere) return [];
  const choices = people.map(({ id }): Segment[] => [
    {
      duration_minutes: variation.minutes,
      service_variation_id: variation.id,
      service_variation_version: variation.version,
      team_member_id: id,
      intermission_minutes: 0,
      any_team_member: any === undefined || any.length > 1,
    },
  ]);
  return startsFor(seller, locationId, choices, [from, to], null);
}

function startsFor(
  seller: Seller,
  locationId: string,
  choices: readonly Segment[][],
  [from, to]: readonly [number, number],
  except: string | null,
): object[] {
  const location = seller.locations.find(({ id, status }) => id === locationId && status === 'ACTIVE');
  if (!location) throw invalid('INVALID_VALUE', 'query.filter.location_id');
  const found: object[] = [];
  const earliest = Math.max(from, seller.clock.now() + LEAD_MS);
  for (let date = dateIn(from, location.timezone); date <= dateIn(to, location.timezone); date = addDays(date, 1)) {
    const hours = openOn(date, location.timezone);
    if (!hours) continue;
    for (let startAt = hours.from; startAt < hours.to; startAt += GRID_MINUTES * MINUTE) {
      if (startAt < earliest || startAt >= to) continue;
      for (const segments of choices) {
        const minutes = segments.reduce((sum, { duration_minutes = 0 }) => sum + duration_minutes, 0);
        if (!fits(hours, startAt, minutes) || seller.isTaken(segments, startAt, except)) continue;
        found.push({
          start_at: iso(startAt).replace(/\.\d+Z$/, 'Z'),
          location_id: location.id,
          appointment_segments: segments,
        });
      }
    }
  }
  return found;
}

function find(c: SquareContext): Booking {
  return known(c.get('seller'), c.req.param('id') ?? '');
}

function known(seller: Seller, id: string): Booking {
  const booking = seller.bookings.get(id);
  if (!booking) throw notFound('The booking');
  return booking;
}
