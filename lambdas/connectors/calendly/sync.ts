import * as z from 'zod';
import type { SourceRecord } from '../../core/model/mirror-record.ts';
import type { ConnectorSession, PullPage, PullRequest } from '../connector.ts';
import { unreadable } from '../kit/calls.ts';
import { NOTHING, noSuchResource, readPosition } from '../kit/positions.ts';
import { readEach } from '../kit/read-each.ts';
import { windowAround } from '../kit/windows.ts';
import { whoseRecords } from './account.ts';
import { listInvitees, listPage } from './client.ts';
import { manifest } from './manifest.ts';
import { readingOf, toAppointmentRecord, toContactRecord, toServiceRecord } from './map.ts';
import {
  type CalendlyEvent,
  contactSchema,
  eventSchema,
  eventTypeSchema,
  idIn,
  inviteeSchema,
  rowId,
} from './schemas.ts';

const DAY_MS = 24 * 60 * 60_000;
/** A full pull shows the appointments of so many days back, an incremental one looks for changes among these. */
const DAYS_BACK = { full: 90, incremental: 7 } as const;
/** Both go on to what lies ahead, later than anybody books. */
const FAR_AHEAD_DAYS = 3_650;
/**
 * Each event costs a call of its own for its invitees, and free accounts have 50 calls a minute: so many events are
 * read per page that a page can always be finished before the account must rest.
 */
const EVENTS_PER_PAGE = 20;
/** Lists without a key to go on by begin again when their page token dies, but not for ever. */
const MAX_RESTARTS = 3;
/** Beyond this many event types the ids are not remembered; deleted ones wait for the next full pull. */
const MAX_REMEMBERED = 1_000;

const whose = z.union([z.strictObject({ organization: z.url() }), z.strictObject({ user: z.url() })]);
const token = z.string().nullable();
const instant = z.iso.datetime();
const contactsPosition = z.strictObject({ token, restarts: z.int() });
const servicesPosition = z.strictObject({ whose, token, restarts: z.int(), seen: z.array(z.string()) });
/** `from`: where the list that `token` belongs to begins. `reached`: the last start that was seen in it. */
const appointmentsPosition = z.strictObject({ whose, from: instant, token, reached: instant });
const feedStateSchema = z.looseObject({ eventTypes: z.array(z.string()).nullable() });

/**
 * One page. Nothing but contacts can be listed by time of change ("List Events" has no such filter), so an incremental
 * pull lists all event types, and all events from a week ago on, and keeps what has changed. What it can't see, the next
 * full one does: deleted contacts (a webhook tells of them, too), older events, and what was erased for data compliance.
 */
export async function syncData(session: ConnectorSession, request: PullRequest): Promise<PullPage> {
  const { resource } = request;
  if (resource === 'contacts') return pullContacts(session, request);
  if (resource === 'services') return pullServices(session, request);
  if (resource === 'appointments') return pullAppointments(session, request);
  throw noSuchResource(manifest.name, resource);
}

/**
 * A full pull goes by time of creation, which never moves; an incremental one backwards by time of change, so that
 * whatever changes meanwhile moves to the front, which has been read already, and is left to the next pull.
 */
async function pullContacts({ http, config }: ConnectorSession, request: PullRequest): Promise<PullPage> {
  const { cursor, since } = request;
  const position =
    cursor === null ? { token: null, restarts: 0 } : readPosition(contactsPosition, cursor, manifest.name);
  const sort = since === null ? 'created_at:asc' : 'updated_at:desc';
  const page = await listPage(http, ['contacts.list', '/contacts', { sort }], position.token);
  if (page === null) return again(position, 'contacts.list');
  const { read, rejected } = readEach(page.rows, (row) => contactSchema.parse(row), rowId);
  const changed = read.filter(({ updated_at }) => isSince(updated_at, since));
  const atEnd = page.next === null || changed.length < read.length;
  const next = atEnd ? null : { ...position, token: page.next };
  if (next) await request.announceNext?.(next);
  const records = changed.map((contact) => toContactRecord(contact, config.defaultCountry));
  return { records, deletedIds: [], rejected, next };
}

async function pullServices(session: ConnectorSession, request: PullRequest): Promise<PullPage> {
  const { cursor, mode, feedState } = request;
  const position =
    cursor === null
      ? { whose: await whoseRecords(session), token: null, restarts: 0, seen: [] }
      : readPosition(servicesPosition, cursor, manifest.name);
  const page = await listPage(session.http, ['eventTypes.list', '/event_types', position.whose], position.token);
  if (page === null) return again({ ...position, seen: [] }, 'eventTypes.list');
  const { read, rejected } = readEach(page.rows, (row) => eventTypeSchema.parse(row), rowId);
  const live = read.filter(({ deleted_at }) => !deleted_at);
  const records = live.map((eventType) => toServiceRecord(eventType, position.whose));
  // What can't be read is there all the same.
  const seen = [...new Set([...position.seen, ...records.map(({ id }) => id), ...rejected.map(({ id }) => id)])];
  if (page.next !== null) {
    const next = { ...position, seen, token: page.next };
    await request.announceNext?.(next);
    return { records, deletedIds: [], rejected, next };
  }
  const known = mode === 'full' ? [] : (feedStateSchema.safeParse(feedState).data?.eventTypes ?? []);
  const deletedIds = known.filter((id) => !seen.includes(id));
  const remembered = { eventTypes: seen.length > MAX_REMEMBERED ? null : seen };
  return { records, deletedIds, rejected, next: null, feedState: remembered };
}

