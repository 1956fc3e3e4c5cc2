import { Duration } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { StageConfig } from '../stage-config.ts';
import type { Alarms } from './alarms.ts';
import { HubFunction } from './hub-function.ts';
import { hubMetric } from './hub-metric.ts';

export interface SyncPipelineProps {
  readonly settings: StageConfig;
  readonly alarms: Alarms;
}

/** Lambda's limit. A sync that needs longer saves its place and sends itself a message. */
const SYNC_TIMEOUT = Duration.minutes(15);
/** After so many receives a message is a dead letter. Lambda's own retries count. */
const MAX_RECEIVE_COUNT = 3;

/** The background path: a queue of sync requests, the function that works them off, and the queue of those that failed. */
export class SyncPipeline extends Construct {
  readonly queue: Queue;
  readonly deadLetterQueue: Queue;
  readonly syncFunction: HubFunction;

  constructor(scope: Construct, id: string, props: SyncPipelineProps) {
    super(scope, id);
    const { settings, alarms } = props;
    this.deadLetterQueue = new Queue(this, 'DeadLetters', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    this.queue = new Queue(this, 'Queue', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(4),
      // Six times the function's timeout, as AWS advises: a message must not come back while it is being worked on.
      visibilityTimeout: Duration.minutes(6 * SYNC_TIMEOUT.toMinutes()),
      deadLetterQueue: { queue: this.deadLetterQueue, maxReceiveCount: MAX_RECEIVE_COUNT },
    });

    this.syncFunction = new HubFunction(this, 'Sync', {
      settings,
      handler: 'sync',
      description: 'Brings the mirror of one integration up to date',
      memorySize: 1024,
      timeout: SYNC_TIMEOUT,
    });
    this.syncFunction.fn.addEventSource(
      new SqsEventSource(this.queue, {
        batchSize: 1,
        reportBatchItemFailures: true,
        // Not reserved concurrency: that would throttle after the receive, and healthy messages would die of it.
        maxConcurrency: settings.syncConcurrency,
      }),
    );
    this.addAlarms(alarms, settings.stage);
  }

  /** Lets a function ask for syncs. */
  grantSend(fn: HubFunction): void {
    fn.allow(new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [this.queue.queueArn] }));
    fn.setVariable('syncQueueUrl', this.queue.queueUrl);
  }

  private addAlarms(alarms: Alarms, stage: string): void {
    alarms.add(this, 'DeadLettersAlarm', {
      summary: 'Sync requests have failed for good and wait in the dead-letter queue.',
      runbook: 'alarm-dead-letters',
      metric: this.deadLetterQueue.metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum' }),
      threshold: 1,
    });
    alarms.add(this, 'SyncFailedAlarm', {
      summary: 'Sync runs have ended in failure.',
      runbook: 'alarm-failed-syncs',
      metric: hubMetric(stage, 'syncRunFailed', { period: Duration.minutes(15) }),
      threshold: 1,
    });
    alarms.add(this, 'SyncBlockedAlarm', {
      summary: 'A sync run would delete more records than its integration allows, and waits for a person.',
      runbook: 'alarm-blocked-deletion',
      metric: hubMetric(stage, 'syncRunBlocked', { period: Duration.minutes(15) }),
      threshold: 1,
    });
  }
}
