import type { HubError } from '../../core/errors.ts';
import { movedOn } from './positions.ts';

/** Gives a page, and what leads to the next one. */
type ReadPage<Token, Missing> = (
  token: Token | null,
) => Promise<{ rows: readonly unknown[]; next: Token | null | undefined } | Missing>;

/** All rows of a list that comes in pages; null where `read` says so of a page: there is no such list. */
export function allRows<Token extends string | number>(
  read: ReadPage<Token, never>,
  stuck: () => HubError,
): Promise<unknown[]>;
export function allRows<Token extends string | number>(
  read: ReadPage<Token, null>,
  stuck: () => HubError,
): Promise<unknown[] | null>;
export async function allRows<Token extends string | number>(
  read: ReadPage<Token, null>,
  stuck: () => HubError,
): Promise<unknown[] | null> {
  const rows: unknown[] = [];
  let token: Token | null = null;
  do {
    const page: Awaited<ReturnType<typeof read>> = await read(token);
    if (page === null) return null;
    rows.push(...page.rows);
    token = movedOn(page.next, token, stuck);
  } while (token !== null);
  return rows;
}
