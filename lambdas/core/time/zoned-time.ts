/** Instants, wall clocks and calendar days. All texts are ISO 8601; zones are IANA names. */
import { Temporal } from 'temporal-polyfill';

/** An instant (epoch ms, or text with an offset) as it reads in a zone: `2026-12-03T10:00:00-05:00`. */
export function zonedIso(instant: number | string, timeZone: string): string {
  return toInstant(instant).toZonedDateTimeISO(timeZone).toString({ timeZoneName: 'never', fractionalSecondDigits: 0 });
}

/** An instant as UTC text: `2026-12-03T15:00:00Z`. */
export function utcIso(instant: number | string): string {
  return toInstant(instant).toString({ fractionalSecondDigits: 0 });
}

/**
 * The instant (epoch ms) at which clocks in `timeZone` show `local` (`2026-12-03T10:00:00`, without an offset). A time
 * that a change of clocks skips is read with the offset from before it, one that occurs twice is its first occurrence.
 */
export function fromLocal(local: string, timeZone: string): number {
  return Temporal.PlainDateTime.from(local).toZonedDateTime(timeZone).epochMilliseconds;
}

/** What clocks in `timeZone` show at an instant, without an offset: `2026-12-03T10:00:00`. */
export function toLocal(instant: number | string, timeZone: string): string {
  return toInstant(instant).toZonedDateTimeISO(timeZone).toPlainDateTime().toString({ fractionalSecondDigits: 0 });
}

/** The offset of a zone at an instant: `-05:00`. */
export function offsetAt(instant: number | string, timeZone: string): string {
  return toInstant(instant).toZonedDateTimeISO(timeZone).offset;
}

/** The instant (epoch ms) at which a calendar day (`2026-12-03`) begins in a zone; not midnight everywhere. */
export function startOfDay(date: string, timeZone: string): number {
  return Temporal.PlainDate.from(date).toZonedDateTime(timeZone).startOfDay().epochMilliseconds;
}

/** The calendar day (`2026-12-03`) of an instant in a zone. */
export function dateIn(instant: number | string, timeZone: string): string {
  return toInstant(instant).toZonedDateTimeISO(timeZone).toPlainDate().toString();
}

/** A calendar day some days later (or earlier). */
export function addDays(date: string, days: number): string {
  return Temporal.PlainDate.from(date).add({ days }).toString();
}

/** The days from `first` to `last`, both included; none when `last` is before `first`. */
export function daysBetween(first: string, last: string): string[] {
  const count = Temporal.PlainDate.from(first).until(Temporal.PlainDate.from(last)).total('days');
  return Array.from({ length: Math.max(0, count + 1) }, (_, index) => addDays(first, index));
}

/** 1 (Monday) to 7 (Sunday). */
export function weekdayOf(date: string): number {
  return Temporal.PlainDate.from(date).dayOfWeek;
}

function toInstant(instant: number | string): Temporal.Instant {
  return typeof instant === 'number'
    ? Temporal.Instant.fromEpochMilliseconds(Math.trunc(instant))
    : Temporal.Instant.from(instant);
}
