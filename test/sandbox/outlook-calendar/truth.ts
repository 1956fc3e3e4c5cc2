import { dateIn } from '../../../lambdas/core/time/zoned-time.ts';
import type { Calendar, EventFields, EventType, Mailbox } from './mailbox.ts';
import type { Subscription } from './subscriptions.ts';
import { zoneNamed } from './zones.ts';

/** An event as the mailbox itself knows it. */
export interface EventTruth extends EventFields {
  readonly id: string;
  readonly calendarId: string;
  readonly type: EventType;
  readonly seriesId: string | null;
  /** ISO 8601 in UTC. */
  readonly start: string;
  readonly end: string;
  /** First day and the day behind the last, of all-day events. */
  readonly days: readonly [string, string] | null;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export function* truthOfEvents(mailbox: Mailbox): Generator<EventTruth> {
  for (const item of mailbox.items.values()) {
    if (item.gone || item.type === 'seriesMaster') continue;
    const { id, calendarId, type, seriesId, start, end } = item;
    const fields = mailbox.fieldsOf(item);
    const zone = zoneNamed(fields.zone) ?? 'UTC';
    // An occurrence that is like its series was made and changed with it.
    const dated = (item.fields ? item : mailbox.items.get(seriesId ?? '')) ?? item;
    yield {
      ...fields,
      id,
      calendarId,
      type,
      seriesId,
      start: new Date(start).toISOString(),
      end: new Date(end).toISOString(),
      days: fields.isAllDay ? [dateIn(start, zone), dateIn(end, zone)] : null,
      createdAt: new Date(dated.createdAt).toISOString(),
      updatedAt: new Date(dated.modifiedAt).toISOString(),
    };
  }
}

export function truthOfCalendars(mailbox: Mailbox): Calendar[] {
  return [...mailbox.calendars.values()];
}

/** Who is told of changes, and until when. */
export interface SubscriptionTruth extends Omit<Subscription, 'account' | 'preferences' | 'expiresAt'> {
  /** ISO 8601. */
  readonly expiresAt: string;
}

export function truthOfSubscriptions(subscriptions: readonly Subscription[]): SubscriptionTruth[] {
  return subscriptions.map(({ account: _account, preferences: _preferences, expiresAt, ...known }) => ({
    ...known,
    expiresAt: new Date(expiresAt).toISOString(),
  }));
}
