import { randomUUID } from 'node:crypto';
import { HubError, notFound, validationFailed } from '../errors.ts';
import {
  type ConfigChange,
  type ConnectStep,
  type Integration,
  type IntegrationConfig,
  type IntegrationType,
  integrationConfigSchema,
} from '../model/integration.ts';
import { checkConnectionValues } from '../oauth/connection-parameters.ts';
import type { OAuthManager } from '../oauth/oauth-manager.ts';
import { checkReturnUrl } from '../oauth/return-url.ts';
import type { Clock, IntegrationStore, Schedules, SyncQueue } from '../ports.ts';
import { askForChannels } from '../webhooks/ask-for-channels.ts';
import { changeIntegration } from './change-integration.ts';
import type { ConnectorSessions } from './connector-sessions.ts';
import { mergeConfig } from './merge-config.ts';

export interface ConnectPorts {
  readonly integrations: IntegrationStore;
  readonly schedules: Schedules;
  readonly queue: SyncQueue;
  readonly oauth: OAuthManager;
  readonly sessions: ConnectorSessions;
  readonly clock: Clock;
}

/** What a stage permits. */
export interface ConnectPolicy {
  readonly returnUrlOrigins: readonly string[];
  /** Provider types that this stage switches on. */
  readonly enabledTypes: readonly string[];
  /** Provider types that want an agreement with their maker, and for which the stage has one. */
  readonly partnerAgreements: readonly string[];
}

export interface ConnectRequest {
  readonly workspaceId: string;
  readonly type: IntegrationType;
  /** An existing integration to reconnect, or null for a new one. */
  readonly integrationId: string | null;
  readonly returnUrl: string | null;
  /** On top of the defaults, or of the settings of the integration that is reconnected. */
  readonly config: ConfigChange | null;
}

/** Begins to connect (or reconnect) a provider: the answer holds the URL to send the business's browser to. */
export async function connectIntegration(
  ports: ConnectPorts,
  policy: ConnectPolicy,
  request: ConnectRequest,
): Promise<{ integration: Integration; authorizeUrl: string; expiresAt: string }> {
  const manifest = enabledManifest(ports, policy, request.type);
  if (manifest.availability === 'partner_agreement' && !policy.partnerAgreements.includes(request.type)) {
    throw new HubError('capability_not_supported', {
      detail:
        `${manifest.name} can be connected only under a partner agreement, and none is configured. ` +
        `With one, add "${request.type}" to hub.partnerAgreements in the stage's settings and deploy.`,
    });
  }
  const returnUrl = request.returnUrl === null ? null : checkReturnUrl(request.returnUrl, policy.returnUrlOrigins);
  const existing = request.integrationId === null ? null : await requireExisting(ports, request, request.integrationId);
  const before = existing?.config ?? integrationConfigSchema.parse({ schedule: manifest.defaultSchedule });
  const config = checkedConfig(ports, request.type, mergeConfig(before, request.config ?? {}));
  const connection = { ...before.connection, ...config.connection };
  checkConnectionValues(manifest, connection);
  const nextSteps = await ports.oauth.fillSteps(request.type, manifest.connectSteps ?? [], connection);
  const integration = existing
    ? await reconnecting(ports, existing, request.config, nextSteps)
    : await createPending(ports, request.workspaceId, request.type, config, nextSteps);
  return { integration, ...(await ports.oauth.getAuthUrl(integration, returnUrl, connection)) };
}

/** Refuses settings that this provider can't follow. */
export function checkedConfig(
  ports: { readonly sessions: ConnectorSessions },
  type: IntegrationType,
  config: IntegrationConfig,
): IntegrationConfig {
  const { name, resources } = ports.sessions.manifest(type);
  const foreign = config.resources?.filter((resource) => !resources.includes(resource)) ?? [];
  if (foreign.length > 0) {
    throw validationFailed('config.resources', `${name} has no ${foreign.join(', ')}; it has ${resources.join(', ')}`);
  }
  return config;
}

function enabledManifest(ports: ConnectPorts, policy: ConnectPolicy, type: IntegrationType) {
  if (!policy.enabledTypes.includes(type)) {
    throw validationFailed('type', `${type} is not switched on in this stage (${policy.enabledTypes.join(', ')} are)`);
  }
  return ports.sessions.manifest(type);
}

async function createPending(
  ports: ConnectPorts,
  workspaceId: string,
  type: IntegrationType,
  config: IntegrationConfig,
  nextSteps: readonly ConnectStep[],
): Promise<Integration> {
  const now = new Date(ports.clock.now()).toISOString();
  const integration: Integration = {
    workspaceId,
    integrationId: `int_${randomUUID().replaceAll('-', '')}`,
    type,
    status: 'pending',
    statusReason: 'Waiting for someone at the business to give consent.',
    nextSteps,
    config,
    account: null,
    grantedScopes: [],
    createdAt: now,
    connectedAt: null,
    updatedAt: now,
    version: 1,
  };
  await ports.integrations.create(integration);
  return integration;
}

async function requireExisting(
  ports: ConnectPorts,
  { workspaceId, type }: ConnectRequest,
  integrationId: string,
): Promise<Integration> {
  const existing = await ports.integrations.get({ workspaceId, integrationId });
  if (!existing || existing.status === 'disconnecting') throw notFound('The integration', 'integrationId');
  if (existing.type !== type) throw validationFailed('type', `the integration is of type ${existing.type}`);
  return existing;
}

/** What an integration is connected with stays in force until the new consent is given: its tokens depend on it. */
async function reconnecting(
  ports: ConnectPorts,
  existing: Integration,
  change: ConfigChange | null,
  nextSteps: readonly ConnectStep[],
): Promise<Integration> {
  const changed = await changeIntegration(ports, existing, (current) => {
    const steps = current.status === 'connected' ? current.nextSteps : nextSteps;
    if (change === null && steps.length + current.nextSteps.length === 0) return null;
    return {
      ...current,
      config: mergeConfig(current.config, { ...change, connection: current.config.connection }),
      nextSteps: steps,
    };
  });
  if (!changed) throw notFound('The integration', 'integrationId');
  if (change !== null && changed.status === 'connected') {
    await ports.schedules.put(changed);
    await askForChannels(ports, changed, { renew: false });
  }
  return { ...changed, nextSteps };
}
