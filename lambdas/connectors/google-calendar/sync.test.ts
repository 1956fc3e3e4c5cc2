import { describe, expect, it, test } from '@jest/globals';
import fc from 'fast-check';
import type { Json } from '../../core/model/mirror-record.ts';
import type { ConnectorSession, PullPage, PullRequest } from '../connector.ts';
import { type Recorded, type Scripted, ScriptedHttp, sessionFor } from '../kit/scripted-http.ts';
import { classifyError } from './errors.ts';
import { errorBody, eventRow, eventsPage, occurrenceRow } from './fixtures/event-row.ts';
import { recordIdOf } from './map.ts';
import { syncData } from './sync.ts';

const UNTIL = '2026-11-23T12:00:00.000Z';
const WINDOW = { from: '2026-08-25T00:00:00.000Z', to: '2027-11-25T00:00:00.000Z' };
const ACCOUNT = { id: '1', name: null, attributes: { primaryCalendarId: 'main', timeZone: 'Europe/London' } };
const CHAIRS = { booking: { calendars: [{ staffId: 'one' }, { staffId: 'two' }] } };

type Answer = (request: Recorded & { calendarId: string }) => Scripted;

function session(answer: Answer, config: Parameters<typeof sessionFor>[1] = {}) {
  const http = new ScriptedHttp((request) => {
    const calendarId = decodeURIComponent(
      /calendars\/([^/]+)\/events|calendarList\/([^/]+)/.exec(String(request.url))?.slice(1).join('') ?? '',
    );
    return answer({ ...request, calendarId });
  }, classifyError);
  return { http, session: sessionFor(http, config, ACCOUNT) };
}

const request = (change: Partial<PullRequest> = {}): PullRequest => ({
  resource: 'appointments',
  mode: 'full',
  since: null,
  until: UNTIL,
  feedState: null,
  cursor: null,
  ...change,
});

/** Follows `next` to the end, as the engine does: every cursor passes through JSON. */
async function pull(opened: ConnectorSession, change: Partial<PullRequest> = {}, most = 30): Promise<PullPage[]> {
  const pages: PullPage[] = [];
  let cursor: Json | null = null;
  do {
    const page = await syncData(opened, request({ ...change, cursor }));
    pages.push(page);
    cursor = JSON.parse(JSON.stringify(page.next));
  } while (cursor !== null && pages.length < most);
  expect(cursor).toBeNull();
  return pages;
}
const ids = (pages: readonly PullPage[]) => pages.flatMap(({ records }) => records.map(({ id }) => id));
const gone = (pages: readonly PullPage[]) => pages.flatMap(({ deletedIds }) => deletedIds);
const named = (calendarId: string, ...eventIds: string[]) => eventIds.map((id) => recordIdOf(calendarId, id));
const last = (items: readonly unknown[], nextSyncToken = 'sync-1'): Scripted => ({
  body: eventsPage(items, { nextSyncToken }),
});
const more = (items: readonly unknown[], nextPageToken: string): Scripted => ({
  body: eventsPage(items, { nextPageToken }),
});
const failed = (status: number, reason: string): Scripted => ({ status, body: errorBody(status, reason) });
const feedOf = (pages: readonly PullPage[]): Json => JSON.parse(JSON.stringify(pages.at(-1)?.feedState ?? null));

/** A feed that a full pull with these rows has left; the window has not moved since. */
async function feedAfter(...rows: unknown[]): Promise<Json> {
  return feedOf(await pull(session(() => last(rows)).session));
}
const incremental = (feedState: Json, change: Partial<PullRequest> = {}) =>
  ({ mode: 'incremental', since: UNTIL, feedState, ...change }) as const;

