import { describe, expect, it } from '@jest/globals';
import type { PullRequest } from '../connector.ts';
import { type Recorded, type Scripted, ScriptedHttp, sessionFor } from '../kit/scripted-http.ts';
import { classifyError } from './errors.ts';
import { DESCRIBED, description, failure, idOf, ORG_URL, page, row } from './fixtures/rows.ts';
import { syncData } from './sync.ts';

const ACCOUNT = { id: '00D', name: null, attributes: { instance_url: ORG_URL } };
const FULL: PullRequest = {
  resource: 'contacts',
  mode: 'full',
  since: null,
  until: '2026-11-23T12:00:00.000Z',
  feedState: null,
  cursor: null,
};

function org(answers: Readonly<Record<string, (request: Recorded) => Scripted>>) {
  return new ScriptedHttp((request) => {
    const [type = '', what] = request.operation.split('.');
    const answer =
      answers[request.operation] ?? (what === 'describe' ? () => ({ body: description(type) }) : undefined);
    if (!answer) throw new Error(`unexpected call ${request.operation}`);
    return answer(request);
  }, classifyError);
}
const soqlOf = (http: ScriptedHttp, operation: string) =>
  http.requests.filter((request) => request.operation === operation).map(({ query }) => query?.q);
const rows = (...numbers: number[]) => numbers.map((number) => row('Contact', idOf('003', number)));

describe('a full pull', () => {
  it('asks for what the org has, by id, and tells early where to go on', async () => {
    const http = org({ 'contacts.list': () => ({ body: page(rows(1, 2), false) }) });
    const announced: unknown[] = [];
    const announceNext = async (next: unknown) => void announced.push(next);
    const pulled = await syncData(sessionFor(http, {}, ACCOUNT), { ...FULL, announceNext });
    expect(pulled.next).toEqual({ phase: 'list', lastId: idOf('003', 2) });
    expect(announced).toEqual([pulled.next]);
    const [soql] = soqlOf(http, 'contacts.list');
    expect(soql).toMatch(/^SELECT Id, .*Account\.Name FROM Contact ORDER BY Id LIMIT 1000$/);
    for (const absent of ['IsPersonAccount', 'AssistantPhone', 'Birthdate']) expect(soql).not.toContain(absent);
    expect(DESCRIBED.Contact).toContain('Birthdate');
  });

  it('describes an object once per session', async () => {
    const http = org({ 'contacts.list': () => ({ body: page([]) }) });
    const session = sessionFor(http, {}, ACCOUNT);
    await syncData(session, FULL);
    await syncData(session, FULL);
    expect(http.requests.map(({ operation }) => operation)).toEqual([
      'Contact.describe',
      'contacts.list',
      'contacts.list',
    ]);
  });

  it('does not remember a description that failed', async () => {
    let calls = 0;
    const http = org({
      'Contact.describe': () => (calls++ === 0 ? { status: 503, body: [] } : { body: description('Contact') }),
      'contacts.list': () => ({ body: page([]) }),
    });
    const session = sessionFor(http, {}, ACCOUNT);
    await expect(syncData(session, FULL)).rejects.toMatchObject({ code: 'provider_unavailable' });
    expect((await syncData(session, FULL)).next).toBeNull();
  });

  it.each([
    ['stands still', page(rows(2), false)],
    ['claims more and shows nothing', page([], false)],
    ['claims more and shows no id', page([{ attributes: {} }], false)],
  ])('gives up on a feed that %s', async (_how, body) => {
    const http = org({ 'contacts.list': () => ({ body }) });
    const request = { ...FULL, cursor: { phase: 'list', lastId: idOf('003', 2) } };
    await expect(syncData(sessionFor(http, {}, ACCOUNT), request)).rejects.toMatchObject({
      code: 'provider_unavailable',
    });
  });

  it('says whose fault it is when contacts are hidden', async () => {
    const http = org({ 'Contact.describe': () => ({ status: 404, body: failure('NOT_FOUND') }) });
    await expect(syncData(sessionFor(http, {}, ACCOUNT), FULL)).rejects.toMatchObject({ code: 'missing_scope' });
  });
});

