import { isHubError } from '../errors.ts';
import { scopeOf } from '../integrations/integration-scope.ts';
import type { Integration } from '../model/integration.ts';
import { bookableStaff } from './bookable.ts';
import type { BookingPorts } from './booking-ports.ts';
import { firstOfEachTime, namesFor, type OfferedSlot, offered } from './find-availability.ts';
import { freeSlots } from './free-slots.ts';
import { lengthToTake } from './moved-appointment.ts';
import type { SlotToTake } from './take-slot.ts';

const DAY_MS = 24 * 60 * 60_000;
const ALTERNATIVES = 5;
/** Kept for the answer when alternatives are looked up, in ms. */
const ANSWER_MARGIN_MS = 300;

/** Free times near the one that is taken: with the same person where there are any, else with somebody else. */
export async function alternativesTo(
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
      noticeGraceMinutes: 0,
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
