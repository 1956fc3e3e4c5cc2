import * as z from 'zod';
import type { Appointment } from '../../core/model/appointment.ts';
import type { SourceRecord } from '../../core/model/mirror-record.ts';
import type { Resource } from '../../core/model/resource.ts';
import type { ConnectorSession, PullPage, PullRequest } from '../connector.ts';
import { unreadable } from '../kit/calls.ts';
import { digestOf } from '../kit/digests.ts';
import { instant } from '../kit/people.ts';
import { FULL_REQUIRED, movedOn, noSuchResource, readPosition } from '../kit/positions.ts';
import { idOf, type Rejected, readEach } from '../kit/read-each.ts';
import { firstPart, windowAround } from '../kit/windows.ts';
import {
  listBookings,
  listCustomers,
  listServiceItems,
  listStaffProfiles,
  retrieveBookings,
  searchCustomers,
} from './client.ts';
import { bookingLocationId, countryOf, locationsOf, placeAt } from './locations.ts';
import { manifest } from './manifest.ts';
import { toAppointmentRecord, toCustomerRecord, toServiceRecord, toStaffRecord } from './map.ts';
import { currentCustomers, rememberCustomers } from './merged-customers.ts';
import {
  bookingSchema,
  customerSchema,
  itemSchema,
  type Page,
  staffProfileSchema,
  variationSchema,
} from './schemas.ts';

/** ListBookings takes 31 days at most, ends included. */
const WINDOW_DAYS = 30;
/**
 * Days before and after today. A full pull lists the last 90 days and about a year ahead; an incremental one, for want
 * of a filter by time of change, all of that which is to come: empty windows cost a call each. What has moved elsewhere
 * is found by its id.
 */
const FULL_DAYS = { before: 90, after: 359 };
const ROLLING_DAYS = { before: 2, after: 359 };
/** Whether the ends of a range belong to it is in no page; rows outside the window are dropped here. */
const EDGE_MS = 1_000;
/** A cursor of this age is not tried any more: they die after about five minutes (Square "Pagination"). */
const CURSOR_LIFE_MS = 4 * 60_000;

/** A cursor and when it was given (epoch ms); null at the beginning. */
const cursorSchema = z.strictObject({ value: z.string().min(1), at: z.int() }).nullable();
type Cursor = z.infer<typeof cursorSchema>;

const customersPosition = z.object({
  /** Creation time from which customers are searched for; null: the list of all, or of all that have changed. */
  from: z.iso.datetime().nullable(),
  cursor: cursorSchema,
  /** Creation time of the last customer seen: where a search goes on when the cursor has died. */
  seenTo: z.iso.datetime().nullable(),
});
const bookingsPosition = z.object({
  /** Beginning of the window, and how long it is. */
  from: z.iso.datetime(),
  days: z.int().min(1).max(WINDOW_DAYS),
  cursor: cursorSchema,
  /** Digest of the locations that this pull began with. */
  locations: z.string(),
});
/** `ids`: digest of the ids so far. */
const listingPosition = z.object({ cursor: cursorSchema, ids: z.string() });
const feedStateSchema = z.looseObject({ locations: z.string().optional(), ids: z.string().optional() });
const createdSchema = z.looseObject({ created_at: z.iso.datetime({ offset: true }) });

/**
 * One page. Square's cursors die after about five minutes, so a position never depends on one: customers go on by the
 * time of their creation, appointments by their window, services and staff from the beginning.
 */
export async function syncData(session: ConnectorSession, request: PullRequest): Promise<PullPage> {
  const { resource } = request;
  if (resource === 'customers') return customersPage(session, request);
  if (resource === 'appointments') return appointmentsPage(session, request);
  if (resource === 'services' || resource === 'staff') return listingPage(session, request, resource);
  throw noSuchResource(manifest.name, resource);
}

/**
 * Sorted by creation, which no edit changes. There is no upper end to the time of change: a profile that is edited
 * meanwhile would otherwise leave the result and move the others up. Deleted and merged profiles vanish without a trace:
 * only webhooks and full pulls tell of them.
 */
