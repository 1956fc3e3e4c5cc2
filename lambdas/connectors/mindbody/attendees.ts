/** Whom appointments are for. They name clients by the RSSID, which may change, so it is looked up. */
import * as z from 'zod';
import type { Appointment, Attendee } from '../../core/model/appointment.ts';
import type { SourceRecord } from '../../core/model/mirror-record.ts';
import type { ConnectorSession } from '../connector.ts';
import { readEach } from '../kit/read-each.ts';
import { listPage } from './client.ts';
import { type SiteContext, toAttendee, toClientRecord } from './map.ts';
import { clientSchema, type MindbodyClient } from './schemas.ts';

/** "Get Clients": at most 20 ids a call. */
const IDS_PER_CALL = 20;
/** What one session remembers, so that memory stays flat at a site with very many clients. */
const MAX_REMEMBERED = 20_000;

const sourceSchema = z.looseObject({ ClientId: z.string().nullish() });

const remembered = new WeakMap<ConnectorSession, Map<string, Attendee>>();

/** Calls cost money: clients that a sync has just read need not be asked for again by its appointments. */
export function rememberClient(session: ConnectorSession, client: MindbodyClient, site: SiteContext): void {
  const known = knownTo(session);
  if (known.size < MAX_REMEMBERED) known.set(client.Id, toAttendee(toClientRecord(client, site)));
}

/** The same for whom an appointment in the mirror is for, when that appointment is changed. */
export function rememberCustomer(session: ConnectorSession, { source, data }: SourceRecord<Appointment>): void {
  const rssid = sourceSchema.safeParse(source).data?.ClientId;
  const [customer] = data.customers;
  if (rssid && customer?.id) knownTo(session).set(rssid, customer);
}

/** RSSIDs to clients; those that nobody has any more are left out. */
export async function attendeesOf(
  session: ConnectorSession,
  rssids: readonly (string | null | undefined)[],
  site: SiteContext,
): Promise<ReadonlyMap<string, Attendee>> {
  const wanted = new Set(rssids.filter((id) => id !== null && id !== undefined));
  const known = knownTo(session);
  const found = new Map([...wanted].flatMap((id) => [[id, known.get(id)] as const]).filter(hasAttendee));
  const missing = [...wanted].filter((id) => !found.has(id));
  for (let first = 0; first < missing.length; first += IDS_PER_CALL) {
    const clientIDs = missing.slice(first, first + IDS_PER_CALL);
    const { rows } = await listPage(session, 'clients', { clientIDs, includeInactive: true }, { offset: 0 });
    // One that can't be read is as good as unknown here; the sync of clients reports it.
    for (const client of readEach(rows, (row) => clientSchema.parse(row)).read) {
      rememberClient(session, client, site);
      found.set(client.Id, toAttendee(toClientRecord(client, site)));
    }
  }
  return found;
}

function knownTo(session: ConnectorSession): Map<string, Attendee> {
  const known = remembered.get(session) ?? new Map<string, Attendee>();
  remembered.set(session, known);
  return known;
}

function hasAttendee(entry: readonly [string, Attendee | undefined]): entry is [string, Attendee] {
  return entry[1] !== undefined;
}
