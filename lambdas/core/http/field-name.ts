/** Data can stand where a name should (`?+44…`): only what looks like a name may be repeated in an answer or a log. */
export function isFieldName(text: string): boolean {
  return /^[A-Za-z_][\w-]{0,63}$/.test(text);
}
