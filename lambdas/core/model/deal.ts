import * as z from 'zod';

export const moneySchema = z.object({
  /** Decimal text, as the provider gives it: money never passes through a floating-point number. */
  amount: z.string(),
  /** ISO 4217, or null when the provider does not say. */
  currency: z.string().nullable(),
});
export type Money = z.infer<typeof moneySchema>;

/** A sale in progress, in the hub's terms. */
export const dealSchema = z.object({
  id: z.string(),
  name: z.string().nullable(),
  value: moneySchema.nullable(),
  pipeline: z.object({ id: z.string(), label: z.string().nullable() }).nullable(),
  stage: z.object({ id: z.string(), label: z.string().nullable() }).nullable(),
  status: z.enum(['open', 'won', 'lost']),
  /** ISO 8601. */
  closesAt: z.string().nullable(),
  /** Provider ids of the contacts this deal belongs to, sorted. */
  contactIds: z.array(z.string()),
  ownerId: z.string().nullable(),
  createdAt: z.string().nullable(),
  updatedAt: z.string().nullable(),
});
export type Deal = z.infer<typeof dealSchema>;
