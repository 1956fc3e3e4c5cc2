import { randomBytes } from 'node:crypto';
import type { SandboxClock } from '../mechanics/clock.ts';
import type { ListEntry } from './account.ts';
import type { Calendar, EventJson } from './calendar.ts';
import { fullSyncRequired, invalid } from './errors.ts';
import type { GoogleCalendarSettings } from './settings.ts';

const KNOWN = new Set(
  (
    'alwaysIncludeEmail eventTypes iCalUID maxAttendees maxResults orderBy pageToken privateExtendedProperty q ' +
    'sharedExtendedProperty showDeleted showHiddenInvitations singleEvents syncToken timeMax timeMin timeZone updatedMin'
  ).split(' '),
);
/** "Events: list": what a sync token can't go with. */
const NOT_WITH_TOKEN =
  'iCalUID orderBy privateExtendedProperty q sharedExtendedProperty timeMin timeMax updatedMin'.split(' ');
const DEFAULT_PAGE = 250;
const LONGEST_PAGE = 2_500;

interface Snapshot {
  readonly calendar: Calendar;
  readonly parameters: string;
  readonly rows: readonly EventJson[];
  readonly syncToken: string | null;
  readonly expiresAt: number;
}

/** "Events: list": a snapshot is made with the first page, the other pages are cut from it. */
export class EventLists {
  readonly #clock: SandboxClock;
  readonly #settings: GoogleCalendarSettings;
  readonly #pages = new Map<string, { snapshot: Snapshot; from: number }>();

  constructor(clock: SandboxClock, settings: GoogleCalendarSettings) {
    this.#clock = clock;
    this.#settings = settings;
  }

  page({ calendar, accessRole }: ListEntry, query: URLSearchParams): object {
    for (const name of query.keys()) if (!KNOWN.has(name)) throw invalid(`Unknown parameter: ${name}`);
    const pageToken = query.get('pageToken');
    const { snapshot, from } =
      pageToken === null
        ? { snapshot: this.#snapshot(calendar, query), from: 0 }
        : this.#known(calendar, query, pageToken);
    const asked = Math.min(Number(query.get('maxResults') ?? DEFAULT_PAGE), LONGEST_PAGE);
    if (!Number.isInteger(asked) || asked < 1) throw invalid('Invalid value for maxResults.');
    // A page may be empty without being the last one: an odd position stands for the one before it, once more.
    const isEmpty = from % 1 !== 0;
    const at = Math.floor(from);
    const items = isEmpty ? [] : snapshot.rows.slice(at, at + Math.min(asked, this.#settings.longestPage));
    const end = at + items.length;
    const isLast = end >= snapshot.rows.length;
    const next = this.#settings.emptyPages && !isEmpty ? end + 0.5 : end;
    return {
      kind: 'calendar#events',
      etag: `"p${calendar.seq}"`,
      summary: calendar.summary,
      updated: new Date(this.#clock.now()).toISOString(),
      timeZone: calendar.timeZone,
      accessRole,
      defaultReminders: [],
      items,
      ...(isLast ? {} : { nextPageToken: this.#remember(snapshot, next) }),
      ...(isLast && snapshot.syncToken !== null ? { nextSyncToken: snapshot.syncToken } : {}),
    };
  }

  #snapshot(calendar: Calendar, query: URLSearchParams): Snapshot {
    const parameters = parametersOf(query);
    const syncToken = query.get('syncToken');
    if (query.get('singleEvents') !== 'true') throw invalid('This sandbox lists single events only.');
    const rows = syncToken === null ? windowOf(calendar, query) : this.#changes(calendar, query, syncToken);
    const silent = this.#settings.leaveOutSyncToken || query.has('orderBy');
    const state = { calendar: calendar.id, seq: calendar.seq, epoch: calendar.epoch, parameters };
    return {
      calendar,
      rows,
      parameters,
      syncToken: silent ? null : Buffer.from(JSON.stringify(state)).toString('base64url'),
      expiresAt: this.#clock.now() + this.#settings.pageTokenMs,
    };
  }

  #changes(calendar: Calendar, query: URLSearchParams, syncToken: string): EventJson[] {
    const forbidden = NOT_WITH_TOKEN.filter((name) => query.has(name));
    if (forbidden.length > 0) throw invalid(`A sync token can't be used with ${forbidden.join(', ')}.`);
    if (query.get('showDeleted') === 'false') throw invalid('showDeleted must not be false with a sync token.');
    const state = readToken(syncToken);
    if (state?.calendar !== calendar.id || state.epoch !== calendar.epoch) throw fullSyncRequired();
    if (state.parameters !== parametersOf(query)) throw invalid('Sync token was made with other parameters.');
    return calendar.changesSince(state.seq);
  }

  #remember(snapshot: Snapshot, from: number): string {
    const token = randomBytes(12).toString('base64url');
    this.#pages.set(token, { snapshot, from });
    return token;
  }

  #known(calendar: Calendar, query: URLSearchParams, token: string): { snapshot: Snapshot; from: number } {
    const page = this.#pages.get(token);
    const fits = page?.snapshot.calendar === calendar && page.snapshot.parameters === parametersOf(query);
    if (!page || !fits || page.snapshot.expiresAt <= this.#clock.now()) throw invalid('Invalid page token value.');
    return page;
  }
}

function windowOf(calendar: Calendar, query: URLSearchParams): EventJson[] {
  const bound = (name: string, otherwise: number): number => {
    const value = query.get(name);
    if (value === null) return otherwise;
    if (!/(Z|[+-]\d\d:\d\d)$/.test(value) || Number.isNaN(Date.parse(value)))
      throw invalid(`Invalid value for ${name}.`);
    return Date.parse(value);
  };
  // An endless series would list for ever.
  const to = bound('timeMax', Number.NaN);
  if (Number.isNaN(to)) return [];
  return calendar.live(bound('timeMin', Number.NEGATIVE_INFINITY), to).map(({ json }) => json);
}

/** What must stay the same from one request to the next. */
function parametersOf(query: URLSearchParams): string {
  const varying = new Set(['pageToken', 'syncToken', 'timeMin', 'timeMax', 'orderBy']);
  const kept = [...query].filter(([name]) => !varying.has(name)).sort(([a], [b]) => a.localeCompare(b));
  return new URLSearchParams(kept).toString();
}

function readToken(token: string): { calendar: string; seq: number; epoch: number; parameters: string } | null {
  try {
    return JSON.parse(Buffer.from(token, 'base64url').toString('utf8'));
  } catch {
    // Not one of ours.
    return null;
  }
}
