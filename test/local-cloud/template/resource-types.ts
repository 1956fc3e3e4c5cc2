/**
 * Every resource type that the local cloud may meet. A type in neither list stops the start, so that a new
 * kind of resource in the stack is never left out locally without anybody noticing.
 */

/** Types that are run or created locally. */
export const EMULATED_TYPES = [
  'AWS::DynamoDB::GlobalTable',
  'AWS::DynamoDB::Table',
  'AWS::SQS::Queue',
  'AWS::KMS::Key',
  'AWS::KMS::Alias',
  'AWS::SecretsManager::Secret',
  'AWS::Scheduler::ScheduleGroup',
  'AWS::Scheduler::Schedule',
  'AWS::Lambda::Function',
  'AWS::Lambda::EventSourceMapping',
  'AWS::ApiGatewayV2::Api',
  'AWS::ApiGatewayV2::Stage',
  'AWS::ApiGatewayV2::Route',
  'AWS::ApiGatewayV2::Integration',
] as const;

/** Types that change nothing on one machine: permissions (everything is allowed), logs, alarms, metadata. */
export const IGNORED_TYPES = [
  'AWS::ApiGateway::Account',
  'AWS::CDK::Metadata',
  'AWS::CloudWatch::Alarm',
  'AWS::CloudWatch::CompositeAlarm',
  'AWS::CloudWatch::Dashboard',
  'AWS::IAM::ManagedPolicy',
  'AWS::IAM::Policy',
  'AWS::IAM::Role',
  'AWS::Lambda::EventInvokeConfig',
  'AWS::Lambda::Permission',
  'AWS::Logs::LogGroup',
  'AWS::Logs::MetricFilter',
  'AWS::Logs::QueryDefinition',
  'AWS::Logs::ResourcePolicy',
  'AWS::SNS::Subscription',
  'AWS::SNS::Topic',
  'AWS::SNS::TopicPolicy',
  'AWS::SQS::QueuePolicy',
  'AWS::SecretsManager::ResourcePolicy',
] as const;

export type EmulatedType = (typeof EMULATED_TYPES)[number];

const KNOWN: ReadonlySet<string> = new Set<string>([...EMULATED_TYPES, ...IGNORED_TYPES]);

export function assertKnownType(logicalId: string, type: string): void {
  if (!KNOWN.has(type)) {
    throw new Error(
      `The local cloud does not know ${type} (resource ${logicalId}): emulate it, or add it to IGNORED_TYPES if it makes no difference locally`,
    );
  }
}
