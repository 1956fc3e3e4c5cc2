import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Json } from '../../core/model/mirror-record.ts';
import type { Resource } from '../../core/model/resource.ts';
import type { ConnectorSession, PullPage, PullRequest } from '../connector.ts';
import { type Recorded, type Scripted, ScriptedHttp, sessionFor } from '../kit/scripted-http.ts';
import { classifyError } from './errors.ts';
import {
  bookingRow,
  customerRow,
  errorBody,
  itemRow,
  LOCATION,
  profilesReply,
  staffRow,
  variationRow,
} from './fixtures/rows.ts';
import { findMoved, syncData } from './sync.ts';

const UNTIL = '2026-11-23T12:00:00.000Z';
const RETRIEVAL = '/customers/bulk-retrieve';
const DAY_MS = 24 * 60 * 60_000;
const MINUTE_MS = 60_000;
const DEAD = { status: 400, body: errorBody('INVALID_REQUEST_ERROR', 'INVALID_CURSOR', { field: 'cursor' }) };

const pathOf = ({ url }: Recorded) => new URL(url).pathname.replace('/v2', '');
const bodyOf = (request: Recorded) => request.json as { cursor?: string; query?: { filter: Record<string, never> } };
const request = (change: Partial<PullRequest> & { resource: Resource }): PullRequest => ({
  mode: 'full',
  since: null,
  until: UNTIL,
  feedState: null,
  cursor: null,
  ...change,
});

/** Answers locations, and customers by their ids; everything else by script. */
function squareWith(
  answer: (request: Recorded) => Scripted,
  locations: readonly object[] = [LOCATION],
  merged: Readonly<Record<string, string>> = {},
): ScriptedHttp {
  return new ScriptedHttp((asked) => {
    if (pathOf(asked) === '/locations') return { body: { locations } };
    if (pathOf(asked) !== RETRIEVAL) return answer(asked);
    return profilesReply((asked.json as { customer_ids: string[] }).customer_ids, merged);
  }, classifyError);
}

/** To the end; each page in a process of its own, with nothing but the position as JSON. */
async function pull(
  http: ScriptedHttp,
  first: PullRequest,
  between: (session: ConnectorSession, page: number) => ConnectorSession = (session) => session,
): Promise<PullPage[]> {
  const pages: PullPage[] = [];
  let cursor: Json | null = first.cursor;
  do {
    const session = between(sessionFor(http, { defaultCountry: 'GB' }), pages.length);
    const page = await syncData(session, { ...first, cursor });
    pages.push(page);
    cursor = JSON.parse(JSON.stringify(page.next));
  } while (cursor !== null && pages.length < 300);
  expect(cursor).toBeNull();
  return pages;
}
const idsOf = (pages: readonly PullPage[]) => pages.flatMap(({ records }) => records.map(({ id }) => id));
const after = (session: ConnectorSession, ms: number): ConnectorSession => ({
  ...session,
  now: () => Date.parse(UNTIL) + ms,
});

/** Bookings as ListBookings shows them. Cursors name an offset; `isDead` says which are dead. */
function bookingsAt(
  starts: readonly string[],
  options: { inclusive?: boolean; pageSize?: number; isDead?: () => boolean } = {},
): ScriptedHttp {
  const { inclusive = true, pageSize = 3, isDead = () => false } = options;
  return squareWith(({ query }) => {
    const [from, to] = [Date.parse(String(query?.start_at_min)), Date.parse(String(query?.start_at_max))];
    expect(to - from).toBeLessThanOrEqual(31 * DAY_MS);
    if (query?.cursor !== undefined && isDead()) return DEAD;
    const listed = starts
      .map((start, index) => ({ start: Date.parse(start), row: bookingRow(`bk${index}`, { start_at: start }) }))
      .filter(({ start }) => (inclusive ? start >= from && start <= to : start > from && start < to));
    const offset = Number(query?.cursor ?? 0);
    const bookings = listed.slice(offset, offset + pageSize).map(({ row }) => row);
    const more = offset + pageSize < listed.length;
    return { body: { ...(bookings.length > 0 ? { bookings } : {}), cursor: more ? String(offset + pageSize) : '' } };
  });
}