async function customersPage(session: ConnectorSession, request: PullRequest): Promise<PullPage> {
  const full = isFull(request);
  const given = positionOf(customersPosition, request, { from: null, cursor: null, seenTo: null });
  await locationsOf(session);
  const again = { ...given, from: given.seenTo, cursor: null };
  const { page, position, cursor } = await readPage(session, 'customers', given, again, ({ from }, cursor) => {
    if (full && from === null) return listCustomers(session.http, cursor);
    const created = from === null ? {} : { created_at: { start_at: shifted(from, -EDGE_MS) } };
    const changed = full ? {} : { updated_at: { start_at: request.since ?? '' } };
    return searchCustomers(session.http, { ...created, ...changed }, cursor);
  });
  const next = cursor === null ? null : { ...position, cursor, seenTo: lastCreatedAt(page.rows) ?? position.seenTo };
  if (next) await request.announceNext?.(next);
  const country = countryOf(session);
  const { read, rejected } = readEach(page.rows, (row) => toCustomerRecord(customerSchema.parse(row), country));
  if (full) {
    await rememberCustomers(
      session,
      read.map(({ id }) => id),
    );
  }
  return { records: read, deletedIds: [], rejected, next };
}

/**
 * Window by window. One whose cursor has died is read from its beginning, and is half as long: a window that takes
 * longer to read than cursors live would begin again for ever.
 */
async function appointmentsPage(session: ConnectorSession, request: PullRequest): Promise<PullPage> {
  const places = await locationsOf(session);
  const { before, after } = isFull(request) ? FULL_DAYS : ROLLING_DAYS;
  const whole = windowAround(Date.parse(request.until), before, after);
  // Every mirrored appointment is out of date when the name or the zone of a location changes.
  const facts = places.map(({ id, name, timezone }) => JSON.stringify([id, name, timezone]));
  const start = { from: whole.from, days: WINDOW_DAYS, cursor: null, locations: digestOf(facts) };
  if (request.cursor === null && !isFull(request) && stateOf(request)?.locations !== start.locations) {
    return FULL_REQUIRED;
  }
  const given = positionOf(bookingsPosition, request, start);
  const again = { ...given, days: Math.max(1, Math.floor(given.days / 2)), cursor: null };
  const windowOf = ({ from, days }: typeof given) => firstPart({ from, to: whole.to }, days);
  const { page, position, cursor } = await readPage(session, 'appointments', given, again, (asked, cursor) => {
    const { from, to } = windowOf(asked);
    return listBookings(session.http, { from: shifted(from, -EDGE_MS), to: shifted(to, EDGE_MS) }, cursor);
  });
  const { from, to } = windowOf(position);
  const onward = to < whole.to ? { ...position, from: to, days: WINDOW_DAYS, cursor } : null;
  const next = cursor === null ? onward : { ...position, cursor };
  if (next) await request.announceNext?.(next);

  const { read, rejected } = readEach(page.rows, await readingFor(session, page.rows));
  const isWithin = ({ data }: SourceRecord<Appointment>) =>
    Date.parse(data.start) >= Date.parse(from) && Date.parse(data.start) < Date.parse(to);
  const end = next === null ? { covers: whole, feedState: { locations: position.locations } } : {};
  return { records: read.filter(isWithin), deletedIds: [], rejected, next, ...end };
}

/** Bookings are not deleted at Square: what its window no longer shows has been moved out of it. */
export async function findMoved(session: ConnectorSession, _resource: Resource, ids: readonly string[]) {
  const answers = await retrieveBookings(session.http, ids);
  const there = ids.filter((id) => answers[id] && !answers[id].errors?.some(({ code }) => code === 'NOT_FOUND'));
  const rowOf = (id: string) => answers[id]?.booking;
  const reading = await readingFor(session, there.map(rowOf));
  const { read, rejected } = readEach(there, (id) => reading(rowOf(id)), String);
  return { records: read, rejected };
}

