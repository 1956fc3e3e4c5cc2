import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { cutText } from './cut-text.ts';

test('a text that is cut keeps its beginning and whole characters', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), fc.integer({ min: 1, max: 40 }), (text, length) => {
      const cut = cutText(text, length);
      expect(text.startsWith(cut)).toBe(true);
      expect(cut.length).toBeLessThanOrEqual(length);
      expect(cut.length).toBeGreaterThanOrEqual(Math.min(text.length, length - 1));
      expect(cut.isWellFormed()).toBe(true);
    }),
  );
});
