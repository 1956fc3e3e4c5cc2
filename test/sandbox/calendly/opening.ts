/** When the salon can be booked: Monday to Saturday, 9 to 18 h in London, on the half hour, half an hour ahead. */
import { addDays, dateIn, fromLocal, weekdayOf } from '../../../lambdas/core/time/zoned-time.ts';
import type { EventType, ScheduledEvent } from './records.ts';

const ZONE = 'Europe/London';
const FIRST_HOUR = 9;
const LAST_HOUR = 18;
const SUNDAY = 7;
const STEP_MS = 30 * 60_000;
const NOTICE_MS = 30 * 60_000;

export interface OfferedTime {
  readonly start: number;
  /** Who would be met. */
  readonly hosts: readonly string[];
  readonly remaining: number;
  /** The group that has room still. */
  readonly joins: ScheduledEvent | null;
}

/** Times on offer that begin at or after `from` and before `to`. */
export function offeredTimes(
  type: EventType,
  events: readonly ScheduledEvent[],
  { from, to, now }: { readonly from: number; readonly to: number; readonly now: number },
): OfferedTime[] {
  const live = events.filter((event) => !event.cancelled && event.end > from && event.start < to + 12 * 3_600_000);
  const earliest = Math.max(from, now + NOTICE_MS);
  const times: OfferedTime[] = [];
  for (let date = dateIn(from, ZONE); date <= dateIn(to, ZONE); date = addDays(date, 1)) {
    if (weekdayOf(date) === SUNDAY) continue;
    const open = fromLocal(`${date}T${String(FIRST_HOUR).padStart(2, '0')}:00:00`, ZONE);
    const close = fromLocal(`${date}T${LAST_HOUR}:00:00`, ZONE);
    for (let start = open; start + type.duration * 60_000 <= close; start += STEP_MS) {
      const time = start >= earliest && start < to ? offerAt(type, start, live) : null;
      if (time) times.push(time);
    }
  }
  return times;
}

function offerAt(type: EventType, start: number, events: readonly ScheduledEvent[]): OfferedTime | null {
  const end = start + type.duration * 60_000;
  const overlapping = events.filter((event) => event.start < end && event.end > start);
  const group = overlapping.find((event) => event.type === type && event.start === start) ?? null;
  if (type.limit > 1 && group) {
    const remaining = type.limit - group.invitees.filter(({ cancelled }) => !cancelled).length;
    return remaining > 0 ? { start, hosts: group.hosts, remaining, joins: group } : null;
  }
  const busy = new Set(overlapping.flatMap(({ hosts }) => hosts));
  const free = type.hosts.filter((host) => !busy.has(host));
  if (type.pooling === 'round_robin') {
    const [first] = free;
    return first === undefined ? null : { start, hosts: [first], remaining: 1, joins: null };
  }
  return free.length < type.hosts.length ? null : { start, hosts: type.hosts, remaining: type.limit, joins: null };
}
