import * as z from 'zod';
import { addDays, daysBetween } from '../../core/time/zoned-time.ts';
import type { ConnectorSession, PullPage, PullRequest } from '../connector.ts';
import { unreadable } from '../kit/calls.ts';
import { noSuchResource, readPosition } from '../kit/positions.ts';
import { idOf, readEach } from '../kit/read-each.ts';
import { windowAround } from '../kit/windows.ts';
import { type AppointmentsQuery, listAppointments, listAppointmentTypes, listCalendars } from './client.ts';
import { listPart } from './lists.ts';
import { manifest } from './manifest.ts';
import { readingOf, toAppointmentRecord } from './map.ts';
import { appointmentSchema } from './schemas.ts';

/**
 * Days around the run's start. Appointments have no feed of changes and no time of change, so an incremental pull lists
 * them again: a little of the past (what changes there is found by the next full pull), and all of the future, so that
 * an appointment is still seen when it moves.
 */
const PAST_DAYS = { full: 400, incremental: 2 } as const;
const FUTURE_DAYS = 400;

/** How many days one call asks for. */
const FIRST_DAYS = 32;
const MOST_DAYS = 128;

/** What one call asks for at most; more is seen in code of others, the real ceiling in none of Acuity's pages. */
const MAX_ROWS = 1_000;
/** The default, which may hold whatever is asked for ("Get appointments"). */
const DEFAULT_ROWS = 100;
/** Ceilings are round numbers. */
const ROUND = 50;

const day = z.iso.date();
/** `day`: where to go on. `days`: how many to ask for. `first` and `last` stay as they were when the pull began. */
const positionSchema = z.strictObject({ day, days: z.int().min(1).max(366), first: day, last: day });
type Position = z.infer<typeof positionSchema>;
type Window = Omit<AppointmentsQuery, 'max' | 'showall'>;

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
  const { cursor } = request;
  const position = cursor === null ? start(request) : readPosition(positionSchema, cursor, manifest.name);
  const { rows, days } = await readWindow(session, position);
  const end = lastDay(position, days);
  // More days only where even the smallest ceiling would leave room for twice as many rows.
  const nextDays = rows.length * 2 < DEFAULT_ROWS ? Math.min(MOST_DAYS, days * 2) : days;
  const next = end < position.last ? { ...position, day: addDays(end, 1), days: nextDays } : null;
  if (next) await request.announceNext?.(next);
  const reading = readingOf(session);
  const { read, rejected } = readEach(rows, (row) => toAppointmentRecord(appointmentSchema.parse(row), reading));
  return { records: read, deletedIds: [], rejected, next, ...(next === null ? { covers: coverOf(position) } : {}) };
}

function start({ mode, until }: PullRequest): Position {
  const { from, to } = windowAround(Date.parse(until), PAST_DAYS[mode], FUTURE_DAYS);
  const [first, last] = [from.slice(0, 'YYYY-MM-DD'.length), to.slice(0, 'YYYY-MM-DD'.length)];
  return { day: first, days: FIRST_DAYS, first, last };
}

/** In whose zone Acuity reads dates is in none of its pages: a day at either end may have been listed in part only. */
function coverOf({ first, last }: Position): { from: string; to: string } {
  return { from: `${addDays(first, 1)}T00:00:00.000Z`, to: `${last}T00:00:00.000Z` };
}

/** The last day of a window of at most `days`. */
function lastDay({ day, last }: Pick<Position, 'day' | 'last'>, days: number): string {
  const end = addDays(day, days - 1);
  return end < last ? end : last;
}

/** The rows of as many days as one answer holds. */
async function readWindow(session: ConnectorSession, position: Position): Promise<{ rows: unknown[]; days: number }> {
  // Never beyond the end: half of a window that is cut short by it must be a smaller window.
  let days = Math.min(position.days, daysBetween(position.day, position.last).length);
  for (;;) {
    const window = { minDate: position.day, maxDate: lastDay(position, days) };
    const rows = await listWindow(session, window);
    if (!mayBeCutOff(rows)) return { rows, days };
    if (days === 1) return { rows: await readDay(session, window, rows), days };
    days = Math.floor(days / 2);
  }
}

/**
 * All rows of a day of which one answer can't be trusted to hold all: calendar by calendar, and where one calendar has
 * too many (a class with many places), type by type.
 *
 * @param seen what the answer did hold; it may name calendars and types that are in no list any more.
 */
async function readDay(session: ConnectorSession, window: Window, seen: readonly unknown[]): Promise<unknown[]> {
  const rows = [...seen];
  const calendars = idsOf(await listCalendars(session.http), 'id');
  for (const calendarID of new Set([...calendars, ...idsOf(seen, 'calendarID')])) {
    const ofCalendar = await listWindow(session, { ...window, calendarID });
    rows.push(...ofCalendar);
    if (!mayBeCutOff(ofCalendar)) continue;
    const types = idsOf(await listAppointmentTypes(session.http), 'id');
    for (const appointmentTypeID of new Set([...types, ...idsOf(ofCalendar, 'appointmentTypeID')])) {
      rows.push(...(await readWhole(session, { ...window, calendarID, appointmentTypeID })));
    }
  }
  // Rows without an id can't be told apart; each is kept, to be rejected by name.
  return [...new Map(rows.map((row, position) => [idOf(row) ?? position, row])).values()];
}

/** There is nothing smaller to ask for: an answer that may be cut off must be the same when read from its end. */
async function readWhole(session: ConnectorSession, window: Window): Promise<unknown[]> {
  const rows = await listWindow(session, window);
  if (!mayBeCutOff(rows)) return rows;
  const there = new Set(idsOf(rows, 'id'));
  const back = new Set(idsOf(await listWindow(session, { ...window, direction: 'DESC' }), 'id'));
  if (there.size === back.size && [...there].every((id) => back.has(id))) return rows;
  throw unreadable(manifest.name, 'appointments.list, which shows only a part of one day');
}

function listWindow({ http }: ConnectorSession, window: Window): Promise<unknown[]> {
  return listAppointments(http, { direction: 'ASC', ...window, showall: true, max: MAX_ROWS });
}

/**
 * Whether an answer may have been cut off. Acuity says nothing of it, and the ceiling is unknown, so every round number
 * is suspicious: asking again in smaller windows costs a call, a row that is lost costs a customer.
 */
function mayBeCutOff({ length }: readonly unknown[]): boolean {
  return length >= MAX_ROWS || (length >= DEFAULT_ROWS && length % ROUND === 0);
}

function idsOf(rows: readonly unknown[], member: string): string[] {
  return rows.flatMap((row) => idOf(row, member) ?? []);
}
