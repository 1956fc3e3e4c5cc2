/** The shapes that the assumed contract gives, loose: only what is read here is checked. */
import * as z from 'zod';

const text = z.string().nullish();
const id = z.union([z.string().min(1), z.number()]).transform(String);
const optionalId = id.nullish();
/** With an offset: without one nobody could know which instant is meant. */
const instant = z.iso.datetime({ offset: true });

/** `{data: […]}` and nothing else: whatever answers otherwise does not speak the agreed contract. */
export const listSchema = z.looseObject({ data: z.array(z.unknown()) });

/** One record, bare or as `data`: which of the two a creation answers is not known. */
export function oneOf<Schema extends z.ZodType>(schema: Schema) {
  return z.preprocess((body) => z.looseObject({ data: z.looseObject({}) }).safeParse(body).data?.data ?? body, schema);
}

export const locationSchema = z.looseObject({ id, name: text, time_zone: text, currency: text });

export const clientSchema = z.looseObject({
  id,
  first_name: text,
  last_name: text,
  email: text,
  phone: text,
  created_at: text,
  updated_at: text,
});
export type FreshaClient = z.infer<typeof clientSchema>;

export const appointmentSchema = z.looseObject({
  id,
  client_id: optionalId,
  service_id: optionalId,
  staff_id: optionalId,
  location_id: optionalId,
  start_time: instant,
  end_time: instant.nullish(),
  status: text,
  notes: text,
  created_at: text,
  updated_at: text,
});
export type FreshaAppointment = z.infer<typeof appointmentSchema>;

export const timeSchema = z.looseObject({
  start_time: instant,
  end_time: instant.nullish(),
  service_id: optionalId,
  staff_id: optionalId,
});
