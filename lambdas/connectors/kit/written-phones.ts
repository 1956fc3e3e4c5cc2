import { parsePhoneNumberFromString } from 'libphonenumber-js/max';

/**
 * The ways in which people and programs write a number (E.164), for providers that compare text. The number itself is
 * always the first. It is not every way that there is: a provider's search or the mirror knows the rest.
 */
export function writtenPhones(e164: string): string[] {
  const number = parsePhoneNumberFromString(e164);
  if (!number) return [e164];
  const national = number.formatNational();
  const international = number.formatInternational();
  const written = [
    e164,
    national,
    digitsOf(national),
    number.nationalNumber,
    international,
    digitsOf(e164),
    `00${digitsOf(e164)}`,
  ];
  if (number.countryCallingCode === '1') written.push(national.replace('(', '').replace(') ', '-'));
  return [...new Set(written)];
}

/** The number's digits with and without country code and trunk prefix, for searches that ignore punctuation. */
export function phoneDigits(e164: string): string[] {
  const number = parsePhoneNumberFromString(e164);
  if (!number) return [digitsOf(e164)];
  return [...new Set([number.nationalNumber, digitsOf(number.formatNational()), digitsOf(e164)])];
}

function digitsOf(text: string): string {
  return text.replace(/\D/g, '');
}
