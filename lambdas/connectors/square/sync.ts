import * as z from 'zod';
import type { ConnectorSession, PullPage, PullRequest } from '../connector.ts';
import { noSuchResource, readPosition } from '../kit/positions.ts';
import { readEach } from '../kit/read-each.ts';
import { firstPart, type TimeWindow, windowAround } from '../kit/windows.ts';
import { listBookings, listCustomers, searchCustomers, unreadable } from './client.ts';
import { countryOf } from './contacts.ts';
import { syncListing } from './listings.ts';
import { hashOfLocations, locationsOf, placeIn } from './locations.ts';
import { manifest } from './manifest.ts';
import { toAppointmentRecord, toCustomerRecord } from './map.ts';
import { cursorSchema, nextCursor, usable } from './page-cursor.ts';
import { bookingSchema, customerSchema, type Page } from './schemas.ts';

/** ListBookings takes 31 days at most, ends included. */
const WINDOW_DAYS = 30;
/**
 * Days before and after today. A full pull lists the last 90 days and about a year ahead; an incremental one, for want
 * of a filter by time of change, lists again what callers ask about most. What lies further off is seen by full pulls.
 */
const FULL_DAYS = { before: 90, after: 359 };
const ROLLING_DAYS = { before: 2, after: 87 };
/** Whether the ends of a range belong to it is in no page; rows outside the window are dropped here. */
const EDGE_MS = 1_000;

const customersPosition = z.strictObject({
  /** `list` shows everything; `search` goes on from a time of creation, or shows what has changed. */
  phase: z.enum(['list', 'search']),
  /** Creation time from which this query shows customers: a cursor belongs to its query. */
  from: z.iso.datetime().nullable(),
  cursor: cursorSchema,
  /** Creation time of the last customer seen: where another query goes on when the cursor has died. */
  seenTo: z.iso.datetime().nullable(),
});
type CustomersPosition = z.infer<typeof customersPosition>;

const bookingsPosition = z.strictObject({
  /** Beginning of the window, and how long it is. */
  from: z.iso.datetime(),
  days: z.int().min(1).max(WINDOW_DAYS),
  cursor: cursorSchema,
  /** Hash of the locations that this pull began with. */
  locations: z.string(),
});
type BookingsPosition = z.infer<typeof bookingsPosition>;

const feedStateSchema = z.looseObject({ locations: z.string() });

/**
 * One page. Square's cursors die after about five minutes, so a position never depends on one: customers go on by the
 * time of their creation, appointments by their window, services and staff from the beginning.
 */
export async function syncData(session: ConnectorSession, request: PullRequest): Promise<PullPage> {
  switch (request.resource) {
    case 'customers':
      return customersPage(session, request);
    case 'appointments':
      return appointmentsPage(session, request);
    case 'services':
    case 'staff':
      return syncListing(session, request, request.resource);
    default:
      throw noSuchResource(manifest.name, request.resource);
  }
}

/** Deleted and merged profiles vanish without a trace: only webhooks and full pulls tell of them. */
async function customersPage(session: ConnectorSession, request: PullRequest): Promise<PullPage> {
  const phase = isFull(request) ? 'list' : 'search';
  const start: CustomersPosition = { phase, from: null, cursor: null, seenTo: null };
  const given = request.cursor === null ? start : readPosition(customersPosition, request.cursor, manifest.name);
  await locationsOf(session);
  const { page, position } = await readCustomers(session, request, given);

  const cursor = nextCursor(page, position.cursor, session, 'customers');
  const next = cursor === null ? null : { ...position, cursor, seenTo: lastCreatedAt(page.rows) ?? position.seenTo };
  if (next) await request.announceNext?.(next);
  const country = countryOf(session);
  const { read, rejected } = readEach(page.rows, (row) => toCustomerRecord(customerSchema.parse(row), country));
  return { records: read, deletedIds: [], rejected, next };
}

async function readCustomers(
  session: ConnectorSession,
  request: PullRequest,
  position: CustomersPosition,
): Promise<{ page: Page; position: CustomersPosition }> {
  const cursor = usable(position.cursor, session);
  if (cursor !== null || position.cursor === null) {
    const page = await askForCustomers(session, request, position, cursor);
    if (page) return { page, position };
    if (cursor === null) throw unreadable('the customers');
  }
  const { phase, seenTo } = position;
  const again: CustomersPosition = { phase: seenTo === null ? phase : 'search', from: seenTo, cursor: null, seenTo };
  const page = await askForCustomers(session, request, again, null);
  if (!page) throw unreadable('the customers');
  return { page, position: again };
}