/** How these bookings are read: with the locations that they are at, and the customers whom they are for by now. */
async function readingFor(
  session: ConnectorSession,
  rows: readonly unknown[],
): Promise<(row: unknown) => SourceRecord<Appointment>> {
  const places = await locationsOf(session);
  const currentId = await currentCustomers(
    session,
    rows.flatMap((row) => idOf(row, 'customer_id') ?? []),
  );
  return (row) => {
    const booking = bookingSchema.parse(row);
    const location = places.find(({ id }) => id === booking.location_id);
    const customerId = booking.customer_id === null ? null : currentId(booking.customer_id);
    return toAppointmentRecord(booking, placeAt(location, session), customerId);
  };
}

/**
 * Services and staff: short lists, read whole in every pull. No feed tells what has gone from them: an incremental pull
 * whose ids differ from those of the last one asks for a full pull, which removes what it does not see.
 */
async function listingPage(
  session: ConnectorSession,
  request: PullRequest,
  resource: 'services' | 'staff',
): Promise<PullPage> {
  await locationsOf(session);
  const start = { cursor: null, ids: '' };
  const list = resource === 'services' ? listServiceItems : listStaffProfiles;
  const given = positionOf(listingPosition, request, start);
  const { page, position, cursor } = await readPage(session, resource, given, start, (_position, cursor) =>
    list(session.http, cursor),
  );
  const { read, rejected } =
    resource === 'services'
      ? readServices(page.rows, await bookingLocationId(session))
      : readEach<unknown, SourceRecord>(page.rows, (row) => toStaffRecord(staffProfileSchema.parse(row)), staffIdOf);
  const ids = digestOf([position.ids, ...[...read, ...rejected].map(({ id }) => id)]);
  const next = cursor === null ? null : { cursor, ids };
  if (next) await request.announceNext?.(next);
  const isOther = request.mode === 'incremental' && stateOf(request)?.ids !== ids;
  const end = next === null ? { feedState: { ids }, ...(isOther ? { fullRequired: true } : {}) } : {};
  return { records: read, deletedIds: [], rejected, next, ...end };
}

function readServices(rows: readonly unknown[], locationId: string): { read: SourceRecord[]; rejected: Rejected[] } {
  const items = readEach(rows, (row) => itemSchema.parse(row));
  const variations = items.read.map((item) =>
    readEach(item.item_data.variations ?? [], (row) => toServiceRecord(item, variationSchema.parse(row), locationId)),
  );
  const rejected = [...items.rejected, ...variations.flatMap((some) => some.rejected)];
  return { read: variations.flatMap(({ read }) => read), rejected };
}

function staffIdOf(row: unknown): string | null {
  return idOf(row, 'team_member_id');
}

/** The page at a position, or, where its cursor is old or dead, the one at `again`; with the cursor of the next page. */
async function readPage<Position extends { readonly cursor: Cursor }>(
  session: ConnectorSession,
  what: string,
  given: Position,
  again: Position,
  ask: (position: Position, cursor: string | null) => Promise<Page | null>,
): Promise<{ page: Page; position: Position; cursor: Cursor }> {
  const isOld = given.cursor !== null && session.now() - given.cursor.at >= CURSOR_LIFE_MS;
  const first = isOld ? null : await ask(given, given.cursor?.value ?? null);
  const position = first ? given : again;
  const page = first ?? (await ask(again, null));
  const unclear = () => unreadable(manifest.name, `a page of ${what}`);
  if (!page) throw unclear();
  const value = movedOn(page.cursor, position.cursor?.value ?? null, unclear);
  return { page, position, cursor: value === null ? null : { value, at: session.now() } };
}

function positionOf<Schema extends z.ZodType>(schema: Schema, { cursor }: PullRequest, start: z.output<Schema>) {
  return cursor === null ? start : readPosition(schema, cursor, manifest.name);
}

function isFull({ mode, since }: PullRequest): boolean {
  return mode === 'full' || since === null;
}

function stateOf({ feedState }: PullRequest) {
  return feedStateSchema.safeParse(feedState).data;
}

function lastCreatedAt(rows: readonly unknown[]): string | null {
  const times = rows.flatMap((row) => createdSchema.safeParse(row).data?.created_at ?? []);
  return instant(times.at(-1));
}

function shifted(time: string, ms: number): string {
  return new Date(Date.parse(time) + ms).toISOString();
}
