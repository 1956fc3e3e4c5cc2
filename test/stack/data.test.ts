import { describe, expect, test } from '@jest/globals';
import { TABLE } from '../../lambdas/core/names.ts';
import { HubTemplate } from './hub-template.ts';

const DATA_TYPES = [
  'AWS::DynamoDB::GlobalTable',
  'AWS::KMS::Key',
  'AWS::SecretsManager::Secret',
  'AWS::Logs::LogGroup',
];

describe('the table', () => {
  const hub = new HubTemplate();

  test('has the keys, the expiry and the index that the functions use, and can be restored', () => {
    hub.template.hasResourceProperties('AWS::DynamoDB::GlobalTable', {
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [
        { AttributeName: TABLE.partitionKey, KeyType: 'HASH' },
        { AttributeName: TABLE.sortKey, KeyType: 'RANGE' },
      ],
      TimeToLiveSpecification: { AttributeName: TABLE.ttl, Enabled: true },
      GlobalSecondaryIndexes: [{ IndexName: TABLE.directoryIndex, Projection: { ProjectionType: 'KEYS_ONLY' } }],
      Replicas: [{ PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } }],
    });
  });
});

describe('provider secrets', () => {
  test('exist for each provider that is switched on, and hold no value of ours', () => {
    const secrets = new HubTemplate({ providers: 'hubspot,square' }).ofType('AWS::SecretsManager::Secret');

    expect(secrets.map(([, { Properties }]) => Properties.Name)).toEqual([
      'integration-hub/dev/hubspot',
      'integration-hub/dev/square',
    ]);
    for (const [, { Properties }] of secrets) {
      expect(Properties.SecretString).toBeUndefined();
      expect(Object.values(JSON.parse(Properties.GenerateSecretString.SecretStringTemplate))).toEqual(['REPLACE_ME']);
    }
  });
});

describe('when the stack is deleted', () => {
  test.each(['prod', 'staging'])('%s keeps its data', (stage) => {
    const hub = new HubTemplate({ stage });

    for (const type of DATA_TYPES) {
      for (const [, resource] of hub.ofType(type)) {
        expect(resource).toMatchObject({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
      }
    }
  });

  test('prod protects its table besides, and dev leaves nothing behind', () => {
    const protectedTable = (enabled: boolean) => ({ Replicas: [{ DeletionProtectionEnabled: enabled }] });
    const dev = new HubTemplate({ stage: 'dev-anna' });

    new HubTemplate({ stage: 'prod' }).template.hasResourceProperties(
      'AWS::DynamoDB::GlobalTable',
      protectedTable(true),
    );
    dev.template.hasResourceProperties('AWS::DynamoDB::GlobalTable', protectedTable(false));
    for (const [, resource] of DATA_TYPES.flatMap((type) => dev.ofType(type)))
      expect(resource.DeletionPolicy).toBe('Delete');
  });
});

test('every log group has an end', () => {
  for (const stage of ['dev', 'prod']) {
    for (const [, group] of new HubTemplate({ stage }).ofType('AWS::Logs::LogGroup')) {
      expect(group.Properties.RetentionInDays).toBeGreaterThan(0);
    }
  }
});
