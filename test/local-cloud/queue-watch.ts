import {
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { LocalStack } from './template/stack.ts';
import { isMap } from './template/template.ts';

export interface DeadLetter {
  /** Logical id of the dead-letter queue. */
  readonly queue: string;
  readonly messageId: string;
  readonly body: string;
  readonly receiveCount: number;
}

interface WatchedQueue {
  readonly logicalId: string;
  readonly name: string;
  readonly url: string;
}

const POLL_MS = 50;
/** Between the moment a message is deleted and the next that its handler sent, a queue may look empty. */
const QUIET_CHECKS = 3;

/** Looks at the stack's queues from outside: whether work is left, and what ended in a dead-letter queue. */
export class QueueWatch {
  readonly #sqs: SQSClient;
  readonly #work: readonly WatchedQueue[];
  readonly #deadLetters: readonly WatchedQueue[];
  /** Set if the queues are fauxqs's, which can say when delayed messages are due. */
  readonly #inspectUrl: string | undefined;

  constructor(stack: LocalStack, sqs: SQSClient, pollingQueueArns: readonly string[], inspectUrl: string | undefined) {
    this.#sqs = sqs;
    this.#inspectUrl = inspectUrl;
    const queues = stack.resources('AWS::SQS::Queue').map(({ logicalId, name, property }) => {
      const { ref: url, attributes } = stack.identity(logicalId);
      return { logicalId, name, url, arn: attributes.Arn ?? '', redrive: property('RedrivePolicy') };
    });
    this.#work = queues.filter(({ arn }) => pollingQueueArns.includes(arn));
    const named = new Set(queues.map(({ redrive }) => (isMap(redrive) ? redrive.deadLetterTargetArn : undefined)));
    this.#deadLetters = queues.filter(({ arn }) => named.has(arn) || !pollingQueueArns.includes(arn));
  }

  /**
   * Waits until no function has anything left to do: no message is waiting, in flight, or delayed and due within
   * three quarters of the time allowed, so that the rest is left to work on it. A message delayed beyond that does not
   * count. Rejects when the time is over and something is left.
   */
  async waitForIdle(timeoutMs: number, busy: () => number): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    const dueBy = deadline - timeoutMs / 4;
    let quiet = 0;
    let left = '';
    while (quiet < QUIET_CHECKS) {
      const pending = busy() > 0 ? ['a function is working'] : await this.#pending(dueBy);
      left = pending.join(', ');
      quiet = pending.length === 0 ? quiet + 1 : 0;
      if (pending.length > 0 && Date.now() > deadline) throw new Error(`Not idle after ${timeoutMs} ms: ${left}`);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  /** Takes every message out of the dead-letter queues. */
  async drainDeadLetters(): Promise<DeadLetter[]> {
    const drained: DeadLetter[] = [];
    for (const { logicalId, url } of this.#deadLetters) {
      for (;;) {
        const { Messages = [] } = await this.#sqs.send(
          new ReceiveMessageCommand({ QueueUrl: url, MaxNumberOfMessages: 10, MessageSystemAttributeNames: ['All'] }),
        );
        if (Messages.length === 0) break;
        for (const { MessageId = '', Body = '', ReceiptHandle, Attributes } of Messages) {
          const receiveCount = Number(Attributes?.ApproximateReceiveCount ?? 0);
          drained.push({ queue: logicalId, messageId: MessageId, body: Body, receiveCount });
          await this.#sqs.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle }));
        }
      }
    }
    return drained;
  }

  async #pending(dueBy: number): Promise<string[]> {
    const pending: string[] = [];
    for (const queue of this.#work) {
      const { Attributes = {} } = await this.#sqs.send(
        new GetQueueAttributesCommand({ QueueUrl: queue.url, AttributeNames: ['All'] }),
      );
      const waiting = Number(Attributes.ApproximateNumberOfMessages ?? 0);
      const inFlight = Number(Attributes.ApproximateNumberOfMessagesNotVisible ?? 0);
      let delayed = Number(Attributes.ApproximateNumberOfMessagesDelayed ?? 0);
      if (delayed > 0) delayed = (await this.#delayedUntil(queue.name, dueBy)) ?? delayed;
      if (waiting + inFlight + delayed > 0) {
        pending.push(`${queue.logicalId} has ${waiting} waiting, ${inFlight} in flight, ${delayed} delayed`);
      }
    }
    return pending;
  }

  async #delayedUntil(name: string, deadline: number): Promise<number | undefined> {
    if (this.#inspectUrl === undefined) return undefined;
    const response = await fetch(`${this.#inspectUrl}/_fauxqs/queues/${encodeURIComponent(name)}`);
    if (!response.ok) return undefined;
    const { messages } = (await response.json()) as { messages: { delayed: { delayUntil?: number }[] } };
    return messages.delayed.filter(({ delayUntil }) => (delayUntil ?? 0) <= deadline).length;
  }
}
