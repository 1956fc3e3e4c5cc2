/** Microsoft Graph's times and zones. Pure. */
import { addDays, dateIn, fromLocal } from '../../core/time/zoned-time.ts';
import { ianaOf } from '../kit/named-zones.ts';
import type { GraphTime } from './schemas.ts';

const HALF_A_DAY_MS = 12 * 60 * 60_000;
const WRITTEN = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d(?::\d\d)?)(?:\.\d+)?(Z|[+-]\d\d:\d\d)?$/;
/** What apps write that don't care; it says nothing about where an appointment takes place. */
const NOWHERE = ['UTC', 'Etc/UTC', 'Etc/GMT'];

/**
 * Where an appointment takes place, as far as its own zone says so ("dateTimeTimeZone": a Windows or an IANA name); the
 * business's zone otherwise.
 */
export function zoneOf(originalZone: string | null | undefined, businessZone: string): string {
  const own = ianaOf(originalZone, businessZone);
  return own === null || NOWHERE.includes(own) ? businessZone : own;
}

/** The instant of a time, epoch ms. Throws a `RangeError` for what is no time. */
export function instantOf({ dateTime, timeZone }: GraphTime, businessZone: string): number {
  const [, date, clock, offset] = WRITTEN.exec(dateTime) ?? [];
  if (date === undefined || clock === undefined) throw new RangeError('not a time');
  const instant =
    offset === undefined
      ? fromLocal(`${date}T${clock}`, ianaOf(timeZone ?? 'UTC', businessZone) ?? businessZone)
      : Date.parse(`${date}T${clock}${offset}`);
  if (Number.isNaN(instant)) throw new RangeError('not a time');
  return instant;
}

/**
 * The days of an all-day event, end exclusive. They are calendar days, whatever zone the answer is in: midnight is taken
 * as it is written, and where a conversion has made it another hour, the nearest midnight in the event's zone is meant.
 */
export function wholeDays(start: GraphTime, end: GraphTime, zone: string, businessZone: string): [string, string] {
  const dayOf = (time: GraphTime): string => {
    const [, date, clock, offset] = WRITTEN.exec(time.dateTime) ?? [];
    if (date !== undefined && offset === undefined && clock?.startsWith('00:00')) return date;
    return dateIn(instantOf(time, businessZone) + HALF_A_DAY_MS, zone);
  };
  const first = dayOf(start);
  const behind = dayOf(end);
  return [first, behind > first ? behind : addDays(first, 1)];
}
