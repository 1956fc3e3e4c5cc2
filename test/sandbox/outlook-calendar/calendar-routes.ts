import type { Hono } from 'hono';
import { type Deltas, instantIn } from './delta.ts';
import { invalid, notFound } from './errors.ts';
import type { Guard, OutlookContext, OutlookEnv } from './guard.ts';
import type { Calendar, Item } from './mailbox.ts';
import { calendarRow, eventRow, GRAPH, itemOf, preferencesOf, selected, userRow } from './render.ts';
import type { OutlookSettings } from './settings.ts';

export interface RouteParts {
  readonly guard: Guard;
  readonly settings: OutlookSettings;
  readonly deltas: Deltas;
}

const READS = ['Calendars.ReadWrite'];
const DEFAULT_TOP = 10;
const MAX_TOP = 1000;
const TAG_FILTER =
  /^singleValueExtendedProperties\/any\(\s*(\w+)\s*:\s*\1\/id eq '([^']+)' and \1\/value eq '([^']+)'\s*\)$/i;

/** Who is signed in, calendars, and reading what is in them. */
export function addCalendarRoutes(app: Hono<OutlookEnv>, parts: RouteParts): void {
  const { guard } = parts;
  const reads = guard.mailbox(READS);
  app.get('/v1.0/me', guard.signedIn(['User.Read']), (c) => {
    const row = selected(userRow(c.get('account')), c.req.query('$select'));
    return c.json({ '@odata.context': `${GRAPH}/$metadata#users/$entity`, ...row });
  });
  app.get('/v1.0/me/calendar', reads, (c) => {
    const calendar = [...c.get('mailbox').calendars.values()].find(({ isDefault }) => isDefault);
    if (!calendar) throw notFound();
    return c.json(selected(calendarRow(calendar, c.get('mailbox')), c.req.query('$select')));
  });
  app.get('/v1.0/me/calendars', reads, (c) => {
    const rows = [...c.get('mailbox').calendars.values()].map((calendar) =>
      selected(calendarRow(calendar, c.get('mailbox')), c.req.query('$select')),
    );
    return c.json(pageOf(c, rows));
  });
  app.get('/v1.0/me/calendars/:calendar', reads, (c) =>
    c.json(selected(calendarRow(calendarOf(c), c.get('mailbox')), c.req.query('$select'))),
  );
  app.get('/v1.0/me/calendars/:calendar/calendarView', reads, (c) => {
    const query = new URL(c.req.url).searchParams;
    const [from, to] = [instantIn(query, 'startDateTime'), instantIn(query, 'endDateTime')];
    return c.json(pageOf(c, rowsOf(c, parts, c.get('mailbox').view(calendarOf(c).id, from, to))));
  });
  app.get('/v1.0/me/calendars/:calendar/calendarView/delta', reads, (c) => {
    const query = new URL(c.req.url).searchParams;
    const prefer = preferencesOf(c.req.header('prefer'));
    const page = parts.deltas.answer(c.get('mailbox'), calendarOf(c).id, query, prefer, parts.settings);
    return c.json({ '@odata.context': `${GRAPH}/$metadata#Collection(event)`, ...page });
  });
  app.get('/v1.0/me/calendars/:calendar/events', reads, (c) => {
    const calendar = calendarOf(c);
    const own = [...c.get('mailbox').items.values()].filter(
      ({ calendarId, gone, seriesId }) => calendarId === calendar.id && !gone && seriesId === null,
    );
    return c.json(pageOf(c, rowsOf(c, parts, own.filter(wantedBy(c)))));
  });
  app.get('/v1.0/me/calendars/:calendar/events/:event', reads, (c) => {
    const item = eventOf(c);
    if (item.calendarId !== calendarOf(c).id) throw notFound();
    return c.json(rowsOf(c, parts, [item])[0] ?? {});
  });
  app.get('/v1.0/me/events/:event', reads, (c) => c.json(rowsOf(c, parts, [eventOf(c)])[0] ?? {}));
  app.get('/v1.0/me/events/:event/instances', reads, (c) => {
    const query = new URL(c.req.url).searchParams;
    const [from, to] = [instantIn(query, 'startDateTime'), instantIn(query, 'endDateTime')];
    const master = eventOf(c);
    if (master.type !== 'seriesMaster') throw invalid('Instances are those of a series master.');
    const within = c
      .get('mailbox')
      .occurrencesOf(master.id)
      .filter(({ start, end }) => start < to && end > from);
    return c.json(pageOf(c, rowsOf(c, parts, within)));
  });
}

export function calendarOf(c: OutlookContext): Calendar {
  const calendar = c.get('mailbox').calendars.get(c.req.param('calendar') ?? '');
  if (!calendar) throw notFound();
  return calendar;
}

export function eventOf(c: OutlookContext): Item {
  const item = itemOf(c.get('mailbox'), c.req.param('event') ?? '');
  if (!item) throw notFound();
  return item;
}

export function rowsOf(c: OutlookContext, { settings }: RouteParts, items: readonly Item[]) {
  const prefer = preferencesOf(c.req.header('prefer'));
  if (prefer.timeZone !== null && prefer.timeZone !== 'UTC') throw invalid('This sandbox answers in UTC only.');
  return items.map((item) => selected(eventRow(c.get('mailbox'), item, prefer, settings), c.req.query('$select')));
}

function wantedBy(c: OutlookContext): (item: Item) => boolean {
  const filter = c.req.query('$filter');
  if (filter === undefined) return () => true;
  const [, , id, value] = TAG_FILTER.exec(filter) ?? [];
  if (id === undefined) throw invalid('The filter is not supported here.', 'ErrorInvalidUrlQueryFilter');
  return (item) => c.get('mailbox').fieldsOf(item).tags[id] === value;
}

/** Pages by `$top` and `$skip`; the link to the next one is a whole address. */
function pageOf(c: OutlookContext, rows: readonly unknown[]) {
  const url = new URL(c.req.url);
  const [top, skip] = [wholeNumber(url, '$top', DEFAULT_TOP), wholeNumber(url, '$skip', 0)];
  if (top < 1 || top > MAX_TOP) throw invalid('The limit of $top is 1000.', 'ErrorInvalidUrlQuery');
  const value = rows.slice(skip, skip + top);
  if (skip + top >= rows.length) return { value };
  url.searchParams.set('$skip', String(skip + top));
  const query = [...url.searchParams].map(([name, text]) => `${encodeURIComponent(name)}=${encodeURIComponent(text)}`);
  return { '@odata.nextLink': `${GRAPH}${url.pathname.slice('/v1.0'.length)}?${query.join('&')}`, value };
}

function wholeNumber(url: URL, name: string, otherwise: number): number {
  const text = url.searchParams.get(name);
  if (text === null) return otherwise;
  if (!/^\d+$/.test(text)) throw invalid(`${name} must be a whole number.`, 'ErrorInvalidUrlQuery');
  return Number(text);
}
