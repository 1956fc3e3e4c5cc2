import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { dealSchema } from '../../../lambdas/core/model/deal.ts';
import { ConnectedOrg, SmallMirror } from './connected.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** Stamp and last name of everybody, or stamp and contact of every opportunity: what the mirror must have. */
const truthOf = ({ org, resource }: SmallMirror) =>
  org
    .truth(resource)
    .map(({ id, updatedAt, fields }) => [id, updatedAt, fields.LastName ?? fields.ContactId ?? null])
    .toSorted();
const mirrorOf = ({ records }: SmallMirror) =>
  [...records.values()]
    .map(({ id, updatedAt, data }) => {
      const deal = dealSchema.safeParse(data);
      return [
        id,
        updatedAt,
        deal.success ? (deal.data.contactIds[0] ?? null) : 'lastName' in data ? data.lastName : null,
      ];
    })
    .toSorted();
const expectTrue = (mirror: SmallMirror) => {
  expect(mirrorOf(mirror)).toEqual(truthOf(mirror));
  expect(mirror.rejected).toEqual([]);
};

describe('a full pull', () => {
  test('reads every record once, however few rows Salesforce gives at a time', async () => {
    for (const queryPageRows of [1, 7, 400]) {
      const mirror = new SmallMirror(new ConnectedOrg({ queryPageRows }));
      await mirror.sync('full');
      expect(mirror.records.size).toBe(40);
      expectTrue(mirror);
    }
  });

  test('needs no locator, so none can expire under it', async () => {
    const org = new ConnectedOrg({ queryPageRows: 7, locatorMs: 0 });
    await new SmallMirror(org).sync('full');
    expect(org.calls.filter((call) => call.includes('/query/'))).toEqual([]);
  });

  test('goes on after a crash that lost its last checkpoints', async () => {
    const mirror = new SmallMirror(new ConnectedOrg({ queryPageRows: 7 }));
    await mirror.sync('full', 2);
    expectTrue(mirror);
  });

  test('goes beyond a thousand records, which is all that one query asks for', async () => {
    const mirror = new SmallMirror(new ConnectedOrg({ contacts: 1_100, queryPageRows: 2_000 }));
    await mirror.sync('full');
    expect(mirror.records.size).toBe(1_100);
  });
});

