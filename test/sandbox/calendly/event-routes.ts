import type { Hono } from 'hono';
import * as z from 'zod';
import { instantIn, readBody, typeIn, viewOf } from './account-routes.ts';
import { badParameter, forbidden, invalid, notFound } from './errors.ts';
import type { CalendlyContext, CalendlyEnv, Guard } from './guard.ts';
import type { Organization } from './organization.ts';
import { pageOf } from './paging.ts';
import {
  type EventType,
  type Place,
  renderCancellation,
  renderEvent,
  renderInvitee,
  type ScheduledEvent,
  uriOf,
} from './records.ts';

const location = z.strictObject({ kind: z.string(), location: z.string().optional() });
const nullableText = z.string().nullable();
const bookingSchema = z.strictObject({
  event_type: z.url(),
  start_time: z.iso.datetime(),
  invitee: z
    .strictObject({
      name: z.string().min(1).optional(),
      first_name: z.string().min(1).optional(),
      last_name: z.string().optional(),
      email: z.email(),
      timezone: z.string().refine((zone) => Intl.supportedValuesOf('timeZone').includes(zone) || zone === 'UTC'),
      text_reminder_number: z
        .string()
        .regex(/^\+\d{7,15}$/)
        .optional(),
    })
    .refine(({ name, first_name }) => name ?? first_name, 'name or first_name is required'),
  location: location.optional(),
  questions_and_answers: z
    .array(z.strictObject({ question: z.string(), answer: z.string(), position: z.int().min(0) }))
    .default([]),
  // All six or none.
  tracking: z
    .strictObject({
      utm_campaign: nullableText,
      utm_source: nullableText,
      utm_medium: nullableText,
      utm_content: nullableText,
      utm_term: nullableText,
      salesforce_uuid: nullableText,
    })
    .optional(),
  event_guests: z.array(z.email()).max(10).optional(),
});
type Booking = z.output<typeof bookingSchema>;

const cancellationSchema = z.strictObject({ reason: z.string().max(10_000).optional() });
/** Kinds whose place is named in the booking. */
const NEEDS_PLACE: ReadonlySet<string> = new Set(['physical', 'custom', 'outbound_call', 'ask_invitee']);

/** Scheduled events with their invitees: lists, booking, cancellation. */
export function addEventRoutes(app: Hono<CalendlyEnv>, guard: Guard, organization: Organization): void {
  const { users, settings } = organization;
  const reads = guard.require('scheduled_events:read');
  const writes = guard.require('scheduled_events:write');
  const find = (c: CalendlyContext): ScheduledEvent => {
    const event = organization.events.get(c.req.param('uuid') ?? '');
    if (!event) throw notFound();
    const { id, role } = c.get('user');
    if (role === 'user' && !event.hosts.includes(id)) throw forbidden();
    return event;
  };

  app.get('/scheduled_events', reads, (c) =>
    c.json(pageOf(c, listed(c, organization), (event) => renderEvent(event, users), organization)),
  );
  app.get('/scheduled_events/:uuid', reads, (c) => c.json({ resource: renderEvent(find(c), users) }));
  app.get('/scheduled_events/:uuid/invitees', reads, (c) => {
    const event = find(c);
    const email = c.req.query('email')?.toLowerCase();
    const rows = event.invitees.filter((invitee) => email === undefined || invitee.email.toLowerCase() === email);
    return c.json(pageOf(c, rows, (invitee) => renderInvitee(event, invitee), organization));
  });

  app.post('/invitees', writes, async (c) => {
    const booking = await readBody(c, bookingSchema);
    const type = typeIn(booking.event_type, organization);
    guard.takeBooking(c);
    checkAnswers(type, booking);
    const place = placeFor(type, booking);
    const { name, first_name, last_name, email, timezone, text_reminder_number } = booking.invitee;
    const { event, invitee } = organization.book(
      type,
      Date.parse(booking.start_time),
      {
        email,
        timezone,
        answers: booking.questions_and_answers,
        name: name ?? [first_name, last_name].filter((part) => part !== undefined).join(' '),
        firstName: first_name ?? null,
        lastName: last_name ?? null,
        phone: text_reminder_number ?? null,
        tracking: settings.keepsTracking ? (booking.tracking ?? {}) : {},
        guests: booking.event_guests ?? [],
      },
      place,
    );
    const shown = renderInvitee(event, invitee);
    if (settings.bookingAnswer === 'invitee') return c.json({ resource: shown }, 201);
    return c.json({ resource: uriOf('scheduled_events', event.id), invitee: shown }, 201);
  });

  app.post('/scheduled_events/:uuid/cancellation', writes, async (c) => {
    const { reason } = await readBody(c, cancellationSchema);
    const event = find(c);
    if (event.start <= organization.clock.now() && !event.cancelled) throw forbidden('Event in the past');
    if (reason !== undefined && settings.refusesReasons) throw invalid();
    organization.cancel(event, 'host', reason ?? null);
    if (!event.cancelled) throw invalid();
    return c.json({ resource: renderCancellation(event.cancelled) }, 201);
  });
}

function listed(c: CalendlyContext, organization: Organization): ScheduledEvent[] {
  const status = c.req.query('status');
  const email = c.req.query('invitee_email')?.toLowerCase();
  const from = c.req.query('min_start_time') === undefined ? -Infinity : instantIn(c, 'min_start_time');
  const to = c.req.query('max_start_time') === undefined ? Infinity : instantIn(c, 'max_start_time');
  const sort = c.req.query('sort') ?? 'start_time:asc';
  if (sort !== 'start_time:asc' && sort !== 'start_time:desc') throw badParameter('sort', 'is not supported');
  const rows = organization
    .eventsOf(viewOf(c))
    .filter(
      (event) =>
        organization.isListed(event) &&
        event.start >= from &&
        event.start <= to &&
        (status === undefined || status === (event.cancelled ? 'canceled' : 'active')) &&
        (email === undefined || event.invitees.some((invitee) => invitee.email.toLowerCase() === email)),
    )
    .toSorted((a, b) => a.start - b.start || a.id.localeCompare(b.id));
  return sort === 'start_time:asc' ? rows : rows.reverse();
}

/** The questions' own words, and an answer to each that must have one ("Create Event Invitee"). */
function checkAnswers({ questions }: EventType, { questions_and_answers: answers }: Booking): void {
  const unknown = answers.some(({ question }) => !questions.some(({ name }) => name === question));
  const missing = questions.some(
    ({ name, required }) => required && !answers.some(({ question, answer }) => question === name && answer !== ''),
  );
  if (unknown || missing) throw badParameter('questions_and_answers', 'do not fit the questions');
}

/** The place must be one of the event type's; a round robin takes none. */
function placeFor({ places, pooling }: EventType, { location }: Booking): Place | null {
  if (pooling === 'round_robin') {
    if (location) throw badParameter('location', 'must be left out');
    return places?.[0] ?? null;
  }
  if (!places || places.length === 0) {
    if (location) throw badParameter('location', 'is not configured');
    return null;
  }
  const place = places.find(({ kind }) => kind === location?.kind);
  if (!location || !place) throw badParameter('location.kind', 'is not configured');
  if (NEEDS_PLACE.has(place.kind) && !location.location) throw badParameter('location.location', 'is required');
  const where = location.location ?? place.location;
  return { kind: place.kind, ...(where === undefined ? {} : { location: where }) };
}
