import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import {
  Alarm,
  type AlarmProps,
  ComparisonOperator,
  type IAlarmAction,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import type { StageConfig } from '../stage-config.ts';

export interface AlarmsProps {
  readonly settings: StageConfig;
}

/** One thing that a person should be told about. */
export interface HubAlarmProps extends Pick<AlarmProps, 'metric' | 'threshold'> {
  /** What has happened, in one sentence. */
  readonly summary: string;
  /** Anchor of the alarm's section in docs/operations.md. */
  readonly runbook: string;
  /** @default GREATER_THAN_OR_EQUAL_TO_THRESHOLD */
  readonly comparisonOperator?: ComparisonOperator;
  /** @default 1 */
  readonly evaluationPeriods?: number;
  /** @default NOT_BREACHING: most metrics have no data when nothing happens, and that is good */
  readonly treatMissingData?: TreatMissingData;
  /** For percentiles: leave the alarm as it is while there are too few calls to say. @default false */
  readonly ignoreLowSamples?: boolean;
}

/** Makes the hub's alarms, each with the address of its runbook section, and sends them to people. */
export class Alarms extends Construct {
  /** Every alarm made so far, for the dashboard. */
  readonly all: Alarm[] = [];
  private readonly action: IAlarmAction | undefined;

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    const topic = this.topic(props.settings);
    this.action = topic && new SnsAction(topic);
  }

  /** Adds an alarm to the construct that it watches. */
  add(scope: Construct, id: string, props: HubAlarmProps): void {
    const alarm = new Alarm(scope, id, {
      metric: props.metric,
      threshold: props.threshold,
      alarmDescription: `${props.summary} Runbook: docs/operations.md#${props.runbook}`,
      comparisonOperator: props.comparisonOperator ?? ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods: props.evaluationPeriods ?? 1,
      treatMissingData: props.treatMissingData ?? TreatMissingData.NOT_BREACHING,
      ...(props.ignoreLowSamples ? { evaluateLowSampleCountPercentile: 'ignore' } : {}),
    });
    if (this.action) {
      alarm.addAlarmAction(this.action);
      alarm.addOkAction(this.action);
    }
    this.all.push(alarm);
  }

  private topic(settings: StageConfig): ITopic | undefined {
    if (settings.alarmTopicArn !== undefined) return Topic.fromTopicArn(this, 'Topic', settings.alarmTopicArn);
    if (settings.alarmEmail === undefined) return undefined;

    const cloudWatch = new ServicePrincipal('cloudwatch.amazonaws.com', {
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
    });
    // A key of our own, because CloudWatch may not use the AWS-managed one, and would then drop alarms silently.
    const key = new Key(this, 'TopicKey', {
      description: `Encrypts the alarm topic of the Integration Hub (${settings.stage})`,
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    key.addToResourcePolicy(
      new PolicyStatement({
        principals: [cloudWatch],
        actions: ['kms:Decrypt', 'kms:GenerateDataKey*'],
        resources: ['*'],
      }),
    );
    const topic = new Topic(this, 'Topic', { masterKey: key, enforceSSL: true });
    // A topic policy replaces the default one, under which alarms of the same account could publish.
    topic.grantPublish(cloudWatch);
    topic.addSubscription(new EmailSubscription(settings.alarmEmail));
    return topic;
  }
}
