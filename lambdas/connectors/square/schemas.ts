/**
 * Square's shapes, without the members that nothing here reads: a parsed record is what the hub keeps of it. Square
 * leaves empty members out, lists included; they are null then.
 */
import * as z from 'zod';

const id = z.string().min(1);
const text = z.string().nullable().default(null);
const count = z.number().nullable().default(null);
const flag = z.boolean().nullable().default(null);
const ids = z.array(z.string()).nullable().default(null);
const rows = z.array(z.unknown()).nullish();
const instant = z.iso.datetime({ offset: true });

/** What an answer holds in one of its members. */
export function within<Schema extends z.ZodType>(member: string, schema: Schema) {
  return z.preprocess((body) => z.looseObject({ [member]: z.unknown() }).safeParse(body).data?.[member], schema);
}

/** A page of whichever list was asked for, its rows unread. On some last pages the cursor is empty, on others absent. */
export const pageSchema = z
  .object({ customers: rows, bookings: rows, items: rows, team_member_booking_profiles: rows, cursor: text })
  .transform(({ customers, bookings, items, team_member_booking_profiles: profiles, cursor }) => ({
    rows: customers ?? bookings ?? items ?? profiles ?? [],
    cursor: cursor || null,
  }));
export type Page = z.infer<typeof pageSchema>;

export const customerSchema = z.object({
  id,
  given_name: text,
  family_name: text,
  nickname: text,
  company_name: text,
  email_address: text,
  phone_number: text,
  created_at: text,
  updated_at: text,
  creation_source: text,
  version: count,
});
export type SquareCustomer = z.infer<typeof customerSchema>;

/** Bookings that were made in the dashboard may lack the service, its version and the length. */
const segmentSchema = z.object({
  team_member_id: id,
  service_variation_id: text,
  service_variation_version: count,
  duration_minutes: count,
  intermission_minutes: count,
});
export type SquareSegment = z.infer<typeof segmentSchema>;

/** What a booking is made of: segments without the members that only Square may write. */
export const segmentInputSchema = z
  .object({
    team_member_id: id,
    service_variation_id: id,
    service_variation_version: z.number(),
    duration_minutes: z.number().nullish(),
  })
  .transform(({ duration_minutes, ...segment }) => ({
    ...segment,
    ...(typeof duration_minutes === 'number' ? { duration_minutes } : {}),
  }));
export type SegmentInput = z.infer<typeof segmentInputSchema>;

export const bookingSchema = z.object({
  id,
  version: count,
  status: z.enum(['PENDING', 'ACCEPTED', 'DECLINED', 'CANCELLED_BY_CUSTOMER', 'CANCELLED_BY_SELLER', 'NO_SHOW']),
  start_at: instant,
  all_day: flag,
  location_id: text,
  customer_id: text,
  customer_note: text,
  appointment_segments: z
    .array(segmentSchema)
    .nullish()
    .transform((segments) => segments ?? []),
  created_at: text,
  updated_at: text,
});
export type SquareBooking = z.infer<typeof bookingSchema>;

/** Profiles that were asked for by id. */
export const profilesSchema = z.record(z.string(), z.object({ customer: z.object({ id }).nullish() }));

/** Bookings that were asked for by id; each row unread. */
export const retrievedSchema = z.record(
  z.string(),
  z.object({ booking: z.unknown().optional(), errors: z.array(z.looseObject({ code: text })).nullish() }),
);

const availabilitySchema = z.object({
  start_at: instant,
  location_id: text,
  appointment_segments: z.array(segmentSchema).min(1),
});
export type SquareAvailability = z.infer<typeof availabilitySchema>;
/** Where nothing is free, there is no list. */
export const availabilitiesSchema = z
  .array(availabilitySchema)
  .nullish()
  .transform((times) => times ?? []);

const money = z.object({ amount: z.int().nullish(), currency: text }).nullable().default(null);
export type SquareMoney = z.infer<typeof money>;
const price = { price_money: money, pricing_type: text };

export const variationSchema = z.object({
  id,
  updated_at: text,
  version: count,
  is_deleted: flag,
  present_at_all_locations: flag,
  present_at_location_ids: ids,
  absent_at_location_ids: ids,
  item_variation_data: z.object({
    name: text,
    ...price,
    service_duration: count,
    available_for_booking: flag,
    team_member_ids: ids,
    location_overrides: z.array(z.object({ location_id: text, ...price })).nullish(),
  }),
});
export type SquareVariation = z.infer<typeof variationSchema>;

/** Its variations are read one by one, so that a malformed one does not spoil the rest. */
export const itemSchema = z.object({
  id,
  updated_at: text,
  is_deleted: flag,
  item_data: z.object({
    name: z.string(),
    description_plaintext: text,
    description: text,
    is_archived: flag,
    variations: rows,
  }),
});
export type SquareItem = z.infer<typeof itemSchema>;

export const staffProfileSchema = z.object({ team_member_id: id, display_name: text, is_bookable: flag });
export type SquareStaffProfile = z.infer<typeof staffProfileSchema>;

export const locationSchema = z.object({ id, name: text, timezone: text, status: text, country: text, currency: text });
export type SquareLocation = z.infer<typeof locationSchema>;
/** Every seller has a main location, so a list without locations is no answer. */
export const locationsSchema = z.array(locationSchema).min(1);

const merchant = { id, business_name: text, country: text, currency: text, main_location_id: text };
export const merchantSchema = z.object(merchant);
export const bookingProfileSchema = z.object({ booking_enabled: flag });
