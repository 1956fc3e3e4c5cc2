import { RemovalPolicy } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { ENCRYPTION_CONTEXT, PURPOSE } from '../../lambdas/core/names.ts';
import type { StageConfig } from '../stage-config.ts';
import type { HubFunction } from './hub-function.ts';

export type Purpose = keyof typeof PURPOSE;

export interface TokenVaultProps {
  readonly settings: StageConfig;
}

/**
 * The key under which OAuth tokens and PKCE verifiers are sealed. A function gets one KMS action for the purposes
 * that it needs, and only with a complete encryption context; `key.grantEncryptDecrypt` would give it much more.
 */
export class TokenVault extends Construct {
  private readonly key: Key;

  constructor(scope: Construct, id: string, props: TokenVaultProps) {
    super(scope, id);
    this.key = new Key(this, 'Key', {
      alias: `integration-hub-${props.settings.stage}-tokens`,
      description: `Seals the OAuth tokens of the Integration Hub (${props.settings.stage})`,
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy[props.settings.removalPolicy === 'retain' ? 'RETAIN' : 'DESTROY'],
    });
  }

  /** Lets a function seal secrets: it can make data keys, and can't read what it or anybody else has sealed. */
  grantSeal(fn: HubFunction, purposes: readonly Purpose[]): void {
    this.allow(fn, 'kms:GenerateDataKey', purposes);
  }

  /** Lets a function open what was sealed for these purposes. */
  grantOpen(fn: HubFunction, purposes: readonly Purpose[]): void {
    this.allow(fn, 'kms:Decrypt', purposes);
  }

  private allow(fn: HubFunction, action: string, purposes: readonly Purpose[]): void {
    const keys = Object.values(ENCRYPTION_CONTEXT);
    fn.allow(
      new PolicyStatement({
        actions: [action],
        resources: [this.key.keyArn],
        conditions: {
          // No other key than these. A call without any context would pass this, hence the next condition.
          'ForAllValues:StringEquals': { 'kms:EncryptionContextKeys': keys },
          Null: Object.fromEntries(keys.map((key) => [`kms:EncryptionContext:${key}`, 'false'])),
          StringEquals: {
            [`kms:EncryptionContext:${ENCRYPTION_CONTEXT.purpose}`]: purposes.map((purpose) => PURPOSE[purpose]),
          },
        },
      }),
    );
    fn.setVariable('tokenKeyId', this.key.keyArn);
  }
}
