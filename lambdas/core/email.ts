/**
 * An e-mail address as look-up key: trimmed and lower-cased, or null when the text is no address. Only the outline is
 * checked: whether an address exists is not ours to judge.
 */
export function normalizeEmail(raw: string): string | null {
  const address = raw.trim().toLowerCase();
  return /^[^\s@]+@[^\s@]+$/.test(address) ? address : null;
}
