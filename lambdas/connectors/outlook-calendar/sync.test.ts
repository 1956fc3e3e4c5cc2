import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Json } from '../../core/model/mirror-record.ts';
import type { PullPage, PullRequest } from '../connector.ts';
import { type Recorded, type Scripted, ScriptedHttp, sessionFor } from '../kit/scripted-http.ts';
import { classifyError } from './errors.ts';
import { calendarRow, eventRow, graphError, masterRow, removedRow, stubRow, utc } from './fixtures/events.ts';
import { syncData } from './sync.ts';

const GRAPH = 'https://graph.microsoft.com/v1.0';
const NOW = '2026-11-23T12:00:00.000Z';
const CAL = { staffId: 'AAcal1' };
const FULL = { resource: 'appointments', mode: 'full', since: null, until: NOW, feedState: null } as const;

type Answer = (request: Recorded) => Scripted | undefined;

/** Graph by script; a delta that the script does not know has nothing to tell, and an event is not there. */
function graph(answer: Answer, config: Parameters<typeof sessionFor>[1] = {}) {
  const http = new ScriptedHttp((request) => {
    const own = answer(request);
    if (own) return own;
    if (path(request).endsWith('/calendarView/delta')) return delta([], { deltaLink: linkOf(request) });
    if (/\/events\/\w+$/.test(path(request))) return graphError(404, 'ErrorItemNotFound');
    throw new Error(`no answer to ${request.method} ${String(request.url)}`);
  }, classifyError);
  return { http, session: sessionFor(http, { booking: { calendars: [CAL] }, ...config }) };
}

const path = ({ url }: Recorded) => decodeURIComponent(new URL(url).pathname);
const query = ({ url, query: given }: Recorded, name: string) =>
  given?.[name] ?? new URL(url).searchParams.get(name) ?? null;
/** A link that says which chain it belongs to. */
const linkOf = (request: Recorded) =>
  `${GRAPH}${path(request).replace('/v1.0', '')}?$deltatoken=${query(request, '$deltatoken') ?? query(request, 'startDateTime')}`;

function delta(rows: readonly unknown[], { deltaLink, nextLink }: { deltaLink?: string; nextLink?: string }): Scripted {
  return {
    body: {
      value: rows,
      ...(deltaLink === undefined ? {} : { '@odata.deltaLink': deltaLink }),
      ...(nextLink === undefined ? {} : { '@odata.nextLink': nextLink }),
    },
  };
}

async function pull(session: ReturnType<typeof graph>['session'], request: Partial<PullRequest> = {}) {
  const pages: PullPage[] = [];
  let cursor: Json | null = null;
  do {
    const page: PullPage = await syncData(session, { ...FULL, ...request, cursor });
    pages.push(page);
    cursor = JSON.parse(JSON.stringify(page.next));
  } while (cursor !== null && pages.length < 40);
  expect(cursor).toBeNull();
  return {
    pages,
    ids: pages.flatMap(({ records }) => records.map(({ id }) => id)),
    records: pages.flatMap(({ records }) => records),
    deletedIds: pages.flatMap(({ deletedIds }) => deletedIds),
    rejected: pages.flatMap(({ rejected }) => rejected),
    fullRequired: pages.some(({ fullRequired }) => fullRequired),
    feedState: pages.at(-1)?.feedState ?? null,
    covers: pages.at(-1)?.covers,
  };
}

/** The links that a full pull has left, and a pull that goes on from them. */
async function goOn(answer: Answer, config: Parameters<typeof sessionFor>[1] = {}, until = NOW) {
  const first = await pull(graph(() => undefined, config).session);
  const { http, session } = graph(answer, config);
  const request = { mode: 'incremental', since: NOW, until, feedState: first.feedState } as const;
  return { http, first, ...(await pull(session, request)) };
}

/** Rows of the chain that began at this day. */
const ofChain =
  (from: string, rows: readonly unknown[]): Answer =>
  (request) =>
    String(query(request, '$deltatoken')).startsWith(from) ? delta(rows, { deltaLink: linkOf(request) }) : undefined;
const both =
  (...answers: readonly Answer[]): Answer =>
  (request) =>
    answers.map((answer) => answer(request)).find((answer) => answer !== undefined);

const FIRST_PART = '2026-10-24';
const SECOND_PART = '2027-02-11';

