import type { Hono } from 'hono';
import type { SandboxClock } from '../mechanics/clock.ts';
import { entryOf, type ListEntry, writableCalendar } from './account.ts';
import type { Channels } from './channels.ts';
import { GoogleFailure, invalid, notFound } from './errors.ts';
import { EventLists } from './event-list.ts';
import { freeBusy } from './free-busy.ts';
import {
  FREE_BUSY,
  type GoogleContext,
  type GoogleEnv,
  type Guard,
  READ_CALENDARS,
  READ_EVENTS,
  READ_LIST,
  WRITE_EVENTS,
} from './guard.ts';
import type { GoogleCalendarSettings } from './settings.ts';

const API = '/calendar/v3';
const EVENTS = `${API}/calendars/:calendarId/events`;
const LIST_PAGE = 100;

/** Calendars, events, their push channels and freeBusy, as "API reference" has them. */
export function addApiRoutes(
  app: Hono<GoogleEnv>,
  guard: Guard,
  { clock, settings, channels }: { clock: SandboxClock; settings: GoogleCalendarSettings; channels: Channels },
): void {
  const lists = new EventLists(clock, settings);
  const entryIn = (c: GoogleContext) => entryOf(c.get('account'), c.req.param('calendarId') ?? '');
  const writable = (c: GoogleContext) => writableCalendar(c.get('account'), c.req.param('calendarId') ?? '');
  const eventId = (c: GoogleContext) => c.req.param('eventId') ?? '';

  app.get(`${API}/users/me/calendarList`, guard.require(READ_LIST), (c) => c.json(calendarList(c)));
  app.get(`${API}/users/me/calendarList/:calendarId`, guard.require(READ_LIST), (c) => c.json(entryJson(entryIn(c))));
  app.get(`${API}/calendars/:calendarId`, guard.require(READ_CALENDARS), (c) => {
    const { calendar } = entryIn(c);
    const { id, summary, timeZone, workingHours } = calendar;
    return c.json({
      kind: 'calendar#calendar',
      etag: `"c${calendar.seq}"`,
      id,
      summary,
      timeZone,
      ...(workingHours === null ? {} : { workingHours }),
    });
  });

  app.get(EVENTS, guard.require(READ_EVENTS), (c) => c.json(lists.page(entryIn(c), new URL(c.req.url).searchParams)));
  app.get(`${EVENTS}/:eventId`, guard.require(READ_EVENTS), (c) => c.json(entryIn(c).calendar.get(eventId(c))));
  app.post(EVENTS, guard.require(WRITE_EVENTS), async (c) => c.json(writable(c).insert(await bodyOf(c))));
  app.patch(`${EVENTS}/:eventId`, guard.require(WRITE_EVENTS, 3), async (c) =>
    c.json(writable(c).patch(eventId(c), await bodyOf(c), c.req.header('if-match'))),
  );
  app.delete(`${EVENTS}/:eventId`, guard.require(WRITE_EVENTS), (c) => {
    writable(c).cancel(eventId(c));
    return c.body(null, 204);
  });
  app.post(`${EVENTS}/:eventId/move`, guard.require(WRITE_EVENTS), (c) => {
    const source = writable(c);
    const destination = writableCalendar(c.get('account'), c.req.query('destination') ?? '');
    const event = source.stored(eventId(c));
    if (event.cancelled) throw notFound();
    if ((event.fields.eventType ?? 'default') !== 'default' || destination === source)
      throw invalid('This event can not be moved.');
    // A cancelled stub stays behind.
    const before = { ...event };
    source.cancel(event.id);
    return c.json(destination.adopt(before));
  });

  app.post(`${EVENTS}/watch`, guard.require(READ_EVENTS), async (c) =>
    c.json(channels.watch(c.get('account'), entryIn(c).calendar, await bodyOf(c))),
  );
  app.post(`${API}/channels/stop`, guard.require(READ_EVENTS), async (c) => {
    channels.stop(c.get('account'), await bodyOf(c));
    return c.body(null, 204);
  });

  app.post(`${API}/freeBusy`, guard.require(FREE_BUSY), async (c) =>
    c.json(freeBusy(c.get('account'), settings, await bodyOf(c))),
  );
}

function calendarList(c: GoogleContext): object {
  const query = new URL(c.req.url).searchParams;
  if (query.has('syncToken')) throw invalid('This sandbox gives no sync tokens for the list of calendars.');
  const shown = c
    .get('account')
    .entries.filter(({ hidden }) => !hidden || query.get('showHidden') === 'true')
    .filter(({ deleted }) => !deleted || query.get('showDeleted') === 'true');
  const from = Number(query.get('pageToken') ?? 0);
  const size = Math.min(Number(query.get('maxResults') ?? LIST_PAGE), 250);
  const more = from + size < shown.length;
  return {
    kind: 'calendar#calendarList',
    etag: '"list"',
    items: shown.slice(from, from + size).map(entryJson),
    ...(more ? { nextPageToken: String(from + size) } : { nextSyncToken: 'not-in-this-sandbox' }),
  };
}

export function entryJson({ calendar, accessRole, primary, hidden, deleted, summaryOverride }: ListEntry) {
  const { id, summary, timeZone } = calendar;
  if (deleted) return { kind: 'calendar#calendarListEntry', etag: '"gone"', id, deleted };
  return {
    kind: 'calendar#calendarListEntry',
    etag: '"entry"',
    id,
    summary,
    timeZone,
    accessRole,
    defaultReminders: [],
    colorId: '14',
    backgroundColor: '#9fe1e7',
    foregroundColor: '#000000',
    selected: !hidden,
    ...(primary ? { primary } : {}),
    ...(hidden ? { hidden } : {}),
    ...(summaryOverride === null ? {} : { summaryOverride }),
  };
}

async function bodyOf(c: GoogleContext): Promise<unknown> {
  try {
    return JSON.parse(await c.req.text());
  } catch {
    throw new GoogleFailure(400, 'parseError', 'Parse Error');
  }
}
