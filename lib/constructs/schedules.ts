import { ArnFormat, Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import { ScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import { type IQueue, Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { StageConfig } from '../stage-config.ts';
import type { Alarms } from './alarms.ts';
import type { HubFunction } from './hub-function.ts';
import { schedulerRole } from './scheduler-role.ts';

export interface SchedulesProps {
  readonly settings: StageConfig;
  readonly alarms: Alarms;
  /** Where a schedule sends its message. */
  readonly queue: IQueue;
}

/**
 * What the hub needs to keep one schedule per integration: a group for them, the role under which EventBridge
 * Scheduler sends their messages, and a queue for messages that it could not deliver. The functions make the schedules.
 */
export class Schedules extends Construct {
  readonly deadLetterQueue: Queue;
  private readonly groupName: string;
  private readonly role: Role;
  private readonly queue: IQueue;

  constructor(scope: Construct, id: string, props: SchedulesProps) {
    super(scope, id);
    this.queue = props.queue;
    this.groupName = `integration-hub-${props.settings.stage}`;
    // Schedules are made again from the integrations, so the group is never worth keeping.
    const group = new ScheduleGroup(this, 'Group', {
      scheduleGroupName: this.groupName,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.deadLetterQueue = new Queue(this, 'DeadLetters', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    Validations.of(this.deadLetterQueue).acknowledge({
      id: 'AwsSolutions-SQS3',
      reason: 'It is a dead-letter queue: of EventBridge Scheduler, which the rule does not see.',
    });
    this.role = schedulerRole(this, 'Role', group);
    this.role.addToPolicy(
      new PolicyStatement({
        actions: ['sqs:SendMessage'],
        resources: [props.queue.queueArn, this.deadLetterQueue.queueArn],
      }),
    );
    props.alarms.add(this, 'DeadLettersAlarm', {
      summary: 'EventBridge Scheduler could not deliver the messages of some schedules.',
      runbook: 'alarm-undelivered-schedules',
      metric: this.deadLetterQueue.metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum' }),
      threshold: 1,
    });
  }

  /**
   * Lets a function make, change and remove the integrations' schedules, and hand them their role. The three go together:
   * to put the schedule of an integration whose config says `off` is to remove it.
   */
  grant(fn: HubFunction): void {
    const schedules = Stack.of(this).formatArn({
      service: 'scheduler',
      resource: 'schedule',
      resourceName: `${this.groupName}/*`,
      arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
    });
    fn.allow(
      new PolicyStatement({
        actions: ['scheduler:CreateSchedule', 'scheduler:UpdateSchedule', 'scheduler:DeleteSchedule'],
        resources: [schedules],
      }),
    );
    fn.allow(
      new PolicyStatement({
        actions: ['iam:PassRole'],
        resources: [this.role.roleArn],
        conditions: { StringEquals: { 'iam:PassedToService': 'scheduler.amazonaws.com' } },
      }),
    );
    fn.setVariable('scheduleGroup', this.groupName);
    fn.setVariable('scheduleRoleArn', this.role.roleArn);
    fn.setVariable('scheduleDeadLetterArn', this.deadLetterQueue.queueArn);
    fn.setVariable('syncQueueArn', this.queue.queueArn);
    Validations.of(fn).acknowledge({
      id: `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:scheduler:<AWS::Region>:<AWS::AccountId>:schedule/${this.groupName}/*]`,
      reason: 'There is one schedule per integration, made at run time; all are in this group, and nothing else is.',
    });
  }

  /** Lets a function list schedules. */
  grantList(fn: HubFunction): void {
    // The action knows no resources: it can only be allowed on all of them.
    fn.allow(new PolicyStatement({ actions: ['scheduler:ListSchedules'], resources: ['*'] }));
    fn.setVariable('scheduleGroup', this.groupName);
    Validations.of(fn).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'scheduler:ListSchedules knows no resources.',
    });
  }
}
