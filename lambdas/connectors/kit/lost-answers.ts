/** Finding out what an attempt has made whose answer was lost. */
import type { AbandonedAttempt } from '../../core/ports.ts';
import type { ConnectorSession, ProviderManifest } from '../connector.ts';
import { unavailable } from './failures.ts';

/**
 * Looks for what a lost attempt has made. Null only when it has certainly made nothing: a provider may still be busy
 * with it, and lists show new records late, so shortly after the attempt an empty list proves nothing.
 *
 * @param look `unread`: how many records could not be read, any of which may be the one.
 * @throws HubError `provider_unavailable` while nothing is certain.
 */
export async function findMade<T>(
  session: ConnectorSession,
  { endedBy }: AbandonedAttempt,
  { name, searchLagMs }: Pick<ProviderManifest, 'name' | 'searchLagMs'>,
  look: () => Promise<{ readonly found: T | null | undefined; readonly unread: number }>,
): Promise<T | null> {
  // Before the question: what becomes visible while it is being answered may be missing from the answer.
  const askedAt = session.now();
  const { found = null, unread } = await look();
  if (found !== null) return found;
  if (unread > 0) throw unavailable(`${name} shows appointments that could not be read; one may be this booking.`);
  const visibleAt = endedBy + searchLagMs;
  if (askedAt >= visibleAt) return null;
  throw unavailable(
    'The outcome of the first attempt is not known yet; repeat the call with the same Idempotency-Key.',
    Math.ceil((visibleAt - askedAt) / 1000),
  );
}
