import * as z from 'zod';
import { addDays } from '../../core/time/zoned-time.ts';
import type { ConnectorSession, PullPage, PullRequest } from '../connector.ts';
import { noSuchResource, readPosition } from '../kit/positions.ts';
import { idOf, readEach } from '../kit/read-each.ts';
import { windowAround } from '../kit/windows.ts';
import { type AppointmentsQuery, listAppointments, listAppointmentTypes, listCalendars, unreadable } from './client.ts';
import { listPart } from './lists.ts';
import { manifest } from './manifest.ts';
import { readingOf, toAppointmentRecord } from './map.ts';
import { appointmentSchema } from './schemas.ts';
import { daysTo, FIRST_DAYS, halved, lastDay, MAX_ROWS, mayBeCutOff, nextDays } from './windows.ts';

/**
 * Days around the run's start. Appointments have no feed of changes and no time of change, so an incremental pull lists
 * them again: a little of the past (what changes there is found by the next full pull), and all of the future, so that
 * an appointment is still seen when it moves.
 */
const PAST_DAYS = { full: 400, incremental: 2 } as const;
const FUTURE_DAYS = 400;

const day = z.iso.date();
/** `day`: where to go on. `days`: how many to ask for. `first` and `last` stay as they were when the pull began. */
const positionSchema = z.strictObject({ day, days: z.int().min(1).max(366), first: day, last: day });
type Position = z.infer<typeof positionSchema>;

export async function syncData(session: ConnectorSession, request: PullRequest): Promise<PullPage> {
  switch (request.resource) {
    case 'clients':
    case 'services':
    case 'staff':
      return listPart(session, request.resource, request);
    case 'appointments':
      return appointmentsPage(session, request);
    default:
      throw noSuchResource(manifest.name, request.resource);
  }
}

/** The appointments of one window, cancelled ones too. There is no cursor: the next window is where to go on. */
async function appointmentsPage(session: ConnectorSession, request: PullRequest): Promise<PullPage> {
  const position =
    request.cursor === null ? start(request) : readPosition(positionSchema, request.cursor, manifest.name);
  const { rows, days } = await readWindow(session, position);
  const end = lastDay(position.day, days, position.last);
  const next = end < position.last ? { ...position, day: addDays(end, 1), days: nextDays(days, rows.length) } : null;
  if (next) await request.announceNext?.(next);
  const reading = readingOf(session);
  const { read, rejected } = readEach(rows, (row) => toAppointmentRecord(appointmentSchema.parse(row), reading));
  return { records: read, deletedIds: [], rejected, next, ...(next === null ? { covers: coverOf(position) } : {}) };
}

function start({ mode, until }: PullRequest): Position {
  const { from, to } = windowAround(Date.parse(until), PAST_DAYS[mode], FUTURE_DAYS);
  const first = from.slice(0, 'YYYY-MM-DD'.length);
  return { day: first, days: FIRST_DAYS, first, last: to.slice(0, 'YYYY-MM-DD'.length) };
}

/** In whose zone Acuity reads dates is in none of its pages: a day at either end may have been listed in part only. */
function coverOf({ first, last }: Position): { from: string; to: string } {
  return { from: `${addDays(first, 1)}T00:00:00.000Z`, to: `${last}T00:00:00.000Z` };
}

/** The rows of as many days as one answer holds. */
async function readWindow(session: ConnectorSession, { day, days: wanted, last }: Position) {
  // Never beyond the end: half of a window that is cut short by it must be a smaller window.
  let days = Math.min(wanted, daysTo(day, last));
  for (;;) {
    const window = { minDate: day, maxDate: lastDay(day, days, last) };
    const rows = await listWindow(session, window);
    if (!mayBeCutOff(rows.length)) return { rows, days };
    if (days === 1) return { rows: await readDay(session, window, rows), days };
    days = halved(days);
  }
}

/**
 * All rows of a day of which one answer can't be trusted to hold all: calendar by calendar, and where one calendar has
 * too many (a class with many places), type by type.
 *
 * @param seen what the answer did hold; it may name calendars and types that are in no list any more.
 */
async function readDay(session: ConnectorSession, window: Window, seen: readonly unknown[]): Promise<unknown[]> {
  const calendars = idsOf([...(await listCalendars(session.http))], 'id');
  const rows: unknown[] = [...seen];
  for (const calendarID of union(calendars, idsOf(seen, 'calendarID'))) {
    const ofCalendar = await listWindow(session, { ...window, calendarID });
    rows.push(...ofCalendar);
    if (!mayBeCutOff(ofCalendar.length)) continue;
    const types = idsOf(await listAppointmentTypes(session.http), 'id');
    for (const appointmentTypeID of union(types, idsOf(ofCalendar, 'appointmentTypeID'))) {
      rows.push(...(await readWhole(session, { ...window, calendarID, appointmentTypeID })));
    }
  }
  return eachOnce(rows);
}

/** There is nothing smaller to ask for: an answer that may be cut off must be the same when read from its end. */
async function readWhole(session: ConnectorSession, window: Window): Promise<unknown[]> {
  const rows = await listWindow(session, window);
  if (!mayBeCutOff(rows.length)) return rows;
  const backwards = await listWindow(session, { ...window, direction: 'DESC' });
  const [there, back] = [new Set(idsOf(rows, 'id')), new Set(idsOf(backwards, 'id'))];
  if (there.size !== back.size || [...there].some((id) => !back.has(id))) {
    throw unreadable('appointments.list, which shows only a part of one day');
  }
  return rows;
}

type Window = Omit<AppointmentsQuery, 'max' | 'showall'>;

function listWindow({ http }: ConnectorSession, window: Window): Promise<unknown[]> {
  return listAppointments(http, { direction: 'ASC', ...window, showall: true, max: MAX_ROWS });
}

function idsOf(rows: readonly unknown[], member: string): string[] {
  return rows.flatMap((row) => idOf(row, member) ?? []);
}

function union(a: readonly string[], b: readonly string[]): string[] {
  return [...new Set([...a, ...b])];
}

/** Rows without an id can't be told apart; each is kept, to be rejected by name. */
function eachOnce(rows: readonly unknown[]): unknown[] {
  const known = new Set<string>();
  return rows.filter((row) => {
    const id = idOf(row);
    if (id === null) return true;
    if (known.has(id)) return false;
    known.add(id);
    return true;
  });
}