describe('an incremental pull', () => {
  const [since, stamp] = ['2026-11-20T00:00:00.000Z', '2026-11-21T08:00:00.000+0000'];
  const fields =
    'Id FirstName LastName Email Phone MobilePhone OwnerId IsDeleted HomePhone OtherPhone AccountId MasterRecordId CreatedDate SystemModstamp Account.Name';
  const request: PullRequest = { ...FULL, mode: 'incremental', since, feedState: { fields, deletedUntil: since } };
  const deletions = (ids: readonly string[] = [], more: object = {}) => ({
    deletedRecords: ids.map((id) => ({ id, deletedDate: stamp })),
    earliestDateAvailable: '2026-10-24T12:00:00.000+0000',
    latestDateCovered: '2026-11-23T11:58:00.000+0000',
    ...more,
  });

  it('begins with the deletions, without those that are there again', async () => {
    const [gone, back] = [idOf('003', 1), idOf('003', 2)];
    const http = org({
      'Contact.deleted': () => ({ body: deletions([gone, back]) }),
      'Contact.read': () => ({ body: page(rows(2)) }),
    });
    const pulled = await syncData(sessionFor(http, {}, ACCOUNT), request);
    expect(pulled).toMatchObject({
      deletedIds: [gone],
      records: [{ id: back }],
      next: { phase: 'changed', at: since, lastId: null, covered: '2026-11-23T11:58:00.000Z' },
    });
    expect(http.requests.find(({ operation }) => operation === 'Contact.deleted')).toMatchObject({
      url: `${ORG_URL}/services/data/v67.0/sobjects/Contact/deleted/`,
      query: { start: '2026-11-20T00:00:00Z', end: '2026-11-23T12:00:00Z' },
    });
  });

  it('goes on behind the last row, through rows with the same stamp', async () => {
    const http = org({ 'Contact.changed': () => ({ body: page(rows(1, 2), false) }) });
    const cursor = { phase: 'changed', at: since, lastId: null, covered: since };
    const first = await syncData(sessionFor(http, {}, ACCOUNT), { ...request, cursor });
    expect(first.next).toEqual({
      phase: 'changed',
      at: '2026-11-20T09:15:02.000Z',
      lastId: idOf('003', 2),
      covered: since,
    });
    const stuck = syncData(sessionFor(http, {}, ACCOUNT), { ...request, cursor: first.next });
    await expect(stuck).rejects.toMatchObject({ code: 'provider_unavailable' });
    const ends = ' AND SystemModstamp <= 2026-11-23T12:00:00Z ORDER BY SystemModstamp, Id LIMIT 1000';
    expect(soqlOf(http, 'Contact.changed').map((soql) => String(soql).replace(/^.* WHERE /, ''))).toEqual([
      `SystemModstamp >= 2026-11-20T00:00:00Z${ends}`,
      `((SystemModstamp = 2026-11-20T09:15:02Z AND Id > '${idOf('003', 2)}') OR SystemModstamp > 2026-11-20T09:15:02Z)${ends}`,
    ]);
    expect(
      http.requests.every(({ operation, url }) => operation !== 'Contact.changed' || String(url).endsWith('/queryAll')),
    ).toBe(true);
  });

  it.each([
    ['nobody remembers the fields', { ...request, feedState: null }, {}],
    ['the fields are others', { ...request, feedState: { fields: 'Id', deletedUntil: since } }, {}],
    ['it was too long ago', { ...request, since: '2026-11-01T00:00:00.000Z' }, {}],
    ['the log begins later', request, { earliestDateAvailable: '2026-11-21T00:00:00.000+0000' }],
    ['the log does not say where it begins', request, { earliestDateAvailable: 'unknown' }],
    ['there are thousands', request, deletions(Array.from({ length: 2_001 }, (_, number) => idOf('003', number)))],
  ])('becomes a full one when %s', async (_why, asked, more) => {
    const http = org({ 'Contact.deleted': () => ({ body: deletions([], more) }) });
    expect(await syncData(sessionFor(http, {}, ACCOUNT), asked)).toMatchObject({ fullRequired: true, records: [] });
  });

  it.each([
    ['INVALID_REPLICATION_DATE', true],
    ['EXCEEDED_ID_LIMIT', true],
    ['UNABLE_TO_LOCK_ROW', false],
  ])('becomes a full one after %s: %p', async (errorCode, full) => {
    const http = org({ 'Contact.deleted': () => ({ status: 400, body: failure(errorCode) }) });
    const pulled = syncData(sessionFor(http, {}, ACCOUNT), request);
    if (full) expect(await pulled).toMatchObject({ fullRequired: true });
    else await expect(pulled).rejects.toMatchObject({ code: 'provider_unavailable' });
  });
});
