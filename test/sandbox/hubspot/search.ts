import * as z from 'zod';
import { validationFailed } from './errors.ts';
import { dateValue, knownNames, PROPERTIES } from './properties.ts';
import {
  type HubSpotRecord,
  indexedVersion,
  type ObjectType,
  propertyValue,
  renderRecord,
  type Version,
} from './records.ts';
import { compileFilter, type Filter, filterSchema, type Match } from './search-filters.ts';
import type { HubSpotStore } from './store.ts';

const WINDOW = 10_000;
const MAX_BODY = 3000;

/** Members with other names are ignored, as HubSpot does: a misspelt `filterGroups` finds everything. */
const searchSchema = z.object({
  query: z.string().optional(),
  limit: z.int().min(0).max(200).default(10),
  after: z.union([z.string().regex(/^\d+$/), z.int().min(0)]).optional(),
  sorts: z
    .array(
      z.union([
        z.string(),
        z.object({ propertyName: z.string(), direction: z.enum(['ASCENDING', 'DESCENDING']).default('ASCENDING') }),
      ]),
    )
    .max(1)
    .default([]),
  properties: z.array(z.string()).default([]),
  filterGroups: z
    .array(z.object({ filters: z.array(filterSchema).max(6) }))
    .max(5)
    .default([]),
});
type SearchRequest = z.infer<typeof searchSchema>;

interface Hit {
  readonly record: HubSpotRecord;
  readonly version: Version;
}

/** One search over what the index knows at this moment. */
export function search(store: HubSpotStore, type: ObjectType, body: string) {
  const request = readRequest(body);
  const after = Number(request.after ?? 0);
  if (after + request.limit > WINDOW)
    throw validationFailed(`Only the first ${WINDOW} results of a query can be paged through.`);
  const groups = request.filterGroups.map(({ filters }) => filters.map((filter) => compileFilter(type, filter)));
  const matches = anyGroup(groups, request.query);
  const sort = readSort(type, request);

  const hits: Hit[] = [];
  let total = 0;
  const now = store.clock.now();
  const { rows, start } = store.rowsFrom(type, lowestId(request.filterGroups.map(({ filters }) => filters)));
  for (let position = start; position < rows.length; position++) {
    const record = rows[position];
    if (!record) break;
    const version = record.waiting ? indexedVersion(record, now) : record.indexed;
    if (!version || !matches(record, version)) continue;
    // Rows come in the order of their ids: without another sort only the wanted page needs keeping.
    if (sort !== null || (total >= after && total < after + request.limit)) hits.push({ record, version });
    total += 1;
  }
  const page = sort === null ? hits : hits.sort(sort).slice(after, after + request.limit);
  const names = knownNames(type, request.properties);
  const next = after + request.limit;
  return {
    total,
    results: page
      .map(({ record, version }) => ({ ...renderRecord(record, version, names), archived: false }))
      .map(withoutArchivedAt),
    ...(next < total && page.length > 0 ? { paging: { next: { after: String(next) } } } : {}),
  };
}

function readRequest(body: string): SearchRequest {
  if (body.length > MAX_BODY)
    throw validationFailed(`The body of a search may have ${MAX_BODY} characters, this one has ${body.length}.`);
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    throw validationFailed('Invalid input JSON');
  }
  const parsed = searchSchema.safeParse(json);
  if (!parsed.success) throw validationFailed(`There was a problem with the request: ${z.prettifyError(parsed.error)}`);
  const filters = parsed.data.filterGroups.flatMap((group) => group.filters);
  if (filters.length > 18)
    throw validationFailed(`A search may have 18 filters in all, this one has ${filters.length}.`);
  return parsed.data;
}

function anyGroup(groups: readonly (readonly Match[])[], query: string | undefined): Match {
  const words = query?.toLowerCase();
  return (record, version) => {
    if (
      words !== undefined &&
      !Object.values(version.properties).some((value) => value.toLowerCase().includes(words))
    ) {
      return false;
    }
    return groups.length === 0 || groups.some((group) => group.every((match) => match(record, version)));
  };
}

/** Where a keyset query (`hs_object_id GT n` in every group) starts, so that it needs not look at earlier rows. */
function lowestId(groups: readonly (readonly Filter[])[]): number {
  if (groups.length === 0) return 0;
  const bounds = groups.map((filters) => {
    const own = filters.filter(
      ({ propertyName, operator }) => propertyName === 'hs_object_id' && /^GTE?$/.test(operator),
    );
    return Math.max(0, ...own.map(({ value }) => Number(value)));
  });
  return Math.min(...bounds);
}

/** How to order the hits; null is by id, ascending. */
function readSort(type: ObjectType, request: SearchRequest): ((a: Hit, b: Hit) => number) | null {
  const [given] = request.sorts;
  if (given === undefined) return null;
  const { propertyName, direction } =
    typeof given === 'string'
      ? { propertyName: given.replace(/^-/, ''), direction: given.startsWith('-') ? 'DESCENDING' : 'ASCENDING' }
      : given;
  const kind = PROPERTIES[type].get(propertyName)?.kind;
  if (!kind) throw validationFailed(`There is no property with the name ${propertyName}`);
  if (propertyName === 'hs_object_id' && direction === 'ASCENDING') return null;
  const sign = direction === 'ASCENDING' ? 1 : -1;
  const key = ({ record, version }: Hit): number | string | null => {
    const value = propertyValue(record, version, propertyName);
    if (value === null) return null;
    if (kind === 'date') return dateValue(value);
    return kind === 'number' ? Number(value) : value.toLowerCase();
  };
  return (a, b) => {
    const left = key(a);
    const right = key(b);
    if (left === right) return a.record.id - b.record.id;
    if (left === null) return 1;
    if (right === null) return -1;
    return left < right ? -sign : sign;
  };
}

/** An archived record that the index still shows looks live. */
function withoutArchivedAt<T extends { archivedAt?: string }>({ archivedAt: _, ...rest }: T): Omit<T, 'archivedAt'> {
  return rest;
}
