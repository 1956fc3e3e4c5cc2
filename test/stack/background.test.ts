import { describe, expect, test } from '@jest/globals';
import { ENV } from '../../lambdas/core/names.ts';
import { actionsOf, HubTemplate } from './hub-template.ts';

const hub = new HubTemplate({ syncConcurrency: '4' });
const queues = hub.ofType('AWS::SQS::Queue');
const attribute = (reference: { 'Fn::GetAtt': [string, string] }) => reference['Fn::GetAtt'][0];

describe('queues', () => {
  const deadLetterQueues = new Set([
    ...queues.flatMap(([, { Properties }]) => Properties.RedrivePolicy?.deadLetterTargetArn ?? []).map(attribute),
    attribute(hub.functions().get('reconcile')?.Properties.Environment.Variables[ENV.scheduleDeadLetterArn]),
  ]);

  test.each(queues)('%s refuses plain HTTP and is encrypted', (id, queue) => {
    const policies = hub
      .ofType('AWS::SQS::QueuePolicy')
      .filter(([, policy]) => policy.Properties.Queues.some((attached: { Ref: string }) => attached.Ref === id));

    expect(queue.Properties.SqsManagedSseEnabled).toBe(true);
    expect(policies.flatMap(([, policy]) => policy.Properties.PolicyDocument.Statement)).toContainEqual(
      expect.objectContaining({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
    );
  });

  test.each(queues)('%s has a dead-letter queue or is one', (id, queue) => {
    expect(deadLetterQueues.has(id) || queue.Properties.RedrivePolicy !== undefined).toBe(true);
  });

  test('of dead letters keep them for two weeks, and somebody is told', () => {
    const watched = hub
      .ofType('AWS::CloudWatch::Alarm')
      .flatMap(([, alarm]) => alarm.Properties.Dimensions ?? [])
      .filter(({ Name }) => Name === 'QueueName')
      .map(({ Value }) => attribute(Value));

    for (const id of deadLetterQueues) expect(hub.resources[id]?.Properties.MessageRetentionPeriod).toBe(14 * 86_400);
    expect(watched.sort()).toEqual([...deadLetterQueues].sort());
  });
});

describe('the sync function', () => {
  const [[, source] = []] = hub.ofType('AWS::Lambda::EventSourceMapping');
  const sync = hub.functions().get('sync');
  const queue = hub.resources[attribute(source?.Properties.EventSourceArn)];

  test('works one message at a time, with as many workers as the settings say', () => {
    expect(source?.Properties).toMatchObject({
      BatchSize: 1,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: { MaximumConcurrency: 4 },
    });
  });

  test('keeps a message hidden for six times its timeout', () => {
    expect(queue?.Properties.VisibilityTimeout).toBeGreaterThanOrEqual(6 * sync?.Properties.Timeout);
  });
});

describe('schedules', () => {
  const reconcile = hub.functions().get('reconcile');
  const roleId = attribute(reconcile?.Properties.Environment.Variables[ENV.scheduleRoleArn]);

  test('may send messages to the sync queue and to their own dead-letter queue, and nothing else', () => {
    const statements = hub.statementsOfRole(roleId);

    expect(statements.flatMap(actionsOf)).toEqual(['sqs:SendMessage']);
    expect(
      statements
        .flatMap(({ Resource }) => Resource as { 'Fn::GetAtt': [string, string] }[])
        .map(attribute)
        .sort(),
    ).toEqual(
      [ENV.syncQueueArn, ENV.scheduleDeadLetterArn]
        .map((name) => attribute(reconcile?.Properties.Environment.Variables[name]))
        .sort(),
    );
  });

  test('use their roles from their own group in this account only', () => {
    const roles = hub
      .ofType('AWS::IAM::Role')
      .map(([, role]) => role.Properties.AssumeRolePolicyDocument.Statement[0])
      .filter(({ Principal }) => Principal.Service === 'scheduler.amazonaws.com');

    expect(roles).toHaveLength(2);
    for (const { Condition } of roles) {
      expect(Condition.StringEquals).toMatchObject({ 'aws:SourceAccount': { Ref: 'AWS::AccountId' } });
      expect(hub.resources[attribute(Condition.StringEquals['aws:SourceArn'])]?.Type).toBe(
        'AWS::Scheduler::ScheduleGroup',
      );
    }
  });

  test('run the reconciler hourly, from another group than the one that it tidies', () => {
    const [[, hourly] = []] = hub.ofType('AWS::Scheduler::Schedule');

    expect(hourly?.Properties.ScheduleExpression).toBe('rate(1 hour)');
    expect(hub.resources[attribute(hourly?.Properties.Target.Arn)]).toBe(reconcile);
    expect(hourly?.Properties.GroupName).not.toBe(reconcile?.Properties.Environment.Variables[ENV.scheduleGroup]);
  });
});
