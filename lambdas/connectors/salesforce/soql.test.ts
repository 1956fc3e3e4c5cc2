import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { parseQuery } from '../../../test/sandbox/salesforce/soql-parser.ts';
import { anyOf, dateTime, found, quoted } from './soql.ts';

/** What callers could say to get out of a literal, more often than chance would have it. */
const spoken = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom("'", '\\', '"', '{', '}', ' ', 'OR', '%', '\n', '\u0000', '*', '🌸', 'n') }),
);
const withoutControls = (text: string) => text.replace(/\p{Cc}/gu, '');

describe('a SOQL literal', () => {
  it('is one literal with the very text, whatever is said', () => {
    fc.assert(
      fc.property(spoken, (text) => {
        const { where } = parseQuery(`SELECT Id FROM Contact WHERE LastName = ${quoted(text)}`);
        const value = { kind: 'string', value: withoutControls(text) };
        expect(where).toEqual({ kind: 'compare', field: 'LastName', operator: '=', value });
      }),
    );
  });

  it('ends where it should, among others', () => {
    fc.assert(
      fc.property(fc.array(spoken, { minLength: 1, maxLength: 5 }), (texts) => {
        const { where, limit } = parseQuery(`SELECT Id FROM Contact WHERE Phone IN ${anyOf(texts)} LIMIT 7`);
        const values = texts.map((text) => ({ kind: 'string', value: withoutControls(text) }));
        expect(where).toEqual({ kind: 'in', field: 'Phone', values });
        expect(limit).toBe(7);
      }),
    );
  });

  it.each([
    ["O'Neill", "'O\\'Neill'"],
    ['\\', "'\\\\'"],
    ["' OR Name != '", "'\\' OR Name != \\''"],
    ["\\' OR 1=1", "'\\\\\\' OR 1=1'"],
  ])('%s', (text, literal) => {
    expect(quoted(text)).toBe(literal);
  });
});

describe('a SOSL text', () => {
  it('has no character of its own meaning without a backslash', () => {
    fc.assert(
      fc.property(fc.array(spoken, { minLength: 1, maxLength: 3 }), (texts) => {
        const statement = found(texts);
        expect(statement.startsWith('{"') && statement.endsWith('"}')).toBe(true);
        const escapedGone = statement.slice(1, -1).replace(/\\./gsu, '');
        // What is left are our own quotes and ORs.
        expect(escapedGone).not.toMatch(/[?&|!{}[\]()^~*:'+\\-]/);
        expect(escapedGone.split('"')).toHaveLength(2 * texts.length + 1);
      }),
    );
  });
});

describe('a datetime', () => {
  it('keeps its instant, and its milliseconds where it has any', () => {
    expect(dateTime('2026-11-20T09:15:02.000+0000')).toBe('2026-11-20T09:15:02Z');
    fc.assert(
      fc.property(
        fc.date({ min: new Date('1970-01-01'), max: new Date('2999-01-01'), noInvalidDate: true }),
        (date) => {
          expect(new Date(dateTime(date.toISOString()))).toEqual(date);
        },
      ),
    );
  });
});
