/** Microsoft Graph's shapes, loose: only what is read here is checked. */
import * as z from 'zod';

const text = z.string().nullish();
const flag = z.boolean().nullish();
const id = z.string().min(1);

/** A wall clock with up to 7 fractional digits and without an offset; the zone is a Windows or an IANA name. */
const timeSchema = z.looseObject({ dateTime: z.string(), timeZone: text });
export type GraphTime = z.infer<typeof timeSchema>;

const personSchema = z.looseObject({ emailAddress: z.looseObject({ name: text, address: text }).nullish() });

/** An event as far as it is read; of an occurrence in a delta page most members are missing. */
export const eventSchema = z.looseObject({
  id,
  '@odata.etag': text,
  type: text,
  seriesMasterId: text,
  transactionId: text,
  start: timeSchema,
  end: timeSchema,
  originalStartTimeZone: text,
  subject: text,
  bodyPreview: text,
  showAs: text,
  sensitivity: text,
  body: z.looseObject({ contentType: text, content: text }).nullish(),
  location: z.looseObject({ displayName: text }).nullish(),
  isAllDay: flag,
  isCancelled: flag,
  isOrganizer: flag,
  responseStatus: z.looseObject({ response: text }).nullish(),
  organizer: personSchema.nullish(),
  attendees: z.array(z.looseObject({ ...personSchema.shape, type: text })).nullish(),
  createdDateTime: text,
  lastModifiedDateTime: text,
});
export type GraphEvent = z.infer<typeof eventSchema>;

/** Stands in a delta page for what was deleted, moved out of the window, or changed outside of it. */
export const removedSchema = z.looseObject({ id, '@removed': z.looseObject({}) });

/** A page of a list or of a delta. Its rows are read one by one, so that a malformed one does not spoil the rest. */
export const pageSchema = z.looseObject({
  value: z.array(z.unknown()),
  '@odata.nextLink': text,
  '@odata.deltaLink': text,
});
export type GraphPage = z.infer<typeof pageSchema>;

export const calendarSchema = z.looseObject({
  id,
  name: text,
  canEdit: flag,
  isDefaultCalendar: flag,
  owner: z.looseObject({ name: text, address: text }).nullish(),
});
export type GraphCalendar = z.infer<typeof calendarSchema>;

export const userSchema = z.looseObject({ id, displayName: text, mail: text, userPrincipalName: text });

export const subscriptionSchema = z.looseObject({ id, expirationDateTime: z.iso.datetime({ offset: true }) });
export type GraphSubscription = z.infer<typeof subscriptionSchema>;

/** What a notification address is sent; its items are read one by one, too. They may be of several subscriptions. */
export const notificationsSchema = z.looseObject({ value: z.array(z.unknown()) });
export const notificationSchema = z.looseObject({ subscriptionId: id, clientState: id, lifecycleEvent: text });

/** "Microsoft Graph error responses": the inner error can be more precise; its spelling varies. */
const innerErrorSchema = z.looseObject({ code: text }).nullish().catch(null);
export const errorSchema = z.looseObject({
  error: z.looseObject({ code: text, innerError: innerErrorSchema, innererror: innerErrorSchema }),
});
