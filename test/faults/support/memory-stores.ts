/** The sync's stores in memory, with the rules that the ports demand. Everything passes through JSON, as in a table. */
import type { Integration } from '../../../lambdas/core/model/integration.ts';
import type { MirrorRecord } from '../../../lambdas/core/model/mirror-record.ts';
import type { PushChannels } from '../../../lambdas/core/model/push-channel.ts';
import type { Resource } from '../../../lambdas/core/model/resource.ts';
import type { SyncRun } from '../../../lambdas/core/model/sync-run.ts';
import {
  type FollowUp,
  type IntegrationScope,
  type IntegrationStore,
  type KnownRecord,
  type Lease,
  LeaseLostError,
  type MirrorStore,
  type MirrorWrite,
  type PushChannelStore,
  type SyncRunLog,
  type SyncState,
  type SyncStateStore,
} from '../../../lambdas/core/ports.ts';

function copyOf<T>(value: T): T {
  return JSON.parse(JSON.stringify(value));
}

export class MemoryIntegrations implements IntegrationStore {
  current: Integration | null;

  constructor(integration: Integration) {
    this.current = integration;
  }

  async get(): Promise<Integration | null> {
    return this.current;
  }
  async list(): Promise<Integration[]> {
    return this.current ? [this.current] : [];
  }
  async create(integration: Integration): Promise<void> {
    this.current = integration;
  }
  async update(integration: Integration): Promise<Integration | null> {
    if (this.current?.version !== integration.version) return null;
    this.current = { ...integration, version: integration.version + 1 };
    return this.current;
  }
  async delete(): Promise<void> {
    this.current = null;
  }
  async *directory(): AsyncGenerator<IntegrationScope> {
    if (this.current) yield this.current;
  }
  async findByAccount(): Promise<IntegrationScope[]> {
    return [];
  }
  async linkAccount(): Promise<void> {}
  async unlinkAccount(): Promise<void> {}
}

/** The push channels of one integration. */
export class MemoryPushChannels implements PushChannelStore {
  current: PushChannels | null = null;

  async get(integrationId: string): Promise<PushChannels | null> {
    return this.current?.integrationId === integrationId ? copyOf(this.current) : null;
  }

  async save(channels: PushChannels): Promise<PushChannels | null> {
    if ((this.current?.version ?? 0) !== channels.version) return null;
    this.current = copyOf({ ...channels, version: channels.version + 1 });
    return copyOf(this.current);
  }

  async delete(): Promise<void> {
    this.current = null;
  }
}

const NOTHING: SyncState = {
  fence: 0,
  lease: null,
  active: null,
  followUp: null,
  watermarks: {},
  lastRun: null,
  completeUntil: null,
  lastFullAt: null,
};

/** One integration's state. */
export class MemoryStates implements SyncStateStore {
  current: SyncState = NOTHING;

  async get(): Promise<SyncState> {
    return copyOf(this.current);
  }

  async acquire(_: IntegrationScope, { owner, now, until }: { owner: string; now: number; until: number }) {
    if (this.current.lease && this.current.lease.until > now) return null;
    this.current = { ...this.current, fence: this.current.fence + 1, lease: { owner, until } };
    return { lease: { owner, fence: this.current.fence }, state: copyOf(this.current) };
  }

  async save(_: IntegrationScope, lease: Lease, change: Parameters<SyncStateStore['save']>[2]): Promise<void> {
    if (!this.#isHeldBy(lease)) throw new LeaseLostError('taken over');
    const { until, ...members } = change;
    this.current = { ...this.current, ...copyOf(members), lease: { owner: lease.owner, until } };
  }

  async fold(_: IntegrationScope, followUp: FollowUp): Promise<FollowUp | null> {
    const before = this.current.followUp;
    if (followUp.type === 'incremental' && before?.type === 'full') return followUp;
    this.current = { ...this.current, followUp: copyOf(followUp) };
    return before?.runId === followUp.runId ? null : before;
  }

  async release(_: IntegrationScope, lease: Lease, handled: FollowUp | null): Promise<void> {
    if (!this.#isHeldBy(lease)) return;
    const isHandled = handled !== null && this.current.followUp?.runId === handled.runId;
    this.current = { ...this.current, lease: null, followUp: isHandled ? null : this.current.followUp };
  }

  async delete(): Promise<void> {
    this.current = NOTHING;
  }

  #isHeldBy({ owner, fence }: Lease): boolean {
    return this.current.lease?.owner === owner && this.current.fence === fence;
  }
}

export class MemoryRuns implements SyncRunLog {
  readonly #runs = new Map<string, SyncRun>();

