import * as z from 'zod';

/** One telephone number of a contact. */
export const contactPhoneSchema = z.object({
  /** E.164, or null when the number cannot be understood without guessing. */
  e164: z.string().nullable(),
  /** As the provider holds it. */
  raw: z.string(),
  kind: z.enum(['mobile', 'landline', 'unknown']),
});
export type ContactPhone = z.infer<typeof contactPhoneSchema>;

/** A person, in the hub's terms. Names are kept as the provider gives them; none is ever invented. */
export const contactSchema = z.object({
  /** The provider's id, as text. */
  id: z.string(),
  displayName: z.string(),
  firstName: z.string().nullable(),
  lastName: z.string().nullable(),
  /** Lower-cased, primary first. */
  emails: z.array(z.string()),
  phones: z.array(contactPhoneSchema),
  company: z.string().nullable(),
  lifecycleStage: z.string().nullable(),
  ownerId: z.string().nullable(),
  /** ISO 8601. */
  createdAt: z.string().nullable(),
  /** ISO 8601. */
  updatedAt: z.string().nullable(),
});
export type Contact = z.infer<typeof contactSchema>;
