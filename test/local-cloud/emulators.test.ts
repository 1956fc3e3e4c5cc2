import {
  CreateAliasCommand,
  CreateKeyCommand,
  DecryptCommand,
  DescribeKeyCommand,
  GenerateDataKeyCommand,
  KMSClient,
} from '@aws-sdk/client-kms';
import {
  CreateScheduleCommand,
  CreateScheduleGroupCommand,
  DeleteScheduleCommand,
  GetScheduleCommand,
  ListSchedulesCommand,
  SchedulerClient,
  UpdateScheduleCommand,
} from '@aws-sdk/client-scheduler';
import {
  CreateSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type EmulatorServer, startEmulatorServer } from './emulators/emulator-server.ts';
import { createKms } from './emulators/kms.ts';
import { parseScheduleExpression } from './emulators/schedule-expression.ts';
import { ScheduleRunner } from './emulators/schedule-runner.ts';
import { ScheduleStore } from './emulators/schedule-store.ts';
import { createSchedulerApi } from './emulators/scheduler.ts';
import { createSecretsManager } from './emulators/secrets-manager.ts';

const PLACE = { region: 'eu-west-1', account: '000000000000' };
let now = Date.parse('2026-03-01T12:00:00Z');
const store = new ScheduleStore(PLACE, () => now);
const delivered: { arn: string; input: string }[] = [];
const deliver = async ({ Arn }: { Arn: string }, input: string): Promise<void> => {
  delivered.push({ arn: Arn, input });
};
const runner = new ScheduleRunner(store, deliver, { now: () => now, tickMs: 3_600_000 });

let server: EmulatorServer;
let kms: KMSClient;
let secrets: SecretsManagerClient;
let scheduler: SchedulerClient;

beforeAll(async () => {
  const services = { TrentService: createKms(PLACE), secretsmanager: createSecretsManager(PLACE) };
  server = await startEmulatorServer(services, createSchedulerApi(store));
  const config = {
    region: PLACE.region,
    endpoint: server.url,
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
  };
  kms = new KMSClient(config);
  secrets = new SecretsManagerClient(config);
  scheduler = new SchedulerClient(config);
});

afterAll(async () => {
  runner.close();
  for (const client of [kms, secrets, scheduler]) client.destroy();
  await server.close();
});

describe('KMS', () => {
  const EncryptionContext = { workspace: 'w1', purpose: 'oauth-token' };
  let keyId = '';

  beforeAll(async () => {
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
    keyId = KeyMetadata?.KeyId ?? '';
    await kms.send(new CreateAliasCommand({ AliasName: 'alias/tokens', TargetKeyId: keyId }));
  });

  test('opens a data key under the same context, whatever the order of its pairs', async () => {
    const sealed = await kms.send(
      new GenerateDataKeyCommand({ KeyId: 'alias/tokens', KeySpec: 'AES_256', EncryptionContext }),
    );
    expect(sealed.Plaintext).toHaveLength(32);
    const reordered = { purpose: 'oauth-token', workspace: 'w1' };
    const opened = await kms.send(
      new DecryptCommand({ CiphertextBlob: sealed.CiphertextBlob, EncryptionContext: reordered }),
    );
    expect(opened.Plaintext).toEqual(sealed.Plaintext);
    expect(opened.KeyId).toBe(`arn:aws:kms:eu-west-1:000000000000:key/${keyId}`);
  });

  test.each([
    ['another context', { workspace: 'w2', purpose: 'oauth-token' }],
    ['no context', undefined],
  ])('refuses %s', async (_name, context) => {
    const { CiphertextBlob } = await kms.send(
      new GenerateDataKeyCommand({ KeyId: keyId, KeySpec: 'AES_256', EncryptionContext }),
    );
    await expect(kms.send(new DecryptCommand({ CiphertextBlob, EncryptionContext: context }))).rejects.toMatchObject({
      name: 'InvalidCiphertextException',
      $metadata: { httpStatusCode: 400 },
    });
  });

  test('does not know a key that was never created', async () => {
    await expect(kms.send(new DescribeKeyCommand({ KeyId: 'alias/none' }))).rejects.toMatchObject({
      name: 'NotFoundException',
    });
  });
});

test('Secrets Manager keeps the previous value under its label', async () => {
  const { ARN } = await secrets.send(new CreateSecretCommand({ Name: 'app/hubspot', SecretString: 'one' }));
  await secrets.send(new PutSecretValueCommand({ SecretId: 'app/hubspot', SecretString: 'two' }));
  await secrets.send(new PutSecretValueCommand({ SecretId: ARN, SecretString: 'three' }));
  const current = await secrets.send(new GetSecretValueCommand({ SecretId: 'app/hubspot' }));
  const previous = await secrets.send(new GetSecretValueCommand({ SecretId: ARN, VersionStage: 'AWSPREVIOUS' }));
  expect([current.SecretString, previous.SecretString]).toEqual(['three', 'two']);
  await expect(secrets.send(new GetSecretValueCommand({ SecretId: 'app/none' }))).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  });
});

