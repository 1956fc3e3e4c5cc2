import * as z from 'zod';
import { isHubError } from '../../core/errors.ts';
import type { NormalizedRecord, SourceRecord } from '../../core/model/mirror-record.ts';
import { addDays, dateIn, startOfDay, toLocal } from '../../core/time/zoned-time.ts';
import type { ConnectorSession, PullPage, PullRequest } from '../connector.ts';
import { unavailable } from '../kit/failures.ts';
import { noSuchResource, readPosition } from '../kit/positions.ts';
import { idOf, readEach } from '../kit/read-each.ts';
import { attendeesOf, rememberClient } from './attendees.ts';
import { type ListName, type ListQuery, listPage, PAGE_LIMIT, unreadable } from './client.ts';
import { manifest } from './manifest.ts';
import {
  type SiteContext,
  toAppointmentRecord,
  toClassRecord,
  toClientRecord,
  toServiceRecord,
  toStaffRecord,
} from './map.ts';
import { appointmentSchema, classSchema, clientSchema, sessionTypeSchema, staffSchema } from './schemas.ts';
import { siteContext } from './site.ts';

/** Pages overlap by so many rows: "Pagination" is by offset, and rows move when others come or go. */
const OVERLAP = 10;
/** A list that moves by more than the overlap is begun again, so often. */
const MAX_RESTARTS = 3;
/** The longest window of appointments or classes is not documented; one that is refused is halved. */
const WINDOW_DAYS = 31;
/** What a full pull lists of appointments and classes, in days before and after now. */
const FULL = { before: 90, after: 365 };
/** What an incremental pull lists anew. The first and the last day are not swept, so there is one more of each. */
const ROLLING = { before: 2, after: 61 };

const date = z.string().regex(/^\d{4}-\d{2}-\d{2}$/);
const place = {
  offset: z.int().min(0),
  /** Ids of the last rows that were read: the next page must show one of them. */
  anchors: z.array(z.string()).max(OVERLAP),
  restarts: z.int().min(0),
};
const listPosition = z.strictObject(place);
const windowPosition = z.strictObject({
  ...place,
  /** The whole stretch, in days of the site's calendar, both included. */
  from: date,
  to: date,
  /** The first day of the present window, and its length. */
  day: date,
  days: z.int().min(1),
});
type Place = z.infer<typeof listPosition>;
type Window = z.infer<typeof windowPosition>;

const START: Place = { offset: 0, anchors: [], restarts: 0 };

/**
 * One page. Clients have a feed by time of change; services and staff are short and listed whole; appointments and
 * classes are listed by windows of time, because no feed tells of all their changes.
 *
 * Inactive clients count as gone: Mindbody deletes none, and hides them everywhere itself. A client who was merged into
 * another disappears without a trace: webhooks tell at once, and the next full pull finds it. Whether cancelled
 * appointments are listed is not documented: if so, they are mirrored as cancelled; if not, their window no longer
 * shows them and they are removed.
 */
export async function syncData(session: ConnectorSession, request: PullRequest): Promise<PullPage> {
  const site = await siteContext(session);
  switch (request.resource) {
    case 'clients':
      return clientsPage(session, request, site);
    case 'services':
      return wholeListPage(session, request, 'services', {}, (row) => {
        const type = sessionTypeSchema.parse(row);
        // Classes and the like have types of their own, which nobody books an appointment of.
        return (type.Type ?? 'Appointment') === 'Appointment' ? [toServiceRecord(type)] : [];
      });
    case 'staff':
      return wholeListPage(session, request, 'staff', { filters: ['AppointmentInstructor'] }, (row) => [
        toStaffRecord(staffSchema.parse(row)),
      ]);
    case 'appointments':
      return windowPage(session, request, site, 'appointments', (rows) => readAppointments(session, rows, site));
    case 'classes':
      return windowPage(session, request, site, 'classes', async (rows) =>
        readEach(rows, (row) => toClassRecord(classSchema.parse(row), site.timeZone), rowId),
      );
    default:
      throw noSuchResource(manifest.name, request.resource);
  }
}

/** Inactive ones are listed too: they would otherwise leave the list while it is read, and move all rows behind them. */
async function clientsPage(session: ConnectorSession, request: PullRequest, site: SiteContext): Promise<PullPage> {
  const position = listPlace(request);
  const query: ListQuery = {
    includeInactive: true,
    lastModifiedDate: request.since === null ? undefined : earlierReading(request.since, site.timeZone),
  };
  const { rows, next } = await readRows(session, 'clients', query, position);
  const { read, rejected } = readEach(
    rows,
    (row) => {
      const client = clientSchema.parse(row);
      return { client, record: toClientRecord(client, site) };
    },
    rowId,
  );
  const active = read.filter(({ client }) => client.Active !== false);
  for (const { client } of active) rememberClient(session, client, site);
  return {
    records: active.map(({ record }) => record),
    deletedIds: read.filter(({ client }) => client.Active === false).map(({ record }) => record.id),
    rejected,
    next,
  };
}

async function wholeListPage(
  session: ConnectorSession,
  request: PullRequest,
  list: ListName,
  query: ListQuery,
  recordsOf: (row: unknown) => SourceRecord<NormalizedRecord>[],
): Promise<PullPage> {
  const { rows, next } = await readRows(session, list, query, listPlace(request));
  const { read, rejected } = readEach(rows, recordsOf, rowId);
  return { records: read.flat(), deletedIds: [], rejected, next };
}

