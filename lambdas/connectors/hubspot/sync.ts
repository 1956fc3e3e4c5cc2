import * as z from 'zod';
import type { ConnectorSession, PullPage, PullRequest } from '../connector.ts';
import { unreadable } from '../kit/calls.ts';
import { FULL_REQUIRED, movedOn, NOTHING, noSuchResource, readPosition } from '../kit/positions.ts';
import { idOf, readEach } from '../kit/read-each.ts';
import { listObjects, type ObjectType, searchObjects } from './client.ts';
import { digestOfPipelines, readDeals } from './deals.ts';
import { manifest } from './manifest.ts';
import { CONTACT_PROPERTIES, DEAL_PROPERTIES, mergedIds, toContactRecord } from './map.ts';
import { type HubSpotPage, objectSchema } from './schemas.ts';

/** The two types name their modification property differently. */
const FEEDS = {
  contacts: { properties: CONTACT_PROPERTIES, modified: 'lastmodifieddate' },
  deals: { properties: DEAL_PROPERTIES, modified: 'hs_lastmodifieddate' },
} as const;

const LIST_LIMIT = 100;
const SEARCH_LIMIT = 200;

/** Digest of the pipelines that this pull began with; null for contacts. */
const pipelines = z.string().nullable();
const after = z.string().nullable();

const positionSchema = z.discriminatedUnion('phase', [
  z.strictObject({ phase: z.literal('list'), after, pipelines }),
  z.strictObject({ phase: z.literal('search'), lastId: z.string().regex(/^\d+$/), pipelines }),
  z.strictObject({ phase: z.literal('archived'), after, pipelines }),
]);
type Position = z.infer<typeof positionSchema>;

const feedStateSchema = z.looseObject({ pipelines: z.string() });

/**
 * One page. A full pull lists all records, an incremental one searches for those that changed; both end with the
 * archived ones, which neither shows.
 */
export async function syncData(session: ConnectorSession, request: PullRequest): Promise<PullPage> {
  const { resource: type, cursor } = request;
  if (type !== 'contacts' && type !== 'deals') throw noSuchResource(manifest.name, type);
  const position =
    cursor === null ? await start(session, type, request) : readPosition(positionSchema, cursor, manifest.name);
  if (position === null) return FULL_REQUIRED;
  if (position.phase === 'archived') return archivedPage(session, type, position);
  const searches = position.phase === 'search';
  const { rows, next } = searches
    ? await search(session, type, position, request)
    : await list(session, type, position);
  await request.announceNext?.(next);
  return { ...(await readRows(session, type, rows, !searches)), next };
}

/** Null: an incremental pull can't know which deals carry outdated labels. */
async function start(session: ConnectorSession, type: ObjectType, request: PullRequest): Promise<Position | null> {
  const current = type === 'deals' ? await digestOfPipelines(session) : null;
  if (request.mode === 'full' || request.since === null) return { phase: 'list', after: null, pipelines: current };
  const remembered = feedStateSchema.safeParse(request.feedState).data?.pipelines ?? null;
  return current === remembered ? { phase: 'search', lastId: '0', pipelines: current } : null;
}

interface Found {
  readonly rows: readonly unknown[];
  readonly next: Position;
}

async function list(
  { http }: ConnectorSession,
  type: ObjectType,
  position: Extract<Position, { phase: 'list' }>,
): Promise<Found> {
  const query = { limit: LIST_LIMIT, after: position.after, archived: false, properties: FEEDS[type].properties };
  const page = await listObjects(http, type, type === 'deals' ? { ...query, associations: 'contacts' } : query);
  const after = nextAfter(page, position.after);
  return { rows: page.results, next: after === null ? archivedFrom(position) : { ...position, after } };
}

/**
 * Pages by id within a fixed time window (HubSpot "Search the CRM": at most 10,000 results per query, one sort). Each
 * page is a query of its own, so neither the cap nor many records with one timestamp can lose or repeat any.
 */
async function search(
  { http }: ConnectorSession,
  type: ObjectType,
  position: Extract<Position, { phase: 'search' }>,
  { since, until }: PullRequest,
): Promise<Found> {
  const { modified, properties } = FEEDS[type];
  const filters = [
    { propertyName: modified, operator: 'GTE', value: epochMs(since ?? 0) },
    { propertyName: modified, operator: 'LTE', value: epochMs(until) },
    { propertyName: 'hs_object_id', operator: 'GT', value: position.lastId },
  ] as const;
  const sorts = [{ propertyName: 'hs_object_id', direction: 'ASCENDING' }] as const;
  const query = { filterGroups: [{ filters }], sorts, properties, limit: SEARCH_LIMIT };
  const page = await searchObjects(http, type, query);
  if (page === null) throw unreadable(manifest.name, `${type}.search`);
  const lastId = lastIdOf(page.results, position.lastId);
  return { rows: page.results, next: lastId === null ? archivedFrom(position) : { ...position, lastId } };
}

async function archivedPage(
  { http }: ConnectorSession,
  type: ObjectType,
  position: Extract<Position, { phase: 'archived' }>,
): Promise<PullPage> {
  const properties = ['hs_object_id', 'hs_merged_object_ids'];
  const page = await listObjects(http, type, { limit: LIST_LIMIT, after: position.after, archived: true, properties });
  // A survivor that was archived soon after its merge tells of the merge only here.
  const { read, rejected } = readEach(page.results, (row) => objectSchema.parse(row));
  const deletedIds = [...new Set(read.flatMap((object) => [object.id, ...mergedIds(object)]))];
  const after = nextAfter(page, position.after);
  if (after !== null) return { ...NOTHING, deletedIds, rejected, next: { ...position, after } };
  const end = position.pipelines === null ? {} : { feedState: { pipelines: position.pipelines } };
  return { ...NOTHING, deletedIds, rejected, next: null, ...end };
}

/** Merged records vanish from lists without being archived: only the survivor tells. */
async function readRows(
  session: ConnectorSession,
  type: ObjectType,
  rows: readonly unknown[],
  linksIncluded: boolean,
): Promise<Omit<PullPage, 'next'>> {
  const objects = readEach(rows, (row) => objectSchema.parse(row));
  const { read, rejected } =
    type === 'deals'
      ? await readDeals(session, objects.read, linksIncluded)
      : readEach(objects.read, (object) => toContactRecord(object, session.config.defaultCountry));
  const deletedIds = [...new Set(objects.read.flatMap(mergedIds))];
  return { records: read, deletedIds, rejected: [...objects.rejected, ...rejected] };
}

function archivedFrom({ pipelines }: Position): Position {
  return { phase: 'archived', after: null, pipelines };
}

function nextAfter(page: HubSpotPage, current: string | null): string | null {
  return movedOn(page.paging?.next?.after, current, () => unreadable(manifest.name, 'a list page'));
}

/** Where the next search begins; null when there is nothing behind this page. */
function lastIdOf(rows: readonly unknown[], previous: string): string | null {
  const lastId = rows.map((row) => idOf(row)).findLast((id) => id !== null && /^\d+$/.test(id)) ?? null;
  if (lastId === null && rows.length < SEARCH_LIMIT) return null;
  if (lastId === null || BigInt(lastId) <= BigInt(previous)) throw unreadable(manifest.name, 'a search page');
  return lastId;
}

function epochMs(instant: string | number): string {
  return String(new Date(instant).getTime());
}
