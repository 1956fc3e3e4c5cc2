import type { Integration } from '../model/integration.ts';
import type { IntegrationScope } from '../ports.ts';

/** Only the name of what may be a whole integration: for logs and stored items, where the rest must not be. */
export function scopeOf({ workspaceId, integrationId }: IntegrationScope): IntegrationScope {
  return { workspaceId, integrationId };
}

/** It has its consent, tokens and account, but the business must still do something at the provider. */
export function isWaitingForSteps({ status, account }: Integration): boolean {
  return status === 'pending' && account !== null;
}
