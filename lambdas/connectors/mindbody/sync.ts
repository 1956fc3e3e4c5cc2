import * as z from 'zod';
import { isHubError } from '../../core/errors.ts';
import type { SourceRecord } from '../../core/model/mirror-record.ts';
import { addDays, dateIn, startOfDay, toLocal } from '../../core/time/zoned-time.ts';
import type { ConnectorSession, PullPage, PullRequest } from '../connector.ts';
import { unavailable } from '../kit/failures.ts';
import { noSuchResource, readPosition } from '../kit/positions.ts';
import { idOf, type Rejected, readEach } from '../kit/read-each.ts';
import { readingFor, rememberClient } from './attendees.ts';
import { type ListName, type ListQuery, listPage, PAGE_LIMIT, unreadable, windowQuery } from './client.ts';
import { manifest } from './manifest.ts';
import { type SiteContext, toClassRecord, toClientRecord, toServiceRecord, toStaffRecord } from './map.ts';
import { appointmentSchema, classSchema, clientSchema, sessionTypeSchema, staffSchema } from './schemas.ts';
import { siteContext } from './site.ts';

/** Pages overlap by so many rows: "Pagination" is by offset, and rows move when others come or go. */
const OVERLAP = 10;
/** A list that moves by more than the overlap is begun again, so often. */
const MAX_RESTARTS = 3;
/** The longest window of appointments or classes is not documented; one that is refused is halved. */
const WINDOW_DAYS = 31;
/**
 * What a pull lists of appointments and classes, in days before and after now. The first and the last day may not be
 * swept, so there is one more of each than is wanted.
 */
const DAYS = { full: { before: 90, after: 365 }, incremental: { before: 2, after: 61 } } as const;

/** `anchors`: ids of the last rows that were read; the next page must show one of them. */
const place = { offset: z.int().min(0), anchors: z.array(z.string()).max(OVERLAP), restarts: z.int().min(0) };
const listPosition = z.strictObject(place);
const date = z.iso.date();
/** `from`, `to`: the whole stretch, in days of the site, both included. `day`, `days`: where the present window begins. */
const windowPosition = z.strictObject({ ...place, from: date, to: date, day: date, days: z.int().min(1) });

type Place = z.infer<typeof listPosition>;
type Read = { readonly read: readonly SourceRecord[]; readonly rejected: readonly Rejected[] };
type Reader = (rows: readonly unknown[]) => (Read & { deletedIds?: readonly string[] }) | Promise<Read>;

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
    case 'clients': {
      // Were inactive ones left out, they would leave the list while it is read, and move all rows behind them.
      const query = { includeInactive: true, lastModifiedDate: earlierReading(request.since, site.timeZone) };
      return listedPage(session, request, 'clients', query, (rows) => readClients(session, rows, site));
    }
    case 'services':
      return listedPage(session, request, 'services', {}, readServices);
    case 'staff':
      return listedPage(session, request, 'staff', { filters: ['AppointmentInstructor'] }, (rows) =>
        readEach(rows, (row) => toStaffRecord(staffSchema.parse(row)), rowId),
      );
    case 'appointments':
      return windowPage(session, request, site, 'appointments', (rows) => readAppointments(session, rows, site));
    case 'classes':
      return windowPage(session, request, site, 'classes', (rows) =>
        readEach(rows, (row) => toClassRecord(classSchema.parse(row), site.timeZone), rowId),
      );
    default:
      throw noSuchResource(manifest.name, request.resource);
  }
}

function readClients(session: ConnectorSession, rows: readonly unknown[], site: SiteContext) {
  const { read, rejected } = readEach(rows, (row) => clientSchema.parse(row), rowId);
  const active = read.filter(({ Active }) => Active !== false);
  for (const client of active) rememberClient(session, client, site);
  const deletedIds = read.flatMap(({ Active, UniqueId }) => (Active === false ? [UniqueId] : []));
  return { read: active.map((client) => toClientRecord(client, site)), rejected, deletedIds };
}

/** Classes and the like have types of their own, which nobody books an appointment of. */
function readServices(rows: readonly unknown[]) {
  const { read, rejected } = readEach(rows, (row) => sessionTypeSchema.parse(row), rowId);
  const own = read.filter(({ Type }) => (Type ?? 'Appointment') === 'Appointment');
  return { read: own.map(toServiceRecord), rejected };
}

async function readAppointments(session: ConnectorSession, rows: readonly unknown[], site: SiteContext) {
  const parsed = readEach(rows, (row) => appointmentSchema.parse(row), rowId);
  const { read, rejected } = readEach(parsed.read, await readingFor(session, parsed.read, site), rowId);
  return { read, rejected: [...parsed.rejected, ...rejected] };
}

async function listedPage(
  session: ConnectorSession,
  { cursor }: PullRequest,
  list: ListName,
  query: ListQuery,
  reader: Reader,
): Promise<PullPage> {
  const position = cursor === null ? START : readPosition(listPosition, cursor, manifest.name);
  const { rows, next } = await readRows(session, list, query, position);
  const { read: records, ...others } = await reader(rows);
  return { deletedIds: [], ...others, records, next };
}

async function windowPage(
  session: ConnectorSession,
  { cursor, mode, until }: PullRequest,
  { timeZone }: SiteContext,
  list: 'appointments' | 'classes',
  reader: Reader,
): Promise<PullPage> {
  const today = dateIn(until, timeZone);
  const first = addDays(today, -DAYS[mode].before);
  const start = { ...START, from: first, to: addDays(today, DAYS[mode].after), day: first, days: WINDOW_DAYS };
  const position = cursor === null ? start : readPosition(windowPosition, cursor, manifest.name);
  const { day, days, from, to } = position;
  const last = earlierOf(addDays(day, days - 1), to);
  let page: Awaited<ReturnType<typeof readRows>>;
  try {
    page = await readRows(session, list, windowQuery(list, day, last), position);
  } catch (error) {
    if (days === 1 || position.offset > 0 || !isHubError(error, 'provider_rejected')) throw error;
    return { records: [], deletedIds: [], rejected: [], next: { ...position, days: Math.floor(days / 2) } };
  }
  const { read: records, rejected } = await reader(page.rows);
  const done = { records, deletedIds: [], rejected };
  if (page.next !== null) return { ...done, next: { ...position, ...page.next } };
  if (last < to) return { ...done, next: { ...position, ...START, day: addDays(last, 1) } };
  return { ...done, next: null, covers: { from: dayStart(from, timeZone), to: dayStart(addDays(to, 1), timeZone) } };
}

/**
 * One page of a list by offset, without the rows that the page before showed. It begins with the last ones of these: if
 * none of them is there, the list has moved too far for anybody to know what lies between, and it is begun again. An
 * empty page ends the list only if the list itself says so: what a full pull has not seen is removed.
 */
async function readRows(
  session: ConnectorSession,
  list: ListName,
  query: ListQuery,
  { offset: reached, anchors, restarts }: Place,
): Promise<{ readonly rows: readonly unknown[]; readonly next: Place | null }> {
  const offset = Math.max(0, reached - anchors.length);
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
  if (end <= reached) throw unreadable(`${list}.list`);
  return { rows: fresh, next: { offset: end, anchors: ids.filter((id) => id !== null).slice(-OVERLAP), restarts } };
}

/** Whether this filter is in UTC, as the member itself, or local, as all others, is not documented. */
function earlierReading(since: string | null, timeZone: string): string | undefined {
  return since === null ? undefined : earlierOf(toLocal(since, 'UTC'), toLocal(since, timeZone));
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
