import * as z from 'zod';
import { HubError } from '../../core/errors.ts';
import type { Appointment } from '../../core/model/appointment.ts';
import type { SourceRecord } from '../../core/model/mirror-record.ts';
import type { ConnectorSession, PullPage, PullRequest } from '../connector.ts';
import { unreadable } from '../kit/calls.ts';
import { digestOf } from '../kit/digests.ts';
import { notAccepted } from '../kit/failures.ts';
import { FULL_REQUIRED, movedOn, NOTHING, noSuchResource, readPosition } from '../kit/positions.ts';
import { idOf, readEach } from '../kit/read-each.ts';
import { type TimeWindow, windowAround } from '../kit/windows.ts';
import { accountZone, zoneOr } from '../kit/zones.ts';
import * as google from './client.ts';
import { classifyError } from './errors.ts';
import { manifest } from './manifest.ts';
import { isCancelled, recordIdOf, timesOf, toAppointmentRecord, toStaffRecord } from './map.ts';
import { calendarEntrySchema, type EventsPage, eventSchema, type GoogleEvent } from './schemas.ts';
import { rememberSeries, seriesChanged } from './series.ts';

/** What is kept of the past and of the future: occurrences of endless series need an end somewhere. */
const DAYS_BACK = 90;
const DAYS_AHEAD = 366;
const PAGE_SIZE = 500;
/** A calendar whose page tokens die again and again is reported, not read for ever. */
const MAX_RESTARTS = 3;
/** "Events: list": a sync token goes only with the parameters that it was made with. */
const PARAMETERS = `singleEvents=true,maxResults=${PAGE_SIZE}`;

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
  calendarId: z.string(),
  /** The calendars that are still to do. */
  others: z.array(z.string()),
  pageToken: z.string().nullable(),
  restarts: z.int(),
  once: z.array(z.string()),
  feed: feedSchema,
});
type Position = z.infer<typeof positionSchema>;

const calendarsPositionSchema = z.strictObject({ pageToken: z.string() });

/** What is the same for every page of a run. `before`: what the run before has left, if it can be gone on from. */
function runOf(session: ConnectorSession, request: PullRequest) {
  const left = feedSchema.safeParse(request.feedState).data;
  return {
    session,
    request,
    calendars: google.bookedCalendarsOf(session),
    window: windowAround(Date.parse(request.until), DAYS_BACK, DAYS_AHEAD),
    before: left?.parameters === PARAMETERS ? left : null,
  };
}
type Run = ReturnType<typeof runOf>;

/** One page of the account's calendars, or of the events of those that are booked. */
export async function syncData(session: ConnectorSession, request: PullRequest): Promise<PullPage> {
  if (request.resource === 'staff') return calendarsPage(session, request);
  if (request.resource !== 'appointments') throw noSuchResource(manifest.name, request.resource);
  const run = runOf(session, request);
  const { calendars, window, before } = run;
  if (request.cursor !== null) return eventsPage(run, readPosition(positionSchema, request.cursor, manifest.name));
  const empty = { parameters: PARAMETERS, until: window.to, tokens: {}, series: {} };
  if (request.mode === 'full') return eventsPage(run, beginning(calendars, empty, 'list'));
  const isSame = before !== null && digestOf(Object.keys(before.tokens)) === digestOf(calendars);
  return isSame ? eventsPage(run, beginning(calendars, before)) : FULL_REQUIRED;
}

/**
 * Always the whole list, because incremental ones leave out some changes ("CalendarList: list"). Those that were taken
 * off the list are shown when they are asked for.
 */
async function calendarsPage({ http }: ConnectorSession, { cursor, mode }: PullRequest): Promise<PullPage> {
  const pageToken = cursor === null ? null : readPosition(calendarsPositionSchema, cursor, manifest.name).pageToken;
  const page = await google.listCalendars(http, pageToken, mode === 'incremental');
  const { read, rejected } = readEach(page.items ?? [], (row) => calendarEntrySchema.parse(row));
  const next = movedOn(page.nextPageToken, pageToken, () => unreadable(manifest.name, 'calendarList.list'));
  return {
    records: read.filter(({ deleted }) => !deleted).map(toStaffRecord),
    deletedIds: read.flatMap(({ id, deleted }) => (deleted ? [id] : [])),
    rejected,
    next: next === null ? null : { pageToken: next },
  };
}

function beginning([calendarId = '', ...others]: readonly string[], feed: Feed, phase?: Position['phase']): Position {
  // A calendar that was gone and is back has nothing in the mirror.
  const usual = feed.tokens[calendarId] ? 'changes' : 'list';
  return { phase: phase ?? usual, calendarId, others, pageToken: null, restarts: 0, once: [], feed };
}

async function eventsPage(run: Run, position: Position): Promise<PullPage> {
  const { session, request, calendars, before } = run;
  const { phase, calendarId, pageToken, feed } = position;
  const answer = await google.pullEvents(session.http, calendarId, queryOf(run, position));
  const page = answer.data;
  if (page === null) return refusedPage(run, position, answer);

  const rows = readEach(page.items ?? [], (row) => eventSchema.parse(row), nameIn(calendarId));
  const changes = phase === 'changes' ? seriesChanged(rows.read, position.once, before?.series[calendarId]) : null;
  if (changes?.changed) return FULL_REQUIRED;
  const known = rememberSeries(rows.read, calendars.length, feed.series[calendarId]);
  const series = { ...feed.series, [calendarId]: known };
  const read = { ...position, once: changes?.once ?? position.once, feed: { ...feed, series } };
  const nextPage = movedOn(page.nextPageToken, pageToken, () => unreadable(manifest.name, 'events.list'));
  const end = nextPage === null ? afterCalendar(run, withToken(read, page)) : null;
  const next = end === null ? { ...read, pageToken: nextPage } : end.next;
  if (next !== null) await request.announceNext?.(next);

  const zone = zoneOr(page.timeZone, accountZone(session));
  const events = readEvents(run, position, rows.read, zone);
  return { ...events, rejected: [...rows.rejected, ...events.rejected], ...end, next };
}

