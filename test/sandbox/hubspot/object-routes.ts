import type { Hono } from 'hono';
import * as z from 'zod';
import { contactExists, notFound, propertiesRejected, validationFailed } from './errors.ts';
import type { Guard, HubSpotContext, HubSpotEnv } from './guard.ts';
import { DEFAULT_PROPERTIES, knownNames, problemsOf } from './properties.ts';
import { type HubSpotRecord, type ObjectType, renderRecord } from './records.ts';
import { search } from './search.ts';
import type { HubSpotStore } from './store.ts';

export const OBJECTS_PATH = '/crm/objects/2026-09';

/** Each object type has its name and its number. */
export const SEGMENTS: readonly (readonly [segment: string, type: ObjectType])[] = [
  ['contacts', 'contacts'],
  ['0-1', 'contacts'],
  ['deals', 'deals'],
  ['0-3', 'deals'],
];

const propertiesSchema = z.record(z.string(), z.string());
const patchSchema = z.object({ properties: propertiesSchema });
const createSchema = z.object({
  properties: propertiesSchema,
  associations: z
    .array(
      z.object({
        to: z.object({ id: z.string() }),
        types: z.array(z.object({ associationCategory: z.string(), associationTypeId: z.int() })),
      }),
    )
    .default([]),
});
const batchReadSchema = z.object({
  inputs: z.array(z.object({ id: z.string() })).max(100),
  properties: z.array(z.string()).default([]),
  idProperty: z.string().optional(),
});

/** List, read, create, change, archive and search contacts and deals. */
export function addObjectRoutes(app: Hono<HubSpotEnv>, guard: Guard): void {
  for (const [segment, type] of SEGMENTS) {
    const path = `${OBJECTS_PATH}/${segment}`;
    const reads = guard.require([`crm.objects.${type}.read`]);
    const writes = guard.require([`crm.objects.${type}.write`]);
    app.get(path, reads, (c) => c.json(list(c, type)));
    app.post(path, writes, async (c) =>
      c.json(create(storeOf(c), type, parseBody(createSchema, await c.req.text())), 201),
    );
    app.post(`${path}/search`, guard.require([`crm.objects.${type}.read`], 'search'), async (c) =>
      c.json(search(storeOf(c), type, await c.req.text())),
    );
    app.post(`${path}/batch/read`, reads, async (c) => c.json(batchRead(storeOf(c), type, await c.req.text())));
    app.get(`${path}/:id`, reads, (c) => c.json(readOne(c, type)));
    app.patch(`${path}/:id`, writes, async (c) => {
      const { properties } = parseBody(patchSchema, await c.req.text());
      const record = locate(c, type);
      change(storeOf(c), record, properties);
      const names = [...new Set([...DEFAULT_PROPERTIES[type], ...knownNames(type, Object.keys(properties))])];
      return c.json(renderRecord(record, record.current, names));
    });
    app.delete(`${path}/:id`, writes, (c) => {
      const record = locate(c, type);
      storeOf(c).archive(record);
      return c.body(null, 204);
    });
  }
}

function storeOf(c: HubSpotContext): HubSpotStore {
  return c.get('portal').store;
}

function list(c: HubSpotContext, type: ObjectType) {
  const limit = wholeNumber(c, 'limit', 10);
  if (limit < 1 || limit > 100) throw validationFailed('limit must be from 1 to 100');
  const wanted = c.req.query('archived') === 'true' ? 'archived' : 'live';
  const store = storeOf(c);
  const { rows, start } = store.rowsFrom(type, wholeNumber(c, 'after', 0));
  const page: HubSpotRecord[] = [];
  let next: HubSpotRecord | null = null;
  for (let position = start; position < rows.length && next === null; position++) {
    const record = rows[position];
    if (record?.state !== wanted) continue;
    if (page.length < limit) page.push(record);
    else next = record;
  }
  const last = page.at(-1);
  return {
    results: page.map((record) => renderWithAssociations(c, record)),
    ...(next && last ? { paging: { next: { after: String(last.id + 1) } } } : {}),
  };
}

function readOne(c: HubSpotContext, type: ObjectType) {
  return renderWithAssociations(c, locate(c, type, c.req.query('archived') === 'true' ? 'archived' : 'live'));
}

function locate(c: HubSpotContext, type: ObjectType, state: 'live' | 'archived' = 'live'): HubSpotRecord {
  const { id = '' } = c.req.param() as { id?: string };
  const idProperty = c.req.query('idProperty');
  const record = lookUp(storeOf(c), type, id, idProperty);
  if (record?.state !== state) throw notFound(`Object not found. objectId or ${idProperty ?? 'id'} is not known.`);
  return record;
}

