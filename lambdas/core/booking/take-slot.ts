/** Writing to a time: alone, and only if it is free. */
import { HubError, isHubError, validationFailed } from '../errors.ts';
import { scopeOf } from '../integrations/integration-scope.ts';
import type { Appointment } from '../model/appointment.ts';
import type { Slot } from '../model/availability.ts';
import type { Integration } from '../model/integration.ts';
import type { SourceRecord } from '../model/mirror-record.ts';
import type { Service } from '../model/service.ts';
import type { AbandonedAttempt } from '../ports.ts';
import { bookableStaff } from './bookable.ts';
import type { BookingPorts } from './booking-ports.ts';
import { firstOfEachTime, namesFor, type OfferedSlot, offered } from './find-availability.ts';
import { freeSlots } from './free-slots.ts';
import { lengthToTake } from './moved-appointment.ts';

const DAY_MS = 24 * 60 * 60_000;
/** Longer than any call that books may take: whoever still holds a lock then is dead. */
const LOCK_MS = 30_000;
const POLL_MS = 100;
const ALTERNATIVES = 5;
/** Kept for the answer when alternatives are looked up, in ms. */
const ANSWER_MARGIN_MS = 300;

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
  const scope = scopeOf(integration);
  const calendar = request.slot.staffId;
  // Every time that the hub computes is one of a calendar; without it nobody could lock the right one.
  if (calendar === null) throw validationFailed('slotId', 'names no calendar; take one from the availability answer');
  for (;;) {
    const now = clock.now();
    if (await bookingLocks.acquire(scope, calendar, { owner: request.owner, now, until: now + LOCK_MS })) break;
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
    const free = await freeNow(ports, integration, request);
    const written = await write(free).catch((error: unknown) => {
      settled &&= isHubError(error) && !error.outcomeUnknown;
      throw error;
    });
    settled = true;
    return written;
  } finally {
    if (settled) await bookingLocks.release(scope, calendar, request.owner);
  }
}

/**
 * The slot as the hub would offer it now: inside opening hours, as long as the service, and free. It is this one that
 * is written, because the caller's may have been changed.
 */
async function freeNow(ports: BookingPorts, integration: Integration, request: SlotToTake): Promise<Slot> {
  const { slot, service, moving, deadline } = request;
  const [start, end] = [Date.parse(slot.start), Date.parse(slot.end)];
  const { slots } = await freeSlots(ports, integration, {
    service,
    moving,
    deadline,
    durationMinutes: lengthToTake(slot, moving),
    enforceNotice: false,
    from: start,
    to: end,
    staffId: slot.staffId,
    staff: [],
  });
  const same = slots.find((free) => Date.parse(free.start) === start && Date.parse(free.end) === end);
  if (!same) throw new HubError('slot_unavailable', { detail: 'This time is no longer free.' });
  return same;
}

/** Free times near the one that is taken: with the same person where there are any, else with somebody else. */
async function alternativesTo(
  ports: BookingPorts,
  integration: Integration,
  { slot, service, moving, deadline }: SlotToTake,
): Promise<OfferedSlot[]> {
  const wanted = Date.parse(slot.start);
  try {
    const staff = await bookableStaff(ports, integration);
    const { slots } = await freeSlots(ports, integration, {
      service,
      moving,
      staff,
      durationMinutes: lengthToTake(slot, moving),
      enforceNotice: true,
      from: Math.max(ports.clock.now(), wanted - DAY_MS / 2),
      to: wanted + 3 * DAY_MS,
      staffId: null,
      deadline: deadline - ANSWER_MARGIN_MS,
    });
    const others = slots.filter(({ start, staffId }) => Date.parse(start) !== wanted || staffId !== slot.staffId);
    const own = others.filter(({ staffId }) => staffId === slot.staffId);
    const near = firstOfEachTime(own.length > 0 ? own : others).toSorted(
      (a, b) => Math.abs(Date.parse(a.start) - wanted) - Math.abs(Date.parse(b.start) - wanted),
    );
    const chosen = near.slice(0, ALTERNATIVES).toSorted((a, b) => Date.parse(a.start) - Date.parse(b.start));
    const names = await namesFor(ports, integration, service, staff, chosen);
    return chosen.map((free) => offered(integration, free, names, null));
  } catch (error) {
    // The caller must hear that the time is taken, also when nobody can say what else is free.
    const code = isHubError(error) ? error.code : 'internal';
    ports.logger.warn('alternatives could not be found', { ...scopeOf(integration), code });
    return [];
  }
}
