import { createHash } from 'node:crypto';
import { Temporal } from 'temporal-polyfill';
import type { SandboxClock } from '../mechanics/clock.ts';
import { conditionNotMet, deleted, duplicate, forbidden, invalid, notFound } from './errors.ts';
import { type EventChange, type EventFields, type EventTime, readEventInput, requireOrder } from './event-input.ts';
import { beginnings, parseRule, written } from './recurrence.ts';
import type { GoogleCalendarSettings } from './settings.ts';

const DAY_MS = 24 * 60 * 60_000;
/** How far back a changed series shows its occurrences. */
const REACH_BACK_MS = 400 * DAY_MS;

interface Version {
  /** Number of the calendar's change that made it. */
  seq: number;
  updated: number;
}

/** One occurrence that differs from its series. */
interface Exception extends Version {
  fields: EventFields;
  start: EventTime | null;
  end: EventTime | null;
  cancelled: boolean;
}

/** An event or, with a recurrence, a series. */
export interface StoredEvent extends Version {
  readonly id: string;
  readonly created: number;
  sequence: number;
  cancelled: boolean;
  fields: EventFields;
  start: EventTime;
  end: EventTime;
  recurrence: readonly string[] | null;
  /** By the epoch ms at which the occurrence was to begin. */
  readonly exceptions: Map<number, Exception>;
  /** Occurrences that are gone since the series was changed, by id. */
  readonly vanished: Map<string, { seq: number; original: EventTime }>;
}

/** An event as a list with `singleEvents` shows it. */
export interface Row {
  readonly id: string;
  readonly live: boolean;
  readonly start: number;
  readonly end: number;
  readonly json: EventJson;
}

export interface EventJson extends Omit<EventFields, 'status'> {
  readonly id: string;
  readonly status?: 'confirmed' | 'tentative' | 'cancelled' | undefined;
  readonly etag?: string;
  readonly updated?: string;
  readonly start?: EventTime;
  readonly end?: EventTime;
  readonly recurringEventId?: string;
  readonly originalStartTime?: EventTime;
}

interface Occurrence {
  readonly original: EventTime;
  readonly originalMs: number;
  readonly exception: Exception | undefined;
  readonly start: EventTime;
  readonly end: EventTime;
}

type Planned = Pick<Occurrence, 'original' | 'originalMs' | 'end'>;

interface Plan extends Pick<StoredEvent, 'start' | 'end' | 'recurrence'> {
  /** Epoch ms up to which it goes. */
  readonly reach: number;
  readonly planned: readonly Planned[];
}

/** One calendar with its events, and what has happened to them. */
export class Calendar {
  readonly id: string;
  summary: string;
  timeZone: string;
  /** Minutes; null for calendars that have none. */
  workingHours: unknown = null;
  /** Sync tokens from before are dead when it moves. */
  epoch = 0;
  seq = 0;
  readonly events = new Map<string, StoredEvent>();
  /** Called with every change of an event. */
  readonly watchers = new Set<() => void>();
  readonly #plans = new WeakMap<StoredEvent, Plan>();
  readonly #clock: SandboxClock;
  readonly #settings: GoogleCalendarSettings;

  constructor(
    about: { id: string; summary: string; timeZone: string },
    clock: SandboxClock,
    settings: GoogleCalendarSettings,
  ) {
    this.id = about.id;
    this.summary = about.summary;
    this.timeZone = about.timeZone;
    this.#clock = clock;
    this.#settings = settings;
  }

