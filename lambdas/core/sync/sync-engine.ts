import { randomUUID } from 'node:crypto';
import type { IntegrationConnector, ProviderManifest } from '../../connectors/connector.ts';
import { type ErrorCode, HubError, isHubError } from '../errors.ts';
import type { ConnectorSessions } from '../integrations/connector-sessions.ts';
import { scopeOf } from '../integrations/integration-scope.ts';
import type { Integration } from '../model/integration.ts';
import type { Resource } from '../model/resource.ts';
import { type Rejection, type SyncRun, type SyncType, TERMINAL_STATUSES } from '../model/sync-run.ts';
import { METRICS } from '../names.ts';
import {
  type ActiveRun,
  type Clock,
  type IntegrationScope,
  type IntegrationStore,
  type Lease,
  LeaseLostError,
  type Logger,
  type Metrics,
  type MirrorStore,
  type Schedules,
  type SyncMessage,
  type SyncQueue,
  type SyncRunLog,
  type SyncState,
  type SyncStateStore,
} from '../ports.ts';
import { DeletionBrakeError } from './deletion-brake.ts';
import { newRun } from './new-run.ts';
import { syncResource } from './resource-sync.ts';

export interface SyncEnginePorts {
  readonly integrations: IntegrationStore;
  readonly sessions: ConnectorSessions;
  readonly states: SyncStateStore;
  readonly runs: SyncRunLog;
  readonly mirror: MirrorStore;
  readonly queue: SyncQueue;
  readonly schedules: Schedules;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** What became of one message. */
export type SyncOutcome =
  /** The run reached its end, well or not; see the run. */
  | 'finished'
  /** The run goes on with a later message. */
  | 'parked'
  /** Somebody else is at work; the request waits for its turn. */
  | 'folded'
  /** The run was finished by an earlier delivery of this message. */
  | 'duplicate'
  /** The integration is gone or not connected. */
  | 'dropped'
  /** Another worker took the run over. */
  | 'superseded';

/** One holder may be silent for this long; every checkpoint extends it. */
const LEASE_MS = 5 * 60_000;
/** Park when less than this is left of the function's time. */
const PARK_MARGIN_MS = 60_000;
/** SQS delays at most this long; a longer wait takes several messages. */
const MAX_DELAY_SECONDS = 900;
/** When to ask again while the holder of the lease has no run under way. */
const COME_BACK_SECONDS = 30;
/** Pauses after failures of the provider double from here; after the last one the run fails (about two hours in all). */
const FIRST_PAUSE_SECONDS = 30;
const MAX_FAILURES = 10;
const MAX_REJECTIONS_KEPT = 20;

const RETRYABLE: readonly ErrorCode[] = ['rate_limited', 'provider_unavailable', 'deadline_exceeded'];

/** Keeps each integration's mirror complete and true: one run at a time, resumable at every step. */
export class SyncEngine {
  readonly #ports: SyncEnginePorts;

  constructor(ports: SyncEnginePorts) {
    this.#ports = ports;
  }

  /** Creates, changes or (for `off`) removes the integration's one schedule. */
  async scheduleRecurringSync(integration: Integration): Promise<void> {
    await this.#ports.schedules.put(integration);
  }

  /**
   * Works on one message. Safe to repeat with the same message at any time: a finished run is not run again, an
   * interrupted one goes on at its last checkpoint.
   *
   * @param message must name its run.
   * @param remainingMs time left for this execution.
   */
  async performSync(
    message: SyncMessage & { readonly runId: string },
    remainingMs: () => number,
  ): Promise<SyncOutcome> {
    const { integrations, states, clock, logger } = this.#ports;
    const scope = scopeOf(message);
    const integration = await integrations.get(scope);
    if (!integration || integration.status === 'pending' || integration.status === 'disconnecting') {
      logger.info('sync message dropped: integration is not connected', { ...scope });
      return 'dropped';
    }
    if (integration.status === 'reauth_required' && (message.trigger === 'schedule' || message.trigger === 'webhook')) {
      // Its status says so already, and has an alarm of its own; a failed run every night would only hide others.
      logger.info('sync message dropped: integration needs to be reconnected', { ...scope });
      return 'dropped';
    }
    for (;;) {
      const now = clock.now();
      const held = await states.acquire(scope, { owner: randomUUID(), now, until: now + LEASE_MS });
      if (held) return this.#holding(held.lease, held.state, integration, message, remainingMs);
      const outcome = await this.#whenBusy(scope, message);
      if (outcome !== 'try-again') return outcome;
    }
  }

