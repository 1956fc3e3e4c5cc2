/** Lists by offset that are read while others write to them: rows come and go, and all behind them move. */
import * as z from 'zod';
import type { HubError } from '../../core/errors.ts';
import { unavailable } from './failures.ts';

/** Pages overlap by so many rows. */
const OVERLAP = 10;
/** A list that moves by more than the overlap is begun again, so often. */
const MAX_RESTARTS = 3;
const RESTLESS_PAUSE_SECONDS = 60;

/** A position's members. `anchors`: ids of the last rows that were read; the next page must show one of them. */
export const offsetPlace = {
  offset: z.int().min(0),
  anchors: z.array(z.string()).max(OVERLAP),
  restarts: z.int().min(0),
};
const placeSchema = z.strictObject(offsetPlace);
export type OffsetPlace = z.infer<typeof placeSchema>;
export const FIRST_PLACE: OffsetPlace = { offset: 0, anchors: [], restarts: 0 };

export interface OffsetList {
  /** For errors: "Mindbody’s list of clients". */
  readonly name: string;
  /** Rows of a page that is not the last. */
  readonly limit: number;
  /** `total`: how many rows the provider says that there are; null where it does not say. */
  read(offset: number): Promise<{ readonly rows: readonly unknown[]; readonly total: number | null }>;
  nameOf(row: unknown): string | null;
  unreadable(): HubError;
}

/**
 * One page, without the rows that the page before showed. It begins with the last ones of these: if none of them is
 * there, the list has moved too far for anybody to know what lies between, and it is begun again. An empty page ends
 * the list only if the list itself says so: what a full pull has not seen is removed.
 */
export async function offsetPage(
  { offset: reached, anchors, restarts }: OffsetPlace,
  list: OffsetList,
): Promise<{ readonly rows: readonly unknown[]; readonly next: OffsetPlace | null }> {
  const offset = Math.max(0, reached - anchors.length);
  const { rows, total } = await list.read(offset);
  const ids = rows.map((row) => list.nameOf(row));
  const anchor = ids.findLastIndex((id) => id !== null && anchors.includes(id));
  if (anchors.length > 0 && anchor === -1) {
    if (restarts === MAX_RESTARTS) throw unavailable(`${list.name} does not hold still.`, RESTLESS_PAUSE_SECONDS);
    return { rows, next: { ...FIRST_PLACE, restarts: restarts + 1 } };
  }
  const end = offset + rows.length;
  if (rows.length === 0 && total !== null && total > offset) throw list.unreadable();
  const fresh = rows.filter((_, index) => {
    const id = ids[index] ?? null;
    return index > anchor || (id !== null && !anchors.includes(id));
  });
  const whole = rows.length === 0 || (total === null ? rows.length < list.limit : end >= total);
  if (whole) return { rows: fresh, next: null };
  if (end <= reached) throw list.unreadable();
  return { rows: fresh, next: { offset: end, anchors: ids.filter((id) => id !== null).slice(-OVERLAP), restarts } };
}
