import type { Hono } from 'hono';
import * as z from 'zod';
import { fromLocal } from '../../../lambdas/core/time/zoned-time.ts';
import { calendarOf, eventOf, type RouteParts, rowsOf } from './calendar-routes.ts';
import { GraphFailure, invalid } from './errors.ts';
import type { OutlookContext, OutlookEnv } from './guard.ts';
import { type Item, newFields } from './mailbox.ts';
import { etagOf } from './render.ts';
import { zoneNamed } from './zones.ts';

const timeSchema = z.object({ dateTime: z.string(), timeZone: z.string() });
const attendeeSchema = z.object({
  type: z.enum(['required', 'optional', 'resource']).default('required'),
  emailAddress: z.object({ name: z.string().default(''), address: z.string() }),
});
const bodySchema = z.object({
  subject: z.string().max(255).optional(),
  body: z.object({ contentType: z.enum(['text', 'html', 'Text', 'HTML']), content: z.string() }).optional(),
  location: z.object({ displayName: z.string() }).optional(),
  showAs: z.enum(['free', 'tentative', 'busy', 'oof', 'workingElsewhere', 'unknown']).optional(),
  attendees: z.array(attendeeSchema).max(500).optional(),
});
const createSchema = bodySchema.extend({
  start: timeSchema,
  end: timeSchema,
  transactionId: z.string().optional(),
  singleValueExtendedProperties: z.array(z.object({ id: z.string(), value: z.string() })).default([]),
});
const updateSchema = bodySchema.extend({ start: timeSchema.optional(), end: timeSchema.optional() });

const WRITES = ['Calendars.ReadWrite'];

/** Creating, changing and deleting events. Two at the same time are nobody's business here. */
export function addEventRoutes(app: Hono<OutlookEnv>, parts: RouteParts): void {
  const writes = parts.guard.mailbox(WRITES);
  app.post('/v1.0/me/calendars/:calendar/events', writes, async (c) => create(c, parts));
  app.patch('/v1.0/me/events/:event', writes, async (c) => update(c, parts));
  app.delete('/v1.0/me/events/:event', writes, (c) => {
    const mailbox = c.get('mailbox');
    const item = eventOf(c);
    mailbox.invitationsSent += mailbox.fieldsOf(item).attendees.length;
    mailbox.remove(item);
    return c.body(null, 204);
  });
}

async function create(c: OutlookContext, parts: RouteParts) {
  const { settings } = parts;
  const mailbox = c.get('mailbox');
  const calendar = calendarOf(c);
  if (!calendar.canEdit) throw new GraphFailure(403, 'ErrorAccessDenied', 'Access is denied.');
  const wanted = read(createSchema, await c.req.text());
  const { transactionId = null, attendees = [] } = wanted;
  const before = transactionId === null ? null : mailbox.madeBy(transactionId, settings.transactionMemoryMs);
  if (before) {
    if (settings.repeatedTransaction === 'accepted') return c.body(null, 202);
    if (settings.repeatedTransaction === 'event' && !before.gone)
      return c.json(rowsOf(c, parts, [before])[0] ?? {}, 201);
    throw new GraphFailure(409, 'ErrorDuplicateTransactionId', 'This transaction has been carried out before.');
  }
  const [start, end] = [instantOf(wanted.start), instantOf(wanted.end)];
  if (end < start) throw invalid('The event ends before it starts.', 'ErrorPropertyValidationFailure');
  const fields = newFields(mailbox, {
    ...fieldsOf(wanted),
    zone: wanted.start.timeZone,
    transactionId,
    tags: Object.fromEntries(wanted.singleValueExtendedProperties.map(({ id, value }) => [id, value])),
  });
  const item = mailbox.add({ type: 'singleInstance', calendarId: calendar.id, start, end, fields });
  mailbox.invitationsSent += attendees.length;
  if (transactionId !== null) mailbox.remember(transactionId, item);
  const [row = {}] = rowsOf(c, parts, [item]);
  if (settings.touchesAfterCreate) mailbox.touch(item);
  return c.json(row, 201);
}

async function update(c: OutlookContext, parts: RouteParts) {
  const mailbox = c.get('mailbox');
  const item = eventOf(c);
  const wanted = read(updateSchema, await c.req.text());
  const ifMatch = c.req.header('if-match');
  if (parts.settings.honoursIfMatch && ifMatch !== undefined && ifMatch !== '*' && ifMatch !== etagOf(item)) {
    throw new GraphFailure(412, 'ErrorIrresolvableConflict', 'The send or update operation could not be performed.');
  }
  const start = wanted.start ? instantOf(wanted.start) : item.start;
  const end = wanted.end ? instantOf(wanted.end) : item.end;
  if (end < start) throw invalid('The event ends before it starts.', 'ErrorPropertyValidationFailure');
  refuseCrossing(c, item, start, end);
  mailbox.change(item, { start, end }, fieldsOf(wanted));
  mailbox.invitationsSent += mailbox.fieldsOf(item).attendees.length;
  return c.json(rowsOf(c, parts, [item])[0] ?? {});
}

/** An occurrence stays between its neighbours. */
function refuseCrossing(c: OutlookContext, item: Item, start: number, end: number): void {
  if (item.seriesId === null) return;
  const series = c.get('mailbox').occurrencesOf(item.seriesId);
  const at = series.indexOf(item);
  const [before, after] = [series[at - 1], series[at + 1]];
  if ((before && start < before.end) || (after && end > after.start)) {
    throw invalid('An occurrence cannot pass another one.', 'ErrorOccurrenceCrossingBoundary');
  }
}

function fieldsOf({ subject, body, location, showAs, attendees }: z.output<typeof bodySchema>) {
  return {
    ...(subject === undefined ? {} : { subject }),
    ...(body === undefined ? {} : { body: body.content }),
    ...(location === undefined ? {} : { location: location.displayName }),
    ...(showAs === undefined ? {} : { showAs }),
    ...(attendees === undefined
      ? {}
      : { attendees: attendees.map(({ type, emailAddress }) => ({ type, ...emailAddress })) }),
  };
}

function instantOf({ dateTime, timeZone }: z.output<typeof timeSchema>): number {
  const zone = zoneNamed(timeZone);
  if (zone === null) throw invalid(`The time zone ${timeZone} is not known.`, 'TimeZoneNotSupportedException');
  const local = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?/.exec(dateTime)?.[0];
  if (local === undefined) throw invalid('A time is not readable.', 'ErrorPropertyValidationFailure');
  return fromLocal(local, zone);
}

function read<S extends z.ZodType>(schema: S, text: string): z.output<S> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw invalid('Unable to read JSON request payload.', 'BadRequest');
  }
  const parsed = schema.safeParse(json);
  if (!parsed.success) throw invalid(z.prettifyError(parsed.error), 'ErrorPropertyValidationFailure');
  return parsed.data;
}
