import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DynamoDBClient, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { CreateScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type LocalCloud, startLocalCloud } from './start-local-cloud.ts';
import { synthesize } from './synthesize.ts';

const directory = mkdtempSync(join(tmpdir(), 'tiny-'));
let cloud: LocalCloud;
let sqs: SQSClient;

beforeAll(async () => {
  const app = fileURLToPath(new URL('./fixtures/tiny-app.ts', import.meta.url));
  const assemblyDir = await synthesize(app, join(directory, 'assembly'));
  cloud = await startLocalCloud({
    assemblyDir,
    environment: { EXTRA: 'all' },
    overrideEnvironment: { 'tiny-echo': { EXTRA: 'echo' } },
    secrets: { 'tiny/provider': '{"clientId":"id"}' },
    logDirectory: join(directory, 'logs'),
    // Far above the functions' limit of 1 s, so that no message comes back while a busy machine starts the worker.
    visibilityTimeoutOverrideSeconds: 5,
  });
  sqs = new SQSClient(clientConfig('sqs'));
});

afterAll(async () => {
  sqs?.destroy();
  await cloud?.close();
  rmSync(directory, { recursive: true, force: true });
});

function clientConfig(service: 'dynamodb' | 'sqs' | 'scheduler') {
  return { region: cloud.region, endpoint: cloud.endpoints[service], credentials: cloud.credentials };
}

interface Delivery {
  messageId: string;
  receiveCount: number;
  group?: string;
}

async function sendWork(name: string, mode: string, extra: object = {}): Promise<() => Delivery[]> {
  const log = join(directory, `${name}.jsonl`);
  const QueueUrl = Object.entries(cloud.queueUrls).find(([key]) => key.startsWith('Work'))?.[1];
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify({ log, mode }), ...extra }));
  return () => {
    if (!existsSync(log)) return [];
    return readFileSync(log, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Delivery);
  };
}

async function eventually(condition: () => boolean): Promise<void> {
  for (let attempt = 0; !condition(); attempt++) {
    if (attempt > 200) throw new Error('It never happened');
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

describe('HTTP API', () => {
  test('runs the function with the environment of its template and nothing else', async () => {
    const response = await fetch(`${cloud.apiUrl}/items/7`);
    const { environment, context } = (await response.json()) as {
      environment: Record<string, string>;
      context: object;
    };
    expect(environment).toMatchObject({
      TABLE: cloud.tableName,
      KEY: expect.stringMatching(/^arn:aws:kms:/),
      SECRET: expect.stringMatching(/^arn:aws:secretsmanager:/),
      QUEUE: expect.stringMatching(/^http:\/\/127\.0\.0\.1:/),
      ORIGIN: cloud.apiUrl,
      EXTRA: 'echo',
      AWS_ENDPOINT_URL_DYNAMODB: cloud.endpoints.dynamodb,
      AWS_LAMBDA_FUNCTION_NAME: 'tiny-echo',
      TZ: 'UTC',
    });
    expect(Object.keys(environment)).not.toEqual(expect.arrayContaining(['HOME']));
    expect(environment).not.toHaveProperty('NODE_OPTIONS');
    expect(context).toMatchObject({
      functionName: 'tiny-echo',
      memoryLimitInMB: '256',
      awsRequestId: expect.any(String),
    });
    expect(cloud.outputs.Url).toBe(cloud.apiUrl);
  });

  test('answers in binary, with more than one cookie', async () => {
    const response = await fetch(`${cloud.apiUrl}/items/7?mode=cookies`);
    expect(response.status).toBe(201);
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect([...new Uint8Array(await response.arrayBuffer())]).toEqual([0, 255]);
  });

  test.each([
    ['/items/7?mode=throw', 500, 'Internal Server Error'],
    ['/items/7?mode=crash', 500, 'Internal Server Error'],
    ['/nowhere', 404, 'Not Found'],
    ['/items/%zz', 400, 'Bad Request'],
  ])('%s is a %i', async (path, status, message) => {
    const response = await fetch(cloud.apiUrl + path);
    expect([response.status, await response.json()]).toEqual([status, { message }]);
  });

  test('refuses a body of more than 10 MB', async () => {
    const body = Buffer.alloc(10 * 1024 * 1024 + 1);
    const response = await fetch(`${cloud.apiUrl}/items/7`, { method: 'POST', body });
    expect(response.status).toBe(413);
  });

  test('refuses hosts and, where a caller is needed, origins that are not this machine', async () => {
    const { port } = new URL(cloud.apiUrl);
    const status = (headers: Record<string, string>): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        const call = request({ host: '127.0.0.1', port, path: '/items/7', headers }, (response) => {
          response.resume();
          resolve(response.statusCode);
        });
        call.on('error', reject).end();
      });
    expect(await status({ host: 'evil.example' })).toBe(403);
    expect(await status({ origin: 'https://evil.example' })).toBe(403);
    expect(await status({ 'sec-fetch-site': 'cross-site' })).toBe(403);
    expect(await status({ origin: 'http://localhost:3000' })).toBe(200);
  });

  test('reports what invocations took', async () => {
    const reports = cloud.functions.reports('echo');
    expect(reports[0]).toMatchObject({ initMs: expect.any(Number), durationMs: expect.any(Number) });
    expect(reports[0]?.maxMemoryMb).toBeGreaterThan(20);
    expect(reports.filter(({ failure }) => failure === 'Runtime.ExitError')).toHaveLength(1);
    const { requestId = '' } = reports[0] ?? {};
    expect(readFileSync(join(cloud.logDirectory, 'tiny-echo.log'), 'utf8')).toContain(`"requestId":"${requestId}"`);
  });
});

