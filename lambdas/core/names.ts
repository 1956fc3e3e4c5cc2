/**
 * Names that both the deployed code and the CDK constructs need, so that an alarm can never watch a metric
 * nobody emits and a function can never read a variable nobody sets.
 *
 * Import-free on purpose: this file is loaded at synth time and in every bundle.
 */

/** Environment variables that the stack sets on functions. */
export const ENV = {
  stage: 'HUB_STAGE',
  tableName: 'HUB_TABLE_NAME',
  tokenKeyId: 'HUB_TOKEN_KEY_ID',
  syncQueueUrl: 'HUB_SYNC_QUEUE_URL',
  syncQueueArn: 'HUB_SYNC_QUEUE_ARN',
  scheduleGroup: 'HUB_SCHEDULE_GROUP',
  scheduleRoleArn: 'HUB_SCHEDULE_ROLE_ARN',
  scheduleDeadLetterArn: 'HUB_SCHEDULE_DLQ_ARN',
  /** Name prefix of the provider-app secrets: the secret of provider `t` is named `${prefix}${t}`. */
  secretNamePrefix: 'HUB_SECRET_NAME_PREFIX',
  /** Comma-separated provider types that the stage switches on. */
  providers: 'HUB_PROVIDERS',
  /** Comma-separated provider types for which the stage has the agreement that their makers want. */
  partnerAgreements: 'HUB_PARTNER_AGREEMENTS',
  /** Comma-separated origins that a `returnUrl` may have. */
  returnUrlOrigins: 'HUB_RETURN_URL_ORIGINS',
  /** Public origin of the HTTP API, without a trailing slash; the OAuth redirect URI is `${origin}/oauth/callback`. */
  publicOrigin: 'HUB_PUBLIC_ORIGIN',
  /** JSON object, real origin to local base. Only ever set on a developer's machine, never by the stack. */
  providerOriginMap: 'PROVIDER_ORIGIN_MAP',
} as const;

/** CloudWatch metrics (EMF). */
export const METRICS = {
  namespace: 'IntegrationHub',
  service: 'integration-hub',
  syncRunCompleted: 'SyncRunCompleted',
  syncRunFailed: 'SyncRunFailed',
  syncRunBlocked: 'SyncRunBlocked',
  syncRunWaiting: 'SyncRunWaiting',
  recordsRejected: 'RecordsRejected',
  reauthRequired: 'IntegrationReauthRequired',
  integrationsNeedingReconnect: 'IntegrationsNeedingReconnect',
  integrationsStale: 'IntegrationsStale',
  schedulesRepaired: 'SchedulesRepaired',
  tokenRefreshed: 'TokenRefreshed',
  tokenRefreshFailed: 'TokenRefreshFailed',
  providerAppMisconfigured: 'ProviderAppMisconfigured',
  providerCalls: 'ProviderCalls',
  providerErrors: 'ProviderErrors',
  providerThrottles: 'ProviderThrottles',
  providerLatency: 'ProviderLatency',
  webhookRejected: 'WebhookRejected',
  pushChannelFailed: 'PushChannelFailed',
  /** Requests that API Gateway turned away with 429; a metric filter counts them in the access log. */
  apiThrottled: 'ApiThrottled',
} as const;

/**
 * Dimensions of metrics. Alarms watch the series with exactly `service` and `stage`, so each metric is emitted under
 * these two; a metric that says more (which `provider`, which `operation`) is emitted under both sets.
 */
export const METRIC_DIMENSIONS = {
  service: 'service',
  stage: 'stage',
  provider: 'provider',
  operation: 'operation',
} as const;

/** Keys of the single table. */
export const TABLE = {
  partitionKey: 'pk',
  sortKey: 'sk',
  /** Epoch seconds; DynamoDB deletes late, so every reader also compares it with the clock. */
  ttl: 'expiresAt',
  /** Sparse, keys-only index over all integrations, for the reconciler. */
  directoryIndex: 'directory',
  directoryKey: 'directory',
} as const;

/** KMS encryption-context keys. IAM policies demand exactly these. */
export const ENCRYPTION_CONTEXT = {
  workspace: 'workspace',
  integration: 'integration',
  provider: 'provider',
  purpose: 'purpose',
} as const;

/** Values of the `purpose` key: what a ciphertext is for. */
export const PURPOSE = { oauthToken: 'oauth-token', pkceVerifier: 'pkce-verifier' } as const;
