import * as z from 'zod';
import type { SourceRecord } from '../../core/model/mirror-record.ts';
import type { ConnectorSession, PullPage, PullRequest } from '../connector.ts';
import { noSuchResource, readPosition } from '../kit/positions.ts';
import { idOf, readEach } from '../kit/read-each.ts';
import { getDeleted, IDS_PER_QUERY, orgOf, query, queryAmong, type SObject, unreadable } from './client.ts';
import { fieldsOf, requiredSelection, type Selected } from './fields.ts';
import { manifest } from './manifest.ts';
import { toContactRecord } from './map.ts';
import { readOpportunities } from './opportunities.ts';
import { changeSchema, contactSchema, type QueryPage, recordIdSchema, roleSchema } from './schemas.ts';
import { dateTime, quoted } from './soql.ts';

/** Salesforce gives up to 2,000 rows a page, fewer where they are long. */
const PAGE_SIZE = 1_000;
/** More deletions than this are found sooner by a full pull. */
const MAX_DELETED = 2_000;
/** Salesforce tells of deletions for 15 days; a day less, so that a pull does not begin at the very edge. */
const DELETED_DAYS = 14;
const DAY_MS = 24 * 60 * 60_000;

const at = z.iso.datetime();
const lastId = recordIdSchema.nullable();
/** Until when the feed of deletions has been read. */
const covered = z.iso.datetime();

const positionSchema = z.discriminatedUnion('phase', [
  z.strictObject({ phase: z.literal('list'), lastId }),
  z.strictObject({ phase: z.literal('changed'), at, lastId, covered }),
  z.strictObject({ phase: z.literal('related'), at, lastId, covered }),
]);
type Position = z.infer<typeof positionSchema>;
type Changes = Exclude<Position, { phase: 'list' }>;

/** `fields`: the selection that the mirrored records were read with. */
const feedStateSchema = z.looseObject({ fields: z.string(), deletedUntil: z.iso.datetime() });

/**
 * What else changes what the mirror holds of a resource, without a change of its own records: leads that were
 * remembered from live look-ups go when they change; opportunities take their contact from their contact roles.
 */
const FEEDS = {
  contacts: { type: 'Contact', related: 'Lead' },
  opportunities: { type: 'Opportunity', related: 'OpportunityContactRole' },
} as const satisfies Record<string, { type: Selected; related: SObject }>;
type Feed = (typeof FEEDS)[keyof typeof FEEDS];

const NOTHING = { records: [], deletedIds: [], rejected: [] } as const;

/**
 * One page. A full pull goes through all records by id; an incremental one reads the feed of deletions, then what has
 * changed, by time and id, then what has changed around it. Every page is a query of its own that begins behind the
 * last row of the page before ("Query": keyset), so there is no locator that could expire, and neither many rows with
 * one stamp nor rows that come and go are lost or repeated.
 *
 * Not seen between two full pulls: a record that leaves what the connected user may see, a company that was renamed.
 */
export async function syncData(session: ConnectorSession, request: PullRequest): Promise<PullPage> {
  const feed = feedOf(request.resource);
  const fields = await requiredSelection(session, feed.type);
  if (request.cursor === null) {
    const { mode, since, feedState } = request;
    if (mode === 'full' || since === null)
      return listPage(session, feed, fields, { phase: 'list', lastId: null }, request);
    const remembered = feedStateSchema.safeParse(feedState).data;
    // Fields came or went: the rows that did not change are out of date, too.
    if (remembered?.fields !== fields.join(' ')) return { ...NOTHING, next: null, fullRequired: true };
    return deletedPage(session, feed, fields, since, remembered.deletedUntil, request.until);
  }
  const position = readPosition(positionSchema, request.cursor, manifest.name);
  switch (position.phase) {
    case 'list':
      return listPage(session, feed, fields, position, request);
    case 'changed':
      return changedPage(session, feed, fields, position, request);
    case 'related':
      return relatedPage(session, feed, fields, position, request);
  }
}

