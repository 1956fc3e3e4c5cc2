import * as z from 'zod';
import { HubError } from '../../core/errors.ts';
import type { Appointment } from '../../core/model/appointment.ts';
import type { SourceRecord } from '../../core/model/mirror-record.ts';
import type { ConnectorSession, PullPage, PullRequest } from '../connector.ts';
import { notAccepted } from '../kit/failures.ts';
import { movedOn, noSuchResource, readPosition } from '../kit/positions.ts';
import { idOf, readEach } from '../kit/read-each.ts';
import { type TimeWindow, windowAround } from '../kit/windows.ts';
import { accountZoneOf, bookedCalendarsOf, primaryCalendarOf, toStaffRecord, zoneOr } from './calendars.ts';
import { type EventsQuery, findCalendar, listCalendars, listEvents, unreadable } from './client.ts';
import { classifyError } from './errors.ts';
import { recordIdOf } from './event-ids.ts';
import { manifest } from './manifest.ts';
import { isCancelled, timesOf, toAppointmentRecord } from './map.ts';
import { calendarEntrySchema, type EventsPage, type EventTime, eventSchema, type GoogleEvent } from './schemas.ts';
import { type KnownSeries, rememberSeries, seriesChanged } from './series.ts';

/** What is kept of the past and of the future: occurrences of endless series need an end somewhere. */
const DAYS_BACK = 90;
const DAYS_AHEAD = 366;
const PAGE_SIZE = 500;
/** A calendar whose page tokens die again and again is reported, not read for ever. */
const MAX_RESTARTS = 3;
/** "Events: list": a sync token goes only with the parameters that it was made with. */
const PARAMETERS = `singleEvents=true,maxResults=${PAGE_SIZE}`;

const NOTHING = { records: [], deletedIds: [], rejected: [] } as const;
const FULL_REQUIRED: PullPage = { ...NOTHING, next: null, fullRequired: true };

/** What one run leaves for the next. */
const feedSchema = z.strictObject({
  parameters: z.string(),
  /** How far ahead the mirror reaches. */
  until: z.string(),
  /** Sync token by calendar; null for a calendar that was gone. */
  tokens: z.record(z.string(), z.string().nullable()),
  series: z.record(z.string(), z.array(z.string()).readonly().nullable()),
});
type Feed = z.infer<typeof feedSchema>;

/** `list`: all of the window. `changes`: by sync token. `edge`: what has come into the window since the last run. */
const positionSchema = z.strictObject({
  phase: z.enum(['list', 'changes', 'edge']),
  /** The calendars that are still to do, the present one first. */
  calendars: z.array(z.string()).min(1),
  pageToken: z.string().nullable(),
  restarts: z.int(),
  once: z.array(z.string()),
  feed: feedSchema,
});
type Position = z.infer<typeof positionSchema>;

const calendarsPositionSchema = z.strictObject({ pageToken: z.string() });

/** One page of the account's calendars, or of the events of those that are booked. */
export async function syncData(session: ConnectorSession, request: PullRequest): Promise<PullPage> {
  if (request.resource === 'staff') return calendarsPage(session, request);
  if (request.resource !== 'appointments') throw noSuchResource(manifest.name, request.resource);
  const position =
    request.cursor === null ? start(session, request) : readPosition(positionSchema, request.cursor, manifest.name);
  return position === null ? FULL_REQUIRED : eventsPage(session, position, request);
}

/**
 * Always the whole list, because incremental ones leave out some changes ("CalendarList: list"). Those that were taken
 * off the list are shown when they are asked for.
 */
async function calendarsPage({ http }: ConnectorSession, request: PullRequest): Promise<PullPage> {
  const { cursor, mode } = request;
  const pageToken = cursor === null ? null : readPosition(calendarsPositionSchema, cursor, manifest.name).pageToken;
  const page = await listCalendars(http, {
    pageToken: pageToken ?? undefined,
    showDeleted: mode === 'incremental',
  });
  const { read, rejected } = readEach(page.items ?? [], (row) => calendarEntrySchema.parse(row));
  const next = movedOn(page.nextPageToken, pageToken, () => unreadable('calendarList.list'));
  return {
    records: read.filter(({ deleted }) => !deleted).map(toStaffRecord),
    deletedIds: read.flatMap(({ id, deleted }) => (deleted ? [id] : [])),
    rejected,
    next: next === null ? null : { pageToken: next },
  };
}