describe('a full pull', () => {
  test('lists a window in parts, by a delta of each calendar, and says what it covers', async () => {
    const { http, session } = graph(() => undefined, { booking: { calendars: [CAL, { staffId: 'AAcal2' }] } });
    const { covers, feedState } = await pull(session);
    const asked = http.requests.map((request) => [
      path(request),
      query(request, 'startDateTime'),
      query(request, 'endDateTime'),
    ]);
    const parts = [
      ['2026-10-24T00:00:00.000Z', '2027-02-11T00:00:00.000Z'],
      ['2027-02-11T00:00:00.000Z', '2027-05-23T00:00:00.000Z'],
    ];
    expect(asked).toEqual(
      ['AAcal1', 'AAcal2'].flatMap((id) =>
        parts.map((part) => [`/v1.0/me/calendars/${id}/calendarView/delta`, ...part]),
      ),
    );
    expect(covers).toEqual({ from: '2026-10-24T00:00:00.000Z', to: '2027-05-23T00:00:00.000Z' });
    expect(feedState).toMatchObject({ begunAt: NOW });
  });

  test('reaches as far as can be booked', async () => {
    const { session } = graph(() => undefined, { booking: { calendars: [CAL], horizonDays: 365 } });
    const { covers } = await pull(session);
    expect(Date.parse(covers?.to ?? '')).toBeGreaterThan(Date.parse(NOW) + 365 * 86_400_000);
  });

  test('asks for immutable ids and UTC on every call, and for nothing but the window', async () => {
    const { http, session } = graph(() => undefined);
    await pull(session);
    for (const { headers, query: given } of http.requests) {
      expect(headers?.prefer).toContain('IdType="ImmutableId"');
      expect(headers?.prefer).toContain('outlook.timezone="UTC"');
      expect(Object.keys(given ?? {}).sort()).toEqual(['endDateTime', 'startDateTime']);
    }
  });

  test('syncs the default calendar where none is named', async () => {
    const { session, http } = graph(
      (request) => (path(request) === '/v1.0/me/calendar' ? { body: calendarRow('AAdefault') } : undefined),
      { booking: {} },
    );
    await pull(session);
    expect(path(http.requests.at(-1) ?? http.requests[0] ?? ({} as Recorded))).toContain('/me/calendars/AAdefault/');
  });

  test('follows nextLinks as they are, through an empty page, to the deltaLink', async () => {
    const nextLink = `${GRAPH}/me/calendars/AAcal1/calendarView/delta?$skiptoken=%24a%2Bb`;
    const { session, http } = graph((request) => {
      if (String(request.url) === nextLink) return delta([], { nextLink: `${nextLink}2` });
      if (String(request.url) === `${nextLink}2`) return delta([eventRow('AA2')], { deltaLink: `${nextLink}3` });
      return query(request, 'startDateTime') === `${FIRST_PART}T00:00:00.000Z`
        ? delta([eventRow('AA1')], { nextLink })
        : undefined;
    });
    const { ids, feedState } = await pull(session);
    expect(ids).toEqual(['AA1', 'AA2']);
    expect(http.requests.map(({ url }) => String(url))).toEqual(expect.arrayContaining([nextLink, `${nextLink}2`]));
    expect(feedState).toMatchObject({ chains: [{ link: `${nextLink}3` }, {}] });
  });

  test.each([
    'https://graph.microsoft.com.evil.test/v1.0/me',
    'https://evil.test/v1.0/me',
    'http://graph.microsoft.com/v1.0/me',
    '/me',
  ])('does not follow a link that leads elsewhere: %s', async (nextLink) => {
    const { session, http } = graph(() => delta([], { nextLink }));
    await expect(pull(session)).rejects.toMatchObject({ code: 'provider_unavailable' });
    expect(http.requests).toHaveLength(1);
  });

  test('does not page for ever', async () => {
    const nextLink = `${GRAPH}/me/calendars/AAcal1/calendarView/delta?$skiptoken=1`;
    const { session } = graph(() => delta([], { nextLink }));
    await expect(pull(session)).rejects.toMatchObject({ code: 'provider_unavailable' });
  });

  test('begins the round again when its link dies on the way, and skips nothing', async () => {
    const nextLink = `${GRAPH}/me/calendars/AAcal1/calendarView/delta?$skiptoken=1`;
    let died = false;
    const { session } = graph((request) => {
      if (String(request.url) === nextLink) {
        if (died)
          return delta([eventRow('AA2')], {
            deltaLink: `${GRAPH}/me/calendars/AAcal1/calendarView/delta?$deltatoken=z`,
          });
        died = true;
        return graphError(410, 'SyncStateNotFound');
      }
      return query(request, 'startDateTime') === `${FIRST_PART}T00:00:00.000Z`
        ? delta([eventRow('AA1')], { nextLink })
        : undefined;
    });
    const { ids } = await pull(session);
    expect(new Set(ids)).toEqual(new Set(['AA1', 'AA2']));
  });

  test('gives up on a calendar whose links die again and again', async () => {
    const nextLink = `${GRAPH}/me/calendars/AAcal1/calendarView/delta?$skiptoken=1`;
    const { session } = graph((request) =>
      String(request.url) === nextLink ? graphError(410, 'resyncRequired') : delta([], { nextLink }),
    );
    await expect(pull(session)).rejects.toMatchObject({ code: 'provider_unavailable' });
  });

  test('passes over a calendar that is not there any more', async () => {
    const config = { booking: { calendars: [CAL, { staffId: 'AAgone' }] } };
    const gone: Answer = (request) =>
      path(request).includes('AAgone') ? graphError(404, 'ErrorItemNotFound') : undefined;
    const { feedState } = await pull(graph(gone, config).session);
    const again = await pull(graph(gone, config).session, { mode: 'incremental', since: NOW, feedState });
    expect(again.fullRequired).toBe(false);
    const back = await pull(
      graph(
        (request) =>
          query(request, 'startDateTime') ? delta([eventRow('AA7')], { deltaLink: linkOf(request) }) : undefined,
        config,
      ).session,
      { mode: 'incremental', since: NOW, feedState },
    );
    expect(back.ids).toContain('AA7');
  });

  test.each([
    ['the main calendar', graphError(404, 'ErrorItemNotFound'), { booking: {} }],
    ['any calendar, with another word', graphError(404, 'ResourceNotFound'), {}],
  ])('does not believe that %s is gone', async (_what, reply, config) => {
    const { session } = graph(
      (request) => (path(request) === '/v1.0/me/calendar' ? { body: calendarRow('AAmain') } : reply),
      config,
    );
    await expect(pull(session)).rejects.toMatchObject({ name: 'HubError' });
  });

  test('does not take a mailbox out of order for calendars that are gone', async () => {
    const { session } = graph(() => graphError(404, 'MailboxNotEnabledForRESTAPI'));
    await expect(pull(session)).rejects.toMatchObject({ code: 'integration_not_connected' });
  });
});

