import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  ApplicationLogLevel,
  Architecture,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { HttpFunctionName } from '../../lambdas/core/http/routes.ts';
import { ENV, METRICS } from '../../lambdas/core/names.ts';
import type { StageConfig } from '../stage-config.ts';
import { functionBundle } from './function-bundle.ts';

/** A function of the hub; each is one file in `lambdas/handlers/`. */
export type HubFunctionName = HttpFunctionName | 'sync' | 'reconcile';

/** Variables that the stack may set. The origin map is for a developer's machine, and no stack can set it. */
export type StackVariable = Exclude<keyof typeof ENV, 'providerOriginMap'>;

export interface HubFunctionProps {
  readonly settings: StageConfig;
  /** File name in `lambdas/handlers/`, without `.ts`. */
  readonly handler: HubFunctionName;
  /** What the function does, for people who meet it in the console. */
  readonly description: string;
  /** In MB; CPU and network grow with it. @default 512 */
  readonly memorySize?: number;
  /** @default 29 seconds, just under API Gateway's limit */
  readonly timeout?: Duration;
}

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));

/**
 * A Lambda function as the hub runs them all: Node 24 on arm64, an ESM bundle, its own role and log group. It starts
 * with the right to write its logs and traces; constructs add what else it may do through `allow`.
 */
export class HubFunction extends Construct {
  readonly fn: LambdaFunction;

  constructor(scope: Construct, id: string, props: HubFunctionProps) {
    super(scope, id);
    const { settings } = props;
    const entry = `${PROJECT}lambdas/handlers/${props.handler}.ts`;
    if (!existsSync(entry)) throw new Error(`There is no handler ${entry}`);

    const logGroup = new LogGroup(this, 'Logs', {
      retention: settings.logRetentionDays,
      removalPolicy: RemovalPolicy[settings.removalPolicy === 'retain' ? 'RETAIN' : 'DESTROY'],
    });
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    // In place of the managed basic-execution policy, which allows every log group of the account.
    role.addToPolicy(
      new PolicyStatement({
        actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        resources: [logGroup.logGroupArn],
      }),
    );

    this.fn = new LambdaFunction(this, 'Function', {
      functionName: `integration-hub-${settings.stage}-${props.handler}`,
      description: props.description,
      code: functionBundle(entry),
      handler: 'index.handler',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: props.memorySize ?? 512,
      timeout: props.timeout ?? Duration.seconds(29),
      role,
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      applicationLogLevelV2: ApplicationLogLevel.INFO,
      tracing: Tracing.ACTIVE,
      environment: {
        NODE_OPTIONS: '--enable-source-maps',
        POWERTOOLS_SERVICE_NAME: METRICS.service,
        POWERTOOLS_METRICS_NAMESPACE: METRICS.namespace,
        [ENV.stage]: settings.stage,
      },
    });
    Validations.of(role).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'xray:PutTraceSegments and xray:PutTelemetryRecords know no resources.',
    });
  }

  /** Adds one right to the function's role. Actions are named one by one. */
  allow(statement: PolicyStatement): void {
    this.fn.addToRolePolicy(statement);
  }

  /** Sets one of the variables that the functions know. */
  setVariable(name: StackVariable, value: string): void {
    this.fn.addEnvironment(ENV[name], value);
  }
}
