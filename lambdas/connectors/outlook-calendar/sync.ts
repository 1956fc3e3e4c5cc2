import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { SourceRecord } from '../../core/model/mirror-record.ts';
import type { ConnectorSession, PullPage, PullRequest } from '../connector.ts';
import { movedOn, noSuchResource, readPosition } from '../kit/positions.ts';
import { idOf, type Rejected, readEach } from '../kit/read-each.ts';
import { partsOf, type TimeWindow, windowAround } from '../kit/windows.ts';
import { chosenCalendars } from './calendars.ts';
import { listCalendars, readDelta, unreadable } from './client.ts';
import { manifest } from './manifest.ts';
import { readingOf, toAppointmentRecord, toStaffRecord } from './map.ts';
import { calendarSchema, eventSchema, type GraphEvent, type GraphPage, removedSchema } from './schemas.ts';
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
  begunAt: z.string(),
  chains: z.array(chainSchema),
  /** The chain that is being read, and where in its round. */
  at: z.int().nonnegative(),
  link: z.string().nullable(),
  restarts: z.int().nonnegative(),
  /** Short hashes of what earlier feeds of this pull, and this one, have shown to be there; null: too many. */
  shown: z.array(z.string()).nullable(),
  shownHere: z.array(z.string()),
  /** What was reported as removed, and not shown since. */
  removed: z.array(z.string()),
});
type Position = z.infer<typeof positionSchema>;

const calendarsStateSchema = z.strictObject({ ids: z.array(z.string()) });
const calendarsPositionSchema = z.strictObject({ link: z.string(), ids: z.array(z.string()) });

/** One page. */
export async function syncData(session: ConnectorSession, request: PullRequest): Promise<PullPage> {
  switch (request.resource) {
    case 'staff':
      return calendarsPage(session, request);
    case 'appointments':
      return eventsPage(session, request);
    default:
      throw noSuchResource(manifest.name, request.resource);
  }
}

/** There is no feed of calendars, and there are few: they are all listed, and what was there before is compared. */
async function calendarsPage(session: ConnectorSession, request: PullRequest): Promise<PullPage> {
  const position =
    request.cursor === null ? null : readPosition(calendarsPositionSchema, request.cursor, manifest.name);
  const page = await listCalendars(session.http, position?.link ?? null);
  const { read, rejected } = readEach(page.value, (row) => toStaffRecord(calendarSchema.parse(row)));
  const seen = [...read, ...rejected].map(({ id }) => id);
  const ids = [...new Set([...(position?.ids ?? []), ...seen])];
  const link = movedOn(page['@odata.nextLink'], position?.link ?? null, () => unreadable('calendars.list'));
  if (link !== null) return { records: read, deletedIds: [], rejected, next: { link, ids } };
  const before = calendarsStateSchema.safeParse(request.feedState).data?.ids ?? [];
  return {
    records: read,
    deletedIds: before.filter((id) => !ids.includes(id)),
    rejected,
    next: null,
    feedState: { ids },
  };
}

/**
 * One page of one feed, feed after feed. A full pull begins them anew, an incremental one goes on from the links that
 * the last pull has left.
 *
 * "Removed" is said of what was deleted, but also of events outside of the feed's window that were changed, and of
 * those that went to another calendar or another part of the window. So removals are told at the end, and only of what
 * no feed has shown.
 */
async function eventsPage(session: ConnectorSession, request: PullRequest): Promise<PullPage> {
  const position =
    request.cursor === null
      ? await begin(session, request)
      : readPosition(positionSchema, request.cursor, manifest.name);
  const chain = position?.chains[position.at];
  if (!position || !chain) return FULL_REQUIRED;
  const link = position.link ?? chain.link;
  const answer = await readDelta(
    session.http,
    link === null ? { calendarId: chain.calendarId, window: chain } : { link },
  );
  if (answer === 'reset') return restarted(request, position, link);
  if (answer === 'gone') {
    // The main calendar can't be deleted: something is out of order.
    if (!session.config.booking.calendars) throw unreadable('calendarView.delta');
    // Its events are gone with it: a full pull does not see them, an incremental one can't name them.
    return request.mode === 'full' || link === null ? turned(request, position, null, NOTHING) : FULL_REQUIRED;
  }
  return readPage(session, request, position, answer);
}

const FULL_REQUIRED: PullPage = { records: [], deletedIds: [], rejected: [], next: null, fullRequired: true };
const NOTHING = { records: [], rejected: [] } as const;