  /** @param at when it was written, for seeds. */
  insert(body: unknown, at = this.#clock.now()): EventJson {
    const { id: wanted, fields, start, end, recurrence } = readEventInput(body);
    if (!start || !end) throw invalid('Missing end time.');
    requireOrder(start, end, (time) => this.ms(time));
    const id = wanted ?? createHash('sha256').update(`${this.id}/${this.events.size}`).digest('hex').slice(0, 26);
    // Ids of deleted events are never free again.
    if (this.events.has(id)) throw duplicate();
    const event: StoredEvent = {
      id,
      fields,
      start,
      end,
      created: at,
      updated: at,
      sequence: 0,
      cancelled: false,
      recurrence: recurrence ?? null,
      seq: this.#nextSeq(),
      exceptions: new Map(),
      vanished: new Map(),
    };
    this.events.set(id, event);
    return this.#eventJson(event);
  }

  /** An event, a series or an occurrence; cancelled ones too. */
  get(id: string): EventJson {
    const { event, occurrence } = this.#find(id);
    return occurrence ? this.#occurrenceJson(event, occurrence) : this.#eventJson(event);
  }

  patch(id: string, body: unknown, ifMatch?: string): EventJson {
    const { event, occurrence } = this.#find(id);
    const current = this.get(id);
    if (ifMatch !== undefined && ifMatch !== '*' && ifMatch !== current.etag) throw conditionNotMet();
    if (current.status === 'cancelled') throw forbidden();
    const change = readEventInput(body, {
      ...(current.start && { start: current.start }),
      ...(current.end && { end: current.end }),
    });
    const { start = current.start, end = current.end } = change;
    if (start && end) requireOrder(start, end, (time) => this.ms(time));
    if (occurrence) this.#except(event, occurrence, change, false);
    else this.#changeEvent(event, change);
    return this.get(id);
  }

