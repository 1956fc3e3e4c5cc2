import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { longId, PREFIXES, recordId } from '../../../test/sandbox/salesforce/record-ids.ts';
import { contactSchema as ourContact } from '../../core/model/contact.ts';
import { dealSchema } from '../../core/model/deal.ts';
import { idOf, row } from './fixtures/rows.ts';
import { toContactRecord, toDealRecord, toLeadRecord } from './map.ts';
import { contactSchema, leadSchema, opportunitySchema, recordIdSchema } from './schemas.ts';

const ID = idOf('003', 1);
const contact = (fields: Readonly<Record<string, unknown>> = {}) =>
  toContactRecord(contactSchema.parse(row('Contact', ID, fields)), 'GB');
const deal = (fields: Readonly<Record<string, unknown>> = {}, contactIds: readonly string[] = []) =>
  toDealRecord(opportunitySchema.parse(row('Opportunity', idOf('006', 1), fields)), contactIds);

describe('a contact', () => {
  it('has its names, numbers, stamps and company', () => {
    const fields = {
      FirstName: 'Zoë 🌸',
      LastName: '李',
      Email: ' Zoe@Post.Example ',
      Phone: '020 7946 0018',
      MobilePhone: '(415) 555-0134',
      HomePhone: '+44 20 7946 0018',
      OtherPhone: '+1 (415) 555-0134',
      AssistantPhone: '+44 20 7946 0999',
      Account: { attributes: { type: 'Account', url: '/x' }, Name: 'Acre Homes' },
    };
    const { data, source, updatedAt } = contact(fields);
    expect(data).toMatchObject({
      displayName: 'Zoë 🌸 李',
      emails: ['zoe@post.example'],
      company: 'Acre Homes',
      createdAt: '2026-01-05T10:00:00.000Z',
      updatedAt: '2026-11-20T09:15:02.000Z',
    });
    expect(data.phones.map(({ e164 }) => e164)).toEqual(['+442079460018', null, '+14155550134']);
    expect(updatedAt).toBe(data.updatedAt);
    expect(source).toMatchObject({ Account: { Name: 'Acre Homes' } });
    expect(JSON.stringify(source)).not.toContain('attributes');
  });

  it('of one name has no other, and 200 characters are 200 characters', () => {
    expect(contact({ LastName: 'Cher' }).data).toMatchObject({
      firstName: null,
      lastName: 'Cher',
      displayName: 'Cher',
    });
    expect(contact({ FirstName: '  ', LastName: 'x'.repeat(200) }).data).toMatchObject({
      firstName: null,
      lastName: 'x'.repeat(200),
    });
  });

  it('of a person account does not work for itself', () => {
    const Account = { Name: 'Ada Moreno' };
    expect(contact({ LastName: 'Moreno', IsPersonAccount: true, Account }).data.company).toBeNull();
    expect(contact({ LastName: 'Moreno', IsPersonAccount: false, Account }).data.company).toBe('Ada Moreno');
  });

  it('of whatever texts is one of ours', () => {
    const text = fc.option(fc.string({ unit: 'binary' }), { nil: null });
    const fields = fc.record(
      {
        FirstName: text,
        LastName: text,
        Email: text,
        Phone: text,
        MobilePhone: text,
        CreatedDate: text,
        Account: fc.constantFrom(null, {}, { Name: 'A' }),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fields, (given) => {
        const { data, source } = contact(given);
        expect(ourContact.parse(data)).toEqual(data);
        expect(JSON.parse(JSON.stringify(source))).toEqual(source);
        if (data.lastName !== null) expect(data.lastName).toBe(given.LastName);
      }),
    );
  });
});

describe('a lead', () => {
  it('is a person with a company and a stage', () => {
    const fields = { LastName: 'Prospect', Company: 'Quayside Yoga', Status: 'Working', MobilePhone: '07500 900123' };
    const { resource, data } = toLeadRecord(leadSchema.parse(row('Lead', idOf('00Q', 1), fields)), 'GB');
    expect(resource).toBe('contacts');
    expect(data).toMatchObject({
      company: 'Quayside Yoga',
      lifecycleStage: 'Working',
      phones: [{ e164: '+447500900123' }],
    });
  });
});

describe('an opportunity', () => {
  it.each([
    [{ IsClosed: true, IsWon: true }, 'won'],
    [{ IsClosed: true, IsWon: false }, 'lost'],
    [{ IsClosed: false, IsWon: false }, 'open'],
    [{}, 'open'],
  ])('with %j is %s', (flags, status) => {
    expect(deal(flags).data.status).toBe(status);
  });

  it('closes on a day, which is no instant', () => {
    expect(deal({ CloseDate: '2026-12-01' }).data.closesAt).toBe('2026-12-01');
  });

  it('has the contact that it names, and those of its roles, each once', () => {
    const [a, b] = [idOf('003', 2), idOf('003', 1)];
    expect(deal({ ContactId: a }, [a, b]).data.contactIds).toEqual([b, a]);
    expect(deal({ ContactId: null }).data.contactIds).toEqual([]);
  });

  it('is worth what was written, in a currency only where there are several', () => {
    expect(deal({ Amount: 0 }).data.value).toEqual({ amount: '0', currency: null });
    expect(deal({ Amount: 640.5, CurrencyIsoCode: 'EUR' }).data.value).toEqual({ amount: '640.5', currency: 'EUR' });
    expect(deal({ Amount: null }).data.value).toBeNull();
    fc.assert(
      fc.property(fc.integer({ min: -(10 ** 12), max: 10 ** 12 }), fc.integer({ min: 0, max: 99 }), (whole, cents) => {
        const written = `${whole}.${String(cents).padStart(2, '0')}`;
        const { value, ...rest } = deal(JSON.parse(`{"Amount":${written}}`)).data;
        expect(value?.amount).toMatch(/^-?\d+(\.\d{1,2})?$/);
        expect(Number(value?.amount)).toBe(Number(written));
        expect(dealSchema.parse({ value, ...rest })).toEqual({ value, ...rest });
      }),
    );
  });
});

describe('a record id', () => {
  it('is the same in both of its lengths', () => {
    const ids = fc.tuple(fc.constantFrom(...(Object.keys(PREFIXES) as (keyof typeof PREFIXES)[])), fc.nat());
    fc.assert(
      fc.property(ids, ([type, number]) => {
        const id = recordId(type, number);
        expect(recordIdSchema.parse(id)).toBe(id);
        expect(recordIdSchema.parse(id.slice(0, 15))).toBe(id);
        expect(longId(id.slice(0, 15))).toBe(id);
      }),
    );
    // The example of Salesforce's own pages.
    expect(recordIdSchema.parse('001A0000006Vm9r')).toBe('001A0000006Vm9rIAC');
  });

  it.each(['', '003', "003'000000000001", '0035e0000000001AA', '0035e000000000 1AAA', '0035e00000000001AAAA'])(
    'is not %j',
    (text) => {
      expect(recordIdSchema.safeParse(text).success).toBe(false);
    },
  );
});