describe('a full pull', () => {
  it('lists the window of every calendar to the end, empty pages too, and says what it covers', async () => {
    const { http, session: opened } = session(({ calendarId, query }) => {
      if (calendarId === 'two') return last([eventRow('b1')], 'sync-two');
      if (query?.pageToken === undefined) return more([eventRow('a1')], 'p2');
      return query.pageToken === 'p2' ? more([], 'p3') : last([eventRow('a2')], 'sync-one');
    }, CHAIRS);
    const pages = await pull(opened);
    expect(ids(pages)).toEqual([...named('one', 'a1', 'a2'), ...named('two', 'b1')]);
    expect(pages.at(-1)).toMatchObject({ covers: WINDOW, feedState: { tokens: { one: 'sync-one', two: 'sync-two' } } });
    expect(pages.slice(0, -1).every(({ covers, feedState }) => covers === undefined && feedState === undefined)).toBe(
      true,
    );
    for (const { query } of http.requests) {
      expect(query).toMatchObject({ singleEvents: true, timeMin: WINDOW.from, timeMax: WINDOW.to });
      // With `orderBy` Google gives no sync token.
      expect(query).not.toHaveProperty('orderBy');
    }
  });

  it('takes the account’s main calendar where none is named', async () => {
    const { http, session: opened } = session(() => last([]));
    await pull(opened);
    expect(http.requests.map(({ url }) => url)).toEqual([
      'https://www.googleapis.com/calendar/v3/calendars/main/events',
    ]);
  });

  it('tells the next position before it reads the rows', async () => {
    const { session: opened } = session(() => more([eventRow('a')], 'p2'));
    const announced: Json[] = [];
    const page = await syncData(opened, request({ announceNext: async (next) => void announced.push(next) }));
    expect(announced).toEqual([page.next]);
  });

  it('can be repeated from any page on', async () => {
    const rows = Array.from({ length: 40 }, (_, index) => eventRow(`e${index}`));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 8 }),
        fc.nat(7),
        async (sizes, death) => {
          const chunks = sizes.map((size, index) => rows.slice(index * 5, index * 5 + Math.min(size, 5)));
          const { session: opened } = session(({ query }) => {
            const at = Number(query?.pageToken ?? 0);
            return at === chunks.length - 1 ? last(chunks[at] ?? []) : more(chunks[at] ?? [], String(at + 1));
          });
          const seen = new Set<string>();
          let cursor: Json | null = null;
          for (let page = 0, done = false; !done; page += 1) {
            const read: PullPage = await syncData(opened, request({ cursor }));
            for (const { id } of read.records) seen.add(id);
            // A process that dies before its checkpoint begins this page again.
            if (page === death) continue;
            cursor = JSON.parse(JSON.stringify(read.next));
            done = cursor === null;
          }
          expect([...seen].sort()).toEqual(named('main', ...chunks.flat().map(({ id }) => id)).sort());
        },
      ),
      { numRuns: 40 },
    );
  });

  it.each([
    ['400 for a dead page token', failed(400, 'invalid')],
    ['410 for one', failed(410, 'gone')],
  ])('begins the calendar again on %s, and skips nothing', async (_what, refusal) => {
    let died = false;
    const { session: opened } = session(({ query }) => {
      if (query?.pageToken === undefined) return more([eventRow('a')], died ? 'fresh' : 'old');
      if (query.pageToken === 'fresh') return last([eventRow('b')]);
      died = true;
      return refusal;
    });
    expect([...new Set(ids(await pull(opened)))]).toEqual(named('main', 'a', 'b'));
  });

  it('does not begin again for ever', async () => {
    const { session: opened } = session(({ query }) => (query?.pageToken ? failed(400, 'invalid') : more([], 'p')));
    await expect(pull(opened)).rejects.toMatchObject({ code: 'provider_rejected' });
  });

  it('stops at a page token that stands still', async () => {
    const { session: opened } = session(() => more([eventRow('a')], 'p'));
    await expect(pull(opened)).rejects.toMatchObject({ code: 'provider_unavailable' });
  });

  it('of a page without a sync token leaves a feed that must be pulled in full', async () => {
    const feedState = feedOf(await pull(session(() => ({ body: eventsPage([]) })).session));
    const [page] = await pull(session(() => last([])).session, incremental(feedState));
    expect(page?.fullRequired).toBe(true);
  });

  describe('of a calendar that is lost', () => {
    const lost =
      (listed: boolean): Answer =>
      ({ calendarId, operation }) => {
        if (operation === 'calendarList.get') return listed ? { body: { id: calendarId } } : failed(404, 'notFound');
        return calendarId === 'two' ? failed(404, 'notFound') : last([eventRow('a')]);
      };

    it('goes on with the others when the account no longer has it', async () => {
      const pages = await pull(session(lost(false), CHAIRS).session);
      expect(ids(pages)).toEqual(named('one', 'a'));
      const again = session(({ calendarId }) => last([eventRow(calendarId)], 'sync-2'), CHAIRS);
      const changed = await pull(again.session, incremental(feedOf(pages)));
      expect(ids(changed)).toEqual([...named('one', 'one'), ...named('two', 'two')]);
      expect(again.http.requests.map(({ query }) => query?.syncToken)).toEqual(['sync-1', undefined]);
    });

    it('fails when the account still has it: nothing must be taken for gone', async () => {
      await expect(pull(session(lost(true), CHAIRS).session)).rejects.toMatchObject({ code: 'not_found' });
    });

    it('fails when it is the main one', async () => {
      const { session: opened } = session(() => failed(404, 'notFound'));
      await expect(pull(opened)).rejects.toMatchObject({ code: 'not_found' });
    });

    it('asks for a full pull when it is lost between two runs', async () => {
      const feedState = feedOf(await pull(session(({ calendarId }) => last([eventRow(calendarId)]), CHAIRS).session));
      const pages = await pull(session(lost(false), CHAIRS).session, incremental(feedState));
      expect(pages.at(-1)?.fullRequired).toBe(true);
    });
  });
});

