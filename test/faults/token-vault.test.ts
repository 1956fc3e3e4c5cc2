/** A ciphertext that is moved to another tenant's item does not decrypt, whoever moves it. */
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type DynaliteTable, startDynalite } from '../../lambdas/aws/dynalite-table.ts';
import { DynamoCredentialStore } from '../../lambdas/aws/dynamo-credential-store.ts';
import { DynamoIntegrationStore } from '../../lambdas/aws/dynamo-integration-store.ts';
import { KmsTokenVault } from '../../lambdas/aws/kms-token-vault.ts';
import { credentialKey } from '../../lambdas/aws/table-keys.ts';
import { type EmulatorServer, startEmulatorServer } from '../local-cloud/emulators/emulator-server.ts';
import { createKms } from '../local-cloud/emulators/kms.ts';
import { CountingMetrics, connectedIntegration, KeepingLogger, ShiftedClock } from './support/doubles.ts';
import { hubProcess } from './support/hub-process.ts';

const ACCESS_TOKEN = 'access-token-of-the-salon';
const REFRESH_TOKEN = 'refresh-token-of-the-salon';
const OWNER = { workspaceId: 'salon', integrationId: 'int_1' };

let local: DynaliteTable;
let server: EmulatorServer;
let kms: KMSClient;
let keyId: string;

beforeAll(async () => {
  local = await startDynalite();
  const operations = createKms({ region: 'eu-west-2', account: '000000000000' });
  server = await startEmulatorServer({ TrentService: operations }, () => undefined);
  kms = new KMSClient({
    endpoint: server.url,
    region: 'eu-west-2',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  });
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
  keyId = KeyMetadata?.KeyId ?? '';
});
afterAll(async () => {
  kms.destroy();
  await server.close();
  await local.close();
});

test.each([
  ['another workspace', { workspaceId: 'clinic', integrationId: 'int_1' }],
  ['another integration of the workspace', { workspaceId: 'salon', integrationId: 'int_2' }],
])('a credential copied to %s opens nothing and leaks nothing', async (_, thief) => {
  const logger = new KeepingLogger();
  const credentials = new DynamoCredentialStore(local.table);
  const integrations = new DynamoIntegrationStore(local.table);
  const newProcess = () =>
    hubProcess({
      integrations,
      credentials,
      vault: new KmsTokenVault(kms, keyId),
      fetch: async () => {
        throw new Error('nobody may be asked for anything');
      },
      clock: new ShiftedClock(),
      logger,
      metrics: new CountingMetrics(),
    }).oauth;
  await integrations.create(connectedIntegration(thief));
  await newProcess().saveTokens(OWNER, 'hubspot', {
    accessToken: ACCESS_TOKEN,
    refreshToken: REFRESH_TOKEN,
    expiresAt: null,
    scopes: [],
  });
  expect((await newProcess().accessToken(OWNER, 'hubspot', null)).tokens.accessToken).toBe(ACCESS_TOKEN);

  const item = (await local.everything()).find(({ pk, sk }) => {
    const key = credentialKey(OWNER);
    return pk === key.pk && sk === key.sk;
  });
  expect(JSON.stringify(item)).not.toContain('of-the-salon');
  await local.table.client.send(
    new PutCommand({ TableName: local.table.name, Item: { ...item, ...credentialKey(thief) } }),
  );
  const error = await newProcess()
    .accessToken(thief, 'hubspot', null)
    .catch((caught: Error) => caught);
  expect(error).toMatchObject({ code: 'internal', message: 'A stored secret could not be opened.' });
  const said = JSON.stringify([error, String(error), error instanceof Error ? error.stack : '', logger.lines]);
  expect(said).not.toContain('of-the-salon');
});
