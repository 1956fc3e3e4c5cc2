import * as z from 'zod';
import type { ConnectorSession, PullPage, PullRequest } from '../connector.ts';
import { movedOn, noSuchResource, readPosition } from '../kit/positions.ts';
import { idOf, readEach } from '../kit/read-each.ts';
import { listObjects, type ObjectType, searchObjects, unreadable } from './client.ts';
import { hashOfPipelines, readDeals } from './deals.ts';
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

/** Hash of the pipelines that this pull began with; null for contacts. */
const pipelines = z.string().nullable();
const after = z.string().nullable();

const positionSchema = z.discriminatedUnion('phase', [
  z.strictObject({ phase: z.literal('list'), after, pipelines }),
  z.strictObject({ phase: z.literal('search'), lastId: z.string().regex(/^\d+$/), pipelines }),
  z.strictObject({ phase: z.literal('archived'), after, pipelines }),
]);
type Position = z.infer<typeof positionSchema>;
type PositionIn<Phase> = Extract<Position, { phase: Phase }>;

const feedStateSchema = z.looseObject({ pipelines: z.string() });

/**
 * One page. A full pull lists all records, an incremental one searches for those that changed; both end with the
 * archived ones, which neither shows.
 */
export async function syncData(session: ConnectorSession, request: PullRequest): Promise<PullPage> {
  const type = objectTypeOf(request.resource);
  const position =
    request.cursor === null
      ? await start(session, type, request)
      : readPosition(positionSchema, request.cursor, manifest.name);
  if (position === null) return { records: [], deletedIds: [], rejected: [], next: null, fullRequired: true };
  switch (position.phase) {
    case 'list':
      return listPage(session, type, position, request);
    case 'search':
      return searchPage(session, type, position, request);
    case 'archived':
      return archivedPage(session, type, position);
  }
}

/** Null: an incremental pull can't know which deals carry outdated labels. */
async function start(session: ConnectorSession, type: ObjectType, request: PullRequest): Promise<Position | null> {
  const current = type === 'deals' ? await hashOfPipelines(session) : null;
  if (request.mode === 'full' || request.since === null) return { phase: 'list', after: null, pipelines: current };
  const remembered = feedStateSchema.safeParse(request.feedState).data?.pipelines ?? null;
  return current === remembered ? { phase: 'search', lastId: '0', pipelines: current } : null;
}

async function listPage(
  session: ConnectorSession,
  type: ObjectType,
  position: PositionIn<'list'>,
  request: PullRequest,
): Promise<PullPage> {
  const page = await listObjects(session.http, type, {
    limit: LIST_LIMIT,
    after: position.after,
    archived: false,
    properties: FEEDS[type].properties,
    ...(type === 'deals' ? { associations: 'contacts' } : {}),
  });
  const after = nextAfter(page, position.after);
  const next = after === null ? archivedFrom(position) : { ...position, after };
  await request.announceNext?.(next);
  return { ...(await readRows(session, type, page.results, true)), next };
}

/**
 * Pages by id within a fixed time window (HubSpot "Search the CRM": at most 10,000 results per query, one sort). Each
 * page is a query of its own, so neither the cap nor many records with one timestamp can lose or repeat any.
 */
async function searchPage(
  session: ConnectorSession,
  type: ObjectType,
  position: PositionIn<'search'>,
  request: PullRequest,
): Promise<PullPage> {
  const { since, until } = request;
  const { modified, properties } = FEEDS[type];
  const { data } = await searchObjects(session.http, type, {
    filterGroups: [
      {
        filters: [
          { propertyName: modified, operator: 'GTE', value: epochMs(since ?? 0) },
          { propertyName: modified, operator: 'LTE', value: epochMs(until) },
          { propertyName: 'hs_object_id', operator: 'GT', value: position.lastId },
        ],
      },
    ],
    sorts: [{ propertyName: 'hs_object_id', direction: 'ASCENDING' }],
    properties,
    limit: SEARCH_LIMIT,
  });
  if (data === null) throw unreadable(`${type}.search`);
  const lastId = lastIdOf(data.results, position.lastId);
  const next = lastId === null ? archivedFrom(position) : { ...position, lastId };
  await request.announceNext?.(next);
  return { ...(await readRows(session, type, data.results, false)), next };
}

async function archivedPage(
  session: ConnectorSession,
  type: ObjectType,
  position: PositionIn<'archived'>,
): Promise<PullPage> {
  const page = await listObjects(session.http, type, {
    limit: LIST_LIMIT,
    after: position.after,
    archived: true,
    properties: ['hs_object_id', 'hs_merged_object_ids'],
  });
  // A survivor that was archived soon after its merge tells of the merge only here.
  const { read, rejected } = readEach(page.results, (row) => objectSchema.parse(row));
  const next = nextAfter(page, position.after);
  return {
    records: [],
    deletedIds: [...new Set(read.flatMap((object) => [object.id, ...mergedIds(object)]))],
    rejected,
    next: next === null ? null : { ...position, after: next },
    ...(next === null && position.pipelines !== null ? { feedState: { pipelines: position.pipelines } } : {}),
  };
}

/** Merged records vanish from lists without being archived: only the survivor tells. */
async function readRows(
  session: ConnectorSession,
  type: ObjectType,
  rows: readonly unknown[],
  linksIncluded: boolean,
): Promise<Pick<PullPage, 'records' | 'deletedIds' | 'rejected'>> {
  const objects = readEach(rows, (row) => objectSchema.parse(row));
  const records =
    type === 'deals'
      ? await readDeals(session, objects.read, linksIncluded)
      : readEach(objects.read, (object) => toContactRecord(object, session.config.defaultCountry));
  return {
    records: records.read,
    deletedIds: [...new Set(objects.read.flatMap(mergedIds))],
    rejected: [...objects.rejected, ...records.rejected],
  };
}

function objectTypeOf(resource: PullRequest['resource']): ObjectType {
  if (resource === 'contacts' || resource === 'deals') return resource;
  throw noSuchResource(manifest.name, resource);
}

function archivedFrom({ pipelines }: Position): Position {
  return { phase: 'archived', after: null, pipelines };
}

function nextAfter(page: HubSpotPage, current: string | null): string | null {
  return movedOn(page.paging?.next?.after, current, () => unreadable('a list page'));
}

/** Where the next search begins; null when there is nothing behind this page. */
function lastIdOf(rows: readonly unknown[], previous: string): string | null {
  const lastId = rows.map((row) => idOf(row)).findLast((id) => id !== null && /^\d+$/.test(id)) ?? null;
  if (lastId === null && rows.length < SEARCH_LIMIT) return null;
  if (lastId === null || BigInt(lastId) <= BigInt(previous)) throw unreadable('a search page');
  return lastId;
}

function epochMs(instant: string | number): string {
  return String(new Date(instant).getTime());
}
