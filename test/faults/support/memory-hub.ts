import { ConnectorSessions } from '../../../lambdas/core/integrations/connector-sessions.ts';
import type { Integration } from '../../../lambdas/core/model/integration.ts';
import type { SyncRun, SyncTrigger, SyncType } from '../../../lambdas/core/model/sync-run.ts';
import type { SyncMessage } from '../../../lambdas/core/ports.ts';
import { newRun } from '../../../lambdas/core/sync/new-run.ts';
import { newRunId } from '../../../lambdas/core/sync/run-id.ts';
import { SyncEngine, type SyncOutcome } from '../../../lambdas/core/sync/sync-engine.ts';
import {
  CountingMetrics,
  connectedIntegration,
  endlessBudget,
  glassVault,
  KeepingLogger,
  noSchedules,
  StillClock,
  TestQueue,
} from './doubles.ts';
import { hubProcess } from './hub-process.ts';
import { MemoryIntegrations, MemoryMirror, MemoryRuns, MemoryStates } from './memory-stores.ts';
import { ModelProvider, type ModelResource } from './model-provider.ts';
import type { MortalLife } from './mortal-life.ts';
import { mortalObject } from './mortal-ports.ts';

export type RunMessage = SyncMessage & { readonly runId: string };

export const SCOPE = { workspaceId: 'salon', integrationId: 'int_1' };
const FULL_TIME_MS = 15 * 60_000;

/** A sync engine over memory and a model provider; every step is in the test's hands. */
export class MemoryHub {
  readonly clock = new StillClock(Date.parse('2026-11-23T12:00:00.000Z'));
  readonly provider = new ModelProvider(() => this.clock.now());
  readonly queue = new TestQueue(this.clock);
  readonly states = new MemoryStates();
  readonly runs = new MemoryRuns();
  readonly mirror = new MemoryMirror();
  readonly metrics = new CountingMetrics();
  readonly logger = new KeepingLogger();
  readonly integrations: MemoryIntegrations;

  constructor(change: Partial<Integration['config']> = {}) {
    const integration = connectedIntegration(SCOPE);
    this.integrations = new MemoryIntegrations({ ...integration, config: { ...integration.config, ...change } });
  }

  /** Names by id, as the mirror has them. */
  mirrored(resource: ModelResource): Record<string, string> {
    const records = [...this.mirror.of(resource).values()].sort((a, b) => Number(a.id) - Number(b.id));
    return Object.fromEntries(records.map(({ id, data }) => [id, 'displayName' in data ? data.displayName : '']));
  }

  run({ runId }: { readonly runId: string }): SyncRun | undefined {
    return this.runs.all.find((run) => run.runId === runId);
  }

  /** Asks for a sync as the API does: logged as queued, then sent. */
  async ask(
    type: SyncType,
    options: { readonly confirmDeletions?: boolean; readonly trigger?: SyncTrigger } = {},
  ): Promise<RunMessage> {
    const { trigger = 'manual', ...rest } = options;
    this.clock.advance(1);
    const message: RunMessage = { ...SCOPE, type, trigger, runId: newRunId(this.clock.now()), ...rest };
    const queuedAt = new Date(this.clock.now()).toISOString();
    if (trigger === 'manual') {
      await this.runs.put(newRun({ ...SCOPE, runId: message.runId, type, trigger, queuedAt }));
    }
    await this.queue.send(message);
    return message;
  }

  /** One worker takes a message. Its process may be mortal. */
  work(message: RunMessage, remainingMs: () => number = () => FULL_TIME_MS, life?: MortalLife): Promise<SyncOutcome> {
    const { clock, logger, metrics, provider } = this;
    const { oauth } = hubProcess({
      integrations: this.integrations,
      credentials: {
        get: async () => null,
        replace: async () => undefined,
        acquireRefresh: async () => false,
        saveRefreshed: async () => false,
        releaseRefresh: async () => undefined,
        delete: async () => undefined,
      },
      vault: glassVault,
      fetch,
      clock,
      logger,
      metrics,
    });
    const mortal = <T extends object>(port: T): T => (life ? mortalObject(port, life) : port);
    const connector = mortal(provider.connector());
    const sessions = new ConnectorSessions({
      manifests: () => connector.manifest,
      connectors: async () => connector,
      oauth,
      apps: { get: async () => ({ clientId: '', clientSecret: '', webhookKey: null, extra: {} }) },
      budget: endlessBudget,
      fetch,
      clock,
      logger,
      metrics,
    });
    const engine = new SyncEngine({
      integrations: mortal(this.integrations),
      sessions,
      states: mortal(this.states),
      runs: mortal(this.runs),
      mirror: mortal(this.mirror),
      queue: mortal(this.queue),
      schedules: noSchedules,
      clock,
      logger,
      metrics,
    });
    return engine.performSync(message, remainingMs);
  }

  /** Delivers what is due, and waits for what is delayed, until nothing is left. Answers what became of each. */
  async drain(remainingMs?: () => number): Promise<SyncOutcome[]> {
    const outcomes: SyncOutcome[] = [];
    for (let nextAt = this.queue.nextAt; nextAt !== null; nextAt = this.queue.nextAt) {
      if (outcomes.length > 200) throw new Error('the queue never runs dry');
      this.clock.advance(Math.max(0, nextAt - this.clock.now()));
      const delivery = this.queue.receive();
      if (!delivery) break;
      outcomes.push(await this.work(delivery.message as RunMessage, remainingMs));
      this.queue.delete(delivery);
    }
    return outcomes;
  }

  /** Asks for a sync and sees it through. */
  async sync(type: SyncType, options: Parameters<MemoryHub['ask']>[1] = {}): Promise<SyncRun> {
    const message = await this.ask(type, options);
    await this.drain();
    const run = this.run(message);
    if (!run) throw new Error('the run is not in the log');
    return run;
  }
}
