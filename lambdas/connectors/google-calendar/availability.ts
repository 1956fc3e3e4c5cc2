/** What is taken in calendars: by freeBusy, or by the events themselves where it must be known what each is. */
import { isHubError } from '../../core/errors.ts';
import type { Busy, WeeklyHours } from '../../core/model/availability.ts';
import { utcIso } from '../../core/time/zoned-time.ts';
import type { AvailabilityQuery, CalendarBusy, ConnectorSession, ProviderAvailability } from '../connector.ts';
import { calendarName, mayBeBooked, readOnlyNote } from '../kit/calendars.ts';
import { unreadable } from '../kit/calls.ts';
import { allRows } from '../kit/pages.ts';
import { idOf, readEach } from '../kit/read-each.ts';
import { partsOf } from '../kit/windows.ts';
import { accountZone, zoneOr } from '../kit/zones.ts';
import { bookedCalendarsOf, getPrimaryCalendar, listEvents, primaryCalendarOf, queryFreeBusy } from './client.ts';
import { manifest } from './manifest.ts';
import { bookedServiceOf, eventNameOf, isCancelled, takesTimeUp, timesOf } from './map.ts';
import { eventSchema } from './schemas.ts';
import { openingHoursOf } from './working-hours.ts';

/** Google's limit is about three months, and not documented. */
const DAYS_PER_QUERY = 60;
const PAGE_SIZE = 2_500;

type BusyByCalendar = Map<string, readonly Busy[]>;

/** What is taken, calendar by calendar. One that can't be read is named in the notes and never free. */
export async function getAvailability(
  session: ConnectorSession,
  query: AvailabilityQuery,
): Promise<ProviderAvailability> {
  const booked = bookedCalendarsOf(session).filter((id) => query.staffId === null || id === query.staffId);
  if (booked.length === 0) {
    return { kind: 'busy', calendars: [], notes: ['This calendar is not among those that customers are booked into.'] };
  }
  const primary = primaryCalendarOf(session);
  // The main calendar is the account's own, and may go by another name than the one in the mirror.
  const asked = booked.filter((id) => id === primary || mayBeBooked(query, id));
  const [busy, hours] = await Promise.all([busyOf(session, asked, query), workingHours(session, asked)]);
  const calendars = asked.flatMap((staffId): CalendarBusy[] => {
    const taken = busy.get(staffId);
    if (taken === undefined) return [];
    const listed = query.staff.find(({ id }) => id === staffId)?.data.timeZone;
    const timeZone = zoneOr(listed ?? (staffId === primary ? session.account?.attributes.timeZone : null), null);
    return [{ staffId, timeZone, busy: taken, hours: staffId === primary ? hours.week : null }];
  });
  const nameOf = (id: string) =>
    calendarName(session, query.staff, id, id === primary ? 'The main calendar' : 'One of the calendars');
  const notes = booked
    .filter((id) => !busy.has(id))
    .map((id) =>
      asked.includes(id)
        ? `${nameOf(id)} can't be read, so nothing is offered in it.`
        : readOnlyNote(nameOf(id), manifest.name),
    );
  return { kind: 'busy', calendars, notes: [...new Set(notes), ...hours.notes] };
}

/** Unknown calendars are not in the map. */
async function busyOf(
  session: ConnectorSession,
  calendarIds: readonly string[],
  query: AvailabilityQuery,
): Promise<BusyByCalendar> {
  // An earlier attempt may have taken the event to another calendar already; it keeps its id there.
  const except = query.moving && eventNameOf(query.moving.id).eventId;
  const { calendars, services } = session.config.booking;
  const crowded = calendars?.filter(({ capacity }) => capacity > 1);
  const hasBuffers = services.some((service) => service.bufferBeforeMinutes + service.bufferAfterMinutes > 0);
  // freeBusy names no events and no services, and joins those that overlap so that they can't be counted.
  const needsEvents = (id: string) =>
    except !== null || hasBuffers || crowded?.some(({ staffId }) => staffId === id) === true;
  const byEvents = calendarIds.filter(needsEvents).map(async (id) => {
    try {
      return [id, await busyByEvents(session, id, query, except)] as const;
    } catch (error) {
      // This one is gone or closed to us; the others may still be asked.
      if (isHubError(error, 'not_found', 'provider_rejected')) return null;
      throw error;
    }
  });
  const rest = calendarIds.filter((id) => !needsEvents(id));
  const [known, ...listed] = await Promise.all([freeBusyOf(session, rest, query), ...byEvents]);
  return new Map([...known, ...listed.filter((entry) => entry !== null)]);
}

