import { ENV } from '../core/names.ts';
import type {
  AuthorizationStateStore,
  BookingLocks,
  Clock,
  CredentialStore,
  IdempotencyStore,
  IntegrationStore,
  Metrics,
  MirrorStore,
  ProviderApps,
  PushChannelStore,
  RateBudget,
  Schedules,
  SyncQueue,
  SyncRunLog,
  SyncStateStore,
  TokenVault,
} from '../core/ports.ts';
import {
  createDocumentClient,
  createKmsClient,
  createQueueClient,
  createSchedulerClient,
  createSecretsClient,
} from './aws-clients.ts';
import { DynamoAuthorizationStateStore } from './dynamo-authorization-state-store.ts';
import { DynamoBookingLocks } from './dynamo-booking-locks.ts';
import { DynamoCredentialStore } from './dynamo-credential-store.ts';
import { DynamoIdempotencyStore } from './dynamo-idempotency-store.ts';
import { DynamoIntegrationStore } from './dynamo-integration-store.ts';
import { DynamoMirrorStore } from './dynamo-mirror-store.ts';
import { DynamoPushChannelStore } from './dynamo-push-channel-store.ts';
import { DynamoRateBudget } from './dynamo-rate-budget.ts';
import { DynamoSyncRunLog } from './dynamo-sync-run-log.ts';
import { DynamoSyncStateStore } from './dynamo-sync-state-store.ts';
import { type Environment, requireEnv } from './environment.ts';
import { EventBridgeSchedules, type ScheduleTarget } from './eventbridge-schedules.ts';
import type { HubTable } from './hub-table.ts';
import { KmsTokenVault } from './kms-token-vault.ts';
import { SecretsProviderApps } from './secrets-provider-apps.ts';
import { SqsSyncQueue } from './sqs-sync-queue.ts';
import { SystemClock } from './system-clock.ts';
import { createLogs, createMetrics, type Logs } from './telemetry.ts';

export interface AwsPorts extends Logs {
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly integrations: IntegrationStore;
  readonly credentials: CredentialStore;
  readonly authorizationStates: AuthorizationStateStore;
  readonly mirror: MirrorStore;
  readonly states: SyncStateStore;
  readonly runs: SyncRunLog;
  readonly idempotency: IdempotencyStore;
  readonly bookingLocks: BookingLocks;
  readonly pushChannels: PushChannelStore;
  readonly rateBudget: RateBudget;
  readonly vault: TokenVault;
  readonly providerApps: ProviderApps;
  readonly queue: SyncQueue;
  readonly schedules: Schedules;
}

/**
 * Every port, built when it is first asked for: a function pays only for the clients, and needs only the variables,
 * of the ports that it uses. Call it once per process.
 */
export function createAwsPorts(environment: Environment = process.env): AwsPorts {
  const env = (name: keyof typeof ENV) => requireEnv(environment, ENV[name]);
  const clock = new SystemClock();
  const logs = lazily(createLogs);
  const table = lazily((): HubTable => ({ client: createDocumentClient(), name: env('tableName') }));

  const metrics = lazily(() => createMetrics(env('stage')));
  const integrations = lazily(() => new DynamoIntegrationStore(table()));
  const credentials = lazily(() => new DynamoCredentialStore(table()));
  const authorizationStates = lazily(() => new DynamoAuthorizationStateStore(table()));
  const mirror = lazily(() => new DynamoMirrorStore(table(), clock, logs().logger));
  const states = lazily(() => new DynamoSyncStateStore(table()));
  const runs = lazily(() => new DynamoSyncRunLog(table(), clock));
  const idempotency = lazily(() => new DynamoIdempotencyStore(table()));
  const bookingLocks = lazily(() => new DynamoBookingLocks(table()));
  const pushChannels = lazily(() => new DynamoPushChannelStore(table()));
  const rateBudget = lazily(() => new DynamoRateBudget(table(), clock));
  const vault = lazily(() => new KmsTokenVault(createKmsClient(), env('tokenKeyId')));
  const providerApps = lazily(() => new SecretsProviderApps(createSecretsClient(), env('secretNamePrefix'), clock));
  const queue = lazily(() => new SqsSyncQueue(createQueueClient(), env('syncQueueUrl')));
  const scheduleTarget: ScheduleTarget = {
    get group() {
      return env('scheduleGroup');
    },
    get queueArn() {
      return env('syncQueueArn');
    },
    get roleArn() {
      return env('scheduleRoleArn');
    },
    get deadLetterArn() {
      return env('scheduleDeadLetterArn');
    },
  };
  const schedules = lazily(() => new EventBridgeSchedules(createSchedulerClient(), scheduleTarget));

  return {
    clock,
    get logger() {
      return logs().logger;
    },
    get metrics() {
      return metrics();
    },
    get integrations() {
      return integrations();
    },
    get credentials() {
      return credentials();
    },
    get authorizationStates() {
      return authorizationStates();
    },
    get mirror() {
      return mirror();
    },
    get states() {
      return states();
    },
    get runs() {
      return runs();
    },
    get idempotency() {
      return idempotency();
    },
    get bookingLocks() {
      return bookingLocks();
    },
    get pushChannels() {
      return pushChannels();
    },
    get rateBudget() {
      return rateBudget();
    },
    get vault() {
      return vault();
    },
    get providerApps() {
      return providerApps();
    },
    get queue() {
      return queue();
    },
    get schedules() {
      return schedules();
    },
    get powertoolsLogger() {
      return logs().powertoolsLogger;
    },
  };
}

function lazily<T>(build: () => T): () => T {
  let built: { readonly value: T } | undefined;
  return () => {
    built ??= { value: build() };
    return built.value;
  };
}
