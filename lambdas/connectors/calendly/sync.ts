import * as z from 'zod';
import type { Appointment } from '../../core/model/appointment.ts';
import type { SourceRecord } from '../../core/model/mirror-record.ts';
import type { ConnectorSession, PullPage, PullRequest } from '../connector.ts';
import { noSuchResource, readPosition } from '../kit/positions.ts';
import { type Rejected, readEach } from '../kit/read-each.ts';
import { windowAround } from '../kit/windows.ts';
import { whoseRecords, zoneOf } from './account.ts';
import { listContacts, listEvents, listEventTypes, listInvitees, nextToken, PAGE_LIMIT, unreadable } from './client.ts';
import { manifest } from './manifest.ts';
import { toAppointmentRecord, toContactRecord, toServiceRecord } from './map.ts';
import {
  type CalendlyEvent,
  type CalendlyPage,
  contactSchema,
  eventSchema,
  eventTypeSchema,
  idIn,
  inviteeSchema,
  rowId,
} from './schemas.ts';

const DAY_MS = 24 * 60 * 60_000;
/** A full pull shows the appointments of this many days back, and all that lie ahead. */
const FULL_DAYS_BACK = 90;
/** An incremental pull looks for changes among these, and all that lie ahead. */
const RECENT_DAYS_BACK = 7;
/** Later than anybody books. */
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
const restarts = z.int();
/** ISO 8601. */
const instant = z.iso.datetime();

const positionSchema = z.discriminatedUnion('of', [
  z.strictObject({ of: z.literal('contacts'), token, restarts }),
  z.strictObject({ of: z.literal('services'), whose, token, restarts, seen: z.array(z.string()) }),
  /** `from`: where the list that `token` belongs to begins. `reached`: the last start that was seen in it. */
  z.strictObject({ of: z.literal('appointments'), whose, from: instant, token, reached: instant }),
]);
type Position = z.infer<typeof positionSchema>;
type PositionIn<Of> = Extract<Position, { of: Of }>;

const feedStateSchema = z.looseObject({ eventTypes: z.array(z.string()).nullable() });

/**
 * One page. Nothing but contacts can be listed by time of change ("List Events" has no such filter), so an incremental
 * pull lists all event types, and all events from a week ago on, and keeps what has changed. What it can't see, the next
 * full one does: deleted contacts (a webhook tells of them, too), older events, and what was erased for data compliance.
 */
export async function syncData(session: ConnectorSession, request: PullRequest): Promise<PullPage> {
  const position =
    request.cursor === null
      ? await start(session, request)
      : readPosition(positionSchema, request.cursor, manifest.name);
  switch (position.of) {
    case 'contacts':
      return contactsPage(session, position, request);
    case 'services':
      return servicesPage(session, position, request);
    case 'appointments':
      return appointmentsPage(session, position, request);
  }
}

async function start(session: ConnectorSession, { resource, mode, until }: PullRequest): Promise<Position> {
  switch (resource) {
    case 'contacts':
      return { of: resource, token: null, restarts: 0 };
    case 'services':
      return { of: resource, whose: await whoseRecords(session), token: null, restarts: 0, seen: [] };
    case 'appointments': {
      const { from } = windowOf(until, mode === 'full' ? FULL_DAYS_BACK : RECENT_DAYS_BACK);
      return { of: resource, whose: await whoseRecords(session), from, token: null, reached: from };
    }
    default:
      throw noSuchResource(manifest.name, resource);
  }
}

/**
 * A full pull goes by time of creation, which never moves; an incremental one backwards by time of change, so that
 * whatever changes meanwhile moves to the front, which has been read already, and is left to the next pull.
 */
async function contactsPage(
  session: ConnectorSession,
  position: PositionIn<'contacts'>,
  request: PullRequest,
): Promise<PullPage> {
  const { since } = request;
  const sort = since === null ? 'created_at:asc' : 'updated_at:desc';
  const page = await listContacts(session.http, { sort, count: PAGE_LIMIT }, position.token);
  if (page === null) return again(position);
  const { read, rejected } = readEach(page.collection, (row) => contactSchema.parse(row), rowId);
  const changed = read.filter(({ updated_at }) => since === null || Date.parse(updated_at) >= Date.parse(since));
  const atEnd = changed.length < read.length;
  const next = atEnd ? null : goOn(page, position);
  if (next) await request.announceNext?.(next);
  const records = changed.map((contact) => toContactRecord(contact, session.config.defaultCountry));
  return { records, deletedIds: [], rejected, next };
}

async function servicesPage(
  session: ConnectorSession,
  position: PositionIn<'services'>,
  request: PullRequest,
): Promise<PullPage> {
  const page = await listEventTypes(session.http, { ...position.whose, count: PAGE_LIMIT }, position.token);
  if (page === null) return again({ ...position, seen: [] });
  const { read, rejected } = readEach(page.collection, (row) => eventTypeSchema.parse(row), rowId);
  const live = read.filter(({ deleted_at }) => !deleted_at);
  // What can't be read is there all the same.
  const seen = [...new Set([...position.seen, ...live.map(({ uri }) => idIn(uri)), ...rejected.map(({ id }) => id)])];
  const next = goOn(page, { ...position, seen });
  if (next) await request.announceNext?.(next);
  const known = request.mode === 'full' ? [] : (feedStateSchema.safeParse(request.feedState).data?.eventTypes ?? []);
  return {
    records: live.map((eventType) => toServiceRecord(eventType, position.whose)),
    deletedIds: next === null ? known.filter((id) => !seen.includes(id)) : [],
    rejected,
    next,
    ...(next === null ? { feedState: { eventTypes: seen.length > MAX_REMEMBERED ? null : seen } } : {}),
  };
}

