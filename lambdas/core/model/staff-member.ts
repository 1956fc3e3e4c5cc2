import * as z from 'zod';

/** Who or what can be booked: a person, a chair, a room, a calendar. In the hub's terms. */
export const staffMemberSchema = z.object({
  id: z.string(),
  name: z.string(),
  /** Lower-cased. */
  email: z.string().nullable(),
  /** IANA name, where it differs from the business's or the provider gives it. */
  timeZone: z.string().nullable(),
  /** False for people who left, and for calendars that the hub may not write to. */
  bookable: z.boolean(),
  /** The account's main calendar: the one that is booked when the business has named none. */
  isMain: z.boolean(),
  /** ISO 8601. */
  createdAt: z.string().nullable(),
  /** ISO 8601. */
  updatedAt: z.string().nullable(),
});
export type StaffMember = z.infer<typeof staffMemberSchema>;