/**
 * Sorted by creation, which no edit changes. There is no upper end to the time of change: a profile that is edited
 * meanwhile would otherwise leave the result and move the others up.
 */
function askForCustomers(
  { http }: ConnectorSession,
  request: PullRequest,
  { phase, from }: CustomersPosition,
  cursor: string | null,
): Promise<Page | null> {
  if (phase === 'list') return listCustomers(http, cursor);
  const created = from === null ? {} : { created_at: { start_at: edged(from, -EDGE_MS) } };
  const changed = isFull(request) ? {} : { updated_at: { start_at: request.since ?? '' } };
  return searchCustomers(http, { ...created, ...changed }, cursor);
}

async function appointmentsPage(session: ConnectorSession, request: PullRequest): Promise<PullPage> {
  const given = request.cursor === null ? null : readPosition(bookingsPosition, request.cursor, manifest.name);
  const locations = await locationsOf(session);
  const days = isFull(request) ? FULL_DAYS : ROLLING_DAYS;
  const whole = windowAround(Date.parse(request.until), days.before, days.after);
  const start = { from: whole.from, days: WINDOW_DAYS, cursor: null, locations: hashOfLocations(locations) };
  const position = given ?? start;
  if (given === null && !isFull(request) && remembered(request) !== position.locations) {
    return { records: [], deletedIds: [], rejected: [], next: null, fullRequired: true };
  }

  const { page, window, ...asked } = await readBookings(session, position, whole.to);
  const cursor = nextCursor(page, asked.cursor, session, 'appointments');
  const next: BookingsPosition | null =
    cursor !== null
      ? { ...position, days: asked.days, cursor }
      : window.to < whole.to
        ? { ...position, from: window.to, days: WINDOW_DAYS, cursor: null }
        : null;
  if (next) await request.announceNext?.(next);

  const bookings = readEach(page.rows, (row) => bookingSchema.parse(row));
  const within = bookings.read.filter(({ start_at }) => isWithin(start_at, window));
  const records = readEach(within, (booking) =>
    toAppointmentRecord(booking, placeIn(locations, booking.location_id, session)),
  );
  return {
    records: records.read,
    deletedIds: [],
    rejected: [...bookings.rejected, ...records.rejected],
    next,
    ...(next === null ? { covers: whole, feedState: { locations: position.locations } } : {}),
  };
}

/**
 * A page of a window. When the cursor has died it is read from its beginning, and is half as long: one that takes
 * longer to read than cursors live would begin again for ever.
 */
async function readBookings(session: ConnectorSession, { from, days, cursor }: BookingsPosition, end: string) {
  const young = usable(cursor, session);
  if (young !== null || cursor === null) {
    const window = firstPart({ from, to: end }, days);
    const page = await listBookings(session.http, withMargin(window), young);
    if (page) return { page, window, days, cursor };
    if (young === null) throw unreadable('the appointments');
  }
  const fewer = Math.max(1, Math.floor(days / 2));
  const window = firstPart({ from, to: end }, fewer);
  const page = await listBookings(session.http, withMargin(window), null);
  if (!page) throw unreadable('the appointments');
  return { page, window, days: fewer, cursor: null };
}

function withMargin({ from, to }: TimeWindow): TimeWindow {
  return { from: edged(from, -EDGE_MS), to: edged(to, EDGE_MS) };
}

function isFull({ mode, since }: PullRequest): boolean {
  return mode === 'full' || since === null;
}

function remembered({ feedState }: PullRequest): string | null {
  return feedStateSchema.safeParse(feedState).data?.locations ?? null;
}

function isWithin(startAt: string, { from, to }: TimeWindow): boolean {
  const start = Date.parse(startAt);
  return start >= Date.parse(from) && start < Date.parse(to);
}

function lastCreatedAt(rows: readonly unknown[]): string | null {
  const times = rows.map((row) => createdSchema.safeParse(row).data?.created_at);
  const last = times.findLast((time) => time !== undefined);
  return last === undefined ? null : new Date(last).toISOString();
}

const createdSchema = z.looseObject({ created_at: z.iso.datetime({ offset: true }) });

function edged(instant: string, ms: number): string {
  return new Date(Date.parse(instant) + ms).toISOString();
}
