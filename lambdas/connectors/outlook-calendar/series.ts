/** Series: a delta page holds no more of an occurrence than its time; the rest stands on the series' master. */
import type { ConnectorSession } from '../connector.ts';
import { type Rejected, readEach } from '../kit/read-each.ts';
import type { TimeWindow } from '../kit/windows.ts';
import { findMaster, listInstances } from './client.ts';
import { eventSchema, type GraphEvent } from './schemas.ts';

interface Read {
  readonly read: GraphEvent[];
  readonly rejected: Rejected[];
}

export function isMaster({ type }: GraphEvent): boolean {
  return type === 'seriesMaster';
}

/** Events with all that is known of them, occurrences included. An occurrence whose master is not there is set aside. */
export async function completed(
  session: ConnectorSession,
  calendarId: string,
  rows: readonly GraphEvent[],
): Promise<Read> {
  const here = new Map(rows.filter((row) => isMaster(row) && isComplete(row)).map((master) => [master.id, master]));
  const events = rows.filter((row) => !isMaster(row));
  const wanted = new Set(events.flatMap((row) => (isComplete(row) ? [] : (row.seriesMasterId ?? []))));
  const masterOf = async (id: string) => [id, here.get(id) ?? (await findMaster(session, calendarId, id))] as const;
  const masters = new Map(await Promise.all([...wanted].map(masterOf)));
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
): Promise<Read> {
  const lists = await Promise.all(masters.map(({ id }) => listInstances(session.http, id, window)));
  const byId = new Map(masters.map((master) => [master.id, master]));
  return readEach(lists.flat(), (row) => {
    const event = eventSchema.parse(row);
    const master = byId.get(event.seriesMasterId ?? '');
    // As a delta page would have it: both ways must lead to the same record.
    return event.type === 'occurrence' && master && isComplete(master) ? asOccurrence(event, master) : event;
  });
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

/** The series is gone between two answers; an occurrence without its facts must not replace a good one. */
class SeriesUnknownError extends Error {
  override readonly name = 'SeriesUnknownError';
}
