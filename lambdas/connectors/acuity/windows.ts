/** Windows of whole days, sized so that no answer is cut off. Pure. */
import { addDays } from '../../core/time/zoned-time.ts';

/** What one call asks for at most; more is seen in code of others, the real ceiling in none of Acuity's pages. */
export const MAX_ROWS = 1_000;
/** The default, which may hold whatever is asked for ("Get appointments"). */
const DEFAULT_ROWS = 100;
/** Ceilings are round numbers. */
const ROUND = 50;

const DAY_MS = 24 * 60 * 60_000;

export const FIRST_DAYS = 32;
const MOST_DAYS = 128;

/**
 * Whether an answer of this length may have been cut off. Acuity says nothing of it, and the ceiling is unknown, so
 * every round number is suspicious: asking again in smaller windows costs a call, a row that is lost costs a customer.
 */
export function mayBeCutOff(rows: number): boolean {
  return rows >= MAX_ROWS || (rows >= DEFAULT_ROWS && rows % ROUND === 0);
}

/** Half a window; a day can't be halved. */
export function halved(days: number): number {
  return Math.max(1, Math.floor(days / 2));
}

/** How many days to ask for next: more only where even the smallest ceiling would leave room for twice as many. */
export function nextDays(days: number, rows: number): number {
  return rows * 2 < DEFAULT_ROWS ? Math.min(MOST_DAYS, days * 2) : days;
}

/** How many days there are from `day` to `last`, both included. */
export function daysTo(day: string, last: string): number {
  return Math.round((Date.parse(last) - Date.parse(day)) / DAY_MS) + 1;
}

/** The last day of a window that begins at `day`, of at most `days`, not beyond `last`. */
export function lastDay(day: string, days: number, last: string): string {
  const end = addDays(day, days - 1);
  return end < last ? end : last;
}
