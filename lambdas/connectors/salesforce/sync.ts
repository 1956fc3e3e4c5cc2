import * as z from 'zod';
import type { ConnectorSession, PullPage, PullRequest } from '../connector.ts';
import { FULL_REQUIRED, movedOn, NOTHING, noSuchResource, readPosition } from '../kit/positions.ts';
import { readEach } from '../kit/read-each.ts';
import { getDeleted, IDS_PER_QUERY, query, queryAmong, type SObject, unreadable } from './client.ts';
import { fieldsOf, requiredSelection, type Selected } from './fields.ts';
import { manifest } from './manifest.ts';
import { toContactRecord } from './map.ts';
import { readOpportunities } from './opportunities.ts';
import {
  changeSchema,
  contactSchema,
  goneSchema,
  type QueryPage,
  recordIdSchema,
  roleSchema,
  rowId,
} from './schemas.ts';
import { dateTime, quoted } from './soql.ts';

/** Salesforce gives up to 2,000 rows a page, fewer where they are long. */
const PAGE_SIZE = 1_000;
/** More deletions than this are found sooner by a full pull. */
const MAX_DELETED = 2_000;
/** Salesforce tells of deletions for 15 days; a day less, so that a pull does not begin at the very edge. */
const DELETED_MS = 14 * 24 * 60 * 60_000;

const instant = z.iso.datetime();
const lastId = recordIdSchema.nullable();

/** `covered`: until when the feed of deletions has been read. */
const positionSchema = z.discriminatedUnion('phase', [
  z.strictObject({ phase: z.literal('list'), lastId }),
  z.strictObject({ phase: z.enum(['changed', 'related']), at: instant, lastId, covered: instant }),
]);
type Changes = Exclude<z.infer<typeof positionSchema>, { phase: 'list' }>;

/** `fields`: the selection that the mirrored records were read with. */
const feedStateSchema = z.looseObject({ fields: z.string(), deletedUntil: instant });

/**
 * What else changes what the mirror holds of a resource, without a change of its own records: leads that were
 * remembered from live look-ups go when they change; opportunities take their contact from their contact roles.
 */
const FEEDS = {
  contacts: { type: 'Contact', related: 'Lead' },
  opportunities: { type: 'Opportunity', related: 'OpportunityContactRole' },
} as const satisfies Record<string, { type: Selected; related: SObject }>;

interface Pull {
  readonly session: ConnectorSession;
  readonly request: PullRequest;
  readonly feed: (typeof FEEDS)[keyof typeof FEEDS];
  readonly fields: readonly string[];
}
type Rows = Pick<PullPage, 'records' | 'deletedIds' | 'rejected'>;

/**
 * One page. A full pull goes through all records by id; an incremental one reads the feed of deletions, then what has
 * changed, by time and id, then what has changed around it. Every page is a query of its own that begins behind the
 * last row of the page before ("Query": keyset), so there is no locator that could expire, and neither many rows with
 * one stamp nor rows that come and go are lost or repeated.
 *
 * Not seen between two full pulls: a record that leaves what the connected user may see, a company that was renamed.
 */
export async function syncData(session: ConnectorSession, request: PullRequest): Promise<PullPage> {
  const { resource, mode, since, feedState, cursor } = request;
  if (resource !== 'contacts' && resource !== 'opportunities') throw noSuchResource(manifest.name, resource);
  const feed = FEEDS[resource];
  const fields = await requiredSelection(session, feed.type);
  const pull = { session, request, feed, fields };
  if (cursor !== null) {
    const position = readPosition(positionSchema, cursor, manifest.name);
    if (position.phase === 'list') return listPage(pull, position.lastId);
    return position.phase === 'changed' ? changedPage(pull, position) : relatedPage(pull, position);
  }
  if (mode === 'full' || since === null) return listPage(pull, null);
  const remembered = feedStateSchema.safeParse(feedState).data;
  // Fields came or went: the rows that did not change are out of date, too.
  if (remembered?.fields !== fields.join(' ')) return FULL_REQUIRED;
  return deletedPage(pull, since, remembered.deletedUntil);
}

async function listPage(pull: Pull, lastId: string | null): Promise<PullPage> {
  const { session, request, feed, fields } = pull;
  const operation = `${request.resource}.list`;
  const behind = lastId === null ? '' : ` WHERE Id > ${quoted(lastId)}`;
  const soql = `SELECT ${fields.join(', ')} FROM ${feed.type}${behind} ORDER BY Id LIMIT ${PAGE_SIZE}`;
  const page = await query(session, operation, soql);
  const id = movedOn(endOf(page, PAGE_SIZE, rowId), lastId, () => unreadable(operation));
  const next = id === null ? null : { phase: 'list', lastId: id };
  if (next !== null) await request.announceNext?.(next);
  const end = { feedState: { fields: fields.join(' '), deletedUntil: request.until } };
  return { ...(await readRows(pull, page.records)), next, ...(next === null ? end : {}) };
}

/**
 * First what was deleted, because a record may have been restored since: those that are there again come along as
 * records. A start that Salesforce no longer answers for asks for a full pull.
 */
