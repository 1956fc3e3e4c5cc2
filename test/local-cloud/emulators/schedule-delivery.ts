import { GetQueueUrlCommand, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { Deliver } from './schedule-runner.ts';

interface SendMessageInput {
  QueueUrl: string;
  MessageBody: string;
  MessageGroupId?: string;
  DelaySeconds?: number;
}

/** Delivers to the kinds of target that the hub's schedules may have; another kind is an error. */
export function createScheduleDelivery(
  sqs: SQSClient,
  invokeFunction: (name: string, event: unknown) => Promise<void>,
): Deliver {
  return async ({ Arn: arn, SqsParameters: parameters }, input) => {
    if (arn === 'arn:aws:scheduler:::aws-sdk:sqs:sendMessage') {
      await sqs.send(new SendMessageCommand(JSON.parse(input) as SendMessageInput));
      return;
    }
    const [, , service, , , resource = '', name] = arn.split(':');
    if (service === 'sqs') {
      const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: resource }));
      const group = parameters?.MessageGroupId;
      await sqs.send(
        new SendMessageCommand({
          QueueUrl,
          MessageBody: input,
          ...(group === undefined ? {} : { MessageGroupId: group }),
        }),
      );
    } else if (service === 'lambda' && name !== undefined) {
      await invokeFunction(name, JSON.parse(input));
    } else {
      throw new Error(`Schedules with a target like ${arn} are not emulated`);
    }
  };
}
