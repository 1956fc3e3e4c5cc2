import type { ConnectorSessions } from '../integrations/connector-sessions.ts';
import { scopeOf } from '../integrations/integration-scope.ts';
import type { Integration } from '../model/integration.ts';
import type { SyncQueue } from '../ports.ts';

/** Has the push channels of an integration looked after, where its provider has any. */
export async function askForChannels(
  { queue, sessions }: { readonly queue: SyncQueue; readonly sessions: ConnectorSessions },
  integration: Integration,
  options: { readonly renew: boolean },
): Promise<void> {
  if (!sessions.manifest(integration.type).pushChannels) return;
  await queue.send({ ...scopeOf(integration), type: 'channels', ...options });
}
