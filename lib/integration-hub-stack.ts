import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { grantAccess } from './access.ts';
import { Alarms } from './constructs/alarms.ts';
import { ApiAlarms } from './constructs/api-alarms.ts';
import { HubHttpApi } from './constructs/http-api.ts';
import { HubDashboard } from './constructs/hub-dashboard.ts';
import { HubTable } from './constructs/hub-table.ts';
import { ProviderSecrets } from './constructs/provider-secrets.ts';
import { Reconciler } from './constructs/reconciler.ts';
import { Schedules } from './constructs/schedules.ts';
import { SyncPipeline } from './constructs/sync-pipeline.ts';
import { TokenVault } from './constructs/token-vault.ts';
import type { StageConfig } from './stage-config.ts';

export interface IntegrationHubStackProps extends StackProps {
  readonly settings: StageConfig;
}

/** The whole hub. Composition only: what the parts are stands in `constructs/`, who may do what in `access.ts`. */
export class IntegrationHubStack extends Stack {
  constructor(scope: Construct, id: string, props: IntegrationHubStackProps) {
    const { settings } = props;
    super(scope, id, { terminationProtection: settings.stage === 'prod', ...props });

    const alarms = new Alarms(this, 'Alarms', { settings });
    const table = new HubTable(this, 'Store', { settings });
    const vault = new TokenVault(this, 'Vault', { settings });
    const secrets = new ProviderSecrets(this, 'ProviderSecrets', { settings, alarms });
    const pipeline = new SyncPipeline(this, 'SyncPipeline', { settings, alarms });
    const schedules = new Schedules(this, 'Schedules', { settings, alarms, queue: pipeline.queue });
    const reconciler = new Reconciler(this, 'Reconciler', { settings, alarms });
    const api = new HubHttpApi(this, 'HttpApi', { settings });

    const background = { sync: pipeline.syncFunction, reconcile: reconciler.reconcileFunction };
    const functions = { ...api.functions, ...background };
    grantAccess({ settings, functions, table, vault, secrets, pipeline, schedules, api });
    new ApiAlarms(this, 'ApiAlarms', { settings, alarms, api, functions: Object.values(functions) });
    const dashboard = new HubDashboard(this, 'Overview', { settings, alarms, api, pipeline, schedules, functions });

    const outputs = {
      ApiUrl: { value: api.endpoint, description: 'Where the HTTP API is' },
      RedirectUri: { value: api.redirectUri, description: 'Register this as redirect URI with every provider' },
      ProviderSecretNames: { value: secrets.names.join(','), description: 'Fill in our app registrations here' },
      TableName: { value: table.table.tableName, description: 'The one table' },
      SyncQueueUrl: { value: pipeline.queue.queueUrl, description: 'Sync requests' },
      DeadLetterQueueUrl: { value: pipeline.deadLetterQueue.queueUrl, description: 'Sync requests that failed' },
      ScheduleDeadLetterQueueUrl: {
        value: schedules.deadLetterQueue.queueUrl,
        description: 'Messages of schedules that could not be delivered',
      },
      DashboardName: { value: dashboard.dashboardName, description: 'CloudWatch dashboard' },
    };
    for (const [name, output] of Object.entries(outputs)) new CfnOutput(this, name, output);
  }
}
