import { asList, asText, isMap, type Value, type ValueMap } from './template.ts';

/** What intrinsic functions look things up in. */
export interface IntrinsicScope {
  /** A parameter, pseudo parameter or resource; `undefined` is `AWS::NoValue`. */
  ref(name: string): Value | undefined;
  attribute(logicalId: string, attribute: string): Value;
  condition(name: string): Value | undefined;
  mapping(map: string, first: string, second: string): Value | undefined;
}

type Evaluate = (argument: Value, scope: IntrinsicScope) => Value | undefined;

/**
 * Resolves CloudFormation's intrinsic functions. A function that is not known here is an error: an
 * unresolved `{"Fn::…"}` that reaches a function's environment would be a silent difference from AWS.
 */
export function resolveIntrinsics(value: Value, scope: IntrinsicScope): Value | undefined {
  if (Array.isArray(value)) {
    return value.flatMap((item) => {
      const resolved = resolveIntrinsics(item, scope);
      return resolved === undefined ? [] : [resolved];
    });
  }
  if (!isMap(value)) return value;
  const entries = Object.entries(value);
  const [only] = entries;
  if (entries.length === 1 && only !== undefined && (only[0] === 'Ref' || only[0].startsWith('Fn::'))) {
    const evaluate = FUNCTIONS[only[0]];
    if (evaluate === undefined) throw new Error(`The intrinsic function ${only[0]} is not supported`);
    return evaluate(only[1], scope);
  }
  const resolved: ValueMap = {};
  for (const [key, item] of entries) {
    const result = resolveIntrinsics(item, scope);
    if (result !== undefined) resolved[key] = result;
  }
  return resolved;
}

/** Logical ids that a value refers to, so that resources can be created after what they need. */
export function referencedIds(value: Value | undefined): Set<string> {
  const ids = new Set<string>();
  const visit = (item: Value): void => {
    if (Array.isArray(item)) item.forEach(visit);
    else if (isMap(item)) {
      if (typeof item.Ref === 'string') ids.add(item.Ref);
      const attribute = item['Fn::GetAtt'];
      if (attribute !== undefined) ids.add(attributeReference(attribute).logicalId);
      Object.values(item).forEach(visit);
    }
  };
  if (value !== undefined) visit(value);
  return ids;
}

function attributeReference(argument: Value): { logicalId: string; attribute: string } {
  const parts = typeof argument === 'string' ? argument.split('.') : asList(argument, 'Fn::GetAtt').map(String);
  const [logicalId, ...attribute] = parts;
  if (logicalId === undefined || attribute.length === 0) throw new Error(`Fn::GetAtt ${JSON.stringify(argument)}`);
  return { logicalId, attribute: attribute.join('.') };
}

function required(value: Value, scope: IntrinsicScope, what: string): Value {
  const resolved = resolveIntrinsics(value, scope);
  if (resolved === undefined) throw new Error(`${what} has no value`);
  return resolved;
}

function item(list: Value[], index: number, what: string): Value {
  const value = list[index];
  if (value === undefined) throw new Error(`${what} has no argument ${index}`);
  return value;
}

/** Conditions are values too: `{"Condition": name}`, or one of the boolean functions. */
export function evaluateCondition(value: Value, scope: IntrinsicScope): boolean {
  if (isMap(value) && typeof value.Condition === 'string') {
    const definition = scope.condition(value.Condition);
    if (definition === undefined) throw new Error(`The template has no condition ${value.Condition}`);
    return evaluateCondition(definition, scope);
  }
  return resolveIntrinsics(value, scope) === true;
}

const FUNCTIONS: Record<string, Evaluate> = {
  Ref: (argument, scope) => scope.ref(asText(argument, 'Ref')),

  'Fn::GetAtt': (argument, scope) => {
    const { logicalId, attribute } = attributeReference(argument);
    return scope.attribute(logicalId, attribute);
  },

  'Fn::Join': (argument, scope) => {
    const [separator, list] = asList(argument, 'Fn::Join');
    return asList(required(list ?? null, scope, 'Fn::Join'), 'Fn::Join')
      .map((part) => asText(part, 'A part of Fn::Join'))
      .join(asText(separator, 'The separator of Fn::Join'));
  },

  'Fn::Sub': (argument, scope) => {
    const [text, variables] = Array.isArray(argument) ? argument : [argument, undefined];
    return asText(text, 'Fn::Sub').replace(/\$\{(!?)([^}]+)\}/g, (_match, literal: string, name: string) => {
      if (literal === '!') return `\${${name}}`;
      const local = isMap(variables) ? variables[name] : undefined;
      if (local !== undefined) return asText(resolveIntrinsics(local, scope), `\${${name}} of Fn::Sub`);
      if (!name.includes('.')) return asText(scope.ref(name), `\${${name}} of Fn::Sub`);
      const { logicalId, attribute } = attributeReference(name);
      return asText(scope.attribute(logicalId, attribute), `\${${name}} of Fn::Sub`);
    });
  },

  'Fn::Select': (argument, scope) => {
    const list = asList(argument, 'Fn::Select');
    const index = Number(required(item(list, 0, 'Fn::Select'), scope, 'Fn::Select'));
    return item(asList(required(item(list, 1, 'Fn::Select'), scope, 'Fn::Select'), 'Fn::Select'), index, 'Fn::Select');
  },

  'Fn::Split': (argument, scope) => {
    const [separator, source] = asList(argument, 'Fn::Split');
    const text = asText(required(source ?? null, scope, 'Fn::Split'), 'Fn::Split');
    return text.split(asText(separator, 'The separator of Fn::Split'));
  },

  'Fn::If': (argument, scope) => {
    const list = asList(argument, 'Fn::If');
    const name = asText(list[0], 'The condition of Fn::If');
    return resolveIntrinsics(item(list, evaluateCondition({ Condition: name }, scope) ? 1 : 2, 'Fn::If'), scope);
  },

  'Fn::FindInMap': (argument, scope) => {
    const [map, first, second] = asList(required(argument, scope, 'Fn::FindInMap'), 'Fn::FindInMap').map(String);
    const found = scope.mapping(map ?? '', first ?? '', second ?? '');
    if (found === undefined) throw new Error(`Fn::FindInMap found no ${map}.${first}.${second}`);
    return found;
  },

  'Fn::Base64': (argument, scope) =>
    Buffer.from(asText(required(argument, scope, 'Fn::Base64'), 'Fn::Base64')).toString('base64'),

  'Fn::Equals': (argument, scope) => {
    const [left, right] = asList(argument, 'Fn::Equals').map((side) => required(side, scope, 'Fn::Equals'));
    return JSON.stringify(left) === JSON.stringify(right);
  },
  'Fn::Not': (argument, scope) => !evaluateCondition(item(asList(argument, 'Fn::Not'), 0, 'Fn::Not'), scope),
  'Fn::And': (argument, scope) => asList(argument, 'Fn::And').every((part) => evaluateCondition(part, scope)),
  'Fn::Or': (argument, scope) => asList(argument, 'Fn::Or').some((part) => evaluateCondition(part, scope)),
};
