/** Free and taken time, before it is an answer of the API. */
import * as z from 'zod';
import type { Json } from './mirror-record.ts';

/** A time that a provider offers, or that the hub has computed. */
export interface Slot {
  /** ISO 8601 with offset. */
  readonly start: string;
  /** ISO 8601 with offset. */
  readonly end: string;
  /** IANA name. */
  readonly timeZone: string;
  readonly serviceId: string | null;
  readonly staffId: string | null;
  readonly locationId: string | null;
  /** What the connector needs to book exactly this, e.g. versions that the provider gave. Small; never a secret. */
  readonly token: Json;
}

/** A stretch of time in which somebody can't be booked. ISO 8601 with offset; `end` exclusive. */
export interface Busy {
  readonly start: string;
  readonly end: string;
  /** Of the service that the hub has booked it for, where that is known: its buffers are kept free as well. */
  readonly serviceId?: string | undefined;
  /** However many may come at once, nobody may come then: somebody is away, or a whole day is taken. */
  readonly closed?: boolean | undefined;
}

const timeOfDay = z.string().regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, 'must be HH:MM, 00:00 to 24:00');

/** One stretch of opening time on a weekday, in local time; `24:00` is the end of the day. */
export const openingPeriodSchema = z
  .strictObject({ from: timeOfDay, to: timeOfDay })
  .refine(({ from, to }) => from < to, { message: 'must end after it begins', path: ['to'] });

const day = z.array(openingPeriodSchema).max(12).default([]);

/** When a business, or one of its people, can be booked. A day without periods is closed. */
export const weeklyHoursSchema = z.strictObject({
  monday: day,
  tuesday: day,
  wednesday: day,
  thursday: day,
  friday: day,
  saturday: day,
  sunday: day,
});
export type WeeklyHours = z.infer<typeof weeklyHoursSchema>;
