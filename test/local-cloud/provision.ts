import { randomBytes } from 'node:crypto';
import { CreateTableCommand, type CreateTableCommandInput, waitUntilTableExists } from '@aws-sdk/client-dynamodb';
import { CreateAliasCommand, CreateKeyCommand } from '@aws-sdk/client-kms';
import {
  CreateScheduleCommand,
  type CreateScheduleCommandInput,
  CreateScheduleGroupCommand,
} from '@aws-sdk/client-scheduler';
import { CreateSecretCommand, PutSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { CreateQueueCommand, GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import type { Clients } from './services/clients.ts';
import { referencedIds } from './template/intrinsics.ts';
import type { LocalStack, StackResource } from './template/stack.ts';
import { asText, isMap, type Value, type ValueMap } from './template/template.ts';

export interface ProvisionOptions {
  readonly secrets: Readonly<Record<string, string>>;
  readonly visibilityTimeoutOverrideSeconds?: number | undefined;
}

/**
 * Creates the stack's tables, keys, secrets, queues and schedule groups by plain AWS calls, so that it makes no
 * difference whether an endpoint is an emulator of ours or a replacement for it.
 */
export async function provision(stack: LocalStack, clients: Clients, options: ProvisionOptions): Promise<void> {
  for (const table of stack.resources('AWS::DynamoDB::GlobalTable', 'AWS::DynamoDB::Table')) {
    await createTable(table, clients);
  }
  for (const key of stack.resources('AWS::KMS::Key')) await createKey(stack, key, clients);
  for (const alias of stack.resources('AWS::KMS::Alias')) {
    const TargetKeyId = asText(alias.property('TargetKeyId'), 'TargetKeyId');
    await unlessItExists(clients.kms.send(new CreateAliasCommand({ AliasName: alias.name, TargetKeyId })));
  }
  for (const secret of stack.resources('AWS::SecretsManager::Secret')) {
    await createSecret(stack, secret, clients, options.secrets);
  }
  await createQueues(stack, clients, options.visibilityTimeoutOverrideSeconds);
  for (const group of stack.resources('AWS::Scheduler::ScheduleGroup')) {
    await unlessItExists(clients.scheduler.send(new CreateScheduleGroupCommand({ Name: group.name })));
  }
}

/** The stack's own schedules; they may fire at once, so they come when everything else is running. */
export async function createSchedules(stack: LocalStack, { scheduler }: Clients): Promise<void> {
  const properties = [
    'GroupName',
    'Description',
    'ScheduleExpression',
    'ScheduleExpressionTimezone',
    'State',
    'FlexibleTimeWindow',
    'Target',
  ];
  for (const schedule of stack.resources('AWS::Scheduler::Schedule')) {
    const input = { Name: schedule.name, ...pick(schedule, properties) };
    await unlessItExists(scheduler.send(new CreateScheduleCommand(input as unknown as CreateScheduleCommandInput)));
  }
}

/** TTL is left out: expired items may stay for days at AWS too, so readers must filter anyway. */
async function createTable(table: StackResource, { dynamodb }: Clients): Promise<void> {
  if (table.property('StreamSpecification') !== undefined) throw new Error('Table streams are not emulated');
  const input = {
    TableName: table.name,
    BillingMode: 'PAY_PER_REQUEST',
    ...pick(table, ['AttributeDefinitions', 'KeySchema', 'LocalSecondaryIndexes']),
    ...pickIndexes(table.property('GlobalSecondaryIndexes')),
  };
  await unlessItExists(dynamodb.send(new CreateTableCommand(input as unknown as CreateTableCommandInput)));
  await waitUntilTableExists({ client: dynamodb, maxWaitTime: 30, minDelay: 1 }, { TableName: table.name });
}

function pickIndexes(indexes: Value | undefined): ValueMap {
  if (!Array.isArray(indexes)) return {};
  return {
    GlobalSecondaryIndexes: indexes.filter(isMap).map(({ IndexName = null, KeySchema = null, Projection = null }) => ({
      IndexName,
      KeySchema,
      Projection,
    })),
  };
}

async function createKey(stack: LocalStack, key: StackResource, { kms }: Clients): Promise<void> {
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({ Description: key.logicalId }));
  if (KeyMetadata?.KeyId === undefined || KeyMetadata.Arn === undefined) throw new Error('CreateKey gave no key');
  const { KeyId, Arn } = KeyMetadata;
  stack.register(key.logicalId, { ref: KeyId, attributes: { KeyId, Arn } });
}

async function createSecret(
  stack: LocalStack,
  secret: StackResource,
  { secretsManager }: Clients,
  values: Readonly<Record<string, string>>,
): Promise<void> {
  const fixed = secret.property('SecretString');
  const generated = secret.property('GenerateSecretString');
  const value =
    values[secret.name] ??
    (fixed === undefined ? undefined : asText(fixed, 'SecretString')) ??
    (isMap(generated) ? generateSecret(generated) : undefined);
  const content = value === undefined ? {} : { SecretString: value };
  const created = await unlessItExists(secretsManager.send(new CreateSecretCommand({ Name: secret.name, ...content })));
  const { ARN } =
    created ?? (await secretsManager.send(new PutSecretValueCommand({ SecretId: secret.name, ...content })));
  if (ARN === undefined) throw new Error('CreateSecret gave no ARN');
  stack.register(secret.logicalId, { ref: ARN, attributes: { Id: ARN } });
}

function generateSecret(settings: ValueMap): string {
  const password = randomBytes(24)
    .toString('base64url')
    .slice(0, Number(settings.PasswordLength ?? 32));
  const { SecretStringTemplate: template, GenerateStringKey: key } = settings;
  if (typeof template !== 'string' || typeof key !== 'string') return password;
  return JSON.stringify({ ...(JSON.parse(template) as object), [key]: password });
}

/** A queue is created after the dead-letter queue that its redrive policy names. */
async function createQueues(stack: LocalStack, clients: Clients, visibilitySeconds?: number): Promise<void> {
  const waiting = new Map(stack.resources('AWS::SQS::Queue').map((queue) => [queue.logicalId, queue]));
  while (waiting.size > 0) {
    const ready = [...waiting.values()].filter((queue) => {
      return [...referencedIds(queue.rawProperty('RedrivePolicy'))].every(
        (id) => id === queue.logicalId || !waiting.has(id),
      );
    });
    if (ready.length === 0) throw new Error(`The redrive policies of ${[...waiting.keys()].join(', ')} form a circle`);
    for (const queue of ready) {
      await createQueue(stack, queue, clients, visibilitySeconds);
      waiting.delete(queue.logicalId);
    }
  }
}

async function createQueue(
  stack: LocalStack,
  queue: StackResource,
  { sqs, endpoints }: Clients,
  visibilitySeconds?: number,
): Promise<void> {
  const attributes: Record<string, string> = {};
  const names = [
    'VisibilityTimeout',
    'DelaySeconds',
    'MessageRetentionPeriod',
    'ReceiveMessageWaitTimeSeconds',
    'FifoQueue',
    'ContentBasedDeduplication',
  ];
  for (const [name, value] of Object.entries(pick(queue, names))) attributes[name] = asText(value, name);
  const redrive = queue.property('RedrivePolicy');
  if (redrive !== undefined) attributes.RedrivePolicy = JSON.stringify(redrive);
  if (visibilitySeconds !== undefined) attributes.VisibilityTimeout = String(visibilitySeconds);
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: queue.name, Attributes: attributes }));
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }));
  if (QueueUrl === undefined || Attributes?.QueueArn === undefined) throw new Error('CreateQueue gave no queue');
  // Emulators make URLs with host names that not every machine resolves; the endpoint is known to work.
  const url = new URL(new URL(QueueUrl).pathname, endpoints.sqs).href;
  stack.register(queue.logicalId, {
    ref: url,
    attributes: { Arn: Attributes.QueueArn, QueueName: queue.name, QueueUrl: url },
  });
}

const EXISTS = ['ResourceInUseException', 'ResourceExistsException', 'ConflictException', 'AlreadyExistsException'];

/** A service that outlives the local cloud still has what an earlier start created: that is used again. */
async function unlessItExists<T>(creation: Promise<T>): Promise<T | undefined> {
  try {
    return await creation;
  } catch (error) {
    if (error instanceof Error && EXISTS.includes(error.name)) return undefined;
    throw error;
  }
}

function pick(resource: StackResource, names: readonly string[]): ValueMap {
  const picked: ValueMap = {};
  for (const name of names) {
    const value = resource.property(name);
    if (value !== undefined) picked[name] = value;
  }
  return picked;
}
