import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { ConnectorSession, PullPage, PullRequest } from '../connector.ts';
import { namedCalendars } from '../kit/calendars.ts';
import { movedOn, noSuchResource, readPosition } from '../kit/positions.ts';
import { idOf, readEach } from '../kit/read-each.ts';
import { partsOf, type TimeWindow, windowAround } from '../kit/windows.ts';
import { defaultCalendar, listCalendars, readDelta, unreadable } from './client.ts';
import { manifest } from './manifest.ts';
import { readingOf, toAppointmentRecord, toStaffRecord } from './map.ts';
import { lookInto } from './removals.ts';
import { calendarSchema, eventSchema, removedSchema } from './schemas.ts';
import { completed, isMaster, occurrencesOf } from './series.ts';

const DAY_MS = 24 * 60 * 60_000;
const DAYS_BACK = 30;
/** And never less than what can be booked, with room for the days until the window is moved. */
const DAYS_AHEAD = 180;
const DAYS_BEYOND_HORIZON = 30;
/** Wide windows are answered with 503 or 504 at times. */
const PART_DAYS = 110;
/**
 * A window does not move by itself ("Get incremental changes to events in a calendar view"), links live for about a
 * week, and deleted occurrences may go unreported: every few days all is listed anew.
 */
const WINDOW_LIFE_MS = 3 * DAY_MS;
/** More changes than this are pulled in full instead: a position must stay small. */
const MAX_CHANGES = 2_000;
/** Each removal costs a call; more than so many cost more than a full pull. */
const MAX_REMOVALS = 50;
const REMOVALS_PER_PAGE = 20;
const MAX_RESTARTS = 3;

/** One delta feed: a calendar in a part of the window. `link` is null before its first round, or with the calendar gone. */
const chainSchema = z.strictObject({
  calendarId: z.string(),
  from: z.string(),
  to: z.string(),
  link: z.string().nullable(),
});
type Chain = z.infer<typeof chainSchema>;

const feedStateSchema = z.strictObject({ begunAt: z.string(), chains: z.array(chainSchema) });

const positionSchema = z.strictObject({
  ...feedStateSchema.shape,
  /** The chain that is being read; its link leads to the next page of its round. Behind the last: the removals. */
  at: z.int().nonnegative(),
  restarts: z.int().nonnegative(),
  /** Short hashes of what earlier feeds of this pull, and this one, have shown to be there; null: too many. */
  shown: z.array(z.string()).nullable(),
  shownHere: z.array(z.string()),
  /** What was reported as removed, and not shown since; of the removals, what is still to be looked into. */
  removed: z.array(z.string()),
});
type Position = z.infer<typeof positionSchema>;

const calendarsStateSchema = z.strictObject({ ids: z.array(z.string()) });
const calendarsPositionSchema = z.strictObject({ ...calendarsStateSchema.shape, link: z.string() });

const NOTHING = { records: [], deletedIds: [], rejected: [] } as const;
const FULL_REQUIRED: PullPage = { ...NOTHING, next: null, fullRequired: true };

/** One page. */
export async function syncData(session: ConnectorSession, request: PullRequest): Promise<PullPage> {
  if (request.resource === 'staff') return calendarsPage(session, request);
  if (request.resource === 'appointments') return eventsPage(session, request);
  throw noSuchResource(manifest.name, request.resource);
}

/** There is no feed of calendars, and there are few: they are all listed, and what was there before is compared. */
async function calendarsPage({ http }: ConnectorSession, { cursor, feedState }: PullRequest): Promise<PullPage> {
  const position = cursor === null ? null : readPosition(calendarsPositionSchema, cursor, manifest.name);
  const page = await listCalendars(http, position?.link ?? null);
  const { read: records, rejected } = readEach(page.value, (row) => toStaffRecord(calendarSchema.parse(row)));
  const ids = [...new Set([...(position?.ids ?? []), ...[...records, ...rejected].map(({ id }) => id)])];
  const link = movedOn(page['@odata.nextLink'], position?.link ?? null, () => unreadable('calendars.list'));
  if (link !== null) return { records, deletedIds: [], rejected, next: { link, ids } };
  const before = calendarsStateSchema.safeParse(feedState).data?.ids ?? [];
  return { records, deletedIds: before.filter((id) => !ids.includes(id)), rejected, next: null, feedState: { ids } };
}

