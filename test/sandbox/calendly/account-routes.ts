import type { Hono } from 'hono';
import * as z from 'zod';
import { badParameter, conflict, forbidden, invalid, notFound } from './errors.ts';
import type { CalendlyContext, CalendlyEnv, Guard } from './guard.ts';
import type { Organization } from './organization.ts';
import { pageOf } from './paging.ts';
import {
  type Contact,
  type EventType,
  idOf,
  ORGANIZATION_ID,
  renderContact,
  renderEventType,
  renderMembership,
  renderUser,
  stamp,
  typedPhone,
  uriOf,
} from './records.ts';

const DAY_MS = 24 * 60 * 60_000;
const MAX_DAYS = 31;

const newContactSchema = z.strictObject({
  name: z.string().min(1),
  emails: z
    .array(z.strictObject({ email: z.email(), is_primary: z.boolean() }))
    .min(1)
    .max(10),
  phone_numbers: z
    .array(z.strictObject({ phone_number: z.string() }))
    .max(10)
    .default([]),
  timezone: z.string().optional(),
  job_title: z.string().optional(),
  company: z.string().optional(),
});

/** The user, memberships, event types with their available times, and contacts. */
export function addAccountRoutes(app: Hono<CalendlyEnv>, guard: Guard, organization: Organization): void {
  const { users } = organization;
  app.get('/users/me', guard.require('users:read'), (c) => c.json({ resource: renderUser(c.get('user')) }));

  app.get('/organization_memberships', guard.require('organizations:read'), (c) => {
    const user = c.req.query('user');
    const wanted = user === undefined ? requireOrganization(c) : [idOf(user)];
    if (wanted !== null && wanted[0] !== c.get('user').id && c.get('user').role === 'user') throw forbidden();
    const rows = [...users.values()].filter(({ id }) => wanted === null || wanted.includes(id));
    return c.json(pageOf(c, rows, renderMembership, organization));
  });

  app.get('/event_types', guard.require('event_types:read'), (c) => {
    const rows = organization.eventTypesOf(viewOf(c));
    return c.json(pageOf(c, rows, (row) => renderEventType(row, users), organization));
  });
  app.get('/event_types/:uuid', guard.require('event_types:read'), (c) => {
    const type = organization.eventTypes.get(c.req.param('uuid'));
    if (!type) throw notFound();
    return c.json({ resource: renderEventType(type, users) });
  });
  app.get('/event_type_available_times', guard.require('availability:read', 'event_types:read'), (c) =>
    c.json({ collection: availableTimes(c, organization) }),
  );

  app.get('/contacts', guard.require('contacts:read'), (c) => {
    const rows = sorted(filtered(c, organization), c.req.query('sort') ?? 'created_at:asc');
    return c.json(pageOf(c, rows, renderContact, organization));
  });
  app.post('/contacts', guard.require('contacts:write'), async (c) => {
    const { name, emails, phone_numbers, company } = await readBody(c, newContactSchema);
    const addresses = emails.toSorted((a, b) => Number(b.is_primary) - Number(a.is_primary)).map(({ email }) => email);
    const known = addresses.some((email) => organization.contactByEmail(email));
    if (known && organization.settings.contactEmailsUnique) throw conflict();
    const phones = phone_numbers.map(({ phone_number }) => typedPhone(phone_number));
    const contact = organization.addContact({ name, emails: addresses, phones, company: company ?? null });
    return c.json({ resource: renderContact(contact) }, 201);
  });
}

/**
 * Whose records a list is asked for: null for the whole organization's, which only its owner and admins may see, or a
 * user's id, which must be the own one for anybody else.
 */
export function viewOf(c: CalendlyContext): string | null {
  const { id, role } = c.get('user');
  const user = c.req.query('user');
  if (user === undefined) {
    requireOrganization(c);
    return null;
  }
  if (idOf(user) !== id && role === 'user') throw forbidden('This user is not in your organization');
  return idOf(user);
}

export async function readBody<S extends z.ZodType>(c: CalendlyContext, schema: S): Promise<z.output<S>> {
  const text = await c.req.text();
  let body: unknown;
  try {
    body = text === '' ? {} : JSON.parse(text);
  } catch {
    throw invalid();
  }
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw invalid(...parsed.error.issues.map(({ path, message }) => ({ parameter: path.join('.'), message })));
}

function requireOrganization(c: CalendlyContext): null {
  const asked = c.req.query('organization');
  if (asked === undefined) throw badParameter('user', 'user or organization is required');
  if (asked !== uriOf('organizations', ORGANIZATION_ID) || c.get('user').role === 'user') throw forbidden();
  return null;
}

function availableTimes(c: CalendlyContext, organization: Organization): unknown[] {
  const type = typeIn(c.req.query('event_type'), organization);
  const [from, to] = [instantIn(c, 'start_time'), instantIn(c, 'end_time')];
  if (from <= organization.clock.now()) throw badParameter('start_time', 'must be in the future');
  if (to <= from) throw badParameter('end_time', 'must be after start_time');
  if (to - from > MAX_DAYS * DAY_MS)
    throw badParameter('end_time', `must be at most ${MAX_DAYS} days after start_time`);
  if (!type.active) return [];
  return organization.offered(type, from, to).map(({ start, remaining }) => ({
    status: 'available',
    invitees_remaining: remaining,
    start_time: new Date(start).toISOString().replace('.000Z', 'Z'),
    scheduling_url: `https://calendly.com/d/${type.id}/${stamp(start)}`,
  }));
}

export function typeIn(uri: string | undefined, organization: Organization): EventType {
  if (uri === undefined) throw badParameter('event_type', 'is required');
  const type = organization.eventTypes.get(idOf(uri));
  if (!type) throw notFound();
  return type;
}

export function instantIn(c: CalendlyContext, name: string): number {
  const at = Date.parse(c.req.query(name) ?? '');
  if (Number.isNaN(at)) throw badParameter(name, 'must be a time');
  return at;
}

/** Exact filters, each a comma-separated list. */
function filtered(c: CalendlyContext, organization: Organization): Contact[] {
  const emails = c.req.query('email')?.toLowerCase().split(',');
  const phones = c.req.query('phone_number')?.split(',');
  const typed = organization.settings.phoneFilter === 'as_typed';
  return [...organization.contacts.values()].filter(
    (contact) =>
      organization.isListed(contact) &&
      (!emails || contact.emails.some((email) => emails.includes(email.toLowerCase()))) &&
      (!phones || contact.phones.some(({ raw, e164 }) => phones.includes((typed ? raw : e164) ?? ''))),
  );
}

function sorted(contacts: readonly Contact[], sort: string): Contact[] {
  const [field, direction] = sort.split(':');
  const known = (field === 'created_at' || field === 'updated_at') && (direction === 'asc' || direction === 'desc');
  if (!known) throw badParameter('sort', 'is not supported');
  const member = field === 'created_at' ? 'createdAt' : 'updatedAt';
  const sign = direction === 'asc' ? 1 : -1;
  return contacts.toSorted((a, b) => sign * (a[member] - b[member]) || a.id.localeCompare(b.id));
}
