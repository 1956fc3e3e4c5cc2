import { HubError, isHubError, notFound } from '../errors.ts';
import type { Integration, IntegrationConfig } from '../model/integration.ts';
import type { SyncRun, SyncType } from '../model/sync-run.ts';
import { reauthRequired } from '../oauth/access-tokens.ts';
import type { OAuthManager } from '../oauth/oauth-manager.ts';
import type {
  Clock,
  IntegrationScope,
  IntegrationStore,
  Logger,
  PushChannelStore,
  Schedules,
  SyncQueue,
  SyncRunLog,
  SyncStateStore,
} from '../ports.ts';
import { newRun } from '../sync/new-run.ts';
import { newRunId } from '../sync/run-id.ts';
import { askForChannels } from '../webhooks/ask-for-channels.ts';
import { closeChannels } from '../webhooks/close-channels.ts';
import { changeIntegration } from './change-integration.ts';
import { checkedConfig } from './connect-integration.ts';
import type { ConnectorSessions } from './connector-sessions.ts';
import { finishConnecting } from './finish-connecting.ts';
import { isWaitingForSteps, scopeOf } from './integration-scope.ts';
import { type IntegrationView, viewOf } from './integration-view.ts';

export interface ManagePorts {
  readonly integrations: IntegrationStore;
  readonly states: SyncStateStore;
  readonly runs: SyncRunLog;
  readonly oauth: OAuthManager;
  readonly sessions: ConnectorSessions;
  readonly schedules: Schedules;
  readonly pushChannels: PushChannelStore;
  readonly queue: SyncQueue;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Time for the provider's answer to a connection test or a revocation, in ms. */
const PROVIDER_TIME_MS = 10_000;

/** The integration, unless it does not exist in this workspace or is being removed. */
export async function requireIntegration(ports: ManagePorts, scope: IntegrationScope): Promise<Integration> {
  const integration = await ports.integrations.get(scope);
  if (!integration || integration.status === 'disconnecting') throw notFound('The integration', 'integrationId');
  return integration;
}

export async function listIntegrations(ports: ManagePorts, workspaceId: string): Promise<IntegrationView[]> {
  const integrations = await ports.integrations.list(workspaceId);
  const visible = integrations.filter(({ status }) => status !== 'disconnecting');
  return Promise.all(visible.map((integration) => view(ports, integration)));
}

export async function getIntegration(ports: ManagePorts, scope: IntegrationScope): Promise<IntegrationView> {
  return view(ports, await requireIntegration(ports, scope));
}

/**
 * Changes settings. A changed schedule takes effect at once; settings that decide what the mirror holds, or how its
 * numbers are read, are followed by a full sync.
 */
export async function updateIntegration(
  ports: ManagePorts,
  scope: IntegrationScope,
  merge: (config: IntegrationConfig) => IntegrationConfig,
): Promise<IntegrationView> {
  const before = await requireIntegration(ports, scope);
  const changed = await changeIntegration(ports, scope, (integration) => ({
    ...integration,
    config: checkedConfig(ports, integration.type, merge(integration.config)),
  }));
  if (!changed) throw notFound('The integration', 'integrationId');
  if (changed.status === 'connected') {
    await ports.schedules.put(changed);
    if (mirrorDependsOn(before.config) !== mirrorDependsOn(changed.config)) {
      await startSync(ports, scope, { type: 'full', confirmDeletions: false });
    }
    await askForChannels(ports, changed, { renew: false });
  }
  return view(ports, changed);
}

/**
 * Disconnects: revokes the consent at the provider, deletes schedule and tokens, and has the mirror deleted in the
 * background. From this moment the integration does not exist for anyone else.
 */
export async function disconnectIntegration(
  ports: ManagePorts,
  scope: IntegrationScope,
): Promise<{ integrationId: string; status: 'disconnecting'; revokedAtProvider: boolean }> {
  const integration = await requireIntegration(ports, scope);
  // Some providers know one consent per account: revoking it would cut off whoever else has connected that account.
  const shared = await isAccountShared(ports, integration);
  const revokedByConnector = await leaveProvider(ports, integration, { revoke: !shared });
  await changeIntegration(ports, scope, (current) => ({ ...current, status: 'disconnecting', statusReason: null }));
  await ports.schedules.delete(scope);
  const { revoked } = await ports.oauth.deleteTokens(integration, { revoke: !shared });
  if (integration.account) await ports.integrations.unlinkAccount(integration.type, integration.account.id, scope);
  await ports.queue.send({ ...scopeOf(scope), type: 'purge' });
  ports.logger.info('integration disconnected', { ...scope, provider: integration.type });
  return {
    integrationId: scope.integrationId,
    status: 'disconnecting',
    revokedAtProvider: revokedByConnector || revoked,
  };
}

/**
 * A cheap real call. An integration that waits for the business's next steps is connected by it as soon as they are
 * done. `ok: false` comes with the reason; only unexpected failures are thrown.
 */
export async function testIntegration(
  ports: ManagePorts,
  scope: IntegrationScope,
): Promise<{ ok: boolean; latencyMs: number; error: { code: string; detail: string } | null }> {
  const integration = await requireIntegration(ports, scope);
  const startedAt = ports.clock.now();
  try {
    const terms = { callClass: 'live_read', deadline: startedAt + PROVIDER_TIME_MS } as const;
    const open = await ports.sessions.open(integration, terms, { evenIfWaiting: true });
    if (isWaitingForSteps(integration)) await finishConnecting(ports, integration, open);
    else await open.connector.testConnection(open.session);
    return { ok: true, latencyMs: ports.clock.now() - startedAt, error: null };
  } catch (error) {
    if (!isHubError(error) || error.code === 'internal') throw error;
    return {
      ok: false,
      latencyMs: ports.clock.now() - startedAt,
      error: { code: error.code, detail: error.message },
    };
  }
}

/** Queues a sync. It runs as soon as the integration is free. */
export async function startSync(
  ports: ManagePorts,
  scope: IntegrationScope,
  request: { type: SyncType; confirmDeletions: boolean },
): Promise<SyncRun> {
  const integration = await requireIntegration(ports, scope);
  if (integration.status === 'reauth_required') {
    throw reauthRequired(ports.sessions.manifest(integration.type).name);
  }
  if (integration.status !== 'connected') {
    throw new HubError('integration_not_connected', { detail: 'The integration is not connected yet.' });
  }
  const now = ports.clock.now();
  const run = newRun({
    ...scopeOf(scope),
    runId: newRunId(now),
    type: request.type,
    trigger: 'manual',
    queuedAt: new Date(now).toISOString(),
  });
  await ports.runs.put(run);
  const { runId, type, trigger } = run;
  await ports.queue.send({
    ...scopeOf(scope),
    runId,
    type,
    trigger,
    ...(request.confirmDeletions ? { confirmDeletions: true } : {}),
  });
  return run;
}

/** One run; while it is going on, with its newest counts. */
export async function getSync(ports: ManagePorts, scope: IntegrationScope, runId: string): Promise<SyncRun> {
  await requireIntegration(ports, scope);
  const { active } = await ports.states.get(scope);
  if (active?.run.runId === runId) return active.run;
  const run = await ports.runs.get(scope, runId);
  if (!run) throw notFound('The sync run', 'runId');
  return run;
}

export async function listSyncs(
  ports: ManagePorts,
  scope: IntegrationScope,
  page: { limit: number; cursor: string | null },
): Promise<{ runs: SyncRun[]; nextCursor: string | null }> {
  await requireIntegration(ports, scope);
  const [{ runs, nextCursor }, { active }] = await Promise.all([ports.runs.list(scope, page), ports.states.get(scope)]);
  return { runs: runs.map((run) => (run.runId === active?.run.runId ? active.run : run)), nextCursor };
}

function mirrorDependsOn({ resources, defaultCountry }: IntegrationConfig): string {
  return JSON.stringify([resources?.toSorted(), defaultCountry]);
}

async function view(ports: ManagePorts, integration: Integration): Promise<IntegrationView> {
  return viewOf(integration, await ports.states.get(integration), ports.clock.now());
}

async function isAccountShared(ports: ManagePorts, { type, account, integrationId }: Integration): Promise<boolean> {
  if (!account) return false;
  const sharers = await ports.integrations.findByAccount(type, account.id);
  return sharers.some((sharer) => sharer.integrationId !== integrationId);
}

/** Closes what was opened at the provider, and revokes the consent where the connector has a way of its own. */
async function leaveProvider(
  ports: ManagePorts,
  integration: Integration,
  { revoke }: { readonly revoke: boolean },
): Promise<boolean> {
  if (integration.status !== 'connected' && !isWaitingForSteps(integration)) return false;
  try {
    const deadline = ports.clock.now() + PROVIDER_TIME_MS;
    const terms = { callClass: 'live_write', deadline } as const;
    const open = await ports.sessions.open(integration, terms, { evenIfWaiting: true });
    if (open.connector.channels) await closeChannels(ports, integration, open);
    if (!revoke || !open.connector.revoke) return false;
    await open.connector.revoke(open.session);
    return true;
  } catch (error) {
    // The business wants to be gone: a provider that does not answer must not keep our copy alive.
    const code = isHubError(error) ? error.code : 'internal';
    ports.logger.warn('leaving the provider failed', { integrationId: integration.integrationId, code });
    return false;
  }
}
