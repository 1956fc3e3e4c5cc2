/** The SDK clients: one per service and process, with short time-outs, since a caller may be on the line. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMSClient } from '@aws-sdk/client-kms';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

/** Without `throwOnRequestTimeout` the SDK only warns when a request takes too long. */
function patience(requestTimeout: number) {
  const agent = { keepAlive: true, maxSockets: 50 };
  return {
    maxAttempts: 3,
    requestHandler: {
      connectionTimeout: 1_000,
      requestTimeout,
      throwOnRequestTimeout: true,
      httpAgent: agent,
      httpsAgent: agent,
    },
  };
}

export function createDocumentClient(): DynamoDBDocumentClient {
  return DynamoDBDocumentClient.from(new DynamoDBClient(patience(3_000)), {
    marshallOptions: { removeUndefinedValues: true },
  });
}

export function createKmsClient(): KMSClient {
  return new KMSClient(patience(3_000));
}

export function createSecretsClient(): SecretsManagerClient {
  return new SecretsManagerClient(patience(3_000));
}

export function createQueueClient(): SQSClient {
  return new SQSClient(patience(5_000));
}

export function createSchedulerClient(): SchedulerClient {
  return new SchedulerClient(patience(5_000));
}