  async put(run: SyncRun): Promise<void> {
    this.#runs.set(run.runId, copyOf(run));
  }
  async get(_: IntegrationScope, runId: string): Promise<SyncRun | null> {
    return this.#runs.get(runId) ?? null;
  }
  async list(): Promise<{ runs: SyncRun[]; nextCursor: string | null }> {
    return { runs: this.all, nextCursor: null };
  }
  async deleteAll(): Promise<void> {
    this.#runs.clear();
  }

  get all(): SyncRun[] {
    return [...this.#runs.values()];
  }
}

/** One integration's mirror. */
export class MemoryMirror implements MirrorStore {
  /** How many records were ever written. */
  written = 0;
  readonly #records = new Map<string, MirrorRecord>();
  readonly #seen = new Map<string, readonly string[]>();

  /** All records of a resource, by id. */
  of(resource: Resource): ReadonlyMap<string, MirrorRecord> {
    const own = [...this.#records.values()].filter((record) => record.resource === resource);
    return new Map(own.map((record) => [record.id, record]));
  }

  async known(_: IntegrationScope, resource: Resource, ids: readonly string[]): Promise<Map<string, KnownRecord>> {
    const all = this.of(resource);
    return new Map(
      ids.flatMap((id) => {
        const record = all.get(id);
        return record ? [[id, { hash: record.hash, keys: record.keys, updatedAt: record.updatedAt }]] : [];
      }),
    );
  }

  async write(_: IntegrationScope, writes: readonly MirrorWrite[]): Promise<number> {
    let written = 0;
    for (const { record } of writes) {
      const present = this.#records.get(`${record.resource}/${record.id}`);
      if (present?.updatedAt && record.updatedAt && present.updatedAt > record.updatedAt) continue;
      this.#records.set(`${record.resource}/${record.id}`, copyOf(record));
      written += 1;
    }
    this.written += written;
    return written;
  }

  async remove(_: IntegrationScope, resource: Resource, records: readonly { id: string }[]): Promise<void> {
    for (const { id } of records) this.#records.delete(`${resource}/${id}`);
  }

  async get(_: IntegrationScope, resource: Resource, id: string): Promise<MirrorRecord | null> {
    return this.#records.get(`${resource}/${id}`) ?? null;
  }

  async *records(_: IntegrationScope, resource: Resource): AsyncGenerator<readonly MirrorRecord[]> {
    yield [...this.of(resource).values()];
  }

  async findByKey(workspaceId: string, key: string) {
    const found = [...this.#records.values()].filter(({ keys }) => keys.includes(key));
    return found.map((record) => ({ scope: { workspaceId, integrationId: 'int_1' }, record }));
  }

  async *outline(_: IntegrationScope, resource: Resource): AsyncGenerator<MirrorRecord[]> {
    const records = [...this.of(resource).values()];
    for (let start = 0; start < records.length; start += 3) yield records.slice(start, start + 3);
  }

  async noteSeen(
    _: IntegrationScope,
    runId: string,
    resource: Resource,
    page: number,
    ids: readonly string[],
  ): Promise<void> {
    this.#seen.set(`${runId}/${resource}/${page}`, [...ids]);
  }

  async *seen(_: IntegrationScope, runId: string, resource: Resource): AsyncGenerator<readonly string[]> {
    for (const [key, ids] of this.#seen) if (key.startsWith(`${runId}/${resource}/`)) yield ids;
  }

  async forgetSeen(_: IntegrationScope, runId: string, resource: Resource): Promise<void> {
    for (const key of this.#seen.keys()) if (key.startsWith(`${runId}/${resource}/`)) this.#seen.delete(key);
  }
}
