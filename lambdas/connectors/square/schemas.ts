/** Square's shapes, loose: only what is read here is checked. Square leaves empty members out, lists included. */
import * as z from 'zod';

const id = z.string().min(1);
const text = z.string().nullish();
const rows = z.array(z.unknown()).nullish();
/** Empty on some last pages, absent on others. */
const cursor = z.string().nullish();

/** A page of a list: its rows unread, and the cursor of the next one. */
export interface Page {
  readonly rows: readonly unknown[];
  readonly cursor: string | null;
}

/** @param member what Square calls the list. */
function pageOf(member: string) {
  const page = z.looseObject({ [member]: rows, cursor });
  return page.transform(
    (data): Page => ({ rows: rows.parse(data[member]) ?? [], cursor: cursor.parse(data.cursor) || null }),
  );
}

export const customersPageSchema = pageOf('customers');
export const bookingsPageSchema = pageOf('bookings');
export const itemsPageSchema = pageOf('items');
export const staffPageSchema = pageOf('team_member_booking_profiles');

export const customerSchema = z.looseObject({
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
  version: z.number().nullish(),
});
export type SquareCustomer = z.infer<typeof customerSchema>;
export const customerAnswerSchema = z.looseObject({ customer: customerSchema });

/** Bookings that were made in the dashboard may lack the service, its version and the length. */
export const segmentSchema = z.looseObject({
  team_member_id: id,
  duration_minutes: z.number().nullish(),
  intermission_minutes: z.number().nullish(),
  service_variation_id: text,
  service_variation_version: z.number().nullish(),
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

export const bookingSchema = z.looseObject({
  id,
  version: z.number().nullish(),
  status: z.enum(['PENDING', 'ACCEPTED', 'DECLINED', 'CANCELLED_BY_CUSTOMER', 'CANCELLED_BY_SELLER', 'NO_SHOW']),
  start_at: z.iso.datetime({ offset: true }),
  location_id: text,
  customer_id: text,
  customer_note: text,
  all_day: z.boolean().nullish(),
  appointment_segments: z.array(segmentSchema).nullish(),
  created_at: text,
  updated_at: text,
});
export type SquareBooking = z.infer<typeof bookingSchema>;
export const bookingAnswerSchema = z.looseObject({ booking: bookingSchema });

export const availabilityAnswerSchema = z.looseObject({
  availabilities: z
    .array(
      z.looseObject({
        start_at: z.iso.datetime({ offset: true }),
        location_id: text,
        appointment_segments: z.array(segmentSchema).min(1),
      }),
    )
    .nullish(),
});
export type SquareAvailability = NonNullable<z.infer<typeof availabilityAnswerSchema>['availabilities']>[number];

const money = z.looseObject({ amount: z.int().nullish(), currency: text }).nullish();

/** Where a catalog object is offered. */
const presence = {
  present_at_all_locations: z.boolean().nullish(),
  present_at_location_ids: z.array(z.string()).nullish(),
  absent_at_location_ids: z.array(z.string()).nullish(),
};

export const variationSchema = z.looseObject({
  id,
  updated_at: text,
  version: z.number().nullish(),
  is_deleted: z.boolean().nullish(),
  ...presence,
  item_variation_data: z.looseObject({
    name: text,
    pricing_type: text,
    price_money: money,
    service_duration: z.number().nullish(),
    available_for_booking: z.boolean().nullish(),
    team_member_ids: z.array(z.string()).nullish(),
    location_overrides: z.array(z.looseObject({ location_id: text, price_money: money, pricing_type: text })).nullish(),
  }),
});
export type SquareVariation = z.infer<typeof variationSchema>;

/** Its variations are read one by one, so that a malformed one does not spoil the rest. */
export const itemSchema = z.looseObject({
  id,
  updated_at: text,
  is_deleted: z.boolean().nullish(),
  item_data: z.looseObject({
    name: z.string(),
    description_plaintext: text,
    description: text,
    is_archived: z.boolean().nullish(),
    variations: rows,
  }),
});
export type SquareItem = z.infer<typeof itemSchema>;

export const staffProfileSchema = z.looseObject({
  team_member_id: id,
  display_name: text,
  is_bookable: z.boolean().nullish(),
});
export type SquareStaffProfile = z.infer<typeof staffProfileSchema>;

const locationSchema = z.looseObject({ id, name: text, timezone: text, status: text, country: text, currency: text });
export type SquareLocation = z.infer<typeof locationSchema>;
/** Every seller has a main location, so a list without locations is no answer. */
export const locationsSchema = z.looseObject({ locations: z.array(locationSchema).min(1) });
export const locationAnswerSchema = z.looseObject({ location: locationSchema });

export const merchantAnswerSchema = z.looseObject({
  merchant: z.looseObject({ id, business_name: text, country: text, currency: text, main_location_id: text }),
});

export const businessProfileSchema = z.looseObject({
  business_booking_profile: z.looseObject({ booking_enabled: z.boolean().nullish() }),
});

export const errorSchema = z.looseObject({
  errors: z.array(z.looseObject({ category: text, code: text, detail: text, field: text })).nullish(),
});
export type SquareErrors = NonNullable<z.infer<typeof errorSchema>['errors']>;
