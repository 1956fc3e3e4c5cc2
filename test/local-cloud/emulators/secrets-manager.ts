import { randomBytes, randomUUID } from 'node:crypto';
import { AwsError } from './aws-error.ts';
import type { Operations } from './emulator-server.ts';

interface Version {
  readonly id: string;
  readonly SecretString?: string;
  readonly SecretBinary?: string;
  readonly createdAt: number;
  stages: string[];
}

interface Secret {
  readonly arn: string;
  readonly name: string;
  readonly versions: Version[];
}

/** Secrets Manager with staging labels: a new value becomes AWSCURRENT, the one before it AWSPREVIOUS. */
export function createSecretsManager({ region, account }: { region: string; account: string }): Operations {
  const secrets = new Map<string, Secret>();

  function find(secretId: unknown): Secret {
    const id = String(secretId);
    for (const secret of secrets.values()) {
      const partialArn = secret.arn.slice(0, -7);
      if (id === secret.name || id === secret.arn || id === partialArn) return secret;
    }
    throw new AwsError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
  }

  function put(secret: Secret, input: Record<string, unknown>): Version {
    const stages = (input.VersionStages as string[] | undefined) ?? ['AWSCURRENT'];
    const previous = secret.versions.find((version) => version.stages.includes('AWSCURRENT'));
    for (const version of secret.versions) {
      version.stages = version.stages.filter((stage) => !stages.includes(stage));
      if (previous && stages.includes('AWSCURRENT'))
        version.stages = version.stages.filter((stage) => stage !== 'AWSPREVIOUS');
    }
    if (previous && stages.includes('AWSCURRENT')) previous.stages.push('AWSPREVIOUS');
    const version: Version = {
      id: String(input.ClientRequestToken ?? randomUUID()),
      ...(input.SecretString === undefined ? {} : { SecretString: String(input.SecretString) }),
      ...(input.SecretBinary === undefined ? {} : { SecretBinary: String(input.SecretBinary) }),
      createdAt: Date.now() / 1000,
      stages: [...stages],
    };
    secret.versions.push(version);
    return version;
  }

  return {
    CreateSecret: (input) => {
      const name = String(input.Name);
      if (secrets.has(name)) throw new AwsError('ResourceExistsException', `The secret ${name} already exists.`);
      const suffix = randomBytes(6).toString('base64url').replace(/[-_]/g, 'x').slice(0, 6);
      const arn = `arn:aws:secretsmanager:${region}:${account}:secret:${name}-${suffix}`;
      const secret: Secret = { arn, name, versions: [] };
      secrets.set(name, secret);
      if (input.SecretString === undefined && input.SecretBinary === undefined) return { ARN: arn, Name: name };
      return { ARN: arn, Name: name, VersionId: put(secret, input).id };
    },

    PutSecretValue: (input) => {
      const secret = find(input.SecretId);
      const version = put(secret, input);
      return { ARN: secret.arn, Name: secret.name, VersionId: version.id, VersionStages: version.stages };
    },

    GetSecretValue: (input) => {
      const secret = find(input.SecretId);
      const stage = String(input.VersionStage ?? 'AWSCURRENT');
      const version = secret.versions.find(({ id, stages }) =>
        input.VersionId === undefined ? stages.includes(stage) : id === input.VersionId,
      );
      if (version === undefined) {
        throw new AwsError(
          'ResourceNotFoundException',
          `Secrets Manager can't find the specified secret value for staging label: ${stage}`,
        );
      }
      const { id, createdAt, stages, ...value } = version;
      return {
        ARN: secret.arn,
        Name: secret.name,
        VersionId: id,
        VersionStages: stages,
        CreatedDate: createdAt,
        ...value,
      };
    },

    DescribeSecret: (input) => {
      const { arn, name, versions } = find(input.SecretId);
      return {
        ARN: arn,
        Name: name,
        VersionIdsToStages: Object.fromEntries(versions.map((version) => [version.id, version.stages])),
      };
    },
  };
}
