import { Cron } from 'croner';
import { AwsError } from './aws-error.ts';

/** When a schedule fires. Times are epoch milliseconds. */
export interface Timetable {
  readonly once: boolean;
  /** First firing at or after the schedule came to be (or its start date). */
  first(since: number): number | undefined;
  /** Next firing after one that was due at `previous`. */
  next(previous: number): number | undefined;
}

const UNIT_MS = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;

/** Reads `at(…)`, `rate(…)` and `cron(…)` as EventBridge Scheduler does; throws its ValidationException. */
export function parseScheduleExpression(expression: string, timeZone: string): Timetable {
  const [, kind, argument = ''] = /^(at|rate|cron)\((.*)\)$/.exec(expression) ?? [];
  assertTimeZone(timeZone);
  if (kind === 'rate') return parseRate(expression, argument);
  if (kind === 'at') return parseAt(expression, argument, timeZone);
  if (kind === 'cron') return parseCron(expression, argument, timeZone);
  throw invalid(expression);
}

/** A rate without a start date fires at once and then regularly. */
function parseRate(expression: string, argument: string): Timetable {
  const [, count, unit] = /^([1-9]\d*) (minute|hour|day)s?$/.exec(argument) ?? [];
  if (count === undefined || unit === undefined) throw invalid(expression);
  const period = Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS];
  return { once: false, first: (since) => since, next: (previous) => previous + period };
}

function parseAt(expression: string, argument: string, timeZone: string): Timetable {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(argument)) throw invalid(expression);
  const due = wallClockToEpoch(argument, timeZone);
  if (due === undefined) throw invalid(expression);
  return { once: true, first: () => due, next: () => undefined };
}

/**
 * AWS's six fields (minutes hours day-of-month month day-of-week year) are croner's seven without seconds.
 * Week days count from 1 = Sunday, `0/15` is a range with a step, and `6L` is the last Friday of a month.
 */
function parseCron(expression: string, argument: string, timeZone: string): Timetable {
  const fields = argument.trim().split(/\s+/);
  const dayOfMonth = fields[2];
  const dayOfWeek = fields[4] ?? '';
  if (fields.length !== 6 || (dayOfMonth === '?') === (dayOfWeek === '?')) throw invalid(expression);
  fields[4] = dayOfWeek.replace(/^(\d|[A-Z]{3})L$/i, '$1#L');
  try {
    const cron = new Cron(`0 ${fields.join(' ')}`, {
      timezone: timeZone,
      mode: '7-part',
      paused: true,
      alternativeWeekdays: true,
      sloppyRanges: true,
    });
    const after = (time: number): number | undefined => cron.nextRun(new Date(time))?.getTime();
    return { once: false, first: (since) => after(since - 1), next: after };
  } catch {
    throw invalid(expression);
  }
}

function assertTimeZone(timeZone: string): void {
  try {
    new Intl.DateTimeFormat('en', { timeZone });
  } catch {
    throw new AwsError('ValidationException', `Invalid Schedule Expression Timezone: ${timeZone}`);
  }
}

/** Epoch of a wall-clock time in a zone; croner knows the zone's offset on that day. */
function wallClockToEpoch(wallClock: string, timeZone: string): number | undefined {
  try {
    return new Cron(wallClock, { timezone: timeZone, paused: true }).nextRun(new Date(0))?.getTime();
  } catch {
    return undefined;
  }
}

function invalid(expression: string): AwsError {
  return new AwsError('ValidationException', `Invalid Schedule Expression ${expression}.`);
}
