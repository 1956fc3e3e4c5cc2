import { describe, expect, it } from '@jest/globals';
import type { ConnectorSession, PullPage, PullRequest } from '../connector.ts';
import { type Recorded, type Scripted, ScriptedHttp, sessionFor } from '../kit/scripted-http.ts';
import { contactRow } from './fixtures/contact-row.ts';
import { syncData } from './sync.ts';

const SINCE = '2026-11-20T00:00:00.000Z';
const UNTIL = '2026-11-23T12:00:00.000Z';

const page = (rows: unknown[], after?: string): Scripted => ({
  body: { results: rows, ...(after === undefined ? {} : { paging: { next: { after } } }) },
});
const rows = (from: number, count: number) => Array.from({ length: count }, (_, index) => contactRow(from + index));
const isArchived = ({ query }: Recorded) => query?.archived === true;

/** Follows `next` to the end, as the engine does: every cursor passes through JSON. */
async function pull(session: ConnectorSession, request: Partial<PullRequest>): Promise<PullPage[]> {
  const pages: PullPage[] = [];
  let cursor: PullRequest['cursor'] = null;
  do {
    const base = { resource: 'contacts', mode: 'full', since: null, until: UNTIL, feedState: null } as const;
    const next = await syncData(session, { ...base, ...request, cursor });
    pages.push(next);
    cursor = JSON.parse(JSON.stringify(next.next));
  } while (cursor !== null);
  return pages;
}
const ids = (pages: PullPage[]) => pages.flatMap(({ records }) => records.map(({ id }) => id));
const deleted = (pages: PullPage[]) => pages.flatMap(({ deletedIds }) => deletedIds);
const searchFilters = ({ json }: Recorded): { propertyName: string; operator: string; value: string }[] =>
  JSON.parse(JSON.stringify(json)).filterGroups[0].filters;

describe('contacts', () => {
  it('lists everything, then the archived ones', async () => {
    const http = new ScriptedHttp((request) => {
      if (isArchived(request)) return page([contactRow(90), contactRow(91)]);
      return request.query?.after === '101' ? page(rows(101, 3)) : page(rows(1, 100), '101');
    });
    const pages = await pull(sessionFor(http), {});
    expect(ids(pages)).toHaveLength(103);
    expect(deleted(pages)).toEqual(['90', '91']);
    expect(http.requests[0]?.query).toMatchObject({ limit: 100, archived: false, associations: undefined });
    expect(String(http.requests[0]?.query?.properties)).toContain('mobilephone');
  });

  it('finds 10,450 changes on one timestamp, each once, by id alone', async () => {
    const changed = rows(1, 10_450);
    const http = new ScriptedHttp((request) => {
      if (isArchived(request)) return page([]);
      const lastId = Number(searchFilters(request).find(({ operator }) => operator === 'GT')?.value);
      return page(changed.slice(lastId, lastId + 200));
    });
    const pages = await pull(sessionFor(http), { mode: 'incremental', since: SINCE });
    expect(new Set(ids(pages)).size).toBe(10_450);
    expect(ids(pages)).toHaveLength(10_450);
    expect(http.requests[1]).toMatchObject({
      rateBucket: 'search',
      json: {
        filterGroups: [
          {
            filters: [
              { propertyName: 'lastmodifieddate', operator: 'GTE', value: String(Date.parse(SINCE)) },
              { propertyName: 'lastmodifieddate', operator: 'LTE', value: String(Date.parse(UNTIL)) },
              { propertyName: 'hs_object_id', operator: 'GT', value: '200' },
            ],
          },
        ],
        sorts: [{ propertyName: 'hs_object_id', direction: 'ASCENDING' }],
        limit: 200,
      },
    });
    expect(http.requests.every(({ json }) => !JSON.stringify(json ?? {}).includes('"after"'))).toBe(true);
  });

  it('reports merged records as gone', async () => {
    const survivor = contactRow(9, { hs_merged_object_ids: '3;4;9' });
    const http = new ScriptedHttp((request) => (isArchived(request) ? page([]) : page([survivor])));
    expect(deleted(await pull(sessionFor(http), {}))).toEqual(['3', '4']);
  });

  it('sets malformed records aside and goes on', async () => {
    const bad = [{ id: '2', properties: { firstname: 5 } }, { properties: {} }, null];
    const http = new ScriptedHttp((request) => {
      if (isArchived(request)) return page([]);
      return page(searchFilters(request)[2]?.value === '0' ? [contactRow(1), ...bad] : []);
    });
    const pages = await pull(sessionFor(http), { mode: 'incremental', since: SINCE });
    expect(ids(pages)).toEqual(['1']);
    expect(pages[0]?.rejected.map(({ id }) => id)).toEqual(['2', '(position 2)', '(position 3)']);
    expect(pages[0]?.rejected[0]?.reason).toContain('properties.firstname');
  });

  it('stops when the provider repeats itself', async () => {
    const search = new ScriptedHttp(() => page(rows(1, 200)));
    const list = new ScriptedHttp(() => page(rows(1, 100), '101'));
    const stuck = { code: 'provider_unavailable' };
    await expect(pull(sessionFor(search), { mode: 'incremental', since: SINCE })).rejects.toMatchObject(stuck);
    await expect(pull(sessionFor(list), {})).rejects.toMatchObject(stuck);
  });

  it('refuses a cursor that is not its own', async () => {
    const http = new ScriptedHttp(() => page([]));
    const request = { resource: 'contacts', mode: 'full', since: null, until: UNTIL, feedState: null } as const;
    await expect(syncData(sessionFor(http), { ...request, cursor: { phase: 'other' } })).rejects.toMatchObject({
      code: 'internal',
    });
  });
});

