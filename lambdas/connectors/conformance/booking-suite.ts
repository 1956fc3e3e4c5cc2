import { beforeEach, describe, expect, test } from '@jest/globals';
import { appointmentSchema } from '../../core/model/appointment.ts';
import type { SourceRecord } from '../../core/model/mirror-record.ts';
import { utcIso } from '../../core/time/zoned-time.ts';
import type { AppointmentChange, IntegrationConnector } from '../connector.ts';
import type { BookingFixtures, ConformanceFixtures, Reply, Script } from './fixtures.ts';
import { ProviderWorld } from './provider-world.ts';

export function describeBooking(create: () => IntegrationConnector, all: ConformanceFixtures): void {
  const { booking } = all;
  if (booking) describe('booking', () => describeWith(create, all, booking));
}

function describeWith(create: () => IntegrationConnector, all: ConformanceFixtures, fixtures: BookingFixtures): void {
  const { query, booking, move, cancel } = fixtures;
  const { manifest } = create();
  let world: ProviderWorld;
  const ask = async () => world.connector.getAvailability?.(await world.session(), query);
  const book = async () => world.connector.createAppointment?.(await world.session('live_write'), booking);
  const writes = () => world.exchanges.filter(({ method }) => method !== 'GET');
  const when = (condition: unknown) => (condition ? test : test.skip);

  beforeEach(() => {
    world = new ProviderWorld(create(), all);
  });

  describe('what is free', () => {
    test('is what the provider says', async () => {
      world.api = fixtures.free;
      const answer = await ask();
      expect(answer?.kind).toBe(manifest.booking?.availability === 'provider' ? 'slots' : 'busy');
      expect(answer ? instantsOf(answer) : null).toEqual(fixtures.expected);
      for (const { url } of world.exchanges) expect(url.protocol).toBe('https:');
    });

    test('may be nothing, or all', async () => {
      world.api = fixtures.none;
      const answer = await ask();
      expect(answer ? instantsOf(answer) : null).toEqual([]);
    });

    when(fixtures.unreadable)('does not come from a calendar that could not be read', async () => {
      world.api = fixtures.none;
      const whole = await ask();
      world.api = fixtures.unreadable ?? fixtures.none;
      const partly = await ask();
      if (whole?.kind !== 'busy' || partly?.kind !== 'busy') throw new Error('calendars answer with what is taken');
      expect(partly.calendars.length).toBeLessThan(whole.calendars.length);
      expect(partly.notes.length).toBeGreaterThan(whole.notes.length);
    });

    test.each([500, 403, 429, 404])('is not known when the provider answers %d', async (status) => {
      world.api = () => ({ status, body: {} });
      const answer = await ask().catch((error: unknown) => error);
      if (answer instanceof Error) expect(answer).toMatchObject({ name: 'HubError' });
      // A calendar that is not there is left out, with a note; it is never free.
      else expect(answer).toMatchObject({ calendars: [], notes: [expect.any(String)] });
    });
  });

  describe('an appointment', () => {
    test('is booked once, and answered as the mirror will have it', async () => {
      world.api = fixtures.booked;
      const record = await book();
      expect(record).toMatchObject({ resource: 'appointments', id: fixtures.bookedId });
      requireSound(record);
      expect(record?.data.busy).toBe(true);
      expect(utcIso(record?.data.start ?? '')).toBe(utcIso(booking.slot.start));
    });

    when(fixtures.taken)('is not booked where somebody else is', async () => {
      world.api = fixtures.taken ?? fixtures.booked;
      await expect(book()).rejects.toMatchObject({ code: 'slot_unavailable', outcomeUnknown: false });
    });

    test.each([500, 502])('is not asked for twice when the outcome is open: %d', async (status) => {
      world.api = (exchange) => (exchange.method === 'GET' ? fixtures.booked(exchange) : { status, body: {} });
      await expect(book()).rejects.toMatchObject({ outcomeUnknown: true });
      const booked = writes().map(({ method, url, body }) => JSON.stringify([method, url.href, body]));
      expect(booked).toHaveLength(new Set(booked).size);
    });

    when(manifest.booking?.repeatable)('whose answer was lost is found again by its key', async () => {
      world.api = fixtures.booked;
      await book();
      const first = writes().map(({ url, body }) => [url.href, body]);
      world.exchanges.length = 0;
      world.api = fixtures.repeated ?? fixtures.booked;
      expect(await book()).toMatchObject({ id: fixtures.bookedId });
      expect(writes()[0] && [writes()[0]?.url.href, writes()[0]?.body]).toEqual(first[0]);
    });

    if (create().findBooked) {
      describe('whose answer was lost', () => {
        const find = async (endedBy: number) => {
          const attempt = { startedAt: world.now - 300_000, endedBy };
          return world.connector.findBooked?.(await world.session(), booking, attempt);
        };
        /** An attempt that ended so long ago that the provider would show what it has made. */
        const settled = () => world.now - manifest.searchLagMs;
        const nothing: Script = (exchange) => fixtures.nothingToRecover?.(exchange);

        test('is looked for before it is booked again', async () => {
          world.api = fixtures.recovered ?? nothing;
          expect(await find(settled())).toMatchObject({ id: fixtures.bookedId });
          world.api = nothing;
          expect(await find(settled())).toBeNull();
          expect(writes().every(({ url }) => /search|query/i.test(url.href))).toBe(true);
          world.api = () => ({ status: 503, body: {} });
          await expect(find(settled())).rejects.toMatchObject({ name: 'HubError' });
        });

        when(manifest.searchLagMs)('is not taken for unbooked before it could have shown', async () => {
          world.api = fixtures.recovered ?? nothing;
          expect(await find(world.now)).toMatchObject({ id: fixtures.bookedId });
          world.api = nothing;
          for (const sinceMs of [0, manifest.searchLagMs - 1]) {
            await expect(find(world.now - sinceMs)).rejects.toMatchObject({
              code: 'provider_unavailable',
              retryAfterSeconds: Math.ceil((manifest.searchLagMs - sinceMs) / 1000),
            });
          }
        });

        test('is not taken for unbooked when what was found can not be read', async () => {
          world.api = (exchange) => withoutTimes(fixtures.recovered?.(exchange));
          await expect(find(settled())).rejects.toThrow();
        });
      });
    }
  });

  if (move) {
    describe('moving an appointment', () => {
      const change = async () =>
        world.connector.rescheduleAppointment?.(await world.session('live_write'), move.request);

      test('answers with it at the new time', async () => {
        world.api = move.moved;
        const changed = await change();
        requireSoundChange(changed);
        expect(changed?.record?.id).toBe(move.movedId);
        expect(utcIso(changed?.record?.data.start ?? '')).toBe(utcIso(move.request.slot.start));
      });

      when(move.taken)('leaves it where it is when the new time is taken', async () => {
        world.api = move.taken ?? move.moved;
        await expect(change()).rejects.toMatchObject({ code: 'slot_unavailable' });
      });
    });
  }

  if (cancel) {
    describe('cancelling an appointment', () => {
      const end = async () => world.connector.cancelAppointment?.(await world.session('live_write'), cancel.request);

      test.each(['cancelled', 'again'] as const)('ends it: %s', async (situation) => {
        world.api = cancel[situation];
        const changed = await end();
        requireSoundChange(changed);
        if (changed?.record) expect(changed.record.data).toMatchObject({ status: 'cancelled', busy: false });
        else expect(changed?.deletedIds).toContain(cancel.request.appointment.id);
      });

      test('is not done when the provider does not answer', async () => {
        world.api = () => ({ status: 503, body: {} });
        await expect(end()).rejects.toMatchObject({ code: 'provider_unavailable' });
      });
    });
  }
}

type Availability = Awaited<ReturnType<NonNullable<IntegrationConnector['getAvailability']>>>;

function instantsOf(answer: Availability): string[] {
  if (answer.kind === 'slots') return answer.slots.map(({ start }) => utcIso(start));
  return answer.calendars.flatMap(({ busy }) => busy.map(({ start, end }) => `${utcIso(start)}/${utcIso(end)}`));
}

/** The same answer, in which no time can be read. */
function withoutTimes(reply: Reply | undefined): Reply | undefined {
  if (!reply) return reply;
  const body = JSON.stringify(reply.body).replace(/"\d{4}-\d\d-\d\dT\d\d:[^"]*"/g, '"soon"');
  return { ...reply, body: JSON.parse(body) };
}

function requireSound(record: SourceRecord | null | undefined): void {
  expect(record).not.toBeNull();
  expect(appointmentSchema.parse(record?.data)).toEqual(record?.data);
}

function requireSoundChange(change: AppointmentChange | undefined): void {
  for (const record of [change?.record, ...(change?.others ?? [])]) if (record) requireSound(record);
}
