import { malformedQuery } from './errors.ts';

export type Literal =
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'datetime'; readonly value: number }
  | { readonly kind: 'null' };
export type Operator = '=' | '!=' | '<' | '<=' | '>' | '>=';
export type Condition =
  | { readonly kind: 'and'; readonly parts: readonly Condition[] }
  | { readonly kind: 'or'; readonly parts: readonly Condition[] }
  | { readonly kind: 'compare'; readonly field: string; readonly operator: Operator; readonly value: Literal }
  | { readonly kind: 'in'; readonly field: string; readonly values: readonly Literal[] };

export interface Query {
  readonly fields: readonly string[];
  readonly from: string;
  readonly where: Condition | null;
  readonly orderBy: readonly { readonly field: string; readonly descending: boolean }[];
  readonly limit: number | null;
}

type Token =
  | { readonly kind: 'word'; readonly text: string }
  | { readonly kind: 'sign'; readonly text: string }
  | Exclude<Literal, { kind: 'boolean' | 'null' }>;

const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  b: '\b',
  f: '\f',
  "'": "'",
  '"': '"',
  '\\': '\\',
  _: '_',
  '%': '%',
};
const PATTERNS: readonly [RegExp, (text: string) => Token | null][] = [
  [/\s+/y, () => null],
  [/\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:?\d\d)/y, (text) => ({ kind: 'datetime', value: Date.parse(text) })],
  [/-?\d+(?:\.\d+)?(?![\w-])/y, (text) => ({ kind: 'number', value: Number(text) })],
  [/[A-Za-z]\w*(?:\.[A-Za-z]\w*)*/y, (text) => ({ kind: 'word', text })],
  [/<=|>=|!=|[=<>(),]/y, (text) => ({ kind: 'sign', text })],
];

/** The part of SOQL that integrations speak. Anything else is refused, as is a string that does not end. */
export function parseQuery(text: string): Query {
  const parser = new Parser(tokensOf(text));
  const query = parser.query();
  parser.end();
  return query;
}

/** What stands in the parentheses of SOSL's `RETURNING Lead(Id, Name WHERE …)`. */
export function parseReturning(from: string, text: string): Query {
  const parser = new Parser(tokensOf(text));
  const query = { fields: parser.fields(), from, ...parser.clauses() };
  parser.end();
  return query;
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < text.length; ) {
    if (text[at] === "'") {
      const { value, end } = stringAt(text, at);
      tokens.push({ kind: 'string', value });
      at = end;
      continue;
    }
    const start = at;
    for (const [pattern, read] of PATTERNS) {
      pattern.lastIndex = at;
      const found = pattern.exec(text)?.[0];
      if (found === undefined) continue;
      const token = read(found);
      if (token) tokens.push(token);
      at += found.length;
      break;
    }
    if (at === start) throw malformedQuery(`unexpected character at column ${at + 1}`);
  }
  return tokens;
}

function stringAt(text: string, start: number): { value: string; end: number } {
  let value = '';
  for (let at = start + 1; at < text.length; at++) {
    const character = text[at] ?? '';
    if (character === "'") return { value, end: at + 1 };
    if (character < ' ') throw malformedQuery('line breaking not allowed in string literal');
    if (character !== '\\') {
      value += character;
      continue;
    }
    at += 1;
    const escaped = ESCAPES[text[at] ?? ''];
    if (escaped === undefined) throw malformedQuery('invalid string literal: illegal character sequence');
    value += escaped;
  }
  throw malformedQuery('unterminated string literal');
}

class Parser {
  readonly #tokens: readonly Token[];
  #next = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  query(): Query {
    this.#expect('SELECT');
    const fields = this.fields();
    this.#expect('FROM');
    return { fields, from: this.#word(), ...this.clauses() };
  }

  fields(): string[] {
    const fields = [this.#word()];
    while (this.#take(',')) fields.push(this.#word());
    return fields;
  }

  clauses(): Pick<Query, 'where' | 'orderBy' | 'limit'> {
    const where = this.#take('WHERE') ? this.#condition() : null;
    const orderBy: { field: string; descending: boolean }[] = [];
    if (this.#take('ORDER')) {
      this.#expect('BY');
      do {
        const field = this.#word();
        const descending = this.#take('DESC');
        if (!descending) this.#take('ASC');
        orderBy.push({ field, descending });
      } while (this.#take(','));
    }
    return { where, orderBy, limit: this.#take('LIMIT') ? this.#number() : null };
  }

  end(): void {
    if (this.#next < this.#tokens.length) throw malformedQuery('unexpected token after the query');
  }

  /** SOQL wants parentheses where AND and OR meet. */
  #condition(): Condition {
    const parts = [this.#term()];
    const kind = this.#is('AND') ? 'and' : this.#is('OR') ? 'or' : null;
    if (kind === null) return parts[0] ?? { kind: 'and', parts: [] };
    while (this.#take(kind.toUpperCase())) parts.push(this.#term());
    if (this.#is('AND') || this.#is('OR')) throw malformedQuery('unexpected token: AND and OR need parentheses');
    return { kind, parts };
  }

  #term(): Condition {
    if (this.#take('(')) {
      const inner = this.#condition();
      this.#expect(')');
      return inner;
    }
    const field = this.#word();
    if (this.#take('IN')) {
      this.#expect('(');
      const values = [this.#literal()];
      while (this.#take(',')) values.push(this.#literal());
      this.#expect(')');
      return { kind: 'in', field, values };
    }
    const operator = (['=', '!=', '<=', '>=', '<', '>'] as const).find((sign) => this.#take(sign));
    if (operator === undefined) throw malformedQuery(`unexpected token after ${field}`);
    return { kind: 'compare', field, operator, value: this.#literal() };
  }

  #literal(): Literal {
    const token = this.#tokens[this.#next++];
    if (token === undefined) throw malformedQuery('unexpected end of the query');
    if (token.kind === 'sign') throw malformedQuery(`unexpected token: ${token.text}`);
    if (token.kind !== 'word') return token;
    const word = token.text.toLowerCase();
    if (word === 'null') return { kind: 'null' };
    if (word === 'true' || word === 'false') return { kind: 'boolean', value: word === 'true' };
    throw malformedQuery(`unexpected token: ${token.text}`);
  }

  #number(): number {
    const token = this.#tokens[this.#next++];
    if (token?.kind !== 'number') throw malformedQuery('LIMIT wants a number');
    return token.value;
  }

  #word(): string {
    const token = this.#tokens[this.#next++];
    if (token?.kind !== 'word') throw malformedQuery('unexpected token: a name is missing');
    return token.text;
  }

  #is(text: string): boolean {
    const token = this.#tokens[this.#next];
    if (token?.kind !== 'word' && token?.kind !== 'sign') return false;
    return token.text.toUpperCase() === text;
  }

  #take(text: string): boolean {
    if (!this.#is(text)) return false;
    this.#next += 1;
    return true;
  }

  #expect(text: string): void {
    if (!this.#take(text)) throw malformedQuery(`unexpected token: ${text} is missing`);
  }
}