describe('an incremental pull', () => {
  test('sees edits of many records with one stamp', async () => {
    const org = new ConnectedOrg({ queryPageRows: 4 });
    const mirror = new SmallMirror(org);
    await mirror.sync('full');
    org.clock.advance(MINUTE);
    org.edit('touch', { type: 'Contact', count: 25, fields: { HomePhone: '020 7946 0018' } });
    org.clock.advance(MINUTE);
    await mirror.sync('incremental');
    expect(mirror.modes).toEqual(['full', 'incremental']);
    expectTrue(mirror);
  });

  test('sees rows that were committed late, with a stamp that it had passed', async () => {
    const org = new ConnectedOrg();
    const mirror = new SmallMirror(org);
    await mirror.sync('full');
    org.clock.advance(MINUTE);
    await mirror.sync('incremental');
    const { id } = org.edit('create', { type: 'Contact', fields: { LastName: 'Latecomer' }, lateMs: 8 * MINUTE });
    org.clock.advance(1_000);
    await mirror.sync('incremental');
    expect(mirror.records.get(id)?.data).toMatchObject({ lastName: 'Latecomer' });
  });

  test.each([true, false])('sees deletions, whether or not they move the stamp: %p', async (deleteMovesStamp) => {
    const org = new ConnectedOrg({ deleteMovesStamp });
    const mirror = new SmallMirror(org);
    await mirror.sync('full');
    const [binned, purged, kept] = org.truth('contacts').map(({ id }) => id);
    org.clock.advance(MINUTE);
    org.edit('delete', { id: binned ?? '' });
    org.edit('purge', { id: purged ?? '' });
    // The feed of deletions is a minute behind.
    org.clock.advance(3 * MINUTE);
    await mirror.sync('incremental');
    expect(mirror.records.has(kept ?? '')).toBe(true);
    expectTrue(mirror);
  });

  test('asks again for what the feed of deletions did not cover yet', async () => {
    const org = new ConnectedOrg({ deletedLagMs: 60 * MINUTE });
    const mirror = new SmallMirror(org);
    await mirror.sync('full');
    org.clock.advance(MINUTE);
    org.edit('purge', { id: org.truth('contacts')[0]?.id ?? '' });
    for (let hour = 0; hour < 4; hour++) {
      org.clock.advance(30 * MINUTE);
      org.renewToken();
      await mirror.sync('incremental');
    }
    expectTrue(mirror);
  });

  test.each([true, false])(
    'keeps what was deleted and restored since, moved stamp or not: %p',
    async (restoreMovesStamp) => {
      const org = new ConnectedOrg({ restoreMovesStamp, deletedLagMs: 0 });
      const mirror = new SmallMirror(org);
      await mirror.sync('full');
      const [{ id } = { id: '' }] = org.truth('contacts');
      org.clock.advance(MINUTE);
      org.edit('delete', { id });
      org.edit('undelete', { id });
      org.clock.advance(3 * MINUTE);
      await mirror.sync('incremental');
      expect(mirror.records.has(id)).toBe(true);
      expectTrue(mirror);
    },
  );

  test('sees merges: the loser goes, the survivor has what it lacked', async () => {
    const org = new ConnectedOrg();
    const mirror = new SmallMirror(org);
    await mirror.sync('full');
    const master = org.edit('create', { type: 'Contact', fields: { LastName: 'Kept' } });
    const loser = org.edit('create', { type: 'Contact', fields: { LastName: 'Lost', Email: 'lost@post.example' } });
    org.clock.advance(MINUTE);
    await mirror.sync('incremental');
    org.edit('merge', { masterId: master.id, loserId: loser.id });
    org.clock.advance(MINUTE);
    await mirror.sync('incremental');
    expect(mirror.records.has(loser.id)).toBe(false);
    expect(mirror.records.get(master.id)?.data).toMatchObject({ emails: ['lost@post.example'] });
  });

  test.each([
    ['its start is before what Salesforce still tells of deletions', 20 * DAY, {}],
    ['the log of deletions was cut short', 3 * DAY, { deletedLogMs: DAY }],
  ])('turns into a full one when %s', async (_why, away, settings) => {
    const org = new ConnectedOrg(settings);
    const mirror = new SmallMirror(org);
    await mirror.sync('full');
    org.edit('purge', { id: org.truth('contacts')[0]?.id ?? '' });
    org.clock.advance(away);
    org.renewToken();
    await mirror.sync('incremental');
    expect(mirror.modes).toEqual(['full', 'full']);
    expectTrue(mirror);
  });

  test('turns into a full one when the org shows other fields than before', async () => {
    const org = new ConnectedOrg({ hiddenFields: ['Contact.MobilePhone'] });
    const mirror = new SmallMirror(org);
    await mirror.sync('full');
    expect([...mirror.records.values()].some(({ source }) => JSON.stringify(source).includes('MobilePhone'))).toBe(
      false,
    );
    org.provider.settings.change({ hiddenFields: [] });
    await mirror.sync('incremental');
    expect(mirror.modes).toEqual(['full', 'full']);
    expect([...mirror.records.values()].every(({ source }) => JSON.stringify(source).includes('MobilePhone'))).toBe(
      true,
    );
    await mirror.sync('incremental');
    expect(mirror.modes.at(-1)).toBe('incremental');
  });

  test('forgets a lead that was remembered from a look-up when the lead changes', async () => {
    const org = new ConnectedOrg();
    const mirror = new SmallMirror(org);
    await mirror.sync('full');
    const [lead] = org.truth('leads');
    const phone = String(lead?.fields.Phone);
    const [found] = (await org.connector.lookupContact?.(org.session('live_read'), { phone, email: null })) ?? [];
    expect(found?.id).toBe(lead?.id);
    if (found) mirror.records.set(found.id, found);
    org.clock.advance(MINUTE);
    org.edit('convertLead', { id: lead?.id });
    org.clock.advance(MINUTE);
    await mirror.sync('incremental');
    expectTrue(mirror);
  });
});

