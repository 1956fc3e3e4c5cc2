import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { SyncQueue } from '../core/ports.ts';

const MAX_DELAY_SECONDS = 900;

/** The sync queue. The workspace is the message group, so that on a busy day each workspace gets its turn. */
export class SqsSyncQueue implements SyncQueue {
  readonly #sqs: SQSClient;
  readonly #queueUrl: string;

  constructor(sqs: SQSClient, queueUrl: string) {
    this.#sqs = sqs;
    this.#queueUrl = queueUrl;
  }

  async send(message: Parameters<SyncQueue['send']>[0], options: { delaySeconds?: number } = {}): Promise<void> {
    await this.#sqs.send(
      new SendMessageCommand({
        QueueUrl: this.#queueUrl,
        MessageBody: JSON.stringify(message),
        MessageGroupId: message.workspaceId,
        DelaySeconds: Math.min(MAX_DELAY_SECONDS, Math.max(0, Math.ceil(options.delaySeconds ?? 0))),
      }),
    );
  }
}
