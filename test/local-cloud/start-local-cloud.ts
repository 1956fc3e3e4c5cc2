import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createScheduleDelivery } from './emulators/schedule-delivery.ts';
import { ScheduleRunner } from './emulators/schedule-runner.ts';
import { GatewayServer } from './gateway/gateway-server.ts';
import { readHttpApi } from './gateway/http-api.ts';
import { FunctionPool } from './lambda/function-pool.ts';
import { readFunction } from './lambda/function-settings.ts';
import { Functions } from './lambda/functions.ts';
import type { InvocationReport, InvocationResult } from './lambda/protocol.ts';
import { startLocalServices } from './local-services.ts';
import { createSchedules, provision } from './provision.ts';
import { type DeadLetter, QueueWatch } from './queue-watch.ts';
import { createClients, LOCAL_CREDENTIALS } from './services/clients.ts';
import type { Endpoints } from './services/endpoints.ts';
import { EventSource } from './services/event-source.ts';
import { readAssembly } from './template/assembly.ts';
import { LocalStack } from './template/stack.ts';
import { asNumber, asText, isMap } from './template/template.ts';

export interface LocalCloudOptions {
  /** A CDK cloud assembly, for example from `synthesizeHub`. */
  readonly assemblyDir: string;
  /** Port of the HTTP API. @default a free one */
  readonly port?: number;
  /** @default 127.0.0.1 */
  readonly host?: '127.0.0.1' | 'localhost';
  /** Variables for every function, on top of the template's. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Variables for one function, by logical id or name, on top of all others. */
  readonly overrideEnvironment?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Values of secrets by name. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** Where each function's output goes, as `<function name>.log`. @default a new temporary directory */
  readonly logDirectory?: string;
  readonly region?: string;
  readonly account?: string;
  /** Replaces every queue's visibility timeout, so that a redelivery needn't be waited for. Longer than any run. */
  readonly visibilityTimeoutOverrideSeconds?: number;
  /** Execution environments that one function may have. @default 4 */
  readonly maxProcessesPerFunction?: number;
}

export interface LocalCloud {
  readonly apiUrl: string;
  readonly endpoints: Endpoints;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** The template's outputs, resolved. */
  readonly outputs: Readonly<Record<string, string>>;
  readonly tableName: string;
  /** Queue URLs by logical id and by name. */
  readonly queueUrls: Readonly<Record<string, string>>;
  readonly logDirectory: string;
  /** Functions by logical id, by physical name, or by the end of it (`contacts`). */
  readonly functions: {
    invoke(name: string, event: unknown): Promise<InvocationResult>;
    /** Kills all of a function's processes with SIGKILL. */
    kill(name: string): Promise<void>;
    reports(name: string): readonly InvocationReport[];
  };
  /** Fires a schedule now, whatever its timetable says. */
  fireSchedule(groupName: string, name: string): Promise<void>;
  /** Waits until the queues with a consumer are empty: nothing waiting, in flight, or delayed and due in time. */
  waitForIdle(timeoutMs: number): Promise<void>;
  /** Takes all messages out of the queues that have no consumer. */
  drainDeadLetters(): Promise<DeadLetter[]>;
  close(): Promise<void>;
}

/**
 * Runs a synthesized stack on this machine: its functions from their real bundles with exactly the environment
 * that the template gives them, its API, queues, table, keys, secrets and schedules. Everything listens on the
 * loopback interface only and is gone after `close`.
 */
export async function startLocalCloud(options: LocalCloudOptions): Promise<LocalCloud> {
  const cleanUp: (() => Promise<void> | void)[] = [];
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= (async () => {
      for (const step of cleanUp.reverse()) await step();
    })();
    return closing;
  };
  try {
    return await start(options, close, (step) => cleanUp.push(step));
  } catch (error) {
    await close();
    throw error;
  }
}

