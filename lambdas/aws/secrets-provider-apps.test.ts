import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { clockAt } from './dynalite-table.ts';
import { SecretsProviderApps } from './secrets-provider-apps.ts';

const secrets = mockClient(SecretsManagerClient);
const clock = clockAt(0);
const newApps = () => new SecretsProviderApps(new SecretsManagerClient({ region: 'eu-west-2' }), 'hub/test/', clock);
const holds = (secret: unknown) =>
  secrets.on(GetSecretValueCommand).resolves({
    SecretString: typeof secret === 'string' ? secret : JSON.stringify(secret),
  });

beforeEach(() => {
  secrets.reset();
  clock.set(0);
});

describe('SecretsProviderApps', () => {
  test('reads the secret of the provider', async () => {
    holds({ clientId: 'id', clientSecret: 'secret', apiKey: 'key' });
    expect(await newApps().get('mindbody')).toEqual({
      clientId: 'id',
      clientSecret: 'secret',
      webhookKey: null,
      extra: { apiKey: 'key' },
    });
    expect(secrets.commandCalls(GetSecretValueCommand)[0]?.args[0].input).toEqual({ SecretId: 'hub/test/mindbody' });
  });

  test('asks once in five minutes, however many ask', async () => {
    holds({ clientId: 'old', clientSecret: 'secret', webhookKey: 'hook' });
    const apps = newApps();
    await Promise.all([apps.get('square'), apps.get('square')]);
    clock.set(299_999);
    await apps.get('square');
    expect(secrets.calls()).toHaveLength(1);
    holds({ clientId: 'new', clientSecret: 'secret' });
    clock.set(300_000);
    expect((await apps.get('square')).clientId).toBe('new');
  });

  test.each([
    [{ clientId: 'REPLACE_ME', clientSecret: 'generated' }, 'is not filled in'],
    [{ clientId: 'id', clientSecret: '' }, 'is not filled in'],
    [{ clientId: 'id', clientSecret: 's', webhookKey: '<your key>' }, 'is not filled in'],
    [{ clientId: 'id', clientSecret: 's', apiKey: 'replace-me' }, 'is not filled in'],
    [{ clientId: 'id' }, 'is not a JSON object'],
    ['s3cr3t', 'is not a JSON object'],
  ])('refuses %j', async (secret, reason) => {
    holds(secret);
    const error = await newApps()
      .get('hubspot')
      .catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'internal', message: expect.stringContaining(`of hubspot ${reason}`) });
    expect(String(error)).not.toContain('s3cr3t');
  });

  test('does not keep a failure', async () => {
    secrets.on(GetSecretValueCommand).rejects(new Error('throttled'));
    const apps = newApps();
    await expect(apps.get('hubspot')).rejects.toThrow('cannot be read');
    holds({ clientId: 'id', clientSecret: 'secret' });
    expect((await apps.get('hubspot')).clientId).toBe('id');
  });
});
