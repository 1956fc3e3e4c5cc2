import { HubError } from '../errors.ts';
import type { Integration } from '../model/integration.ts';
import { changeIntegration } from './change-integration.ts';
import type { OpenConnector } from './connector-sessions.ts';
import { type EstablishPorts, establishConnection } from './establish-connection.ts';
import { isWaitingForSteps } from './integration-scope.ts';

/**
 * Connects an integration that waits for the business's next steps, if they are done and the provider answers. Throws
 * `integration_not_connected` with what is still to be done otherwise.
 */
export async function finishConnecting(
  ports: EstablishPorts,
  integration: Integration,
  { connector, session }: OpenConnector,
): Promise<void> {
  const nextSteps = (await connector.remainingSteps?.(session)) ?? [];
  if (nextSteps.length > 0) {
    if (JSON.stringify(nextSteps) !== JSON.stringify(integration.nextSteps)) {
      await changeIntegration(ports, integration, (current) =>
        isWaitingForSteps(current) ? { ...current, nextSteps } : null,
      );
    }
    throw new HubError('integration_not_connected', {
      detail: `Still to be done: ${nextSteps.map(({ title }) => title).join('; ')}.`,
    });
  }
  await connector.testConnection(session);
  // Before the steps, the provider may have kept most of what is to be known of the account.
  const identified = await connector.identifyAccount(session);
  const before = integration.account;
  if (before && identified.id !== before.id) {
    throw new HubError('integration_not_connected', {
      detail: 'The provider now names a different account; connect again.',
    });
  }
  const attributes = { ...before?.attributes, ...identified.attributes };
  const account = { id: identified.id, name: identified.name ?? before?.name ?? null, attributes };
  await establishConnection(ports, integration, { account });
}
