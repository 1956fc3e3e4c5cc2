import { DeleteCommand, GetCommand, UpdateCommand, type UpdateCommandInput } from '@aws-sdk/lib-dynamodb';
import {
  type FollowUp,
  type IntegrationScope,
  type Lease,
  LeaseLostError,
  type SyncState,
  type SyncStateStore,
} from '../core/ports.ts';
import { conditionHeld, type HubTable, isConditionFailure, parseItem } from './hub-table.ts';
import { toJsonText } from './stored-json.ts';
import { followUpSchema, syncStateSchema } from './stored-sync.ts';
import { syncStateKey } from './table-keys.ts';

type Change = Parameters<SyncStateStore['save']>[2];

const OURS = 'leaseOwner = :owner AND fence = :fence';

/** One item per integration: who runs, what, how far, and what should run next. */
export class DynamoSyncStateStore implements SyncStateStore {
  readonly #table: HubTable;

  constructor(table: HubTable) {
    this.#table = table;
  }

  async get(scope: IntegrationScope): Promise<SyncState> {
    const { Item } = await this.#table.client.send(
      new GetCommand({ TableName: this.#table.name, Key: syncStateKey(scope), ConsistentRead: true }),
    );
    return parseItem(syncStateSchema, Item ?? {}, 'sync state');
  }

  async acquire(
    scope: IntegrationScope,
    request: { owner: string; now: number; until: number },
  ): Promise<{ lease: Lease; state: SyncState } | null> {
    try {
      const { Attributes } = await this.#update(scope, {
        UpdateExpression: 'SET leaseOwner = :owner, leaseUntil = :until ADD fence :one',
        // The last branch lets the SDK repeat a request whose answer got lost; the fence keeps that safe.
        ConditionExpression:
          'attribute_not_exists(leaseUntil) OR leaseUntil <= :now OR (leaseOwner = :owner AND leaseUntil = :until)',
        ExpressionAttributeValues: {
          ':owner': request.owner,
          ':until': request.until,
          ':now': request.now,
          ':one': 1,
        },
        ReturnValues: 'ALL_NEW',
      });
      const state = parseItem(syncStateSchema, Attributes, 'sync state');
      return { lease: { owner: request.owner, fence: state.fence }, state };
    } catch (error) {
      if (isConditionFailure(error)) return null;
      throw error;
    }
  }

  async save(scope: IntegrationScope, lease: Lease, change: Change): Promise<void> {
    const set: Record<string, unknown> = { leaseUntil: change.until };
    if (change.active !== undefined) set.active = toJsonText(change.active);
    if (change.watermarks !== undefined) set.watermarks = toJsonText(change.watermarks);
    if (change.lastRun !== undefined) set.lastRun = change.lastRun;
    if (change.completeUntil !== undefined) set.completeUntil = change.completeUntil;
    if (change.lastFullAt !== undefined) set.lastFullAt = change.lastFullAt;
    const saved = await conditionHeld(
      this.#update(scope, {
        UpdateExpression: `SET ${Object.keys(set)
          .map((name) => `#${name} = :${name}`)
          .join(', ')}`,
        ConditionExpression: OURS,
        ExpressionAttributeNames: Object.fromEntries(Object.keys(set).map((name) => [`#${name}`, name])),
        ExpressionAttributeValues: {
          ...Object.fromEntries(Object.entries(set).map(([name, value]) => [`:${name}`, value])),
          ...leaseValues(lease),
        },
      }),
    );
    if (!saved) throw new LeaseLostError('The lease of this sync was taken over.');
  }

  async fold(scope: IntegrationScope, followUp: FollowUp): Promise<FollowUp | null> {
    const unlessFull = {
      ConditionExpression: 'attribute_not_exists(followUp) OR followUp.#type <> :full',
      ExpressionAttributeNames: { '#type': 'type' },
    };
    try {
      const { Attributes } = await this.#update(scope, {
        UpdateExpression: 'SET followUp = :followUp',
        ...(followUp.type === 'full' ? {} : unlessFull),
        ExpressionAttributeValues: { ':followUp': followUp, ...(followUp.type === 'full' ? {} : { ':full': 'full' }) },
        ReturnValues: 'UPDATED_OLD',
      });
      const before = Attributes?.followUp;
      const displaced = before === undefined ? null : parseItem(followUpSchema, before, 'follow-up');
      return displaced?.runId === followUp.runId ? null : displaced;
    } catch (error) {
      // A full follow-up that is already noted covers this one.
      if (isConditionFailure(error)) return followUp;
      throw error;
    }
  }

  /**
   * Clears both in one step when the follow-up is still the handled one. When a newer one has arrived, or there is
   * none, only the lease goes. When the lease is lost, nothing may be touched.
   */
  async release(scope: IntegrationScope, lease: Lease, handled: FollowUp | null): Promise<void> {
    if (handled !== null) {
      const both = await conditionHeld(
        this.#update(scope, {
          UpdateExpression: 'REMOVE leaseOwner, leaseUntil, followUp',
          ConditionExpression: `${OURS} AND followUp.runId = :handled`,
          ExpressionAttributeValues: { ...leaseValues(lease), ':handled': handled.runId },
        }),
      );
      if (both) return;
    }
    await conditionHeld(
      this.#update(scope, {
        UpdateExpression: 'REMOVE leaseOwner, leaseUntil',
        ConditionExpression: OURS,
        ExpressionAttributeValues: leaseValues(lease),
      }),
    );
  }

  async delete(scope: IntegrationScope): Promise<void> {
    await this.#table.client.send(new DeleteCommand({ TableName: this.#table.name, Key: syncStateKey(scope) }));
  }

  #update(scope: IntegrationScope, input: Omit<UpdateCommandInput, 'TableName' | 'Key'>) {
    return this.#table.client.send(
      new UpdateCommand({ ...input, TableName: this.#table.name, Key: syncStateKey(scope) }),
    );
  }
}

function leaseValues(lease: Lease) {
  return { ':owner': lease.owner, ':fence': lease.fence };
}
