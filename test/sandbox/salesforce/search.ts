import { malformedQuery } from './errors.ts';
import { type Org, visibleFields } from './org.ts';
import { render, rowsOf } from './query.ts';
import { parseReturning } from './soql-parser.ts';
import type { Fields, Row } from './store.ts';

const SEARCH = /^FIND \{((?:\\.|[^{}\\])+)\} IN PHONE FIELDS RETURNING (.+?)(?: LIMIT (\d+))?$/s;
const RETURNED = /([A-Za-z]+)(?:\(([^()]*)\))?(?:,\s*|$)/y;
const PHONES = ['Phone', 'MobilePhone', 'HomePhone', 'OtherPhone', 'AssistantPhone'];
/** What must have a backslash in the text that is looked for. */
const RESERVED = /(?<!\\)[?&|!{}[\]()^~*:'+-]/;

/** SOSL over phone fields: `FIND {"2079460018" OR "02079460018"} IN PHONE FIELDS RETURNING Contact(Id), Lead(Id) LIMIT 50`. */
export function search(org: Org, sosl: string): readonly Readonly<Record<string, unknown>>[] {
  const [, text, returning, limit] = SEARCH.exec(sosl) ?? [];
  if (text === undefined || returning === undefined) throw malformedQuery('the search is not understood');
  const terms = termsIn(text);
  const hits: Readonly<Record<string, unknown>>[] = [];
  for (RETURNED.lastIndex = 0; RETURNED.lastIndex < returning.length; ) {
    const [, type, clauses] = RETURNED.exec(returning) ?? [];
    if (type === undefined) throw malformedQuery('RETURNING is not understood');
    const query = parseReturning(type, clauses ?? 'Id');
    for (const row of rowsOf(org, query, false)) {
      if (isFound(org, row, terms)) hits.push(render(org, row, query.fields));
    }
  }
  return hits.slice(0, Math.min(Number(limit ?? 2_000), 2_000));
}

function termsIn(text: string): string[] {
  return text.split(' OR ').map((term) => {
    const inner = /^"(.*)"$/.exec(term)?.[1] ?? term;
    if (RESERVED.test(inner)) throw malformedQuery('a reserved character has no backslash');
    const plain = inner.replace(/\\(.)/g, '$1');
    if (plain.length < 2) throw malformedQuery('search term must be longer than one character');
    return plain;
  });
}

function isFound(org: Org, row: Row, terms: readonly string[]): boolean {
  const fields: Fields = org.store.indexed(row) ?? {};
  const visible = visibleFields(org, row.type) ?? [];
  const phones = PHONES.filter((name) => visible.includes(name)).map((name) => String(fields[name] ?? ''));
  return phones.some((phone) => {
    const digits = phone.replace(/\D/g, '');
    const words = phone.split(/[^0-9A-Za-z]+/);
    return terms.some((term) => (org.store.settings.searchIgnoresPunctuation ? digits === term : words.includes(term)));
  });
}
