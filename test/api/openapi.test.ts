import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { ERROR_STATUS } from '../../lambdas/core/errors.ts';
import { OPERATIONS, type OperationContract } from '../../lambdas/core/http/operations.ts';
import { ROUTES } from '../../lambdas/core/http/routes.ts';
import { HubUnderTest } from './support/hub-under-test.ts';

const jsonSchema = z.record(z.string(), z.unknown());
const content = z.record(z.string(), z.strictObject({ schema: jsonSchema }));
const parameter = z.strictObject({
  name: z.string().min(1),
  in: z.enum(['path', 'query', 'header']),
  required: z.boolean(),
  schema: jsonSchema,
  description: z.string().optional(),
});
const operation = z.strictObject({
  operationId: z.string().min(1),
  summary: z.string().min(1),
  description: z.string().optional(),
  security: z.array(z.record(z.string(), z.array(z.string()))),
  parameters: z.array(parameter),
  requestBody: z.strictObject({ required: z.boolean(), content }).optional(),
  responses: z.record(
    z.string().regex(/^[1-5]\d\d$/),
    z.strictObject({ description: z.string().min(1), content: content.optional() }),
  ),
});
/** The parts of OpenAPI 3.1 that the document uses, and no others. */
const documentSchema = z.strictObject({
  openapi: z.literal('3.1.0'),
  info: z.strictObject({ title: z.string().min(1), version: z.string().min(1), description: z.string().optional() }),
  servers: z.array(z.strictObject({ url: z.url() })).min(1),
  paths: z.record(
    z.string().regex(/^\//),
    z.partialRecord(z.enum(['get', 'post', 'put', 'patch', 'delete']), operation),
  ),
  components: z.strictObject({
    schemas: z.record(z.string().regex(/^[\w.-]+$/), jsonSchema),
    securitySchemes: z.record(z.string(), z.looseObject({ type: z.string() })),
  }),
});

type Document = z.output<typeof documentSchema>;
type Operation = z.output<typeof operation>;

let hub: HubUnderTest;
let document: Document;
let operations: Map<string, { path: string; method: string; operation: Operation }>;

beforeAll(async () => {
  hub = await HubUnderTest.start({ contacts: 1 });
  const response = await hub.api.send('getOpenApi');
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('application/json');
  document = documentSchema.parse(await response.json());
  operations = new Map(
    Object.entries(document.paths).flatMap(([path, item]) =>
      Object.entries(item).flatMap(([method, found]) =>
        found ? [[found.operationId, { path, method, operation: found }] as const] : [],
      ),
    ),
  );
});

afterAll(async () => {
  await hub?.close();
});

/** Every object within a JSON value. */
function* objectsIn(value: unknown): Generator<Record<string, unknown>> {
  if (Array.isArray(value)) for (const member of value) yield* objectsIn(member);
  else if (typeof value === 'object' && value !== null) {
    yield value as Record<string, unknown>;
    for (const member of Object.values(value)) yield* objectsIn(member);
  }
}

describe('the OpenAPI document', () => {
  test('says where the API is', () => {
    expect(document.servers).toEqual([{ url: hub.hub.apiUrl }]);
  });

  test('has every contracted operation, on its route, once', () => {
    expect([...operations.keys()].sort()).toEqual(Object.keys(OPERATIONS).sort());
    const ids = Object.values(document.paths).flatMap((item) => Object.values(item).map((each) => each?.operationId));
    expect(ids).toHaveLength(new Set(ids).size);
    for (const [operationId, { path, method }] of operations) {
      expect(ROUTES).toContainEqual(expect.objectContaining({ operationId, path, method: method.toUpperCase() }));
    }
  });

  test('leaves no route of the machine API out', () => {
    const machine = ROUTES.filter(({ auth }) => auth === 'iam').map(({ operationId }) => operationId);
    expect(machine.filter((operationId) => !operations.has(operationId))).toEqual([]);
    for (const [operationId, { operation: found }] of operations) {
      const route = ROUTES.find((candidate) => candidate.operationId === operationId);
      expect(found.security).toEqual(route?.auth === 'iam' ? [{ sigv4: [] }] : []);
    }
    for (const { operation: found } of operations.values()) {
      for (const scheme of found.security.flatMap(Object.keys)) {
        expect(document.components.securitySchemes).toHaveProperty(scheme);
      }
    }
  });

  test('declares exactly the parameters of each path', () => {
    for (const { path, operation: found } of operations.values()) {
      const inTemplate = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const declared = found.parameters.filter((each) => each.in === 'path');
      expect(declared.map(({ name }) => name)).toEqual(inTemplate);
      for (const { required } of declared) expect(required).toBe(true);
      const keys = found.parameters.map((each) => `${each.in} ${each.name}`);
      expect(keys).toHaveLength(new Set(keys).size);
    }
  });

  test('says what must be there', () => {
    const required = (operationId: string) => {
      const schema = operations.get(operationId)?.operation.requestBody?.content['application/json']?.schema;
      return { required: schema?.required ?? [], additionalProperties: schema?.additionalProperties };
    };
    expect(required('connectIntegration')).toEqual({ required: ['type'], additionalProperties: false });
    expect(required('updateIntegration')).toEqual({ required: ['config'], additionalProperties: false });
    expect(required('startSync')).toEqual({ required: [], additionalProperties: false });
    expect(required('createContact')).toEqual({ required: [], additionalProperties: false });
    expect(required('bookAppointment')).toEqual({ required: ['slotId', 'customer'], additionalProperties: false });
    expect(required('moveAppointment')).toEqual({ required: ['slotId'], additionalProperties: false });

    for (const [operationId, { operation: found }] of operations) {
      const contract: OperationContract = OPERATIONS[operationId as keyof typeof OPERATIONS];
      const key = found.parameters.find(({ name }) => name === 'Idempotency-Key');
      expect(key?.required).toBe(contract.idempotencyKey);
      const asked = found.parameters.filter((each) => each.in === 'query' && each.required).map(({ name }) => name);
      expect(asked).toEqual(operationId === 'getAvailability' ? ['from', 'to'] : []);
      expect(found.requestBody?.required).toBe(contract.body === undefined ? undefined : true);
    }
  });

  test('says how each operation answers, also when it refuses', () => {
    for (const [operationId, { operation: found }] of operations) {
      const contract: OperationContract = OPERATIONS[operationId as keyof typeof OPERATIONS];
      const codes = ['validation_failed', 'internal', ...contract.errors] as const;
      const statuses = [...Object.keys(contract.responses), ...codes.map((code) => String(ERROR_STATUS[code]))];
      expect(Object.keys(found.responses).sort()).toEqual([...new Set(statuses)].sort());
      for (const code of codes) {
        expect(found.responses[ERROR_STATUS[code]]?.description.split(', ')).toContain(code);
      }
      for (const [status, response] of Object.entries(found.responses)) {
        const mediaType = Number(status) < 400 ? 'application/json' : 'application/problem+json';
        expect(Object.keys(response.content ?? {})).toEqual([mediaType]);
      }
    }
  });

  test('has no reference that leads nowhere, and no component that nobody refers to', () => {
    const references = [...objectsIn(document)].flatMap(({ $ref }) => (typeof $ref === 'string' ? [$ref] : []));
    const components = Object.keys(document.components.schemas).map((name) => `#/components/schemas/${name}`);
    expect(components).toEqual(expect.arrayContaining([...new Set(references)]));
    expect([...new Set(references)].sort()).toEqual(components.sort());
    expect(components).toEqual(
      expect.arrayContaining(
        ['Integration', 'SyncRun', 'Contact', 'Slot', 'Appointment', 'Problem'].map(
          (name) => `#/components/schemas/${name}`,
        ),
      ),
    );
  });

  test('uses JSON Schema as OpenAPI 3.1 has it', () => {
    for (const object of objectsIn(document)) {
      expect(object).not.toHaveProperty('nullable');
      expect(object).not.toHaveProperty('$defs');
      expect(object).not.toHaveProperty('$schema');
      if (typeof object.pattern === 'string') expect(() => new RegExp(String(object.pattern), 'u')).not.toThrow();
      if (Array.isArray(object.required)) {
        const { properties = {} } = object;
        for (const name of object.required) expect(properties).toHaveProperty([String(name)]);
      }
    }
  });

  test('describes a problem as it is sent', () => {
    const problem = document.components.schemas.Problem;
    expect(problem?.required).toEqual(['type', 'title', 'status', 'detail', 'code', 'requestId']);
    expect(problem?.properties).toMatchObject({ code: { enum: Object.keys(ERROR_STATUS) } });
  });
});