describe('Scheduler', () => {
  const target = { Arn: 'arn:aws:sqs:eu-west-1:000000000000:work', RoleArn: 'arn:aws:iam::000000000000:role/r' };
  const window = { Mode: 'OFF' as const };
  const group = 'tests';
  const settings = (Name: string, ScheduleExpression: string) => ({
    Name,
    GroupName: group,
    ScheduleExpression,
    FlexibleTimeWindow: window,
    Target: target,
  });

  beforeAll(async () => {
    await scheduler.send(new CreateScheduleGroupCommand({ Name: group }));
  });

  test('creates, reads, replaces, lists and deletes', async () => {
    const daily = settings('daily', 'cron(30 2 * * ? *)');
    await scheduler.send(
      new CreateScheduleCommand({ ...daily, ScheduleExpressionTimezone: 'Europe/London', Description: 'd' }),
    );
    await expect(scheduler.send(new CreateScheduleCommand(daily))).rejects.toMatchObject({ name: 'ConflictException' });
    await scheduler.send(
      new UpdateScheduleCommand({ ...daily, ScheduleExpression: 'rate(2 days)', State: 'DISABLED' }),
    );
    const read = await scheduler.send(new GetScheduleCommand({ Name: 'daily', GroupName: group }));
    expect(read).toMatchObject({
      ScheduleExpression: 'rate(2 days)',
      ScheduleExpressionTimezone: 'UTC',
      State: 'DISABLED',
    });
    expect(read.Description).toBeUndefined();
    expect(read.CreationDate).toEqual(new Date(now));

    for (const name of ['page-1', 'page-2', 'page-3']) {
      await scheduler.send(new CreateScheduleCommand({ ...settings(name, 'rate(1 day)'), State: 'DISABLED' }));
    }
    const query = { GroupName: group, NamePrefix: 'page-', MaxResults: 2 };
    const first = await scheduler.send(new ListSchedulesCommand(query));
    const second = await scheduler.send(new ListSchedulesCommand({ ...query, NextToken: first.NextToken }));
    expect([first, second].map(({ Schedules = [] }) => Schedules.map(({ Name }) => Name))).toEqual([
      ['page-1', 'page-2'],
      ['page-3'],
    ]);
    expect(second.NextToken).toBeUndefined();

    await scheduler.send(new DeleteScheduleCommand({ Name: 'daily', GroupName: group }));
    await expect(scheduler.send(new GetScheduleCommand({ Name: 'daily', GroupName: group }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      $metadata: { httpStatusCode: 404 },
    });
  });

  test.each([
    ['an expression', { ScheduleExpression: 'cron(30 2 * * *)' }],
    ['a time zone', { ScheduleExpressionTimezone: 'Europe/Atlantis' }],
    ['a name', { Name: 'not a name' }],
  ])('refuses %s that AWS would refuse', async (_name, wrong) => {
    const input = { ...settings('wrong', 'rate(1 day)'), ...wrong };
    await expect(scheduler.send(new CreateScheduleCommand(input))).rejects.toMatchObject({
      name: 'ValidationException',
    });
  });

  test('fires a rate at once and then regularly, with its context attributes filled in', async () => {
    const input = '{"at":"<aws.scheduler.scheduled-time>","id":"<aws.scheduler.execution-id>"}';
    const rate = settings('often', 'rate(1 minute)');
    await scheduler.send(new CreateScheduleCommand({ ...rate, Target: { ...target, Input: input } }));
    delivered.length = 0;
    await runner.fireDue();
    now += 59_000;
    await runner.fireDue();
    expect(delivered).toHaveLength(1);
    now += 1_000;
    await runner.fireDue();
    const times = delivered.map(({ input: text }) => JSON.parse(text) as { at: string; id: string });
    expect(times.map(({ at }) => at)).toEqual(['2026-03-01T12:00:00Z', '2026-03-01T12:01:00Z']);
    expect(times[0]?.id).toMatch(/^[0-9a-f-]{36}$/);
    await scheduler.send(new DeleteScheduleCommand({ Name: 'often', GroupName: group }));
  });

  test('fires a one-time schedule in its time zone, and deletes it if asked to', async () => {
    const once = settings('once', 'at(2026-03-01T14:00:00)');
    const options = { ScheduleExpressionTimezone: 'Europe/Amsterdam', ActionAfterCompletion: 'DELETE' as const };
    await scheduler.send(new CreateScheduleCommand({ ...once, ...options }));
    delivered.length = 0;
    now = Date.parse('2026-03-01T12:59:59Z');
    await runner.fireDue();
    expect(delivered).toHaveLength(0);
    now = Date.parse('2026-03-01T13:00:00Z');
    await runner.fireDue();
    expect(delivered).toHaveLength(1);
    expect(() => store.get(group, 'once')).toThrow('does not exist');
  });

  test.each([
    ['cron(30 2 * * ? *)', 'Europe/London', '2026-06-30T12:00:00Z', '2026-07-01T01:30:00.000Z'],
    ['cron(30 2 * * ? *)', 'Europe/London', '2026-01-01T12:00:00Z', '2026-01-02T02:30:00.000Z'],
    ['cron(0 10 ? * 2 *)', 'UTC', '2026-11-23T11:00:00Z', '2026-11-30T10:00:00.000Z'],
    ['cron(0 10 ? * 6L *)', 'UTC', '2026-11-23T11:00:00Z', '2026-11-27T10:00:00.000Z'],
    ['cron(0/15 * ? * MON-FRI *)', 'UTC', '2026-11-22T11:01:00Z', '2026-11-23T00:00:00.000Z'],
    ['cron(0 0 L * ? 2027)', 'UTC', '2026-11-22T11:01:00Z', '2027-01-31T00:00:00.000Z'],
  ])('%s in %s after %s', (expression, timeZone, after, expected) => {
    const due = parseScheduleExpression(expression, timeZone).first(Date.parse(after));
    expect(new Date(due ?? 0).toISOString()).toBe(expected);
  });
});
