/** What the domain needs from the outside world. `lambdas/aws/` implements these; core never imports AWS. */
import type { OAuthTokens, SealContext, SealedSecret, StoredCredential } from './model/credential.ts';
import type { Integration, IntegrationType } from './model/integration.ts';
import type { Json, MirrorRecord } from './model/mirror-record.ts';
import type { PushChannels } from './model/push-channel.ts';
import type { Resource } from './model/resource.ts';
import type { ResourceProgress, ResourceWatermark, SyncRun, SyncTrigger, SyncType } from './model/sync-run.ts';

export interface Clock {
  /** Epoch ms. */
  now(): number;
  sleep(ms: number): Promise<void>;
}

/** Structured log. Fields must never hold a token, a secret, a phone number, an e-mail address or a provider URL. */
export interface Logger {
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

export interface Metrics {
  count(name: string, value?: number, dimensions?: Readonly<Record<string, string>>): void;
  /** `value` in ms. */
  duration(name: string, value: number, dimensions?: Readonly<Record<string, string>>): void;
}

/** Names one integration; every store call is scoped by it, so no call can reach another workspace. */
export interface IntegrationScope {
  readonly workspaceId: string;
  readonly integrationId: string;
}

export interface IntegrationStore {
  get(scope: IntegrationScope): Promise<Integration | null>;
  list(workspaceId: string): Promise<Integration[]>;
  create(integration: Integration): Promise<void>;
  /** Compare-and-set on `version`; returns the stored item with its new version, or null if it was changed or is gone. */
  update(integration: Integration): Promise<Integration | null>;
  delete(scope: IntegrationScope): Promise<void>;
  /** Scopes of all integrations of all workspaces, for the reconciler. */
  directory(): AsyncIterable<IntegrationScope>;
  /** Integrations connected to one account at a provider, for webhooks. */
  findByAccount(type: IntegrationType, accountId: string): Promise<IntegrationScope[]>;
  linkAccount(type: IntegrationType, accountId: string, scope: IntegrationScope): Promise<void>;
  unlinkAccount(type: IntegrationType, accountId: string, scope: IntegrationScope): Promise<void>;
}

export interface CredentialStore {
  get(scope: IntegrationScope): Promise<StoredCredential | null>;
  /** Replaces whatever is there (a new consent); ends any refresh in progress. */
  replace(scope: IntegrationScope, credential: { sealed: SealedSecret; expiresAt: number | null }): Promise<void>;
  /** Takes the right to refresh version `version`, if nobody holds it. */
  acquireRefresh(
    scope: IntegrationScope,
    request: { version: number; owner: string; now: number; until: number },
  ): Promise<boolean>;
  /**
   * Saves refreshed tokens if `version` is still current, and ends the right to refresh it. It does not matter whose
   * right that is by now: the provider has given these tokens, and may have ended the old ones.
   */
  saveRefreshed(
    scope: IntegrationScope,
    request: { version: number; sealed: SealedSecret; expiresAt: number | null },
  ): Promise<boolean>;
  releaseRefresh(scope: IntegrationScope, owner: string): Promise<void>;
  delete(scope: IntegrationScope): Promise<void>;
}

export interface TokenVault {
  seal(context: SealContext, plaintext: string): Promise<SealedSecret>;
  /** Throws `internal` when the ciphertext was not sealed for exactly this context. */
  open(context: SealContext, sealed: SealedSecret): Promise<string>;
}

/** Our own registration with a provider. */
export interface ProviderApp {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly webhookKey: string | null;
  /** Anything else this provider needs, e.g. an API key. */
  readonly extra: Readonly<Record<string, string>>;
}

export interface ProviderApps {
  /** Throws `internal` when the stage has no usable secret for this provider. */
  get(type: IntegrationType): Promise<ProviderApp>;
}

export interface AuthorizationState {
  readonly workspaceId: string;
  readonly integrationId: string;
  readonly type: IntegrationType;
  readonly returnUrl: string | null;
  /** Connection parameters that the consent was asked for with; the integration takes them when it is given. */
  readonly connection: Readonly<Record<string, string>>;
  readonly sealedVerifier: SealedSecret | null;
  /** Epoch ms. */
  readonly expiresAt: number;
}

export interface AuthorizationStateStore {
  put(stateHash: string, state: AuthorizationState): Promise<void>;
  /** Hands the state out once: the item is gone afterwards. Null when unknown, used or expired. */
  take(stateHash: string, now: number): Promise<AuthorizationState | null>;
}

export interface KnownRecord {
  readonly hash: string;
  readonly keys: readonly string[];
  readonly updatedAt: string | null;
}

export interface MirrorWrite {
  readonly record: MirrorRecord;
  /** The record's present keys in the mirror, or null when the mirror does not have it. */
  readonly previousKeys: readonly string[] | null;
}

export interface MirrorStore {
  known(scope: IntegrationScope, resource: Resource, ids: readonly string[]): Promise<Map<string, KnownRecord>>;
  /**
   * Writes records with their look-up keys. A record that the mirror already has is replaced only if the new one is
   * not older. Repeating a write is harmless. Returns how many were written.
   */
  write(scope: IntegrationScope, writes: readonly MirrorWrite[]): Promise<number>;
  remove(
    scope: IntegrationScope,
    resource: Resource,
    records: readonly { id: string; keys: readonly string[] }[],
  ): Promise<void>;
  get(scope: IntegrationScope, resource: Resource, id: string): Promise<MirrorRecord | null>;
  /** Records in one workspace that carry the key, over all its integrations; no more than about `limit`. */
  findByKey(
    workspaceId: string,
    key: string,
    limit?: number,
  ): Promise<{ scope: IntegrationScope; record: MirrorRecord }[]>;
  /** Every record of a resource, in pages. For resources that are small by nature: services, staff. */
  records(scope: IntegrationScope, resource: Resource): AsyncIterable<readonly MirrorRecord[]>;
  /** Every record of a resource in pages, ids and bookkeeping only. */
  outline(
    scope: IntegrationScope,
    resource: Resource,
  ): AsyncIterable<readonly { id: string; keys: readonly string[]; mirroredAt: string }[]>;
  /** Notes which ids a full run has seen, page by page; noting a page twice is harmless. */
  noteSeen(
    scope: IntegrationScope,
    runId: string,
    resource: Resource,
    page: number,
    ids: readonly string[],
  ): Promise<void>;
  seen(scope: IntegrationScope, runId: string, resource: Resource): AsyncIterable<readonly string[]>;
  forgetSeen(scope: IntegrationScope, runId: string, resource: Resource): Promise<void>;
}

/** The run that an integration is working on, with everything needed to go on after a crash. */
export interface ActiveRun {
  readonly run: SyncRun;
  readonly resources: readonly Resource[];
  readonly progress: Readonly<Partial<Record<Resource, ResourceProgress>>>;
  /** ISO 8601: when the run first started; the watermark it will leave. */
  readonly until: string;
  /** Epoch ms before which a parked run should not go on; null when it is not parked. */
  readonly resumeAfter: number | null;
  /** A person has allowed this run to delete more than the brake permits. */
  readonly deletionsConfirmed: boolean;
  /** Provider failures since the last page that worked; decides the next pause and when to give up. */
  readonly failures: number;
}

export interface FollowUp {
  readonly type: SyncType;
  readonly trigger: SyncTrigger;
  readonly runId: string;
  readonly confirmDeletions: boolean;
}

/** One item per integration: lease, fence, active run and watermarks change together or not at all. */
export interface SyncState {
  readonly fence: number;
  readonly lease: { readonly owner: string; readonly until: number } | null;
  readonly active: ActiveRun | null;
  readonly followUp: FollowUp | null;
  readonly watermarks: Readonly<Partial<Record<Resource, ResourceWatermark>>>;
  readonly lastRun: SyncRun | null;
  readonly completeUntil: string | null;
  readonly lastFullAt: string | null;
}

export interface Lease {
  readonly owner: string;
  readonly fence: number;
}

export interface SyncStateStore {
  get(scope: IntegrationScope): Promise<SyncState>;
  /** Takes the lease if it is free or ran out, raising the fence. Returns null when somebody else holds it. */
  acquire(
    scope: IntegrationScope,
    request: { owner: string; now: number; until: number },
  ): Promise<{ lease: Lease; state: SyncState } | null>;
  /** Saves the given members and extends the lease, if `lease` is still ours; throws `LeaseLostError` otherwise. */
  save(
    scope: IntegrationScope,
    lease: Lease,
    change: Partial<Pick<SyncState, 'active' | 'watermarks' | 'lastRun' | 'completeUntil' | 'lastFullAt'>> & {
      until: number;
    },
  ): Promise<void>;
  /**
   * Notes a request that arrived while a run was going on; a full one is never replaced by an incremental one. Returns
   * the request that gave way to another, the given one or the one noted before, or null when there was only one.
   */
  fold(scope: IntegrationScope, followUp: FollowUp): Promise<FollowUp | null>;
  /** Gives the lease back and clears `followUp` if it is still the one given. */
  release(scope: IntegrationScope, lease: Lease, handled: FollowUp | null): Promise<void>;
  delete(scope: IntegrationScope): Promise<void>;
}

/** The lease was taken over by another worker: stop at once, touch nothing. */
export class LeaseLostError extends Error {
  override readonly name = 'LeaseLostError';
}

export interface SyncRunLog {
  put(run: SyncRun): Promise<void>;
  get(scope: IntegrationScope, runId: string): Promise<SyncRun | null>;
  /** Newest first. */
  list(
    scope: IntegrationScope,
    page: { limit: number; cursor: string | null },
  ): Promise<{ runs: SyncRun[]; nextCursor: string | null }>;
  deleteAll(scope: IntegrationScope): Promise<void>;
}

export interface SyncMessage {
  readonly workspaceId: string;
  readonly integrationId: string;
  readonly type: SyncType;
  readonly trigger: SyncTrigger;
  /** Absent in a schedule's message: the run is then named after the message itself. */
  readonly runId?: string;
  readonly confirmDeletions?: boolean;
}

/** Asks the sync function to delete everything that the hub holds of a disconnected integration. */
export interface PurgeMessage {
  readonly workspaceId: string;
  readonly integrationId: string;
  readonly type: 'purge';
}

/** Asks the sync function to forget records that were erased at the provider. */
export interface EraseMessage {
  readonly workspaceId: string;
  readonly integrationId: string;
  readonly type: 'erase';
  readonly resource: Resource;
  readonly recordIds: readonly string[];
  /** ISO 8601: when the hub learned of it. */
  readonly erasedAt: string;
}

/** Asks the sync function to look after an integration's push channels. */
export interface ChannelsMessage {
  readonly workspaceId: string;
  readonly integrationId: string;
  readonly type: 'channels';
  /** Those that are open may not work any more: renew all. */
  readonly renew: boolean;
}

export type QueueMessage = SyncMessage | PurgeMessage | EraseMessage | ChannelsMessage;

export interface SyncQueue {
  /** `delaySeconds` 0 to 900. */
  send(message: QueueMessage, options?: { delaySeconds?: number }): Promise<void>;
}

export interface Schedules {
  /** Creates or changes the one schedule of an integration; removes it when its config says `off`. */
  put(integration: Integration): Promise<void>;
  delete(scope: IntegrationScope): Promise<void>;
  /** Names of all schedules there are, for the reconciler. */
  list(): AsyncIterable<string>;
  nameOf(scope: IntegrationScope): string;
  deleteByName(name: string): Promise<void>;
}

export interface PushChannelStore {
  /** By the integration alone: a notification knows no workspace. */
  get(integrationId: string): Promise<PushChannels | null>;
  /** Compare-and-set on `version`; returns what is stored now, or null if somebody else was faster. */
  save(channels: PushChannels): Promise<PushChannels | null>;
  delete(integrationId: string): Promise<void>;
}

export type IdempotencyRecord =
  | {
      readonly status: 'started';
      readonly fingerprint: string;
      readonly owner: string;
      readonly startedAt: number;
      readonly until: number;
    }
  | { readonly status: 'done'; readonly fingerprint: string; readonly response: Json };

/** An earlier attempt of which nobody knows how it ended. */
export interface AbandonedAttempt {
  /** Epoch ms of the first attempt with the key. */
  readonly startedAt: number;
  /** Epoch ms after which the latest attempt certainly did nothing more. */
  readonly endedBy: number;
}

export interface IdempotencyStore {
  /** Starts the key, or returns what is there: a live or abandoned attempt, or its stored answer. */
  begin(
    workspaceId: string,
    key: string,
    attempt: { fingerprint: string; owner: string; now: number; until: number },
  ): Promise<{ started: true; abandoned: AbandonedAttempt | null } | { started: false; record: IdempotencyRecord }>;
  complete(workspaceId: string, key: string, owner: string, response: Json, expiresAt: number): Promise<void>;
  /** The attempt did nothing at the provider: the key is free again. */
  abandon(workspaceId: string, key: string, owner: string): Promise<void>;
  /** An attempt's outcome is unknown: keep the key, let the next try find out at once. `endedBy` in epoch ms. */
  suspend(workspaceId: string, key: string, owner: string, endedBy: number): Promise<void>;
}

/** A calendar as it is booked, perhaps through several integrations, of several workspaces. */
export interface BookedCalendar {
  readonly type: IntegrationType;
  /** The provider's id of it. */
  readonly calendarId: string;
  /** The one account for which it has this id; null where it is certain to have it for all. */
  readonly accountId: string | null;
}

/**
 * Short rights to write to one calendar, over all processes: between the last look and the booking nobody else may book
 * the same time. A right runs out by itself, so a holder that dies locks nobody out.
 */
export interface BookingLocks {
  /** Takes the right until `until` (epoch ms); false while somebody else has it. */
  acquire(
    calendar: BookedCalendar,
    request: { readonly owner: string; readonly now: number; readonly until: number },
  ): Promise<boolean>;
  release(calendar: BookedCalendar, owner: string): Promise<void>;
}

/** Shared budget of calls per provider account, over all processes. */
export interface RateBudget {
  /**
   * Takes one call out of every named window. Live calls always get through and are counted; background calls leave
   * the reserve of each window free. Returns 0, or the ms to wait before asking again.
   */
  take(account: string, windows: readonly RateWindow[], lane: 'live' | 'background'): Promise<number>;
  /** The provider said stop: background calls wait until then (epoch ms). */
  pause(account: string, until: number): Promise<void>;
}

export interface RateWindow {
  readonly name: string;
  /** Length in ms. */
  readonly windowMs: number;
  /** Calls allowed in the window. */
  readonly limit: number;
  /** Calls of those kept free for live callers. */
  readonly liveReserve: number;
}

export type { OAuthTokens };
