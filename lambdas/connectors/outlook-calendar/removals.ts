/** What a delta calls removed, and what has become of it. */
import type { ConnectorSession, PullPage } from '../connector.ts';
import { readEach } from '../kit/read-each.ts';
import type { TimeWindow } from '../kit/windows.ts';
import { findEvent, hasEvent } from './client.ts';
import { readingOf, toAppointmentRecord } from './map.ts';
import { eventSchema, type GraphEvent } from './schemas.ts';
import { isMaster } from './series.ts';

type Found = Pick<PullPage, 'records' | 'deletedIds' | 'rejected'>;

/**
 * Looks into every removal, because "removed" is also said of what a feed's window does not show any more ("Get
 * incremental changes to events in a calendar view"): the feed that does show it may have told so in an earlier pull,
 * and is silent now. What is still there is read; deleted is what is gone, has left these calendars or their window, or
 * has become a series. The mailbox's call slots keep the calls apart.
 */
export async function lookInto(
  session: ConnectorSession,
  calendars: readonly string[],
  window: TimeWindow,
  ids: readonly string[],
): Promise<Found> {
  const rows = await Promise.all(ids.map(async (id) => ({ id, row: await findEvent(session.http, id) })));
  const there = rows.filter(({ row }) => row !== null);
  const { read, rejected } = readEach(
    there,
    ({ row }) => eventSchema.parse(row),
    ({ id }) => id,
  );
  const homes = new Map<string, string>();
  for (const event of read) {
    const home = isMaster(event) ? null : await homeOf(session, calendars, event);
    if (home !== null) homes.set(event.id, home);
  }
  const records = readEach(
    read.filter(({ id }) => homes.has(id)),
    (event) => toAppointmentRecord(event, readingOf(session, homes.get(event.id) ?? '')),
  );
  const within = records.read.filter(({ data }) => touches(data, window));
  const kept = new Set([...within, ...rejected, ...records.rejected].map(({ id }) => id));
  return {
    records: within,
    deletedIds: ids.filter((id) => !kept.has(id)),
    rejected: [...rejected, ...records.rejected],
  };
}

/** Which of the calendars an event is in; null: none of them. An event does not name its calendar. */
async function homeOf(session: ConnectorSession, calendars: readonly string[], { id }: GraphEvent) {
  for (const calendarId of calendars) if (await hasEvent(session.http, calendarId, id)) return calendarId;
  return null;
}

function touches(times: { readonly start: string; readonly end: string }, { from, to }: TimeWindow): boolean {
  return Date.parse(times.start) < Date.parse(to) && Date.parse(times.end) >= Date.parse(from);
}