test('a function that takes too long is killed', async () => {
  const result = await cloud.functions.invoke('echo', { queryStringParameters: { mode: 'hang' } });
  expect(result.error).toMatchObject({
    errorType: 'Sandbox.Timedout',
    errorMessage: expect.stringContaining('1.00 seconds'),
  });
});

describe('queue', () => {
  test('a message is delivered once, with its group, and deleted', async () => {
    const deliveries = await sendWork('good', 'ok', { MessageGroupId: 'w1' });
    await eventually(() => deliveries().length > 0);
    await cloud.waitForIdle(10_000);
    expect(deliveries()).toEqual([{ messageId: expect.any(String), receiveCount: 1, group: 'w1' }]);
  });

  test('a message of a killed function comes back', async () => {
    const deliveries = await sendWork('killed', 'hang-once');
    await eventually(() => deliveries().length === 1);
    await cloud.functions.kill('worker');
    await cloud.waitForIdle(20_000);
    expect(deliveries().map(({ receiveCount }) => receiveCount)).toEqual([1, 2]);
  });

  test('idle means: retries done, soon-due messages worked off; what fails for good is a dead letter', async () => {
    const later = await sendWork('later', 'ok', { DelaySeconds: 600 });
    const soon = await sendWork('soon', 'ok', { DelaySeconds: 1 });
    const failing = await sendWork('failing', 'fail');
    await cloud.waitForIdle(25_000);
    expect([later, soon, failing].map((deliveries) => deliveries().length)).toEqual([0, 1, 2]);
    const letters = await cloud.drainDeadLetters();
    expect(letters.map(({ messageId }) => messageId)).toEqual([failing()[0]?.messageId]);
  });
});

test('schedules reach functions and queues', async () => {
  await eventually(() => cloud.functions.reports('ticker').length === 1);
  const scheduler = new SchedulerClient(clientConfig('scheduler'));
  const log = join(directory, 'scheduled.jsonl');
  await scheduler.send(
    new CreateScheduleCommand({
      Name: 'now',
      GroupName: 'tiny-schedules',
      ScheduleExpression: `at(${new Date().toISOString().slice(0, 19)})`,
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: {
        Arn: cloud.outputs.QueueArn,
        RoleArn: 'arn:aws:iam::000000000000:role/r',
        Input: JSON.stringify({ log, mode: 'ok' }),
      },
    }),
  );
  await eventually(() => existsSync(log));
  await cloud.fireSchedule('tiny-schedules', 'tick');
  expect(cloud.functions.reports('ticker')).toHaveLength(2);
  scheduler.destroy();
});

test('the table gives back the winner of a failed condition, and its sparse index', async () => {
  const dynamodb = new DynamoDBClient(clientConfig('dynamodb'));
  const put = new PutItemCommand({
    TableName: cloud.tableName,
    Item: { pk: { S: 'a' }, sk: { S: 'b' }, directory: { S: 'all' }, version: { N: '1' } },
    ConditionExpression: 'attribute_not_exists(pk)',
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  });
  await dynamodb.send(put);
  await expect(dynamodb.send(put)).rejects.toMatchObject({
    name: 'ConditionalCheckFailedException',
    Item: { version: { N: '1' } },
  });
  await dynamodb.send(new PutItemCommand({ TableName: cloud.tableName, Item: { pk: { S: 'c' }, sk: { S: 'd' } } }));
  const { Items } = await dynamodb.send(
    new QueryCommand({
      TableName: cloud.tableName,
      IndexName: 'directory',
      KeyConditionExpression: 'directory = :all',
      ExpressionAttributeValues: { ':all': { S: 'all' } },
    }),
  );
  expect(Items).toEqual([{ pk: { S: 'a' }, sk: { S: 'b' }, directory: { S: 'all' } }]);
  dynamodb.destroy();
});
