/** What is taken in calendars: by freeBusy, or by the events themselves where it must be known whose time it is. */
import type { Busy } from '../../core/model/availability.ts';
import { utcIso } from '../../core/time/zoned-time.ts';
import type { ConnectorSession } from '../connector.ts';
import { movedOn } from '../kit/positions.ts';
import { readEach } from '../kit/read-each.ts';
import { partsOf, type TimeWindow } from '../kit/windows.ts';
import { accountZoneOf, zoneOr } from './calendars.ts';
import { listEvents, queryFreeBusy, unreadable } from './client.ts';
import { isCancelled, takesTimeUp, timesOf } from './map.ts';
import { eventSchema } from './schemas.ts';

/** Google's limit is about three months, and not documented. */
const DAYS_PER_QUERY = 60;
const PAGE_SIZE = 2_500;

/**
 * "Freebusy: query". A calendar with errors, or missing from any part of the answer, is unknown, which is not free: it
 * is not in the map.
 */
export async function freeBusyOf(
  { http }: ConnectorSession,
  calendarIds: readonly string[],
  window: TimeWindow,
): Promise<Map<string, readonly Busy[]>> {
  const known = new Map<string, readonly Busy[]>();
  if (calendarIds.length === 0) return known;
  const answers = await Promise.all(
    partsOf(window, DAYS_PER_QUERY).map(({ from, to }) =>
      queryFreeBusy(http, { timeMin: utcIso(from), timeMax: utcIso(to), calendarIds }),
    ),
  );
  for (const id of calendarIds) {
    const parts = answers.map(({ calendars }) => calendars[id]);
    const isUnknown = parts.some((part) => !part?.busy || (part.errors?.length ?? 0) > 0);
    if (!isUnknown)
      known.set(
        id,
        parts.flatMap((part) => part?.busy ?? []).map(({ start, end }) => ({ start, end })),
      );
  }
  return known;
}

/**
 * The events that take time up, one by one. An appointment that is to be moved is left out: freeBusy names no events,
 * so it can't tell that one's time from anybody else's.
 */
export async function busyByEvents(
  session: ConnectorSession,
  calendarId: string,
  window: TimeWindow,
  exceptEventId: string | null,
): Promise<Busy[]> {
  const busy: Busy[] = [];
  let pageToken: string | null = null;
  do {
    const query = { maxResults: PAGE_SIZE, timeMin: utcIso(window.from), timeMax: utcIso(window.to) };
    const { data: page } = await listEvents(
      session.http,
      calendarId,
      { ...query, pageToken: pageToken ?? undefined },
      { callClass: 'live_read' },
    );
    if (page === null) throw unreadable('events.list');
    const zone = zoneOr(page.timeZone, accountZoneOf(session));
    const { read, rejected } = readEach(page.items ?? [], (row) => {
      const event = eventSchema.parse(row);
      return { event, times: isCancelled(event) ? null : timesOf(event, zone) };
    });
    // An event whose time can't be read might be at any time.
    if (rejected.length > 0) throw unreadable('events.list');
    for (const { event, times } of read) {
      if (event.id === exceptEventId || times === null || !takesTimeUp(event)) continue;
      busy.push({ start: utcIso(times.start), end: utcIso(times.end) });
    }
    pageToken = movedOn(page.nextPageToken, pageToken, () => unreadable('events.list'));
  } while (pageToken !== null);
  return busy;
}
