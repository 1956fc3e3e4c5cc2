/** People's particulars, from what providers hold of them. Nothing is invented. */
import { normalizeEmail } from '../../core/email.ts';
import type { ContactPhone } from '../../core/model/contact.ts';
import { parsePhone } from '../../core/phone.ts';

/** The value as it is; blank means none. */
export function text(value: string | null | undefined): string | null {
  return value === null || value === undefined || value.trim() === '' ? null : value;
}

/** ISO 8601 in UTC, so that instants compare as text; from ISO text or epoch ms. Null for what is no instant. */
export function instant(value: string | number | null | undefined): string | null {
  if (value === null || value === undefined || value === '') return null;
  const date = new Date(/^-?\d{5,}$/.test(String(value)) ? Number(value) : value);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}

/** The name by which a person is shown. */
export function displayNameOf(
  firstName: string | null,
  lastName: string | null,
  ...others: readonly (string | null)[]
): string {
  const fullName = [firstName, lastName].filter((part) => part !== null).join(' ');
  return fullName || (others.find((name) => name !== null) ?? 'Unknown');
}

/** Normalized and each once, in order. */
export function emailsOf(written: readonly (string | null | undefined)[]): string[] {
  return [...new Set(written.map((email) => normalizeEmail(email ?? '')).filter((email) => email !== null))];
}

/** One entry per number. Where two fields hold the same one, the field for mobile numbers knows more about it. */
export function phonesOf(
  written: readonly { readonly raw: string | null | undefined; readonly mobile?: boolean }[],
  defaultCountry: string | undefined,
): ContactPhone[] {
  const phones = new Map<string, ContactPhone>();
  for (const { raw: given, mobile = false } of written) {
    const raw = text(given);
    if (raw === null) continue;
    const { e164, kind } = parsePhone(raw, defaultCountry);
    phones.set(e164 ?? raw, { e164, raw, kind: kind === 'unknown' && mobile ? 'mobile' : kind });
  }
  return [...phones.values()];
}

/** The first of these fields that has text, or null. */
export function firstText(...values: readonly (string | null | undefined)[]): string | null {
  return values.map(text).find((value) => value !== null) ?? null;
}

/** A record without the members that have no text: only what is known is sent. */
export function withText(members: Readonly<Record<string, string | null>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(members).flatMap(([name, value]) => (text(value) === null ? [] : [[name, value ?? '']])),
  );
}
