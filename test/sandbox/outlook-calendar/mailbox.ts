import { addDays, dateIn, startOfDay } from '../../../lambdas/core/time/zoned-time.ts';
import type { SandboxClock } from '../mechanics/clock.ts';
import { zoneNamed } from './zones.ts';

const HALF_A_DAY_MS = 12 * 60 * 60_000;

export interface Calendar {
  readonly id: string;
  name: string;
  readonly canEdit: boolean;
  readonly isDefault: boolean;
}

export interface Invited {
  readonly name: string;
  readonly address: string;
  readonly type: 'required' | 'optional' | 'resource';
}

/** What an event is about; all occurrences of a series share their master's. */
export interface EventFields {
  subject: string;
  body: string;
  location: string;
  showAs: 'free' | 'tentative' | 'busy' | 'oof' | 'workingElsewhere' | 'unknown';
  sensitivity: 'normal' | 'personal' | 'private' | 'confidential';
  response: 'none' | 'organizer' | 'accepted' | 'tentativelyAccepted' | 'notResponded' | 'declined';
  isCancelled: boolean;
  isAllDay: boolean;
  /** As Outlook names it. */
  zone: string;
  organizer: { readonly name: string; readonly address: string };
  attendees: readonly Invited[];
  transactionId: string | null;
  /** Extended properties, by their ids. */
  tags: Readonly<Record<string, string>>;
}

export const CHANGE_TYPES = ['created', 'updated', 'deleted'] as const;
export type ChangeType = (typeof CHANGE_TYPES)[number];

export type EventType = 'singleInstance' | 'occurrence' | 'exception' | 'seriesMaster';

/** Anything that has a row: an event, a series' master, one of its occurrences. */
export interface Item {
  readonly id: string;
  readonly seriesId: string | null;
  type: EventType;
  calendarId: string;
  /** Epoch ms; all-day events begin and end where a day does in their zone. */
  start: number;
  end: number;
  /** Null in occurrences that are like their series. */
  fields: EventFields | null;
  createdAt: number;
  modifiedAt: number;
  version: number;
  /** Number of its last change in the mailbox. */
  changed: number;
  gone: boolean;
  /** Calendars that it has been in before. */
  readonly left: Set<string>;
}

export interface Account {
  /** Tenant id. */
  readonly tid: string;
  readonly oid: string;
  readonly name: string;
  readonly address: string;
  /** Guests and unlicensed people have none. */
  readonly mailbox: Mailbox | null;
}

/** One mailbox with its calendars, and the count of its changes that deltas are told by. */
export class Mailbox {
  readonly calendars = new Map<string, Calendar>();
  readonly items = new Map<string, Item>();
  /** Mails that Exchange has sent because of attendees. */
  invitationsSent = 0;
  changes = 0;
  /** Is told of every change that notifications are sent of. */
  onChange: (item: Item, change: ChangeType) => void = () => undefined;
  readonly owner: { readonly name: string; readonly address: string };
  readonly #clock: SandboxClock;
  readonly #transactions = new Map<string, { item: Item; at: number }>();
  #nextId = 1;

  constructor(owner: { readonly name: string; readonly address: string }, clock: SandboxClock) {
    this.owner = owner;
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.now();
  }

  /** Adds something as if it had always been there; `at` is when it was made. */
  add(item: Pick<Item, 'type' | 'calendarId' | 'start' | 'end' | 'fields'> & { seriesId?: string; at?: number }): Item {
    const { seriesId = null, at = this.now(), ...rest } = item;
    // Upper and lower case both count in ids, and so do characters that must be encoded in addresses.
    const id = `AAkALg${(this.#nextId++).toString(36).padStart(4, '0')}${rest.type.charAt(0).toUpperCase()}aA+/=`;
    this.changes += 1;
    const added: Item = {
      ...rest,
      id,
      seriesId,
      createdAt: at,
      modifiedAt: at,
      version: 1,
      changed: this.changes,
      gone: false,
      left: new Set(),
    };
    this.items.set(id, added);
    this.onChange(added, 'created');
    return added;
  }