  async #holding(
    lease: Lease,
    state: SyncState,
    integration: Integration,
    message: SyncMessage & { readonly runId: string },
    remainingMs: () => number,
  ): Promise<SyncOutcome> {
    const { states, runs, logger, clock } = this.#ports;
    try {
      let { active } = state;
      if (active && TERMINAL_STATUSES.has(active.run.status)) {
        // A worker died after it had finished the run and before it had tidied up.
        await this.#settle(integration, lease, active.run);
        if (active.run.runId === message.runId) return 'duplicate';
        return await this.performSync(message, remainingMs);
      }
      if (!active) {
        const logged = await runs.get(integration, message.runId);
        if (logged && TERMINAL_STATUSES.has(logged.status)) {
          await states.release(integration, lease, state.followUp?.runId === message.runId ? state.followUp : null);
          return 'duplicate';
        }
        active = await this.#begin(integration, lease, state, message, logged);
      } else if (active.run.runId !== message.runId) {
        // Ours is a new request; the unfinished run comes first and sends ours on its way when it ends.
        await this.#fold(integration, message, state.followUp);
        if ((active.resumeAfter ?? 0) > clock.now()) {
          await states.release(integration, lease, null);
          return 'folded';
        }
      } else if ((active.resumeAfter ?? 0) > clock.now()) {
        await this.#sendContinuation(active, clock.now());
        await states.release(integration, lease, null);
        return 'parked';
      }
      return await this.#work(integration, lease, state, active, remainingMs);
    } catch (error) {
      if (!(error instanceof LeaseLostError)) throw error;
      logger.warn('sync lease was taken over', { ...scopeOf(integration), runId: message.runId });
      return 'superseded';
    }
  }