describe('an incremental pull', () => {
  it('follows the sync token, page by page, with the parameters that it was made with', async () => {
    const feedState = await feedAfter(eventRow('a'), eventRow('b'));
    const { http, session: opened } = session(({ query }) =>
      query?.pageToken ? last([eventRow('c')], 'sync-2') : more([{ id: 'a', status: 'cancelled' }], 'p2'),
    );
    const pages = await pull(opened, incremental(feedState));
    expect(ids(pages)).toEqual(named('main', 'c'));
    expect(gone(pages)).toEqual(named('main', 'a'));
    expect(feedOf(pages)).toMatchObject({ tokens: { main: 'sync-2' } });
    expect(pages.at(-1)?.covers).toBeUndefined();
    for (const { query } of http.requests) {
      expect(query).toMatchObject({ syncToken: 'sync-1', singleEvents: true });
      for (const name of ['timeMin', 'timeMax', 'orderBy', 'q', 'updatedMin']) expect(query).not.toHaveProperty(name);
    }
    const full = session(() => last([]));
    await pull(full.session);
    const { maxResults, singleEvents } = full.http.requests[0]?.query ?? {};
    expect(http.requests[0]?.query).toMatchObject({ maxResults, singleEvents });
  });

  it.each([
    ['the sync token is dead', failed(410, 'fullSyncRequired')],
    ['the sync token is refused', failed(400, 'invalid')],
  ])('becomes a full one when %s', async (_what, refusal) => {
    const feedState = await feedAfter(eventRow('a'));
    expect(await pull(session(() => refusal).session, incremental(feedState))).toEqual([
      { records: [], deletedIds: [], rejected: [], next: null, fullRequired: true },
    ]);
  });

  it('becomes a full one when other calendars are booked now, or the feed is not its own', async () => {
    const feedState = await feedAfter(eventRow('a'));
    for (const [state, config] of [
      [feedState, CHAIRS],
      [null, {}],
      [{ tokens: 'x' }, {}],
      [{ ...JSON.parse(JSON.stringify(feedState)), parameters: 'singleEvents=false' }, {}],
    ] as const) {
      const [page] = await pull(session(() => last([]), config).session, incremental(state));
      expect(page?.fullRequired).toBe(true);
    }
  });

  it('keeps the old token when Google gives no new one', async () => {
    const feedState = await feedAfter(eventRow('a'));
    const pages = await pull(session(() => ({ body: eventsPage([]) })).session, incremental(feedState));
    expect(feedOf(pages)).toMatchObject({ tokens: { main: 'sync-1' } });
  });

  it('is not stopped by a row that nobody can read', async () => {
    const feedState = await feedAfter(eventRow('a'));
    const rows = [eventRow('b', { start: { dateTime: 'soon' } }), { id: 'a', status: 'cancelled' }, eventRow('c')];
    const pages = await pull(session(() => last(rows)).session, incremental(feedState));
    expect([ids(pages), gone(pages)]).toEqual([named('main', 'c'), named('main', 'a')]);
    expect(pages.flatMap(({ rejected }) => rejected.map(({ id }) => id))).toEqual(named('main', 'b'));
  });

  it('reads what has come into the window since, and only that', async () => {
    const feedState = await feedAfter(eventRow('a'));
    const { http, session: opened } = session(({ query }) =>
      query?.syncToken ? last([], 'sync-2') : last([occurrenceRow('weekly', '2027-11-26T09:00:00Z')], 'not-this-one'),
    );
    const pages = await pull(opened, incremental(feedState, { until: '2026-11-25T12:00:00.000Z' }));
    expect(ids(pages)).toEqual(named('main', 'weekly_20271126T090000Z'));
    expect(http.requests[1]?.query).toMatchObject({ timeMin: WINDOW.to, timeMax: '2027-11-27T00:00:00.000Z' });
    expect(feedOf(pages)).toMatchObject({ until: '2027-11-27T00:00:00.000Z', tokens: { main: 'sync-2' } });
  });

  test('windows of runs at any times leave no gap', async () => {
    const day = fc.integer({ min: 1, max: 40 });
    await fc.assert(
      fc.asyncProperty(fc.array(day, { minLength: 1, maxLength: 6 }), async (steps) => {
        let now = Date.parse(UNTIL);
        let feedState = await feedAfter();
        let reach = WINDOW.to;
        for (const days of steps) {
          now += days * 86_400_000;
          const { http, session: opened } = session(() => last([]));
          const until = new Date(now).toISOString();
          feedState = feedOf(await pull(opened, incremental(feedState, { until })));
          const edge = http.requests.find(({ query }) => query?.timeMin !== undefined)?.query;
          expect(edge?.timeMin).toBe(reach);
          reach = String(edge?.timeMax);
          expect(Date.parse(reach)).toBeGreaterThanOrEqual(now + 366 * 86_400_000);
        }
      }),
      { numRuns: 25 },
    );
  });
});

