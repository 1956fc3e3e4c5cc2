import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { ConnectorSession, PullPage, PullRequest } from '../connector.ts';
import { type Recorded, type Scripted, ScriptedHttp, sessionFor } from '../kit/scripted-http.ts';
import { classifyError } from './errors.ts';
import {
  contactRow,
  eventRow,
  eventTypeRow,
  failure,
  inviteeRow,
  membershipRow,
  ORGANIZATION,
  page,
  resource,
  USER,
  userRow,
} from './fixtures/answers.ts';
import { syncData } from './sync.ts';

const UNTIL = '2026-11-23T12:00:00.000Z';
const SINCE = '2026-11-23T10:00:00.000Z';
const OLD = '2026-11-01T00:00:00.000000Z';
const NEW = '2026-11-23T11:00:00.000000Z';
const DAY = 24 * 60 * 60_000;
const ACCOUNT = { id: 'USER1', name: null, attributes: { owner: USER, organization: ORGANIZATION } };

type Row = Readonly<Record<string, unknown>>;
type Answer = (request: Recorded) => Scripted;

/** Calendly with these lists; who is connected has this role. */
function calendly(answers: Readonly<Record<string, Answer>>, role = 'owner'): ScriptedHttp {
  return new ScriptedHttp((request) => {
    const { pathname } = new URL(String(request.url));
    if (pathname === '/users/me') return resource(userRow());
    if (pathname === '/organization_memberships') return page([membershipRow(role)]);
    const invitees = /^\/scheduled_events\/(\w+)\/invitees$/.exec(pathname)?.[1];
    const answer = answers[invitees ? '/invitees' : pathname];
    if (answer) return answer(request);
    if (invitees) return page([inviteeRow(invitees)]);
    throw new Error(`no answer to ${pathname}`);
  }, classifyError);
}

/** Events by start, in pages by an offset in the token; `dies` names tokens that are refused. */
function eventList(rows: readonly Row[], dies: (token: string) => boolean = () => false): Answer {
  return ({ query }) => {
    const from = Date.parse(String(query?.min_start_time));
    const token = query?.page_token === undefined ? null : String(query.page_token);
    if (token !== null && dies(token)) return failure(400, 'Invalid Argument', 'page_token is invalid');
    const all = rows
      .filter(({ start_time }) => Date.parse(String(start_time)) > from)
      .toSorted((a, b) => Date.parse(String(a.start_time)) - Date.parse(String(b.start_time)));
    const offset = Number(token ?? 0);
    const count = Number(query?.count);
    const next = offset + count < all.length ? String(offset + count) : null;
    return page(all.slice(offset, offset + count), next);
  };
}

const at = (offsetMs: number) => new Date(Date.parse(UNTIL) + offsetMs).toISOString();
const ids = (pages: readonly PullPage[]) => pages.flatMap(({ records }) => records.map(({ id }) => id));
const callsTo = (http: ScriptedHttp, operation: string) =>
  http.requests.filter((request) => request.operation === operation);

/** Follows `next` to the end, as the engine does: every cursor passes through JSON. */
async function pull(session: ConnectorSession, request: Partial<PullRequest>): Promise<PullPage[]> {
  const base = { resource: 'appointments', mode: 'full', since: null, until: UNTIL, feedState: null } as const;
  const pages: PullPage[] = [];
  let cursor: PullRequest['cursor'] = null;
  do {
    const next = await syncData(session, { ...base, ...request, cursor });
    pages.push(next);
    cursor = JSON.parse(JSON.stringify(next.next));
  } while (cursor !== null && pages.length < 200);
  expect(cursor).toBeNull();
  return pages;
}
const changes = { mode: 'incremental', since: SINCE } as const;

