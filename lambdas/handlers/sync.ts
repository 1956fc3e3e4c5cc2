import middy from '@middy/core';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { requireEnv } from '../aws/environment.ts';
import { purgeIntegration } from '../core/integrations/purge-integration.ts';
import { ENV } from '../core/names.ts';
import { eraseRecords } from '../core/sync/erase-records.ts';
import { parseQueueMessage } from '../core/sync/queue-message.ts';
import { runIdOfMessage } from '../core/sync/run-id.ts';
import { SyncEngine } from '../core/sync/sync-engine.ts';
import { keepChannels } from '../core/webhooks/keep-channels.ts';
import { createServices } from './wiring/services.ts';

const services = createServices();
const publicOrigin = requireEnv(process.env, ENV.publicOrigin);
const engine = new SyncEngine(services);

async function work(record: SQSRecord, context: Context): Promise<void> {
  const message = parseQueueMessage(record.body);
  const remainingMs = () => context.getRemainingTimeInMillis();
  if (message.type === 'purge') {
    await purgeIntegration(services, message, remainingMs);
    return;
  }
  if (message.type === 'erase') {
    await eraseRecords(services, message);
    return;
  }
  if (message.type === 'channels') {
    await keepChannels(services, publicOrigin, message);
    return;
  }
  const sentAt = Number(record.attributes.SentTimestamp);
  const runId = message.runId ?? runIdOfMessage(record.messageId, sentAt);
  const outcome = await engine.performSync({ ...message, runId }, remainingMs);
  services.logger.info('sync message handled', { integrationId: message.integrationId, runId, outcome });
}

/** Works on sync requests from the queue; what fails stays there and ends in the dead-letter queue. */
export const handler = middy<SQSEvent, SQSBatchResponse>()
  .before(({ context }) => services.powertoolsLogger.addContext(context))
  .handler(async (event: SQSEvent, context: Context): Promise<SQSBatchResponse> => {
    const batchItemFailures: SQSBatchResponse['batchItemFailures'] = [];
    for (const record of event.Records) {
      try {
        await work(record, context);
      } catch (error) {
        services.logger.error('sync message failed', { messageId: record.messageId, error });
        batchItemFailures.push({ itemIdentifier: record.messageId });
      }
    }
    return { batchItemFailures };
  });
