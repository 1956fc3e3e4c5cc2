/** What calls send, read as strictly as Acuity reads it. */
import { Temporal } from 'temporal-polyfill';
import * as z from 'zod';
import type { AcuityAccount } from './account.ts';
import { badRequest, notFound, refusal } from './errors.ts';
import type { AcuityContext } from './guard.ts';
import type { AcuityAppointmentRecord, AcuityTypeRecord } from './records.ts';

const objectSchema = z.record(z.string(), z.unknown());

/** Every body must be an object, even an empty one. */
export async function readObject(c: AcuityContext): Promise<Readonly<Record<string, unknown>>> {
  const parsed = objectSchema.safeParse(parse(await c.req.text()));
  if (!parsed.success) throw badRequest('Expected a JSON object.');
  return parsed.data;
}

export function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function textOf(value: unknown): string {
  return typeof value === 'string' ? value.trim() : '';
}

export function typeOf(account: AcuityAccount, id: unknown): AcuityTypeRecord {
  if (id === undefined || id === '') throw refusal('required_appointment_type_id');
  const type = account.types.find((candidate) => String(candidate.id) === String(id));
  if (!type) throw refusal('invalid_appointment_type');
  return type;
}

/** Null: none is named. */
export function calendarIdOf(account: AcuityAccount, id: unknown): number | null {
  if (id === undefined || id === null || id === '') return null;
  const calendar = account.calendars.find((candidate) => String(candidate.id) === String(id));
  if (!calendar) throw refusal('invalid_calendar');
  return calendar.id;
}

export function zoneOf(account: AcuityAccount, name: unknown): string {
  const zone = textOf(name) || account.facts.timeZone;
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return zone;
  } catch {
    throw refusal('invalid_timezone');
  }
}

/** With an offset, with or without a colon; without one, in the business's zone. */
export function instantOf(account: AcuityAccount, value: unknown): number {
  const text = textOf(value);
  if (text === '') throw refusal('required_datetime');
  const [, local = '', offset = ''] =
    /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2})?)(Z|[+-]\d{2}:?\d{2})?$/.exec(text) ?? [];
  if (local === '') throw refusal('invalid_datetime');
  if (offset === '')
    return Temporal.PlainDateTime.from(local).toZonedDateTime(account.facts.timeZone).epochMilliseconds;
  const instant = Date.parse(`${local}${offset.replace(/^([+-]\d{2}):?(\d{2})$/, '$1:$2')}`);
  if (Number.isNaN(instant)) throw refusal('invalid_datetime');
  return instant;
}

export function dateOf(value: string | undefined): string | null {
  if (value === undefined) return null;
  if (!z.iso.date().safeParse(value).success) throw badRequest('Dates are written YYYY-MM-DD.');
  return value;
}

export function appointmentOf(account: AcuityAccount, id: string | undefined): AcuityAppointmentRecord {
  const record = account.appointments.get(Number(id));
  if (!record) throw notFound();
  return record;
}
