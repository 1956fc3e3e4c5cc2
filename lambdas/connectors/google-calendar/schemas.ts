/** Google Calendar's shapes, loose: only what is read here is checked. */
import * as z from 'zod';

const text = z.string().nullish();
const flag = z.boolean().nullish();
const id = z.string().min(1);
const instant = z.iso.datetime({ offset: true });

/** Of an event: an instant with its zone, or a calendar day ("Events", resource representation). */
const eventTimeSchema = z.looseObject({ dateTime: instant.nullish(), date: z.iso.date().nullish(), timeZone: text });

const attendeeSchema = z.looseObject({
  displayName: text,
  email: text,
  responseStatus: text,
  self: flag,
  organizer: flag,
  resource: flag,
});

/** A live event has `start` and `end`; of a cancelled one only the id is certain. */
export const eventSchema = z.looseObject({
  id,
  etag: text,
  status: text,
  summary: text,
  description: text,
  location: text,
  htmlLink: text,
  iCalUID: text,
  eventType: text,
  transparency: text,
  visibility: text,
  recurringEventId: text,
  start: eventTimeSchema.nullish(),
  end: eventTimeSchema.nullish(),
  originalStartTime: eventTimeSchema.nullish(),
  sequence: z.number().nullish(),
  created: text,
  updated: text,
  attendees: z.array(attendeeSchema).nullish(),
  organizer: z.looseObject({ displayName: text, self: flag }).nullish(),
  extendedProperties: z.looseObject({ private: z.record(z.string(), z.string()).nullish() }).nullish(),
});
export type GoogleEvent = z.infer<typeof eventSchema>;

/** A page's rows are read one by one, so that a malformed one does not spoil the rest. */
function pageOf(kind: string) {
  const rows = z.array(z.unknown()).nullish();
  return z
    .looseObject({
      kind: z.literal(kind).nullish(),
      items: rows,
      nextPageToken: text,
      nextSyncToken: text,
      timeZone: text,
    })
    .refine((page) => page.kind === kind || Array.isArray(page.items), { message: `must be ${kind}` });
}

/** A page may be empty and still not be the last one ("Events: list"). */
export const eventsPageSchema = pageOf('calendar#events');
export type EventsPage = z.infer<typeof eventsPageSchema>;

export const calendarsPageSchema = pageOf('calendar#calendarList');

/** A calendar as the account has it in its list. */
export const calendarEntrySchema = z.looseObject({
  id,
  summary: text,
  summaryOverride: text,
  timeZone: text,
  accessRole: text,
  primary: flag,
  deleted: flag,
});
export type CalendarEntry = z.infer<typeof calendarEntrySchema>;

/** The calendar itself. `workingHours` came in 2026-11, for the primary calendars of Workspace users. */
export const calendarSchema = z.looseObject({ id, workingHours: z.unknown().optional() });

/** Minutes from the start of the day; the end is exclusive. */
const minute = z.int().min(0).max(1440);
const periodSchema = z.looseObject({ dayOfWeek: z.string(), periodStart: minute.default(0), periodEnd: minute });

export const workingHoursSchema = z.looseObject({
  workingHoursEnabled: flag,
  availableTimes: z.array(periodSchema).nullish(),
});

/** "Freebusy: query". What goes wrong with one calendar stands in its own entry, under status 200. */
const busyCalendarSchema = z.looseObject({
  busy: z.array(z.looseObject({ start: instant, end: instant })).nullish(),
  errors: z.array(z.unknown()).nullish(),
});
export const freeBusySchema = z.looseObject({ calendars: z.record(z.string(), busyCalendarSchema) });

/** A channel as "Events: watch" answers it. `expiration` is in Unix ms, and as large numbers are, it is text. */
export const channelSchema = z.looseObject({ resourceId: id, expiration: z.coerce.number().int().positive() });
