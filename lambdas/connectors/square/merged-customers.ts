/** Whose bookings are whose: a booking keeps the id of a profile that was merged into another one since. */
import type { ConnectorSession } from '../connector.ts';
import { oncePerSession } from '../kit/remembered.ts';
import { retrieveCustomers } from './client.ts';

/** "BulkRetrieveCustomers": a hundred at most. */
const IDS_PER_CALL = 100;
/** What one session remembers, so that memory stays flat at a seller with very many customers. */
const MAX_REMEMBERED = 20_000;

/** By id, the id of the profile that stands behind it now. */
const remembered = oncePerSession(async () => new Map<string, string>());

/** Profiles that a full pull has just listed are what they are: nobody need ask for them. */
export async function rememberCustomers(session: ConnectorSession, ids: readonly string[]): Promise<void> {
  const known = await remembered(session);
  for (const id of ids) if (known.size < MAX_REMEMBERED) known.set(id, id);
}

/**
 * Tells which profile stands behind an id. Square answers for a merged profile with the one that it became (forum,
 * 10676); one that was deleted keeps its id. There is no other way to know: no list and no search shows merged ids.
 */
export async function currentCustomers(
  session: ConnectorSession,
  ids: readonly string[],
): Promise<(id: string) => string> {
  const known = await remembered(session);
  const found = new Map(ids.map((id) => [id, known.get(id)]));
  const missing = [...found.keys()].filter((id) => found.get(id) === undefined);
  for (let first = 0; first < missing.length; first += IDS_PER_CALL) {
    const asked = missing.slice(first, first + IDS_PER_CALL);
    const answers = await retrieveCustomers(session.http, asked);
    for (const id of asked) {
      const current = answers[id]?.customer?.id ?? id;
      found.set(id, current);
      if (known.size < MAX_REMEMBERED) known.set(id, current);
    }
  }
  return (id) => found.get(id) ?? id;
}
