import { describe, expect, test } from '@jest/globals';
import { type ComparableRecord, compareRecords, describeDifferences } from './compare-records.ts';

async function* from(records: readonly ComparableRecord[]): AsyncGenerator<ComparableRecord> {
  yield* records;
}

const anna: ComparableRecord = { id: '9', fields: { firstname: 'Anna', emails: ['a@x.example'], company: null } };
const ben: ComparableRecord = { id: '10', fields: { firstname: 'Ben', emails: [], company: 'Acre Homes' } };

const compare = (truth: readonly ComparableRecord[], mirror: readonly ComparableRecord[]) =>
  compareRecords('contacts', from(truth), from(mirror));

describe('compareRecords', () => {
  test('finds nothing between equal sides, whatever their order', async () => {
    const comparison = await compare([anna, ben], [ben, anna]);
    expect(comparison).toEqual({ resource: 'contacts', truth: 2, mirror: 2, values: 6, differences: [] });
  });

  test('finds a record that the mirror lacks', async () => {
    const { differences, mirror } = await compare([anna, ben], [anna]);
    expect(mirror).toBe(1);
    expect(differences).toEqual([{ id: '10', kind: 'missing', fields: [] }]);
  });

  test('finds a record that the provider no longer has', async () => {
    const { differences, truth } = await compare([anna], [anna, ben]);
    expect(truth).toBe(1);
    expect(differences).toEqual([{ id: '10', kind: 'surplus', fields: [] }]);
  });

  test('names the fields of a changed record', async () => {
    const changed = { id: '9', fields: { ...anna.fields, firstname: 'Hanna', emails: ['h@x.example'] } };
    const { differences } = await compare([anna, ben], [changed, ben]);
    expect(differences).toEqual([{ id: '9', kind: 'different', fields: ['firstname', 'emails'] }]);
  });

  test('counts a field that only one side has as different, and null as a value', async () => {
    const { company: _company, ...fields } = anna.fields;
    expect((await compare([anna], [{ id: '9', fields }])).differences).toHaveLength(1);
    expect((await compare([{ id: '9', fields }], [anna])).differences).toHaveLength(1);
  });
});

test('describeDifferences sums up by kind', () => {
  expect(describeDifferences([])).toBe('');
  const differences = (['surplus', 'missing', 'surplus'] as const).map((kind) => ({ id: '1', kind, fields: [] }));
  expect(describeDifferences(differences)).toBe('1 missing, 2 surplus');
});
