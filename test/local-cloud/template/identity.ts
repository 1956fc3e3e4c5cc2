import { createHash } from 'node:crypto';
import type { TemplateResource } from './template.ts';

/** What `Ref` and `Fn::GetAtt` of a resource give. */
export interface Identity {
  readonly ref: string;
  readonly attributes: Readonly<Record<string, string>>;
}

export interface Place {
  readonly stackName: string;
  readonly region: string;
  readonly account: string;
}

/** Property that holds a resource's explicit name, and the longest name that its service takes. */
const NAMES: Record<string, { property: string; max: number }> = {
  'AWS::DynamoDB::GlobalTable': { property: 'TableName', max: 255 },
  'AWS::DynamoDB::Table': { property: 'TableName', max: 255 },
  'AWS::SQS::Queue': { property: 'QueueName', max: 80 },
  'AWS::KMS::Alias': { property: 'AliasName', max: 256 },
  'AWS::SecretsManager::Secret': { property: 'Name', max: 512 },
  'AWS::Lambda::Function': { property: 'FunctionName', max: 64 },
  'AWS::Scheduler::ScheduleGroup': { property: 'Name', max: 64 },
  'AWS::Scheduler::Schedule': { property: 'Name', max: 64 },
  'AWS::ApiGatewayV2::Stage': { property: 'StageName', max: 128 },
  'AWS::IAM::Role': { property: 'RoleName', max: 64 },
  'AWS::Logs::LogGroup': { property: 'LogGroupName', max: 512 },
  'AWS::SNS::Topic': { property: 'TopicName', max: 256 },
};

export function nameProperty(type: string): string | undefined {
  return NAMES[type]?.property;
}

/** CloudFormation's generated name: stack and logical id, cut from the front so that the telling part stays. */
export function generatedName(logicalId: string, type: string, place: Place): string {
  return `${place.stackName}-${logicalId}`.slice(-(NAMES[type]?.max ?? 255)).replace(/^[^A-Za-z0-9]+/, '');
}

/** Ten characters that stay the same from start to start, where AWS would draw a random id. */
function stableId(...parts: string[]): string {
  return createHash('sha256').update(parts.join('/')).digest('hex').slice(0, 10);
}

/**
 * Identities that follow from the template alone. `undefined` for what only its service can say: a queue's
 * URL, a key's id, a secret's ARN; those are registered when they are created.
 */
export function staticIdentity(
  logicalId: string,
  resource: TemplateResource,
  name: string,
  place: Place,
): Identity | undefined {
  const { region, account } = place;
  const arn = (service: string, path: string, inRegion = region): string =>
    `arn:aws:${service}:${inRegion}:${account}:${path}`;

  switch (resource.Type) {
    case 'AWS::SQS::Queue':
    case 'AWS::KMS::Key':
    case 'AWS::SecretsManager::Secret':
      return undefined;
    case 'AWS::DynamoDB::GlobalTable':
    case 'AWS::DynamoDB::Table':
      return { ref: name, attributes: { Arn: arn('dynamodb', `table/${name}`), TableId: stableId('table', name) } };
    case 'AWS::Lambda::Function':
      return { ref: name, attributes: { Arn: arn('lambda', `function:${name}`) } };
    case 'AWS::Lambda::EventSourceMapping': {
      const id = stableId('mapping', place.stackName, logicalId);
      return { ref: id, attributes: { Id: id } };
    }
    case 'AWS::Scheduler::ScheduleGroup':
      return { ref: name, attributes: { Arn: arn('scheduler', `schedule-group/${name}`) } };
    case 'AWS::Scheduler::Schedule':
      return { ref: name, attributes: { Arn: arn('scheduler', `schedule/default/${name}`) } };
    case 'AWS::ApiGatewayV2::Api': {
      const id = stableId('api', place.stackName, logicalId);
      return { ref: id, attributes: { ApiId: id, ApiEndpoint: `https://${executeApiHost(id, region)}` } };
    }
    case 'AWS::ApiGatewayV2::Route':
    case 'AWS::ApiGatewayV2::Integration':
      return { ref: stableId(resource.Type, place.stackName, logicalId), attributes: {} };
    case 'AWS::IAM::Role':
      return {
        ref: name,
        attributes: { Arn: arn('iam', `role/${name}`, ''), RoleId: stableId('role', name).toUpperCase() },
      };
    case 'AWS::Logs::LogGroup':
      return { ref: name, attributes: { Arn: arn('logs', `log-group:${name}:*`) } };
    case 'AWS::SNS::Topic':
      return { ref: arn('sns', name), attributes: { TopicArn: arn('sns', name), TopicName: name } };
    default:
      return { ref: name, attributes: { Arn: arn('local', `${resource.Type}/${name}`) } };
  }
}

/** Host name under which AWS serves an HTTP API. */
export function executeApiHost(apiId: string, region: string): string {
  return `${apiId}.execute-api.${region}.amazonaws.com`;
}