function queryOf({ window, before }: Run, { phase, calendarId, pageToken, feed }: Position): google.EventsQuery {
  const page = { maxResults: PAGE_SIZE, pageToken: pageToken ?? undefined };
  if (phase === 'changes') return { ...page, syncToken: feed.tokens[calendarId] ?? undefined };
  return { ...page, timeMin: phase === 'edge' ? (before?.until ?? window.from) : window.from, timeMax: window.to };
}

/**
 * Occurrences outside the window are left alone, though a changed series comes with all of them ("Events: list",
 * `singleEvents`): those behind it are history, those beyond it are read when the window gets there. A series itself
 * is never listed, so an event that has become one is gone.
 */
function readEvents({ window }: Run, { phase, calendarId }: Position, events: readonly GoogleEvent[], zone: string) {
  const deleted = new Set<string>();
  const read = (event: GoogleEvent): SourceRecord<Appointment>[] => {
    const { id, recurringEventId: series } = event;
    if (series) deleted.add(recordIdOf(calendarId, series));
    const place = phase === 'changes' && series ? placeOf(event, zone, window) : 'within';
    if (isCancelled(event) || place === 'beyond') deleted.add(recordIdOf(calendarId, id));
    return isCancelled(event) || place !== 'within' ? [] : [toAppointmentRecord(event, calendarId, zone)];
  };
  const { read: records, rejected } = readEach(events, read, nameIn(calendarId));
  return { records: records.flat(), deletedIds: [...deleted], rejected };
}

/** Where an occurrence lies; one that was moved out of the window, or into it, counts as within. */
function placeOf(event: GoogleEvent, zone: string, window: TimeWindow): 'before' | 'within' | 'beyond' {
  if (isCancelled(event)) return 'within';
  const [from, to] = [Date.parse(window.from), Date.parse(window.to)];
  const { start, end } = timesOf(event, zone);
  const moved = event.originalStartTime;
  const original = moved ? timesOf({ start: moved, end: moved }, zone).start : start;
  if (end <= from && original < from) return 'before';
  return start >= to && original >= to ? 'beyond' : 'within';
}

/**
 * What Google refuses. A dead sync token (410 `fullSyncRequired`) asks for a full pull; a dead page token begins the
 * calendar again. A 404 may be a calendar that is gone, or one that this account has lost: both have nothing to show,
 * and nothing to be booked in.
 */
async function refusedPage(
  run: Run,
  position: Position,
  { status, rejected: body }: { readonly status: number; readonly rejected?: unknown },
): Promise<PullPage> {
  const { phase, calendarId, pageToken, restarts, feed } = position;
  if (status === 404) {
    const isMain = calendarId === google.primaryCalendarOf(run.session);
    if (isMain || (await google.findCalendar(run.session.http, calendarId)) !== null) {
      throw new HubError('not_found', { detail: 'A calendar that is to be synced can not be read.' });
    }
    if (phase !== 'list') return FULL_REQUIRED;
    const tokens = { ...feed.tokens, [calendarId]: null };
    return { ...NOTHING, ...afterCalendar(run, { ...position, feed: { ...feed, tokens } }) };
  }
  // A page token's death is not documented; with a sync token, 400 without a page token can only mean that token.
  if (phase === 'changes' && (status === 410 || pageToken === null)) return FULL_REQUIRED;
  if (pageToken !== null && restarts < MAX_RESTARTS) {
    return { ...NOTHING, next: { ...position, pageToken: null, once: [], restarts: restarts + 1 } };
  }
  throw classifyError({ status, body }) ?? notAccepted(manifest.name);
}

/** The token that goes on from here. Without one, a calendar is listed again next time. */
function withToken(position: Position, page: EventsPage): Position {
  const { phase, calendarId, feed } = position;
  if (phase === 'edge') return position;
  const { [calendarId]: old = null, ...others } = feed.tokens;
  // Google has been seen to leave the token out. The old one tells of the same changes again, and of later ones.
  const token = page.nextSyncToken || (phase === 'changes' ? old : null);
  return { ...position, feed: { ...feed, tokens: token === null ? others : { ...others, [calendarId]: token } } };
}

/** Where to go on when a calendar, or a part of it, is done; at the end, what to remember. */
function afterCalendar(
  { request, window, before }: Run,
  { phase, calendarId, others, feed }: Position,
): Pick<PullPage, 'next' | 'feedState' | 'covers'> {
  const isFull = request.mode === 'full';
  if (phase === 'changes' && before !== null && before.until < window.to) {
    return { next: beginning([calendarId, ...others], feed, 'edge') };
  }
  if (others.length > 0) return { next: beginning(others, feed, isFull ? 'list' : undefined) };
  return { next: null, feedState: { ...feed, until: window.to }, ...(isFull ? { covers: window } : {}) };
}

function nameIn(calendarId: string) {
  return (row: unknown): string | null => {
    const id = idOf(row);
    return id === null ? null : recordIdOf(calendarId, id);
  };
}
