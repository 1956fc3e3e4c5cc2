import { randomBytes } from 'node:crypto';
import { Hono } from 'hono';
import * as z from 'zod';
import { malformedQuery, noSuchObject, notFound, SalesforceFailure } from './errors.ts';
import type { SalesforceEnv } from './guard.ts';
import { fieldsOf, isObject } from './objects.ts';
import { type Org, visibleFields } from './org.ts';
import { dateTimeText, pathOf, render, rowsOf } from './query.ts';
import { search } from './search.ts';
import type { SalesforceSettings } from './settings.ts';
import { parseQuery } from './soql-parser.ts';
import type { Row } from './store.ts';
import { createPerson } from './writing.ts';

const DAY_MS = 24 * 60 * 60_000;
const MINUTE_MS = 60_000;
const REPLICATION_DAYS = 15;

/** The rest of a query's answer, on the server's side. */
interface Locator {
  readonly org: Org;
  readonly rows: readonly Row[];
  readonly fields: readonly string[];
  readonly expiresAt: number;
}

const writtenSchema = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]));

/** Queries, search, describe, the feed of deletions, creation: below `/services/data/v67.0`. */
export function dataRoutes(settings: SalesforceSettings): Hono<SalesforceEnv> {
  const app = new Hono<SalesforceEnv>();
  const locators = new Map<string, Locator>();

  const page = (locator: Locator, offset: number, name: string | null) => {
    const end = offset + settings.queryPageRows;
    const records = locator.rows.slice(offset, end).map((row) => render(locator.org, row, locator.fields));
    const answer = { totalSize: locator.rows.length, done: end >= locator.rows.length, records };
    if (answer.done) return answer;
    const id = name ?? randomBytes(9).toString('base64url').replace(/[-_]/g, '0');
    locators.set(id, locator);
    return { ...answer, nextRecordsUrl: pathOf(`query/${id}-${end}`) };
  };

  for (const path of ['query', 'queryAll'] as const) {
    app.get(`/${path}`, (c) => {
      const org = c.get('org');
      const query = parseQuery(c.req.query('q') ?? '');
      const rows = rowsOf(org, query, path === 'queryAll');
      const expiresAt = org.store.clock.now() + settings.locatorMs;
      return c.json(page({ org, rows, fields: query.fields, expiresAt }, 0, null));
    });
  }

  app.get('/query/:locator', (c) => {
    const [, id = '', offset = ''] = /^(.+)-(\d+)$/.exec(c.req.param('locator')) ?? [];
    const locator = locators.get(id);
    const org = c.get('org');
    if (!locator || locator.org !== org || locator.expiresAt <= org.store.clock.now()) {
      throw new SalesforceFailure(400, 'INVALID_QUERY_LOCATOR', 'invalid query locator');
    }
    return c.json(page(locator, Number(offset), id));
  });

  app.get('/search', (c) => c.json({ searchRecords: search(c.get('org'), c.req.query('q') ?? '') }));

  app.get('/sobjects/:type/describe', (c) => {
    const type = c.req.param('type');
    const visible = visibleFields(c.get('org'), type);
    if (visible === null) throw notFound();
    const types = fieldsOf(type, c.get('org')) ?? {};
    const fields = visible.map((name) => ({
      name,
      type: types[name] ?? 'string',
      label: name,
      custom: false,
      nillable: true,
    }));
    return c.json({ name: type, label: type, createable: true, queryable: true, searchable: true, fields });
  });

  // The reference writes it with a slash at the end.
  for (const path of ['/sobjects/:type/deleted', '/sobjects/:type/deleted/']) {
    app.get(path, (c) => c.json(deleted(c.get('org'), c.req.param('type') ?? '', c.req.query())));
  }

  app.post('/sobjects/:type', async (c) => {
    const org = c.get('org');
    const type = c.req.param('type');
    if (type !== 'Contact' && type !== 'Account' && type !== 'Lead') throw noSuchObject(type);
    const body = writtenSchema.safeParse(await c.req.json().catch(() => null));
    if (!body.success) throw new SalesforceFailure(400, 'JSON_PARSER_ERROR', 'The body is not a record.');
    const { id } = createPerson(org, type, body.data);
    return c.json({ id, success: true, errors: [] }, 201);
  });
  return app;
}

function deleted(org: Org, type: string, { start = '', end = '' }: Readonly<Record<string, string>>) {
  const { clock, settings, deletions } = org.store;
  if (!isObject(type) || visibleFields(org, type) === null) throw notFound();
  const now = clock.now();
  // Seconds are ignored.
  const [from, to] = [start, end].map((text) => Math.floor(Date.parse(text) / MINUTE_MS) * MINUTE_MS) as [
    number,
    number,
  ];
  if (Number.isNaN(from) || Number.isNaN(to)) throw malformedQuery('start and end must be dates');
  const wrong =
    from < now - REPLICATION_DAYS * DAY_MS
      ? 'startDate cannot be more than 15 days ago'
      : from >= to
        ? 'endDate must be after startDate'
        : null;
  if (wrong !== null) throw new SalesforceFailure(400, 'INVALID_REPLICATION_DATE', wrong);
  const covered = Math.min(to, Math.floor((now - settings.deletedLagMs) / MINUTE_MS) * MINUTE_MS);
  const meant = deletions.filter((one) => one.type === type && one.at >= from && one.at < covered);
  return {
    deletedRecords: meant.map(({ id, at }) => ({ id, deletedDate: dateTimeText(at) })),
    earliestDateAvailable: dateTimeText(now - settings.deletedLogMs),
    latestDateCovered: dateTimeText(covered),
  };
}