describe('appointments', () => {
  test('are listed window by window, from 90 days ago to a year ahead, and the pull says so', async () => {
    const http = bookingsAt([]);
    const pages = await pull(http, request({ resource: 'appointments' }));
    const asked = http.requests.filter((one) => pathOf(one) === '/bookings').map(({ query }) => query);
    expect(asked).toHaveLength(15);
    expect(asked[0]).toMatchObject({ start_at_min: '2026-08-24T23:59:59.000Z', limit: 100 });
    expect(asked.at(-1)).toMatchObject({ start_at_max: '2027-11-18T00:00:01.000Z' });
    expect(pages.at(-1)?.covers).toEqual({ from: '2026-08-25T00:00:00.000Z', to: '2027-11-18T00:00:00.000Z' });
    expect(pages.slice(0, -1).every(({ covers }) => covers === undefined)).toBe(true);
  });

  test('belong to whoever a merged customer has become; only those whom the run has not listed are asked for', async () => {
    const rows = ['C1', 'C2', 'C2', null].map((customer_id, index) => bookingRow(`bk${index}`, { customer_id }));
    const http = squareWith(
      (asked) => {
        if (pathOf(asked) === '/customers') return { body: { customers: [customerRow('C1'), customerRow('C3')] } };
        return { body: String(asked.query?.start_at_min) < '2026-12-02' ? { bookings: rows } : {} };
      },
      [LOCATION],
      { C2: 'C3' },
    );
    const session = sessionFor(http);
    await syncData(session, request({ resource: 'customers' }));
    const cursor = { from: '2026-11-23T00:00:00.000Z', days: 30, cursor: null, locations: '' };
    const { records } = await syncData(session, request({ resource: 'appointments', cursor }));
    const customers = records.map(({ data }) => ('customers' in data ? data.customers.map(({ id }) => id) : []));
    expect(customers).toEqual([['C1'], ['C3'], ['C3'], []]);
    expect(records[1]?.source).toMatchObject({ customer_id: 'C2' });
    const asked = http.requests.filter((one) => pathOf(one) === RETRIEVAL).map(({ json }) => json);
    expect(asked).toEqual([{ customer_ids: ['C2'] }]);
  });

  test('that are asked for by id and can’t be read, or fail for another reason, are not taken for gone', async () => {
    const entries = {
      moved: { booking: bookingRow('moved', { start_at: '2027-06-01T10:00:00Z' }) },
      strange: { booking: { id: 'strange' } },
      hidden: { errors: [{ category: 'API_ERROR', code: 'INTERNAL_SERVER_ERROR' }] },
      gone: { errors: [{ category: 'INVALID_REQUEST_ERROR', code: 'NOT_FOUND' }] },
    };
    const ids = [...Object.keys(entries), 'unmentioned'];
    const http = squareWith(() => ({ body: { bookings: entries } }));
    const { records, rejected } = await findMoved(sessionFor(http), 'appointments', ids);
    expect(records.map(({ id }) => id)).toEqual(['moved']);
    expect(rejected.map(({ id }) => id)).toEqual(['strange', 'hidden']);
    expect(http.requests[0]?.json).toEqual({ booking_ids: ids });
    const silent = sessionFor(squareWith(() => ({ body: {} })));
    await expect(findMoved(silent, 'appointments', ids)).rejects.toThrow();
  });

  test('to come are listed again by every incremental pull: no filter tells what has changed', async () => {
    const http = bookingsAt(['2026-11-20T10:00:00Z', '2026-11-25T10:00:00Z', '2027-06-01T10:00:00Z']);
    const feedState = (await pull(http, request({ resource: 'appointments' }))).at(-1)?.feedState ?? null;
    const pages = await pull(
      http,
      request({ resource: 'appointments', mode: 'incremental', since: '2026-11-23T11:00:00Z', feedState }),
    );
    expect(idsOf(pages)).toEqual(['bk1', 'bk2']);
    expect(pages.at(-1)?.covers).toEqual({ from: '2026-11-21T00:00:00.000Z', to: '2027-11-18T00:00:00.000Z' });
  });

  test('are each listed once, whether or not the ends of a range belong to it, and whatever cursors die', async () => {
    const start = fc.integer({ min: -100 * 24, max: 380 * 24 }).map((hours) => hours * 60 * MINUTE_MS);
    const midnight = fc.integer({ min: -95, max: 365 }).map((days) => days * DAY_MS - 12 * 60 * MINUTE_MS);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(start, midnight), { maxLength: 40 }),
        fc.boolean(),
        fc.array(fc.boolean(), { minLength: 1, maxLength: 20 }),
        async (offsets, inclusive, deaths) => {
          const starts = offsets.map((offset) => new Date(Date.parse(UNTIL) + offset).toISOString());
          const left = [...deaths];
          const http = bookingsAt(starts, { inclusive, isDead: () => left.shift() ?? false });
          const pages = await pull(http, request({ resource: 'appointments' }));
          const { from = '', to = '' } = pages.at(-1)?.covers ?? {};
          const expected = starts.flatMap((at, index) => (at >= from && at < to ? [`bk${index}`] : []));
          expect(new Set(idsOf(pages))).toEqual(new Set(expected));
          if (!deaths.includes(true)) expect(idsOf(pages)).toHaveLength(expected.length);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('go on from the beginning of their window when they were parked for longer than a cursor lives', async () => {
    const http = bookingsAt([
      '2026-11-25T10:00:00Z',
      '2026-11-25T11:00:00Z',
      '2026-11-25T12:00:00Z',
      '2026-11-25T13:00:00Z',
    ]);
    let waited = 0;
    const pages = await pull(http, request({ resource: 'appointments' }), (session, page) => {
      // Between the two pages of the window of the 25th.
      if (page === 4) waited = 5 * MINUTE_MS;
      return after(session, waited);
    });
    expect(new Set(idsOf(pages))).toEqual(new Set(['bk0', 'bk1', 'bk2', 'bk3']));
    const cursors = http.requests.flatMap(({ query }) => query?.cursor ?? []);
    // The one cursor that was too old was not tried; the one of the window’s second, shorter reading was.
    expect(cursors).toEqual(['3']);
  });

  test('are read to the end even if no cursor lives long enough for 30 days of them', async () => {
    const starts = Array.from({ length: 60 }, (_, index) => new Date(Date.parse(UNTIL) + index * 12 * 60 * MINUTE_MS));
    const http = bookingsAt(
      starts.map((start) => start.toISOString()),
      { isDead: () => true },
    );
    const pages = await pull(http, request({ resource: 'appointments' }));
    expect(new Set(idsOf(pages)).size).toBe(60);
  });

  test('are pulled in full when a location has another zone or name', async () => {
    const feedState = (await pull(bookingsAt([]), request({ resource: 'appointments' }))).at(-1)?.feedState ?? null;
    const moved = squareWith(() => ({ body: {} }), [{ ...LOCATION, timezone: 'Europe/Dublin' }]);
    const [page] = await pull(
      moved,
      request({ resource: 'appointments', mode: 'incremental', since: UNTIL, feedState }),
    );
    expect(page).toMatchObject({ fullRequired: true, records: [] });
  });

  test('have the zone and the name of their own location, or those of the business', async () => {
    const rows = [
      bookingRow('bk1', { start_at: '2026-11-25T10:00:00Z', location_id: 'L-NY' }),
      bookingRow('bk2', { start_at: '2026-11-25T10:00:00Z', location_id: 'L-GONE' }),
      bookingRow('bk3', { start_at: '2026-11-25T10:00:00Z', location_id: 'L-ODD' }),
    ];
    const http = squareWith(
      ({ query }) => ({
        body:
          String(query?.start_at_min) < '2026-11-25' && String(query?.start_at_max) > '2026-11-26'
            ? { bookings: rows }
            : {},
      }),
      [
        LOCATION,
        { id: 'L-NY', name: 'Tenth Street', timezone: 'America/New_York' },
        { id: 'L-ODD', timezone: 'Mars/Base' },
      ],
    );
    const session = sessionFor(http, { timeZone: 'Europe/Paris' });
    const records = [];
    let cursor: Json | null = null;
    do {
      const page: PullPage = await syncData(session, request({ resource: 'appointments', cursor }));
      records.push(...page.records);
      cursor = page.next;
    } while (cursor !== null);
    expect(records.map(({ data }) => data)).toMatchObject([
      { start: '2026-11-25T05:00:00-05:00', location: { name: 'Tenth Street' } },
      { start: '2026-11-25T11:00:00+01:00', timeZone: 'Europe/Paris', location: { id: 'L-GONE', name: null } },
      { start: '2026-11-25T11:00:00+01:00', timeZone: 'Europe/Paris' },
    ]);
    // Locations are asked for once, however many pages there are.
    expect(http.requests.filter((one) => pathOf(one) === '/locations')).toHaveLength(1);
  });
});

describe('customers', () => {
  /** A list by creation, and the search that goes on in it. Cursors name an offset into what they belong to. */
  function directory(created: readonly string[], isDead: () => boolean): ScriptedHttp {
    const all = created
      .map((created_at, index) => ({ created_at, row: customerRow(`C${index}`, { created_at }) }))
      .toSorted((a, b) => Date.parse(a.created_at) - Date.parse(b.created_at));
    return squareWith((asked) => {
      const isList = pathOf(asked) === '/customers';
      const cursor = isList ? asked.query?.cursor : bodyOf(asked).cursor;
      if (cursor !== undefined && isDead()) return DEAD;
      const filter = isList ? {} : (bodyOf(asked).query?.filter ?? {});
      const { start_at = '' }: { start_at?: string } = { ...(filter as { created_at?: object }).created_at };
      const listed = all.filter(({ created_at }) => start_at === '' || Date.parse(created_at) >= Date.parse(start_at));
      const offset = Number(cursor ?? 0);
      const customers = listed.slice(offset, offset + 2).map(({ row }) => row);
      const more = offset + 2 < listed.length;
      return {
        body: { ...(customers.length > 0 ? { customers } : {}), ...(more ? { cursor: String(offset + 2) } : {}) },
      };
    });
  }

  test('are listed to the end, oldest first', async () => {
    const http = directory(['2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z', '2026-01-03T00:00:00Z'], () => false);
    expect(idsOf(await pull(http, request({ resource: 'customers' })))).toEqual(['C0', 'C1', 'C2']);
    const [, first] = http.requests;
    expect(first).toMatchObject({ query: { limit: 100, sort_field: 'CREATED_AT', sort_order: 'ASC' } });
  });

  test('are all seen though cursors die, also when many were created at one moment', async () => {
    const time = fc.integer({ min: 0, max: 6 }).map((minute) => `2026-01-01T00:0${minute}:00.${minute}5Z`);
    await fc.assert(
      fc.asyncProperty(
        fc.array(time, { maxLength: 25 }),
        fc.array(fc.boolean(), { maxLength: 12 }),
        async (created, deaths) => {
          // Two to a page: of more than two at one moment the search would show the same two for ever.
          const distinct = [...new Set(created)];
          const left = [...deaths];
          const http = directory(distinct, () => left.shift() ?? false);
          const pages = await pull(http, request({ resource: 'customers' }));
          expect(new Set(idsOf(pages))).toEqual(new Set(distinct.map((_, index) => `C${index}`)));
        },
      ),
      { numRuns: 60 },
    );
  });

  test('go on by their time of creation when the list’s cursor has died', async () => {
    const http = directory(['2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z', '2026-01-03T00:00:00Z'], () => true);
    expect(idsOf(await pull(http, request({ resource: 'customers' })))).toEqual(['C0', 'C1', 'C1', 'C2']);
    expect(http.requests.at(-1)?.json).toMatchObject({
      query: { filter: { created_at: { start_at: '2026-01-01T23:59:59.000Z' } } },
    });
  });

  test('that have changed are searched for, with no upper end and in an order that no edit moves', async () => {
    const http = squareWith(() => ({ body: { customers: [customerRow('C1')] } }));
    const since = '2026-11-23T11:50:00.000Z';
    expect(idsOf(await pull(http, request({ resource: 'customers', mode: 'incremental', since })))).toEqual(['C1']);
    expect(http.requests.at(-1)?.json).toEqual({
      query: { filter: { updated_at: { start_at: since } }, sort: { field: 'CREATED_AT', order: 'ASC' } },
      limit: 100,
    });
  });

  test('keep both filters when a search is begun again', async () => {
    const since = '2026-11-23T11:50:00.000Z';
    const cursor = { value: 'old', at: Date.parse(UNTIL) - 10 * MINUTE_MS };
    const position = { phase: 'search', from: null, cursor, seenTo: '2026-02-01T00:00:00.000Z' };
    const http = squareWith(() => ({ body: {} }));
    await pull(http, request({ resource: 'customers', mode: 'incremental', since, cursor: position }));
    expect(bodyOf(http.requests.at(-1) ?? (http.requests[0] as Recorded)).query?.filter).toEqual({
      created_at: { start_at: '2026-01-31T23:59:59.000Z' },
      updated_at: { start_at: since },
    });
  });

  test('are not paged for ever by a cursor that stands still', async () => {
    const http = squareWith(() => ({ body: { customers: [customerRow('C1')], cursor: 'same' } }));
    await expect(pull(http, request({ resource: 'customers' }))).rejects.toMatchObject({
      code: 'provider_unavailable',
    });
  });

  test('are none only when the account answers otherwise: an empty answer may come from anywhere', async () => {
    const http = new ScriptedHttp((asked) => (pathOf(asked) === '/locations' ? { status: 503 } : { body: {} }));
    await expect(pull(http, request({ resource: 'customers' }))).rejects.toMatchObject({
      code: 'provider_unavailable',
    });
  });
});

describe.each([
  ['services', 'items', (id: string) => itemRow(`I${id}`, `Item ${id}`, [variationRow(id)])],
  ['staff', 'team_member_booking_profiles', (id: string) => staffRow(id, `Name ${id}`)],
] as const)('%s', (resource, member, row) => {
  const listing = (...ids: string[]) =>
    squareWith(() => ({ body: ids.length === 0 ? {} : { [member]: ids.map(row) } }));
  const incremental = (feedState: Json | null) => request({ resource, mode: 'incremental', since: UNTIL, feedState });
  const stateAfter = async (http: ScriptedHttp) => (await pull(http, request({ resource }))).at(-1)?.feedState ?? null;

  test('are read whole by every pull', async () => {
    const state = await stateAfter(listing('A', 'B'));
    const [page] = await pull(listing('A', 'B'), incremental(state));
    expect(page?.records.map(({ id }) => id)).toEqual(['A', 'B']);
    expect(page?.fullRequired).toBeUndefined();
  });

  test.each([[['A']], [['A', 'B', 'C']], [[]]])(
    'that are %j now instead of A and B are pulled in full',
    async (now) => {
      const state = await stateAfter(listing('A', 'B'));
      expect((await pull(listing(...now), incremental(state))).at(-1)?.fullRequired).toBe(true);
      expect((await pull(listing(...now), incremental(null))).at(-1)?.fullRequired).toBe(true);
    },
  );

  test('begin again when the cursor has died, and end with the same state', async () => {
    const paged = (dead: boolean) => {
      let died = !dead;
      return squareWith((asked) => {
        const cursor = asked.method === 'GET' ? asked.query?.cursor : bodyOf(asked).cursor;
        if (cursor === undefined) return { body: { [member]: [row('A')], cursor: 'next' } };
        if (died) return { body: { [member]: [row('B')], cursor: '' } };
        died = true;
        return DEAD;
      });
    };
    const pages = await pull(paged(true), request({ resource }));
    expect(idsOf(pages)).toEqual(['A', 'A', 'B']);
    expect(pages.at(-1)?.feedState).toEqual(await stateAfter(paged(false)));
  });
});

test('other resources are none of Square’s', async () => {
  const session = sessionFor(squareWith(() => ({ body: {} })));
  await expect(syncData(session, request({ resource: 'deals' }))).rejects.toMatchObject({
    code: 'capability_not_supported',
  });
});
