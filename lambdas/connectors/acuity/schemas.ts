/** Acuity's shapes, loose: only what the hub reads, and whatever may be missing is optional. */
import * as z from 'zod';

const id = z.union([z.number(), z.string().min(1)]).transform(String);
const optionalText = z.string().nullish();
/** Numbers come as text in some places. */
const minutes = z.coerce.number().int().min(0).max(10_000);

/** Instants come with an offset without a colon: `2026-06-30T10:00:00+0300`. */
const instantText = z
  .string()
  .transform((text) => text.replace(/([+-]\d{2})(\d{2})$/, '$1:$2'))
  .refine((text) => /T.*(Z|[+-]\d{2}:\d{2})$/.test(text) && !Number.isNaN(Date.parse(text)), 'is no instant');

/** A list is an array without an envelope; its rows are read one by one. */
export const listSchema = z.array(z.unknown());

/** "Get me". */
export const meSchema = z.looseObject({
  id,
  name: optionalText,
  businessName: optionalText,
  timezone: optionalText,
  currency: optionalText,
  plan: optionalText,
});

/** "Get appointments". `price` is text; `phone` is bare digits; `timezone` is the client's. */
export const appointmentSchema = z.looseObject({
  id,
  datetime: instantText,
  duration: minutes.refine((length) => length > 0, 'is no length'),
  appointmentTypeID: id,
  calendarID: id,
  type: optionalText,
  calendar: optionalText,
  firstName: optionalText,
  lastName: optionalText,
  email: optionalText,
  phone: optionalText,
  canceled: z.boolean().nullish(),
  noShow: z.boolean().nullish(),
  price: optionalText,
  amountPaid: optionalText,
  paid: optionalText,
  location: optionalText,
  notes: optionalText,
  timezone: optionalText,
  calendarTimezone: optionalText,
  classID: id.nullish(),
  datetimeCreated: optionalText,
});
export type AcuityAppointment = z.infer<typeof appointmentSchema>;

/** "Get clients": there is no id. */
export const clientSchema = z.looseObject({
  firstName: optionalText,
  lastName: optionalText,
  email: optionalText,
  phone: optionalText,
});
export type AcuityClient = z.infer<typeof clientSchema>;

/** "Get appointment types". */
export const appointmentTypeSchema = z.looseObject({
  id,
  name: z.string(),
  duration: minutes,
  active: z.boolean().nullish(),
  description: optionalText,
  price: optionalText,
  category: optionalText,
  private: z.boolean().nullish(),
  type: optionalText,
  classSize: z.number().int().nullish(),
  paddingBefore: minutes.nullish(),
  paddingAfter: minutes.nullish(),
  calendarIDs: z.array(id).nullish(),
});
export type AcuityAppointmentType = z.infer<typeof appointmentTypeSchema>;

/** "Get calendars". */
export const calendarSchema = z.looseObject({
  id,
  name: z.string(),
  email: optionalText,
  timezone: optionalText,
  location: optionalText,
});
export type AcuityCalendar = z.infer<typeof calendarSchema>;

/** "Get availability dates". */
export const availableDatesSchema = z.array(z.looseObject({ date: z.iso.date() }));

/** "Get availability times". */
export const availableTimesSchema = z.array(z.looseObject({ time: instantText, slotsAvailable: z.number().nullish() }));

/** "Check available times", asked for one time. */
export const checkedTimeSchema = z.looseObject({ valid: z.boolean(), error: optionalText });

/** "API errors". */
export const errorSchema = z.looseObject({ error: optionalText });
