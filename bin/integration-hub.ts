/**
 * The CDK app. `cdk synth` and `cdk deploy` run it; it also runs alone (`CDK_OUTDIR=cdk.out node bin/integration-hub.ts`),
 * which is why it reads the flags in cdk.json itself: a template must not depend on who made it.
 */
import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import cdkJson from '../cdk.json' with { type: 'json' };
import { IntegrationHubStack } from '../lib/integration-hub-stack.ts';
import { readStageConfig, StageConfigError } from '../lib/stage-config.ts';

const app = new App({ context: cdkJson.context });
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));

try {
  const settings = readStageConfig(app.node.getAllContext());
  new IntegrationHubStack(app, 'IntegrationHub', { stackName: `integration-hub-${settings.stage}`, settings });
  app.synth();
} catch (error) {
  if (!(error instanceof StageConfigError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
