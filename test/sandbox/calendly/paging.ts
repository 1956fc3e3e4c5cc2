import * as z from 'zod';
import { badParameter } from './errors.ts';
import type { CalendlyContext } from './guard.ts';
import type { Organization } from './organization.ts';
import { API } from './records.ts';

const tokenSchema = z.object({ offset: z.int().min(1), issuedAt: z.number(), query: z.string() });
const MAX_COUNT = 100;

/** One page of a list. A token is bound to the rest of its query and dies after a while. */
export function pageOf<T>(
  c: CalendlyContext,
  rows: readonly T[],
  render: (row: T) => unknown,
  organization: Organization,
) {
  const url = new URL(c.req.url);
  const count = countOf(url.searchParams.get('count'));
  const token = url.searchParams.get('page_token');
  url.searchParams.delete('page_token');
  url.searchParams.sort();
  const query = url.searchParams.toString();
  const offset = token === null ? 0 : offsetOf(token, query, organization);
  const shown = rows.slice(offset, offset + count);
  const more = offset + count < rows.length;
  const issued = { offset: offset + count, issuedAt: organization.clock.now(), query };
  const next = more ? Buffer.from(JSON.stringify(issued)).toString('base64url') : null;
  const address = next === null ? null : `${API}${url.pathname}?${query}&page_token=${next}`;
  return {
    collection: shown.map(render),
    pagination: {
      count: shown.length,
      next_page: address,
      previous_page: null,
      next_page_token: next,
      previous_page_token: null,
    },
  };
}

function countOf(text: string | null): number {
  if (text === null) return 20;
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > MAX_COUNT) throw badParameter('count', 'must be 1 to 100');
  return count;
}

function offsetOf(token: string, query: string, { clock, settings }: Organization): number {
  let read: unknown;
  try {
    read = JSON.parse(Buffer.from(token, 'base64url').toString());
  } catch {
    throw badParameter('page_token', 'is not a token');
  }
  const parsed = tokenSchema.safeParse(read);
  const good = parsed.success && parsed.data.query === query;
  if (!good || parsed.data.issuedAt + settings.pageTokenMs < clock.now()) {
    throw badParameter('page_token', 'is no longer good');
  }
  return parsed.data.offset;
}
