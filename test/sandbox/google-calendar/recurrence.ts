import { Temporal } from 'temporal-polyfill';
import type { EventTime } from './event-input.ts';

export interface Rule {
  readonly unit: 'days' | 'weeks' | 'months';
  readonly interval: number;
  readonly count: number | null;
  /** Epoch ms, included. */
  readonly until: number | null;
}

const UNITS = { DAILY: 'days', WEEKLY: 'weeks', MONTHLY: 'months' } as const;

/** Reads `RRULE:FREQ=…;INTERVAL=…;COUNT=…;UNTIL=…`; null for what the sandbox does not know. */
export function parseRule(text: string): Rule | null {
  const members = new Map(
    text
      .replace(/^RRULE:/, '')
      .split(';')
      .map((member): [string, string] => [member.split('=')[0] ?? '', member.split('=')[1] ?? '']),
  );
  const [, unit] = Object.entries(UNITS).find(([name]) => name === members.get('FREQ')) ?? [];
  if (!text.startsWith('RRULE:') || unit === undefined) return null;
  if ([...members.keys()].some((name) => !['FREQ', 'INTERVAL', 'COUNT', 'UNTIL'].includes(name))) return null;
  const until = members.get('UNTIL');
  return {
    unit,
    interval: Number(members.get('INTERVAL') ?? 1),
    count: members.has('COUNT') ? Number(members.get('COUNT')) : null,
    until:
      until === undefined
        ? null
        : Date.parse(until.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z')),
  };
}

/** The text of a rule that ends before an instant. */
export function endedBefore(text: string, instant: number): string {
  const until = new Date(instant - 1_000).toISOString().replace(/[-:]|\.\d{3}/g, '');
  return `${text.replace(/;(COUNT|UNTIL)=[^;]*/g, '')};UNTIL=${until}`;
}

/** Every time at which a series begins, in order, up to an instant: by the wall clock of its zone. */
export function* beginnings(
  start: EventTime,
  rule: Rule,
  to: number,
  zone: string,
): Generator<{ time: EventTime; ms: number }> {
  const timeZone = start.timeZone ?? zone;
  const isDay = start.date !== undefined;
  const first = isDay
    ? Temporal.PlainDate.from(start.date ?? '').toPlainDateTime()
    : Temporal.Instant.from(start.dateTime ?? '')
        .toZonedDateTimeISO(timeZone)
        .toPlainDateTime();
  for (let index = 0; rule.count === null || index < rule.count; index += 1) {
    const local = first.add({ [rule.unit]: index * rule.interval });
    const at = local.toZonedDateTime(timeZone);
    const ms = isDay ? at.startOfDay().epochMilliseconds : at.epochMilliseconds;
    if (ms >= to || (rule.until !== null && ms > rule.until)) return;
    yield {
      ms,
      time: isDay ? { date: local.toPlainDate().toString() } : { dateTime: written(ms, timeZone), timeZone },
    };
  }
}

/** RFC 3339, with `Z` for UTC's offset. */
export function written(ms: number, timeZone: string): string {
  return Temporal.Instant.fromEpochMilliseconds(ms)
    .toZonedDateTimeISO(timeZone)
    .toString({ timeZoneName: 'never', fractionalSecondDigits: 0 })
    .replace(/\+00:00$/, 'Z');
}