  /** Somebody holds the lease: their run continues with its own message, anything else waits as a follow-up. */
  async #whenBusy(
    scope: IntegrationScope,
    message: SyncMessage & { readonly runId: string },
  ): Promise<SyncOutcome | 'try-again'> {
    const { states, queue, clock } = this.#ports;
    const state = await states.get(scope);
    const leaseLeftMs = (state.lease?.until ?? 0) - clock.now();
    if (leaseLeftMs <= 0) return 'try-again';
    if (state.active?.run.runId === message.runId) {
      // A second delivery of the same message. The holder may be dead, so the message must not be lost.
      await queue.send(message, { delaySeconds: delaySeconds(leaseLeftMs / 1000 + 5) });
      return 'parked';
    }
    if (isUnderWay(state.active)) {
      await this.#fold(scope, message, state.followUp);
      // Whoever ends this run reads the note after that; a run that has ended meanwhile may have missed it.
      if (isUnderWay((await states.get(scope)).active)) return 'folded';
    }
    // The holder is about to begin or to leave, or has died doing so: nobody would read a note.
    await queue.send(message, { delaySeconds: delaySeconds(Math.min(leaseLeftMs / 1000, COME_BACK_SECONDS)) });
    return 'parked';
  }

  /** Notes the request as the follow-up. Of two, the log of the one that gives way names the one that stands. */
  async #fold(
    scope: IntegrationScope,
    message: SyncMessage & { readonly runId: string },
    previous: SyncState['followUp'],
  ): Promise<void> {
    const { states, runs, clock } = this.#ports;
    const { type, trigger, runId, confirmDeletions = false } = message;
    const displaced = await states.fold(scope, {
      type,
      trigger,
      runId,
      confirmDeletions: confirmDeletions || (previous?.confirmDeletions ?? false),
    });
    if (!displaced) return;
    const standing = displaced.runId === runId ? (await states.get(scope)).followUp?.runId : runId;
    const logged = await runs.get(scope, displaced.runId);
    if (logged?.status !== 'queued') return;
    const completedAt = new Date(clock.now()).toISOString();
    await runs.put({ ...logged, status: 'folded', foldedInto: standing ?? null, completedAt });
  }

  async #begin(
    integration: Integration,
    lease: Lease,
    state: SyncState,
    message: SyncMessage & { readonly runId: string },
    logged: SyncRun | null,
  ): Promise<ActiveRun> {
    const { clock, runs, sessions } = this.#ports;
    const now = clock.now();
    const startedAt = new Date(now).toISOString();
    const active: ActiveRun = {
      run: {
        ...newRun({
          ...scopeOf(integration),
          runId: message.runId,
          type: this.#typeOf(integration, state, message, now),
          trigger: logged?.trigger ?? message.trigger,
          queuedAt: logged?.queuedAt ?? startedAt,
        }),
        status: 'running',
        startedAt,
      },
      resources: resourcesOf(integration, sessions.manifest(integration.type)),
      progress: {},
      until: startedAt,
      resumeAfter: null,
      deletionsConfirmed: message.confirmDeletions ?? false,
      failures: 0,
    };
    await this.#ports.states.save(integration, lease, { active, until: now + LEASE_MS });
    await runs.put(active.run);
    return active;
  }

  /** A scheduled run becomes a full one when the last full one is too long ago. */
  #typeOf(integration: Integration, state: SyncState, message: SyncMessage, now: number): SyncType {
    if (message.type === 'full' || state.lastFullAt === null) return 'full';
    const ageDays = (now - Date.parse(state.lastFullAt)) / 86_400_000;
    return message.trigger === 'schedule' && ageDays >= integration.config.fullSyncEveryDays ? 'full' : 'incremental';
  }

  async #work(
    integration: Integration,
    lease: Lease,
    state: SyncState,
    initial: ActiveRun,
    remainingMs: () => number,
  ): Promise<SyncOutcome> {
    const { logger } = this.#ports;
    const session = new RunSession(this.#ports, integration, lease, state, initial);
    try {
      if (initial.run.status === 'waiting') await session.resume();
      const outcome = await this.#syncResources(integration, session, remainingMs);
      if (outcome === 'parked') return await this.#park(integration, lease, session.active, 0);
    } catch (error) {
      if (error instanceof LeaseLostError) throw error;
      return this.#afterFailure(integration, lease, session.active, error);
    }
    logger.info('sync run completed', { ...scopeOf(integration), runId: session.active.run.runId });
    return this.#finish(integration, lease, session.active, { status: 'completed', error: null });
  }

  async #syncResources(
    integration: Integration,
    session: RunSession,
    remainingMs: () => number,
  ): Promise<'parked' | 'done'> {
    const { connector, session: connectorSession } = await this.#ports.sessions.open(integration, {
      callClass: 'background_read',
      deadline: null,
    });
    if (!canSync(connector)) {
      throw new HubError('capability_not_supported', { detail: `${connector.manifest.name} has nothing to sync.` });
    }
    for (const resource of session.active.resources) {
      if (session.isComplete(resource)) continue;
      const result = await syncResource(this.#ports, {
        scope: scopeOf(integration),
        runId: session.active.run.runId,
        resource,
        connector,
        session: connectorSession,
        progress: session.active.progress[resource],
        watermark: session.watermarks[resource],
        type: session.active.run.type,
        until: session.active.until,
        deletionsConfirmed: session.active.deletionsConfirmed,
        mustPark: () => remainingMs() < PARK_MARGIN_MS,
        keepLease: () => session.keepLease(),
        checkpoint: (progress, rejections) => session.checkpoint(resource, progress, rejections),
      });
      if (result.outcome === 'parked') return 'parked';
      await session.complete(resource, result.progress, result.watermark);
    }
    return session.active.run.type === 'full' ? this.#dropUnwanted(connector, session, remainingMs) : 'done';
  }

  /** Removes from the mirror what the integration's settings no longer ask for. */
  async #dropUnwanted(
    connector: IntegrationConnector,
    session: RunSession,
    remainingMs: () => number,
  ): Promise<'parked' | 'done'> {
    const { mirror } = this.#ports;
    const scope = scopeOf(session.active.run);
    for (const resource of connector.manifest.resources) {
      if (session.active.resources.includes(resource) || !session.watermarks[resource]) continue;
      for await (const records of mirror.outline(scope, resource)) {
        if (remainingMs() < PARK_MARGIN_MS) return 'parked';
        await session.keepLease();
        await mirror.remove(scope, resource, records);
      }
      await session.forget(resource);
    }
    return 'done';
  }

  async #afterFailure(integration: Integration, lease: Lease, active: ActiveRun, error: unknown): Promise<SyncOutcome> {
    const { logger } = this.#ports;
    const fields = { ...scopeOf(integration), runId: active.run.runId };
    if (error instanceof DeletionBrakeError) {
      logger.warn('sync run blocked by the deletion brake', fields);
      return this.#finish(integration, lease, active, {
        status: 'blocked',
        error: { code: 'deletion_brake', message: error.message },
      });
    }
    const code = isHubError(error) ? error.code : 'internal';
    const message = isHubError(error)
      ? error.message
      : 'An unexpected error occurred; see the log of the sync function.';
    const retryable = isHubError(error, ...RETRYABLE) || !isHubError(error);
    if (retryable && active.failures < MAX_FAILURES) {
      const backOff = Math.min(MAX_DELAY_SECONDS, FIRST_PAUSE_SECONDS * 2 ** active.failures);
      const asked = isHubError(error) ? error.retryAfterSeconds : undefined;
      logger.warn('sync run will be tried again', { ...fields, code, failures: active.failures + 1, error });
      return this.#park(integration, lease, { ...active, failures: active.failures + 1 }, asked ?? backOff);
    }
    logger.error('sync run failed', { ...fields, code, error });
    return this.#finish(integration, lease, active, { status: 'failed', error: { code, message } });
  }

  /** Saves the run as waiting and sends the message that goes on with it. */
  async #park(integration: Integration, lease: Lease, active: ActiveRun, pauseSeconds: number): Promise<SyncOutcome> {
    const { states, runs, clock, metrics, logger } = this.#ports;
    const now = clock.now();
    const parked: ActiveRun = {
      ...active,
      run: { ...active.run, status: 'waiting', waits: active.run.waits + 1 },
      resumeAfter: pauseSeconds > 0 ? now + pauseSeconds * 1000 : null,
    };
    await states.save(integration, lease, { active: parked, until: now + LEASE_MS });
    await this.#sendContinuation(parked, now);
    await runs.put(parked.run);
    await states.release(integration, lease, null);
    metrics.count(METRICS.syncRunWaiting);
    logger.info('sync run parked', { ...scopeOf(integration), runId: parked.run.runId, pauseSeconds });
    return 'parked';
  }

  async #sendContinuation(active: ActiveRun, now: number): Promise<void> {
    const { workspaceId, integrationId, runId, type } = active.run;
    const pauseSeconds = ((active.resumeAfter ?? now) - now) / 1000;
    await this.#ports.queue.send(
      { workspaceId, integrationId, runId, type, trigger: 'continuation' },
      { delaySeconds: delaySeconds(pauseSeconds) },
    );
  }

  /** Ends the run: first in the state, where it counts, then in the log. */
  async #finish(
    integration: Integration,
    lease: Lease,
    active: ActiveRun,
    end: Pick<SyncRun, 'status' | 'error'>,
  ): Promise<SyncOutcome> {
    const { states, clock, metrics } = this.#ports;
    const now = clock.now();
    const completedAt = new Date(now).toISOString();
    const run: SyncRun = { ...active.run, ...end, completedAt };
    const completed = run.status === 'completed';
    await states.save(integration, lease, {
      active: { ...active, run, resumeAfter: null },
      lastRun: run,
      ...(completed ? { completeUntil: active.until } : {}),
      ...(completed && run.type === 'full' ? { lastFullAt: active.until } : {}),
      until: now + LEASE_MS,
    });
    const metric = {
      completed: METRICS.syncRunCompleted,
      blocked: METRICS.syncRunBlocked,
      failed: METRICS.syncRunFailed,
    };
    metrics.count(metric[run.status as keyof typeof metric], 1, { provider: integration.type });
    await this.#settle(integration, lease, run);
    return 'finished';
  }

  /** What is left to do once the state says that a run has ended; every step may be repeated. */
  async #settle(integration: Integration, lease: Lease, run: SyncRun): Promise<void> {
    const { states, runs, queue, clock } = this.#ports;
    await runs.put(run);
    const { followUp } = await states.get(integration);
    if (followUp && followUp.runId !== run.runId) await queue.send({ ...scopeOf(integration), ...followUp });
    await states.save(integration, lease, { active: null, until: clock.now() + LEASE_MS });
    await states.release(integration, lease, followUp);
  }
}