/** Null: the feeds that there are can't be continued. */
async function begin(session: ConnectorSession, { mode, feedState, until }: PullRequest): Promise<Position | null> {
  const calendars = await chosenCalendars(session);
  const start = { at: 0, link: null, restarts: 0, shown: [], shownHere: [], removed: [] };
  if (mode === 'full') {
    const window = windowFor(session, until);
    const chains = calendars.flatMap((calendarId) =>
      partsOf(window, PART_DAYS).map((part): Chain => ({ calendarId, ...part, link: null })),
    );
    return { begunAt: until, chains, ...start };
  }
  const left = feedStateSchema.safeParse(feedState).data;
  if (!left || Date.parse(until) - Date.parse(left.begunAt) >= WINDOW_LIFE_MS) return null;
  const reach = Date.parse(left.chains.at(-1)?.to ?? '');
  if (!(reach >= Date.parse(until) + session.config.booking.horizonDays * DAY_MS)) return null;
  const same =
    [...calendars].sort().join() === [...new Set(left.chains.map(({ calendarId }) => calendarId))].sort().join();
  return same ? { ...left, ...start } : null;
}

function windowFor({ config }: ConnectorSession, until: string): TimeWindow {
  const ahead = Math.max(DAYS_AHEAD, config.booking.horizonDays + DAYS_BEYOND_HORIZON);
  return windowAround(Date.parse(until), DAYS_BACK, ahead);
}

/** A link that is not accepted any more: the round begins again, or all of the pull. */
function restarted(request: PullRequest, position: Position, link: string | null): PullPage {
  if (request.mode === 'incremental') return FULL_REQUIRED;
  if (link === null || position.restarts === MAX_RESTARTS) throw unreadable('calendarView.delta');
  return { ...NOTHING, deletedIds: [], next: { ...position, link: null, restarts: position.restarts + 1 } };
}

async function readPage(
  session: ConnectorSession,
  request: PullRequest,
  position: Position,
  page: GraphPage,
): Promise<PullPage> {
  const { '@odata.nextLink': nextLink, '@odata.deltaLink': deltaLink } = page;
  const link = movedOn(nextLink, position.link, () => unreadable('calendarView.delta'));
  if (link === null && !deltaLink) throw unreadable('calendarView.delta');
  const noted = withRows(position, page.value);
  if (noted.shown === null && request.mode === 'incremental') return FULL_REQUIRED;
  const read = () => readRows(session, request, position, page.value);
  if (link === null) return turned(request, noted, deltaLink ?? null, await read());
  const next = { ...noted, link };
  await request.announceNext?.(next);
  return { ...(await read()), deletedIds: [], next };
}

/** The end of a feed's round: the next feed, or the end of the pull. */
function turned(
  request: PullRequest,
  position: Position,
  deltaLink: string | null,
  rows: Pick<PullPage, 'records' | 'rejected'>,
): PullPage {
  const { begunAt, at, removed } = position;
  const chains = position.chains.map((chain, index) => (index === at ? { ...chain, link: deltaLink } : chain));
  if (at + 1 < chains.length) {
    const shown = position.shown === null ? null : [...new Set([...position.shown, ...position.shownHere])];
    const next = { ...position, chains, at: at + 1, link: null, restarts: 0, shown, shownHere: [] };
    return { ...rows, deletedIds: [], next };
  }
  const [first, last] = [chains[0], chains.at(-1)];
  return {
    ...rows,
    deletedIds: removed,
    next: null,
    feedState: { begunAt, chains },
    ...(request.mode === 'full' && first && last ? { covers: { from: first.from, to: last.to } } : {}),
  };
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
    if (!removedSchema.safeParse(row).success) {
      here.add(hash);
      removed.delete(id);
    } else {
      here.delete(hash);
      if (!elsewhere.has(hash)) removed.add(id);
    }
  }
  // In a full pull, removals that can't be judged are left to the next one.
  if (elsewhere.size + here.size + removed.size > MAX_CHANGES) {
    return { ...position, shown: null, shownHere: [], removed: [] };
  }
  return { ...position, shownHere: [...here], removed: [...removed] };
}

async function readRows(
  session: ConnectorSession,
  request: PullRequest,
  { chains, at }: Position,
  rows: readonly unknown[],
): Promise<Pick<PullPage, 'records' | 'rejected'>> {
  const chain = chains[at];
  if (!chain) throw unreadable('calendarView.delta');
  const parsed = readEach(
    rows.filter((row) => !removedSchema.safeParse(row).success),
    (row) => eventSchema.parse(row),
  );
  const events = await completed(session, chain.calendarId, parsed.read);
  const masters = request.mode === 'full' ? [] : parsed.read.filter(isMaster);
  const instances = await occurrencesOf(session, masters, chain);
  const records = recordsOf(session, chain.calendarId, [...events.read, ...instances.read]);
  return {
    records: records.read,
    rejected: [...parsed.rejected, ...events.rejected, ...instances.rejected, ...records.rejected],
  };
}

function recordsOf(
  session: ConnectorSession,
  calendarId: string,
  events: readonly GraphEvent[],
): { read: SourceRecord[]; rejected: Rejected[] } {
  const reading = readingOf(session, calendarId);
  const once = [...new Map(events.map((event) => [event.id, event])).values()];
  return readEach(once, (event) => toAppointmentRecord(event, reading));
}

/** 48 bits: among 2,000 ids two alike are not to be expected. */
function shortHash(id: string): string {
  return createHash('sha256').update(id).digest('base64url').slice(0, 8);
}
