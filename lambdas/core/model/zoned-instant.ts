import * as z from 'zod';

/** An instant as ISO 8601 with an offset. Times of the hub can't be finer than nanoseconds. */
export const zonedInstantSchema = z.iso
  .datetime({ offset: true, message: 'must be an ISO 8601 time with an offset, e.g. 2026-12-03T09:00:00Z' })
  .refine((text) => !/\.\d{10}/.test(text), 'must not have more than nine decimals of a second');
