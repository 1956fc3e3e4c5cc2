/** Services and staff: short lists without times of change, read whole in every pull. */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { SourceRecord } from '../../core/model/mirror-record.ts';
import type { ConnectorSession, PullPage, PullRequest } from '../connector.ts';
import { readPosition } from '../kit/positions.ts';
import { idOf, type Rejected, readEach } from '../kit/read-each.ts';
import { listServiceItems, listStaffProfiles, unreadable } from './client.ts';
import { bookingLocationId, locationsOf } from './locations.ts';
import { manifest } from './manifest.ts';
import { toServiceRecord, toStaffRecord } from './map.ts';
import { cursorSchema, nextCursor, usable } from './page-cursor.ts';
import { itemSchema, type Page, staffProfileSchema, variationSchema } from './schemas.ts';

type Listing = 'services' | 'staff';
interface Rows {
  readonly read: readonly SourceRecord[];
  readonly rejected: readonly Rejected[];
}

const positionSchema = z.strictObject({
  cursor: cursorSchema,
  /** Hash over the ids so far, in order. */
  ids: z.string(),
});

const feedStateSchema = z.looseObject({ ids: z.string() });
const NOTHING_YET = '';

const CALLS = { services: listServiceItems, staff: listStaffProfiles } as const;

/**
 * One page. No feed tells what has gone from a list: an incremental pull whose ids differ from those of the last one
 * asks for a full pull, which removes what it does not see.
 */
export async function syncListing(
  session: ConnectorSession,
  request: PullRequest,
  listing: Listing,
): Promise<PullPage> {
  const given =
    request.cursor === null
      ? { cursor: null, ids: NOTHING_YET }
      : readPosition(positionSchema, request.cursor, manifest.name);
  const locationId = await bookingLocationId(session);
  await locationsOf(session);
  const { page, position } = await readPage(session, given, listing);
  const ids = hashOf(position.ids, page.rows, listing);
  const cursor = nextCursor(page, position.cursor, session, listing);
  if (cursor !== null) await request.announceNext?.({ cursor, ids });

  const { read, rejected } = listing === 'services' ? services(page.rows, locationId) : staff(page.rows);
  const isOther = request.mode === 'incremental' && feedStateSchema.safeParse(request.feedState).data?.ids !== ids;
  return {
    records: read,
    deletedIds: [],
    rejected,
    ...(cursor !== null
      ? { next: { cursor, ids } }
      : { next: null, feedState: { ids }, ...(isOther ? { fullRequired: true } : {}) }),
  };
}

async function readPage(session: ConnectorSession, position: z.infer<typeof positionSchema>, listing: Listing) {
  const cursor = usable(position.cursor, session);
  const page: Page | null = cursor === null ? null : await CALLS[listing](session.http, cursor);
  if (page) return { page, position };
  const again = await CALLS[listing](session.http, null);
  if (!again) throw unreadable(`the ${listing}`);
  return { page: again, position: { cursor: null, ids: NOTHING_YET } };
}

function services(rows: readonly unknown[], locationId: string): Rows {
  const items = readEach(rows, (row) => itemSchema.parse(row));
  const variations = items.read.map((item) =>
    readEach(item.item_data.variations ?? [], (row) => toServiceRecord(item, variationSchema.parse(row), locationId)),
  );
  return {
    read: variations.flatMap(({ read }) => read),
    rejected: [...items.rejected, ...variations.flatMap(({ rejected }) => rejected)],
  };
}

function staff(rows: readonly unknown[]): Rows {
  const nameOf = (row: unknown) => idOf(row, 'team_member_id');
  return readEach(rows, (row) => toStaffRecord(staffProfileSchema.parse(row)), nameOf);
}

/** Of items with their variations, or of profiles; whatever can't be read counts by its place. */
function hashOf(before: string, rows: readonly unknown[], listing: Listing): string {
  const names = rows.map((row) => {
    if (listing === 'staff') return [idOf(row, 'team_member_id')];
    const variations = itemSchema.safeParse(row).data?.item_data.variations ?? [];
    return [idOf(row), ...variations.map((variation) => idOf(variation))];
  });
  return createHash('sha256').update(before).update(JSON.stringify(names)).digest('base64url');
}
