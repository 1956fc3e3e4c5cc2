import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { addDays } from '../../core/time/zoned-time.ts';
import type { ConnectorSession, PullPage, PullRequest } from '../connector.ts';
import { type Recorded, type Scripted, ScriptedHttp, sessionFor } from '../kit/scripted-http.ts';
import { classifyError } from './errors.ts';
import { appointmentRow, calendarRow, clientRow, typeRow } from './fixtures/rows.ts';
import { syncData } from './sync.ts';

const UNTIL = '2026-11-23T12:00:00.000Z';
const SINCE = '2026-11-20T00:00:00.000Z';

type Row = ReturnType<typeof appointmentRow>;

/** An account that answers as Acuity does: by day, newest first unless asked otherwise, cut off without a word. */
function account(rows: readonly Row[], cap = 1_000): (request: Recorded) => Scripted {
  const calendars = [...new Set(rows.map(({ calendarID }) => calendarID))].map((id) => calendarRow({ id }));
  const types = [...new Set(rows.map(({ appointmentTypeID }) => appointmentTypeID))].map((id) => typeRow({ id }));
  return ({ url, query = {} }) => {
    if (String(url).endsWith('/calendars')) return { body: calendars };
    if (String(url).endsWith('/appointment-types')) return { body: types };
    if (!String(url).endsWith('/appointments')) return { status: 404, body: {} };
    const date = (row: Row) => row.datetime.slice(0, 10);
    const found = rows
      .filter((row) => date(row) >= String(query.minDate) && date(row) <= String(query.maxDate))
      .filter((row) => query.calendarID === undefined || String(row.calendarID) === query.calendarID)
      .filter(
        (row) => query.appointmentTypeID === undefined || String(row.appointmentTypeID) === query.appointmentTypeID,
      )
      .filter((row) => query.showall === true || !row.canceled)
      .sort((a, b) => (a.datetime < b.datetime ? -1 : Number(a.datetime > b.datetime)) || a.id - b.id);
    if (query.direction !== 'ASC') found.reverse();
    return { body: found.slice(0, Math.min(Number(query.max ?? 100), cap)) };
  };
}

/** Follows `next` to the end, as the engine does: every cursor passes through JSON. */
async function pull(session: ConnectorSession, request: Partial<PullRequest> = {}): Promise<PullPage[]> {
  const pages: PullPage[] = [];
  let cursor: PullRequest['cursor'] = null;
  do {
    const base = { resource: 'appointments', mode: 'full', since: null, until: UNTIL, feedState: null } as const;
    const page: PullPage = await syncData(session, { ...base, ...request, cursor });
    pages.push(page);
    cursor = JSON.parse(JSON.stringify(page.next));
  } while (cursor !== null);
  return pages;
}

const ids = (pages: readonly PullPage[]) => pages.flatMap(({ records }) => records.map(({ id }) => id));
const on = (date: string, change: Parameters<typeof appointmentRow>[0] = {}, time = '10:00:00') =>
  appointmentRow({ datetime: `${date}T${time}+0000`, calendarTimezone: 'UTC', phone: '', ...change });
const many = (count: number, date: string, change: Parameters<typeof appointmentRow>[0] = {}, first = 1) =>
  Array.from({ length: count }, (_, position) => on(date, { id: first + position, ...change }));

