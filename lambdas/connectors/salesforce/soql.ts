/** Text for SOQL and SOSL statements ("SOQL: reserved characters", "SOSL: FIND"). What callers say is never trusted. */

/** A string literal; control characters are dropped. */
export function quoted(text: string): string {
  return `'${withoutControls(text).replace(/[\\']/g, '\\$&')}'`;
}

/** `(…)` for `IN`. An empty one is no SOQL. */
export function anyOf(texts: readonly string[]): string {
  return `(${texts.map(quoted).join(', ')})`;
}

/** A datetime literal, from ISO 8601. Throws a RangeError for what is no instant. */
export function dateTime(iso: string): string {
  return new Date(iso).toISOString().replace('.000Z', 'Z');
}

/** `{…}` for `FIND`: any of these texts, each taken as a text and not as an expression. */
export function found(texts: readonly string[]): string {
  const terms = texts.map((text) => withoutControls(text).replace(/[?&|!{}[\]()^~*:\\"'+-]/g, '\\$&'));
  return `{${terms.map((term) => `"${term}"`).join(' OR ')}}`;
}

function withoutControls(text: string): string {
  return text.replace(/\p{Cc}/gu, '');
}
