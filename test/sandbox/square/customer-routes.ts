import type { Hono } from 'hono';
import * as z from 'zod';
import { invalid, notFound, SquareFailure } from './errors.ts';
import type { Guard, SquareContext, SquareEnv } from './guard.ts';
import { once } from './idempotency.ts';
import { limitOf, pageOf } from './paging.ts';
import { jsonOf } from './request-json.ts';
import { CUSTOMER_MEMBERS, type Customer, type Seller } from './seller.ts';

const range = z.looseObject({
  start_at: z.iso.datetime({ offset: true }).optional(),
  end_at: z.iso.datetime({ offset: true }).optional(),
});
const textFilter = z.looseObject({ exact: z.string().optional(), fuzzy: z.string().optional() });
const searchSchema = z.looseObject({
  cursor: z.string().optional(),
  limit: z.unknown().optional(),
  query: z
    .looseObject({
      filter: z
        .looseObject({
          created_at: range.optional(),
          updated_at: range.optional(),
          email_address: textFilter.optional(),
          phone_number: textFilter.optional(),
        })
        .optional(),
      sort: z
        .looseObject({ field: z.enum(['DEFAULT', 'CREATED_AT']).optional(), order: z.enum(['ASC', 'DESC']).optional() })
        .optional(),
    })
    .optional(),
});
type Filter = NonNullable<NonNullable<z.infer<typeof searchSchema>['query']>['filter']>;

const retrieveSchema = z.looseObject({ customer_ids: z.array(z.string()).min(1).max(100) });

const membersSchema = z.looseObject(
  Object.fromEntries(CUSTOMER_MEMBERS.map((name) => [name, z.string().nullish()])) as Record<
    string,
    z.ZodType<string | null | undefined>
  >,
);

/** Square's Customers API. */
export function addCustomerRoutes(app: Hono<SquareEnv>, guard: Guard): void {
  app.get('/v2/customers', guard.require('CUSTOMERS_READ'), (c) => {
    const field = c.req.query('sort_field') ?? 'DEFAULT';
    if (field !== 'DEFAULT' && field !== 'CREATED_AT') throw invalid('INVALID_ENUM_VALUE', 'sort_field');
    const order = c.req.query('sort_order') ?? 'ASC';
    return answer(c, {}, limitOf(c.req.query('limit'), 100), c.req.query('cursor'), { field, order });
  });

  app.post('/v2/customers/search', guard.require('CUSTOMERS_READ'), async (c) => {
    const { cursor, limit, query } = await jsonOf(c, searchSchema);
    return answer(c, query?.filter ?? {}, limitOf(limit, 100), cursor, query?.sort ?? {});
  });

  app.post('/v2/customers/bulk-retrieve', guard.require('CUSTOMERS_READ'), async (c) => {
    const seller = c.get('seller');
    const { customer_ids: ids } = await jsonOf(c, retrieveSchema);
    const responses = ids.map((id) => {
      const customer = seller.customer(id);
      const missing = { errors: [{ category: 'INVALID_REQUEST_ERROR', code: 'NOT_FOUND' }] };
      return [id, customer ? { customer: seller.customerBody(customer) } : missing];
    });
    return c.json({ responses: Object.fromEntries(responses) });
  });

  app.post('/v2/customers', guard.require('CUSTOMERS_WRITE'), async (c) => {
    const seller = c.get('seller');
    const body = await jsonOf(c, membersSchema);
    const id = once(seller, body, () => seller.addCustomer(checkedMembers(body), 'THIRD_PARTY').id);
    return c.json({ customer: seller.customerBody(known(seller, id)) });
  });

  app.get('/v2/customers/:id', guard.require('CUSTOMERS_READ'), (c) =>
    c.json({ customer: c.get('seller').customerBody(find(c)) }),
  );

  app.put('/v2/customers/:id', guard.require('CUSTOMERS_WRITE'), async (c) => {
    const customer = find(c);
    const body = await jsonOf(c, membersSchema);
    if (typeof body.version === 'number' && body.version !== customer.version) {
      throw new SquareFailure(
        409,
        'INVALID_REQUEST_ERROR',
        'CONFLICT',
        'The version is not the current one.',
        'version',
      );
    }
    c.get('seller').changeCustomer(customer, checkedMembers(body, true));
    return c.json({ customer: c.get('seller').customerBody(customer) });
  });
}

