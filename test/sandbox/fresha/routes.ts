import type { Hono } from 'hono';
import * as z from 'zod';
import { type FreshaBusiness, SERVICE, STAFF } from './business.ts';
import type { FreshaSettings } from './fresha.ts';

export interface FreshaEnv {
  Variables: Record<string, never>;
}

const BASE = '/v2/business';
const text = z.string().min(1).optional();
const clientBody = z.strictObject({ first_name: text, last_name: text, email: text, phone: text });
const bookingBody = z.strictObject({
  client_id: z.string(),
  service_id: z.string().optional(),
  staff_id: z.string().optional(),
  start_time: z.iso.datetime({ offset: true }),
  notes: text,
});

export function addBusinessRoutes(app: Hono<FreshaEnv>, business: FreshaBusiness, settings: FreshaSettings): void {
  const page = <T>(rows: readonly T[], query: Record<string, string>): { data: T[] } => {
    const limit = Math.min(100, Number(query.limit ?? 100));
    const number = settings.pages ? Number(query.page ?? 1) : 1;
    return { data: rows.slice((number - 1) * limit, number * limit) };
  };

  app.get(`${BASE}/locations`, (c) =>
    c.json({ data: [{ id: business.id, name: business.name, time_zone: 'Europe/London', currency: 'GBP' }] }),
  );

  app.get(`${BASE}/clients`, (c) => {
    const { search, ...query } = c.req.query();
    const rows = [...business.clients.values()];
    if (search === undefined) return c.json(page(rows, query));
    const [wanted, digits] = [search.toLowerCase(), search.replace(/\D/g, '')];
    const found = rows.filter(
      ({ email, phone }) =>
        email?.toLowerCase() === wanted || (digits.length > 5 && (phone ?? '').replace(/\D/g, '').endsWith(digits)),
    );
    return c.json({ data: found });
  });

  app.post(`${BASE}/clients`, async (c) => {
    const body = clientBody.parse(await c.req.json());
    const known = body.email !== undefined && [...business.clients.values()].some(({ email }) => email === body.email);
    if (known && settings.refusesKnownClients) return c.json({ message: 'exists', field: 'email' }, 422);
    const { first_name = null, last_name = null, email = null, phone = null } = body;
    return c.json({ data: business.addClient({ first_name, last_name, email, phone }) }, 201);
  });

  app.get(`${BASE}/appointments`, (c) => {
    const { from = '', ...query } = c.req.query();
    const rows = [...business.appointments.values()].filter(
      ({ start_time }) => start_time >= new Date(from).toISOString(),
    );
    return c.json(page(rows, query));
  });

  app.get(`${BASE}/availability`, (c) => {
    const { from = '', to = '' } = c.req.query();
    const times = business.freeTimes(Date.parse(from), Date.parse(to));
    return c.json({
      data: times.map(({ start, staff }) => ({
        start_time: new Date(start).toISOString(),
        end_time: new Date(start + SERVICE.minutes * 60_000).toISOString(),
        service_id: SERVICE.id,
        staff_id: staff,
      })),
    });
  });

  app.post(`${BASE}/appointments`, async (c) => {
    const {
      client_id: client,
      staff_id: staff = STAFF[0],
      start_time,
      notes = null,
    } = bookingBody.parse(await c.req.json());
    if (!business.clients.has(client)) return c.json({ message: 'no such client', field: 'client_id' }, 422);
    const row = business.book({ client, staff, start: Date.parse(start_time), notes });
    return row ? c.json({ data: row }, 201) : c.json({ message: 'this time is taken', field: 'start_time' }, 422);
  });
}
