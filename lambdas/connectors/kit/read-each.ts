/** Rows of a provider's page, one by one: a malformed one is set aside, and the rest is kept. */
import * as z from 'zod';
import type { PullPage } from '../connector.ts';

export type Rejected = PullPage['rejected'][number];

/**
 * Reads rows one by one; those that `read` throws on are set aside with a reason that holds none of their data.
 *
 * @param idOf names a row that can't be read. @default its `id`
 */
export function readEach<Row, T>(
  rows: readonly Row[],
  read: (row: Row) => T,
  nameOf: (row: Row) => string | null = idOf,
): { read: T[]; rejected: Rejected[] } {
  const done: T[] = [];
  const rejected: Rejected[] = [];
  for (const [position, row] of rows.entries()) {
    try {
      done.push(read(row));
    } catch (error) {
      // One unreadable record must not stop the page; it is counted and named in the run instead.
      rejected.push({ id: nameOf(row) ?? `(position ${position})`, reason: reasonOf(error) });
    }
  }
  return { read: done, rejected };
}

const identifier = z.union([z.string().min(1), z.number()]).transform(String);

/** The id of a row that may be malformed otherwise. `member`: how this provider names it. */
export function idOf(row: unknown, member = 'id'): string | null {
  const parsed = z.record(z.string(), z.unknown()).safeParse(row);
  return parsed.success ? (identifier.safeParse(parsed.data[member]).data ?? null) : null;
}

function reasonOf(error: unknown): string {
  if (error instanceof z.ZodError) {
    // Reasons are logged, and a provider may use anything as a property's name.
    const nameOf = (part: PropertyKey) => (/^[A-Za-z]\w{0,63}$|^\d+$/.test(String(part)) ? String(part) : '(unnamed)');
    return error.issues.map(({ path, message }) => `${path.map(nameOf).join('.') || 'record'}: ${message}`).join('; ');
  }
  return error instanceof Error ? error.name : 'unreadable';
}
