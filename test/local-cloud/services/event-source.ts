import { DeleteMessageBatchCommand, type Message, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { SQSEvent, SQSRecord } from 'aws-lambda';
import type { FunctionPool } from '../lambda/function-pool.ts';
import type { InvocationResult } from '../lambda/protocol.ts';

export interface EventSourceSettings {
  readonly queueUrl: string;
  readonly queueArn: string;
  readonly region: string;
  readonly batchSize: number;
  readonly maximumConcurrency: number;
  readonly reportBatchItemFailures: boolean;
}

const MAX_RECEIVE = 10;

/**
 * Lambda's SQS poller: as many batches at once as the mapping allows, messages deleted only after the function
 * has answered. What failed, and the whole batch of a function that crashed, stays in flight until its
 * visibility timeout runs out.
 */
export class EventSource {
  readonly #sqs: SQSClient;
  readonly #pool: FunctionPool;
  readonly #settings: EventSourceSettings;
  readonly #abort = new AbortController();
  readonly #running = new Set<Promise<void>>();
  readonly #loop: Promise<void>;

  constructor(sqs: SQSClient, pool: FunctionPool, settings: EventSourceSettings) {
    this.#sqs = sqs;
    this.#pool = pool;
    this.#settings = settings;
    this.#loop = this.#poll();
  }

  /** Batches that a function is working on. */
  get busy(): number {
    return this.#running.size;
  }

  async close(): Promise<void> {
    this.#abort.abort();
    await this.#loop;
  }

  async #poll(): Promise<void> {
    // Receiving more than the pool can run would only let visibility timeouts tick away.
    const places = Math.min(this.#settings.maximumConcurrency, this.#pool.maxProcesses);
    while (!this.#abort.signal.aborted) {
      if (this.#running.size >= places) {
        await Promise.race(this.#running);
        continue;
      }
      try {
        const messages = await this.#receive();
        if (messages.length === 0) continue;
        const work = this.#process(messages).finally(() => this.#running.delete(work));
        this.#running.add(work);
      } catch (error) {
        if (this.#abort.signal.aborted) return;
        process.emitWarning(`Polling ${this.#settings.queueUrl}: ${String(error)}`);
        await new Promise((resolve) => setTimeout(resolve, 1000));
      }
    }
  }

  async #receive(): Promise<Message[]> {
    const { Messages = [] } = await this.#sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: this.#settings.queueUrl,
        MaxNumberOfMessages: Math.min(this.#settings.batchSize, MAX_RECEIVE),
        WaitTimeSeconds: 20,
        MessageSystemAttributeNames: ['All'],
        MessageAttributeNames: ['All'],
      }),
      { abortSignal: this.#abort.signal },
    );
    return Messages;
  }

  async #process(messages: Message[]): Promise<void> {
    const { region, queueArn, queueUrl, reportBatchItemFailures } = this.#settings;
    const event: SQSEvent = { Records: messages.map((message) => toRecord(message, queueArn, region)) };
    const result = await this.#pool.invoke(event);
    const failed = failedIds(result, event, reportBatchItemFailures);
    const done = messages.filter(({ MessageId = '' }) => !failed.has(MessageId));
    if (done.length === 0 || this.#abort.signal.aborted) return;
    await this.#sqs
      .send(
        new DeleteMessageBatchCommand({
          QueueUrl: queueUrl,
          Entries: done.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle })),
        }),
      )
      .catch((error: unknown) => process.emitWarning(`Deleting from ${queueUrl}: ${String(error)}`));
  }
}

function toRecord(message: Message, eventSourceARN: string, awsRegion: string): SQSRecord {
  const { Attributes: attributes = {}, MessageAttributes = {} } = message;
  return {
    messageId: message.MessageId ?? '',
    receiptHandle: message.ReceiptHandle ?? '',
    body: message.Body ?? '',
    attributes: attributes as unknown as SQSRecord['attributes'],
    messageAttributes: Object.fromEntries(
      Object.entries(MessageAttributes).map(([name, { DataType = '', StringValue, BinaryValue }]) => [
        name,
        {
          ...(StringValue === undefined ? {} : { stringValue: StringValue }),
          ...(BinaryValue === undefined ? {} : { binaryValue: Buffer.from(BinaryValue).toString('base64') }),
          stringListValues: [],
          binaryListValues: [],
          dataType: DataType,
        },
      ]),
    ),
    md5OfBody: message.MD5OfBody ?? '',
    ...(message.MD5OfMessageAttributes === undefined ? {} : { md5OfMessageAttributes: message.MD5OfMessageAttributes }),
    eventSource: 'aws:sqs',
    eventSourceARN,
    awsRegion,
  };
}

/**
 * Which messages Lambda keeps. With ReportBatchItemFailures, an answer that is empty means none; one that
 * names an empty or unknown id, or is no such answer at all, means all of them.
 */
export function failedIds({ error, payload }: InvocationResult, event: SQSEvent, reporting: boolean): Set<string> {
  const all = new Set(event.Records.map(({ messageId }) => messageId));
  if (error !== undefined) return all;
  if (!reporting || payload === null || payload === undefined || payload === '') return new Set();
  if (typeof payload !== 'object') return all;
  const failures = (payload as { batchItemFailures?: unknown }).batchItemFailures ?? [];
  if (!Array.isArray(failures)) return all;
  const ids = failures.map((failure) => (failure as { itemIdentifier?: unknown } | null)?.itemIdentifier);
  if (ids.some((id) => typeof id !== 'string' || !all.has(id))) return all;
  return new Set(ids as string[]);
}
