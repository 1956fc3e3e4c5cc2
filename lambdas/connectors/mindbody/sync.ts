import * as z from 'zod';
import { isHubError } from '../../core/errors.ts';
import type { SourceRecord } from '../../core/model/mirror-record.ts';
import type { Resource } from '../../core/model/resource.ts';
import { addDays, dateIn, startOfDay, toLocal } from '../../core/time/zoned-time.ts';
import type { ConnectorSession, PullPage, PullRequest } from '../connector.ts';
import { FIRST_PLACE, type OffsetPlace, offsetPage, offsetPlace } from '../kit/offset-pages.ts';
import { noSuchResource, readPosition } from '../kit/positions.ts';
import { idOf, type Rejected, readEach } from '../kit/read-each.ts';
import { readingFor, rememberClient } from './attendees.ts';
import { type ListName, type ListQuery, listPage, PAGE_LIMIT, unreadable, windowQuery } from './client.ts';
import { manifest } from './manifest.ts';
import { toClassRecord, toClientRecord, toServiceRecord, toStaffRecord } from './map.ts';
import { appointmentSchema, clientSchema, sessionTypeSchema } from './schemas.ts';
import { type Site, siteOf } from './site.ts';

/** The longest window of appointments or classes is not documented; one that is refused is halved. */
const WINDOW_DAYS = 31;
/**
 * What a pull lists of appointments and classes, in days before and after now. The first and the last day may not be
 * swept, so there is one more of each than is wanted. What has moved out of the shorter window is found by its id.
 */
const DAYS = { full: { before: 90, after: 365 }, incremental: { before: 2, after: 61 } } as const;

const listPosition = z.strictObject(offsetPlace);
const date = z.iso.date();
/** `from`, `to`: the whole stretch, in days of the site, both included. `day`, `days`: where the present window begins. */
const windowPosition = z.strictObject({ ...offsetPlace, from: date, to: date, day: date, days: z.int().min(1) });

type WindowedList = 'appointments' | 'classes';
type Listing = readonly [list: ListName, query: ListQuery];
type Read = { readonly read: readonly SourceRecord[]; readonly rejected: readonly Rejected[] };
type Reader = (rows: readonly unknown[]) => (Read & { deletedIds?: readonly string[] }) | Promise<Read>;

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
  const site = await siteOf(session);
  switch (request.resource) {
    case 'clients': {
      // Were inactive ones left out, they would leave the list while it is read, and move all rows behind them.
      const query = { includeInactive: true, lastModifiedDate: earlierReading(request.since, site.timeZone) };
      return listedPage(site, request, ['clients', query], (rows) => readClients(site, rows));
    }
    case 'services':
      return listedPage(site, request, ['services', {}], readServices);
    case 'staff':
      return listedPage(site, request, ['staff', { filters: ['AppointmentInstructor'] }], (rows) =>
        readEach(rows, toStaffRecord, rowId),
      );
    case 'appointments':
    case 'classes':
      return windowPage(site, request, request.resource);
    default:
      throw noSuchResource(manifest.name, request.resource);
  }
}

function readClients(site: Site, rows: readonly unknown[]) {
  const { read, rejected } = readEach(rows, (row) => clientSchema.parse(row), rowId);
  const active = read.filter(({ Active }) => Active !== false);
  for (const client of active) rememberClient(site, client);
  const deletedIds = read.flatMap(({ Active, UniqueId }) => (Active === false ? [UniqueId] : []));
  return { read: active.map((client) => toClientRecord(client, site)), rejected, deletedIds };
}

/** Classes and the like have types of their own, which nobody books an appointment of. */
function readServices(rows: readonly unknown[]) {
  const { read, rejected } = readEach(rows, (row) => sessionTypeSchema.parse(row), rowId);
  const own = read.filter(({ Type }) => (Type ?? 'Appointment') === 'Appointment');
  return { read: own.map(toServiceRecord), rejected };
}

