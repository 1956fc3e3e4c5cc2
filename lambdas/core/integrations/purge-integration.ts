import { randomUUID } from 'node:crypto';
import { RESOURCES } from '../model/resource.ts';
import type {
  Clock,
  CredentialStore,
  IntegrationScope,
  IntegrationStore,
  Logger,
  MirrorStore,
  PushChannelStore,
  SyncQueue,
  SyncRunLog,
  SyncStateStore,
} from '../ports.ts';
import { scopeOf } from './integration-scope.ts';

export interface PurgePorts {
  readonly integrations: IntegrationStore;
  readonly credentials: CredentialStore;
  readonly states: SyncStateStore;
  readonly runs: SyncRunLog;
  readonly mirror: MirrorStore;
  readonly pushChannels: PushChannelStore;
  readonly queue: SyncQueue;
  readonly clock: Clock;
  readonly logger: Logger;
}

const LEASE_MS = 15 * 60_000;
const RETRY_SECONDS = 60;
const PARK_MARGIN_MS = 60_000;

/**
 * Deletes everything that the hub holds of a disconnected integration, the integration's own item last: until then a
 * repetition finds what is left to do. Waits for a sync that is still going on.
 */
export async function purgeIntegration(
  ports: PurgePorts,
  scope: IntegrationScope,
  remainingMs: () => number,
): Promise<'purged' | 'parked' | 'dropped'> {
  const integration = await ports.integrations.get(scope);
  if (integration?.status !== 'disconnecting') return 'dropped';
  const now = ports.clock.now();
  const held = await ports.states.acquire(scope, { owner: randomUUID(), now, until: now + LEASE_MS });
  if (!held) return again(ports, scope, RETRY_SECONDS);

  for (const resource of RESOURCES) {
    for await (const records of ports.mirror.outline(scope, resource)) {
      if (remainingMs() < PARK_MARGIN_MS) {
        await ports.states.release(scope, held.lease, null);
        return again(ports, scope, 0);
      }
      await ports.mirror.remove(scope, resource, records);
    }
  }
  await ports.pushChannels.delete(scope.integrationId);
  await ports.credentials.delete(scope);
  await ports.runs.deleteAll(scope);
  await ports.states.delete(scope);
  await ports.integrations.delete(scope);
  ports.logger.info('integration purged', { ...scopeOf(scope) });
  return 'purged';
}

async function again(ports: PurgePorts, scope: IntegrationScope, delaySeconds: number): Promise<'parked'> {
  await ports.queue.send({ ...scopeOf(scope), type: 'purge' }, { delaySeconds });
  return 'parked';
}
