import type { StackAssembly } from './assembly.ts';
import { executeApiHost, generatedName, type Identity, nameProperty, type Place, staticIdentity } from './identity.ts';
import { evaluateCondition, type IntrinsicScope, resolveIntrinsics } from './intrinsics.ts';
import { assertKnownType, type EmulatedType } from './resource-types.ts';
import { asText, isMap, type TemplateResource, type Value, type ValueMap } from './template.ts';

/** A resource of the stack. Properties are resolved when asked for, so that identities may come later. */
export interface StackResource {
  readonly logicalId: string;
  readonly type: string;
  /** Construct path without the stack and without `/Resource`, for example `Sync/Function`. */
  readonly path: string;
  /** Explicit or generated physical name. */
  readonly name: string;
  property(name: string): Value | undefined;
  /** The property as the template has it, for finding what it refers to. */
  rawProperty(name: string): Value | undefined;
}

/**
 * One CloudFormation stack with everything resolved against this machine. `apiUrl` is where the local gateway
 * listens: an HTTP API's own URL resolves to it wherever it appears in a value.
 */
export class LocalStack {
  readonly place: Place;
  readonly assembly: StackAssembly;
  readonly #apiUrl: string;
  readonly #identities = new Map<string, Identity>();
  readonly #scope: IntrinsicScope;

  constructor(assembly: StackAssembly, place: { region: string; account: string }, apiUrl: string) {
    this.assembly = assembly;
    this.place = { ...place, stackName: assembly.stackName };
    this.#apiUrl = apiUrl;
    const { template } = assembly;
    this.#scope = {
      ref: (name) => this.#ref(name),
      attribute: (logicalId, attribute) => {
        const value = this.identity(logicalId).attributes[attribute];
        if (value === undefined) {
          throw new Error(
            `The local cloud has no attribute ${attribute} of ${logicalId} (${this.#resource(logicalId).Type})`,
          );
        }
        return value;
      },
      condition: (name) => template.Conditions?.[name],
      mapping: (map, first, second) => template.Mappings?.[map]?.[first]?.[second],
    };
    for (const [logicalId, resource] of Object.entries(template.Resources)) {
      if (this.#exists(resource)) assertKnownType(logicalId, resource.Type);
    }
  }

  resources(...types: EmulatedType[]): StackResource[] {
    const wanted: readonly string[] = types;
    return Object.entries(this.assembly.template.Resources)
      .filter(([, resource]) => wanted.includes(resource.Type) && this.#exists(resource))
      .map(([logicalId, resource]) => this.#view(logicalId, resource));
  }

  /** Says what `Ref` and `Fn::GetAtt` of a created resource give. */
  register(logicalId: string, identity: Identity): void {
    this.#identities.set(logicalId, identity);
  }

  isRegistered(logicalId: string): boolean {
    return this.#identities.has(logicalId);
  }

  identity(logicalId: string): Identity {
    const known = this.#identities.get(logicalId);
    if (known !== undefined) return known;
    const resource = this.#resource(logicalId);
    const identity = staticIdentity(logicalId, resource, this.#view(logicalId, resource).name, this.place);
    if (identity === undefined) throw new Error(`${logicalId} (${resource.Type}) is used before it exists`);
    this.#identities.set(logicalId, identity);
    return identity;
  }

  outputs(): Record<string, string> {
    const outputs: Record<string, string> = {};
    for (const [name, output] of Object.entries(this.assembly.template.Outputs ?? {})) {
      if (output.Condition !== undefined && !evaluateCondition({ Condition: output.Condition }, this.#scope)) continue;
      outputs[name] = asText(this.resolve(output.Value), `Output ${name}`);
    }
    return outputs;
  }

  resolve(value: Value): Value | undefined {
    const resolved = resolveIntrinsics(value, this.#scope);
    return resolved === undefined ? undefined : this.#localize(resolved);
  }

  /** Puts the local gateway in the place of the HTTP API's AWS address, after all parts were joined. */
  #localize(value: Value): Value {
    if (typeof value === 'string') {
      if (value.includes('{{resolve:')) throw new Error(`Dynamic references are not supported: ${value}`);
      let text = value;
      for (const api of this.resources('AWS::ApiGatewayV2::Api')) {
        const host = executeApiHost(this.identity(api.logicalId).ref, this.place.region);
        text = text.replaceAll(`https://${host}`, this.#apiUrl).replaceAll(host, new URL(this.#apiUrl).host);
      }
      return text;
    }
    if (Array.isArray(value)) return value.map((part) => this.#localize(part));
    if (!isMap(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, this.#localize(part)]));
  }

  #ref(name: string): Value | undefined {
    const { region, account, stackName } = this.place;
    switch (name) {
      case 'AWS::Region':
        return region;
      case 'AWS::AccountId':
        return account;
      case 'AWS::Partition':
        return 'aws';
      case 'AWS::URLSuffix':
        return 'amazonaws.com';
      case 'AWS::StackName':
        return stackName;
      case 'AWS::StackId':
        return `arn:aws:cloudformation:${region}:${account}:stack/${stackName}/local`;
      case 'AWS::NoValue':
        return undefined;
    }
    const parameter = this.assembly.template.Parameters?.[name];
    if (parameter === undefined) return this.identity(name).ref;
    if (parameter.Default === undefined) throw new Error(`The parameter ${name} has no default`);
    return parameter.Default;
  }

  #resource(logicalId: string): TemplateResource {
    const resource = this.assembly.template.Resources[logicalId];
    if (resource === undefined) throw new Error(`The template has no resource ${logicalId}`);
    return resource;
  }

  #exists(resource: TemplateResource): boolean {
    return resource.Condition === undefined || evaluateCondition({ Condition: resource.Condition }, this.#scope);
  }

  #view(logicalId: string, resource: TemplateResource): StackResource {
    const properties: ValueMap = resource.Properties ?? {};
    const property = (name: string): Value | undefined => {
      const value = properties[name];
      return value === undefined ? undefined : this.resolve(value);
    };
    const explicitName = nameProperty(resource.Type);
    const explicit = explicitName === undefined ? undefined : property(explicitName);
    const path = resource.Metadata?.['aws:cdk:path'];
    return {
      logicalId,
      type: resource.Type,
      path:
        typeof path === 'string'
          ? path
              .split('/')
              .slice(1)
              .join('/')
              .replace(/\/Resource$/, '')
          : logicalId,
      name:
        explicit === undefined
          ? generatedName(logicalId, resource.Type, this.place)
          : asText(explicit, `The name of ${logicalId}`),
      property,
      rawProperty: (name) => properties[name],
    };
  }
}
