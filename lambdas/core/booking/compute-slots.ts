/** Free times from opening hours and taken times. Pure. */
import type { Busy, Slot, WeeklyHours } from '../model/availability.ts';
import {
  addDays,
  dateIn,
  daysBetween,
  fromLocal,
  offsetAt,
  startOfDay,
  toLocal,
  weekdayOf,
  zonedIso,
} from '../time/zoned-time.ts';

/** What a service keeps free around an appointment, without being part of it. */
export interface Buffers {
  readonly bufferBeforeMinutes: number;
  readonly bufferAfterMinutes: number;
}

/** A calendar that may be booked, as far as it matters for free times. */
export interface OpenCalendar {
  readonly staffId: string;
  /** IANA name; the opening hours are in it. */
  readonly timeZone: string;
  readonly hours: WeeklyHours;
  /** How many appointments may overlap. */
  readonly capacity: number;
  readonly busy: readonly Busy[];
  /** Of services, by id: what is taken for one of them takes its buffers, too. */
  readonly buffers: ReadonlyMap<string, Buffers>;
}

export interface SlotRules extends Buffers {
  /** Epoch ms; slots begin at or after it. */
  readonly from: number;
  /** Epoch ms; slots begin before it. */
  readonly to: number;
  readonly durationMinutes: number;
  /** Slots begin every so many minutes from the hour at which a period opens. */
  readonly intervalMinutes: number;
  readonly serviceId: string | null;
}

const MINUTE_MS = 60_000;
const DAY_MINUTES = 24 * 60;
const WEEKDAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;

/**
 * Every time at which an appointment fits into a calendar's opening hours, without more appointments at once than its
 * capacity; the buffers of both sides count as part of them, so that each is kept whole. Times are laid out on the wall
 * clock, so that a change of clocks moves none of them; those that it skips are not offered.
 */
export function computeSlots(calendar: OpenCalendar, rules: SlotRules): Slot[] {
  const { timeZone } = calendar;
  const length = rules.durationMinutes * MINUTE_MS;
  const taken = calendar.busy.map(({ start, end, serviceId, closed }): Taken => {
    const buffers = serviceId === undefined ? undefined : calendar.buffers.get(serviceId);
    const stretch = withBuffers({ start: Date.parse(start), end: Date.parse(end) }, buffers);
    return { ...stretch, places: closed ? calendar.capacity : 1 };
  });
  const days = daysBetween(dateIn(rules.from, timeZone), dateIn(rules.to, timeZone));
  return days
    .flatMap((day) => timesOn(day, calendar, rules))
    .flatMap(({ at, start, end }): Slot[] => {
      if (at < rules.from || at >= rules.to) return [];
      const needs = withBuffers({ start: at, end: at + length }, rules);
      if (mostAtOnce(taken, needs) >= calendar.capacity) return [];
      const { staffId } = calendar;
      return [{ start, end, timeZone, staffId, serviceId: rules.serviceId, locationId: null, token: null }];
    });
}

/** A time at which an appointment may begin: epoch ms, and as the wall clock has it, ISO 8601 with offset. */
interface PossibleTime {
  readonly at: number;
  readonly start: string;
  readonly end: string;
}

/** Times of a day at which an appointment may begin so that it ends before closing time. */
function timesOn(day: string, { hours, timeZone }: OpenCalendar, rules: SlotRules): PossibleTime[] {
  const weekday = WEEKDAYS[weekdayOf(day) - 1];
  if (weekday === undefined) return [];
  return hours[weekday].flatMap(({ from, to }) => {
    const [first, last] = [minutesOf(from), minutesOf(to)];
    const opens = fromLocal(`${day}T${from}:00`, timeZone);
    const closes = to === '24:00' ? startOfDay(addDays(day, 1), timeZone) : fromLocal(`${day}T${to}:00`, timeZone);
    const minutes: number[] = [];
    for (let minute = first; minute < last; minute += rules.intervalMinutes) minutes.push(minute);
    // On all days but two of the year, which spares asking the zone for each time.
    const even = closes - opens === (last - first) * MINUTE_MS;
    const offset = even ? offsetAt(opens, timeZone) : null;
    return minutes.flatMap((minute) => {
      const local = `${day}T${clock(minute)}:00`;
      const at = even ? opens + (minute - first) * MINUTE_MS : fromLocal(local, timeZone);
      const ends = at + rules.durationMinutes * MINUTE_MS;
      if (ends > closes) return [];
      // A wall-clock time that a change of clocks skips would be read as another one.
      if (!even && toLocal(at, timeZone) !== local) return [];
      const lastMinute = minute + rules.durationMinutes;
      const written = offset !== null && lastMinute < DAY_MINUTES;
      return {
        at,
        start: offset === null ? zonedIso(at, timeZone) : `${local}${offset}`,
        end: written ? `${day}T${clock(lastMinute)}:00${offset}` : zonedIso(ends, timeZone),
      };
    });
  });
}

interface Stretch {
  readonly start: number;
  readonly end: number;
}

function withBuffers({ start, end }: Stretch, buffers: Buffers | undefined): Stretch {
  const { bufferBeforeMinutes = 0, bufferAfterMinutes = 0 } = buffers ?? {};
  return { start: start - bufferBeforeMinutes * MINUTE_MS, end: end + bufferAfterMinutes * MINUTE_MS };
}

interface Taken extends Stretch {
  /** How many appointments it counts as. */
  readonly places: number;
}

/** The largest number of places that are taken at one and the same moment of `within`. */
export function mostAtOnce(taken: readonly Taken[], within: Stretch): number {
  const overlapping = taken.filter(({ start, end }) => start < within.end && end > within.start);
  // The count can only rise where a stretch begins.
  const moments = overlapping.map(({ start }) => Math.max(start, within.start));
  const placesAt = (moment: number): number =>
    overlapping.reduce((sum, { start, end, places }) => (start <= moment && end > moment ? sum + places : sum), 0);
  return moments.reduce((most, moment) => Math.max(most, placesAt(moment)), 0);
}

function minutesOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return hours * 60 + minutes;
}

function clock(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
}