async function deletedPage(pull: Pull, since: string, deletedUntil: string): Promise<PullPage> {
  const { session, request, feed } = pull;
  const from = Math.min(Date.parse(since), Date.parse(deletedUntil));
  if (from < session.now() - DELETED_MS) return FULL_REQUIRED;
  const start = dateTime(new Date(from).toISOString());
  const deleted = await getDeleted(session, feed.type, start, dateTime(request.until));
  const told = deleted !== null && Date.parse(deleted.earliestDateAvailable) <= from;
  if (!told || deleted.deletedRecords.length > MAX_DELETED) return FULL_REQUIRED;
  const covered = Date.parse(deleted.latestDateCovered);
  if (Number.isNaN(covered)) throw unreadable(`${feed.type}.deleted`);
  const ids = [...new Set(deleted.deletedRecords.map(({ id }) => id))];
  const alive = await readLive(pull, ids);
  const there = new Set([...alive.records, ...alive.rejected].map(({ id }) => id));
  return {
    ...alive,
    deletedIds: ids.filter((id) => !there.has(id)),
    next: { phase: 'changed', at: since, lastId: null, covered: new Date(covered).toISOString() },
  };
}

async function changedPage(pull: Pull, position: Changes): Promise<PullPage> {
  const { request, feed, fields } = pull;
  const { page, more } = await changesOf(pull, feed.type, fields, PAGE_SIZE, position);
  const next = more ?? { ...position, phase: 'related', at: request.since ?? position.at, lastId: null };
  await request.announceNext?.(next);
  // In the recycle bin, or merged into another record (`MasterRecordId`): both are deleted.
  const gone = page.records.map((row) => goneSchema.safeParse(row).data?.Id ?? null);
  const rows = await readRows(
    pull,
    page.records.filter((_, position) => gone[position] === null),
  );
  return { ...rows, deletedIds: gone.filter((id) => id !== null), next };
}

async function relatedPage(pull: Pull, position: Changes): Promise<PullPage> {
  const { related } = pull.feed;
  const end = { next: null, feedState: { fields: pull.fields.join(' '), deletedUntil: position.covered } };
  if ((await fieldsOf(pull.session, related)) === null) return { ...NOTHING, ...end };
  const roles = related === 'OpportunityContactRole';
  const fields = roles ? ['Id', 'OpportunityId', 'SystemModstamp'] : ['Id', 'SystemModstamp'];
  const { page, more } = await changesOf(pull, related, fields, roles ? IDS_PER_QUERY : PAGE_SIZE, position);
  const rest = more === null ? end : { next: more };
  const idIn = (row: unknown) => (roles ? roleSchema.parse(row).OpportunityId : changeSchema.parse(row).Id);
  const { read, rejected } = readEach(page.records, idIn, rowId);
  if (!roles) return { records: [], deletedIds: read, rejected, ...rest };
  const live = await readLive(pull, [...new Set(read)]);
  return { ...live, rejected: [...rejected, ...live.rejected], ...rest };
}

/** Rows that changed in the run's window, behind the position; `more` is null at the end. */
async function changesOf(
  { session, request }: Pull,
  type: SObject,
  fields: readonly string[],
  limit: number,
  position: Changes,
): Promise<{ page: QueryPage; more: Changes | null }> {
  const operation = `${type}.changed`;
  const stamp = dateTime(position.at);
  const behind =
    position.lastId === null
      ? `SystemModstamp >= ${stamp}`
      : `((SystemModstamp = ${stamp} AND Id > ${quoted(position.lastId)}) OR SystemModstamp > ${stamp})`;
  const where = `${behind} AND SystemModstamp <= ${dateTime(request.until)}`;
  const soql = `SELECT ${fields.join(', ')} FROM ${type} WHERE ${where} ORDER BY SystemModstamp, Id LIMIT ${limit}`;
  const page = await query(session, operation, soql, 'queryAll');
  const last = endOf(page, limit, (row) => changeSchema.safeParse(row).data ?? null);
  if (last === null) return { page, more: null };
  const more = { ...position, at: new Date(last.SystemModstamp).toISOString(), lastId: last.Id };
  if (more.lastId === position.lastId && more.at === position.at) throw unreadable(operation);
  return { page, more };
}

/** The last row that can be gone on from; null when there is nothing behind this page. */
function endOf<T>({ done, records }: QueryPage, limit: number, read: (row: unknown) => T | null): T | null {
  if (done && records.length < limit) return null;
  const last = records.map(read).findLast((row) => row !== null) ?? null;
  if (last === null) throw unreadable('a page of a query');
  return last;
}

/** Those of these records that are not deleted. */
async function readLive(pull: Pull, ids: readonly string[]): Promise<Rows> {
  const { type } = pull.feed;
  const select = `SELECT ${pull.fields.join(', ')} FROM ${type} WHERE Id IN`;
  return readRows(pull, await queryAmong(pull.session, `${type}.read`, select, ids));
}

async function readRows({ session, feed }: Pull, rows: readonly unknown[]): Promise<Rows> {
  const { defaultCountry } = session.config;
  const { read: records, rejected } =
    feed.type === 'Opportunity'
      ? await readOpportunities(session, rows)
      : readEach(rows, (row) => toContactRecord(contactSchema.parse(row), defaultCountry), rowId);
  return { records, deletedIds: [], rejected };
}
