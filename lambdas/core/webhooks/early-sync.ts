import { scopeOf } from '../integrations/integration-scope.ts';
import type { Clock, IntegrationScope, SyncQueue } from '../ports.ts';
import { runIdOfMessage } from '../sync/run-id.ts';

/** Events of one minute start one sync: providers send bulk edits as floods. */
const BUCKET_MS = 60_000;
/** Providers' feeds show a change a little later than they tell of it. */
const FEED_LAG_MS = 10_000;

/** Asks for an incremental sync soon, because the provider has told of a change. */
export async function askForEarlySync(
  { queue, clock }: { readonly queue: SyncQueue; readonly clock: Clock },
  scope: IntegrationScope,
): Promise<void> {
  const now = clock.now();
  const bucketEnd = (Math.floor(now / BUCKET_MS) + 1) * BUCKET_MS;
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
}
