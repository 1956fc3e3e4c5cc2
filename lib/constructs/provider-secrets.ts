import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { StageConfig } from '../stage-config.ts';
import type { Alarms } from './alarms.ts';
import type { HubFunction } from './hub-function.ts';
import { hubMetric } from './hub-metric.ts';

export interface ProviderSecretsProps {
  readonly settings: StageConfig;
  readonly alarms: Alarms;
}

/** What stands in a new secret until the operator has filled in the hub's registration with the provider. */
const PLACEHOLDER = 'REPLACE_ME';

/**
 * One secret per switched-on provider: the hub's own registration there. They are made with a placeholder, and the
 * operator fills them in; the values never pass through a template or an environment variable.
 */
export class ProviderSecrets extends Construct {
  /** Names of the secrets, for the operator. */
  readonly names: readonly string[];
  private readonly prefix: string;
  private readonly secrets: readonly Secret[];

  constructor(scope: Construct, id: string, props: ProviderSecretsProps) {
    super(scope, id);
    this.prefix = `integration-hub/${props.settings.stage}/`;
    const { providers } = props.settings;
    this.names = providers.map((type) => `${this.prefix}${type}`);
    this.secrets = providers.map((type) => {
      const secret = new Secret(this, type, {
        secretName: `${this.prefix}${type}`,
        description: `Integration Hub: our app at ${type}. Fill in clientId and clientSecret`,
        // Never change this template: CloudFormation would then replace the values that the operator has filled in.
        generateSecretString: {
          secretStringTemplate: JSON.stringify({ clientId: PLACEHOLDER }),
          generateStringKey: 'clientSecret',
        },
        removalPolicy: RemovalPolicy[props.settings.removalPolicy === 'retain' ? 'RETAIN' : 'DESTROY'],
      });
      Validations.of(secret).acknowledge({
        id: 'AwsSolutions-SMG4',
        reason: 'Only the provider can issue a new app secret; docs/operations.md says how an operator rotates it.',
      });
      return secret;
    });
    props.alarms.add(this, 'MisconfiguredAlarm', {
      summary: 'A provider refuses our app registration: nobody can connect, and tokens are not refreshed.',
      runbook: 'alarm-provider-app-misconfigured',
      metric: hubMetric(props.settings.stage, 'providerAppMisconfigured', { period: Duration.minutes(15) }),
      threshold: 1,
    });
  }

  /** Lets a function read the registrations, and tells it where they are. */
  grantRead(fn: HubFunction): void {
    fn.allow(
      new PolicyStatement({
        actions: ['secretsmanager:GetSecretValue'],
        resources: this.secrets.map((secret) => secret.secretArn),
      }),
    );
    fn.setVariable('secretNamePrefix', this.prefix);
  }
}