describe('deals', () => {
  const stages = [{ id: 's1', label: 'Qualified', metadata: { isClosed: 'false', probability: '0.4' } }];
  const pipelines = (label: string): Scripted => ({ body: { results: [{ id: 'p1', label, stages }] } });
  const deal = (id: number, links?: object) => ({
    id: String(id),
    properties: { dealname: `Deal ${id}`, pipeline: 'p1', dealstage: 's1', hs_lastmodifieddate: SINCE },
    ...(links === undefined ? {} : { associations: { contacts: links } }),
  });
  const link = (id: number) => ({ id: String(id), type: 'deal_to_contact' });

  it('lists deals with their contacts, following links that do not fit into the list', async () => {
    const http = new ScriptedHttp((request) => {
      if (request.operation === 'pipelines.list') return pipelines('Sales');
      if (request.operation === 'deals.contacts.read') {
        const more = JSON.stringify(request.json).includes('"after"');
        const to = more ? [{ toObjectId: 13 }] : [{ toObjectId: 11 }, { toObjectId: 12 }];
        return {
          body: { results: [{ from: { id: '2' }, to, ...(more ? {} : { paging: { next: { after: 'a' } } }) }] },
        };
      }
      if (isArchived(request)) return page([]);
      const long = { results: [link(11)], paging: { next: { after: '11' } } };
      return page([deal(1, { results: [link(11), link(11)] }), deal(2, long), deal(3)]);
    });
    const pages = await pull(sessionFor(http), { resource: 'deals' });
    const records = pages.flatMap((each) => each.records);
    expect(records.map(({ data }) => ('contactIds' in data ? data.contactIds : []))).toEqual([
      ['11'],
      ['11', '12', '13'],
      [],
    ]);
    expect(records[0]?.data).toMatchObject({ pipeline: { label: 'Sales' }, stage: { label: 'Qualified' } });
    expect(http.requests.filter(({ operation }) => operation === 'pipelines.list')).toHaveLength(1);
    expect(pages.at(-1)?.feedState).toEqual({ pipelines: expect.any(String) });
  });

  it('asks for all links of found deals, 100 at a time, and sets aside those it cannot learn', async () => {
    const found = Array.from({ length: 150 }, (_, index) => deal(index + 1));
    const http = new ScriptedHttp((request) => {
      if (request.operation === 'pipelines.list') return pipelines('Sales');
      if (request.operation === 'deals.contacts.read') {
        const none = { category: 'OBJECT_NOT_FOUND', context: { fromObjectId: ['1'] } };
        const failed = { category: 'INTERNAL', context: { fromObjectId: ['2'] } };
        return { status: 207, body: { results: [{ from: { id: '3' }, to: [link(7)] }], errors: [none, failed] } };
      }
      if (isArchived(request)) return page([]);
      return page(request.json && searchFilters(request)[2]?.value === '0' ? found : []);
    });
    const session = sessionFor(http);
    const full = await pull(sessionFor(http), { resource: 'deals' });
    const feedState = full.at(-1)?.feedState ?? null;
    http.requests.length = 0;
    const pages = await pull(session, { resource: 'deals', mode: 'incremental', since: SINCE, feedState });
    const links = http.requests.filter(({ operation }) => operation === 'deals.contacts.read');
    expect(links.map(({ json }) => JSON.parse(JSON.stringify(json)).inputs.length)).toEqual([100, 50]);
    expect(ids(pages)).toHaveLength(149);
    expect(pages[0]?.rejected).toEqual([{ id: '2', reason: 'LinksUnknownError' }]);
  });

  it('demands a full pull when labels have changed', async () => {
    let label = 'Sales';
    const http = new ScriptedHttp(({ operation }) => (operation === 'pipelines.list' ? pipelines(label) : page([])));
    const feedState = (await pull(sessionFor(http), { resource: 'deals' })).at(-1)?.feedState ?? null;
    const request = { resource: 'deals', mode: 'incremental', since: SINCE, feedState } as const;
    expect((await pull(sessionFor(http), request))[0]?.fullRequired).toBeUndefined();
    label = 'New business';
    expect(await pull(sessionFor(http), request)).toEqual([
      { records: [], deletedIds: [], rejected: [], next: null, fullRequired: true },
    ]);
  });
});
