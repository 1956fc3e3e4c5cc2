/** Zones by the names that Windows has for them. */
import { findIana } from 'windows-iana';
import { timeZoneSchema } from '../../core/model/integration.ts';

/**
 * The IANA name of a zone that is named as Windows or as IANA does. One Windows zone stands for several; `preferred` is
 * taken where it is among them. Null for whatever is not known.
 */
export function ianaOf(name: string | null | undefined, preferred: string): string | null {
  if (!name) return null;
  if (timeZoneSchema.safeParse(name).success) return name;
  const candidates: readonly string[] = findIana(name);
  return candidates.includes(preferred) ? preferred : (candidates[0] ?? null);
}
