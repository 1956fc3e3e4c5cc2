import * as z from 'zod';
import type { Account } from './account.ts';
import type { Calendar, Row } from './calendar.ts';
import { GoogleFailure, invalid } from './errors.ts';
import { written } from './recurrence.ts';
import type { GoogleCalendarSettings } from './settings.ts';

const instant = z.iso.datetime({ offset: true });
const querySchema = z.strictObject({
  timeMin: instant,
  timeMax: instant,
  timeZone: z.string().default('UTC'),
  calendarExpansionMax: z.int().min(1).max(50).default(50),
  groupExpansionMax: z.int().min(1).max(100).default(100),
  items: z.array(z.strictObject({ id: z.string() })),
});

/** "Freebusy: query": what goes wrong with one calendar stands in its own entry, under status 200. */
export function freeBusy(account: Account, settings: GoogleCalendarSettings, body: unknown): object {
  const parsed = querySchema.safeParse(body);
  if (!parsed.success) throw invalid(z.prettifyError(parsed.error));
  const { timeMin, timeMax, timeZone, items, calendarExpansionMax } = parsed.data;
  const [from, to] = [Date.parse(timeMin), Date.parse(timeMax)];
  if (to <= from) throw new GoogleFailure(400, 'timeRangeEmpty', 'The specified time range is empty.', 'calendar');
  if (to - from > settings.freeBusyDays * 86_400_000) {
    throw new GoogleFailure(400, 'timeRangeTooLong', 'The requested time range is too long.', 'calendar');
  }
  const tooMany = items.length > calendarExpansionMax;
  const answers = items.map(({ id }): [string, object] => {
    const entry = account.entries.find(({ calendar, primary }) => calendar.id === id || (primary && id === 'primary'));
    if (tooMany) return [id, failed('tooManyCalendarsRequested')];
    if (!entry || entry.deleted) return [id, failed('notFound')];
    if (settings.unreadableCalendars.includes(id)) return [id, failed('internalError')];
    return [
      id,
      {
        busy: busyOf(entry.calendar, from, to).map(([start, end]) => ({
          start: written(start, timeZone),
          end: written(end, timeZone),
        })),
      },
    ];
  });
  return { kind: 'calendar#freeBusy', timeMin, timeMax, calendars: Object.fromEntries(answers) };
}

/** Taken stretches, those that overlap or touch joined. */
export function busyOf(calendar: Calendar, from: number, to: number): [number, number][] {
  const joined: [number, number][] = [];
  const rows = calendar.live(from, to).filter(isBusy);
  for (const { start, end } of rows.sort((a, b) => a.start - b.start)) {
    const [begins, ends] = [Math.max(start, from), Math.min(end, to)];
    const last = joined.at(-1);
    if (last && begins <= last[1]) last[1] = Math.max(last[1], ends);
    else if (ends > begins) joined.push([begins, ends]);
  }
  return joined;
}

/** Whether an event blocks its time, as Google itself sees it. */
export function isBusy({ json }: Pick<Row, 'json'>): boolean {
  if (json.transparency === 'transparent' || json.eventType === 'workingLocation') return false;
  return !json.attendees?.some(({ self, responseStatus }) => self && responseStatus === 'declined');
}

function failed(reason: string): object {
  return { errors: [{ domain: 'global', reason }], busy: [] };
}
