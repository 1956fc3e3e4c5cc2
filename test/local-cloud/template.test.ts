import { describe, expect, test } from '@jest/globals';
import type { StackAssembly } from './template/assembly.ts';
import { LocalStack } from './template/stack.ts';
import type { Template, Value } from './template/template.ts';

const API_URL = 'http://127.0.0.1:8787';

function stackOf(template: Partial<Template>): LocalStack {
  const assembly: StackAssembly = {
    stackName: 'hub',
    template: { Resources: {}, ...template },
    assetPath: () => '/assets/none',
  };
  return new LocalStack(assembly, { region: 'eu-west-1', account: '000000000000' }, API_URL);
}

describe('intrinsic functions', () => {
  const stack = stackOf({
    Resources: {
      Role: { Type: 'AWS::IAM::Role' },
      Fn: { Type: 'AWS::Lambda::Function', Properties: { FunctionName: 'hub-sync' } },
      Api: { Type: 'AWS::ApiGatewayV2::Api' },
    },
    Parameters: { Bootstrap: { Type: 'String', Default: '/cdk/version' } },
    Mappings: { Sizes: { 'eu-west-1': { memory: 512 } } },
    Conditions: {
      InIreland: { 'Fn::Equals': [{ Ref: 'AWS::Region' }, 'eu-west-1'] },
      Elsewhere: { 'Fn::Not': [{ Condition: 'InIreland' }] },
      Either: { 'Fn::Or': [{ Condition: 'InIreland' }, { Condition: 'Elsewhere' }] },
    },
  });

  test.each<[string, Value, unknown]>([
    ['Ref of a parameter', { Ref: 'Bootstrap' }, '/cdk/version'],
    ['Ref of a resource', { Ref: 'Fn' }, 'hub-sync'],
    ['Fn::GetAtt', { 'Fn::GetAtt': ['Fn', 'Arn'] }, 'arn:aws:lambda:eu-west-1:000000000000:function:hub-sync'],
    ['Fn::GetAtt as text', { 'Fn::GetAtt': 'Role.Arn' }, 'arn:aws:iam::000000000000:role/hub-Role'],
    [
      'Fn::Sub',
      { 'Fn::Sub': `\${AWS::AccountId}/\${Fn.Arn}/\${!Raw}` },
      `000000000000/arn:aws:lambda:eu-west-1:000000000000:function:hub-sync/\${Raw}`,
    ],
    [
      'Fn::Sub with variables',
      { 'Fn::Sub': [`\${A}-\${AWS::Partition}`, { A: { Ref: 'AWS::StackName' } }] },
      'hub-aws',
    ],
    [
      'Fn::Select and Fn::Split',
      { 'Fn::Select': [5, { 'Fn::Split': [':', { 'Fn::GetAtt': ['Role', 'Arn'] }] }] },
      'role/hub-Role',
    ],
    ['Fn::FindInMap', { 'Fn::FindInMap': ['Sizes', { Ref: 'AWS::Region' }, 'memory'] }, 512],
    ['Fn::If', { 'Fn::If': ['Either', 'yes', 'no'] }, 'yes'],
    ['Fn::If without a value', [1, { 'Fn::If': ['Elsewhere', 2, { Ref: 'AWS::NoValue' }] }], [1]],
  ])('%s', (_name, value, expected) => {
    expect(stack.resolve(value)).toEqual(expected);
  });

  test.each<[string, Value]>([
    [
      'joined from its parts',
      {
        'Fn::Join': [
          '',
          ['https://', { Ref: 'Api' }, '.execute-api.', { Ref: 'AWS::Region' }, '.', { Ref: 'AWS::URLSuffix' }],
        ],
      },
    ],
    ['as an attribute', { 'Fn::GetAtt': ['Api', 'ApiEndpoint'] }],
  ])("the API's address %s is the local gateway's", (_name, value) => {
    expect(stack.resolve(value)).toBe(API_URL);
  });

  test('an unknown function is an error', () => {
    expect(() => stack.resolve({ 'Fn::Cidr': ['10.0.0.0/8', 2, 8] })).toThrow('Fn::Cidr is not supported');
  });

  test('an unknown attribute is an error', () => {
    expect(() => stack.resolve({ 'Fn::GetAtt': ['Fn', 'SnapStartResponse'] })).toThrow(
      'no attribute SnapStartResponse',
    );
  });
});

test('a resource type that is neither emulated nor ignored stops the start', () => {
  expect(() => stackOf({ Resources: { Bucket: { Type: 'AWS::S3::Bucket' } } })).toThrow(
    'does not know AWS::S3::Bucket (resource Bucket)',
  );
});

test('a resource whose condition is false does not exist', () => {
  const stack = stackOf({
    Conditions: { Never: { 'Fn::Equals': ['a', 'b'] } },
    Resources: { Bucket: { Type: 'AWS::S3::Bucket', Condition: 'Never' } },
  });
  expect(stack.resources('AWS::SQS::Queue')).toEqual([]);
});