/**
 * Events in order of their start. When a page token dies, the list goes on from the last start that was seen: events
 * never move (a rescheduled one is a new event), and those with that same start are shown again rather than left out.
 */
async function pullAppointments(session: ConnectorSession, request: PullRequest): Promise<PullPage> {
  const { cursor, mode, until } = request;
  const window = windowAround(Date.parse(until), DAYS_BACK[mode], FAR_AHEAD_DAYS);
  const position =
    cursor === null
      ? { whose: await whoseRecords(session), from: window.from, token: null, reached: window.from }
      : readPosition(appointmentsPosition, cursor, manifest.name);
  const { from, reached } = position;
  // No page says whether the bound itself is included.
  const range = { min_start_time: new Date(Date.parse(from) - 1).toISOString(), sort: 'start_time:asc' };
  const query = { ...position.whose, ...range, ...(mode === 'full' ? { count: EVENTS_PER_PAGE } : {}) };
  const page = await listPage(session.http, ['events.list', '/scheduled_events', query], position.token);
  if (page === null) {
    if (reached === from) throw unreadable(manifest.name, 'events.list');
    return { ...NOTHING, next: { ...position, from: reached, token: null } };
  }
  const { read, rejected } = readEach(page.rows, (row) => eventSchema.parse(row), rowId);
  const { events, resumeAt } = portionOf(read, request);
  const starts = read.map(({ start_time }) => Date.parse(start_time));
  const last = new Date(Math.max(Date.parse(reached), ...starts)).toISOString();
  const goesOn = page.next === null ? null : { ...position, token: page.next, reached: last };
  const next = resumeAt === null ? goesOn : { ...position, from: resumeAt, token: null, reached: resumeAt };
  if (next) await request.announceNext?.(next);
  const done = await readEvents(session, events);
  return {
    records: done.read,
    deletedIds: [],
    rejected: [...rejected, ...done.rejected],
    next,
    ...(next === null && mode === 'full' ? { covers: window } : {}),
  };
}

/**
 * Of a page of events those that are wanted, as many as one step may read; and where to go on if that is not all of
 * them: at the first start that none of them has, so that each step moves on.
 */
function portionOf(page: readonly CalendlyEvent[], request: PullRequest) {
  const events = page.filter((event) => isWanted(event, request));
  const limit = Date.parse(events[EVENTS_PER_PAGE - 1]?.start_time ?? '');
  const rest = page.map(({ start_time }) => Date.parse(start_time)).filter((at) => at > limit);
  if (events.length <= EVENTS_PER_PAGE || rest.length === 0) return { events, resumeAt: null };
  return {
    events: events.filter(({ start_time }) => Date.parse(start_time) <= limit),
    resumeAt: new Date(Math.min(...rest)).toISOString(),
  };
}

/**
 * Changed at or after `since`; and what began within the last day, because somebody may have been marked as a no-show,
 * and no page says whether that touches the event.
 */
function isWanted({ updated_at, start_time, status }: CalendlyEvent, { since, until }: PullRequest): boolean {
  const age = Date.parse(until) - Date.parse(start_time);
  return isSince(updated_at, since) || (status !== 'canceled' && age >= 0 && age <= DAY_MS);
}

function isSince(at: string, since: string | null): boolean {
  return since === null || Date.parse(at) >= Date.parse(since);
}

/** Events with their invitees. One that has gone since it was listed is left out. */
async function readEvents(session: ConnectorSession, events: readonly CalendlyEvent[]) {
  const reading = readingOf(session);
  const meetings = await Promise.all(
    events.map(async (event) => ({ event, invitees: await listInvitees(session.http, idIn(event.uri)) })),
  );
  return readEach(
    meetings.filter(({ invitees }) => invitees !== null),
    ({ event, invitees }): SourceRecord => toAppointmentRecord(event, z.array(inviteeSchema).parse(invitees), reading),
    ({ event }) => idIn(event.uri),
  );
}

function again<P extends { readonly restarts: number }>(position: P, list: string): PullPage {
  if (position.restarts >= MAX_RESTARTS) throw unreadable(manifest.name, list);
  return { ...NOTHING, next: { ...position, token: null, restarts: position.restarts + 1 } };
}
