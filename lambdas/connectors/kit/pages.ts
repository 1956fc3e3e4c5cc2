import type { HubError } from '../../core/errors.ts';
import { movedOn } from './positions.ts';

/** All rows of a list that comes in pages. `read` gives a page, and what leads to the next one. */
export async function allRows<Token extends string | number>(
  read: (token: Token | null) => Promise<{ rows: readonly unknown[]; next: Token | null | undefined }>,
  stuck: () => HubError,
): Promise<unknown[]> {
  const rows: unknown[] = [];
  let token: Token | null = null;
  do {
    const page: Awaited<ReturnType<typeof read>> = await read(token);
    rows.push(...page.rows);
    token = movedOn(page.next, token, stuck);
  } while (token !== null);
  return rows;
}
