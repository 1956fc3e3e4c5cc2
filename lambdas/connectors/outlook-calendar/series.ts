/** Series: a delta page holds no more of an occurrence than its time; the rest stands on the series' master. */
import type { ConnectorSession } from '../connector.ts';
import { type Rejected, readEach } from '../kit/read-each.ts';
import type { TimeWindow } from '../kit/windows.ts';
import { findEvent, listInstances } from './client.ts';
import { eventSchema, type GraphEvent } from './schemas.ts';

/** One series has hundreds of occurrences over many pages: its master is read once in a session. */
const mastersBySession = new WeakMap<ConnectorSession, Map<string, Promise<GraphEvent | null>>>();

export function isMaster({ type }: GraphEvent): boolean {
  return type === 'seriesMaster';
}

/** Events with all that is known of them, occurrences included. An occurrence whose master is not there is set aside. */
export async function completed(
  session: ConnectorSession,
  calendarId: string,
  rows: readonly GraphEvent[],
): Promise<{ read: GraphEvent[]; rejected: Rejected[] }> {
  for (const master of rows.filter(isComplete).filter(isMaster)) noteMaster(session, master);
  const events = rows.filter((row) => !isMaster(row));
  const wanted = events.flatMap((row) => (isComplete(row) || !row.seriesMasterId ? [] : [row.seriesMasterId]));
  const masters = new Map(
    await Promise.all([...new Set(wanted)].map(async (id) => [id, await masterOf(session, calendarId, id)] as const)),
  );
  return readEach(events, (row) => {
    if (isComplete(row) || !row.seriesMasterId) return row;
    const master = masters.get(row.seriesMasterId);
    if (!master) throw new SeriesUnknownError();
    return asOccurrence(row, master);
  });
}

/**
 * Every occurrence of these series in a window. That a change of the master brings its occurrences into the delta again
 * is not documented, so they are read.
 */
export async function occurrencesOf(
  session: ConnectorSession,
  masters: readonly GraphEvent[],
  window: TimeWindow,
): Promise<{ read: GraphEvent[]; rejected: Rejected[] }> {
  const lists = await Promise.all(masters.map(({ id }) => listInstances(session.http, id, window)));
  const { read, rejected } = readEach(lists.flat(), (row) => eventSchema.parse(row));
  const byId = new Map(masters.map((master) => [master.id, master]));
  const events = read.map((row) => {
    const master = byId.get(row.seriesMasterId ?? '');
    // As a delta page would have it: both ways must lead to the same record.
    return row.type === 'occurrence' && master && isComplete(master) ? asOccurrence(row, master) : row;
  });
  return { read: events, rejected };
}

/** An occurrence has its own id, time and version; everything else is the master's. */
function asOccurrence(row: GraphEvent, master: GraphEvent): GraphEvent {
  const { id, start, end, type, seriesMasterId } = row;
  return { ...master, '@odata.etag': row['@odata.etag'], id, start, end, type, seriesMasterId };
}

/** What stubs lack is there in every full row: how the time is shown. */
function isComplete(row: GraphEvent): boolean {
  return row.showAs !== undefined;
}

function masterOf(session: ConnectorSession, calendarId: string, id: string): Promise<GraphEvent | null> {
  const known = mastersOf(session).get(id);
  if (known) return known;
  const asked = findEvent(session.http, calendarId, id);
  mastersOf(session).set(id, asked);
  // A failed call is not remembered; the caller sees the failure through `asked` itself.
  asked.catch(() => mastersOf(session).delete(id));
  return asked;
}

function noteMaster(session: ConnectorSession, master: GraphEvent): void {
  mastersOf(session).set(master.id, Promise.resolve(master));
}

function mastersOf(session: ConnectorSession): Map<string, Promise<GraphEvent | null>> {
  const known = mastersBySession.get(session);
  if (known) return known;
  const masters = new Map<string, Promise<GraphEvent | null>>();
  mastersBySession.set(session, masters);
  return masters;
}

/** The series is gone between two answers; an occurrence without its facts must not replace a good one. */
class SeriesUnknownError extends Error {
  override readonly name = 'SeriesUnknownError';
}
