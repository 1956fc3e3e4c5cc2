import * as z from 'zod';
import { GoogleFailure, invalid } from './errors.ts';
import { parseRule } from './recurrence.ts';

const text = z.string().max(8_192).nullish();
const properties = z.record(z.string().max(44), z.string().max(1_024));

export interface EventTime {
  readonly dateTime?: string;
  readonly date?: string;
  readonly timeZone?: string;
}

const timeSchema = z.strictObject({
  dateTime: z.iso.datetime({ offset: true, local: true }).nullish(),
  date: z.iso.date().nullish(),
  timeZone: z.string().nullish(),
});
type TimeInput = z.infer<typeof timeSchema>;

/** What may be written of an event; null takes a member away. Anything else is refused. */
const eventInputSchema = z.strictObject({
  id: z
    .string()
    .regex(/^[a-v0-9]{5,1024}$/)
    .optional(),
  summary: text,
  description: text,
  location: text,
  status: z.enum(['confirmed', 'tentative']).optional(),
  transparency: z.enum(['opaque', 'transparent']).nullish(),
  visibility: z.enum(['default', 'public', 'private', 'confidential']).nullish(),
  colorId: z.string().nullish(),
  eventType: z.enum(['default', 'outOfOffice', 'focusTime', 'workingLocation']).optional(),
  attendees: z
    .array(
      z.strictObject({
        email: z.string(),
        displayName: z.string().optional(),
        responseStatus: z.enum(['needsAction', 'declined', 'tentative', 'accepted']).optional(),
        self: z.boolean().optional(),
        organizer: z.boolean().optional(),
        resource: z.boolean().optional(),
      }),
    )
    .nullish(),
  extendedProperties: z.strictObject({ private: properties.optional(), shared: properties.optional() }).nullish(),
  reminders: z.strictObject({ useDefault: z.boolean() }).optional(),
  recurrence: z.array(z.string()).nullish(),
  start: timeSchema.optional(),
  end: timeSchema.optional(),
});
export type EventInput = z.infer<typeof eventInputSchema>;
export type EventFields = Omit<EventInput, 'id' | 'start' | 'end' | 'recurrence'>;

export interface EventChange {
  readonly id: string | undefined;
  readonly fields: EventFields;
  readonly start: EventTime | undefined;
  readonly end: EventTime | undefined;
  /** Undefined: stays; null: none. */
  readonly recurrence: readonly string[] | null | undefined;
}

/** Reads the body of an insertion or a patch. `before`: the times that a patch is laid over. */
export function readEventInput(body: unknown, before: { start?: EventTime; end?: EventTime } = {}): EventChange {
  const parsed = eventInputSchema.safeParse(body);
  if (!parsed.success) throw invalid(`Invalid value: ${z.prettifyError(parsed.error)}`);
  const { id, start, end, recurrence, ...fields } = parsed.data;
  const rules = recurrence?.length === 0 ? null : recurrence;
  if (rules) for (const rule of rules) if (!parseRule(rule)) throw invalid(`Invalid recurrence rule: ${rule}`);
  return {
    id,
    fields,
    recurrence: rules,
    start: start && laidOver(before.start, start, rules !== null && rules !== undefined),
    end: end && laidOver(before.end, end, false),
  };
}

/** Refuses times that don't belong together. */
export function requireOrder(start: EventTime, end: EventTime, ms: (time: EventTime) => number): void {
  if ((start.date === undefined) !== (end.date === undefined))
    throw invalid('Start and end times must both be date or both be dateTime.');
  if (ms(end) < ms(start))
    throw new GoogleFailure(400, 'timeRangeEmpty', 'The specified time range is empty.', 'calendar');
}

function laidOver(before: EventTime | undefined, input: TimeInput, repeats: boolean): EventTime {
  const merged = { ...before, ...input };
  const time: EventTime = Object.fromEntries(
    Object.entries(merged).filter(([, value]) => value !== null && value !== undefined),
  );
  if ((time.date === undefined) === (time.dateTime === undefined))
    throw invalid('A time is either a date or a dateTime.');
  const hasOffset = /(Z|[+-]\d\d:\d\d)$/.test(time.dateTime ?? 'Z');
  if (!hasOffset) throw invalid('Missing time zone definition.');
  if (time.timeZone !== undefined && !isZone(time.timeZone)) throw invalid('Invalid time zone definition.');
  if (repeats && time.dateTime !== undefined && time.timeZone === undefined)
    throw invalid('Missing time zone definition for start time.');
  return time;
}

const ZONES = new Set(['UTC', ...Intl.supportedValuesOf('timeZone')]);

function isZone(name: string): boolean {
  return ZONES.has(name);
}