/** Null: the last run's feed does not fit, because of other calendars or other parameters. */
function start(session: ConnectorSession, request: PullRequest): Position | null {
  const calendars = bookedCalendarsOf(session);
  if (request.mode === 'full') {
    return beginning(
      calendars,
      { parameters: PARAMETERS, until: horizonOf(request).to, tokens: {}, series: {} },
      'list',
    );
  }
  const feed = feedBefore(request);
  if (feed === null || !sameMembers(Object.keys(feed.tokens), calendars)) return null;
  return beginning(calendars, feed);
}

function feedBefore({ feedState }: PullRequest): Feed | null {
  const feed = feedSchema.safeParse(feedState).data;
  return feed?.parameters === PARAMETERS ? feed : null;
}

function beginning(calendars: readonly string[], feed: Feed, phase?: Position['phase']): Position {
  const [first = ''] = calendars;
  // A calendar that was gone and is back has nothing in the mirror.
  const usual = feed.tokens[first] ? 'changes' : 'list';
  return { phase: phase ?? usual, calendars: [...calendars], pageToken: null, restarts: 0, once: [], feed };
}

async function eventsPage(session: ConnectorSession, position: Position, request: PullRequest): Promise<PullPage> {
  const { phase, pageToken } = position;
  const calendarId = calendarOf(position);
  const before = feedBefore(request);
  const answer = await listEvents(session.http, calendarId, queryOf(position, before, request), {
    expectStatuses: [400, 404, 410],
  });
  const page = answer.data;
  if (page === null) return refusedPage(session, position, request, answer);

  const nameOf = (row: unknown) => nameIn(calendarId, idOf(row));
  const events = readEach(page.items ?? [], (row) => eventSchema.parse(row), nameOf);
  let { once } = position;
  if (phase === 'changes') {
    const series = seriesChanged(knownIn(before, calendarId), events.read, once);
    if (series.changed) return FULL_REQUIRED;
    once = series.once;
  }
  const known = knownIn(position.feed, calendarId);
  const remembered = rememberSeries(known, events.read, bookedCalendarsOf(session).length);
  const series = { ...position.feed.series, [calendarId]: remembered };
  const read: Position = { ...position, once, feed: { ...position.feed, series } };
  const nextPage = movedOn(page.nextPageToken, pageToken, () => unreadable('events.list'));
  const end = nextPage === null ? afterCalendar(withToken(read, page), before, request) : null;
  const next = end === null ? { ...read, pageToken: nextPage } : end.next;
  if (next !== null) await request.announceNext?.(next);

  const zone = zoneOr(page.timeZone, accountZoneOf(session));
  const { records, deletedIds, rejected } = readEvents(events.read, calendarId, zone, phase, request);
  return { records, deletedIds, rejected: [...events.rejected, ...rejected], ...end, next };
}

function queryOf(
  { phase, pageToken, feed, calendars }: Position,
  before: Feed | null,
  request: PullRequest,
): EventsQuery {
  const window = horizonOf(request);
  const page = { maxResults: PAGE_SIZE, pageToken: pageToken ?? undefined };
  if (phase === 'changes') return { ...page, syncToken: feed.tokens[calendars[0] ?? ''] ?? undefined };
  const timeMin = phase === 'edge' ? (before?.until ?? window.from) : window.from;
  return { ...page, timeMin, timeMax: window.to };
}

/**
 * Occurrences outside the window are left alone, though a changed series comes with all of them ("Events: list",
 * `singleEvents`): those behind it are history, those beyond it are read when the window gets there. A series itself
 * is never listed, so an event that has become one is gone.
 */
function readEvents(
  events: readonly GoogleEvent[],
  calendarId: string,
  zone: string,
  phase: Position['phase'],
  request: PullRequest,
): Pick<PullPage, 'records' | 'deletedIds' | 'rejected'> {
  const window = horizonOf(request);
  const deleted = new Set<string>();
  const read = (event: GoogleEvent): SourceRecord<Appointment>[] => {
    const id = recordIdOf(calendarId, event.id);
    if (event.recurringEventId) deleted.add(recordIdOf(calendarId, event.recurringEventId));
    const place = phase === 'changes' && event.recurringEventId ? placeOf(event, zone, window) : 'within';
    if (isCancelled(event) || place === 'beyond') deleted.add(id);
    return isCancelled(event) || place !== 'within' ? [] : [toAppointmentRecord(event, calendarId, zone)];
  };
  const { read: records, rejected } = readEach(events, read, ({ id }) => nameIn(calendarId, id));
  return { records: records.flat(), deletedIds: [...deleted], rejected };
}

