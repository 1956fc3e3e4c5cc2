import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { ComparisonOperator, MathExpression, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { CfnSchedule, ScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import { Construct } from 'constructs';
import type { StageConfig } from '../stage-config.ts';
import type { Alarms } from './alarms.ts';
import { HubFunction } from './hub-function.ts';
import { hubMetric } from './hub-metric.ts';
import { schedulerRole } from './scheduler-role.ts';

export interface ReconcilerProps {
  readonly settings: StageConfig;
  readonly alarms: Alarms;
}

const PERIOD = Duration.hours(1);

/**
 * Every hour, compares what should be with what is: schedules with integrations, and integrations with their last
 * completed sync. It is the hub's watch, so an alarm watches whether it runs at all.
 */
export class Reconciler extends Construct {
  readonly reconcileFunction: HubFunction;

  constructor(scope: Construct, id: string, props: ReconcilerProps) {
    super(scope, id);
    this.reconcileFunction = new HubFunction(this, 'Reconcile', {
      settings: props.settings,
      handler: 'reconcile',
      description: 'Repairs schedules and reports integrations that are stale or must be reconnected',
      memorySize: 512,
      timeout: Duration.minutes(5),
    });

    // Not the group of the integrations' schedules: the reconciler removes what does not belong there.
    const group = new ScheduleGroup(this, 'Group', {
      scheduleGroupName: `integration-hub-${props.settings.stage}-system`,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const { functionArn } = this.reconcileFunction.fn;
    const role = schedulerRole(this, 'ScheduleRole', group);
    role.addToPolicy(new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [functionArn] }));
    new CfnSchedule(this, 'Hourly', {
      description: 'Runs the Integration Hub reconciler',
      groupName: group.scheduleGroupName,
      scheduleExpression: 'rate(1 hour)',
      flexibleTimeWindow: { mode: 'OFF' },
      // A run that could not be started is not worth keeping: the next one does the same work.
      target: { arn: functionArn, roleArn: role.roleArn, retryPolicy: { maximumRetryAttempts: 2 } },
    });
    this.addAlarms(props.alarms, props.settings.stage);
  }

  private addAlarms(alarms: Alarms, stage: string): void {
    const { fn } = this.reconcileFunction;
    alarms.add(this, 'ReconnectAlarm', {
      summary: 'Integrations have lost their permission at the provider and must be reconnected by the business.',
      runbook: 'alarm-integrations-need-reconnecting',
      metric: hubMetric(stage, 'integrationsNeedingReconnect', { statistic: Stats.MAXIMUM, period: PERIOD }),
      threshold: 1,
    });
    alarms.add(this, 'StaleAlarm', {
      summary: 'Integrations have not completed a sync for much longer than their schedule allows.',
      runbook: 'alarm-stale-integrations',
      metric: hubMetric(stage, 'integrationsStale', { statistic: Stats.MAXIMUM, period: PERIOD }),
      threshold: 1,
    });
    alarms.add(this, 'ReconcilerAlarm', {
      summary: 'The reconciler has not completed a run for three hours, so nobody watches over the integrations.',
      runbook: 'alarm-reconciler-not-running',
      metric: new MathExpression({
        label: 'Completed runs',
        expression: 'invocations - errors',
        usingMetrics: {
          invocations: fn.metricInvocations({ statistic: Stats.SUM }),
          errors: fn.metricErrors({ statistic: Stats.SUM }),
        },
        period: PERIOD,
      }),
      threshold: 1,
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      evaluationPeriods: 3,
      treatMissingData: TreatMissingData.BREACHING,
    });
  }
}
