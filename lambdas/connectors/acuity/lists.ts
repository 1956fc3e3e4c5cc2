/** Clients, appointment types and calendars: Acuity gives each whole, in one answer, without paging or a feed. */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { SourceRecord } from '../../core/model/mirror-record.ts';
import type { ConnectorSession, PullPage, PullRequest } from '../connector.ts';
import { readPosition } from '../kit/positions.ts';
import { type Rejected, readEach } from '../kit/read-each.ts';
import { listAppointmentTypes, listCalendars, listClients } from './client.ts';
import { manifest } from './manifest.ts';
import { readingOf, toClientRecord, toServiceRecord, toStaffRecord } from './map.ts';
import { appointmentTypeSchema, calendarSchema, clientSchema } from './schemas.ts';

export type ListedResource = 'clients' | 'services' | 'staff';

/** One list may hold tens of thousands of clients: it is handed over in parts, so that a run can stop in between. */
const PART = 500;

/** `after`: the id that the part before ended with. `ids`: digest of the list that the pull began with. */
const positionSchema = z.strictObject({ after: z.string(), ids: z.string() });
const feedStateSchema = z.looseObject({ ids: z.string() });

interface Listing {
  /** Each id once, in the order of ids. */
  readonly records: readonly SourceRecord[];
  readonly rejected: readonly Rejected[];
  readonly ids: string;
}

/** What a session has listed, so that the parts of one list need not be asked for one by one. */
const listings = new WeakMap<ConnectorSession, Map<ListedResource, Promise<Listing>>>();

/**
 * One part of a list. The list is always the whole one, so an incremental pull, too, sees every new and changed record.
 * What it can't say is which are gone; so the pull remembers a digest of the ids, and where that has changed since, the
 * resource is pulled in full, and what a full pull has not seen is removed. Clients have no id of their own: one whose
 * particulars change is a new record here, and its old one goes the same way.
 */
export async function listPart(
  session: ConnectorSession,
  resource: ListedResource,
  request: PullRequest,
): Promise<PullPage> {
  const position = request.cursor === null ? null : readPosition(positionSchema, request.cursor, manifest.name);
  const { records, rejected, ids } = await listingOf(session, resource, position === null);
  const remembered = feedStateSchema.safeParse(request.feedState).data?.ids;
  if (position === null && request.mode === 'incremental' && ids !== remembered) {
    return { records: [], deletedIds: [], rejected: [], next: null, fullRequired: true };
  }
  // By id and not by position: where the process is another one, the list may be another one, too.
  const rest = position === null ? records : records.filter(({ id }) => id > position.after);
  const part = rest.slice(0, PART);
  const last = part.at(-1);
  // Of the list that the pull began with: should a later part have come from another one, the next pull finds out.
  const began = position?.ids ?? ids;
  const next = last && rest.length > PART ? { after: last.id, ids: began } : null;
  return {
    records: part,
    deletedIds: [],
    rejected: position === null ? rejected : [],
    next,
    ...(next === null ? { feedState: { ids: began } } : {}),
  };
}

function listingOf(session: ConnectorSession, resource: ListedResource, afresh: boolean): Promise<Listing> {
  const known = listings.get(session) ?? new Map<ListedResource, Promise<Listing>>();
  listings.set(session, known);
  const present = afresh ? undefined : known.get(resource);
  if (present) return present;
  const listing = list(session, resource).catch((error: unknown) => {
    known.delete(resource);
    throw error;
  });
  known.set(resource, listing);
  return listing;
}

async function list(session: ConnectorSession, resource: ListedResource): Promise<Listing> {
  const { read, rejected } = await readRows(session, resource);
  // Rows that differ in nothing that identifies them are one client.
  const records = [...new Map(read.map((record) => [record.id, record])).values()];
  records.sort((a, b) => (a.id < b.id ? -1 : 1));
  const digest = createHash('sha256');
  for (const { id } of records) digest.update(`${id}\n`);
  return { records, rejected, ids: digest.digest('base64url') };
}

async function readRows(
  session: ConnectorSession,
  resource: ListedResource,
): Promise<{ read: SourceRecord[]; rejected: Rejected[] }> {
  const { http } = session;
  const reading = readingOf(session);
  switch (resource) {
    case 'clients':
      return readEach<unknown, SourceRecord>(await listClients(http), (row) =>
        toClientRecord(clientSchema.parse(row), reading),
      );
    case 'services':
      return readEach<unknown, SourceRecord>(await listAppointmentTypes(http), (row) =>
        toServiceRecord(appointmentTypeSchema.parse(row), reading),
      );
    case 'staff':
      return readEach<unknown, SourceRecord>(await listCalendars(http), (row) =>
        toStaffRecord(calendarSchema.parse(row)),
      );
  }
}
