/** Clients, appointment types and calendars: Acuity gives each whole, in one answer, without paging or a feed. */
import * as z from 'zod';
import type { SourceRecord } from '../../core/model/mirror-record.ts';
import type { ProviderHttp } from '../../core/provider-http/provider-http.ts';
import type { ConnectorSession, PullPage, PullRequest } from '../connector.ts';
import { digestOf } from '../kit/digests.ts';
import { FULL_REQUIRED, NOTHING, readPosition } from '../kit/positions.ts';
import { readEach } from '../kit/read-each.ts';
import { oncePerSession } from '../kit/remembered.ts';
import { listAppointmentTypes, listCalendars, listClients } from './client.ts';
import { manifest } from './manifest.ts';
import { type Reading, readingOf, toClientRecord, toServiceRecord, toStaffRecord } from './map.ts';
import { appointmentTypeSchema, calendarSchema, clientSchema } from './schemas.ts';

interface List {
  ask(http: ProviderHttp): Promise<unknown[]>;
  read(row: unknown, reading: Reading): SourceRecord;
}

const LISTS = {
  clients: {
    ask: (http) => listClients(http),
    read: (row, reading) => toClientRecord(clientSchema.parse(row), reading),
  },
  services: {
    ask: listAppointmentTypes,
    read: (row, reading) => toServiceRecord(appointmentTypeSchema.parse(row), reading),
  },
  staff: { ask: listCalendars, read: (row) => toStaffRecord(calendarSchema.parse(row)) },
} satisfies Readonly<Record<string, List>>;

/** One list may hold tens of thousands of clients: it is handed over in parts, so that a run can stop in between. */
const PART = 500;

/** `after`: the id that the part before ended with. `ids`: digest of the list that the pull began with. */
const positionSchema = z.strictObject({ after: z.string(), ids: z.string() });
const feedStateSchema = z.looseObject({ ids: z.string() });

/** Each id once, in the order of ids. The parts of one list need not be asked for one by one. */
const listingOf = oncePerSession(async (session: ConnectorSession, resource: keyof typeof LISTS) => {
  const list: List = LISTS[resource];
  const reading = readingOf(session);
  const { read, rejected } = readEach(await list.ask(session.http), (row) => list.read(row, reading));
  // Rows that differ in nothing that identifies them are one client.
  const records = [...new Map(read.map((record) => [record.id, record])).values()];
  records.sort((a, b) => (a.id < b.id ? -1 : 1));
  return { records, rejected, ids: digestOf(records.map(({ id }) => id)) };
});

/**
 * One part of a list. The list is always the whole one, so an incremental pull, too, sees every new and changed record.
 * What it can't say is which are gone; so the pull remembers a digest of the ids, and where that has changed since, the
 * resource is pulled in full, and what a full pull has not seen is removed. Clients have no id of their own: one whose
 * particulars change is a new record here, and its old one goes the same way.
 */
export async function listPart(
  session: ConnectorSession,
  resource: keyof typeof LISTS,
  request: PullRequest,
): Promise<PullPage> {
  const position = request.cursor === null ? null : readPosition(positionSchema, request.cursor, manifest.name);
  const { records, rejected, ids } = await listingOf(session, resource, position === null);
  const remembered = feedStateSchema.safeParse(request.feedState).data?.ids;
  if (position === null && request.mode === 'incremental' && ids !== remembered) return FULL_REQUIRED;
  // By id and not by position: where the process is another one, the list may be another one, too.
  const rest = position === null ? records : records.filter(({ id }) => id > position.after);
  const part = rest.slice(0, PART);
  const last = part.at(-1);
  // Of the list that the pull began with: should a later part have come from another one, the next pull finds out.
  const began = position?.ids ?? ids;
  const next = last && rest.length > PART ? { after: last.id, ids: began } : null;
  const end = next === null ? { feedState: { ids: began } } : {};
  return { ...NOTHING, records: part, rejected: position === null ? rejected : [], next, ...end };
}