  find(id: string): Item | null {
    const item = this.items.get(id);
    return item && !item.gone ? item : null;
  }

  /** The fields of an item: its own, or those of its series. */
  fieldsOf(item: Item): EventFields {
    const fields = item.fields ?? this.items.get(item.seriesId ?? '')?.fields;
    if (!fields) throw new Error(`no fields: ${item.id}`);
    return fields;
  }

  /** Live occurrences of a series, in order. */
  occurrencesOf(seriesId: string): Item[] {
    return [...this.items.values()]
      .filter((item) => item.seriesId === seriesId && !item.gone)
      .sort((a, b) => a.start - b.start);
  }

  /** Live events of a calendar that touch a window, series expanded. */
  view(calendarId: string, from: number, to: number): Item[] {
    return [...this.items.values()]
      .filter((item) => item.calendarId === calendarId && item.type !== 'seriesMaster' && touches(item, from, to))
      .sort((a, b) => a.start - b.start || (a.id < b.id ? -1 : 1));
  }

  /** Changes an item. One occurrence becomes an exception when it gets fields or a time of its own. */
  change(
    item: Item,
    change: Partial<Pick<Item, 'start' | 'end' | 'calendarId'>>,
    fields: Partial<EventFields> = {},
  ): void {
    if (item.type === 'occurrence') {
      item.type = 'exception';
      item.fields = { ...this.fieldsOf(item) };
    }
    if (item.fields) item.fields = { ...item.fields, ...fields };
    if (change.calendarId !== undefined && change.calendarId !== item.calendarId) item.left.add(item.calendarId);
    Object.assign(item, change);
    if (this.fieldsOf(item).isAllDay) Object.assign(item, wholeDays(item, this.fieldsOf(item).zone));
    this.touch(item);
  }

  /** A new version, without anything that a person would see. */
  touch(item: Item): void {
    item.version += 1;
    this.note(item);
    item.modifiedAt = this.now();
    this.onChange(item, 'updated');
  }

  /** Notes that deltas must tell of an item. */
  note(item: Item): void {
    this.changes += 1;
    item.changed = this.changes;
  }

  /** `silently`: deleted occurrences go unreported at times. */
  remove(item: Item, silently = false): void {
    // With a series all its occurrences go; notifications are of the series alone.
    for (const gone of item.type === 'seriesMaster' ? [item, ...this.occurrencesOf(item.id)] : [item]) {
      gone.gone = true;
      if (!silently) this.note(gone);
    }
    if (!silently) this.onChange(item, 'deleted');
  }

  /** What a transaction has made before, while it is remembered. */
  madeBy(transactionId: string, memoryMs: number): Item | null {
    const made = this.#transactions.get(transactionId);
    return made && made.at + memoryMs > this.now() ? made.item : null;
  }

  remember(transactionId: string, item: Item): void {
    this.#transactions.set(transactionId, { item, at: this.now() });
  }
}

/** All-day events begin and end where days do. */
function wholeDays({ start, end }: Pick<Item, 'start' | 'end'>, zone: string): Pick<Item, 'start' | 'end'> {
  const iana = zoneNamed(zone) ?? 'UTC';
  const [first, last] = [dateIn(start + HALF_A_DAY_MS, iana), dateIn(end + HALF_A_DAY_MS, iana)];
  return { start: startOfDay(first, iana), end: startOfDay(last > first ? last : addDays(first, 1), iana) };
}

export function touches({ start, end, gone }: Item, from: number, to: number): boolean {
  return !gone && start < to && (end > from || (start === end && start >= from));
}

export function newFields(mailbox: Mailbox, fields: Partial<EventFields>): EventFields {
  return {
    subject: '',
    body: '',
    location: '',
    showAs: 'busy',
    sensitivity: 'normal',
    response: 'organizer',
    isCancelled: false,
    isAllDay: false,
    zone: 'GMT Standard Time',
    organizer: mailbox.owner,
    attendees: [],
    transactionId: null,
    tags: {},
    ...fields,
  };
}
