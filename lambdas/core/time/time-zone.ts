/** Names that were looked up and found: a sync asks for the zone of every appointment, and looking up is slow. */
const found = new Set<string>();

/** True for names that the runtime's zone database knows. */
export function isTimeZone(name: string): boolean {
  if (found.has(name)) return true;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    found.add(name);
    return true;
  } catch {
    return false;
  }
}
