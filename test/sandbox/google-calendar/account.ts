import type { Calendar } from './calendar.ts';
import { forbidden, notFound } from './errors.ts';

export type AccessRole = 'owner' | 'writer' | 'reader' | 'freeBusyReader';

/** A calendar in an account's list. */
export interface ListEntry {
  readonly calendar: Calendar;
  accessRole: AccessRole;
  readonly primary: boolean;
  hidden: boolean;
  /** Taken off the list. */
  deleted: boolean;
  summaryOverride: string | null;
}

/** A Google account, known by `sub`. */
export interface Account {
  readonly sub: string;
  readonly email: string;
  readonly name: string;
  readonly userId: number;
  readonly entries: ListEntry[];
}

/** The entry behind an id or the alias `primary`; a calendar that is off the list is lost with it. */
export function entryOf(account: Account, calendarId: string): ListEntry {
  const entry = account.entries.find(
    ({ calendar, primary }) => calendar.id === calendarId || (primary && calendarId === 'primary'),
  );
  if (!entry || entry.deleted) throw notFound();
  return entry;
}

export function writableCalendar(account: Account, calendarId: string): Calendar {
  const { calendar, accessRole } = entryOf(account, calendarId);
  if (accessRole !== 'owner' && accessRole !== 'writer') throw forbidden('requiredAccessLevel');
  return calendar;
}
