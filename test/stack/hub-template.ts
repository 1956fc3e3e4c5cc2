/** Synthesizes the hub (stage `dev`, unless told otherwise) without bundling, and answers a reviewer's questions. */
import { readFileSync } from 'node:fs';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { IntegrationHubStack } from '../../lib/integration-hub-stack.ts';
import { readStageConfig } from '../../lib/stage-config.ts';

export interface Resource {
  readonly Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: a template is untyped JSON
  readonly Properties: Record<string, any>;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}

export interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: Record<string, Record<string, unknown>>;
}

const CONTEXT: Record<string, unknown> & { hub: Record<string, unknown> } = JSON.parse(
  readFileSync(new URL('../../cdk.json', import.meta.url), 'utf8'),
).context;

/** The stack under the settings given, on top of those in cdk.json. */
export function makeHub(hub: Record<string, unknown> = {}): { app: App; stack: IntegrationHubStack } {
  const app = new App({ context: { ...CONTEXT, hub: { ...CONTEXT.hub, ...hub }, 'aws:cdk:bundling-stacks': [] } });
  const settings = readStageConfig(app.node.getAllContext());
  return { app, stack: new IntegrationHubStack(app, 'IntegrationHub', { settings }) };
}

export class HubTemplate {
  readonly template: Template;
  readonly resources: Readonly<Record<string, Resource>>;

  constructor(hub: Record<string, unknown> = {}) {
    this.template = Template.fromStack(makeHub(hub).stack);
    this.resources = this.template.toJSON().Resources;
  }

  /** Logical ids and resources of one type. */
  ofType(type: string): [string, Resource][] {
    return Object.entries(this.resources).filter(([, resource]) => resource.Type === type);
  }

  /** The hub's functions by handler name. */
  functions(): Map<string, Resource> {
    const nameOf = (fn: Resource) => /^integration-hub-dev-(.+)$/.exec(fn.Properties.FunctionName)?.[1] ?? '';
    return new Map(this.ofType('AWS::Lambda::Function').map(([, fn]) => [nameOf(fn), fn]));
  }

  /** What the role of a function may do. */
  statementsOf(fn: Resource): Statement[] {
    return this.statementsOfRole(fn.Properties.Role['Fn::GetAtt'][0]);
  }

  statementsOfRole(role: string): Statement[] {
    return this.ofType('AWS::IAM::Policy')
      .filter(([, policy]) => policy.Properties.Roles.some((attached: { Ref: string }) => attached.Ref === role))
      .flatMap(([, policy]) => policy.Properties.PolicyDocument.Statement);
  }

  /** Handler names of the functions that may do something. */
  functionsWith(action: string): string[] {
    return [...this.functions()]
      .filter(([, fn]) => this.statementsOf(fn).some((statement) => actionsOf(statement).includes(action)))
      .map(([name]) => name)
      .sort();
  }
}

export function actionsOf(statement: Statement): string[] {
  return [statement.Action].flat() as string[];
}