/**
 * One page of one feed, feed after feed. A full pull begins them anew, an incremental one goes on from the links that
 * the last pull has left.
 *
 * "Removed" is said of what was deleted, but also of events outside of the feed's window that were changed, and of
 * those that went to another calendar or another part of the window. So removals are looked into at the end, as far as
 * no feed has shown the event.
 */
async function eventsPage(session: ConnectorSession, request: PullRequest): Promise<PullPage> {
  const { cursor, mode } = request;
  const position =
    cursor === null ? await begin(session, request) : readPosition(positionSchema, cursor, manifest.name);
  if (!position) return FULL_REQUIRED;
  const chain = position.chains[position.at];
  if (!chain) return removalsPage(session, mode, position);
  const page = await readDelta(session.http, chain, chain.link);
  if (page === 'reset') {
    // A link that is not accepted any more: the round begins again, or all of the pull.
    if (mode === 'incremental') return FULL_REQUIRED;
    if (chain.link === null || position.restarts === MAX_RESTARTS) throw unreadable('calendarView.delta');
    return { ...NOTHING, next: { ...position, chains: linked(position, null), restarts: position.restarts + 1 } };
  }
  if (page === 'gone') {
    // The main calendar can't be deleted: something is out of order.
    if (namedCalendars(session) === null) throw unreadable('calendarView.delta');
    // Its events are gone with it: a full pull does not see them, an incremental one can't name them.
    return mode === 'full' || chain.link === null ? { ...NOTHING, ...turned(mode, position, null) } : FULL_REQUIRED;
  }
  const { '@odata.nextLink': nextLink, '@odata.deltaLink': deltaLink } = page;
  const link = movedOn(nextLink, chain.link, () => unreadable('calendarView.delta'));
  if (link === null && !deltaLink) throw unreadable('calendarView.delta');
  const noted = withRows(position, page.value);
  if (noted.shown === null && mode === 'incremental') return FULL_REQUIRED;
  const next = link === null ? null : { ...noted, chains: linked(noted, link) };
  if (next !== null) await request.announceNext?.(next);
  const rows = await readRows(session, mode, chain, page.value);
  return { ...NOTHING, ...rows, ...(next === null ? turned(mode, noted, deltaLink ?? null) : { next }) };
}

/** Null: the feeds that there are can't be continued. */
async function begin(session: ConnectorSession, { mode, feedState, until }: PullRequest): Promise<Position | null> {
  const calendars = namedCalendars(session) ?? [await defaultCalendar(session)];
  const { horizonDays } = session.config.booking;
  const start = { at: 0, restarts: 0, shown: [], shownHere: [], removed: [] };
  const now = Date.parse(until);
  if (mode === 'full') {
    const window = windowAround(now, DAYS_BACK, Math.max(DAYS_AHEAD, horizonDays + DAYS_BEYOND_HORIZON));
    const parts = partsOf(window, PART_DAYS);
    const chains = calendars.flatMap((calendarId) => parts.map((part) => ({ calendarId, ...part, link: null })));
    return { begunAt: until, chains, ...start };
  }
  const left = feedStateSchema.safeParse(feedState).data;
  if (!left || now - Date.parse(left.begunAt) >= WINDOW_LIFE_MS) return null;
  const reach = Date.parse(left.chains.at(-1)?.to ?? '');
  const followed = new Set(left.chains.map(({ calendarId }) => calendarId));
  const same = followed.size === calendars.length && calendars.every((id) => followed.has(id));
  return same && reach >= now + horizonDays * DAY_MS ? { ...left, ...start } : null;
}

function linked({ chains, at }: Position, link: string | null): Chain[] {
  return chains.map((chain, index) => (index === at ? { ...chain, link } : chain));
}

