import { describe, expect, test } from '@jest/globals';
import { SandboxClock } from '../mechanics/clock.ts';
import { Counters } from '../mechanics/counters.ts';
import { createSalesforce } from './salesforce.ts';
import type { SalesforcePatch } from './settings.ts';

/** The main org, and a caller with a token. */
function newOrg(settings: SalesforcePatch = {}) {
  const clock = new SandboxClock();
  const provider = createSalesforce({
    clock,
    counters: new Counters(),
    seed: 1,
    contacts: 30,
    deals: null,
    clients: {},
  });
  provider.settings.change(settings);
  const { oauth } = provider;
  const consent = { account: '00D5e0T0000KC1NECW', userId: 1, scopes: ['api'], redirectUri: 'r', challenge: null };
  const issued = oauth.exchange(oauth.issueCode(consent), 'r', undefined);
  const token = typeof issued === 'string' ? '' : issued.accessToken;
  const get = async (path: string) => {
    const response = await provider.app.request(path, { headers: { authorization: `Bearer ${token}` } });
    // Tests look into answers of many shapes.
    const body: ReturnType<typeof JSON.parse> = await response.json();
    return { status: response.status, body };
  };
  const query = (soql: string, path = 'query') => get(`/services/data/v67.0/${path}?q=${encodeURIComponent(soql)}`);
  return { clock, provider, get, query };
}

describe('queries', () => {
  test('give pages behind a locator that dies', async () => {
    const { clock, get, query } = newOrg({ queryPageRows: 12, locatorMs: 60_000 });
    const first = await query('SELECT Id, LastName FROM Contact ORDER BY Id');
    expect(first.body).toMatchObject({ totalSize: 30, done: false });
    const second = await get(first.body.nextRecordsUrl);
    const third = await get(second.body.nextRecordsUrl);
    expect([first, second, third].map(({ body }) => body.records.length)).toEqual([12, 12, 6]);
    expect(third.body).toMatchObject({ done: true });
    expect(third.body).not.toHaveProperty('nextRecordsUrl');
    clock.advance(60_000);
    expect(await get(second.body.nextRecordsUrl)).toMatchObject({
      status: 400,
      body: [{ errorCode: 'INVALID_QUERY_LOCATOR' }],
    });
  });

  test('show what is in the recycle bin only to those who ask for it', async () => {
    const { provider, query } = newOrg();
    const { body } = await query('SELECT Id FROM Contact ORDER BY Id LIMIT 2');
    const [loser, master] = body.records.map(({ Id }: { Id: string }) => Id);
    provider.edits.merge?.({ masterId: master, loserId: loser });
    const soql = `SELECT Id, IsDeleted, MasterRecordId FROM Contact WHERE Id = '${loser.slice(0, 15)}'`;
    expect((await query(soql)).body.records).toEqual([]);
    const binned = (await query(soql, 'queryAll')).body.records;
    expect(binned).toMatchObject([{ Id: loser, IsDeleted: true, MasterRecordId: master }]);
  });

  test.each([
    ['SELECT Id, Nickname FROM Contact', 'INVALID_FIELD'],
    ['SELECT Id FROM Contact WHERE Nickname = null', 'INVALID_FIELD'],
    ['SELECT Id FROM Person', 'INVALID_TYPE'],
    ["SELECT Id FROM Contact WHERE LastName = 'O'Neill'", 'MALFORMED_QUERY'],
    ["SELECT Id FROM Contact WHERE LastName = 'x\\'", 'MALFORMED_QUERY'],
    ["SELECT Id FROM Contact WHERE LastName = 'x' OR Id != null AND Email = 'y'", 'MALFORMED_QUERY'],
    ['SELECT Id FROM Contact LIMIT x', 'MALFORMED_QUERY'],
  ])('are refused: %s', async (soql, errorCode) => {
    expect(await newOrg().query(soql)).toMatchObject({ status: 400, body: [{ errorCode }] });
  });

  test('fit into a URL, or are not read', async () => {
    const ids = Array.from({ length: 900 }, () => "'0035e0T0001000FACQ'").join(', ');
    expect((await newOrg().query(`SELECT Id FROM Contact WHERE Id IN (${ids})`)).status).toBe(414);
  });
});

test('the search knows the wanted characters, and what it indexed some time ago', async () => {
  const { clock, provider, query } = newOrg();
  const fields = { LastName: 'New', Phone: '020 7946 0018' };
  const created: unknown = provider.edits.create?.({ type: 'Contact', fields });
  expect(created).toEqual({ id: expect.stringMatching(/^003/) });
  const find = async (text: string) =>
    query(`FIND {${text}} IN PHONE FIELDS RETURNING Contact(Id, LastName) LIMIT 5`, 'search');
  expect((await find('02079460018')).body).toEqual({ searchRecords: [] });
  clock.advance(15 * 60_000);
  expect((await find('"02079460018"')).body.searchRecords).toMatchObject([
    { LastName: 'New', attributes: { type: 'Contact' } },
  ]);
  expect((await find('020-7946')).body).toMatchObject([{ errorCode: 'MALFORMED_QUERY' }]);
});
