import { createHash } from 'node:crypto';
import { invalid } from './errors.ts';

/** What one page of a list is made of. */
export interface Paging<T> {
  /** In the order of `keyOf`. */
  readonly rows: readonly T[];
  readonly keyOf: (row: T) => string;
  readonly limit: number;
  readonly cursor: string | undefined;
  /** The rest of the request: a cursor belongs to it. */
  readonly query: unknown;
  readonly now: number;
  readonly cursorMs: number;
}

/**
 * One page, with a cursor that dies after a while and fits this query only. The limit is advisory: later pages hold a
 * row less. The last page of a list that had several has an empty cursor.
 */
export function pageOf<T>(paging: Paging<T>): { rows: T[]; cursor?: string } {
  const { rows, keyOf, limit, cursor, now } = paging;
  const query = createHash('sha256').update(JSON.stringify(paging.query)).digest('base64url').slice(0, 12);
  const after = cursor === undefined ? null : readCursor(cursor, query, now - paging.cursorMs);
  const rest = after === null ? rows : rows.filter((row) => keyOf(row) > after);
  const page = rest.slice(0, after === null ? limit : Math.max(1, limit - 1));
  const last = page.at(-1);
  if (last === undefined || page.length === rest.length)
    return { rows: page, ...(after === null ? {} : { cursor: '' }) };
  return { rows: page, cursor: Buffer.from(JSON.stringify([keyOf(last), query, now])).toString('base64url') };
}

/** @param highest of what the endpoint takes. */
export function limitOf(given: unknown, highest: number, preset = highest): number {
  if (given === undefined || given === null) return preset;
  const limit = Number(given);
  if (!Number.isInteger(limit) || limit < 1) throw invalid('VALUE_TOO_LOW', 'limit');
  if (limit > highest) throw invalid('VALUE_TOO_HIGH', 'limit');
  return limit;
}

function readCursor(cursor: string, query: string, oldest: number): string {
  const dead = invalid('INVALID_CURSOR', 'cursor', 'The cursor is not valid or has expired.');
  let parts: unknown;
  try {
    parts = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    throw dead;
  }
  const [key, of, at] = Array.isArray(parts) ? parts : [];
  if (typeof key !== 'string' || of !== query || typeof at !== 'number' || at <= oldest) throw dead;
  return key;
}