describe('appointments', () => {
  it('are listed in windows of days, oldest first, cancelled ones too, without forms', async () => {
    const rows = [
      on('2025-11-01', { id: 1 }),
      on('2026-11-23', { id: 2, canceled: true }),
      on('2027-12-01', { id: 3 }),
    ];
    const http = new ScriptedHttp(account(rows));
    const pages = await pull(sessionFor(http));
    expect(ids(pages)).toEqual(['1', '2', '3']);
    for (const { query } of http.requests) {
      expect(query).toMatchObject({ showall: true, direction: 'ASC', excludeForms: true, max: 1_000 });
    }
    const asked = http.requests.map(({ query }) => [String(query?.minDate), String(query?.maxDate)] as const);
    asked.slice(1).forEach(([from], position) => {
      expect(from).toBe(addDays(asked[position]?.[1] ?? '', 1));
    });
    expect(asked[0]?.[0]).toBe('2025-10-19');
    expect(asked.at(-1)?.[1]).toBe('2027-12-29');
    expect(pages.at(-1)?.covers).toEqual({ from: '2025-10-20T00:00:00.000Z', to: '2027-12-29T00:00:00.000Z' });
    expect(pages.slice(0, -1).every(({ covers }) => covers === undefined)).toBe(true);
  });

  it('are listed again from the day before yesterday on, to see what has changed', async () => {
    const http = new ScriptedHttp(account([on('2026-11-10', { id: 1 }), on('2026-11-24', { id: 2 })]));
    const pages = await pull(sessionFor(http), { mode: 'incremental', since: SINCE });
    expect(ids(pages)).toEqual(['2']);
    expect(pages.at(-1)?.covers).toEqual({ from: '2026-11-22T00:00:00.000Z', to: '2027-12-29T00:00:00.000Z' });
    expect(http.requests.length).toBeLessThan(8);
  });

  it('of a quiet account take few calls, those of a busy one small windows', async () => {
    const quiet = new ScriptedHttp(account([]));
    await pull(sessionFor(quiet));
    expect(quiet.requests.length).toBeLessThan(12);
    const busy = Array.from({ length: 400 }, (_, day) => many(6, addDays('2026-11-23', day), {}, day * 6 + 1)).flat();
    const http = new ScriptedHttp(account(busy));
    expect(new Set(ids(await pull(sessionFor(http)))).size).toBe(busy.length);
  });

  it.each([1_000, 500, 250, 100])('are all seen, each once, where answers stop at %d rows', async (cap) => {
    const rows = [
      ...many(700, '2026-12-01'),
      ...many(420, '2026-12-02', {}, 1_001).map((row, at) => ({ ...row, calendarID: 14200001 + (at % 9) })),
      ...many(cap, '2026-12-03', {}, 2_001).map((row, at) => ({ ...row, calendarID: 14200001 + (at % 20) })),
    ].map((row, at) => (row.datetime.startsWith('2026-12-01') ? { ...row, calendarID: 14200001 + (at % 15) } : row));
    const seen = ids(await pull(sessionFor(new ScriptedHttp(account(rows, cap)))));
    expect(seen).toHaveLength(rows.length);
    expect(new Set(seen)).toEqual(new Set(rows.map(({ id }) => String(id))));
  });

  it('of a class with many places are read type by type', async () => {
    const rows = [
      ...many(90, '2026-12-01', { appointmentTypeID: 70010009 }),
      ...many(60, '2026-12-01', { appointmentTypeID: 70010002 }, 1_001),
    ];
    const http = new ScriptedHttp(account(rows, 100));
    expect(new Set(ids(await pull(sessionFor(http)))).size).toBe(150);
  });

  it('are not taken for all when one day can not be read whole', async () => {
    const http = new ScriptedHttp(account(many(160, '2026-12-01'), 100));
    await expect(pull(sessionFor(http))).rejects.toMatchObject({ code: 'provider_unavailable' });
  });

  it('are all of a day when there are just as many as an answer holds', async () => {
    const http = new ScriptedHttp(account(many(100, '2026-12-01'), 100));
    expect(ids(await pull(sessionFor(http)))).toHaveLength(100);
  });

  it('in calendars and of types that are deleted are not lost', async () => {
    const rows = [
      ...many(80, '2026-12-01', { calendarID: 1 }),
      ...many(80, '2026-12-01', { calendarID: 2 }, 1_001),
    ].sort((a, b) => (a.id % 1_000) - (b.id % 1_000));
    const answer = account(rows, 100);
    const http = new ScriptedHttp((request) =>
      /calendars|appointment-types/.test(String(request.url)) ? { body: [] } : answer(request),
    );
    expect(new Set(ids(await pull(sessionFor(http)))).size).toBe(160);
  });

  it('are each seen once, whatever their days and the ceiling', async () => {
    const days = fc.array(
      fc.record({ day: fc.integer({ min: -399, max: 399 }), rows: fc.integer({ min: 1, max: 40 }) }),
      { maxLength: 10 },
    );
    await fc.assert(
      fc.asyncProperty(days, fc.constantFrom(100, 150, 1_000), async (spread, cap) => {
        let id = 0;
        const rows = spread.flatMap(({ day, rows: count }) =>
          Array.from({ length: count }, () => {
            id += 1;
            return on(addDays('2026-11-23', day), { id, calendarID: 1 + (id % 30) });
          }),
        );
        const seen = ids(await pull(sessionFor(new ScriptedHttp(account(rows, cap)))));
        expect(seen).toHaveLength(rows.length);
        expect(new Set(seen).size).toBe(rows.length);
      }),
      { numRuns: 15 },
    );
  });

  it('go on after a crash at any window, in the days that the pull began with', async () => {
    const rows = Array.from({ length: 300 }, (_, day) => on(addDays('2026-11-23', day), { id: day + 1 }));
    const session = sessionFor(new ScriptedHttp(account(rows)));
    const pages = await pull(session);
    for (const [position, page] of pages.slice(0, -1).entries()) {
      const later: PullPage[] = [];
      let cursor = page.next;
      while (cursor !== null) {
        const base = { resource: 'appointments', mode: 'full', since: null, feedState: null } as const;
        const next: PullPage = await syncData(sessionFor(new ScriptedHttp(account(rows))), {
          ...base,
          until: '2026-11-25T09:00:00.000Z',
          cursor,
        });
        later.push(next);
        cursor = next.next;
      }
      expect(ids(later)).toEqual(ids(pages.slice(position + 1)));
      expect(later.at(-1)?.covers).toEqual(pages.at(-1)?.covers);
    }
  });

  it('announce the next window before they are read', async () => {
    const announced: unknown[] = [];
    const page = await syncData(sessionFor(new ScriptedHttp(account([]))), {
      resource: 'appointments',
      mode: 'full',
      since: null,
      until: UNTIL,
      feedState: null,
      cursor: null,
      announceNext: async (next) => {
        announced.push(next);
      },
    });
    expect(announced).toEqual([page.next]);
  });

  it('wait where Acuity limits the rate of calls', async () => {
    const limit = { status: 429, body: { status_code: 429, error: 'too_many_requests', message: 'Slow down' } };
    const http = new ScriptedHttp(() => limit, classifyError);
    await expect(pull(sessionFor(http))).rejects.toMatchObject({ code: 'rate_limited', retryAfterSeconds: 1 });
  });
});