/** Where an occurrence lies; one that was moved out of the window, or into it, counts as within. */
function placeOf(event: GoogleEvent, zone: string, window: TimeWindow): 'before' | 'within' | 'beyond' {
  if (isCancelled(event)) return 'within';
  const { start, end } = timesOf(event, zone);
  const original = event.originalStartTime ? originalStart(event.originalStartTime, zone) : start;
  if (end <= Date.parse(window.from) && original < Date.parse(window.from)) return 'before';
  return start >= Date.parse(window.to) && original >= Date.parse(window.to) ? 'beyond' : 'within';
}

function originalStart(time: EventTime, zone: string): number {
  return timesOf({ start: time, end: time }, zone).start;
}

/**
 * What Google refuses. A dead sync token (410 `fullSyncRequired`) asks for a full pull; a dead page token begins the
 * calendar again. A 404 may be a calendar that is gone, or one that this account has lost: both have nothing to show,
 * and nothing to be booked in.
 */
async function refusedPage(
  session: ConnectorSession,
  position: Position,
  request: PullRequest,
  answer: { readonly status: number; readonly rejected?: unknown },
): Promise<PullPage> {
  const { phase, pageToken, restarts, feed } = position;
  const calendarId = calendarOf(position);
  if (answer.status === 404) {
    const isGone = calendarId !== primaryCalendarOf(session) && (await findCalendar(session.http, calendarId)) === null;
    if (!isGone) throw new HubError('not_found', { detail: 'A calendar that is to be synced can not be read.' });
    if (phase !== 'list') return FULL_REQUIRED;
    const without: Position = { ...position, feed: { ...feed, tokens: { ...feed.tokens, [calendarId]: null } } };
    return { ...NOTHING, ...afterCalendar(without, feedBefore(request), request) };
  }
  // A page token's death is not documented; with a sync token, 400 without a page token can only mean that token.
  if (phase === 'changes' && (answer.status === 410 || pageToken === null)) return FULL_REQUIRED;
  if (pageToken !== null && restarts < MAX_RESTARTS) {
    return { ...NOTHING, next: { ...position, pageToken: null, once: [], restarts: restarts + 1 } };
  }
  throw classifyError({ status: answer.status, body: answer.rejected }) ?? notAccepted(manifest.name);
}

/** The token that goes on from here. Without one, a calendar is listed again next time. */
function withToken(position: Position, page: EventsPage): Position {
  const calendarId = calendarOf(position);
  const { phase, feed } = position;
  if (phase === 'edge') return position;
  const { [calendarId]: old = null, ...others } = feed.tokens;
  // Google has been seen to leave the token out. The old one tells of the same changes again, and of later ones.
  const token = page.nextSyncToken || (phase === 'changes' ? old : null);
  return { ...position, feed: { ...feed, tokens: token === null ? others : { ...others, [calendarId]: token } } };
}

/** Where to go on when a calendar, or a part of it, is done; at the end, what to remember. */
function afterCalendar(
  { phase, calendars, feed }: Position,
  before: Feed | null,
  request: PullRequest,
): Pick<PullPage, 'next' | 'feedState' | 'covers'> {
  const window = horizonOf(request);
  if (phase === 'changes' && before !== null && before.until < window.to) {
    return { next: beginning(calendars, feed, 'edge') };
  }
  const [, ...others] = calendars;
  if (others.length > 0) return { next: beginning(others, feed, request.mode === 'full' ? 'list' : undefined) };
  return {
    next: null,
    feedState: { ...feed, until: window.to },
    ...(request.mode === 'full' ? { covers: window } : {}),
  };
}

/** The same for every page of a run. */
function horizonOf({ until }: PullRequest): TimeWindow {
  return windowAround(Date.parse(until), DAYS_BACK, DAYS_AHEAD);
}

function calendarOf({ calendars: [current = ''] }: Position): string {
  return current;
}

function knownIn(feed: Feed | null, calendarId: string): KnownSeries {
  const known = feed?.series[calendarId];
  return known === undefined ? [] : known;
}

function nameIn(calendarId: string, eventId: string | null): string | null {
  return eventId === null ? null : recordIdOf(calendarId, eventId);
}

function sameMembers(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((member) => b.includes(member));
}
