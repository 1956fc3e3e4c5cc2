import { createHash } from 'node:crypto';
import { LOCAL_CREDENTIALS } from '../services/clients.ts';
import { type Endpoints, endpointVariables } from '../services/endpoints.ts';
import type { LocalStack, StackResource } from '../template/stack.ts';
import { asNumber, asText, isMap } from '../template/template.ts';

/** One function as the template describes it. */
export interface FunctionSettings {
  readonly logicalId: string;
  /** Physical name. */
  readonly name: string;
  readonly path: string;
  readonly arn: string;
  readonly assetDir: string;
  readonly handler: string;
  readonly timeoutMs: number;
  readonly memoryMb: number;
  readonly environment: Readonly<Record<string, string>>;
}

export interface ExtraEnvironment {
  /** Variables for every function. */
  readonly all: Readonly<Record<string, string>>;
  /** Variables for one function, by logical id or name. */
  readonly byFunction: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** Reads a function out of the template. What can't be run here (layers, inline code, other runtimes) is an error. */
export function readFunction(
  stack: LocalStack,
  resource: StackResource,
  endpoints: Endpoints,
  extra: ExtraEnvironment,
): FunctionSettings {
  const { logicalId, name, path } = resource;
  const runtime = asText(resource.property('Runtime'), `Runtime of ${logicalId}`);
  if (!runtime.startsWith('nodejs'))
    throw new Error(`${logicalId} runs on ${runtime}; only Node.js functions run locally`);
  if (resource.property('Layers') !== undefined) throw new Error(`${logicalId} has layers, which are not emulated`);
  const code = resource.property('Code');
  if (!isMap(code) || code.S3Key === undefined) throw new Error(`The code of ${logicalId} is not an asset`);
  const handler = asText(resource.property('Handler'), `Handler of ${logicalId}`);
  const memoryMb = asNumber(resource.property('MemorySize'), 128);
  const assetDir = stack.assembly.assetPath(asText(code.S3Key, 'S3Key'));
  return {
    logicalId,
    name,
    path,
    arn: stack.identity(logicalId).attributes.Arn ?? '',
    assetDir,
    handler,
    timeoutMs: asNumber(resource.property('Timeout'), 3) * 1000,
    memoryMb,
    environment: {
      ...runtimeVariables(stack, resource, { assetDir, handler, memoryMb, runtime }),
      ...endpointVariables(endpoints),
      ...templateVariables(resource),
      ...extra.all,
      ...extra.byFunction[logicalId],
      ...extra.byFunction[name],
    },
  };
}

/** What the Lambda runtime itself sets. Nothing comes from the parent's environment but the PATH. */
function runtimeVariables(
  stack: LocalStack,
  resource: StackResource,
  { assetDir, handler, memoryMb, runtime }: { assetDir: string; handler: string; memoryMb: number; runtime: string },
): Record<string, string> {
  const logging = resource.property('LoggingConfig');
  const logs = isMap(logging) ? logging : {};
  return {
    PATH: process.env.PATH ?? '',
    TZ: 'UTC',
    LANG: 'en_US.UTF-8',
    AWS_REGION: stack.place.region,
    AWS_DEFAULT_REGION: stack.place.region,
    AWS_ACCESS_KEY_ID: LOCAL_CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: LOCAL_CREDENTIALS.secretAccessKey,
    AWS_EXECUTION_ENV: `AWS_Lambda_${runtime}`,
    AWS_LAMBDA_FUNCTION_NAME: resource.name,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb),
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: typeof logs.LogGroup === 'string' ? logs.LogGroup : `/aws/lambda/${resource.name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: `local/[$LATEST]${createHash('md5').update(resource.name).digest('hex')}`,
    ...(typeof logs.LogFormat === 'string' ? { AWS_LAMBDA_LOG_FORMAT: logs.LogFormat } : {}),
    ...(typeof logs.ApplicationLogLevel === 'string' ? { AWS_LAMBDA_LOG_LEVEL: logs.ApplicationLogLevel } : {}),
    LAMBDA_TASK_ROOT: assetDir,
    _HANDLER: handler,
  };
}

function templateVariables(resource: StackResource): Record<string, string> {
  const environment = resource.property('Environment');
  const variables = isMap(environment) && isMap(environment.Variables) ? environment.Variables : {};
  return Object.fromEntries(
    Object.entries(variables).map(([key, value]) => [key, asText(value, `${key} of ${resource.logicalId}`)]),
  );
}