async function windowPage(
  session: ConnectorSession,
  request: PullRequest,
  { timeZone }: SiteContext,
  list: 'appointments' | 'classes',
  recordsOf: (rows: readonly unknown[]) => Promise<Pick<PullPage, 'rejected'> & { read: SourceRecord[] }>,
): Promise<PullPage> {
  const position =
    request.cursor === null
      ? firstWindow(request, timeZone)
      : readPosition(windowPosition, request.cursor, manifest.name);
  const { day, days, from, to } = position;
  const last = earlierOf(addDays(day, days - 1), to);
  let page: Rows;
  try {
    page = await readRows(session, list, windowQuery(list, day, last), position);
  } catch (error) {
    if (days === 1 || position.offset > 0 || !isHubError(error, 'provider_rejected')) throw error;
    return { records: [], deletedIds: [], rejected: [], next: { ...position, days: Math.floor(days / 2) } };
  }
  const { read, rejected } = await recordsOf(page.rows);
  const done = { records: read, deletedIds: [], rejected };
  if (page.next !== null) return { ...done, next: { ...position, ...page.next } };
  if (last < to) return { ...done, next: { ...position, ...START, day: addDays(last, 1) } };
  return { ...done, next: null, covers: { from: dayStart(from, timeZone), to: dayStart(addDays(to, 1), timeZone) } };
}

async function readAppointments(session: ConnectorSession, rows: readonly unknown[], site: SiteContext) {
  const parsed = readEach(rows, (row) => appointmentSchema.parse(row), rowId);
  const customers = await attendeesOf(
    session,
    parsed.read.map(({ ClientId }) => ClientId),
    site,
  );
  const { read, rejected } = readEach(
    parsed.read,
    (one) => toAppointmentRecord(one, customers.get(one.ClientId ?? '') ?? null, site.timeZone),
    rowId,
  );
  return { read, rejected: [...parsed.rejected, ...rejected] };
}

interface Rows {
  /** Those that the page before did not show. */
  readonly rows: readonly unknown[];
  readonly next: Place | null;
}

/**
 * One page of a list by offset. It begins with the last rows of the page before: if none of them is there, the list has
 * moved too far for anybody to know what lies between, and it is begun again. An empty page ends the list only if the
 * list itself says so: what a full pull has not seen is removed.
 */
async function readRows(session: ConnectorSession, list: ListName, query: ListQuery, position: Place): Promise<Rows> {
  const { anchors, restarts } = position;
  const offset = Math.max(0, position.offset - anchors.length);
  const { rows, total } = await listPage(session, list, query, { offset });
  const ids = rows.map(rowId);
  const anchor = ids.findLastIndex((id) => id !== null && anchors.includes(id));
  if (anchors.length > 0 && anchor === -1) {
    if (restarts === MAX_RESTARTS) throw unavailable(`Mindbody’s list of ${list} does not hold still.`, 60);
    return { rows, next: { ...START, restarts: restarts + 1 } };
  }
  const end = offset + rows.length;
  if (rows.length === 0 && total !== null && total > offset) throw unreadable(`${list}.list`);
  const fresh = rows.filter((_, index) => {
    const id = ids[index] ?? null;
    return index > anchor || (id !== null && !anchors.includes(id));
  });
  const whole = rows.length === 0 || (total === null ? rows.length < PAGE_LIMIT : end >= total);
  if (whole) return { rows: fresh, next: null };
  if (end <= position.offset) throw unreadable(`${list}.list`);
  return { rows: fresh, next: { offset: end, anchors: ids.filter((id) => id !== null).slice(-OVERLAP), restarts } };
}

function listPlace({ cursor }: PullRequest): Place {
  return cursor === null ? START : readPosition(listPosition, cursor, manifest.name);
}

function firstWindow({ mode, until }: PullRequest, timeZone: string): Window {
  const { before, after } = mode === 'full' ? FULL : ROLLING;
  const today = dateIn(until, timeZone);
  const from = addDays(today, -before);
  return { ...START, from, to: addDays(today, after), day: from, days: WINDOW_DAYS };
}

/** Whole days of the site: right whether the end is read as a day or as an instant. Neither has a default to rely on. */
export function windowQuery(list: 'appointments' | 'classes', first: string, last: string): ListQuery {
  const [begin, end] = [`${first}T00:00:00`, `${last}T23:59:59`];
  return list === 'classes'
    ? { startDateTime: begin, endDateTime: end, hideCanceledClasses: false }
    : { startDate: begin, endDate: end };
}

/** Whether this filter is in UTC, as the member itself, or local, as all others, is not documented. */
function earlierReading(since: string, timeZone: string): string {
  return earlierOf(toLocal(since, 'UTC'), toLocal(since, timeZone));
}

function dayStart(day: string, timeZone: string): string {
  return new Date(startOfDay(day, timeZone)).toISOString();
}

function earlierOf(a: string, b: string): string {
  return a < b ? a : b;
}

/** Clients have two ids; the one that stays names them. */
function rowId(row: unknown): string | null {
  return idOf(row, 'UniqueId') ?? idOf(row, 'Id');
}
