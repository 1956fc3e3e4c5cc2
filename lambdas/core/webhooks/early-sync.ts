import { scopeOf } from '../integrations/integration-scope.ts';
import type { Clock, IntegrationScope, SyncQueue } from '../ports.ts';
import { runIdOfMessage } from '../sync/run-id.ts';

/** Events of one minute start one sync: providers send bulk edits as floods. */
const BUCKET_MS = 60_000;
/** Providers' feeds show a change a little later than they tell of it. */
const FEED_LAG_MS = 10_000;
/** Integrations whose last message this process remembers. */
const MAX_REMEMBERED = 1_000;

/** The end of the last minute that was asked for, in epoch ms, by queue and integration. */
const asked = new WeakMap<SyncQueue, Map<string, number>>();

/**
 * Asks for an incremental sync soon, because the provider has told of a change. What this process has asked for already
 * is not asked for again: the message is safe, and due when its minute is over.
 */
export async function askForEarlySync(
  { queue, clock }: { readonly queue: SyncQueue; readonly clock: Clock },
  scope: IntegrationScope,
): Promise<void> {
  const now = clock.now();
  const bucketEnd = (Math.floor(now / BUCKET_MS) + 1) * BUCKET_MS;
  const sent = asked.get(queue) ?? new Map<string, number>();
  if (sent.get(scope.integrationId) === bucketEnd) return;
  await queue.send(
    {
      ...scopeOf(scope),
      type: 'incremental',
      trigger: 'webhook',
      // The same for all that is told in this minute: the first one runs, the others find it done.
      runId: runIdOfMessage(`webhook:${scope.integrationId}`, bucketEnd),
    },
    { delaySeconds: Math.ceil((bucketEnd + FEED_LAG_MS - now) / 1000) },
  );
  if (sent.size >= MAX_REMEMBERED) sent.clear();
  asked.set(queue, sent.set(scope.integrationId, bucketEnd));
}