describe('lists without a feed', () => {
  const people = (count: number) => Array.from({ length: count }, (_, at) => clientRow({ lastName: `Moreno ${at}` }));
  const clients = (rows: readonly object[]) => new ScriptedHttp(() => ({ body: rows }));
  const CLIENTS = { resource: 'clients' } as const;

  it('are handed over in parts, and asked for once', async () => {
    const http = clients(people(1_234));
    const pages = await pull(sessionFor(http), CLIENTS);
    expect(pages.map(({ records }) => records.length)).toEqual([500, 500, 234]);
    expect(new Set(ids(pages)).size).toBe(1_234);
    expect(http.requests).toHaveLength(1);
    expect(pages.at(-1)?.covers).toBeUndefined();
  });

  it('go on in another process where the one before ended', async () => {
    const [first] = await pull(sessionFor(clients(people(900))), CLIENTS);
    const base = { ...CLIENTS, mode: 'full', since: null, until: UNTIL, feedState: null } as const;
    const rest = await syncData(sessionFor(clients(people(900))), { ...base, cursor: first?.next ?? null });
    expect(new Set([...ids(first ? [first] : []), ...ids([rest])]).size).toBe(900);
    expect(rest.next).toBeNull();
  });

  it('show new particulars without a full pull while nobody has come or gone', async () => {
    const before = await pull(sessionFor(clients(people(3))), CLIENTS);
    const feedState = before.at(-1)?.feedState ?? null;
    const written = people(3).map((row) => ({ ...row, phone: '020 7946 0018' }));
    const pages = await pull(sessionFor(clients(written)), {
      ...CLIENTS,
      mode: 'incremental',
      since: SINCE,
      feedState,
    });
    expect(ids(pages)).toEqual(ids(before));
    expect(pages.some(({ fullRequired }) => fullRequired)).toBe(false);
  });

  it.each([
    ['is gone', people(2)],
    ['is new', people(4)],
    ['is called otherwise', [...people(2), clientRow({ lastName: 'Renamed' })]],
  ])('are pulled in full when one %s: what is not seen then is removed', async (_what, now) => {
    const feedState = (await pull(sessionFor(clients(people(3))), CLIENTS)).at(-1)?.feedState ?? null;
    const session = sessionFor(clients(now));
    const [page] = await pull(session, { ...CLIENTS, mode: 'incremental', since: SINCE, feedState });
    expect(page).toMatchObject({ fullRequired: true, records: [] });
    const full = await pull(session, CLIENTS);
    expect(ids(full)).toHaveLength(now.length);
    const state = full.at(-1)?.feedState ?? null;
    const next = await pull(session, { ...CLIENTS, mode: 'incremental', since: SINCE, feedState: state });
    expect(next[0]?.fullRequired).toBeUndefined();
  });

  it('that change while they are pulled are pulled in full the next time', async () => {
    const [first] = await pull(sessionFor(clients(people(900))), CLIENTS);
    const base = { ...CLIENTS, mode: 'full', since: null, until: UNTIL, feedState: null } as const;
    // Somebody of the first part has gone meanwhile.
    const gone = first?.records[0]?.id;
    const fewer = people(900).filter((_, at) => ids([...(first ? [first] : [])]).indexOf(gone ?? '') !== at);
    const rest = await syncData(sessionFor(clients(fewer)), { ...base, cursor: first?.next ?? null });
    const [next] = await pull(sessionFor(clients(fewer)), {
      ...CLIENTS,
      mode: 'incremental',
      since: SINCE,
      feedState: rest.feedState ?? null,
    });
    expect(next?.fullRequired).toBe(true);
  });

  it('hold each client once, however often and however written', async () => {
    const rows = [
      clientRow(),
      clientRow({ phone: '02079460018', firstName: ' ada ' }),
      clientRow({ email: 'ADA@mailbox.example' }),
    ];
    expect(ids(await pull(sessionFor(clients(rows)), CLIENTS))).toHaveLength(1);
  });

  it('are asked for afresh by the next pull of one session', async () => {
    const http = clients(people(1));
    const session = sessionFor(http);
    await pull(session, CLIENTS);
    await pull(session, CLIENTS);
    expect(http.requests).toHaveLength(2);
  });

  it('that can not be read are not taken for empty', async () => {
    const http = new ScriptedHttp(() => ({ status: 500, body: {} }), classifyError);
    await expect(pull(sessionFor(http), CLIENTS)).rejects.toMatchObject({ code: 'provider_unavailable' });
    await expect(pull(sessionFor(http), { resource: 'deals' })).rejects.toMatchObject({
      code: 'capability_not_supported',
    });
  });
});
