import type { IntegrationScope } from '../ports.ts';

/** Only the name of what may be a whole integration: for logs and stored items, where the rest must not be. */
export function scopeOf({ workspaceId, integrationId }: IntegrationScope): IntegrationScope {
  return { workspaceId, integrationId };
}
