/** "event: delta" on the calendar view of one calendar. */
import { randomBytes } from 'node:crypto';
import { GraphFailure, invalid } from './errors.ts';
import { type Item, type Mailbox, touches } from './mailbox.ts';
import { eventRow, GRAPH, type Preferences, shownId, stubRow } from './render.ts';
import type { OutlookSettings } from './settings.ts';

interface Window {
  readonly calendarId: string;
  readonly from: number;
  readonly to: number;
}

/** A round under way: which items are still to be told, and what the mailbox had counted when it began. */
interface Round extends Window {
  readonly items: readonly Item[];
  readonly countedAtStart: number;
}

interface Watch extends Window {
  readonly counted: number;
  readonly issuedAt: number;
}

/** The server's memory of what it has told whom. Tokens are opaque, and lost when the cache is dropped. */
export class Deltas {
  readonly #rounds = new Map<string, Round>();
  readonly #watches = new Map<string, Watch>();

  drop(): void {
    this.#rounds.clear();
    this.#watches.clear();
  }

  answer(mailbox: Mailbox, calendarId: string, query: URLSearchParams, prefer: Preferences, settings: OutlookSettings) {
    refuseOptions(query);
    const round = this.#roundOf(mailbox, calendarId, query, settings);
    const size = Math.min(prefer.maxPageSize ?? 10, settings.deltaPageSize);
    const rows = round.items.slice(0, size).map((item) => rowOf(mailbox, item, round, prefer, settings));
    const base = `${GRAPH}/me/calendars/${encodeURIComponent(calendarId)}/calendarView/delta`;
    const token = randomBytes(24).toString('base64url');
    if (round.items.length > 0) {
      // The last page is an empty one.
      this.#rounds.set(token, { ...round, items: round.items.slice(size) });
      return { value: rows, '@odata.nextLink': `${base}?$skiptoken=${token}` };
    }
    const { from, to, countedAtStart } = round;
    this.#watches.set(token, { calendarId, from, to, counted: countedAtStart, issuedAt: mailbox.now() });
    return { value: rows, '@odata.deltaLink': `${base}?$deltatoken=${token}` };
  }

  #roundOf(mailbox: Mailbox, calendarId: string, query: URLSearchParams, settings: OutlookSettings): Round {
    const skip = query.get('$skiptoken');
    const watched = query.get('$deltatoken');
    if (skip !== null) {
      const round = this.#rounds.get(skip);
      if (round?.calendarId !== calendarId) throw resync(settings);
      return round;
    }
    if (watched !== null) {
      const watch = this.#watches.get(watched);
      if (watch?.calendarId !== calendarId || watch.issuedAt + settings.deltaLifeMs <= mailbox.now()) {
        throw resync(settings);
      }
      return { ...watch, items: changedSince(mailbox, watch, settings), countedAtStart: mailbox.changes };
    }
    const window = { calendarId, from: instantIn(query, 'startDateTime'), to: instantIn(query, 'endDateTime') };
    if (window.to <= window.from) throw invalid('endDateTime must be after startDateTime');
    return { ...window, items: everythingIn(mailbox, window), countedAtStart: mailbox.changes };
  }
}

/** The masters come last: often on another page than their occurrences. */
function everythingIn(mailbox: Mailbox, { calendarId, from, to }: Window): Item[] {
  const events = mailbox.view(calendarId, from, to);
  const series = new Set(events.flatMap(({ seriesId }) => seriesId ?? []));
  return [...events, ...[...series].flatMap((id) => mailbox.find(id) ?? [])];
}

function changedSince(mailbox: Mailbox, { calendarId, counted }: Watch, { replayed }: OutlookSettings): Item[] {
  return [...mailbox.items.values()]
    .filter(({ changed }) => changed > counted - replayed)
    .filter((item) => item.calendarId === calendarId || item.left.has(calendarId))
    .sort((a, b) => a.changed - b.changed);
}

/** `@removed` also stands for events outside of the window that were added or changed. */
function rowOf(mailbox: Mailbox, item: Item, window: Window, prefer: Preferences, settings: OutlookSettings) {
  const { calendarId, from, to } = window;
  const shown =
    item.type === 'seriesMaster'
      ? !item.gone && mailbox.occurrencesOf(item.id).some((occurrence) => touches(occurrence, from, to))
      : touches(item, from, to);
  if (!shown || item.calendarId !== calendarId) {
    return { '@odata.type': '#microsoft.graph.event', id: shownId(item, prefer), '@removed': { reason: 'deleted' } };
  }
  return item.type === 'occurrence'
    ? stubRow(mailbox, item, prefer, settings)
    : eventRow(mailbox, item, prefer, settings);
}

function refuseOptions(query: URLSearchParams): void {
  const refused = [...query.keys()].find((name) => /^\$(select|expand|filter|orderby|search|top)$/i.test(name));
  if (refused !== undefined) throw invalid(`${refused} is not supported with change tracking over a calendarView`);
}

function resync({ resetStatus }: OutlookSettings): GraphFailure {
  // Its case varies.
  const code = resetStatus === 410 ? 'SyncStateNotFound' : 'syncStateNotFound';
  return new GraphFailure(resetStatus, code, 'The sync state generation is not found.');
}

/** Without an offset: UTC. */
export function instantIn(query: URLSearchParams, name: string): number {
  const text = query.get(name) ?? '';
  const instant = Date.parse(/Z$|[+-]\d\d:\d\d$/.test(text) ? text : `${text}Z`);
  if (Number.isNaN(instant)) throw invalid(`${name} is missing or is no date and time`, 'ErrorInvalidParameter');
  return instant;
}