describe('contacts', () => {
  const rows = [
    contactRow('C1', { updated_at: NEW }),
    contactRow('C2', { updated_at: '2026-11-23T10:00:00.000999Z' }),
    contactRow('C3', { updated_at: SINCE }),
    contactRow('C4', { updated_at: '2026-11-23T09:59:59.999999Z' }),
    contactRow('C5', { updated_at: OLD }),
  ];
  const list: Answer = ({ query }) =>
    query?.page_token === 'two' ? page(rows.slice(3)) : page(rows.slice(0, 3), 'two');

  test('come by time of creation in full', async () => {
    const http = calendly({ '/contacts': list });
    expect(ids(await pull(sessionFor(http, {}, ACCOUNT), { resource: 'contacts' }))).toHaveLength(5);
    expect(http.requests[0]?.query).toMatchObject({ sort: 'created_at:asc', count: 100 });
  });

  test('come backwards by time of change to the watermark, ties included', async () => {
    const http = calendly({ '/contacts': list });
    const pages = await pull(sessionFor(http, {}, ACCOUNT), { ...changes, resource: 'contacts' });
    expect(ids(pages)).toEqual(['C1', 'C2', 'C3']);
    expect(http.requests.map(({ query }) => query?.sort)).toEqual(['updated_at:desc', 'updated_at:desc']);
  });

  test('begin again when a page token dies, but not for ever', async () => {
    let deaths = 0;
    const dying =
      (times: number): Answer =>
      (request) => {
        if (request.query?.page_token === undefined || deaths >= times) return list(request);
        deaths += 1;
        return failure(400, 'Invalid Argument', 'page_token is invalid');
      };
    const session = sessionFor(calendly({ '/contacts': dying(2) }), {}, ACCOUNT);
    expect(new Set(ids(await pull(session, { resource: 'contacts' }))).size).toBe(5);
    deaths = 0;
    const dead = sessionFor(calendly({ '/contacts': dying(99) }), {}, ACCOUNT);
    await expect(pull(dead, { resource: 'contacts' })).rejects.toMatchObject({ code: 'provider_unavailable' });
  });

  test('stop when the list repeats itself', async () => {
    const session = sessionFor(calendly({ '/contacts': () => page(rows, 'two') }), {}, ACCOUNT);
    await expect(pull(session, { resource: 'contacts' })).rejects.toMatchObject({ code: 'provider_unavailable' });
  });
});

describe('services', () => {
  const list = (...names: readonly string[]) => ({ '/event_types': () => page(names.map((id) => eventTypeRow(id))) });
  const services = (answers: Readonly<Record<string, Answer>>, request: Partial<PullRequest> = {}) =>
    pull(sessionFor(calendly(answers), {}, ACCOUNT), { resource: 'services', ...request });

  test('that have gone since the last pull are told of, also in an incremental one', async () => {
    const feedState = (await services(list('T1', 'T2', 'T3'))).at(-1)?.feedState ?? null;
    const pages = await services(list('T1', 'T3', 'T4'), { ...changes, feedState });
    expect(ids(pages)).toEqual(['T1', 'T3', 'T4']);
    expect(pages.flatMap(({ deletedIds }) => deletedIds)).toEqual(['T2']);
  });

  test('marked as deleted are none', async () => {
    const rows = [eventTypeRow('T1'), eventTypeRow('T2', { deleted_at: NEW })];
    const pages = await services(
      { '/event_types': () => page(rows) },
      { ...changes, feedState: { eventTypes: ['T1', 'T2'] } },
    );
    expect(ids(pages)).toEqual(['T1']);
    expect(pages.flatMap(({ deletedIds }) => deletedIds)).toEqual(['T2']);
  });

  test('that can not be read are not taken for deleted', async () => {
    const rows = [eventTypeRow('T1'), eventTypeRow('T2', { duration: 'long' })];
    const pages = await services(
      { '/event_types': () => page(rows) },
      { ...changes, feedState: { eventTypes: ['T1', 'T2'] } },
    );
    expect(pages.flatMap(({ deletedIds }) => deletedIds)).toEqual([]);
    expect(pages.flatMap(({ rejected }) => rejected.map(({ id }) => id))).toEqual(['T2']);
  });
});

