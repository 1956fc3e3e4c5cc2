import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parsePhoneNumberFromString } from 'libphonenumber-js/max';

/** What must not be in any log line. */
export interface Secrets {
  /** Tokens, client secrets, codes, states and names: the texts themselves. */
  readonly texts: Iterable<string>;
  /** Telephone numbers in any format. */
  readonly phones: Iterable<string>;
}

interface Finding {
  readonly what: string;
  readonly file: string;
  readonly line: string;
}

const EMAIL = /[\p{L}\p{N}._%+'-]+@[\p{L}\p{N}-]+\.[\p{L}\p{N}.-]+/u;
const AUTHORIZATION = /\b(?:Bearer|Basic)\s+[\w+/=.-]{8,}/i;
const QUERY = /[?&](?:code|state|phone|email|access_token|refresh_token|client_secret)=/;
/** Long random text of all three kinds of characters: a token, a state, a code or a PKCE verifier. */
const RANDOM_TEXT = /(?<![\w-])(?=[\w-]*[a-z])(?=[\w-]*[A-Z])(?=[\w-]*\d)[\w-]{32,}(?![\w-])/;

/**
 * Reads every function's log and throws when a line holds a secret or personal data. The message names the kind and
 * shows the line.
 */
export function assertNoPersonalData(logDirectory: string, secrets: Secrets): { lines: number } {
  const texts = [...new Set(secrets.texts)].filter((text) => text.length >= 6);
  const phones = [...new Set([...secrets.phones].flatMap(formatsOf))];
  const findings: Finding[] = [];
  let lines = 0;
  for (const file of readdirSync(logDirectory).filter((name) => name.endsWith('.log'))) {
    for (const line of readFileSync(join(logDirectory, file), 'utf8').split('\n')) {
      if (line === '') continue;
      lines += 1;
      const what = whatIsIn(line, texts, phones);
      if (what !== null) findings.push({ what, file, line });
    }
  }
  if (findings.length > 0) {
    const shown = findings.slice(0, 5).map(({ what, file, line }) => `${what} in ${file}:\n  ${line}`);
    throw new Error(`${findings.length} log lines hold what they must not:\n${shown.join('\n')}`);
  }
  return { lines };
}

function whatIsIn(line: string, texts: readonly string[], phones: readonly string[]): string | null {
  if (EMAIL.test(line)) return 'an e-mail address';
  if (AUTHORIZATION.test(line)) return 'an authorization header';
  if (QUERY.test(line)) return 'a URL with personal or secret parameters';
  if (RANDOM_TEXT.test(line)) return 'a text that looks like a token';
  if (texts.some((text) => line.includes(text))) return 'a secret or a name';
  if (phones.some((phone) => line.includes(phone) && !isPartOfNumber(line, phone))) return 'a telephone number';
  return null;
}

/** A number as it was given, and in the forms that programs make of it. */
function formatsOf(phone: string): string[] {
  const parsed = parsePhoneNumberFromString(phone, 'GB');
  const digits = phone.replace(/\D/g, '');
  const formats = parsed
    ? [
        parsed.number,
        parsed.number.slice(1),
        parsed.nationalNumber,
        parsed.formatNational(),
        parsed.formatInternational(),
        parsed.getURI(),
        encodeURIComponent(parsed.number),
      ]
    : [];
  return [phone, digits, ...formats].filter((format) => format.replace(/\D/g, '').length >= 7);
}

/** The same digits inside a longer run of digits (a time, a record id) are no telephone number. */
function isPartOfNumber(line: string, phone: string): boolean {
  const escaped = phone.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return !new RegExp(`(?<!\\d)${escaped}(?!\\d)`).test(line);
}
