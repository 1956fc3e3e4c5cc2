import * as z from 'zod';
import { ERROR_STATUS } from '../errors.ts';
import { idempotencyKeySchema, problemSchema } from './api-schemas.ts';
import { OPERATIONS, type OperationContract } from './operations.ts';
import { ROUTES, type Route } from './routes.ts';

type JsonSchema = Record<string, unknown>;

/** The OpenAPI 3.1 document of the machine API, made from the schemas that check the requests. */
export function openApiDocument(publicOrigin: string): JsonSchema {
  const schemas: Record<string, JsonSchema> = {};
  const toSchema = schemaWriter(schemas);
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of ROUTES) {
    const contract = contractOf(route);
    if (!contract) continue;
    const item = paths[route.path] ?? {};
    item[route.method.toLowerCase()] = operationObject(route, contract, toSchema);
    paths[route.path] = item;
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Integration Hub',
      version: '1',
      description: 'Look callers up, keep contacts, find free times and book, in the systems a business already uses.',
    },
    servers: [{ url: publicOrigin }],
    paths,
    components: {
      schemas,
      securitySchemes: {
        sigv4: { type: 'apiKey', name: 'Authorization', in: 'header', description: 'AWS Signature Version 4' },
      },
    },
  };
}

function contractOf(route: Route): OperationContract | undefined {
  return Object.entries<OperationContract>(OPERATIONS).find(([operationId]) => operationId === route.operationId)?.[1];
}

function operationObject(route: Route, contract: OperationContract, toSchema: SchemaWriter): JsonSchema {
  const errors = new Map<number, string[]>();
  for (const code of ['validation_failed' as const, ...contract.errors, 'internal' as const]) {
    errors.set(ERROR_STATUS[code], [...(errors.get(ERROR_STATUS[code]) ?? []), code]);
  }
  const problem = { content: { 'application/problem+json': { schema: toSchema(problemSchema, 'output') } } };
  return {
    operationId: route.operationId,
    summary: contract.summary,
    security: route.auth === 'iam' ? [{ sigv4: [] }] : [],
    parameters: [
      ...parameters('path', contract.path, toSchema),
      ...parameters('query', contract.query, toSchema),
      ...(contract.idempotencyKey
        ? [{ name: 'Idempotency-Key', in: 'header', required: true, schema: toSchema(idempotencyKeySchema, 'input') }]
        : []),
    ],
    ...(contract.body
      ? {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: toSchema(contract.body, 'input') } },
          },
        }
      : {}),
    responses: {
      ...Object.fromEntries(
        Object.entries(contract.responses).map(([status, schema]) => [
          status,
          { description: 'Success', content: { 'application/json': { schema: toSchema(schema, 'output') } } },
        ]),
      ),
      ...Object.fromEntries(
        [...errors].map(([status, codes]) => [status, { description: codes.join(', '), ...problem }]),
      ),
    },
  };
}

function parameters(location: 'path' | 'query', object: z.ZodObject | undefined, toSchema: SchemaWriter): JsonSchema[] {
  return Object.entries(object?.shape ?? {}).map(([name, schema]) => ({
    name,
    in: location,
    required: !z.safeParse(schema, undefined).success,
    schema: toSchema(schema, 'input'),
  }));
}

type SchemaWriter = (schema: z.core.$ZodType, io: 'input' | 'output') => JsonSchema;

/** Named schemas (`meta({ id })`) become components, everything else stands where it is used. */
function schemaWriter(components: Record<string, JsonSchema>): SchemaWriter {
  return (schema, io) => {
    const { $schema: _dialect, $defs, ...own } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
    const relocate = (value: unknown): JsonSchema =>
      JSON.parse(JSON.stringify(value).replaceAll('"#/$defs/', '"#/components/schemas/'));
    for (const [name, definition] of Object.entries($defs ?? {})) components[name] = relocate(definition);
    const id = own.id;
    if (typeof id !== 'string') return relocate(own);
    components[id] = relocate(own);
    return { $ref: `#/components/schemas/${id}` };
  };
}
