import { describe, expect, test } from '@jest/globals';
import { HubError } from '../../core/errors.ts';
import { FIRST_PLACE, type OffsetPlace, offsetPage } from './offset-pages.ts';
import { idOf } from './read-each.ts';

const LIMIT = 20;
const count = (to: number) => Array.from({ length: to }, (_, index) => String(index + 1));

/** Reads to the end; `change` is made to the list before each page but the first. */
async function readAll(
  ids: string[],
  change: (ids: string[], page: number) => unknown,
  totals = true,
): Promise<string[]> {
  const seen: string[] = [];
  let place: OffsetPlace | null = FIRST_PLACE;
  for (let page = 0; place !== null; page++) {
    if (page > 0) change(ids, page);
    const { rows, next }: Awaited<ReturnType<typeof offsetPage>> = await offsetPage(place, {
      name: 'The list',
      limit: LIMIT,
      read: async (offset) => ({
        rows: ids.slice(offset, offset + LIMIT).map((id) => ({ id })),
        total: totals ? ids.length : null,
      }),
      nameOf: (row) => idOf(row),
      unreadable: () => new HubError('provider_unavailable', { detail: 'unreadable' }),
    });
    seen.push(...rows.map((row) => idOf(row) ?? ''));
    place = next;
  }
  return seen;
}

describe('a list by offset', () => {
  test.each([true, false])('that holds still is read once, with totals: %p', async (totals) => {
    expect(await readAll(count(75), () => undefined, totals)).toEqual(count(75));
  });

  test('loses nobody when rows before the position go', async () => {
    const seen = await readAll(count(75), (ids, page) => page === 1 && ids.splice(2, 5));
    expect(new Set(seen)).toEqual(new Set(count(75)));
  });

  test('is begun again when it moves further than pages overlap', async () => {
    const seen = await readAll(count(75), (ids, page) => page === 1 && ids.splice(0, 15));
    expect(new Set(seen)).toEqual(new Set(count(75)));
    expect(seen.length).toBeGreaterThan(75);
  });

  test('that never holds still is an outage', async () => {
    const turning = readAll(count(75), (ids) => ids.push(...ids.splice(0, 30).map((id) => `${id}+`)));
    await expect(turning).rejects.toMatchObject({ code: 'provider_unavailable', retryAfterSeconds: 60 });
  });
});
