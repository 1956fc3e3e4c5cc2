import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { CompactIdSet } from './compact-id-set.ts';

test('knows exactly the ids that were added, in whatever order it is asked', () => {
  const operation = fc.record({ add: fc.boolean(), id: fc.oneof(fc.nat({ max: 50 }).map(String), fc.string()) });
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 200 }), (operations) => {
      const [compact, plain] = [new CompactIdSet(), new Set<string>()];
      for (const { add, id } of operations) {
        if (add) {
          compact.add(id);
          plain.add(id);
        } else expect(compact.has(id)).toBe(plain.has(id));
      }
    }),
  );
});

test('grows', () => {
  const set = new CompactIdSet();
  for (let id = 0; id < 5_000; id += 1) set.add(`id-${id}`);
  expect(set.has('id-0') && set.has('id-4999') && set.has('id-1024')).toBe(true);
  expect(set.has('id-5000')).toBe(false);
});
