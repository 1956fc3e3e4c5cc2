/** Google's working hours as opening hours. */
import type { WeeklyHours } from '../../core/model/availability.ts';
import { workingHoursSchema } from './schemas.ts';

const DAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;

/**
 * "Calendars", `workingHours`: null where there are none (consumer accounts, or switched off) and where any of it can't
 * be read, because half of the hours would be wrong ones. Periods that touch or overlap are joined.
 */
export function openingHoursOf(workingHours: unknown): WeeklyHours | null {
  const { workingHoursEnabled, availableTimes } = workingHoursSchema.safeParse(workingHours).data ?? {};
  if (workingHoursEnabled === false || !availableTimes) return null;
  // The spelling of days is not documented beyond their English names.
  const dayOf = (named: string) => DAYS.find((day) => day.slice(0, 3) === named.slice(0, 3).toLowerCase());
  const periods = availableTimes.map(({ dayOfWeek, ...period }) => ({ ...period, day: dayOf(dayOfWeek) }));
  if (periods.some(({ day, periodStart, periodEnd }) => !day || periodEnd < periodStart)) return null;
  const on = (wanted: (typeof DAYS)[number]) => joined(periods.filter(({ day }) => day === wanted));
  return {
    monday: on('monday'),
    tuesday: on('tuesday'),
    wednesday: on('wednesday'),
    thursday: on('thursday'),
    friday: on('friday'),
    saturday: on('saturday'),
    sunday: on('sunday'),
  };
}

function joined(periods: readonly { readonly periodStart: number; readonly periodEnd: number }[]) {
  const result: { from: number; to: number }[] = [];
  for (const { periodStart: from, periodEnd: to } of periods.toSorted((a, b) => a.periodStart - b.periodStart)) {
    const last = result.at(-1);
    if (last && from <= last.to) last.to = Math.max(last.to, to);
    else if (from < to) result.push({ from, to });
  }
  return result.map(({ from, to }) => ({ from: clock(from), to: clock(to) }));
}

function clock(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
}
