/** A value in a CloudFormation template, before or after its intrinsic functions are resolved. */
export type Value = null | boolean | number | string | Value[] | ValueMap;

export interface ValueMap {
  [key: string]: Value;
}

export interface TemplateResource {
  readonly Type: string;
  readonly Properties?: ValueMap;
  readonly Condition?: string;
  readonly Metadata?: ValueMap;
}

export interface Template {
  readonly Resources: Record<string, TemplateResource>;
  readonly Parameters?: Record<string, { readonly Type: string; readonly Default?: Value }>;
  readonly Mappings?: Record<string, Record<string, Record<string, Value>>>;
  readonly Conditions?: Record<string, Value>;
  readonly Outputs?: Record<string, { readonly Value: Value; readonly Condition?: string }>;
}

export function isMap(value: Value | undefined): value is ValueMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function asText(value: Value | undefined, what: string): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new Error(`${what} must be a string, it is ${JSON.stringify(value)}`);
}

export function asList(value: Value | undefined, what: string): Value[] {
  if (Array.isArray(value)) return value;
  throw new Error(`${what} must be a list, it is ${JSON.stringify(value)}`);
}

/** CloudFormation takes numbers as numbers or as strings. */
export function asNumber(value: Value | undefined, fallback: number): number {
  if (value === undefined || value === null) return fallback;
  const number = Number(value);
  if (Number.isNaN(number)) throw new Error(`${JSON.stringify(value)} is not a number`);
  return number;
}
