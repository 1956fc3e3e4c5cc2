/** Windows in which somebody can be booked, cut into times at which an appointment may begin. Pure. */
import type { Slot } from '../../core/model/availability.ts';
import { addDays, daysBetween, fromLocal, toLocal, zonedIso } from '../../core/time/zoned-time.ts';
import type { MindbodyAvailability } from './schemas.ts';

const MINUTE_MS = 60_000;
const DAY_MINUTES = 24 * 60;
/** A window lies within the days that were asked for; a longer one is a mistake that must not be counted out. */
const MAX_DAYS = 31;

export interface SlotRules {
  /** Times of day, `09:30`, at which the site lets appointments begin. */
  readonly grid: readonly string[];
  /** Epoch ms, inclusive. */
  readonly from: number;
  /** Epoch ms, exclusive. */
  readonly to: number;
  readonly timeZone: string;
  readonly serviceId: string;
  /** Where a window does not say how long the service takes. */
  readonly durationMinutes: number | null;
}

/**
 * The times on the grid from a window's start to its latest start. The wall clock decides: a time that a change of
 * clocks skips is not offered, and one that occurs twice is offered once.
 */
export function cutSlots(windows: readonly MindbodyAvailability[], rules: SlotRules): Slot[] {
  const { from, to, timeZone, serviceId } = rules;
  const slots = new Map<string, Slot>();
  // Each worked out once: the windows of a week share most of theirs.
  const instants = new Map<string, number>();
  for (const window of windows) {
    const minutes = window.SessionType?.DefaultTimeLength || rules.durationMinutes;
    const [staffId, locationId] = [window.Staff.Id, window.Location.Id];
    for (const local of minutes ? startsIn(window, minutes, rules) : []) {
      const instant = instants.get(local) ?? fromLocal(local, timeZone);
      instants.set(local, instant);
      if (instant < from || instant >= to) continue;
      const start = zonedIso(instant, timeZone);
      if (!start.startsWith(local)) continue;
      const end = zonedIso(instant + (minutes ?? 0) * MINUTE_MS, timeZone);
      const slot = { start, end, timeZone, serviceId, staffId, locationId, token: null };
      slots.set(`${instant}/${staffId}/${locationId}`, slot);
    }
  }
  return [...slots.values()].sort((a, b) => Date.parse(a.start) - Date.parse(b.start));
}

/** A grid of its own for sites that name no times. */
export function gridOf(intervalMinutes: number): string[] {
  return Array.from({ length: Math.floor(DAY_MINUTES / intervalMinutes) }, (_, index) =>
    new Date(index * intervalMinutes * MINUTE_MS).toISOString().slice(11, 16),
  );
}

/** What clocks show, `2026-12-01T09:30`: comparable as text. */
function startsIn(window: MindbodyAvailability, minutes: number, { grid, timeZone }: SlotRules): string[] {
  const { StartDateTime, EndDateTime, BookableEndDateTime } = window;
  const lastLocal = BookableEndDateTime || toLocal(fromLocal(EndDateTime, timeZone) - minutes * MINUTE_MS, timeZone);
  const [first, last] = [StartDateTime.slice(0, 16), lastLocal.slice(0, 16)];
  const [firstDay, lastDay] = [first.slice(0, 10), last.slice(0, 10)];
  const days = daysBetween(firstDay, lastDay > addDays(firstDay, MAX_DAYS) ? firstDay : lastDay);
  const starts = days.flatMap((day) => grid.map((time) => `${day}T${time}`));
  return starts.filter((local) => local >= first && local <= last);
}
