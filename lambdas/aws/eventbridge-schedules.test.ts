import {
  CreateScheduleCommand,
  DeleteScheduleCommand,
  ListSchedulesCommand,
  SchedulerClient,
  UpdateScheduleCommand,
} from '@aws-sdk/client-scheduler';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { type Integration, integrationConfigSchema, type SyncSchedule } from '../core/model/integration.ts';
import { EventBridgeSchedules } from './eventbridge-schedules.ts';

const scheduler = mockClient(SchedulerClient);
const schedules = new EventBridgeSchedules(new SchedulerClient({ region: 'eu-west-2' }), {
  group: 'hub',
  queueArn: 'arn:queue',
  roleArn: 'arn:role',
  deadLetterArn: 'arn:dead',
});
beforeEach(() => {
  scheduler.reset();
});

const named = (name: string) => Object.assign(new Error(name), { name });

function integration(schedule: SyncSchedule): Integration {
  return {
    workspaceId: 'w',
    integrationId: `int_${'0'.repeat(32)}`,
    type: 'hubspot',
    status: 'connected',
    statusReason: null,
    nextSteps: [],
    config: integrationConfigSchema.parse({ schedule, timeZone: 'Europe/London' }),
    account: null,
    grantedScopes: [],
    createdAt: '',
    connectedAt: null,
    updatedAt: '',
    version: 1,
  };
}
const daily = integration({ frequency: 'daily', at: '02:05' });
const input = (call: number) => scheduler.call(call).args[0].input;

describe('EventBridgeSchedules', () => {
  test('a daily schedule runs in the night of the workspace', async () => {
    await schedules.put(daily);
    expect(input(0)).toEqual({
      GroupName: 'hub',
      Name: schedules.nameOf(daily),
      State: 'ENABLED',
      ScheduleExpression: 'cron(5 2 * * ? *)',
      ScheduleExpressionTimezone: 'Europe/London',
      FlexibleTimeWindow: { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 60 },
      Target: {
        Arn: 'arn:queue',
        RoleArn: 'arn:role',
        DeadLetterConfig: { Arn: 'arn:dead' },
        RetryPolicy: { MaximumEventAgeInSeconds: 3600, MaximumRetryAttempts: 10 },
        Input: JSON.stringify({
          workspaceId: 'w',
          integrationId: daily.integrationId,
          type: 'incremental',
          trigger: 'schedule',
        }),
      },
    });
  });

  test.each([
    [1, 'rate(1 hour)'],
    [6, 'rate(6 hours)'],
  ])('every %p hours', async (everyHours, expression) => {
    await schedules.put(integration({ frequency: 'hourly', everyHours }));
    expect(input(0)).toMatchObject({
      ScheduleExpression: expression,
      FlexibleTimeWindow: { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 15 },
    });
  });

  test('every few minutes', async () => {
    await schedules.put(integration({ frequency: 'minutes', everyMinutes: 20 }));
    expect(input(0)).toMatchObject({
      ScheduleExpression: 'rate(20 minutes)',
      FlexibleTimeWindow: { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 5 },
    });
  });

  test('changes the schedule that is there already', async () => {
    scheduler.on(CreateScheduleCommand).rejects(named('ConflictException'));
    await schedules.put(daily);
    expect(scheduler.commandCalls(UpdateScheduleCommand)[0]?.args[0].input).toEqual(input(0));
  });

  test('makes it again when it is deleted meanwhile', async () => {
    scheduler.on(CreateScheduleCommand).rejectsOnce(named('ConflictException')).resolves({});
    scheduler.on(UpdateScheduleCommand).rejects(named('ResourceNotFoundException'));
    await schedules.put(daily);
    expect(scheduler.commandCalls(CreateScheduleCommand)).toHaveLength(2);
  });

  test('other failures are not swallowed', async () => {
    scheduler.on(CreateScheduleCommand).rejects(named('ThrottlingException'));
    await expect(schedules.put(daily)).rejects.toThrow('ThrottlingException');
  });

  test('`off` deletes, and deleting what is not there is fine', async () => {
    scheduler.on(DeleteScheduleCommand).rejects(named('ResourceNotFoundException'));
    await schedules.put(integration({ frequency: 'off' }));
    expect(input(0)).toEqual({ GroupName: 'hub', Name: schedules.nameOf(daily) });
  });

  test('lists every page', async () => {
    scheduler
      .on(ListSchedulesCommand)
      .resolvesOnce({ Schedules: [{ Name: 'a' }], NextToken: 'next' })
      .resolvesOnce({ Schedules: [{ Name: 'b' }] });
    const names: string[] = [];
    for await (const name of schedules.list()) names.push(name);
    expect(names).toEqual(['a', 'b']);
  });

  test('names are unique and allowed, whatever the ids', () => {
    const ids = ['a', 'b', 'x'.repeat(64), '#', `int_${'f'.repeat(32)}`];
    const names = ids.flatMap((workspaceId) =>
      ids.map((integrationId) => schedules.nameOf({ workspaceId, integrationId })),
    );
    expect(new Set(names).size).toBe(25);
    for (const name of names) expect(name).toMatch(/^[0-9a-zA-Z_.-]{1,64}$/);
  });
});
