import type { ProviderManifest } from '../../connectors/connector.ts';
import type { Integration, IntegrationType } from '../model/integration.ts';
import { METRICS } from '../names.ts';
import type {
  Clock,
  CredentialStore,
  IntegrationStore,
  Logger,
  Metrics,
  PushChannelStore,
  Schedules,
  SyncQueue,
  SyncState,
  SyncStateStore,
} from '../ports.ts';
import { newRunId } from '../sync/run-id.ts';
import { isWaitingForSteps, scopeOf } from './integration-scope.ts';
import { healthOf } from './integration-view.ts';

export interface ReconcilePorts {
  readonly integrations: IntegrationStore;
  readonly credentials: CredentialStore;
  readonly states: SyncStateStore;
  readonly schedules: Schedules;
  readonly pushChannels: PushChannelStore;
  readonly queue: SyncQueue;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** A consent link lives for ten minutes; a day later nobody will use it. */
const PENDING_TTL_MS = 24 * 60 * 60_000;
/** With its consent given, it waits this long for what the business must still do at the provider. */
const WAITING_TTL_MS = 30 * 24 * 60 * 60_000;
/** A run whose lease ran out this long ago has lost its worker. */
const LOST_RUN_MS = 5 * 60_000;
/** A purge or a first sync that has not begun after this long has lost its message. */
const LOST_MESSAGE_MS = 2 * 60 * 60_000;

export interface ReconcileReport {
  readonly integrations: number;
  readonly schedulesCreated: number;
  readonly schedulesDeleted: number;
  readonly runsRevived: number;
  readonly channelsAsked: number;
}

/**
 * Compares what should be with what is, hourly: every connected integration has its schedule and nobody else has one,
 * runs that lost their worker go on, push channels are renewed in time, and integrations that stand still are counted
 * for the alarms.
 */
export async function reconcileIntegrations(
  ports: ReconcilePorts,
  manifests: (type: IntegrationType) => ProviderManifest,
): Promise<ReconcileReport> {
  const { schedules, clock, metrics, logger } = ports;
  const orphans = new Set<string>();
  for await (const name of schedules.list()) orphans.add(name);

  const tally = {
    integrations: 0,
    schedulesCreated: 0,
    runsRevived: 0,
    channelsAsked: 0,
    needingReconnect: 0,
    stale: 0,
  };
  for await (const scope of ports.integrations.directory()) {
    const integration = await ports.integrations.get(scope);
    if (!integration) continue;
    const state = await ports.states.get(scope);
    tally.integrations += 1;
    if (wantsSchedule(integration)) {
      // Written when missing only: a schedule that exists was put there with the config it belongs to.
      if (!orphans.delete(schedules.nameOf(scope))) {
        await schedules.put(integration);
        tally.schedulesCreated += 1;
      }
    }
    if (await revive(ports, integration, state)) tally.runsRevived += 1;
    if (manifests(integration.type).pushChannels && (await askForDueChannels(ports, integration)))
      tally.channelsAsked += 1;
    const health = healthOf(integration, state, clock.now()).state;
    if (health === 'needs_reconnect') tally.needingReconnect += 1;
    if (health === 'stale') tally.stale += 1;
    if (health === 'needs_reconnect' || health === 'stale') {
      logger.warn('integration stands still', { ...scope, provider: integration.type, health });
    }
  }
  for (const name of orphans) await schedules.deleteByName(name);

  metrics.count(METRICS.schedulesRepaired, tally.schedulesCreated + orphans.size);
  metrics.count(METRICS.integrationsNeedingReconnect, tally.needingReconnect);
  metrics.count(METRICS.integrationsStale, tally.stale);
  const report = { ...tally, schedulesDeleted: orphans.size };
  logger.info('integrations reconciled', report);
  return report;
}

/** An integration that needs a person keeps its schedule: the first night after the reconnect must run. */
function wantsSchedule({ status, config }: Integration): boolean {
  return (status === 'connected' || status === 'reauth_required') && config.schedule.frequency !== 'off';
}

/** Has push channels looked after that are missing or due. */
async function askForDueChannels(ports: ReconcilePorts, integration: Integration): Promise<boolean> {
  if (integration.status !== 'connected') return false;
  const stored = await ports.pushChannels.get(integration.integrationId);
  if (stored !== null && stored.checkAt > ports.clock.now()) return false;
  await ports.queue.send({ ...scopeOf(integration), type: 'channels', renew: false });
  return true;
}

/** Sends the message again that a dead worker or a crash between two steps has lost. */
async function revive(ports: ReconcilePorts, integration: Integration, state: SyncState): Promise<boolean> {
  const now = ports.clock.now();
  const scope = scopeOf(integration);
  const changedAgo = now - Date.parse(integration.updatedAt);
  if (integration.status === 'pending') {
    // One that was connected before has a mirror, which only disconnecting removes.
    const ttl = isWaitingForSteps(integration) ? WAITING_TTL_MS : PENDING_TTL_MS;
    if (changedAgo > ttl && integration.connectedAt === null) {
      await ports.credentials.delete(scope);
      await ports.integrations.delete(scope);
    }
    return false;
  }
  if (integration.status === 'disconnecting') {
    if (changedAgo > LOST_MESSAGE_MS) await ports.queue.send({ ...scope, type: 'purge' });
    return changedAgo > LOST_MESSAGE_MS;
  }
  if (integration.status !== 'connected') return false;
  if (state.active) {
    const silentSince = Math.max(state.lease?.until ?? 0, state.active.resumeAfter ?? 0);
    if (now - silentSince < LOST_RUN_MS) return false;
    const { runId, type } = state.active.run;
    await ports.queue.send({ ...scope, runId, type, trigger: 'continuation' });
    return true;
  }
  if (state.lastRun === null && changedAgo > LOST_MESSAGE_MS) {
    await ports.queue.send({ ...scope, type: 'full', trigger: 'connect', runId: newRunId(now) });
    return true;
  }
  return false;
}
