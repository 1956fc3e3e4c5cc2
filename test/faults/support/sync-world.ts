/** Sync workers that can be killed: the real engine, connector and stores on a local table, against the sandbox. */
import { clockAt, type DynaliteTable, silentLogger } from '../../../lambdas/aws/dynalite-table.ts';
import { DynamoCredentialStore } from '../../../lambdas/aws/dynamo-credential-store.ts';
import { DynamoIntegrationStore } from '../../../lambdas/aws/dynamo-integration-store.ts';
import { DynamoMirrorStore } from '../../../lambdas/aws/dynamo-mirror-store.ts';
import { DynamoSyncRunLog } from '../../../lambdas/aws/dynamo-sync-run-log.ts';
import { DynamoSyncStateStore } from '../../../lambdas/aws/dynamo-sync-state-store.ts';
import type { HubTable } from '../../../lambdas/aws/hub-table.ts';
import { batchPut } from '../../../lambdas/aws/table-batches.ts';
import { toContactRecord, toDealRecord } from '../../../lambdas/connectors/hubspot/map.ts';
import type { MirrorRecord } from '../../../lambdas/core/model/mirror-record.ts';
import type { SyncRun } from '../../../lambdas/core/model/sync-run.ts';
import type { IntegrationScope, SyncMessage, SyncState } from '../../../lambdas/core/ports.ts';
import { fetchThroughOriginMap } from '../../../lambdas/core/provider-http/origin-map.ts';
import { toMirrorRecord } from '../../../lambdas/core/sync/mirror-writer.ts';
import { SyncEngine, type SyncOutcome } from '../../../lambdas/core/sync/sync-engine.ts';
import { authorizeUrl, REDIRECT_URI, tokenRequest } from '../../sandbox/hubspot/connected.ts';
import { newDealPipelines } from '../../sandbox/hubspot/pipelines.ts';
import { SandboxClient } from '../../sandbox/sandbox-client.ts';
import type { Sandbox } from '../../sandbox/server.ts';
import { CountingMetrics, connectedIntegration, glassVault, noSchedules, TestQueue } from './doubles.ts';
import { hubProcess } from './hub-process.ts';
import { type Death, MortalLife } from './mortal-life.ts';
import { mortalFetch, mortalQueue, mortalTable, mortalVault } from './mortal-ports.ts';

type RunMessage = SyncMessage & { readonly runId: string };

/** What a function's time limit leaves at its start. */
const FULL_TIME_MS = 15 * 60_000;
/** More deliveries than any of these runs can need. */
const MAX_DELIVERIES = 100;
/** The provider hands out less than it is asked for, so that few records make several pages. */
const PAGE_SIZE = 8;

/** Tokens of one of the sandbox's accounts. */
export async function consentTo(sandbox: Sandbox, account: string) {
  const client = new SandboxClient(sandbox.url);
  const back = new URL(await client.approve(authorizeUrl(), { account }));
  const { body } = await tokenRequest(`${sandbox.url}/hubspot`, {
    grant_type: 'authorization_code',
    code: back.searchParams.get('code') ?? '',
    redirect_uri: REDIRECT_URI,
  });
  return { accessToken: String(body.access_token), refreshToken: String(body.refresh_token), scopes: [] };
}

/** The tests are about other things than rate limits and search lag. */
export async function withoutLimits(sandbox: Sandbox): Promise<void> {
  const plenty = { max: 1_000_000, intervalMs: 1_000 };
  const { hubspot } = new SandboxClient(sandbox.url);
  await hubspot.change({ searchLagMs: 0, limits: { general: plenty, search: plenty } });
}

/** Neither contacts nor deals depend on whose they are. */
const TRUTH_SCOPE = { workspaceId: 'any', integrationId: 'any' };

/** Every record that the account has, as the mirror should hold it. */
export async function truthOf(sandbox: Sandbox, account: string): Promise<MirrorRecord[]> {
  const { hubspot } = new SandboxClient(sandbox.url);
  const truth: MirrorRecord[] = [];
  for await (const { id, properties } of hubspot.truth('contacts', { account })) {
    truth.push(toMirrorRecord(toContactRecord({ id, properties }, 'GB'), TRUTH_SCOPE, 0));
  }
  const pipelines = newDealPipelines().map(({ id, label, stages }) => ({
    id,
    label,
    stages: stages.map((stage) => ({ id: stage.id, label: stage.label })),
  }));
  for await (const { id, properties, contactIds = [] } of hubspot.truth('deals', { account })) {
    truth.push(toMirrorRecord(toDealRecord({ id, properties }, contactIds, pipelines), TRUTH_SCOPE, 0));
  }
  return truth;
}

/** One workspace with one integration, its queue and its clock. */
export class SyncWorld {
  readonly scope: IntegrationScope;
  readonly clock: ReturnType<typeof clockAt>;
  readonly queue: TestQueue;
  readonly #table: HubTable;
  readonly #fetch: typeof fetch;

