/** Acuity's shapes, by the names of its reference pages; loose: only what the hub reads is checked. */
import * as z from 'zod';

const id = z.union([z.number(), z.string().min(1)]).transform(String);
const text = z.string().nullish();
const flag = z.boolean().nullish();
/** Numbers come as text in some places. */
const minutes = z.coerce.number().int().min(0).max(10_000);

/** Instants come with an offset without a colon: `2026-06-30T10:00:00+0300`. */
const withColon = z.string().transform((written) => written.replace(/([+-]\d{2})(\d{2})$/, '$1:$2'));
const instant = withColon.refine(
  (written) => /T.*(Z|[+-]\d{2}:\d{2})$/.test(written) && !Number.isNaN(Date.parse(written)),
  'is no instant',
);

/** A list is an array without an envelope; its rows are read one by one. */
export const listSchema = z.array(z.unknown());

/** "Get me". */
export const meSchema = z.looseObject({
  id,
  name: text,
  businessName: text,
  timezone: text,
  currency: text,
  plan: text,
});

/** "Get appointments". `price` is text; `phone` is bare digits; `timezone` is the client's. */
export const appointmentSchema = z.looseObject({
  id,
  appointmentTypeID: id,
  calendarID: id,
  type: text,
  calendar: text,
  classID: id.nullish(),
  datetime: instant,
  duration: minutes.refine((length) => length > 0, 'is no length'),
  firstName: text,
  lastName: text,
  email: text,
  phone: text,
  timezone: text,
  calendarTimezone: text,
  datetimeCreated: withColon.nullish(),
  canceled: flag,
  noShow: flag,
  price: text,
  amountPaid: text,
  paid: text,
  location: text,
  notes: text,
});
export type AcuityAppointment = z.infer<typeof appointmentSchema>;

/** "Get clients": there is no id. */
export const clientSchema = z.looseObject({ firstName: text, lastName: text, email: text, phone: text });
export type AcuityClient = z.infer<typeof clientSchema>;

/** "Get appointment types". */
export const appointmentTypeSchema = z.looseObject({
  id,
  name: z.string(),
  duration: minutes,
  active: flag,
  private: flag,
  type: text,
  description: text,
  price: text,
  category: text,
  classSize: z.number().int().nullish(),
  paddingBefore: minutes.nullish(),
  paddingAfter: minutes.nullish(),
  calendarIDs: z.array(id).nullish(),
});
export type AcuityAppointmentType = z.infer<typeof appointmentTypeSchema>;

/** "Get calendars". */
export const calendarSchema = z.looseObject({ id, name: z.string(), email: text, timezone: text, location: text });
export type AcuityCalendar = z.infer<typeof calendarSchema>;

/** "Get availability dates". */
export const availableDatesSchema = z.array(z.looseObject({ date: z.iso.date() }).transform(({ date }) => date));

/** "Get availability times": those with room. */
export const availableTimesSchema = z
  .array(z.looseObject({ time: instant, slotsAvailable: z.number().nullish() }))
  .transform((times) => times.flatMap(({ time, slotsAvailable }) => (slotsAvailable === 0 ? [] : [time])));

/** "Check available times", asked for one time. */
export const checkedTimeSchema = z.looseObject({ valid: z.boolean(), error: text });

/** "API errors". */
export const errorSchema = z.looseObject({ error: text });
