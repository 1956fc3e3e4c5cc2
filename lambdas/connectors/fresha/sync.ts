import * as z from 'zod';
import type { ConnectorSession, PullPage, PullRequest } from '../connector.ts';
import { FIRST_PLACE, offsetPage, offsetPlace } from '../kit/offset-pages.ts';
import { noSuchResource, readPosition } from '../kit/positions.ts';
import { idOf, readEach } from '../kit/read-each.ts';
import { windowAround } from '../kit/windows.ts';
import { listFrom, PAGE_LIMIT } from './client.ts';
import { notAsAgreed } from './errors.ts';
import { manifest } from './manifest.ts';
import { toAppointmentRecord, toClientRecord } from './map.ts';
import { appointmentSchema, clientSchema } from './schemas.ts';

/** Days before the run's start from which on appointments are listed; the contract has no end to ask for. */
const PAST_DAYS = { full: 400, incremental: 2 } as const;
/** What lies further ahead is not believed to be gone when it is missing. */
const FUTURE_DAYS = 365;

const positionSchema = z.strictObject(offsetPlace);

/**
 * One page. Neither a filter by time of change nor a feed of deletions is known, so each pull lists everything: clients
 * who are gone are found by a full pull, appointments by the window of time that every pull lists. Pages overlap, so that
 * a record which is deleted meanwhile hides no other one.
 */
export async function syncData(session: ConnectorSession, request: PullRequest): Promise<PullPage> {
  const { resource, mode, until, cursor } = request;
  if (resource !== 'clients' && resource !== 'appointments') throw noSuchResource(manifest.name, resource);
  const position = cursor === null ? FIRST_PLACE : readPosition(positionSchema, cursor, manifest.name);
  const window = windowAround(Date.parse(until), PAST_DAYS[mode], FUTURE_DAYS);
  const query = resource === 'appointments' ? { from: window.from } : {};
  const { rows, next } = await offsetPage(position, {
    name: `Fresha’s list of ${resource}`,
    limit: PAGE_LIMIT,
    read: async (offset) => ({ rows: await listFrom(session.http, resource, query, offset), total: null }),
    nameOf: idOf,
    unreadable: notAsAgreed,
  });
  const { read, rejected } = readEach(rows, (row) =>
    resource === 'clients'
      ? toClientRecord(clientSchema.parse(row), session.config.defaultCountry)
      : toAppointmentRecord(appointmentSchema.parse(row), session),
  );
  const covers = next === null && resource === 'appointments' ? { covers: window } : {};
  return { records: read, deletedIds: [], rejected, next, ...covers };
}
