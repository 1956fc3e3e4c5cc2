import { HubError } from '../errors.ts';
import type { Integration } from '../model/integration.ts';
import type { Clock, IntegrationScope, IntegrationStore } from '../ports.ts';

/**
 * Changes an integration by compare-and-set, again on the newest state whenever somebody was faster.
 *
 * @param change returns the new state, or null to leave it as it is.
 * @returns the state afterwards, or null when there is no such integration.
 */
export async function changeIntegration(
  ports: { readonly integrations: IntegrationStore; readonly clock: Clock },
  scope: IntegrationScope,
  change: (integration: Integration) => Integration | null,
): Promise<Integration | null> {
  for (let attempt = 0; attempt < 8; attempt += 1) {
    const current = await ports.integrations.get(scope);
    if (!current) return null;
    const changed = change(current);
    if (!changed) return current;
    const saved = await ports.integrations.update({ ...changed, updatedAt: new Date(ports.clock.now()).toISOString() });
    if (saved) return saved;
  }
  throw new HubError('internal', { detail: 'The integration is being changed by too many others; try again.' });
}