/** A calendar with errors, or missing from any part of the answer, is unknown, which is not free. */
async function freeBusyOf(
  { http }: ConnectorSession,
  calendarIds: readonly string[],
  query: AvailabilityQuery,
): Promise<BusyByCalendar> {
  const known: BusyByCalendar = new Map();
  if (calendarIds.length === 0) return known;
  const answers = await Promise.all(
    partsOf(query, DAYS_PER_QUERY).map(({ from, to }) => queryFreeBusy(http, utcIso(from), utcIso(to), calendarIds)),
  );
  for (const id of calendarIds) {
    const parts = answers.map(({ calendars }) => calendars[id]);
    if (parts.some((part) => !part?.busy || (part.errors?.length ?? 0) > 0)) continue;
    const busy = parts.flatMap((part) => part?.busy ?? []);
    known.set(
      id,
      busy.map(({ start, end }) => ({ start, end })),
    );
  }
  return known;
}

/** The events that take time up, one by one, but the one that is to be moved. */
async function busyByEvents(
  session: ConnectorSession,
  calendarId: string,
  { from, to }: AvailabilityQuery,
  exceptEventId: string | null,
): Promise<Busy[]> {
  const window = { maxResults: PAGE_SIZE, timeMin: utcIso(from), timeMax: utcIso(to) };
  let zone = accountZone(session);
  const unreadableEvents = () => unreadable(manifest.name, 'events.list');
  const rows = await allRows<string>(async (pageToken) => {
    const page = await listEvents(session.http, calendarId, { ...window, pageToken: pageToken ?? undefined });
    zone = zoneOr(page.timeZone, zone);
    return { rows: page.items ?? [], next: page.nextPageToken };
  }, unreadableEvents);
  // One that moves between two pages is listed twice, and takes its time up once.
  const once = [...new Map(rows.map((row) => [idOf(row) ?? row, row])).values()];
  const { read, rejected } = readEach(once, (row): Busy[] => {
    const event = eventSchema.parse(row);
    if (isCancelled(event)) return [];
    const { start, end, allDay } = timesOf(event, zone);
    if (event.id === exceptEventId || !takesTimeUp(event)) return [];
    const closed = allDay || event.eventType === 'outOfOffice';
    return [{ start: utcIso(start), end: utcIso(end), serviceId: bookedServiceOf(event)?.id, closed }];
  });
  // An event whose time can't be read might be at any time.
  if (rejected.length > 0) throw unreadableEvents();
  return read.flat();
}

/** Google keeps hours for the main calendar only, and the business's own settings come first. */
async function workingHours(
  session: ConnectorSession,
  asked: readonly string[],
): Promise<{ week: WeeklyHours | null; notes: string[] }> {
  const primary = primaryCalendarOf(session);
  const { openingHours, calendars } = session.config.booking;
  const own = calendars?.find(({ staffId }) => staffId === primary)?.openingHours ?? openingHours;
  if (own !== undefined || !asked.includes(primary)) return { week: null, notes: [] };
  try {
    return { week: openingHoursOf((await getPrimaryCalendar(session.http)).workingHours), notes: [] };
  } catch (error) {
    if (!isHubError(error, 'missing_scope', 'not_found', 'provider_rejected')) throw error;
    return { week: null, notes: ["The calendar's working hours can't be read."] };
  }
}
