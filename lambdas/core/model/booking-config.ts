/** How a business wants to be booked. Providers that say themselves what is free need little of this. */
import * as z from 'zod';
import { weeklyHoursSchema } from './availability.ts';
import { moneySchema } from './deal.ts';

const id = z.string().min(1).max(1024);
const minutes = (max: number) => z.int().min(0).max(max);

/** A service of a business whose provider (a calendar) knows none. */
export const configuredServiceSchema = z.strictObject({
  id: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be 1 to 64 letters, digits, - or _'),
  name: z.string().trim().min(1).max(200),
  description: z.string().max(2000).optional(),
  durationMinutes: z.int().min(5).max(1440),
  /** Kept free before and after, without the customer being there. */
  bufferBeforeMinutes: minutes(480).default(0),
  bufferAfterMinutes: minutes(480).default(0),
  price: moneySchema.optional(),
  /** Who performs it; left out: everybody. */
  staffIds: z.array(id).min(1).max(100).optional(),
});

/** A calendar that customers may be booked into. */
export const bookableCalendarSchema = z.strictObject({
  /** The provider's id of the calendar. */
  staffId: id,
  /** What callers hear; left out: the provider's name for it. */
  name: z.string().trim().min(1).max(200).optional(),
  /** Left out: those of the business. */
  openingHours: weeklyHoursSchema.optional(),
  /** How many appointments may overlap in it. */
  capacity: z.int().min(1).max(100).default(1),
});

export const bookingConfigSchema = z.strictObject({
  /** In the integration's time zone. Where a provider has none of its own, nothing is offered without them. */
  openingHours: weeklyHoursSchema.optional(),
  /** Calendars to book into; left out: the account's main calendar. */
  calendars: z.array(bookableCalendarSchema).min(1).max(50).optional(),
  services: z.array(configuredServiceSchema).max(200).default([]),
  /** Length of an appointment when no service is asked for. */
  defaultDurationMinutes: z.int().min(5).max(1440).default(30),
  /** Computed times begin on this grid, counted from the hour at which the day opens. */
  slotIntervalMinutes: z.int().min(5).max(240).default(30),
  /** No earlier than this many minutes from now. */
  noticeMinutes: minutes(43_200).default(60),
  /** No later than this many days from now. */
  horizonDays: z.int().min(1).max(365).default(60),
  /** The one place to book, where an account has several. */
  locationId: id.optional(),
});
export type BookingConfig = z.infer<typeof bookingConfigSchema>;