describe('occurrences of a series', () => {
  const week = [stubRow('AAo1', 'AAm', '2026-12-03'), stubRow('AAo2', 'AAm', '2026-12-10')];

  test('take from the master what the delta leaves out, and the master is no appointment', async () => {
    const { session, http } = graph((request) => {
      if (path(request).endsWith('/events/AAm'))
        return { body: masterRow('AAm', { subject: 'Yoga', showAs: 'tentative' }) };
      return query(request, 'startDateTime') === `${FIRST_PART}T00:00:00.000Z`
        ? delta(week, { deltaLink: linkOf(request) })
        : undefined;
    });
    const { records } = await pull(session);
    expect(records.map(({ data }) => data)).toMatchObject([
      {
        id: 'AAo1',
        title: 'Yoga',
        busy: true,
        seriesId: 'AAm',
        start: '2026-12-03T12:00:00+00:00',
        version: 'W/"AAo1-1"',
      },
      { id: 'AAo2', title: 'Yoga', busy: true, seriesId: 'AAm', start: '2026-12-10T12:00:00+00:00' },
    ]);
    expect(http.requests.filter((request) => path(request).includes('/events/'))).toHaveLength(1);
  });

  test('of a master on the same page need no further call', async () => {
    const { session, http } = graph((request) =>
      query(request, 'startDateTime') === `${FIRST_PART}T00:00:00.000Z`
        ? delta([...week, masterRow('AAm', { subject: 'Yoga' })], { deltaLink: linkOf(request) })
        : undefined,
    );
    const { records } = await pull(session);
    expect(records.map(({ id }) => id)).toEqual(['AAo1', 'AAo2']);
    expect(http.requests).toHaveLength(2);
  });

  test('whose master is gone are set aside', async () => {
    const { session } = graph((request) => {
      if (path(request).endsWith('/events/AAm')) return graphError(404, 'ErrorItemNotFound');
      return query(request, 'startDateTime') === `${FIRST_PART}T00:00:00.000Z`
        ? delta(week, { deltaLink: linkOf(request) })
        : undefined;
    });
    const { ids, rejected } = await pull(session);
    expect(ids).toEqual([]);
    expect(rejected.map(({ id }) => id)).toEqual(['AAo1', 'AAo2']);
  });

  test('are read again when the master has changed, and are the same records as from the delta', async () => {
    const master = masterRow('AAm', { subject: 'Yoga' });
    const full = await pull(
      graph((request) =>
        query(request, 'startDateTime') === `${FIRST_PART}T00:00:00.000Z`
          ? delta([...week, master], { deltaLink: linkOf(request) })
          : undefined,
      ).session,
    );
    const instances = week.map((stub) =>
      eventRow(String(stub.id), { ...stub, subject: 'Yoga', iCalUId: `own-${stub.id}` }),
    );
    const { records } = await goOn(
      both(ofChain(FIRST_PART, [master]), (request) =>
        path(request).endsWith('/events/AAm/instances') ? { body: { value: instances } } : undefined,
      ),
    );
    expect(records).toEqual(full.records);
  });
});

