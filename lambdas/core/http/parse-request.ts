import type * as z from 'zod';
import { HubError, validationFailed } from '../errors.ts';
import { idempotencyKeySchema } from './api-schemas.ts';
import { isFieldName } from './field-name.ts';
import type { OperationContract } from './operations.ts';

/** A request as it came in, before anything in it is believed. */
export interface RawRequest {
  readonly path: Readonly<Record<string, string | undefined>>;
  readonly query: Readonly<Record<string, string | undefined>>;
  /** The same as it was sent: what a provider wants echoed must not pass through anybody's reading of it. */
  readonly parameters: URLSearchParams;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

/** No request of this API needs more; a larger one is a mistake or an attack. */
export const MAX_BODY_BYTES = 64 * 1024;

type Parsed<Schema> = Schema extends z.ZodType ? z.output<Schema> : undefined;

export interface ParsedRequest<Contract extends OperationContract> {
  readonly path: Parsed<Contract['path']>;
  readonly query: Parsed<Contract['query']>;
  readonly body: Parsed<Contract['body']>;
  readonly idempotencyKey: Contract['idempotencyKey'] extends true ? string : undefined;
}

/** Checks a request against its contract. Throws `validation_failed` naming the first field at fault. */
export function parseRequest<Contract extends OperationContract>(
  contract: Contract,
  request: RawRequest,
): ParsedRequest<Contract> {
  const key = contract.idempotencyKey
    ? check(idempotencyKeySchema, request.headers['idempotency-key'], 'Idempotency-Key')
    : undefined;
  const parsed = {
    path: contract.path && check(contract.path, request.path, 'path'),
    query: contract.query ? check(contract.query, request.query, 'query') : refuseQuery(request.query),
    body: contract.body && check(contract.body, parseBody(request.body), 'body'),
    idempotencyKey: key,
  };
  return parsed as ParsedRequest<Contract>;
}

/** Throws `validation_failed` with status 413 for a body of more than `maxBytes`. */
export function refuseLargeBody(body: string, maxBytes: number): void {
  if (Buffer.byteLength(body) <= maxBytes) return;
  throw new HubError('validation_failed', {
    field: 'body',
    status: 413,
    detail: `body: is larger than ${maxBytes} bytes`,
  });
}

function parseBody(body: string): unknown {
  refuseLargeBody(body, MAX_BODY_BYTES);
  if (body.trim() === '') return {};
  try {
    return JSON.parse(body);
  } catch (error) {
    throw new HubError('validation_failed', { field: 'body', detail: 'body: is not valid JSON', cause: error });
  }
}

function refuseQuery(query: RawRequest['query']): undefined {
  const [unknown] = Object.keys(query);
  if (unknown !== undefined) throw unknownField([], unknown, 'query');
  return undefined;
}

function check<Schema extends z.ZodType>(schema: Schema, value: unknown, whole: string): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  if (!issue) throw validationFailed(whole, 'is not valid');
  const path = namesOf(issue.path);
  if (issue.code === 'unrecognized_keys') {
    throw unknownField(path, issue.keys[0] ?? '', whole);
  }
  const missing =
    issue.code === 'invalid_type' && issue.input === undefined && issue.message.endsWith('received undefined');
  throw validationFailed(path.join('.') || whole, missing ? 'is required' : issue.message);
}

/** The way to the field at fault, as far as it consists of names and positions. */
function namesOf(path: readonly PropertyKey[]): string[] {
  const parts = path.map(String);
  const end = path.findIndex((part, index) => typeof part !== 'number' && !isFieldName(parts[index] ?? ''));
  return end === -1 ? parts : parts.slice(0, end);
}

function unknownField(path: readonly string[], name: string, whole: string): HubError {
  if (isFieldName(name)) return validationFailed([...path, name].join('.'), 'is not a known field');
  return validationFailed(path.join('.') || whole, 'has a field that is not known');
}
