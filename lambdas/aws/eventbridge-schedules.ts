import { createHash } from 'node:crypto';
import {
  CreateScheduleCommand,
  type CreateScheduleCommandInput,
  DeleteScheduleCommand,
  ListSchedulesCommand,
  type SchedulerClient,
  UpdateScheduleCommand,
} from '@aws-sdk/client-scheduler';
import type { Integration, SyncSchedule } from '../core/model/integration.ts';
import type { IntegrationScope, Schedules, SyncMessage } from '../core/ports.ts';

/** Spreads the load: everybody asks for 02:30. */
const DAILY_WINDOW_MINUTES = 60;
const HOURLY_WINDOW_MINUTES = 15;
const MINUTES_WINDOW_MINUTES = 5;
/** SQS is rarely away for long, and a message that is hours late is better left to the next one. */
const RETRY_POLICY = { MaximumEventAgeInSeconds: 3_600, MaximumRetryAttempts: 10 };

export interface ScheduleTarget {
  readonly group: string;
  readonly queueArn: string;
  readonly roleArn: string;
  readonly deadLetterArn: string;
}

/** One schedule per integration, in one group, straight to the sync queue. */
export class EventBridgeSchedules implements Schedules {
  readonly #scheduler: SchedulerClient;
  readonly #target: ScheduleTarget;

  /** `target` may read its members late: a function that only lists schedules has no queue to name. */
  constructor(scheduler: SchedulerClient, target: ScheduleTarget) {
    this.#scheduler = scheduler;
    this.#target = target;
  }

  async put(integration: Integration): Promise<void> {
    const { schedule, timeZone } = integration.config;
    if (schedule.frequency === 'off') {
      await this.delete(integration);
      return;
    }
    const wanted = { ...this.#definition(integration), ...timesOf(schedule, timeZone) };
    const created = await unless('ConflictException', this.#scheduler.send(new CreateScheduleCommand(wanted)));
    if (created) return;
    const updated = await unless('ResourceNotFoundException', this.#scheduler.send(new UpdateScheduleCommand(wanted)));
    // Deleted between the two calls.
    if (!updated) await this.#scheduler.send(new CreateScheduleCommand(wanted));
  }

  delete(scope: IntegrationScope): Promise<void> {
    return this.deleteByName(this.nameOf(scope));
  }

  async *list(): AsyncGenerator<string> {
    let next: string | undefined;
    do {
      const page = await this.#scheduler.send(
        new ListSchedulesCommand({ GroupName: this.#target.group, NextToken: next, MaxResults: 100 }),
      );
      for (const { Name } of page.Schedules ?? []) if (Name !== undefined) yield Name;
      next = page.NextToken;
    } while (next !== undefined);
  }

  /** At most 64 characters of few kinds are allowed: the integration for people, a hash for uniqueness. */
  nameOf(scope: IntegrationScope): string {
    const hash = createHash('sha256').update(`${scope.workspaceId}#${scope.integrationId}`).digest('hex');
    return `${scope.integrationId.replace(/[^0-9a-zA-Z_.-]/g, '_').slice(0, 40)}-${hash.slice(0, 20)}`;
  }

  async deleteByName(name: string): Promise<void> {
    await unless(
      'ResourceNotFoundException',
      this.#scheduler.send(new DeleteScheduleCommand({ GroupName: this.#target.group, Name: name })),
    );
  }

  #definition(scope: IntegrationScope) {
    const message: SyncMessage = {
      workspaceId: scope.workspaceId,
      integrationId: scope.integrationId,
      type: 'incremental',
      trigger: 'schedule',
    };
    return {
      GroupName: this.#target.group,
      Name: this.nameOf(scope),
      State: 'ENABLED',
      Target: {
        Arn: this.#target.queueArn,
        RoleArn: this.#target.roleArn,
        DeadLetterConfig: { Arn: this.#target.deadLetterArn },
        RetryPolicy: RETRY_POLICY,
        Input: JSON.stringify(message),
      },
    } satisfies Partial<CreateScheduleCommandInput>;
  }
}

function timesOf(schedule: Exclude<SyncSchedule, { frequency: 'off' }>, timeZone: string) {
  if (schedule.frequency === 'minutes') {
    return {
      ScheduleExpression: `rate(${schedule.everyMinutes} minutes)`,
      FlexibleTimeWindow: flexible(MINUTES_WINDOW_MINUTES),
    };
  }
  if (schedule.frequency === 'hourly') {
    const unit = schedule.everyHours === 1 ? 'hour' : 'hours';
    return {
      ScheduleExpression: `rate(${schedule.everyHours} ${unit})`,
      FlexibleTimeWindow: flexible(HOURLY_WINDOW_MINUTES),
    };
  }
  const [hours, minutes] = schedule.at.split(':');
  return {
    ScheduleExpression: `cron(${Number(minutes)} ${Number(hours)} * * ? *)`,
    ScheduleExpressionTimezone: timeZone,
    FlexibleTimeWindow: flexible(DAILY_WINDOW_MINUTES),
  };
}

function flexible(minutes: number) {
  return { Mode: 'FLEXIBLE', MaximumWindowInMinutes: minutes } as const;
}

/** Waits for a request. False when it failed with the named error; any other failure is thrown. */
async function unless(errorName: string, request: Promise<unknown>): Promise<boolean> {
  try {
    await request;
    return true;
  } catch (error) {
    if (error instanceof Error && error.name === errorName) return false;
    throw error;
  }
}