describe('an incremental pull', () => {
  test('goes on from the links, with what changed and what is gone', async () => {
    const { http, ids, deletedIds, covers, feedState, first } = await goOn(
      ofChain(FIRST_PART, [eventRow('AA1'), removedRow('AA2')]),
    );
    expect(http.requests.map(({ url }) => String(url))).toEqual([
      ...[FIRST_PART, SECOND_PART].map(
        (from) => `${GRAPH}/me/calendars/AAcal1/calendarView/delta?$deltatoken=${from}T00:00:00.000Z`,
      ),
      `${GRAPH}/me/events/AA2`,
    ]);
    expect([ids, deletedIds]).toEqual([['AA1'], ['AA2']]);
    expect(covers).toBeUndefined();
    expect(feedState).toEqual(first.feedState);
  });

  test.each([
    ['later', both(ofChain(FIRST_PART, [removedRow('AA1')]), ofChain(SECOND_PART, [eventRow('AA1')]))],
    ['earlier', both(ofChain(FIRST_PART, [eventRow('AA1')]), ofChain(SECOND_PART, [removedRow('AA1')]))],
  ])('does not lose an event that is in another part of the window, which comes %s', async (_when, answer) => {
    const { ids, deletedIds } = await goOn(answer);
    expect([ids, deletedIds]).toEqual([['AA1'], []]);
  });

  test.each([
    ['AAcal1', 'AAcal2'],
    ['AAcal2', 'AAcal1'],
  ])('does not lose an event that went from %s to %s', async (source, target) => {
    const inCalendar =
      (id: string, rows: readonly unknown[]): Answer =>
      (request) =>
        path(request).includes(id) ? ofChain(FIRST_PART, rows)(request) : undefined;
    const { ids, deletedIds, records } = await goOn(
      both(inCalendar(source, [removedRow('AA1')]), inCalendar(target, [eventRow('AA1')])),
      { booking: { calendars: [CAL, { staffId: 'AAcal2' }] } },
    );
    expect([ids, deletedIds]).toEqual([['AA1'], []]);
    expect(records[0]?.data).toMatchObject({ staff: [{ id: target }] });
  });

  describe('told of a removal by a feed, with the feed that has shown the event silent', () => {
    /** The event as it is now, in one calendar. */
    const now =
      (calendarId: string, row: Readonly<Record<string, unknown>>): Answer =>
      (request) =>
        [`/v1.0/me/events/${row.id}`, `/v1.0/me/calendars/${calendarId}/events/${row.id}`].includes(path(request))
          ? { body: row }
          : undefined;
    const removed = ofChain(FIRST_PART, [removedRow('AA1')]);
    const march = { start: utc('2027-03-02T09:00'), end: utc('2027-03-02T09:30') };

    test.each([
      ['another part of the window', { booking: { calendars: [CAL] } }, 'AAcal1'],
      ['another calendar', { booking: { calendars: [{ staffId: 'AAcal0' }, CAL] } }, 'AAcal1'],
    ])('keeps an event that is in %s, as it is now', async (_where, config, calendarId) => {
      const { records, deletedIds } = await goOn(both(removed, now(calendarId, eventRow('AA1', march))), config);
      expect(deletedIds).toEqual([]);
      expect(records.map(({ data }) => data)).toMatchObject([
        { id: 'AA1', start: '2027-03-02T09:00:00+00:00', staff: [{ id: calendarId }] },
      ]);
    });

    test.each([
      ['beyond the window', eventRow('AA1', { start: utc('2028-03-02T09:00'), end: utc('2028-03-02T09:30') })],
      ['in a calendar that is not booked', null],
      ['a series now', masterRow('AA1')],
    ])('drops an event that is %s', async (_where, row) => {
      const answer = both(removed, row ? now('AAcal1', row) : now('AAother', eventRow('AA1', march)));
      const { ids, deletedIds } = await goOn(answer);
      expect([ids, deletedIds]).toEqual([[], ['AA1']]);
    });

    test('keeps what it has of an event that can not be read', async () => {
      const { deletedIds, rejected } = await goOn(both(removed, now('AAcal1', { id: 'AA1', start: 'soon' })));
      expect([deletedIds, rejected.map(({ id }) => id)]).toEqual([[], ['AA1']]);
    });

    test('takes no outage for a deletion', async () => {
      const outOfOrder = graphError(404, 'MailboxNotEnabledForRESTAPI');
      const answer = both(removed, (request) => (path(request).includes('/events/') ? outOfOrder : undefined));
      await expect(goOn(answer)).rejects.toMatchObject({ code: 'integration_not_connected' });
    });

    test('looks into some at a time, and asks for a full pull when that is cheaper', async () => {
      const gone = (count: number) => Array.from({ length: count }, (_, index) => removedRow(`AA${index}`));
      const some = await goOn(ofChain(FIRST_PART, gone(50)));
      expect(some.deletedIds).toHaveLength(50);
      expect(some.pages.length).toBeGreaterThan(3);
      const many = await goOn(ofChain(FIRST_PART, gone(51)));
      expect([many.fullRequired, many.deletedIds]).toEqual([true, []]);
      expect(many.http.requests).toHaveLength(2);
    });
  });

  test('believes the later word of one feed', async () => {
    expect((await goOn(ofChain(FIRST_PART, [eventRow('AA1'), removedRow('AA1')]))).deletedIds).toEqual(['AA1']);
    expect((await goOn(ofChain(FIRST_PART, [removedRow('AA1'), eventRow('AA1')]))).deletedIds).toEqual([]);
  });

  test('may name ids as removed that nobody has: they are passed on once', async () => {
    const answer = both(ofChain(FIRST_PART, [removedRow('AAx')]), ofChain(SECOND_PART, [removedRow('AAx')]));
    expect((await goOn(answer)).deletedIds).toEqual(['AAx']);
  });

  test('keeps each of what any feeds show, in whatever order, and drops the rest', async () => {
    const ids = fc.constantFrom('A', 'B', 'C', 'D', 'E');
    const rows = fc.array(fc.record({ id: ids, there: fc.boolean() }), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(rows, rows, async (first, second) => {
        const rowsOf = (list: typeof first) => list.map(({ id, there }) => (there ? eventRow(id) : removedRow(id)));
        const { deletedIds } = await goOn(
          both(ofChain(FIRST_PART, rowsOf(first)), ofChain(SECOND_PART, rowsOf(second))),
        );
        const last = (list: typeof first, id: string) => list.findLast((row) => row.id === id)?.there;
        for (const id of ['A', 'B', 'C', 'D', 'E']) {
          const words = [last(first, id), last(second, id)];
          if (words.includes(true) && !words.includes(false)) expect(deletedIds).not.toContain(id);
          if (words[1] === true) expect(deletedIds).not.toContain(id);
          if (!words.includes(true)) expect(deletedIds.includes(id)).toBe(words.includes(false));
        }
        expect(deletedIds).toHaveLength(new Set(deletedIds).size);
      }),
      { numRuns: 60 },
    );
  });

  test.each([
    ['410', graphError(410, 'SyncStateNotFound')],
    ['410 without a body', { status: 410 }],
    ['400 with the code', graphError(400, 'SyncStateNotFound')],
    ['another case of letters', graphError(404, 'syncStateNotFound')],
    ['resync', graphError(400, 'ResyncRequired')],
  ])('asks for a full one when a link is refused: %s', async (_how, reply) => {
    const { fullRequired, deletedIds, ids } = await goOn((request) =>
      String(query(request, '$deltatoken')).startsWith(SECOND_PART) ? reply : undefined,
    );
    expect([fullRequired, ids, deletedIds]).toEqual([true, [], []]);
  });

  test('asks for a full one when a calendar is gone, when others are chosen, and when there is no state', async () => {
    const gone = await goOn((request) =>
      query(request, '$deltatoken') ? graphError(404, 'ErrorItemNotFound') : undefined,
    );
    expect(gone.fullRequired).toBe(true);
    const other = graph(() => undefined, { booking: { calendars: [CAL, { staffId: 'AAcal9' }] } });
    const request = { mode: 'incremental', since: NOW } as const;
    expect((await pull(other.session, { ...request, feedState: gone.first.feedState })).fullRequired).toBe(true);
    expect((await pull(other.session, { ...request, feedState: { old: 1 } })).fullRequired).toBe(true);
  });

  test('asks for a full one when more can be booked than the window shows', async () => {
    const { first } = await goOn(() => undefined);
    const more = graph(() => undefined, { booking: { calendars: [CAL], horizonDays: 300 } });
    const request = { mode: 'incremental', since: NOW, feedState: first.feedState } as const;
    expect((await pull(more.session, request)).fullRequired).toBe(true);
  });

  test('reads a changed series that is deleted meanwhile as one without occurrences', async () => {
    const { ids, rejected } = await goOn(
      both(ofChain(FIRST_PART, [masterRow('AAm'), eventRow('AA1')]), (request) =>
        path(request).endsWith('/instances') ? graphError(404, 'ErrorItemNotFound') : undefined,
      ),
    );
    expect([ids, rejected]).toEqual([['AA1'], []]);
  });

  test('moves the window after three days, and not before', async () => {
    expect((await goOn(() => undefined, {}, '2026-11-26T11:59:00.000Z')).fullRequired).toBe(false);
    expect((await goOn(() => undefined, {}, '2026-11-26T12:00:00.000Z')).fullRequired).toBe(true);
  });

  test('asks for a full one when more has changed than a position can hold', async () => {
    const rows = Array.from({ length: 2_001 }, (_, index) => removedRow(`AA${index}`));
    expect((await goOn(ofChain(FIRST_PART, rows))).fullRequired).toBe(true);
  });

  test('is not at an end when the provider is', async () => {
    await expect(goOn(() => ({ status: 503, body: {} }))).rejects.toMatchObject({ code: 'provider_unavailable' });
    await expect(goOn(() => graphError(403, 'ErrorAccessDenied'))).rejects.toMatchObject({ code: 'missing_scope' });
    await expect(goOn(() => delta([], {}))).rejects.toMatchObject({ code: 'provider_unavailable' });
  });
});