  constructor(local: DynaliteTable, sandbox: Sandbox, workspaceId: string, now: number, visibilityMs: number) {
    this.scope = { workspaceId, integrationId: 'int_1' };
    this.clock = clockAt(now);
    this.queue = new TestQueue(this.clock, visibilityMs);
    this.#table = local.table;
    const mapped = fetchThroughOriginMap(JSON.stringify(sandbox.originMap));
    this.#fetch = (input, init) => {
      const url = new URL(input instanceof Request ? input.url : input);
      if (url.searchParams.has('limit')) url.searchParams.set('limit', String(PAGE_SIZE));
      return mapped(url, init);
    };
  }

  async connect(tokens: Awaited<ReturnType<typeof consentTo>>): Promise<void> {
    const integration = connectedIntegration(this.scope);
    await new DynamoIntegrationStore(this.#table).create(integration);
    const { oauth } = this.#process(new MortalLife(null));
    await oauth.saveTokens(this.scope, 'hubspot', { ...tokens, expiresAt: null });
  }

  get mirror(): DynamoMirrorStore {
    return new DynamoMirrorStore(this.#table, this.clock, silentLogger);
  }

  state(): Promise<SyncState> {
    return new DynamoSyncStateStore(this.#table).get(this.scope);
  }

  async runs(): Promise<SyncRun[]> {
    return (await new DynamoSyncRunLog(this.#table, this.clock).list(this.scope, { limit: 50, cursor: null })).runs;
  }

  /** Delivers the message that is due to a new process, which may die over it. Answers how many deeds it did. */
  async deliver(
    death: Death | null = null,
    /** Something else that happens while the process is at work, at its first call to the provider. */
    meanwhile?: () => Promise<void>,
  ): Promise<{ outcome: SyncOutcome | 'died' | 'nothing'; deeds: number }> {
    const delivery = this.queue.receive();
    if (!delivery) return { outcome: 'nothing', deeds: 0 };
    const life = new MortalLife(death);
    const engine = this.#engine(life, meanwhile);
    const outcome = await Promise.race([
      engine.performSync(asRunMessage(delivery.message), () => FULL_TIME_MS),
      life.died,
    ]);
    if (outcome !== 'died') this.queue.delete(delivery);
    return { outcome, deeds: life.deeds };
  }

  /** Delivers whatever comes, when it is due, until the queue is empty. Nobody dies any more. */
  async drain(): Promise<void> {
    for (let deliveries = 0; this.queue.nextAt !== null; deliveries += 1) {
      if (deliveries > MAX_DELIVERIES) throw new Error('the queue never runs dry');
      this.clock.set(Math.max(this.clock.now(), this.queue.nextAt));
      await this.deliver();
    }
  }

  /** A second request arrives and is delivered at once. */
  async sendAndDeliver(message: RunMessage): Promise<void> {
    await this.queue.send(message);
    await this.deliver();
  }

  hasSeen({ runId }: RunMessage): boolean {
    return this.queue.sent.some(({ message }) => 'runId' in message && message.runId === runId);
  }

  #process(life: MortalLife, meanwhile?: () => Promise<void>) {
    const table = mortalTable(this.#table, life);
    let pending = meanwhile;
    const disturbed: typeof fetch = async (input, init) => {
      const happening = pending;
      pending = undefined;
      await happening?.();
      return this.#fetch(input, init);
    };
    return hubProcess({
      integrations: new DynamoIntegrationStore(table),
      credentials: new DynamoCredentialStore(table),
      vault: mortalVault(glassVault, life),
      fetch: mortalFetch(disturbed, life),
      clock: this.clock,
      logger: silentLogger,
      metrics: new CountingMetrics(),
    });
  }

  #engine(life: MortalLife, meanwhile?: () => Promise<void>): SyncEngine {
    const table = mortalTable(this.#table, life);
    return new SyncEngine({
      integrations: new DynamoIntegrationStore(table),
      sessions: this.#process(life, meanwhile).sessions,
      states: new DynamoSyncStateStore(table),
      runs: new DynamoSyncRunLog(table, this.clock),
      mirror: new DynamoMirrorStore(table, this.clock, silentLogger),
      queue: mortalQueue(this.queue, life),
      schedules: noSchedules,
      clock: this.clock,
      logger: silentLogger,
      metrics: new CountingMetrics(),
    });
  }
}

function asRunMessage(message: { readonly type: string; readonly runId?: string }): RunMessage {
  if (!('trigger' in message) || message.runId === undefined) throw new Error('not the message of a run');
  return message as RunMessage;
}

/** Everything that one workspace has in the table, to give another one the same past. */
export async function copyWorkspace(local: DynaliteTable, from: string): Promise<(to: string) => Promise<void>> {
  const prefix = `WS#${from}`;
  const items = (await local.everything()).filter(
    ({ pk }) => String(pk) === prefix || String(pk).startsWith(`${prefix}#`),
  );
  const text = JSON.stringify(items);
  return (to) => batchPut(local.table, JSON.parse(text.replaceAll(from, to)));
}
