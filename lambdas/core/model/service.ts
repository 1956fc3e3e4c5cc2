import * as z from 'zod';
import { moneySchema } from './deal.ts';

/** Something that can be booked: a haircut, a first consultation, an event type. In the hub's terms. */
export const serviceSchema = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string().nullable(),
  /** How long the customer is there; null when the provider decides it at booking. */
  durationMinutes: z.number().nullable(),
  bufferBeforeMinutes: z.number(),
  bufferAfterMinutes: z.number(),
  price: moneySchema.nullable(),
  /** Ids of those who perform it; null when the provider does not say. */
  staffIds: z.array(z.string()).nullable(),
  /** False for services that are retired, hidden, or not to be booked by customers. */
  bookable: z.boolean(),
  /** How many may come at the same time; null when the provider does not say. */
  capacity: z.int().nullable(),
  /** ISO 8601. */
  createdAt: z.string().nullable(),
  /** ISO 8601. */
  updatedAt: z.string().nullable(),
});
export type Service = z.infer<typeof serviceSchema>;