async function start(
  options: LocalCloudOptions,
  close: () => Promise<void>,
  onClose: (step: () => Promise<void> | void) => void,
): Promise<LocalCloud> {
  const place = { region: options.region ?? 'eu-west-1', account: options.account ?? '000000000000' };
  const logDirectory = options.logDirectory ?? mkdtempSync(join(tmpdir(), 'local-cloud-'));
  const assembly = readAssembly(options.assemblyDir);
  const gateway = await GatewayServer.listen(options.host ?? '127.0.0.1', options.port ?? 0);
  onClose(() => gateway.close());
  const stack = new LocalStack(assembly, place, gateway.url);
  assertSecretsExist(stack, options.secrets ?? {});

  const services = await startLocalServices(place);
  onClose(() => services.close());
  const { endpoints } = services;
  const clients = createClients(endpoints, place.region);
  onClose(() => clients.destroy());
  const { visibilityTimeoutOverrideSeconds } = options;
  await provision(stack, clients, { secrets: options.secrets ?? {}, visibilityTimeoutOverrideSeconds });

  const functions = createFunctions(stack, endpoints, options, logDirectory);
  onClose(() => functions.close());
  const sources = createEventSources(
    stack,
    functions,
    (pool, settings) => new EventSource(clients.sqs, pool, settings),
  );
  onClose(async () => {
    await Promise.all(sources.map(({ source }) => source.close()));
  });
  const api = readHttpApi(stack);
  if (api !== undefined) gateway.serve(api, place.account, (arn) => functions.findByArn(arn));
  const deliver = createScheduleDelivery(clients.sqs, async (name, event) => {
    await functions.find(name).invoke(event);
  });
  const runner = new ScheduleRunner(services.schedules, deliver);
  onClose(() => runner.close());
  await createSchedules(stack, clients);

  const polledArns = sources.map(({ queueArn }) => queueArn);
  const queues = new QueueWatch(stack, clients.sqs, polledArns, services.sqsInspectUrl);
  const [table] = stack.resources('AWS::DynamoDB::GlobalTable', 'AWS::DynamoDB::Table');
  return {
    apiUrl: gateway.url,
    endpoints,
    region: place.region,
    credentials: LOCAL_CREDENTIALS,
    outputs: stack.outputs(),
    tableName: table?.name ?? '',
    queueUrls: queueUrlsOf(stack),
    logDirectory,
    functions: {
      invoke: (name, event) => functions.find(name).invoke(event),
      kill: (name) => functions.find(name).kill(),
      reports: (name) => functions.find(name).reports,
    },
    fireSchedule: (groupName, name) => runner.fireNow(groupName, name),
    waitForIdle: (timeoutMs) =>
      queues.waitForIdle(timeoutMs, () => sources.reduce((sum, { source }) => sum + source.busy, 0)),
    drainDeadLetters: () => queues.drainDeadLetters(),
    close,
  };
}

function createFunctions(
  stack: LocalStack,
  endpoints: Endpoints,
  options: LocalCloudOptions,
  logDirectory: string,
): Functions {
  const extra = { all: options.environment ?? {}, byFunction: options.overrideEnvironment ?? {} };
  const cap = options.maxProcessesPerFunction ?? 4;
  const pools = stack.resources('AWS::Lambda::Function').map((resource) => {
    const reserved = asNumber(resource.property('ReservedConcurrentExecutions'), cap);
    return new FunctionPool(readFunction(stack, resource, endpoints, extra), Math.min(cap, reserved), logDirectory);
  });
  return new Functions(pools);
}

type Connect = (pool: FunctionPool, settings: ConstructorParameters<typeof EventSource>[2]) => EventSource;

function createEventSources(
  stack: LocalStack,
  functions: Functions,
  connect: Connect,
): { source: EventSource; queueArn: string }[] {
  return stack.resources('AWS::Lambda::EventSourceMapping').flatMap((mapping) => {
    if (mapping.property('Enabled') === false) return [];
    if (mapping.property('FilterCriteria') !== undefined) throw new Error('Event filters are not emulated');
    const queueArn = asText(mapping.property('EventSourceArn'), `EventSourceArn of ${mapping.logicalId}`);
    const queue = stack.resources('AWS::SQS::Queue').find(({ logicalId }) => {
      return stack.identity(logicalId).attributes.Arn === queueArn;
    });
    if (queue === undefined) throw new Error(`${mapping.logicalId} does not read a queue of this stack`);
    const responses = mapping.property('FunctionResponseTypes');
    const scaling = mapping.property('ScalingConfig');
    const source = connect(functions.find(asText(mapping.property('FunctionName'), 'FunctionName')), {
      queueUrl: stack.identity(queue.logicalId).ref,
      queueArn,
      region: stack.place.region,
      batchSize: asNumber(mapping.property('BatchSize'), 10),
      maximumConcurrency: asNumber(isMap(scaling) ? scaling.MaximumConcurrency : undefined, 1000),
      reportBatchItemFailures: Array.isArray(responses) && responses.includes('ReportBatchItemFailures'),
    });
    return [{ source, queueArn }];
  });
}

function queueUrlsOf(stack: LocalStack): Record<string, string> {
  const urls: Record<string, string> = {};
  for (const { logicalId, name } of stack.resources('AWS::SQS::Queue')) {
    urls[logicalId] = stack.identity(logicalId).ref;
    urls[name] = stack.identity(logicalId).ref;
  }
  return urls;
}

/** A value for a secret that the stack does not have is a misspelt name, or a provider that is not switched on. */
function assertSecretsExist(stack: LocalStack, secrets: Readonly<Record<string, string>>): void {
  const names = stack.resources('AWS::SecretsManager::Secret').map(({ name }) => name);
  const unknown = Object.keys(secrets).filter((name) => !names.includes(name));
  if (unknown.length > 0) throw new Error(`The stack has no secret ${unknown.join(', ')}; it has ${names.join(', ')}`);
}
