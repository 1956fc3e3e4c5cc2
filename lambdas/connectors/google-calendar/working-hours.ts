/** Google's working hours as opening hours. */
import type { WeeklyHours } from '../../core/model/availability.ts';
import { workingHoursSchema } from './schemas.ts';

const DAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;

/**
 * "Calendars", `workingHours`: null where there are none (consumer accounts, or switched off) and where any of it can't
 * be read, because half of the hours would be wrong ones. Periods that touch or overlap are joined.
 */
export function openingHoursOf(workingHours: unknown): WeeklyHours | null {
  const parsed = workingHoursSchema.safeParse(workingHours);
  if (!parsed.success || parsed.data.workingHoursEnabled === false || !parsed.data.availableTimes) return null;
  const hours: { [day in (typeof DAYS)[number]]: [number, number][] } = {
    monday: [],
    tuesday: [],
    wednesday: [],
    thursday: [],
    friday: [],
    saturday: [],
    sunday: [],
  };
  for (const { dayOfWeek, periodStart, periodEnd } of parsed.data.availableTimes) {
    // The spelling of days is not documented beyond their English names.
    const day = DAYS.find((name) => name.slice(0, 3) === dayOfWeek.slice(0, 3).toLowerCase());
    if (day === undefined || periodEnd < periodStart) return null;
    if (periodEnd > periodStart) hours[day].push([periodStart, periodEnd]);
  }
  const opening = (day: (typeof DAYS)[number]) =>
    joined(hours[day]).map(([from, to]) => ({ from: clock(from), to: clock(to) }));
  return {
    monday: opening('monday'),
    tuesday: opening('tuesday'),
    wednesday: opening('wednesday'),
    thursday: opening('thursday'),
    friday: opening('friday'),
    saturday: opening('saturday'),
    sunday: opening('sunday'),
  };
}

function joined(periods: readonly [number, number][]): [number, number][] {
  const result: [number, number][] = [];
  for (const [from, to] of periods.toSorted(([a], [b]) => a - b)) {
    const last = result.at(-1);
    if (last && from <= last[1]) last[1] = Math.max(last[1], to);
    else result.push([from, to]);
  }
  return result;
}

function clock(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
}
