import { type Operation, operationsOf } from '../../connectors/connector.ts';
import { HubError, notFound, validationFailed } from '../errors.ts';
import type { Integration } from '../model/integration.ts';
import { reauthRequired } from '../oauth/access-tokens.ts';
import type { IntegrationStore } from '../ports.ts';
import type { ConnectorSessions } from './connector-sessions.ts';

/** What the operations are called in an answer to a caller. */
const DEEDS: Readonly<Record<Operation, string>> = {
  lookupContact: 'look contacts up',
  createContact: 'create contacts',
  getAvailability: 'say what is free',
  createAppointment: 'be booked',
  rescheduleAppointment: 'move appointments',
  cancelAppointment: 'cancel appointments',
};

interface Ports {
  readonly integrations: IntegrationStore;
  readonly sessions: ConnectorSessions;
}

/** The integration of that name, if it is connected and can do it. */
export async function integrationFor(
  ports: Ports,
  scope: { readonly workspaceId: string; readonly integrationId: string },
  operation: Operation,
  field = 'integrationId',
): Promise<Integration> {
  const integration = await ports.integrations.get(scope);
  if (!integration || integration.status === 'disconnecting') throw notFound('The integration', field);
  const manifest = ports.sessions.manifest(integration.type);
  const { name } = manifest;
  if (!operationsOf(manifest).includes(operation)) {
    throw new HubError('capability_not_supported', { detail: `${name} can't ${DEEDS[operation]}.` });
  }
  if (integration.status === 'reauth_required') throw reauthRequired(name);
  if (integration.status !== 'connected') {
    throw new HubError('integration_not_connected', { detail: 'The integration is not connected.' });
  }
  return integration;
}

/** The integration that is named, or else the only one of the workspace that can do it. */
export async function chooseIntegration(
  ports: Ports,
  request: { readonly workspaceId: string; readonly integrationId: string | null },
  operation: Operation,
): Promise<Integration> {
  const { workspaceId, integrationId } = request;
  if (integrationId !== null) return integrationFor(ports, { workspaceId, integrationId }, operation);
  const able = (await ports.integrations.list(workspaceId)).filter(({ type }) =>
    operationsOf(ports.sessions.manifest(type)).includes(operation),
  );
  const connected = able.filter(({ status }) => status === 'connected');
  const [only] = connected;
  if (connected.length > 1) {
    throw validationFailed('integrationId', `is needed, because several integrations can ${DEEDS[operation]}`);
  }
  if (only) return only;
  const ended = able.find(({ status }) => status === 'reauth_required');
  if (ended) throw reauthRequired(ports.sessions.manifest(ended.type).name);
  throw new HubError('integration_not_connected', {
    detail: `This workspace has no connected integration that can ${DEEDS[operation]}.`,
  });
}
