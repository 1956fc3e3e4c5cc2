import { HubError } from '../errors.ts';
import type { Slot } from '../model/availability.ts';
import type { Integration } from '../model/integration.ts';
import type { SourceRecord } from '../model/mirror-record.ts';
import type { StaffMember } from '../model/staff-member.ts';
import type { BookingPorts } from './booking-ports.ts';
import { freeSlots } from './free-slots.ts';
import { lengthToTake } from './moved-appointment.ts';
import type { SlotToTake } from './take-slot.ts';

/** How long a caller may think about a time that was offered just before the business's notice began, in minutes. */
const NOTICE_GRACE_MINUTES = 15;
const RETRY_SECONDS = 5;

/**
 * A slot of a calendar as the hub would offer it now: inside opening hours, as long as the service, and free. It is
 * this one that is written, because the caller's may have been changed. Throws `slot_unavailable` when there is none,
 * and `provider_unavailable` when the calendar can't be read, which says nothing of the time.
 */
export async function freeNow(
  ports: BookingPorts,
  integration: Integration,
  { slot, service, moving, deadline }: SlotToTake,
  staff: readonly SourceRecord<StaffMember>[],
): Promise<Slot> {
  const [start, end] = [Date.parse(slot.start), Date.parse(slot.end)];
  const { slots, calendars, notes } = await freeSlots(ports, integration, {
    service,
    moving,
    staff,
    deadline,
    durationMinutes: lengthToTake(slot, moving),
    noticeGraceMinutes: NOTICE_GRACE_MINUTES,
    from: start,
    to: end,
    staffId: slot.staffId,
  });
  const same = slots.find((free) => Date.parse(free.start) === start && Date.parse(free.end) === end);
  if (same) return same;
  // One that could not be read is left out and has a note; one that nobody would ask for is left out only. One that the
  // hub may not write to has a note as well, but is nobody whom it knows as bookable.
  const bookable = staff.length === 0 || staff.some(({ id }) => id === slot.staffId);
  if (bookable && calendars?.every((id) => id !== slot.staffId) && notes.length > 0) {
    throw new HubError('provider_unavailable', {
      detail: 'The calendar could not be read; repeat the call with the same Idempotency-Key.',
      retryAfterSeconds: RETRY_SECONDS,
    });
  }
  throw new HubError('slot_unavailable', { detail: 'This time is no longer free.' });
}
