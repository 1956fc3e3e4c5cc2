import type { SandboxClient } from '../sandbox-client.ts';
import type { EventJson } from './calendar.ts';
import type { TrueChannel } from './channels.ts';
import type { EventTime } from './event-input.ts';
import type { GoogleCalendarPatch } from './settings.ts';

const TYPE = 'google_calendar';

/** An event or an occurrence as the calendar itself knows it. */
export interface TrueEvent {
  readonly calendarId: string;
  /** The calendar's own. */
  readonly timeZone: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly event: EventJson;
}

export interface TrueCalendar {
  readonly id: string;
  readonly summary: string;
  readonly summaryOverride?: string;
  readonly timeZone: string;
  readonly accessRole: string;
}

export interface WrittenEvent {
  readonly summary?: string;
  readonly description?: string | null;
  readonly status?: 'confirmed' | 'tentative';
  readonly transparency?: 'opaque' | 'transparent' | null;
  readonly start?: EventTime;
  readonly end?: EventTime;
  readonly recurrence?: readonly string[];
}

/** What people do in a Google account's calendars, and the sandbox's switches. Calendars by id, or `primary`. */
export class GoogleCalendarControl {
  readonly #client: SandboxClient;

  constructor(client: SandboxClient) {
    this.#client = client;
  }

  change(patch: GoogleCalendarPatch): Promise<unknown> {
    return this.#client.changeSettings(TYPE, patch);
  }

  insert(calendar: string, event: WrittenEvent): Promise<EventJson> {
    return this.#edit('insert', { calendar, event });
  }

  /** An event, a series or one occurrence, by its id. */
  patch(calendar: string, id: string, changes: WrittenEvent): Promise<EventJson> {
    return this.#edit('patch', { calendar, id, changes });
  }

  cancel(calendar: string, id: string): Promise<unknown> {
    return this.#edit('cancel', { calendar, id });
  }

  /** "This and following": ends the series before an instant and begins another one then. */
  split(calendar: string, id: string, from: string, changes: WrittenEvent = {}): Promise<EventJson> {
    return this.#edit('split', { calendar, id, from, changes });
  }

  move(calendar: string, id: string, destination: string): Promise<EventJson> {
    return this.#edit('move', { calendar, id, destination });
  }

  /** How a calendar stands in the account's list. */
  entry(
    calendar: string,
    change: { summaryOverride?: string; accessRole?: string; hidden?: boolean; deleted?: boolean },
  ): Promise<unknown> {
    return this.#edit('entry', { calendar, ...change });
  }

  addCalendar(id: string, summary: string, timeZone: string): Promise<unknown> {
    return this.#edit('addCalendar', { id, summary, timeZone });
  }

  setWorkingHours(calendar: string, workingHours: unknown): Promise<unknown> {
    return this.#edit('workingHours', { calendar, workingHours });
  }

  /** Every sync token of this calendar is answered with 410 from now on. */
  expireSyncTokens(calendar: string): Promise<unknown> {
    return this.#edit('expireSyncTokens', { calendar });
  }

  /** Every push channel of this calendar ends now, before its time; nobody is told. */
  endChannels(calendar: string): Promise<unknown> {
    return this.#edit('endChannels', { calendar });
  }

  /** Push channels that are open. Google's API has no such list. */
  channels(account?: string): AsyncGenerator<TrueChannel> {
    return this.#client.truth<TrueChannel>(TYPE, 'channels', account);
  }

  events(account?: string): AsyncGenerator<TrueEvent> {
    return this.#client.truth<TrueEvent>(TYPE, 'appointments', account);
  }

  calendars(account?: string): AsyncGenerator<TrueCalendar> {
    return this.#client.truth<TrueCalendar>(TYPE, 'staff', account);
  }

  #edit<T>(name: string, input: unknown): Promise<T> {
    return this.#client.edit<T>(TYPE, name, input);
  }
}
