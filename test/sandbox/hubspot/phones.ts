import { parsePhoneNumberFromString } from 'libphonenumber-js/max';

/** Country by which the portal reads numbers without a country code. */
const PORTAL_COUNTRY = 'GB';

export interface SearchableNumber {
  /** Area code and local number, without country code and trunk zero. */
  readonly national: string | null;
  readonly international: string | null;
}

/** What the `hs_searchable_calculated_*` properties are made from. Digits that are no number stay searchable as digits. */
export function searchableNumber(raw: string | null | undefined): SearchableNumber {
  if (!raw) return { national: null, international: null };
  const parsed = parsePhoneNumberFromString(raw, PORTAL_COUNTRY);
  if (parsed?.isPossible()) return { national: parsed.nationalNumber, international: parsed.number };
  const digits = raw.replace(/\D/g, '').replace(/^0+/, '');
  return { national: digits === '' ? null : digits, international: null };
}