describe('a series', () => {
  const weekly = (...starts: string[]) => starts.map((start) => occurrenceRow('weekly', start));
  const before = weekly('2026-11-26T09:00:00Z', '2026-12-03T09:00:00Z', '2026-12-10T09:00:00Z');
  const changes = async (...rows: unknown[]) => {
    const feedState = await feedAfter(eventRow('single'), ...before);
    return pull(session(() => last(rows, 'sync-2')).session, incremental(feedState));
  };

  it('with one occurrence cancelled loses that one', async () => {
    const pages = await changes({
      id: 'weekly_20261203T090000Z',
      status: 'cancelled',
      recurringEventId: 'weekly',
      originalStartTime: { dateTime: '2026-12-03T09:00:00Z' },
    });
    expect(gone(pages)).toContain(recordIdOf('main', 'weekly_20261203T090000Z'));
    expect(pages.at(-1)?.fullRequired).toBeUndefined();
  });

  it('with one occurrence moved keeps that one under its id', async () => {
    const moved = occurrenceRow('weekly', '2026-12-03T09:00:00Z', {
      start: { dateTime: '2026-12-04T15:00:00Z', timeZone: 'Europe/London' },
      end: { dateTime: '2026-12-04T16:00:00Z', timeZone: 'Europe/London' },
    });
    const pages = await changes(moved);
    expect(ids(pages)).toEqual(named('main', 'weekly_20261203T090000Z'));
    expect(pages.at(-1)?.fullRequired).toBeUndefined();
  });

  it.each([
    ['is cancelled as a whole', [{ id: 'weekly', status: 'cancelled' }]],
    ['comes at another time', weekly('2026-11-27T09:00:00Z', '2026-12-04T09:00:00Z')],
    ['has become a single event', [eventRow('weekly')]],
  ])('that %s asks for a full pull: which occurrences are gone is not certain', async (_what, rows) => {
    expect((await changes(...rows)).at(-1)?.fullRequired).toBe(true);
  });

  it('shows its change on two pages, too', async () => {
    const [a, b] = weekly('2026-11-27T09:00:00Z', '2026-12-04T09:00:00Z');
    const feedState = await feedAfter(...before);
    const { session: opened } = session(({ query }) => (query?.pageToken ? last([b]) : more([a], 'p2')));
    expect((await pull(opened, incremental(feedState))).at(-1)?.fullRequired).toBe(true);
  });

  it('that is new is read without one, and so are cancelled single events', async () => {
    const pages = await changes(
      occurrenceRow('daily', '2026-12-01T09:00:00Z'),
      occurrenceRow('daily', '2026-12-02T09:00:00Z'),
      { id: 'single', status: 'cancelled' },
      { id: 'other_20261201T090000Z', status: 'cancelled' },
    );
    expect(ids(pages)).toEqual(named('main', 'daily_20261201T090000Z', 'daily_20261202T090000Z'));
    // A single event that has become a series is not listed any more.
    expect(gone(pages)).toEqual(named('main', 'daily', 'single', 'other_20261201T090000Z'));
  });

  it('that never ends is kept within the window, though a change tells of all its occurrences', async () => {
    const pages = await changes(
      occurrenceRow('endless', '2019-05-01T09:00:00Z'),
      occurrenceRow('endless', '2026-12-01T09:00:00Z'),
      occurrenceRow('endless', '2040-05-01T09:00:00Z'),
    );
    expect(ids(pages)).toEqual(named('main', 'endless_20261201T090000Z'));
    expect(gone(pages)).not.toContain(recordIdOf('main', 'endless_20190501T090000Z'));
  });

  it('of which there are too many to remember asks for a full pull when any event may be one', async () => {
    const many = Array.from({ length: 4_001 }, (_, index) => occurrenceRow(`s${index}`, '2026-12-01T09:00:00Z'));
    const feedState = await feedAfter(...many);
    expect(JSON.stringify(feedState).length).toBeLessThan(1_000);
    const few = await feedAfter(...many.slice(0, 4_000));
    expect(JSON.stringify(few).length).toBeLessThan(50_000);
    const isFull = async (row: unknown) =>
      (await pull(session(() => last([row])).session, incremental(feedState))).at(-1)?.fullRequired ?? false;
    expect(await isFull({ id: 'whatever', status: 'cancelled' })).toBe(true);
    expect(await isFull({ id: 's7_20261201T090000Z', status: 'cancelled' })).toBe(false);
    expect(await isFull(eventRow('new'))).toBe(false);
  });
});

