import { Hono } from 'hono';
import * as z from 'zod';
import type { SandboxClock } from './clock.ts';
import type { Counters } from './counters.ts';
import { type Faults, faultSchema } from './faults.ts';
import type { Latency } from './latency.ts';
import { EditError, type SandboxProvider } from './provider.ts';

export interface ControlParts {
  readonly clock: SandboxClock;
  readonly latency: Latency;
  readonly faults: Faults;
  readonly providers: ReadonlyMap<string, { provider: SandboxProvider; counters: Counters }>;
  readonly originMap: Readonly<Record<string, string>>;
}

const latencySchema = z.strictObject({ ms: z.int().min(0), provider: z.string().optional() });
const clockSchema = z.strictObject({ advanceMs: z.int().min(0) });
const accountSchema = z.strictObject({ account: z.string().optional() });
const scopesSchema = z.strictObject({ scopes: z.array(z.string()).min(1) });

/** The sandbox's own API under `/_sandbox`: switches, provider-side edits, counters and the truth to compare with. */
export function createControlApp(parts: ControlParts): Hono {
  const app = new Hono().basePath('/_sandbox');
  app.onError((error, c) => {
    if (error instanceof z.ZodError) return c.json({ error: z.prettifyError(error) }, 400);
    if (error instanceof EditError || error instanceof SyntaxError) return c.json({ error: error.message }, 400);
    return c.json({ error: error.stack ?? error.message }, 500);
  });
  app.notFound((c) => c.json({ error: `no such control route: ${c.req.method} ${c.req.path}` }, 404));

  app.get('/', (c) =>
    c.json({
      originMap: parts.originMap,
      offsetMs: parts.clock.offsetMs,
      latency: parts.latency.read(),
      faults: parts.faults.list(),
      providers: [...parts.providers.keys()],
    }),
  );
  app.put('/latency', async (c) => {
    const { ms, provider } = latencySchema.parse(await c.req.json());
    parts.latency.set(ms, provider ?? null);
    return c.json(parts.latency.read());
  });
  app.post('/clock', async (c) => {
    parts.clock.advance(clockSchema.parse(await c.req.json()).advanceMs);
    return c.json({ offsetMs: parts.clock.offsetMs });
  });
  app.get('/faults', (c) => c.json(parts.faults.list()));
  app.post('/faults', async (c) => {
    parts.faults.add(faultSchema.parse(await c.req.json()));
    return c.json(parts.faults.list(), 201);
  });
  app.delete('/faults', (c) => {
    parts.faults.clear();
    return c.json([]);
  });
  app.get('/counters', (c) =>
    c.json(Object.fromEntries([...parts.providers].map(([type, { counters }]) => [type, counters.snapshot()]))),
  );
  app.delete('/counters', (c) => {
    for (const { counters } of parts.providers.values()) counters.reset();
    return c.json({});
  });
  addProviderRoutes(app, parts);
  return app;
}

function addProviderRoutes(app: Hono, parts: ControlParts): void {
  const find = (type: string): SandboxProvider => {
    const entry = parts.providers.get(type);
    if (!entry) throw new EditError(`no such provider: ${type}`);
    return entry.provider;
  };
  app.get('/:type/settings', (c) => c.json(find(c.req.param('type')).settings.read()));
  app.patch('/:type/settings', async (c) => {
    const { settings } = find(c.req.param('type'));
    settings.change(await c.req.json());
    return c.json(settings.read());
  });
  app.post('/:type/tokens/expire', (c) => c.json({ expired: find(c.req.param('type')).oauth.expireAccessTokens() }));
  app.post('/:type/grants/revoke', async (c) => {
    const { account } = accountSchema.parse(await jsonOrNothing(c.req.text()));
    return c.json({ revoked: find(c.req.param('type')).oauth.revokeGrants(account ?? null) });
  });
  app.post('/:type/scopes/drop', async (c) => {
    find(c.req.param('type')).oauth.dropScopes(scopesSchema.parse(await c.req.json()).scopes);
    return c.json({});
  });
  app.post('/:type/edits/:name', async (c) => {
    const edit = find(c.req.param('type')).edits[c.req.param('name')];
    if (!edit) throw new EditError(`no such edit: ${c.req.param('name')}`);
    return c.json(edit(await jsonOrNothing(c.req.text())) ?? {});
  });
  app.get('/:type/truth/:resource', (c) => {
    const rows = find(c.req.param('type')).truth(c.req.param('resource'), c.req.query('account') ?? null);
    if (!rows) throw new EditError(`no such resource or account: ${c.req.param('resource')}`);
    return new Response(jsonLines(rows), { headers: { 'content-type': 'application/x-ndjson' } });
  });
}

async function jsonOrNothing(text: Promise<string>): Promise<unknown> {
  const body = await text;
  return body === '' ? {} : JSON.parse(body);
}

/** Some hundred rows per chunk: one chunk per row is slow, one chunk for all is large. */
function jsonLines(rows: Iterable<unknown>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const iterator = rows[Symbol.iterator]();
  return new ReadableStream({
    pull(controller) {
      let text = '';
      for (let count = 0; count < 500; count++) {
        const { done, value } = iterator.next();
        if (done) {
          if (text !== '') controller.enqueue(encoder.encode(text));
          controller.close();
          return;
        }
        text += `${JSON.stringify(value)}\n`;
      }
      controller.enqueue(encoder.encode(text));
    },
  });
}
