import { startEmulatorServer } from './emulators/emulator-server.ts';
import { createKms } from './emulators/kms.ts';
import { ScheduleStore } from './emulators/schedule-store.ts';
import { createSchedulerApi } from './emulators/scheduler.ts';
import { createSecretsManager } from './emulators/secrets-manager.ts';
import { startChildService } from './services/child-service.ts';
import { type Endpoints, replacement } from './services/endpoints.ts';

export interface LocalServices {
  readonly endpoints: Endpoints;
  /** Holds the schedules, unless Scheduler was replaced: then it stays empty. */
  readonly schedules: ScheduleStore;
  /** Where fauxqs can be asked about its queues, unless SQS was replaced. */
  readonly sqsInspectUrl: string | undefined;
  close(): Promise<void>;
}

/**
 * Starts the AWS services that the hub uses: DynamoDB and SQS in processes of their own, the small ones in this
 * one. A service with an endpoint variable in the environment is not started; that endpoint is used.
 */
export async function startLocalServices(place: { region: string; account: string }): Promise<LocalServices> {
  const schedules = new ScheduleStore(place, Date.now);
  const inProcess = await startEmulatorServer(
    { TrentService: createKms(place), secretsmanager: createSecretsManager(place) },
    createSchedulerApi(schedules),
  );
  const children = await Promise.allSettled(
    (['dynamodb', 'sqs'] as const).map(async (service) =>
      replacement(service) === undefined ? startChildService(service, place.region) : undefined,
    ),
  );
  const close = async (): Promise<void> => {
    const started = children.flatMap((child) => (child.status === 'fulfilled' && child.value ? [child.value] : []));
    await Promise.all([inProcess.close(), ...started.map((child) => child.close())]);
  };
  const [dynamodb, sqs] = children;
  try {
    const sqsUrl = urlOf(sqs);
    return {
      endpoints: {
        dynamodb: replacement('dynamodb') ?? urlOf(dynamodb) ?? '',
        sqs: replacement('sqs') ?? sqsUrl ?? '',
        kms: replacement('kms') ?? inProcess.url,
        secretsmanager: replacement('secretsmanager') ?? inProcess.url,
        scheduler: replacement('scheduler') ?? inProcess.url,
      },
      schedules,
      sqsInspectUrl: sqsUrl,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function urlOf(child: PromiseSettledResult<{ url: string } | undefined> | undefined): string | undefined {
  if (child?.status === 'rejected') throw child.reason;
  return child?.value?.url;
}
