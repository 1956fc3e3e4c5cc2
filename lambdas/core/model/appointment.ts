import * as z from 'zod';
import { moneySchema } from './deal.ts';

/**
 * What has become of an appointment.
 *
 * - `pending`: waits for somebody's acceptance.
 * - `confirmed`: will take place, or takes place now.
 * - `completed`: took place, as far as the provider says so.
 * - `cancelled`: by either side. `declined`: never accepted. `no_show`: the customer did not come.
 */
export const APPOINTMENT_STATUSES = ['pending', 'confirmed', 'completed', 'cancelled', 'declined', 'no_show'] as const;
export type AppointmentStatus = (typeof APPOINTMENT_STATUSES)[number];

/** Points at something else of the same provider; the name only where the provider gives it along. */
export const referenceSchema = z.object({ id: z.string(), name: z.string().nullable() });
export type Reference = z.infer<typeof referenceSchema>;

export const attendeeSchema = z.object({
  /** The provider's id of the person, where there is one. */
  id: z.string().nullable(),
  name: z.string().nullable(),
  /** Lower-cased. */
  email: z.string().nullable(),
  /** E.164, or null when there is none that can be understood. */
  phone: z.string().nullable(),
});
export type Attendee = z.infer<typeof attendeeSchema>;

/** A time that is, was or would have been taken: a booking, a calendar event, a class. In the hub's terms. */
export const appointmentSchema = z.object({
  /** The provider's id, as text; unique within the integration. */
  id: z.string(),
  status: z.enum(APPOINTMENT_STATUSES),
  /** ISO 8601 with the offset that `timeZone` has then. */
  start: z.string(),
  /** ISO 8601, exclusive. */
  end: z.string(),
  /** IANA name. */
  timeZone: z.string(),
  /** Whole calendar days in `timeZone`, from the day of `start` up to, not including, the day of `end`. */
  allDay: z.boolean(),
  /** Whether it takes time up: false when cancelled or declined, and for events that are shown as free. */
  busy: z.boolean(),
  title: z.string().nullable(),
  notes: z.string().nullable(),
  services: z.array(referenceSchema),
  /** Who or what is booked: people, chairs, rooms, calendars. */
  staff: z.array(referenceSchema),
  /** For whom; several in a group or a class. */
  customers: z.array(attendeeSchema),
  location: z.object({ id: z.string().nullable(), name: z.string().nullable() }).nullable(),
  price: moneySchema.nullable(),
  /** Places in a class or a group event; null for an ordinary appointment. */
  capacity: z.object({ total: z.int().nullable(), taken: z.int().nullable() }).nullable(),
  /** Set in occurrences of a series. */
  seriesId: z.string().nullable(),
  /** The provider's version or etag, for conditional changes. */
  version: z.string().nullable(),
  /** ISO 8601. */
  createdAt: z.string().nullable(),
  /** ISO 8601. */
  updatedAt: z.string().nullable(),
});
export type Appointment = z.infer<typeof appointmentSchema>;

/** Whether an appointment in this state takes its time up. */
export function takesTime(status: AppointmentStatus): boolean {
  return status !== 'cancelled' && status !== 'declined';
}
