/** When calendars' events are: instants, or whole days of a zone. */
import type { Appointment } from '../../core/model/appointment.ts';
import { startOfDay, zonedIso } from '../../core/time/zoned-time.ts';

export interface EventTimes {
  /** Epoch ms. */
  readonly start: number;
  /** Epoch ms, exclusive. */
  readonly end: number;
  /** IANA name of the zone in which it is shown. */
  readonly timeZone: string;
  readonly allDay: boolean;
}

/** Of an event that takes whole days (`2026-12-03`), up to but without the day `behind` it. */
export function timesOfDays(first: string, behind: string, timeZone: string): EventTimes {
  const start = startOfDay(first, timeZone);
  return { start, end: Math.max(start, startOfDay(behind, timeZone)), timeZone, allDay: true };
}

/** As an appointment has them. */
export function writtenTimes(times: EventTimes): Pick<Appointment, 'start' | 'end' | 'timeZone' | 'allDay'> {
  const { start, end, timeZone, allDay } = times;
  return { start: zonedIso(start, timeZone), end: zonedIso(end, timeZone), timeZone, allDay };
}

/** Whether two stretches (ISO 8601 with offset) are the same, in whatever zones they are written. */
export function sameTimes(a: Pick<Appointment, 'start' | 'end'>, b: Pick<Appointment, 'start' | 'end'>): boolean {
  return Date.parse(a.start) === Date.parse(b.start) && Date.parse(a.end) === Date.parse(b.end);
}