function lookUp(
  store: HubSpotStore,
  type: ObjectType,
  id: string,
  idProperty: string | undefined,
): HubSpotRecord | null {
  if (idProperty === undefined || idProperty === 'hs_object_id') {
    return /^\d+$/.test(id) ? store.find(type, Number(id)) : null;
  }
  if (type === 'contacts' && idProperty === 'email') {
    return store.findByEmail(id, store.settings.emailLookupFindsSecondary);
  }
  throw validationFailed(`${idProperty} is not a property with unique values`);
}

function renderWithAssociations(c: HubSpotContext, record: HubSpotRecord) {
  const shown = renderRecord(record, record.current, knownNames(record.type, words(c.req.queries('properties'))));
  const other = record.type === 'deals' ? 'contacts' : 'deals';
  if (!words(c.req.queries('associations')).includes(other)) return shown;
  const ids = storeOf(c).associated(record);
  if (ids.length === 0) return shown;
  const type = record.type === 'deals' ? 'deal_to_contact' : 'contact_to_deal';
  return { ...shown, associations: { [other]: { results: ids.map((id) => ({ id: String(id), type })) } } };
}

/** Creates a record as the API does; the control API uses it too. */
export function create(store: HubSpotStore, type: ObjectType, input: z.output<typeof createSchema>) {
  const { properties, associations } = input;
  const problems = [...problemsOf(type, properties)];
  if (type === 'contacts' && !properties.email && !properties.firstname && !properties.lastname) {
    throw validationFailed('A contact needs at least one of email, firstname and lastname');
  }
  for (const name of type === 'contacts' ? store.settings.requiredOnCreate : []) {
    if (properties[name]) continue;
    const context = { propertyName: [name] };
    problems.push({ message: `Property "${name}" is required`, code: 'MISSING_REQUIRED_PROPERTY', context });
  }
  if (problems.length > 0) throw propertiesRejected(problems);
  refuseTakenEmail(store, properties.email, null);
  const others = associations.map(({ to }) => store.find(type === 'deals' ? 'contacts' : 'deals', Number(to.id)));
  if (others.includes(null)) throw validationFailed('One of the associated records does not exist');
  const ids = others.flatMap((other) => (other ? [other.id] : []));
  const record = store.create(type, properties, type === 'deals' ? ids : []);
  for (const deal of type === 'contacts' ? others : []) {
    if (deal) store.associate(deal, [...deal.contactIds, record.id]);
  }
  const names = [...new Set([...DEFAULT_PROPERTIES[type], ...Object.keys(record.current.properties)])];
  return renderRecord(record, record.current, names);
}

/** Changes a record as the API does; the control API uses it too. */
export function change(store: HubSpotStore, record: HubSpotRecord, values: Readonly<Record<string, string>>): void {
  const problems = problemsOf(record.type, values);
  if (problems.length > 0) throw propertiesRejected(problems);
  if (record.type === 'contacts') refuseTakenEmail(store, values.email, record);
  store.change(record, values);
}

function refuseTakenEmail(store: HubSpotStore, email: string | undefined, self: HubSpotRecord | null): void {
  const owner = email ? store.findByEmail(email, true) : null;
  if (owner && owner !== self) throw contactExists(owner.id);
}

function batchRead(store: HubSpotStore, type: ObjectType, body: string) {
  const { inputs, properties, idProperty } = parseBody(batchReadSchema, body);
  const names = knownNames(type, properties);
  const found = inputs
    .map(({ id }) => lookUp(store, type, id, idProperty))
    .filter((record) => record?.state === 'live');
  const now = new Date(store.clock.now()).toISOString();
  return {
    status: 'COMPLETE',
    results: found.flatMap((record) => (record ? [renderRecord(record, record.current, names)] : [])),
    startedAt: now,
    completedAt: now,
  };
}

function wholeNumber(c: HubSpotContext, name: string, otherwise: number): number {
  const text = c.req.query(name);
  if (text === undefined) return otherwise;
  if (!/^\d+$/.test(text)) throw validationFailed(`${name} must be a whole number, not ${text}`);
  return Number(text);
}

/** Comma-joined, repeated, or both. */
function words(values: readonly string[] | undefined): string[] {
  return (values ?? [])
    .flatMap((value) => value.split(','))
    .map((word) => word.trim())
    .filter((word) => word !== '');
}

export function parseBody<S extends z.ZodType>(schema: S, body: string): z.output<S> {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    throw validationFailed('Invalid input JSON');
  }
  const parsed = schema.safeParse(json);
  if (!parsed.success) throw validationFailed(`Invalid input: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}
