import { scopeOf } from '../integrations/integration-scope.ts';
import type { EraseMessage, Logger, MirrorStore, SyncQueue, SyncStateStore } from '../ports.ts';

export interface ErasePorts {
  readonly mirror: MirrorStore;
  readonly states: SyncStateStore;
  readonly queue: SyncQueue;
  readonly logger: Logger;
}

/** How long to wait for a run that may have read the record before it was erased. */
const RECHECK_SECONDS = 300;

/**
 * Forgets records that were erased at the provider. A run that began before the erasure may hold a page with the
 * record in its hands and write it back, so the erasure is repeated until no such run is left.
 */
export async function eraseRecords(ports: ErasePorts, message: EraseMessage): Promise<void> {
  const { mirror, states, queue, logger } = ports;
  const known = await mirror.known(message, message.resource, message.recordIds);
  const records = [...known].map(([id, { keys }]) => ({ id, keys }));
  if (records.length > 0) await mirror.remove(message, message.resource, records);
  logger.info('records erased', { ...scopeOf(message), erased: records.length });
  const { active } = await states.get(message);
  if (active && active.until <= message.erasedAt) await queue.send(message, { delaySeconds: RECHECK_SECONDS });
}
