/** Writing to a time: alone, and only if it is free. */
import { HubError, isHubError, validationFailed } from '../errors.ts';
import type { Appointment } from '../model/appointment.ts';
import type { Slot } from '../model/availability.ts';
import type { Integration } from '../model/integration.ts';
import type { SourceRecord } from '../model/mirror-record.ts';
import type { Service } from '../model/service.ts';
import type { StaffMember } from '../model/staff-member.ts';
import type { AbandonedAttempt, BookedCalendar } from '../ports.ts';
import { alternativesTo } from './alternatives.ts';
import { bookableStaff } from './bookable.ts';
import type { BookingPorts } from './booking-ports.ts';
import { freeNow } from './free-now.ts';

/** Longer than any call that books may take: whoever still holds a lock then is dead. */
const LOCK_MS = 30_000;
const POLL_MS = 100;

export interface SlotToTake {
  readonly slot: Slot;
  readonly service: SourceRecord<Service> | null;
  /** The appointment that is to be moved there. */
  readonly moving: SourceRecord<Appointment> | null;
  /** Names the booking: its own lock is no obstacle to its repetition. */
  readonly owner: string;
  /** An earlier attempt of which nobody knows how it ended: what it has begun may still appear. */
  readonly earlier: AbandonedAttempt | null;
  /** Epoch ms. */
  readonly deadline: number;
}

/**
 * Runs `write` for a slot. A booking system refuses a taken time itself. A calendar takes anything, so there the hub
 * holds a lock on the calendar, looks once more, and only then writes, to the time as it would offer it now. Throws
 * `slot_unavailable`, with alternatives, when the time is taken.
 *
 * @param foundLate looks for what an earlier attempt has made. What takes the time may be just that, if it appeared late.
 */
export async function takeSlot<T>(
  ports: BookingPorts,
  integration: Integration,
  request: SlotToTake,
  write: (slot: Slot) => Promise<T>,
  foundLate: () => Promise<T | null> = async () => null,
): Promise<T> {
  try {
    const computed = ports.sessions.manifest(integration.type).booking?.availability === 'computed';
    return computed ? await writeAlone(ports, integration, request, write) : await write(request.slot);
  } catch (error) {
    if (!isHubError(error, 'slot_unavailable') || error.extensions?.alternatives !== undefined) throw error;
    const late = request.earlier && (await foundLate());
    if (late) return late;
    throw new HubError('slot_unavailable', {
      detail: error.message,
      field: 'slotId',
      cause: error,
      extensions: { alternatives: await alternativesTo(ports, integration, request) },
    });
  }
}

async function writeAlone<T>(
  ports: BookingPorts,
  integration: Integration,
  request: SlotToTake,
  write: (slot: Slot) => Promise<T>,
): Promise<T> {
  const { bookingLocks, clock } = ports;
  const staff = await bookableStaff(ports, integration);
  const calendar = calendarToLock(integration, request.slot, staff);
  for (;;) {
    const now = clock.now();
    if (await bookingLocks.acquire(calendar, { owner: request.owner, now, until: now + LOCK_MS })) break;
    if (now + POLL_MS > request.deadline) {
      throw new HubError('deadline_exceeded', {
        detail: 'Another booking in this calendar is being made; repeat the call with the same Idempotency-Key.',
        retryAfterSeconds: 2,
      });
    }
    await clock.sleep(POLL_MS);
  }
  // What an earlier attempt has begun, and what this one has if its answer gets lost, may still appear: the lock then
  // stays until it runs out, so that nobody books over it unseen.
  let settled = request.earlier === null;
  try {
    const free = await freeNow(ports, integration, request, staff);
    const written = await write(free).catch((error: unknown) => {
      settled &&= isHubError(error) && !error.outcomeUnknown;
      throw error;
    });
    settled = true;
    return written;
  } finally {
    if (settled) await bookingLocks.release(calendar, request.owner);
  }
}

/**
 * What is locked. A calendar that the provider has listed as bookable may be so in other accounts and workspaces, too,
 * under the same id. Any other id is an account's own, perhaps an alias; and nobody may hold up a calendar elsewhere by
 * writing its id into their settings.
 */
function calendarToLock(
  { type, account, integrationId }: Integration,
  { staffId }: Slot,
  staff: readonly SourceRecord<StaffMember>[],
): BookedCalendar {
  // Every time that the hub computes is one of a calendar; without it nobody could lock the right one.
  if (staffId === null) throw validationFailed('slotId', 'names no calendar; take one from the availability answer');
  const listed = staff.some(({ id }) => id === staffId);
  return { type, calendarId: staffId, accountId: listed ? null : (account?.id ?? integrationId) };
}
