import { describe, expect, test } from '@jest/globals';
import { Validations } from 'aws-cdk-lib';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { AwsSolutionsChecks } from 'cdk-nag';
import { makeHub } from './hub-template.ts';

/** The hub with the checks that the app in `bin/` has. */
function makeCheckedHub(settings: Record<string, unknown> = {}) {
  const hub = makeHub(settings);
  Validations.of(hub.app).addPlugins(new AwsSolutionsChecks(hub.app));
  return hub;
}

describe('cdk-nag and the CloudFormation rules', () => {
  test.each([{}, { stage: 'prod', alarmEmail: 'platform@example.com', providers: ['hubspot', 'square'] }])(
    'find nothing in the stack with %j',
    (settings) => {
      expect(() => makeCheckedHub(settings).app.synth()).not.toThrow();
    },
  );

  test('would find something', () => {
    const { app, stack } = makeCheckedHub();
    new Queue(stack, 'Careless');

    expect(() => app.synth()).toThrow(/AwsSolutions-SQS4/);
  });
});
