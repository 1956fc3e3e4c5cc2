/** Windows of time, for feeds that can only be asked by the time of an appointment. */

const DAY_MS = 24 * 60 * 60_000;

/** A stretch of time; ISO 8601 in UTC, `to` exclusive. */
export interface TimeWindow {
  readonly from: string;
  readonly to: string;
}

/** From some days before an instant (epoch ms) to some days after it, on whole UTC days. */
export function windowAround(now: number, daysBefore: number, daysAfter: number): TimeWindow {
  const day = Math.floor(now / DAY_MS) * DAY_MS;
  return {
    from: new Date(day - daysBefore * DAY_MS).toISOString(),
    to: new Date(day + (daysAfter + 1) * DAY_MS).toISOString(),
  };
}

/** The first part of a window, of at most `days`; the rest begins where it ends. */
export function firstPart({ from, to }: TimeWindow, days: number): TimeWindow {
  const end = Math.min(Date.parse(to), Date.parse(from) + days * DAY_MS);
  return { from, to: new Date(end).toISOString() };
}

/** A window in parts of at most `days`, in order, without a gap. */
export function partsOf(window: TimeWindow, days: number): TimeWindow[] {
  const parts: TimeWindow[] = [];
  for (let { from } = window; Date.parse(from) < Date.parse(window.to); ) {
    const part = firstPart({ from, to: window.to }, days);
    parts.push(part);
    from = part.to;
  }
  return parts;
}
