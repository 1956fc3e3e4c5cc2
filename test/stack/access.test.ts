import { describe, expect, test } from '@jest/globals';
import { ENCRYPTION_CONTEXT, ENV } from '../../lambdas/core/names.ts';
import { actionsOf, HubTemplate } from './hub-template.ts';

const hub = new HubTemplate();
const functions = [...hub.functions()];

function kmsStatements(name: string, action: string) {
  const fn = hub.functions().get(name);
  return fn ? hub.statementsOf(fn).filter((statement) => actionsOf(statement).includes(action)) : [];
}

function purposes(name: string, action: string) {
  return kmsStatements(name, action).flatMap(
    ({ Condition }) => Condition?.StringEquals?.[`kms:EncryptionContext:${ENCRYPTION_CONTEXT.purpose}`],
  );
}

/** Those that speak to providers in a business's name. */
const TOKEN_HOLDERS = ['booking', 'contacts', 'integrations', 'oauth-callback', 'sync'];

describe('functions', () => {
  test('are these', () => {
    expect([...hub.functions().keys()].sort()).toEqual([
      'booking',
      'catalogue',
      'contacts',
      'integrations',
      'oauth-callback',
      'reconcile',
      'sync',
      'webhook',
    ]);
  });

  test('have a role each, without managed policies', () => {
    const roles = functions.map(([, fn]) => fn.Properties.Role['Fn::GetAtt'][0]);

    expect(new Set(roles).size).toBe(functions.length);
    for (const role of roles) expect(hub.resources[role]?.Properties.ManagedPolicyArns).toBeUndefined();
  });

  test.each(functions)('%s runs on Node 24 and arm64, traced, with logs in JSON that are not kept forever', (_, fn) => {
    const logs = hub.resources[fn.Properties.LoggingConfig.LogGroup.Ref];

    expect(fn.Properties).toMatchObject({
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      TracingConfig: { Mode: 'Active' },
      LoggingConfig: { LogFormat: 'JSON' },
    });
    expect(logs?.Properties.RetentionInDays).toBe(14);
  });

  test.each(functions)('%s has only variables with known names, and no secret among them', (_, fn) => {
    const known = new Set<string>(Object.values(ENV));
    const variables: Record<string, unknown> = fn.Properties.Environment.Variables;
    const others = Object.keys(variables).filter((name) => !known.has(name));

    expect(others.sort()).toEqual(['NODE_OPTIONS', 'POWERTOOLS_METRICS_NAMESPACE', 'POWERTOOLS_SERVICE_NAME']);
    expect(Object.keys(variables)).not.toContain(ENV.providerOriginMap);
    expect(JSON.stringify(variables)).not.toMatch(/resolve:secretsmanager|clientSecret|REPLACE_ME/);
  });

  test('know only of what they may use', () => {
    const withVariable = (name: string) =>
      functions
        .filter(([, fn]) => name in fn.Properties.Environment.Variables)
        .map(([function_]) => function_)
        .sort();

    expect(withVariable(ENV.tableName)).toEqual(hub.functionsWith('dynamodb:GetItem'));
    expect(withVariable(ENV.tokenKeyId)).toEqual(hub.functionsWith('kms:Decrypt'));
    expect(withVariable(ENV.syncQueueUrl)).toEqual(hub.functionsWith('sqs:SendMessage'));
    expect(withVariable(ENV.secretNamePrefix)).toEqual(hub.functionsWith('secretsmanager:GetSecretValue'));
    expect(withVariable(ENV.scheduleRoleArn)).toEqual(hub.functionsWith('iam:PassRole'));
    expect(withVariable(ENV.returnUrlOrigins)).toEqual(['integrations']);
    expect(withVariable(ENV.providers)).toEqual(['integrations']);
    expect(withVariable(ENV.partnerAgreements)).toEqual(['integrations']);
  });
});