describe('calendars', () => {
  const listed = (...rows: readonly unknown[]) => graph(() => ({ body: { value: rows } })).session;
  const staff = { resource: 'staff' } as const;

  test('that may be written to can be booked', async () => {
    const { records } = await pull(
      listed(calendarRow('a'), calendarRow('b', { canEdit: false }), calendarRow('c', { name: null, canEdit: null })),
      staff,
    );
    expect(records.map(({ data }) => data)).toMatchObject([
      { id: 'a', name: 'Calendar a', bookable: true, email: 'kim@clinic.example' },
      { id: 'b', bookable: false },
      { id: 'c', name: 'Kim Ito', bookable: false },
    ]);
  });

  test('that are gone since the last time are named', async () => {
    const { feedState } = await pull(listed(calendarRow('a'), calendarRow('b'), calendarRow('c')), staff);
    const again = await pull(listed(calendarRow('c'), { id: 'b', canEdit: 'unreadable' }), {
      ...staff,
      mode: 'incremental',
      since: NOW,
      feedState,
    });
    expect(again.deletedIds).toEqual(['a']);
    expect(again.rejected.map(({ id }) => id)).toEqual(['b']);
  });
});

test('other resources are not there', async () => {
  const { session } = graph(() => undefined);
  await expect(syncData(session, { ...FULL, resource: 'deals', cursor: null })).rejects.toMatchObject({
    code: 'capability_not_supported',
  });
});