/** The rows of a window. */
async function readWindow(site: Site, list: WindowedList, rows: readonly unknown[]): Promise<Read> {
  if (list === 'classes') return readEach(rows, (row) => toClassRecord(row, site.timeZone), rowId);
  const parsed = readEach(rows, (row) => appointmentSchema.parse(row), rowId);
  const { read, rejected } = readEach(parsed.read, await readingFor(site, parsed.read), rowId);
  return { read, rejected: [...parsed.rejected, ...rejected] };
}

async function listedPage(site: Site, { cursor }: PullRequest, listing: Listing, reader: Reader): Promise<PullPage> {
  const position = cursor === null ? FIRST_PLACE : readPosition(listPosition, cursor, manifest.name);
  const { rows, next } = await readRows(site, listing, position);
  const { read: records, ...others } = await reader(rows);
  return { deletedIds: [], ...others, records, next };
}

async function windowPage(site: Site, { cursor, mode, until }: PullRequest, list: WindowedList): Promise<PullPage> {
  const { timeZone } = site;
  const today = dateIn(until, timeZone);
  const first = addDays(today, -DAYS[mode].before);
  const start = { ...FIRST_PLACE, from: first, to: addDays(today, DAYS[mode].after), day: first, days: WINDOW_DAYS };
  const position = cursor === null ? start : readPosition(windowPosition, cursor, manifest.name);
  const { day, days, from, to } = position;
  const last = earlierOf(addDays(day, days - 1), to);
  let page: Awaited<ReturnType<typeof offsetPage>>;
  try {
    page = await readRows(site, [list, windowQuery(list, day, last)], position);
  } catch (error) {
    if (days === 1 || position.offset > 0 || !isHubError(error, 'provider_rejected')) throw error;
    return { records: [], deletedIds: [], rejected: [], next: { ...position, days: Math.floor(days / 2) } };
  }
  const { read: records, rejected } = await readWindow(site, list, page.rows);
  const done = { records, deletedIds: [], rejected };
  if (page.next !== null) return { ...done, next: { ...position, ...page.next } };
  if (last < to) return { ...done, next: { ...position, ...FIRST_PLACE, day: addDays(last, 1) } };
  return { ...done, next: null, covers: { from: dayStart(from, timeZone), to: dayStart(addDays(to, 1), timeZone) } };
}

/**
 * Asks for appointments by id over the longest stretch that any pull lists: every call costs money, and few move so far.
 * A stretch that is refused is asked for in parts. Nobody books classes by the hub: one that has moved far may wait for
 * the next full pull.
 */
export async function findMoved(session: ConnectorSession, resource: Resource, ids: readonly string[]) {
  if (resource !== 'appointments') return { records: [], rejected: [] };
  const site = await siteOf(session);
  const today = dateIn(session.now(), site.timeZone);
  const last = addDays(today, DAYS.full.after);
  const rows: unknown[] = [];
  let days = DAYS.full.before + DAYS.full.after + 1;
  for (let day = addDays(today, -DAYS.full.before); day <= last; ) {
    const end = earlierOf(addDays(day, days - 1), last);
    const query = { ...windowQuery(resource, day, end), appointmentIds: ids };
    try {
      rows.push(...(await listPage(session, resource, query, { offset: 0 })).rows);
      day = addDays(end, 1);
    } catch (error) {
      if (days === 1 || !isHubError(error, 'provider_rejected')) throw error;
      days = days > WINDOW_DAYS ? WINDOW_DAYS : Math.floor(days / 2);
    }
  }
  const asked = new Set(ids);
  const { read, rejected } = await readWindow(
    site,
    resource,
    rows.filter((row) => asked.has(rowId(row) ?? '')),
  );
  return { records: read, rejected };
}

function readRows({ session }: Site, [list, query]: Listing, position: OffsetPlace) {
  return offsetPage(position, {
    name: `Mindbody’s list of ${list}`,
    limit: PAGE_LIMIT,
    read: (offset) => listPage(session, list, query, { offset }),
    nameOf: rowId,
    unreadable: () => unreadable(`${list}.list`),
  });
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