function answer(
  c: SquareContext,
  filter: Filter,
  limit: number,
  cursor: string | undefined,
  sort: { field?: string | undefined; order?: string | undefined },
) {
  const seller = c.get('seller');
  // Profiles that say nothing about anybody are left out.
  const matching = seller
    .shownCustomers()
    .filter(({ customer }) => Object.keys(customer.members).some((name) => !['note', 'reference_id'].includes(name)))
    .filter(({ body }) => matches(seller, body, filter));
  const keyOf = ({ customer }: { customer: Customer }) => sortKey(customer, sort.field);
  const sorted = matching.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  const page = pageOf({
    rows: sort.order === 'DESC' ? sorted.reverse() : sorted,
    keyOf,
    limit,
    cursor,
    query: { filter, sort },
    now: seller.clock.now(),
    cursorMs: seller.settings.cursorMs,
  });
  // An empty list is left out altogether.
  const customers = page.rows.length === 0 ? {} : { customers: page.rows.map(({ body }) => body) };
  return c.json({ ...customers, ...(page.cursor === undefined ? {} : { cursor: page.cursor }) });
}

function sortKey({ createdAt, id, members }: Customer, field: string | undefined): string {
  const name = `${members.given_name ?? ''} ${members.family_name ?? ''}`.toLowerCase();
  return field === 'CREATED_AT' ? `${String(createdAt).padStart(15, '0')} ${id}` : `${name} ${id}`;
}

const shownSchema = z.looseObject({
  created_at: z.string(),
  updated_at: z.string(),
  email_address: z.string().optional(),
  phone_number: z.string().optional(),
});

/** All filters have to match. */
function matches(
  seller: Seller,
  shown: object,
  { created_at, updated_at, email_address, phone_number }: Filter,
): boolean {
  const body = shownSchema.parse(shown);
  return (
    isWithin(body.created_at, created_at) &&
    isWithin(body.updated_at, updated_at) &&
    hasText(body.email_address?.toLowerCase(), lowered(email_address), email_address?.fuzzy) &&
    hasText(seller.e164(body.phone_number), exactPhone(seller, phone_number), phone_number?.fuzzy)
  );
}

function lowered(filter: z.infer<typeof textFilter> | undefined): string | undefined {
  return filter?.exact?.toLowerCase();
}

/** A number to search for must name its country. */
function exactPhone(seller: Seller, filter: z.infer<typeof textFilter> | undefined): string | undefined {
  if (filter?.exact === undefined) return undefined;
  const phone = filter.exact.startsWith('+') ? seller.e164(filter.exact) : null;
  if (phone === null) throw invalid('INVALID_PHONE_NUMBER', 'query.filter.phone_number.exact');
  return phone;
}

function hasText(text: string | null | undefined, exact: string | undefined, fuzzy: string | undefined): boolean {
  if (exact !== undefined && text !== exact) return false;
  return fuzzy === undefined || (text?.includes(fuzzy) ?? false);
}

function isWithin(instant: string, wanted: z.infer<typeof range> | undefined): boolean {
  const at = Date.parse(instant);
  if (wanted?.start_at !== undefined && at < Date.parse(wanted.start_at)) return false;
  return wanted?.end_at === undefined || at <= Date.parse(wanted.end_at);
}

/** What may be written; null clears. */
function checkedMembers(body: z.infer<typeof membersSchema>, sparse = false): Customer['members'] {
  const given = CUSTOMER_MEMBERS.filter((name) => body[name] !== undefined);
  const members = Object.fromEntries(given.map((name) => [name, body[name] ?? ''])) as Customer['members'];
  for (const name of ['given_name', 'family_name', 'company_name'] as const) {
    if ((members[name]?.length ?? 0) > 300) throw invalid('VALUE_TOO_LONG', name);
  }
  const { phone_number: phone, email_address: email } = members;
  if (phone && !/^\+?[\d\s().-]{9,24}$/.test(phone)) throw invalid('INVALID_PHONE_NUMBER', 'phone_number');
  if (phone && !/^\d{9,16}$/.test(phone.replace(/\D/g, ''))) throw invalid('INVALID_PHONE_NUMBER', 'phone_number');
  if (email && !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email)) throw invalid('INVALID_EMAIL_ADDRESS', 'email_address');
  const telling = ['given_name', 'family_name', 'company_name', 'email_address', 'phone_number'] as const;
  if (!sparse && !telling.some((name) => members[name]))
    throw invalid('BAD_REQUEST', 'customer', 'The profile is empty.');
  return members;
}

function find(c: SquareContext): Customer {
  return known(c.get('seller'), c.req.param('id') ?? '');
}

function known(seller: Seller, id: string): Customer {
  const customer = seller.customer(id);
  if (!customer) throw notFound('The customer');
  return customer;
}