  cancel(id: string): void {
    const { event, occurrence } = this.#find(id);
    if (this.get(id).status === 'cancelled') throw deleted();
    if (occurrence) {
      this.#except(
        event,
        occurrence,
        { id: undefined, fields: {}, start: undefined, end: undefined, recurrence: undefined },
        true,
      );
      return;
    }
    const before = this.#reach(event);
    this.#touch(event);
    event.cancelled = true;
    this.#noteVanished(event, before);
  }

  /** Takes an event over from another calendar, under its id. */
  adopt(event: StoredEvent): EventJson {
    const moved: StoredEvent = { ...event, exceptions: new Map(), vanished: new Map(), cancelled: false };
    this.#touch(moved);
    this.events.set(event.id, moved);
    return this.#eventJson(moved);
  }

  /** The event or series behind an id, not an occurrence. */
  stored(id: string): StoredEvent {
    const event = this.events.get(id);
    if (!event) throw notFound();
    return event;
  }

  /** Everything live that touches a stretch of time. */
  live(from: number, to: number): Row[] {
    return [...this.events.values()].flatMap((event) => {
      if (event.cancelled) return [];
      const rows = event.recurrence
        ? this.#occurrences(event, to).map((occurrence) => this.#occurrenceRow(event, occurrence))
        : [this.#eventRow(event)];
      return rows.filter((row) => row.live && row.end > from && row.start < to);
    });
  }

  /** What an incremental list shows of the changes after `seq`. */
  changesSince(seq: number): EventJson[] {
    return [...this.events.values()].flatMap((event): EventJson[] => {
      if (event.recurrence === null) {
        const own = event.seq > seq ? [event.cancelled ? tombstone(event) : this.#eventJson(event)] : [];
        return [...own, ...this.#vanishedRows(event, seq)];
      }
      if (event.cancelled) {
        if (event.seq <= seq) return [];
        const silent = this.#settings.vanishedOccurrences === 'silent';
        return silent ? [tombstone(event)] : this.#vanishedRows(event, seq);
      }
      const wholeSeries = event.seq > seq;
      const shown = this.#reach(event).filter(({ exception }) => wholeSeries || (exception?.seq ?? 0) > seq);
      return [...shown.map((occurrence) => this.#occurrenceJson(event, occurrence)), ...this.#vanishedRows(event, seq)];
    });
  }

  ms(time: EventTime): number {
    if (time.dateTime !== undefined) return Date.parse(time.dateTime);
    return Temporal.PlainDate.from(time.date ?? '')
      .toZonedDateTime(this.timeZone)
      .startOfDay().epochMilliseconds;
  }

  #find(id: string): { event: StoredEvent; occurrence: Occurrence | null } {
    const event = this.events.get(id);
    if (event) return { event, occurrence: null };
    const [, seriesId = '', at = ''] = /^(.+)_(\d{8}(?:T\d{6}Z)?)$/.exec(id) ?? [];
    const series = this.events.get(seriesId);
    const day = at.replace(/^(\d{4})(\d\d)(\d\d).*$/, '$1-$2-$3');
    const planned = series ? this.#occurrences(series, Date.parse(day) + 3 * DAY_MS) : [];
    const occurrence = planned.find(({ original }) => suffixOf(original) === at);
    if (!series || !occurrence) throw notFound();
    return { event: series, occurrence };
  }

  #nextSeq(): number {
    for (const tell of [...this.watchers]) tell();
    this.seq += 1;
    return this.seq;
  }

  #touch(event: StoredEvent): void {
    event.seq = this.#nextSeq();
    event.updated = this.#clock.now();
    event.sequence += 1;
  }

  #changeEvent(event: StoredEvent, { fields, start, end, recurrence }: EventChange): void {
    const before = this.#reach(event);
    this.#touch(event);
    event.fields = merged(event.fields, fields);
    event.start = start ?? event.start;
    event.end = end ?? event.end;
    if (recurrence !== undefined) event.recurrence = recurrence;
    const originals = new Set(this.#reach(event).map(({ originalMs }) => originalMs));
    for (const original of event.exceptions.keys()) if (!originals.has(original)) event.exceptions.delete(original);
    this.#noteVanished(event, before);
  }

  #noteVanished(event: StoredEvent, before: readonly Occurrence[]): void {
    const left = new Set(event.cancelled ? [] : this.#reach(event).map(({ originalMs }) => originalMs));
    for (const { original, originalMs } of before) {
      const id = `${event.id}_${suffixOf(original)}`;
      if (left.has(originalMs)) event.vanished.delete(id);
      else event.vanished.set(id, { seq: event.seq, original });
    }
  }

  #except(event: StoredEvent, { exception, originalMs }: Occurrence, change: EventChange, cancelled: boolean): void {
    event.exceptions.set(originalMs, {
      fields: merged(exception?.fields ?? {}, change.fields),
      start: change.start ?? exception?.start ?? null,
      end: change.end ?? exception?.end ?? null,
      cancelled,
      seq: this.#nextSeq(),
      updated: this.#clock.now(),
    });
  }

  #reach(event: StoredEvent): Occurrence[] {
    const now = this.#clock.now();
    const from = now - REACH_BACK_MS;
    return this.#occurrences(event, now + this.#settings.seriesReachDays * DAY_MS).filter(
      ({ originalMs }) => originalMs >= from,
    );
  }

  #occurrences(event: StoredEvent, to: number): Occurrence[] {
    return this.#planned(event, to).flatMap(({ original, originalMs, end }) => {
      const exception = event.exceptions.get(originalMs);
      const start = exception?.start ?? original;
      // One that begins later may have been moved to before.
      if (originalMs >= to && !exception?.start) return [];
      return [{ original, originalMs, exception, start, end: exception?.end ?? end }];
    });
  }

  /** The occurrences as the rule has them. Wall clocks are slow to ask, so they are worked out once. */
  #planned(event: StoredEvent, to: number): readonly Planned[] {
    const known = this.#plans.get(event);
    const reach = to + 60 * DAY_MS;
    const { start, end, recurrence } = event;
    const fits = known?.start === start && known.end === end && known.recurrence === recurrence;
    if (fits && known.reach >= reach) return known.planned;
    const rule = parseRule(recurrence?.[0] ?? '');
    const length = this.ms(end) - this.ms(start);
    const days = Math.round(length / DAY_MS);
    const endOf = (ms: number, { date, timeZone }: EventTime): EventTime => {
      if (date !== undefined) return { date: Temporal.PlainDate.from(date).add({ days }).toString() };
      return { dateTime: written(ms + length, timeZone ?? this.timeZone), ...(timeZone && { timeZone }) };
    };
    const planned = [...(rule ? beginnings(start, rule, reach, this.timeZone) : [])].map(({ time, ms }) => ({
      original: time,
      originalMs: ms,
      end: endOf(ms, time),
    }));
    this.#plans.set(event, { start, end, recurrence, reach, planned });
    return planned;
  }

  #vanishedRows(event: StoredEvent, seq: number): EventJson[] {
    if (this.#settings.vanishedOccurrences === 'silent') return [];
    return [...event.vanished].flatMap(([id, { seq: at, original }]) =>
      at > seq ? [{ id, status: 'cancelled' as const, recurringEventId: event.id, originalStartTime: original }] : [],
    );
  }

  #eventRow(event: StoredEvent): Row {
    const [start, end] = [this.ms(event.start), this.ms(event.end)];
    return { id: event.id, live: !event.cancelled, start, end, json: this.#eventJson(event) };
  }

  #occurrenceRow(event: StoredEvent, occurrence: Occurrence): Row {
    const json = this.#occurrenceJson(event, occurrence);
    const [start, end] = [this.ms(occurrence.start), this.ms(occurrence.end)];
    return { id: json.id, live: json.status !== 'cancelled', start, end, json };
  }

  #eventJson(event: StoredEvent): EventJson {
    const { start, end, recurrence, cancelled } = event;
    return {
      ...this.#common(event, event),
      ...event.fields,
      start,
      end,
      ...(recurrence && { recurrence: [...recurrence] }),
      status: cancelled ? 'cancelled' : (event.fields.status ?? 'confirmed'),
    };
  }

  #occurrenceJson(event: StoredEvent, { original, exception, start, end }: Occurrence): EventJson {
    const id = `${event.id}_${suffixOf(original)}`;
    if (exception?.cancelled)
      return { id, status: 'cancelled', recurringEventId: event.id, originalStartTime: original };
    const fields = { ...event.fields, ...exception?.fields };
    return {
      ...this.#common(event, exception ?? event),
      ...fields,
      id,
      start,
      end,
      recurringEventId: event.id,
      originalStartTime: original,
      status: fields.status ?? 'confirmed',
    };
  }

  #common(event: StoredEvent, { seq, updated }: Version) {
    const isPrimary = !this.id.endsWith('@group.calendar.google.com');
    const organizer = { email: this.id, ...(isPrimary ? {} : { displayName: this.summary }), self: true };
    return {
      kind: 'calendar#event',
      etag: `"${1_000_000 + seq}"`,
      id: event.id,
      htmlLink: `https://www.google.com/calendar/event?eid=${Buffer.from(event.id).toString('base64url')}`,
      created: new Date(event.created).toISOString(),
      updated: new Date(updated).toISOString(),
      creator: organizer,
      organizer,
      iCalUID: `${event.id}@google.com`,
      sequence: event.sequence,
      reminders: { useDefault: true },
      eventType: 'default' as const,
    };
  }
}

/** Of a cancelled event, only the id is certain. */
function tombstone({ id, seq }: StoredEvent): EventJson {
  return { id, etag: `"${1_000_000 + seq}"`, status: 'cancelled' };
}

function merged(fields: EventFields, change: EventFields): EventFields {
  const all = Object.entries({ ...fields, ...change }).filter(([, value]) => value !== null && value !== undefined);
  return Object.fromEntries(all);
}

function suffixOf({ date, dateTime }: EventTime): string {
  if (date !== undefined) return date.replaceAll('-', '');
  return new Date(dateTime ?? '').toISOString().replace(/[-:]|\.\d{3}/g, '');
}
