/** Windows in which somebody can be booked, cut into times at which an appointment may begin. Pure. */
import type { Slot } from '../../core/model/availability.ts';
import { addDays, daysBetween, fromLocal, toLocal, zonedIso } from '../../core/time/zoned-time.ts';
import type { MindbodyAvailability } from './schemas.ts';

const MINUTE_MS = 60_000;

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
  const slots = new Map<string, Slot>();
  const instants = new WallClock(rules.timeZone);
  for (const window of windows) {
    const minutes = window.SessionType?.DefaultTimeLength || rules.durationMinutes;
    if (!minutes) continue;
    for (const start of startsIn(window, minutes, rules, instants)) {
      const slot: Slot = {
        start: zonedIso(start, rules.timeZone),
        end: zonedIso(start + minutes * MINUTE_MS, rules.timeZone),
        timeZone: rules.timeZone,
        serviceId: rules.serviceId,
        staffId: window.Staff.Id,
        locationId: window.Location.Id,
        token: null,
      };
      slots.set(`${start}/${slot.staffId}/${slot.locationId}`, slot);
    }
  }
  return [...slots.values()].sort((a, b) => Date.parse(a.start) - Date.parse(b.start));
}

/** A grid of its own for sites that name no times. */
export function gridOf(intervalMinutes: number): string[] {
  const count = Math.floor((24 * 60) / intervalMinutes);
  const twoDigits = (value: number) => String(value).padStart(2, '0');
  return Array.from({ length: count }, (_, index) => {
    const minute = index * intervalMinutes;
    return `${twoDigits(Math.floor(minute / 60))}:${twoDigits(minute % 60)}`;
  });
}

function startsIn(
  { StartDateTime, EndDateTime, BookableEndDateTime }: MindbodyAvailability,
  minutes: number,
  { grid, from, to, timeZone }: SlotRules,
  instants: WallClock,
): number[] {
  const first = wallClock(StartDateTime);
  const last = BookableEndDateTime
    ? wallClock(BookableEndDateTime)
    : toLocal(fromLocal(EndDateTime, timeZone) - minutes * MINUTE_MS, timeZone).slice(0, 16);
  const lastDay = last.slice(0, 10) > addDays(first.slice(0, 10), MAX_DAYS) ? first.slice(0, 10) : last.slice(0, 10);
  return daysBetween(first.slice(0, 10), lastDay).flatMap((day) =>
    grid.flatMap((time) => {
      const local = `${day}T${time}`;
      if (local < first || local > last) return [];
      const start = instants.at(local);
      return start !== null && start >= from && start < to ? [start] : [];
    }),
  );
}

/** The instants at which clocks show a time, each worked out once: the windows of a week share most of theirs. */
class WallClock {
  readonly #timeZone: string;
  readonly #instants = new Map<string, number | null>();

  constructor(timeZone: string) {
    this.#timeZone = timeZone;
  }

  /** Epoch ms; null for a time that no clock shows. */
  at(local: string): number | null {
    const known = this.#instants.get(local);
    if (known !== undefined) return known;
    const instant = fromLocal(local, this.#timeZone);
    const found = wallClock(toLocal(instant, this.#timeZone)) === local ? instant : null;
    this.#instants.set(local, found);
    return found;
  }
}

/** A window lies within the days that were asked for; a longer one is a mistake that must not be counted out. */
const MAX_DAYS = 31;

/** `2026-12-01T09:30`: what clocks show, comparable as text. */
function wallClock(local: string): string {
  return local.slice(0, 16);
}
