import type { Hono } from 'hono';
import * as z from 'zod';
import { notFound } from './errors.ts';
import type { Guard, HubSpotEnv } from './guard.ts';
import { parseBody, SEGMENTS } from './object-routes.ts';
import { renderPipeline } from './pipelines.ts';
import type { ObjectType } from './records.ts';
import type { HubSpotStore } from './store.ts';

const inputsSchema = z.object({ inputs: z.array(z.object({ id: z.string() })).max(1000) });

/** Associations in bulk, and the pipelines whose labels deals are read with. */
export function addLinkRoutes(app: Hono<HubSpotEnv>, guard: Guard): void {
  for (const [from, fromType] of SEGMENTS) {
    for (const [to, toType] of SEGMENTS) {
      if (fromType === toType) continue;
      const scopes = guard.require(['crm.objects.contacts.read', 'crm.objects.deals.read']);
      app.post(`/crm/associations/2026-09/${from}/${to}/batch/read`, scopes, async (c) => {
        const { inputs } = parseBody(inputsSchema, await c.req.text());
        const answer = readAssociations(c.get('portal').store, fromType, inputs);
        return c.json(answer, 'errors' in answer ? 207 : 200);
      });
    }
  }

  for (const segment of ['deals', '0-3']) {
    const reads = guard.require(['crm.objects.deals.read']);
    const path = `/crm/pipelines/2026-09/${segment}`;
    app.get(path, reads, (c) => c.json({ results: c.get('portal').store.pipelines.map(renderPipeline) }));
    app.get(`${path}/:pipelineId`, reads, (c) => {
      const all = c.get('portal').store.pipelines.map(renderPipeline);
      const pipeline = all.find(({ id }) => id === c.req.param('pipelineId'));
      if (!pipeline) throw notFound('The pipeline does not exist');
      return c.json(pipeline);
    });
  }
}

function readAssociations(store: HubSpotStore, type: ObjectType, inputs: readonly { id: string }[]) {
  const label = { category: 'HUBSPOT_DEFINED', typeId: type === 'deals' ? 3 : 4, label: null };
  const results = [];
  const errors = [];
  for (const { id } of inputs) {
    const record = store.find(type, Number(id));
    const ids = record ? store.associated(record) : [];
    if (ids.length > 0) {
      const to = ids.map((other) => ({ toObjectId: other, associationTypes: [label] }));
      results.push({ from: { id }, to });
      continue;
    }
    errors.push({
      status: 'error',
      category: 'OBJECT_NOT_FOUND',
      subCategory: 'crm.associations.NO_ASSOCIATIONS_FOUND',
      message: `Nothing is associated with ${id}`,
      context: { fromObjectId: [id] },
    });
  }
  const now = new Date(store.clock.now()).toISOString();
  const answer = { status: 'COMPLETE', results, startedAt: now, completedAt: now };
  return errors.length === 0 ? answer : { ...answer, numErrors: errors.length, errors };
}