describe('whose records', () => {
  test.each([
    ['owner', { organization: ORGANIZATION }],
    ['admin', { organization: ORGANIZATION }],
    ['user', { user: USER }],
  ])('as %s', async (role, expected) => {
    const http = calendly({ '/scheduled_events': () => page([]) }, role);
    await pull(sessionFor(http, {}, ACCOUNT), {});
    expect(callsTo(http, 'events.list')[0]?.query).toMatchObject(expected);
    expect(
      Object.keys(callsTo(http, 'events.list')[0]?.query ?? {}).filter((name) => /^(user|organization)$/.test(name)),
    ).toEqual(Object.keys(expected));
  });

  test('of another organization than the one that is administered', async () => {
    const http = new ScriptedHttp(({ url }) =>
      String(url).endsWith('/organization_memberships')
        ? page([membershipRow('owner', 'https://api.calendly.com/organizations/OTHER'), membershipRow('user')])
        : page([]),
    );
    await pull(sessionFor(http, {}, ACCOUNT), {});
    expect(callsTo(http, 'events.list')[0]?.query).toMatchObject({ user: USER });
  });
});

describe('appointments', () => {
  test('of a full pull are all there, both statuses, with their invitees, and it says which time they cover', async () => {
    const rows = Array.from({ length: 53 }, (_, index) =>
      eventRow(`E${index}`, at((index - 20) * DAY), index % 5 === 0 ? { status: 'canceled' } : {}),
    );
    const http = calendly({ '/scheduled_events': eventList(rows) });
    const pages = await pull(sessionFor(http, {}, ACCOUNT), {});
    expect(ids(pages)).toEqual(rows.map(({ uri }) => String(uri).split('/').at(-1)));
    expect(callsTo(http, 'invitees.list')).toHaveLength(53);
    expect(callsTo(http, 'events.list')[0]?.query).toMatchObject({ sort: 'start_time:asc' });
    expect(callsTo(http, 'events.list')[0]?.query).not.toHaveProperty('status');
    expect(pages.map(({ covers }) => covers !== undefined)).toEqual([...Array(pages.length - 1).fill(false), true]);
    const { from = '', to = '' } = pages.at(-1)?.covers ?? {};
    expect(Date.parse(UNTIL) - Date.parse(from)).toBeGreaterThanOrEqual(90 * DAY);
    expect(Date.parse(to) - Date.parse(UNTIL)).toBeGreaterThan(365 * DAY);
  });

  test('of an incremental pull are those that changed, and those of the last day', async () => {
    const rows = [
      eventRow('LONGAGO', at(-6 * DAY), { updated_at: OLD }),
      eventRow('LATELY', at(-6 * DAY), { updated_at: SINCE }),
      eventRow('TODAY', at(-3_600_000), { updated_at: OLD }),
      eventRow('CALLEDOFF', at(-3_600_000), { updated_at: OLD, status: 'canceled' }),
      eventRow('SOON', at(DAY), { updated_at: OLD }),
      eventRow('NEXTYEAR', at(360 * DAY), { updated_at: NEW }),
    ];
    const http = calendly({ '/scheduled_events': eventList(rows) });
    const pages = await pull(sessionFor(http, {}, ACCOUNT), changes);
    expect(ids(pages)).toEqual(['LATELY', 'TODAY', 'NEXTYEAR']);
    expect(callsTo(http, 'invitees.list')).toHaveLength(3);
    expect(callsTo(http, 'events.list')).toHaveLength(1);
    expect(pages.some(({ covers }) => covers !== undefined)).toBe(false);
  });

  test('that changed in one go are read in steps that a free account can finish, each once', async () => {
    const rows = Array.from({ length: 100 }, (_, index) =>
      eventRow(`E${index}`, at((index + 1) * 1_800_000), { updated_at: NEW }),
    );
    const http = calendly({ '/scheduled_events': eventList(rows) });
    const pages = await pull(sessionFor(http, {}, ACCOUNT), changes);
    expect(ids(pages)).toHaveLength(100);
    expect(new Set(ids(pages)).size).toBe(100);
    for (const { records } of pages) expect(records.length).toBeLessThanOrEqual(20);
  });

  test('go on by start time when a page token dies', async () => {
    const rows = Array.from({ length: 65 }, (_, index) => eventRow(`E${index}`, at(Math.floor(index / 3) * DAY)));
    let deaths = 0;
    const dies = () => {
      deaths += 1;
      return deaths % 2 === 1;
    };
    const http = calendly({ '/scheduled_events': eventList(rows, dies) });
    expect(new Set(ids(await pull(sessionFor(http, {}, ACCOUNT), {}))).size).toBe(65);
    const dead = calendly({ '/scheduled_events': eventList(Array(50).fill(eventRow('E1', at(DAY))), () => true) });
    await expect(pull(sessionFor(dead, {}, ACCOUNT), {})).rejects.toMatchObject({ code: 'provider_unavailable' });
  });

  test('with an invitee that can not be read are set aside; those that vanish meanwhile are left out', async () => {
    const rows = ['E1', 'E2', 'E3'].map((id) => eventRow(id, at(DAY)));
    const http = calendly({
      '/scheduled_events': eventList(rows),
      '/invitees': ({ url }) => {
        if (String(url).includes('/E1/')) return page([inviteeRow('E1', { email: ['ada@mailbox.example'] })]);
        return String(url).includes('/E2/') ? failure(404, 'Resource Not Found', 'gone') : page([inviteeRow('E3')]);
      },
    });
    const pages = await pull(sessionFor(http, {}, ACCOUNT), {});
    expect(ids(pages)).toEqual(['E3']);
    expect(pages.flatMap(({ rejected }) => rejected.map(({ id }) => id))).toEqual(['E1']);
    expect(JSON.stringify(pages[0]?.rejected)).not.toContain('@');
  });

  test('of a large group have all invitees', async () => {
    const http = calendly({
      '/scheduled_events': () =>
        page([eventRow('E1', at(DAY), { invitees_counter: { total: 2, active: 2, limit: 200 } })]),
      '/invitees': ({ query }) =>
        query?.page_token === 'two'
          ? page([inviteeRow('E1', { email: 'otto@mailbox.example' })])
          : page([inviteeRow('E1')], 'two'),
    });
    const [record] = (await pull(sessionFor(http, {}, ACCOUNT), {})).flatMap(({ records }) => records);
    expect(record?.data).toMatchObject({
      customers: [{ email: 'ada@mailbox.example' }, { email: 'otto@mailbox.example' }],
    });
  });

  test('are all found, whatever their starts, their changes and the tokens that die', async () => {
    const events = fc.array(fc.record({ start: fc.integer({ min: -160, max: 400 }), changed: fc.boolean() }), {
      maxLength: 130,
    });
    await fc.assert(
      fc.asyncProperty(events, fc.boolean(), fc.array(fc.integer({ min: 0, max: 6 })), async (given, full, deaths) => {
        const rows = given.map(({ start, changed }, index) =>
          eventRow(`E${index}`, at(start * 3_600_000), { updated_at: changed ? NEW : OLD }),
        );
        let asked = 0;
        const dies = () => {
          asked += 1;
          return asked < 20 && deaths.includes(asked % 7);
        };
        const http = calendly({ '/scheduled_events': eventList(rows, dies) });
        const pulled = pull(sessionFor(http, {}, ACCOUNT), full ? {} : changes);
        // Twenty events with one start and a dying token leave no key to go on by: that is an error, never a gap.
        const pages = await pulled.catch((error: unknown) => {
          expect(error).toMatchObject({ code: 'provider_unavailable' });
          return null;
        });
        if (pages === null) return;
        const wanted = given.flatMap(({ start, changed }, index) =>
          full || changed || (start <= 0 && start >= -24) ? [`E${index}`] : [],
        );
        expect(new Set(ids(pages))).toEqual(new Set(wanted));
      }),
      { numRuns: 60 },
    );
  });
});

test('refuses a cursor that is not its own, and a resource that Calendly has not', async () => {
  const session = sessionFor(calendly({}), {}, ACCOUNT);
  const request = { mode: 'full', since: null, until: UNTIL, feedState: null } as const;
  await expect(syncData(session, { ...request, resource: 'contacts', cursor: { of: 'deals' } })).rejects.toMatchObject({
    code: 'internal',
  });
  await expect(syncData(session, { ...request, resource: 'deals', cursor: null })).rejects.toMatchObject({
    code: 'capability_not_supported',
  });
});