/**
 * Events in order of their start. When a page token dies, the list goes on from the last start that was seen: events
 * never move (a rescheduled one is a new event), and those with that same start are shown again rather than left out.
 */
async function appointmentsPage(
  session: ConnectorSession,
  position: PositionIn<'appointments'>,
  request: PullRequest,
): Promise<PullPage> {
  const { from, reached, token: pageToken } = position;
  const page = await listEvents(
    session.http,
    {
      ...position.whose,
      // No page says whether the bound itself is included.
      min_start_time: new Date(Date.parse(from) - 1).toISOString(),
      sort: 'start_time:asc',
      count: request.mode === 'full' ? EVENTS_PER_PAGE : PAGE_LIMIT,
    },
    pageToken,
  );
  if (page === null) {
    if (reached === from) throw unreadable('events.list');
    return { records: [], deletedIds: [], rejected: [], next: { ...position, from: reached, token: null } };
  }
  const { read, rejected } = readEach(page.collection, (row) => eventSchema.parse(row), rowId);
  const { events, resumeAt } = portionOf(
    read.filter((event) => isWanted(event, request)),
    read,
  );
  const next = resumeAt === null ? goOn(page, { ...position, reached: lastStart(read, reached) }) : null;
  const goesOn = resumeAt === null ? next : { ...position, from: resumeAt, token: null, reached: resumeAt };
  if (goesOn) await request.announceNext?.(goesOn);
  const { records, rejected: unread } = await readEvents(session, events);
  return {
    records,
    deletedIds: [],
    rejected: [...rejected, ...unread],
    next: goesOn,
    ...(goesOn === null && request.mode === 'full' ? { covers: windowOf(request.until, FULL_DAYS_BACK) } : {}),
  };
}

/**
 * Changed at or after `since`; and what began within the last day, because somebody may have been marked as a no-show,
 * and no page says whether that touches the event.
 */
function isWanted(event: CalendlyEvent, { since, until }: PullRequest): boolean {
  if (since === null || Date.parse(event.updated_at) >= Date.parse(since)) return true;
  const age = Date.parse(until) - Date.parse(event.start_time);
  return event.status !== 'canceled' && age >= 0 && age <= DAY_MS;
}

/**
 * As many of the wanted events of a page as one step may read, and where to go on if that is not all of them: at the
 * first start that none of them has, so that each step moves on.
 */
function portionOf(
  wanted: readonly CalendlyEvent[],
  page: readonly CalendlyEvent[],
): { events: readonly CalendlyEvent[]; resumeAt: string | null } {
  const last = wanted[EVENTS_PER_PAGE - 1];
  if (wanted.length <= EVENTS_PER_PAGE || !last) return { events: wanted, resumeAt: null };
  const limit = Date.parse(last.start_time);
  const rest = page.map(({ start_time }) => Date.parse(start_time)).filter((at) => at > limit);
  if (rest.length === 0) return { events: wanted, resumeAt: null };
  return {
    events: wanted.filter(({ start_time }) => Date.parse(start_time) <= limit),
    resumeAt: new Date(Math.min(...rest)).toISOString(),
  };
}

/** Events with their invitees. One that has gone since it was listed is left out. */
async function readEvents(
  session: ConnectorSession,
  events: readonly CalendlyEvent[],
): Promise<{ records: SourceRecord<Appointment>[]; rejected: Rejected[] }> {
  const reading = { defaultCountry: session.config.defaultCountry, timeZone: zoneOf(session) };
  const withInvitees = await Promise.all(
    events.map(async (event) => ({ event, invitees: await listInvitees(session.http, idIn(event.uri)) })),
  );
  const { read, rejected } = readEach(
    withInvitees.flatMap(({ event, invitees }) => (invitees === null ? [] : [{ event, invitees }])),
    ({ event, invitees }) => toAppointmentRecord(event, z.array(inviteeSchema).parse(invitees), reading),
    ({ event }) => idIn(event.uri),
  );
  return { records: read, rejected };
}

function again<P extends Position & { restarts: number }>(position: P): PullPage {
  if (position.restarts >= MAX_RESTARTS) throw unreadable(`${position.of}.list`);
  const next = { ...position, token: null, restarts: position.restarts + 1 };
  return { records: [], deletedIds: [], rejected: [], next };
}

function goOn<P extends Position>(page: CalendlyPage, position: P): P | null {
  const next = nextToken(page, position.token, `${position.of}.list`);
  return next === null ? null : { ...position, token: next };
}

function lastStart(events: readonly CalendlyEvent[], reached: string): string {
  const starts = events.map(({ start_time }) => Date.parse(start_time));
  return new Date(Math.max(Date.parse(reached), ...starts)).toISOString();
}

function windowOf(until: string, daysBack: number) {
  return windowAround(Date.parse(until), daysBack, FAR_AHEAD_DAYS);
}
