import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMSClient } from '@aws-sdk/client-kms';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { Endpoints } from './endpoints.ts';

/** Accepted by every emulator and by no real account. */
export const LOCAL_CREDENTIALS = { accessKeyId: 'local', secretAccessKey: 'local' } as const;

export interface Clients {
  readonly dynamodb: DynamoDBClient;
  readonly sqs: SQSClient;
  readonly kms: KMSClient;
  readonly secretsManager: SecretsManagerClient;
  readonly scheduler: SchedulerClient;
  readonly endpoints: Endpoints;
  destroy(): void;
}

/** The real SDK clients, pointed at this machine: resources are created the way any AWS client would. */
export function createClients(endpoints: Endpoints, region: string): Clients {
  const common = { region, credentials: { ...LOCAL_CREDENTIALS } };
  const clients = {
    dynamodb: new DynamoDBClient({ ...common, endpoint: endpoints.dynamodb }),
    sqs: new SQSClient({ ...common, endpoint: endpoints.sqs, useQueueUrlAsEndpoint: false }),
    kms: new KMSClient({ ...common, endpoint: endpoints.kms }),
    secretsManager: new SecretsManagerClient({ ...common, endpoint: endpoints.secretsmanager }),
    scheduler: new SchedulerClient({ ...common, endpoint: endpoints.scheduler }),
  };
  return {
    ...clients,
    endpoints,
    destroy: () => {
      for (const client of Object.values(clients)) client.destroy();
    },
  };
}
