import { expect, test } from '@jest/globals';
import { ENV } from '../core/names.ts';
import { createAwsPorts } from './aws-ports.ts';

test('a port needs only its own variables, and is built once', () => {
  process.env.AWS_REGION ??= 'eu-west-2';
  const ports = createAwsPorts({ [ENV.tableName]: 'hub' });
  expect(ports.integrations).toBe(ports.integrations);
  expect(ports.schedules.nameOf({ workspaceId: 'w', integrationId: 'int_1' })).toMatch(/^int_1-/);
  expect(() => ports.vault).toThrow('The environment variable HUB_TOKEN_KEY_ID is not set.');
  expect(() => ports.queue).toThrow(ENV.syncQueueUrl);
  expect(() => ports.providerApps).toThrow(ENV.secretNamePrefix);
});