describe('the account’s calendars', () => {
  const list = (items: readonly unknown[], more: object = {}): Scripted => ({
    body: { kind: 'calendar#calendarList', items, ...more },
  });
  const row = (id: string, change: object = {}) => ({
    id,
    summary: `Chair ${id}`,
    timeZone: 'Europe/London',
    accessRole: 'owner',
    ...change,
  });

  it('are staff; those that may be written to can be booked', async () => {
    const roles = ['owner', 'writer', 'writerWithoutPrivateAccess', 'reader', 'freeBusyReader', 'unheardOf'];
    const rows = [
      ...roles.map((accessRole) => row(accessRole, { accessRole })),
      row('Owner@Salon.example', { primary: true, summaryOverride: 'Front desk', timeZone: 'GMT+3' }),
      row('nameless', { summary: undefined }),
    ];
    const pages = await pull(session(() => list(rows)).session, { resource: 'staff' });
    const staff = pages.flatMap(({ records }) => records);
    expect(staff.slice(0, 6).map(({ data }) => 'bookable' in data && data.bookable)).toEqual([
      true,
      true,
      false,
      false,
      false,
      false,
    ]);
    expect(staff[6]?.data).toMatchObject({
      id: 'Owner@Salon.example',
      name: 'Front desk',
      email: 'owner@salon.example',
      timeZone: null,
    });
    expect(staff[7]?.data).toMatchObject({ name: 'Unnamed calendar', email: null });
  });

  it('are read to the end each time; those taken off the list are asked for and go', async () => {
    const { http, session: opened } = session(({ query }) =>
      query?.pageToken ? list([{ id: 'b', deleted: true }]) : list([row('a')], { nextPageToken: 'p2' }),
    );
    const pages = await pull(opened, { resource: 'staff', mode: 'incremental', since: UNTIL });
    expect([ids(pages), gone(pages)]).toEqual([['a'], ['b']]);
    expect(http.requests.map(({ query }) => query?.showDeleted)).toEqual([true, true]);
  });
});

it('knows no other resources', async () => {
  const { session: opened } = session(() => last([]));
  await expect(pull(opened, { resource: 'contacts' })).rejects.toMatchObject({ code: 'capability_not_supported' });
});
