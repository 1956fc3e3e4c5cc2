import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { contactSchema } from '../../core/model/contact.ts';
import { dealSchema } from '../../core/model/deal.ts';
import { CONTACT_PROPERTIES, DEAL_PROPERTIES, mergedIds, toContactRecord, toDealRecord } from './map.ts';
import type { HubSpotPipeline } from './schemas.ts';

const PIPELINES: HubSpotPipeline[] = [
  {
    id: 'default',
    label: 'Sales',
    stages: [
      { id: 'qualified', label: 'Qualified', metadata: { isClosed: 'false', probability: '0.4' } },
      { id: 'won', label: 'Won', metadata: { isClosed: 'true', probability: '1.0' } },
      { id: 'lost', label: 'Lost', metadata: { isClosed: 'true', probability: '0.0' } },
    ],
  },
];

const contact = (properties: Record<string, string | null>, country?: string) =>
  toContactRecord({ id: '7', properties }, country).data;
const deal = (properties: Record<string, string | null>) => toDealRecord({ id: '9', properties }, [], PIPELINES).data;

const value = fc.option(fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('true', 'false', '', ' ')));
const propertiesOf = (names: readonly string[]) => fc.record(Object.fromEntries(names.map((name) => [name, value])));

describe('toContactRecord', () => {
  it('reads any property values into a valid contact that keeps names as they are', () => {
    fc.assert(
      fc.property(propertiesOf(CONTACT_PROPERTIES), (properties) => {
        const record = toContactRecord({ id: '7', properties }, 'GB');
        expect(contactSchema.parse(record.data)).toEqual(record.data);
        expect([properties.firstname, null]).toContain(record.data.firstName);
        expect([properties.lastname, null]).toContain(record.data.lastName);
        expect(record.data.displayName.trim()).not.toBe('');
        expect(record.updatedAt).toBe(record.data.updatedAt);
        expect(record.source).toEqual(properties);
      }),
    );
  });

  it.each([
    [{ firstname: 'Mira', lastname: null, company: 'Salon M' }, 'Mira'],
    [{ firstname: 'Mira', lastname: 'Okafor' }, 'Mira Okafor'],
    [{ firstname: ' ', lastname: '', company: 'Salon M' }, 'Salon M'],
    [{ email: 'mira@example.com', phone: '+442079460958' }, 'Unknown'],
    [{ firstname: '🌸'.repeat(100) }, '🌸'.repeat(100)],
  ])('names %j', (properties, displayName) => {
    expect(contact(properties).displayName).toBe(displayName);
  });

  it('lists the primary e-mail address first, each once, lower-cased', () => {
    const properties = { email: 'Mira@Example.com', hs_additional_emails: 'old@example.com;MIRA@example.com; ;x' };
    expect(contact(properties).emails).toEqual(['mira@example.com', 'old@example.com']);
  });

  it('keeps numbers that cannot be read, without a guess', () => {
    expect(contact({ phone: '020 7946 0958', mobilephone: '+1 415 555 0134' }).phones).toEqual([
      { e164: null, raw: '020 7946 0958', kind: 'unknown' },
      { e164: '+14155550134', raw: '+1 415 555 0134', kind: 'mobile' },
    ]);
    expect(contact({ phone: '020 7946 0958' }, 'GB').phones).toEqual([
      { e164: '+442079460958', raw: '020 7946 0958', kind: 'landline' },
    ]);
  });

  it('lists a number once when both properties hold it', () => {
    const phones = contact({ phone: '(415) 555-0134', mobilephone: '+14155550134' }, 'US').phones;
    expect(phones).toEqual([{ e164: '+14155550134', raw: '+14155550134', kind: 'mobile' }]);
  });

  it('reads ISO text and epoch ms alike', () => {
    const { createdAt, updatedAt } = contact({ createdate: '1767607200000', lastmodifieddate: '2026-11-20T09:15:02Z' });
    expect([createdAt, updatedAt]).toEqual(['2026-01-05T10:00:00.000Z', '2026-11-20T09:15:02.000Z']);
  });
});

describe('toDealRecord', () => {
  it('reads any property values into a valid deal', () => {
    fc.assert(
      fc.property(propertiesOf(DEAL_PROPERTIES), fc.array(fc.nat().map(String)), (properties, ids) => {
        const { data, source } = toDealRecord({ id: '9', properties }, ids, PIPELINES);
        expect(dealSchema.parse(data)).toEqual(data);
        expect(new Set(data.contactIds)).toEqual(new Set(ids));
        expect(source).toEqual({ ...properties, contactIds: data.contactIds });
      }),
    );
  });

  it('keeps money as text and names pipeline and stage', () => {
    const read = deal({ amount: '1200.50', deal_currency_code: 'GBP', pipeline: 'default', dealstage: 'qualified' });
    expect(read.value).toEqual({ amount: '1200.50', currency: 'GBP' });
    expect(read.pipeline).toEqual({ id: 'default', label: 'Sales' });
    expect(read.stage).toEqual({ id: 'qualified', label: 'Qualified' });
    expect(deal({ dealstage: 'gone', pipeline: 'other' }).stage).toEqual({ id: 'gone', label: null });
  });

  it.each([
    [{ hs_is_closed_won: 'true', hs_is_closed: 'true' }, 'won'],
    [{ hs_is_closed_won: 'false', hs_is_closed: 'true' }, 'lost'],
    [{ hs_is_closed_won: 'false', hs_is_closed: 'false', pipeline: 'default', dealstage: 'won' }, 'open'],
    [{ pipeline: 'default', dealstage: 'won' }, 'won'],
    [{ pipeline: 'default', dealstage: 'lost' }, 'lost'],
    [{ pipeline: 'default', dealstage: 'qualified' }, 'open'],
    [{}, 'open'],
  ])('status of %j is %s', (properties, status) => {
    expect(deal(properties).status).toBe(status);
  });
});

describe('mergedIds', () => {
  it('names the records that went into this one, never itself', () => {
    expect(mergedIds({ id: '5', properties: { hs_merged_object_ids: '3; 4;5;' } })).toEqual(['3', '4']);
    expect(mergedIds({ id: '5', properties: { hs_merged_object_ids: null } })).toEqual([]);
  });
});
