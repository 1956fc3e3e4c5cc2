/** Whom appointments are for. They name clients by the RSSID, which the owner can change, so it is looked up. */
import * as z from 'zod';
import type { Appointment, Attendee } from '../../core/model/appointment.ts';
import type { SourceRecord } from '../../core/model/mirror-record.ts';
import type { ConnectorSession } from '../connector.ts';
import { readEach } from '../kit/read-each.ts';
import { listPage } from './client.ts';
import { toAppointmentRecord, toAttendee, toClientRecord } from './map.ts';
import { clientSchema, type MindbodyAppointment, type MindbodyClient } from './schemas.ts';
import type { Site } from './site.ts';

/** "Get Clients": at most 20 ids a call. */
const IDS_PER_CALL = 20;
/** What one session remembers, so that memory stays flat at a site with very many clients. */
const MAX_REMEMBERED = 20_000;

const sourceSchema = z.looseObject({ ClientId: z.string().nullish() });
const remembered = new WeakMap<ConnectorSession, Map<string, Attendee>>();

/** Calls cost money: clients that a sync has just read need not be asked for again by its appointments. */
export function rememberClient(site: Site, client: MindbodyClient): Attendee {
  const [known, attendee] = [knownTo(site.session), toAttendee(toClientRecord(client, site))];
  if (known.size < MAX_REMEMBERED) known.set(client.Id, attendee);
  return attendee;
}

/** The same for whom an appointment in the mirror is for, when that appointment is changed. */
export function rememberCustomer({ session }: Site, { source, data }: SourceRecord<Appointment>): void {
  const rssid = sourceSchema.safeParse(source).data?.ClientId;
  const [customer] = data.customers;
  if (rssid && customer?.id) knownTo(session).set(rssid, customer);
}

/** How these appointments are read: with the clients that their RSSIDs stand for, if there are any. */
export async function readingFor(
  site: Site,
  appointments: readonly MindbodyAppointment[],
): Promise<(one: MindbodyAppointment) => SourceRecord<Appointment>> {
  const { session, timeZone } = site;
  const known = knownTo(session);
  const found = new Map<string, Attendee | undefined>();
  for (const { ClientId } of appointments) if (ClientId) found.set(ClientId, known.get(ClientId));
  const missing = [...found.keys()].filter((id) => !found.get(id));
  for (let first = 0; first < missing.length; first += IDS_PER_CALL) {
    const clientIDs = missing.slice(first, first + IDS_PER_CALL);
    const { rows } = await listPage(session, 'clients', { clientIDs, includeInactive: true }, { offset: 0 });
    // One that can't be read is as good as unknown here; the sync of clients reports it.
    const { read } = readEach(rows, (row) => clientSchema.parse(row));
    for (const client of read) found.set(client.Id, rememberClient(site, client));
  }
  return (one) => toAppointmentRecord(one, found.get(one.ClientId ?? '') ?? null, timeZone);
}

function knownTo(session: ConnectorSession): Map<string, Attendee> {
  const known = remembered.get(session) ?? new Map<string, Attendee>();
  remembered.set(session, known);
  return known;
}
