/** How events are named: here, where an event's id is unique in its calendar only, and at Google. */
import { createHash } from 'node:crypto';

export interface EventName {
  readonly calendarId: string;
  readonly eventId: string;
}

/** The hub's id of an event. Calendar ids are mail addresses, which have no place in paths and logs. */
export function recordIdOf(calendarId: string, eventId: string): string {
  return `${Buffer.from(calendarId).toString('base64url')}.${eventId}`;
}

/** Null for what is no such id. */
export function readRecordId(id: string): EventName | null {
  const [, calendar, eventId] = /^([A-Za-z0-9_-]+)\.(.+)$/s.exec(id) ?? [];
  if (calendar === undefined || eventId === undefined) return null;
  return { calendarId: Buffer.from(calendar, 'base64url').toString('utf8'), eventId };
}

/**
 * The id of the event that a booking makes ("Events: insert": `a` to `v` and digits, unique in its calendar), the same
 * for every attempt. Ids of deleted events are never free again, so `generation` counts those that were used up.
 */
export function bookedEventId(idempotencyKey: string, generation: number): string {
  return createHash('sha256').update(`${idempotencyKey}/${generation}`).digest('hex').slice(0, 40);
}