async function listPage(
  session: ConnectorSession,
  feed: Feed,
  fields: readonly string[],
  position: Extract<Position, { phase: 'list' }>,
  request: PullRequest,
): Promise<PullPage> {
  const behind = position.lastId === null ? '' : ` WHERE Id > ${quoted(position.lastId)}`;
  const page = await query(
    orgOf(session),
    `${request.resource}.list`,
    `SELECT ${fields.join(', ')} FROM ${feed.type}${behind} ORDER BY Id LIMIT ${PAGE_SIZE}`,
  );
  const id = endOf(page, PAGE_SIZE, (row) => recordIdSchema.safeParse(idOf(row, 'Id')).data ?? null);
  if (id !== null && id === position.lastId) throw unreadable(`${request.resource}.list`);
  const next = id === null ? null : { ...position, lastId: id };
  if (next !== null) await request.announceNext?.(next);
  const feedState = { fields: fields.join(' '), deletedUntil: request.until };
  return { ...(await readRows(session, feed, page.records)), next, ...(next === null ? { feedState } : {}) };
}

/**
 * First what was deleted, because a record may have been restored since: those that are there again come along as
 * records. A start that Salesforce no longer answers for asks for a full pull.
 */
async function deletedPage(
  session: ConnectorSession,
  feed: Feed,
  fields: readonly string[],
  since: string,
  deletedUntil: string,
  until: string,
): Promise<PullPage> {
  const from = Math.min(Date.parse(since), Date.parse(deletedUntil));
  const deleted =
    from < session.now() - DELETED_DAYS * DAY_MS
      ? null
      : await getDeleted(orgOf(session), feed.type, {
          from: dateTime(new Date(from).toISOString()),
          to: dateTime(until),
        });
  const earliest = deleted === null ? Number.NaN : Date.parse(deleted.earliestDateAvailable);
  if (deleted === null || !(earliest <= from) || deleted.deletedRecords.length > MAX_DELETED) {
    return { ...NOTHING, next: null, fullRequired: true };
  }
  const coveredUntil = Date.parse(deleted.latestDateCovered);
  if (Number.isNaN(coveredUntil)) throw unreadable(`${feed.type}.deleted`);
  const ids = [...new Set(deleted.deletedRecords.map(({ id }) => id))];
  const alive = await readLive(session, feed, fields, ids);
  const there = new Set([...alive.records, ...alive.rejected].map(({ id }) => id));
  return {
    ...alive,
    deletedIds: ids.filter((id) => !there.has(id)),
    next: { phase: 'changed', at: since, lastId: null, covered: new Date(coveredUntil).toISOString() },
  };
}

async function changedPage(
  session: ConnectorSession,
  feed: Feed,
  fields: readonly string[],
  position: Changes,
  request: PullRequest,
): Promise<PullPage> {
  const { page, next } = await changesOf(session, feed.type, fields, PAGE_SIZE, position, request);
  const behind = next ?? { ...position, phase: 'related', at: request.since ?? position.at, lastId: null };
  await request.announceNext?.(behind);
  // In the recycle bin, or merged into another record (`MasterRecordId`): both are deleted.
  const isGone = (row: unknown) => goneSchema.safeParse(row).success;
  const gone = readEach(page.records.filter(isGone), (row) => goneSchema.parse(row).Id);
  const rows = await readRows(
    session,
    feed,
    page.records.filter((row) => !isGone(row)),
  );
  return { ...rows, deletedIds: gone.read, next: behind };
}