describe('opportunities', () => {
  test.each([
    [true, []],
    [false, []],
    [false, ['Opportunity.ContactId']],
    [true, ['Opportunity.ContactId']],
  ])('have their contact (stamps move with roles: %p, hidden: %j)', async (rolesMoveOpportunities, hiddenFields) => {
    const org = new ConnectedOrg({ rolesMoveOpportunities, contacts: 60 });
    const roles = () => new Map(org.truth('opportunities').map(({ id, fields }) => [id, fields.ContactId]));
    const before = roles();
    org.provider.settings.change({ hiddenFields });
    const mirror = new SmallMirror(org, 'opportunities');
    await mirror.sync('full');
    const contactOf = (id: string) => dealSchema.parse(mirror.records.get(id)?.data).contactIds[0] ?? null;
    for (const [id, contact] of before) expect(contactOf(id)).toBe(contact);

    const [a, b, c] = [...before.keys()] as [string, string, string];
    const [someone, another] = org.truth('contacts').map(({ id }) => id) as [string, string];
    org.clock.advance(MINUTE);
    org.edit('setPrimaryContact', { opportunityId: a, contactId: someone });
    org.edit('setPrimaryContact', { opportunityId: b, contactId: null });
    org.edit('setPrimaryContact', { opportunityId: c, contactId: another });
    org.edit('merge', { masterId: someone, loserId: another });
    org.clock.advance(MINUTE);
    await mirror.sync('incremental');
    expect(mirror.modes).toEqual(['full', 'incremental']);
    expect([a, b, c].map(contactOf)).toEqual([someone, null, someone]);
  });

  test('have a currency where the org has several, and none is made up where it has one', async () => {
    for (const which of [0, 1] as const) {
      const mirror = new SmallMirror(new ConnectedOrg({ which }), 'opportunities');
      await mirror.sync('full');
      const values = [...mirror.records.values()].flatMap(({ data }) => dealSchema.parse(data).value ?? []);
      expect(values.length).toBeGreaterThan(0);
      for (const { amount, currency } of values) {
        expect(amount).toMatch(/^\d+(\.\d+)?$/);
        expect(currency === null).toBe(which === 0);
      }
    }
  });

  test('can be synced without seeing contact roles or contacts of theirs', async () => {
    const org = new ConnectedOrg({
      hiddenObjects: ['OpportunityContactRole', 'Lead'],
      hiddenFields: ['Opportunity.ContactId'],
    });
    const mirror = new SmallMirror(org, 'opportunities');
    await mirror.sync('full');
    await mirror.sync('incremental');
    expect(mirror.modes).toEqual(['full', 'incremental']);
    expect(mirror.records.size).toBe(org.truth('opportunities').length);
  });
});

describe('whatever happens at the org', () => {
  const at = fc.nat(200);
  const happening = fc.oneof(
    fc.record({ kind: fc.constant('patch' as const), at, late: fc.nat(7 * MINUTE) }),
    fc.record({ kind: fc.constant('delete' as const), at }),
    fc.record({ kind: fc.constant('undelete' as const), at }),
    fc.record({ kind: fc.constant('purge' as const), at }),
    fc.record({ kind: fc.constant('create' as const), at, late: fc.nat(7 * MINUTE) }),
    fc.record({ kind: fc.constant('merge' as const), at, other: at }),
    fc.record({ kind: fc.constant('touch' as const), at }),
    fc.record({ kind: fc.constant('sync' as const), at }),
  );

  test('the mirror has it after the next run', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(happening, { maxLength: 25 }),
        fc.integer({ min: 1, max: 9 }),
        fc.boolean(),
        async (happenings, queryPageRows, deleteMovesStamp) => {
          const org = new ConnectedOrg({ contacts: 12, queryPageRows, deleteMovesStamp, duplicateRule: 'off' });
          const mirror = new SmallMirror(org);
          await mirror.sync('full');
          const binned: string[] = [];
          for (const [position, one] of happenings.entries()) {
            const ids = org.truth('contacts').map(({ id }) => id);
            const id = ids[one.at % ids.length] ?? '';
            const fields = { LastName: `Name ${position}` };
            if (one.kind === 'create') org.edit('create', { type: 'Contact', fields, lateMs: one.late });
            else if (one.kind === 'touch') org.edit('touch', { type: 'Contact', count: one.at % 13, fields });
            else if (one.kind === 'sync') {
              org.clock.advance(3 * MINUTE);
              await mirror.sync('incremental', one.at % 3);
            } else if (one.kind === 'undelete') {
              const restored = binned.pop();
              if (restored) org.edit('undelete', { id: restored });
            } else if (ids.length < 3) org.edit('create', { type: 'Contact', fields });
            else if (one.kind === 'patch') org.edit('patch', { id, fields, lateMs: one.late });
            else if (one.kind === 'purge') org.edit('purge', { id });
            else if (one.kind === 'delete') {
              org.edit('delete', { id });
              binned.push(id);
            } else if (one.kind === 'merge') {
              const loserId = ids[(one.at + 1 + (one.other % (ids.length - 1))) % ids.length] ?? '';
              if (loserId !== id) org.edit('merge', { masterId: id, loserId });
            }
          }
          org.clock.advance(3 * MINUTE);
          await mirror.sync('incremental');
          expect(mirror.modes.slice(1)).not.toContain('full');
          expectTrue(mirror);
        },
      ),
      { numRuns: 25 },
    );
  });
});