describe('tokens', () => {
  test('can be opened by these functions only', () => {
    expect(hub.functionsWith('kms:Decrypt')).toEqual(TOKEN_HOLDERS);
  });

  test('can be sealed by these functions only', () => {
    expect(hub.functionsWith('kms:GenerateDataKey')).toEqual(TOKEN_HOLDERS);
  });

  test('are opened and sealed for the purposes that each function has', () => {
    const rights = TOKEN_HOLDERS.map((name) => [
      name,
      { open: purposes(name, 'kms:Decrypt').flat(), seal: purposes(name, 'kms:GenerateDataKey').flat() },
    ]);

    expect(Object.fromEntries(rights)).toEqual({
      booking: { open: ['oauth-token'], seal: ['oauth-token'] },
      contacts: { open: ['oauth-token'], seal: ['oauth-token'] },
      integrations: { open: ['oauth-token'], seal: ['oauth-token', 'pkce-verifier'] },
      'oauth-callback': { open: ['oauth-token', 'pkce-verifier'], seal: ['oauth-token'] },
      sync: { open: ['oauth-token'], seal: ['oauth-token'] },
    });
  });

  test('are never opened or sealed without the whole encryption context', () => {
    const keys = Object.values(ENCRYPTION_CONTEXT);
    const statements = functions
      .flatMap(([, fn]) => hub.statementsOf(fn))
      .filter((statement) => actionsOf(statement).some((action) => action.startsWith('kms:')));

    expect(statements.length).toBeGreaterThan(0);
    for (const { Condition } of statements) {
      expect(Condition).toMatchObject({
        'ForAllValues:StringEquals': { 'kms:EncryptionContextKeys': keys },
        Null: Object.fromEntries(keys.map((key) => [`kms:EncryptionContext:${key}`, 'false'])),
      });
    }
  });

  test('are under a key that rotates', () => {
    hub.template.allResourcesProperties('AWS::KMS::Key', { EnableKeyRotation: true });
  });
});

describe('rights', () => {
  const policies = hub.ofType('AWS::IAM::Policy');
  const statements = policies.flatMap(([, policy]) => policy.Properties.PolicyDocument.Statement);

  test('name their actions one by one', () => {
    expect(statements.flatMap(actionsOf).filter((action) => action.includes('*'))).toEqual([]);
  });

  test('are on all resources only where AWS knows no narrower way', () => {
    const onAll = statements.filter((statement) => [statement.Resource].flat().includes('*'));

    expect([...new Set(onAll.flatMap(actionsOf))].sort()).toEqual([
      'scheduler:ListSchedules',
      'xray:PutTelemetryRecords',
      'xray:PutTraceSegments',
    ]);
  });

  test('have no other wildcard than the schedules of the hub, which are made at run time', () => {
    const wild = statements.filter((statement) => JSON.stringify(statement.Resource).match(/[^"]\*/));

    expect([...new Set(wild.flatMap(actionsOf))].every((action) => action.startsWith('scheduler:'))).toBe(true);
    for (const { Resource } of wild) expect(JSON.stringify(Resource)).toContain(':schedule/integration-hub-dev/*');
  });

  test('give the scheduler role to EventBridge Scheduler only', () => {
    const passing = statements.filter((statement) => actionsOf(statement).includes('iam:PassRole'));

    expect(hub.functionsWith('iam:PassRole')).toEqual(['integrations', 'oauth-callback', 'reconcile']);
    for (const { Condition } of passing) {
      expect(Condition).toEqual({ StringEquals: { 'iam:PassedToService': 'scheduler.amazonaws.com' } });
    }
  });

  test('are few for the functions that need few', () => {
    const actions = (name: string) => {
      const fn = hub.functions().get(name);
      const own = fn ? hub.statementsOf(fn).flatMap(actionsOf) : [];
      return own.filter((action) => !/^(logs|xray):/.test(action)).sort();
    };

    expect(actions('catalogue')).toEqual([]);
    expect(actions('webhook')).toEqual([
      'dynamodb:GetItem',
      'dynamodb:Query',
      'secretsmanager:GetSecretValue',
      'sqs:SendMessage',
    ]);
    expect(actions('reconcile')).toEqual([
      'dynamodb:DeleteItem',
      'dynamodb:GetItem',
      'dynamodb:Query',
      'iam:PassRole',
      'scheduler:CreateSchedule',
      'scheduler:DeleteSchedule',
      'scheduler:ListSchedules',
      'scheduler:UpdateSchedule',
      'sqs:SendMessage',
    ]);
  });

  test('let only the reconciler list schedules and walk over all integrations, and let it read no secret', () => {
    const directory = functions.filter(([, fn]) => JSON.stringify(hub.statementsOf(fn)).includes('/index/directory'));

    expect(directory.map(([name]) => name)).toEqual(['reconcile']);
    expect(hub.functionsWith('scheduler:ListSchedules')).toEqual(['reconcile']);
    expect(hub.functionsWith('secretsmanager:GetSecretValue')).not.toContain('reconcile');
  });
});