async function relatedPage(
  session: ConnectorSession,
  feed: Feed,
  fields: readonly string[],
  position: Changes,
  request: PullRequest,
): Promise<PullPage> {
  const feedState = { fields: fields.join(' '), deletedUntil: position.covered };
  const end = { next: null, feedState };
  if ((await fieldsOf(session, feed.related)) === null) return { ...NOTHING, ...end };
  const roles = feed.related === 'OpportunityContactRole';
  const selected = ['Id', ...(roles ? ['OpportunityId'] : []), 'SystemModstamp'];
  const { page, next } = await changesOf(
    session,
    feed.related,
    selected,
    roles ? IDS_PER_QUERY : PAGE_SIZE,
    position,
    request,
  );
  const rest = next === null ? end : { next };
  if (!roles) {
    const { read, rejected } = readEach(page.records, (row) => changeSchema.parse(row).Id, rowId);
    return { records: [], deletedIds: read, rejected, ...rest };
  }
  const ids = readEach(page.records, (row) => roleSchema.parse(row).OpportunityId, rowId);
  const live = await readLive(session, feed, fields, [...new Set(ids.read)]);
  return { ...live, rejected: [...ids.rejected, ...live.rejected], ...rest };
}

const goneSchema = z.looseObject({ Id: recordIdSchema, IsDeleted: z.literal(true) });

/** Rows that changed in the run's window, behind the position; `next` is null at the end. */
async function changesOf(
  session: ConnectorSession,
  type: SObject,
  fields: readonly string[],
  limit: number,
  position: Changes,
  { until }: PullRequest,
): Promise<{ page: QueryPage; next: Changes | null }> {
  const stamp = dateTime(position.at);
  const behind =
    position.lastId === null
      ? `SystemModstamp >= ${stamp}`
      : `((SystemModstamp = ${stamp} AND Id > ${quoted(position.lastId)}) OR SystemModstamp > ${stamp})`;
  const operation = `${type}.changed`;
  const page = await query(
    orgOf(session),
    operation,
    `SELECT ${fields.join(', ')} FROM ${type} WHERE ${behind} AND SystemModstamp <= ${dateTime(until)} ` +
      `ORDER BY SystemModstamp, Id LIMIT ${limit}`,
    { deleted: true },
  );
  const last = endOf(page, limit, (row) => changeSchema.safeParse(row).data ?? null);
  if (last === null) return { page, next: null };
  const next = { ...position, at: new Date(last.SystemModstamp).toISOString(), lastId: last.Id };
  if (next.lastId === position.lastId && next.at === position.at) throw unreadable(operation);
  return { page, next };
}

/** The last row that can be gone on from; null when there is nothing behind this page. */
function endOf<T>({ done, records }: QueryPage, limit: number, read: (row: unknown) => T | null): T | null {
  if (done && records.length < limit) return null;
  const last = records.map(read).findLast((row) => row !== null) ?? null;
  if (last === null) throw unreadable('a page of a query');
  return last;
}

/** Those of these records that are not deleted. */
async function readLive(
  session: ConnectorSession,
  feed: Feed,
  fields: readonly string[],
  ids: readonly string[],
): Promise<Pick<PullPage, 'records' | 'deletedIds' | 'rejected'>> {
  const rows = await queryAmong(orgOf(session), `${feed.type}.read`, { fields, type: feed.type, member: 'Id', ids });
  return readRows(session, feed, rows);
}

async function readRows(
  session: ConnectorSession,
  { type }: Feed,
  rows: readonly unknown[],
): Promise<Pick<PullPage, 'records' | 'deletedIds' | 'rejected'>> {
  const { read, rejected } =
    type === 'Opportunity'
      ? await readOpportunities(session, rows)
      : readEach<unknown, SourceRecord>(
          rows,
          (row) => toContactRecord(contactSchema.parse(row), session.config.defaultCountry),
          rowId,
        );
  return { records: read, deletedIds: [], rejected };
}

function rowId(row: unknown): string | null {
  return idOf(row, 'Id');
}

function feedOf(resource: PullRequest['resource']): Feed {
  if (resource === 'contacts' || resource === 'opportunities') return FEEDS[resource];
  throw noSuchResource(manifest.name, resource);
}
