/** When the seller's people work. */
import { dateIn, fromLocal, weekdayOf } from '../../../lambdas/core/time/zoned-time.ts';

const MINUTE = 60_000;
const SUNDAY = 7;
/** Possible beginnings lie on this grid. */
export const GRID_MINUTES = 30;
const HOURS = { open: '09:00:00', close: '17:30:00' };

/** The working time on a day in a zone; null when closed. */
export function openOn(date: string, timeZone: string): { from: number; to: number } | null {
  if (weekdayOf(date) === SUNDAY) return null;
  return { from: fromLocal(`${date}T${HOURS.open}`, timeZone), to: fromLocal(`${date}T${HOURS.close}`, timeZone) };
}

/** Whether a stretch lies within one working day. */
export function isOpen(from: number, minutes: number, timeZone: string): boolean {
  const hours = openOn(dateIn(from, timeZone), timeZone);
  return hours !== null && from >= hours.from && from + minutes * MINUTE <= hours.to;
}
