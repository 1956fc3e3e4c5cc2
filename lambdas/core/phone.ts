import {
  type CountryCode,
  isSupportedCountry,
  type PhoneNumber,
  parsePhoneNumberFromString,
} from 'libphonenumber-js/max';
import type { ContactPhone } from './model/contact.ts';

export type ParsedPhone = Pick<ContactPhone, 'e164' | 'kind'>;

const UNREADABLE: ParsedPhone = { e164: null, kind: 'unknown' };

/**
 * Reads a number as people write it: spaces, dots, brackets, full-width digits, extensions, `00` or `+` in front.
 * A number without a country code is read as one of `defaultCountry` (ISO 3166-1 alpha-2); without that, and for
 * whatever is no valid number, `e164` is null. An extension is not part of E.164.
 */
export function parsePhone(raw: string, defaultCountry: string | undefined): ParsedPhone {
  const text = raw.normalize('NFKC').trim();
  const country = defaultCountry !== undefined && isSupportedCountry(defaultCountry) ? defaultCountry : undefined;
  const number = parseValid(text, country) ?? parseValid(text.replace(/^\(?00/, '+'), undefined);
  return number ? { e164: number.number, kind: kindOf(number) } : UNREADABLE;
}

/** The national significant number: without country code, trunk prefix and extension. Null when it is no number. */
export function nationalNumber(e164: string): string | null {
  return parseValid(e164, undefined)?.nationalNumber ?? null;
}

function parseValid(text: string, country: CountryCode | undefined): PhoneNumber | null {
  const number = parsePhoneNumberFromString(text, country);
  return number?.isValid() ? number : null;
}

function kindOf(number: PhoneNumber): ContactPhone['kind'] {
  switch (number.getType()) {
    case 'MOBILE':
      return 'mobile';
    case 'FIXED_LINE':
      return 'landline';
    default:
      return 'unknown';
  }
}
