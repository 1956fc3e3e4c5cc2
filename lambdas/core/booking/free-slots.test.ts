import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { AvailabilityQuery } from '../../connectors/connector.ts';
import type { Busy, Slot } from '../model/availability.ts';
import { type Integration, integrationConfigSchema } from '../model/integration.ts';
import type { SourceRecord } from '../model/mirror-record.ts';
import type { Service } from '../model/service.ts';
import { bookableServices } from './bookable.ts';
import type { BookingPorts } from './booking-ports.ts';
import { type FreeSlotsRequest, freeSlots } from './free-slots.ts';

const MINUTE_MS = 60_000;
const NOW = Date.parse('2026-11-23T12:00:00Z');
const DAY = { from: Date.parse('2026-12-03T00:00:00Z'), to: Date.parse('2026-12-04T00:00:00Z') };
const hours = [{ from: '09:00', to: '12:00' }];

interface Offer {
  readonly id: string;
  readonly name: string;
  readonly durationMinutes: number;
  readonly bufferBeforeMinutes: number;
  readonly bufferAfterMinutes: number;
}

/** A business with one chair. The provider shows what touches the stretch that it is asked for, and nothing else. */
class Chair {
  readonly taken: Busy[] = [];
  readonly #integration: Integration;
  readonly #ports: BookingPorts;

  constructor(services: readonly Offer[]) {
    const booking = { services: [...services], openingHours: { thursday: hours }, slotIntervalMinutes: 15 };
    const config = integrationConfigSchema.parse({ timeZone: 'Europe/London', booking });
    this.#integration = { type: 'google_calendar', config } as Integration;
    const getAvailability = async (_session: unknown, { from, to }: AvailabilityQuery) => {
      const touching = ({ start, end }: Busy) =>
        Date.parse(start) < Date.parse(to) && Date.parse(end) > Date.parse(from);
      const busy = this.taken.filter(touching);
      return { kind: 'busy', calendars: [{ staffId: 'chair', timeZone: null, hours: null, busy }], notes: [] };
    };
    const sessions = {
      manifest: () => ({ booking: { availability: 'computed' }, resources: [] }),
      open: async () => ({ connector: { getAvailability }, session: null }),
    };
    this.#ports = { sessions, clock: { now: () => NOW } } as unknown as BookingPorts;
  }

  async service(id: string): Promise<SourceRecord<Service> | null> {
    return (await bookableServices(this.#ports, this.#integration)).find((service) => service.id === id) ?? null;
  }

  async free(serviceId: string | null, change: Partial<FreeSlotsRequest> = {}): Promise<readonly Slot[]> {
    const service = serviceId === null ? null : await this.service(serviceId);
    const asked = {
      staffId: null,
      staff: [],
      moving: null,
      durationMinutes: null,
      deadline: NOW,
      noticeGraceMinutes: 0,
    };
    return (await freeSlots(this.#ports, this.#integration, { ...asked, ...DAY, service, ...change })).slots;
  }

  /** As whoever books looks once more, at this time only. */
  async isFree({ start, end }: Slot, serviceId: string | null): Promise<boolean> {
    const slots = await this.free(serviceId, { from: Date.parse(start), to: Date.parse(end) });
    return slots.some((slot) => slot.start === start && slot.end === end);
  }

  book({ start, end }: Slot, serviceId: string): void {
    this.taken.push({ start, end, serviceId });
  }
}

const offer = (
  id: string,
  durationMinutes: number,
  bufferBeforeMinutes: number,
  bufferAfterMinutes: number,
): Offer => ({
  id,
  name: id,
  durationMinutes,
  bufferBeforeMinutes,
  bufferAfterMinutes,
});
const clocks = (slots: readonly Slot[]) => slots.map(({ start }) => start.slice(11, 16));

describe('the buffers of what is booked', () => {
  const CUT = offer('cut', 45, 0, 15);
  const COLOUR = offer('colour', 30, 30, 0);

  test('count for the next one behind it, when it is offered and when it is taken', async () => {
    const chair = new Chair([CUT]);
    const [first, , , behind] = await chair.free('cut');
    if (!first || !behind) throw new Error('nothing is free');
    expect(clocks([first, behind])).toEqual(['09:00', '09:45']);
    chair.book(first, 'cut');
    expect(clocks(await chair.free('cut'))).toEqual(['10:00', '10:15', '10:30', '10:45', '11:00', '11:15']);
    expect(await chair.isFree(behind, 'cut')).toBe(false);
  });

  test('count for the next one before it', async () => {
    const chair = new Chair([offer('talk', 30, 0, 0), COLOUR]);
    const later = (await chair.free('colour')).find(({ start }) => start.includes('T11:00'));
    const before = (await chair.free('talk')).find(({ start }) => start.includes('T10:15'));
    if (!later || !before) throw new Error('nothing is free');
    chair.book(later, 'colour');
    expect(clocks(await chair.free('talk'))).toEqual(['09:00', '09:15', '09:30', '09:45', '10:00', '11:30']);
    expect(await chair.isFree(before, 'talk')).toBe(false);
  });

  test('are nobody’s in what a person has put there', async () => {
    const chair = new Chair([CUT]);
    chair.taken.push({ start: '2026-12-03T09:00:00Z', end: '2026-12-03T09:45:00Z' });
    expect(clocks(await chair.free('cut'))).toContain('09:45');
  });

  test('never overlap those of another booking, whatever is offered and taken', async () => {
    const minutes = fc.constantFrom(0, 5, 15, 20, 45);
    const services = fc.array(fc.tuple(fc.constantFrom(15, 20, 30), minutes, minutes), { minLength: 1, maxLength: 3 });
    const picks = fc.array(fc.tuple(fc.nat(), fc.nat()), { minLength: 2, maxLength: 10 });
    await fc.assert(
      fc.asyncProperty(services, picks, async (drawn, wanted) => {
        const offers = drawn.map(([length, before, after], index) => offer(`s${index}`, length, before, after));
        const chair = new Chair(offers);
        const spans: { start: number; end: number }[] = [];
        for (const [which, when] of wanted) {
          const service = offers[which % offers.length];
          const slots = await chair.free(service?.id ?? null);
          const slot = slots[when % Math.max(1, slots.length)];
          if (!service || !slot) continue;
          expect(await chair.isFree(slot, service.id)).toBe(true);
          chair.book(slot, service.id);
          const start = Date.parse(slot.start) - service.bufferBeforeMinutes * MINUTE_MS;
          const end = Date.parse(slot.end) + service.bufferAfterMinutes * MINUTE_MS;
          expect(spans.filter((span) => span.start < end && span.end > start)).toEqual([]);
          spans.push({ start, end });
          expect(await chair.isFree(slot, service.id)).toBe(false);
        }
      }),
      { numRuns: 60 },
    );
  });
});