/** The end of a feed's round: the next feed, the removals, or the end of the pull. */
function turned(mode: PullRequest['mode'], position: Position, deltaLink: string | null) {
  const { at, shown, shownHere, removed } = position;
  const chains = linked(position, deltaLink);
  if (at + 1 === chains.length && removed.length === 0) return ended(mode, { ...position, chains });
  const all = shown === null ? null : [...new Set([...shown, ...shownHere])];
  return { next: { ...position, chains, at: at + 1, restarts: 0, shown: all, shownHere: [] } };
}

function ended(mode: PullRequest['mode'], { begunAt, chains }: Position) {
  const covers = mode === 'full' ? { covers: windowOf(chains) } : {};
  return { next: null, feedState: { begunAt, chains }, ...covers };
}

/** Some of what was removed, when all feeds have been read. */
async function removalsPage(
  session: ConnectorSession,
  mode: PullRequest['mode'],
  position: Position,
): Promise<PullPage> {
  const { chains, removed } = position;
  if (mode === 'incremental' && removed.length > MAX_REMOVALS) return FULL_REQUIRED;
  const calendars = [...new Set(chains.map(({ calendarId }) => calendarId))];
  const found = await lookInto(session, calendars, windowOf(chains), removed.slice(0, REMOVALS_PER_PAGE));
  const rest = removed.slice(REMOVALS_PER_PAGE);
  return { ...found, ...(rest.length > 0 ? { next: { ...position, removed: rest } } : ended(mode, position)) };
}

/** Of all feeds together: each calendar has the same parts, in order. */
function windowOf(chains: readonly Chain[]): TimeWindow {
  return { from: chains[0]?.from ?? '', to: chains.at(-1)?.to ?? '' };
}

/**
 * What a page says of being there and being removed, added to what is known of it. A feed's later word on an event
 * replaces its earlier one; what another feed has shown before is not removed.
 */
function withRows(position: Position, rows: readonly unknown[]): Position {
  if (position.shown === null) return position;
  const elsewhere = new Set(position.shown);
  const here = new Set(position.shownHere);
  const removed = new Set(position.removed);
  for (const row of rows) {
    const id = idOf(row);
    if (id === null) continue;
    const hash = shortHash(id);
    if (!isRemoved(row)) {
      here.add(hash);
      removed.delete(id);
    } else {
      here.delete(hash);
      if (!elsewhere.has(hash)) removed.add(id);
    }
  }
  // In a full pull, removals that can't be judged are left to the next one.
  const tooMany = elsewhere.size + here.size + removed.size > MAX_CHANGES;
  return tooMany
    ? { ...position, shown: null, shownHere: [], removed: [] }
    : { ...position, shownHere: [...here], removed: [...removed] };
}

async function readRows(
  session: ConnectorSession,
  mode: PullRequest['mode'],
  chain: Chain,
  rows: readonly unknown[],
): Promise<Pick<PullPage, 'records' | 'rejected'>> {
  const there = rows.filter((row) => !isRemoved(row));
  const parsed = readEach(there, (row) => eventSchema.parse(row));
  const events = await completed(session, chain.calendarId, parsed.read);
  const changedSeries = mode === 'full' ? [] : parsed.read.filter(isMaster);
  const instances = await occurrencesOf(session, changedSeries, chain);
  const once = new Map([...events.read, ...instances.read].map((event) => [event.id, event]));
  const reading = readingOf(session, chain.calendarId);
  const { read: records, rejected } = readEach([...once.values()], (event) => toAppointmentRecord(event, reading));
  return { records, rejected: [...parsed.rejected, ...events.rejected, ...instances.rejected, ...rejected] };
}

function isRemoved(row: unknown): boolean {
  return removedSchema.safeParse(row).success;
}

/** 48 bits: among 2,000 ids two alike are not to be expected. */
function shortHash(id: string): string {
  return createHash('sha256').update(id).digest('base64url').slice(0, 8);
}
