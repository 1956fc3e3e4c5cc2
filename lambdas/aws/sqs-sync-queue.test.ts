import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { expect, test } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { SqsSyncQueue } from './sqs-sync-queue.ts';

const message = { workspaceId: 'w', integrationId: 'int_1', type: 'full', trigger: 'manual', runId: 'run_1' } as const;

test.each([
  [undefined, 0],
  [12.2, 13],
  [5_000, 900],
  [-3, 0],
])('sends in the name of its workspace, delay %p as %p s', async (delaySeconds, sent) => {
  const sqs = mockClient(SQSClient);
  const queue = new SqsSyncQueue(new SQSClient({ region: 'eu-west-2' }), 'https://queue');
  await queue.send(message, delaySeconds === undefined ? {} : { delaySeconds });
  expect(sqs.commandCalls(SendMessageCommand)[0]?.args[0].input).toEqual({
    QueueUrl: 'https://queue',
    MessageBody: JSON.stringify(message),
    MessageGroupId: 'w',
    DelaySeconds: sent,
  });
});
