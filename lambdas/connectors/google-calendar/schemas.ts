/** Google Calendar's shapes, loose: only what is read here is checked. */
import * as z from 'zod';

const text = z.string().nullish();

/** Of an event: an instant with its zone, or a calendar day ("Events", resource representation). */
const eventTimeSchema = z.looseObject({
  dateTime: z.iso.datetime({ offset: true }).nullish(),
  date: z.iso.date().nullish(),
  timeZone: text,
});
export type EventTime = z.infer<typeof eventTimeSchema>;

const attendeeSchema = z.looseObject({
  displayName: text,
  email: text,
  responseStatus: text,
  self: z.boolean().nullish(),
  organizer: z.boolean().nullish(),
  resource: z.boolean().nullish(),
});

/** A live event has `start` and `end`; of a cancelled one only the id is certain. */
export const eventSchema = z.looseObject({
  id: z.string().min(1),
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
  sequence: z.number().nullish(),
  start: eventTimeSchema.nullish(),
  end: eventTimeSchema.nullish(),
  originalStartTime: eventTimeSchema.nullish(),
  attendees: z.array(attendeeSchema).nullish(),
  organizer: z.looseObject({ displayName: text, self: z.boolean().nullish() }).nullish(),
  extendedProperties: z.looseObject({ private: z.record(z.string(), z.string()).nullish() }).nullish(),
  created: text,
  updated: text,
});
export type GoogleEvent = z.infer<typeof eventSchema>;

/** A page's rows are read one by one, so that a malformed one does not spoil the rest. */
function pageOf<Kind extends string>(kind: Kind) {
  return z
    .looseObject({
      kind: z.literal(kind).nullish(),
      items: z.array(z.unknown()).nullish(),
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
export type CalendarsPage = z.infer<typeof calendarsPageSchema>;

/** A calendar as the account has it in its list. */
export const calendarEntrySchema = z.looseObject({
  id: z.string().min(1),
  summary: text,
  summaryOverride: text,
  timeZone: text,
  accessRole: text,
  primary: z.boolean().nullish(),
  deleted: z.boolean().nullish(),
});
export type CalendarEntry = z.infer<typeof calendarEntrySchema>;

/** The calendar itself. `workingHours` came in 2026-11, for the primary calendars of Workspace users. */
export const calendarSchema = z.looseObject({
  id: z.string().min(1),
  timeZone: text,
  workingHours: z.unknown().optional(),
});

export const workingHoursSchema = z.looseObject({
  workingHoursEnabled: z.boolean().nullish(),
  availableTimes: z
    .array(
      z.looseObject({
        dayOfWeek: z.string(),
        /** Minutes from the start of the day; the end is exclusive. */
        periodStart: z.int().min(0).max(1440).default(0),
        periodEnd: z.int().min(0).max(1440),
      }),
    )
    .nullish(),
});

const instant = z.iso.datetime({ offset: true });

/** "Freebusy: query". What goes wrong with one calendar stands in its own entry, under status 200. */
export const freeBusySchema = z.looseObject({
  calendars: z.record(
    z.string(),
    z.looseObject({
      busy: z.array(z.looseObject({ start: instant, end: instant })).nullish(),
      errors: z.array(z.looseObject({ reason: text })).nullish(),
    }),
  ),
});
export type FreeBusyAnswer = z.infer<typeof freeBusySchema>;

/** "Handle API errors". Every member is optional; `details` are there at times. */
export const errorSchema = z.looseObject({
  error: z.looseObject({
    status: text,
    errors: z.array(z.looseObject({ domain: text, reason: text })).nullish(),
    details: z.array(z.looseObject({ reason: text })).nullish(),
  }),
});