/** The changing part of a run in progress, saved with each checkpoint. */
class RunSession {
  readonly #ports: SyncEnginePorts;
  readonly #integration: Integration;
  readonly #lease: Lease;
  active: ActiveRun;
  watermarks: SyncState['watermarks'];
  #savedAt: number;

  constructor(ports: SyncEnginePorts, integration: Integration, lease: Lease, state: SyncState, active: ActiveRun) {
    this.#ports = ports;
    this.#integration = integration;
    this.#lease = lease;
    this.active = active;
    this.watermarks = state.watermarks;
    this.#savedAt = ports.clock.now();
  }

  /** Its end is reached and the watermark says so: a crash can come between the two. */
  isComplete(resource: Resource): boolean {
    const { progress, until } = this.active;
    return progress[resource]?.status === 'done' && this.watermarks[resource]?.completeUntil === until;
  }

  /** A fetch can take long: makes sure that the lease is still ours before anything is written. */
  async keepLease(): Promise<void> {
    if (this.#ports.clock.now() - this.#savedAt > LEASE_MS / 2) await this.#save({});
  }

  async resume(): Promise<void> {
    this.active = { ...this.active, resumeAfter: null, run: { ...this.active.run, status: 'running' } };
    await this.#save({});
  }

  async checkpoint(
    resource: Resource,
    progress: NonNullable<ActiveRun['progress'][Resource]>,
    rejections: readonly Rejection[],
  ): Promise<void> {
    if (rejections.length > 0) this.#reportRejections(rejections);
    const { run } = this.active;
    this.active = {
      ...this.active,
      failures: 0,
      progress: { ...this.active.progress, [resource]: progress },
      run: {
        ...run,
        counts: { ...run.counts, [resource]: progress.counts },
        rejections: [...run.rejections, ...rejections].slice(0, MAX_REJECTIONS_KEPT),
      },
    };
    await this.#save({});
  }

  async complete(
    resource: Resource,
    progress: NonNullable<ActiveRun['progress'][Resource]>,
    watermark: NonNullable<SyncState['watermarks'][Resource]>,
  ): Promise<void> {
    const { run } = this.active;
    this.watermarks = { ...this.watermarks, [resource]: watermark };
    this.active = {
      ...this.active,
      progress: { ...this.active.progress, [resource]: progress },
      run: { ...run, counts: { ...run.counts, [resource]: progress.counts } },
    };
    await this.#save({ watermarks: this.watermarks });
  }

  /** The resource starts afresh when somebody asks for it again. */
  async forget(resource: Resource): Promise<void> {
    const { [resource]: _dropped, ...watermarks } = this.watermarks;
    this.watermarks = watermarks;
    await this.#save({ watermarks });
  }

  async #save(change: { watermarks?: SyncState['watermarks'] }): Promise<void> {
    const { states, clock } = this.#ports;
    const now = clock.now();
    await states.save(this.#integration, this.#lease, { ...change, active: this.active, until: now + LEASE_MS });
    this.#savedAt = now;
  }

  #reportRejections(rejections: readonly Rejection[]): void {
    const { logger, metrics } = this.#ports;
    metrics.count(METRICS.recordsRejected, rejections.length, { provider: this.#integration.type });
    logger.warn('records could not be read', {
      ...scopeOf(this.#integration),
      runId: this.active.run.runId,
      rejected: rejections.length,
      reasons: [...new Set(rejections.map((rejection) => rejection.reason))].slice(0, 5),
    });
  }
}

/** A run that somebody will still end, and whose follow-up will then be read. */
function isUnderWay(active: ActiveRun | null): boolean {
  return active !== null && !TERMINAL_STATUSES.has(active.run.status);
}

function delaySeconds(seconds: number): number {
  return Math.min(MAX_DELAY_SECONDS, Math.max(0, Math.ceil(seconds)));
}

function resourcesOf(integration: Integration, manifest: ProviderManifest): readonly Resource[] {
  const wanted = integration.config.resources;
  return manifest.resources.filter((resource) => wanted === undefined || wanted.includes(resource));
}

function canSync(
  connector: IntegrationConnector,
): connector is IntegrationConnector & Required<Pick<IntegrationConnector, 'syncData'>> {
  return connector.syncData !== undefined;
}
