/** When the seller's people work. */
import { dateIn, fromLocal, weekdayOf } from '../../../lambdas/core/time/zoned-time.ts';

const MINUTE = 60_000;
const SUNDAY = 7;
/** Possible beginnings lie on this grid. */
export const GRID_MINUTES = 30;
const HOURS = { open: '09:00:00', close: '17:30:00' };

export interface Hours {
  readonly from: number;
  readonly to: number;
}

const known = new Map<string, Hours | null>();

/** The working time on a day in a zone; null when closed. */
export function openOn(date: string, timeZone: string): Hours | null {
  const key = `${date} ${timeZone}`;
  const hours = known.get(key) ?? workingTime(date, timeZone);
  known.set(key, hours);
  return hours;
}

/** Whether a stretch lies within the working time of its day. */
export function isOpen(from: number, minutes: number, timeZone: string): boolean {
  return fits(openOn(dateIn(from, timeZone), timeZone), from, minutes);
}

export function fits(hours: Hours | null, from: number, minutes: number): boolean {
  return hours !== null && from >= hours.from && from + minutes * MINUTE <= hours.to;
}

function workingTime(date: string, timeZone: string): Hours | null {
  if (weekdayOf(date) === SUNDAY) return null;
  return { from: fromLocal(`${date}T${HOURS.open}`, timeZone), to: fromLocal(`${date}T${HOURS.close}`, timeZone) };
}
