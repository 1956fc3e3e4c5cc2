/** A time is booked once, whatever happens: many callers at once, answers that get lost, processes that die. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type DynaliteTable, silentLogger, startDynalite } from '../../lambdas/aws/dynalite-table.ts';
import { DynamoBookingLocks } from '../../lambdas/aws/dynamo-booking-locks.ts';
import { DynamoCredentialStore } from '../../lambdas/aws/dynamo-credential-store.ts';
import { DynamoIdempotencyStore } from '../../lambdas/aws/dynamo-idempotency-store.ts';
import { DynamoIntegrationStore } from '../../lambdas/aws/dynamo-integration-store.ts';
import { DynamoMirrorStore } from '../../lambdas/aws/dynamo-mirror-store.ts';
import { DynamoSyncStateStore } from '../../lambdas/aws/dynamo-sync-state-store.ts';
import { type BookRequest, bookAppointment } from '../../lambdas/core/booking/book-appointment.ts';
import { cancelAppointment } from '../../lambdas/core/booking/cancel-appointment.ts';
import {
  type AvailabilityRequest,
  findAvailability,
  type OfferedSlot,
} from '../../lambdas/core/booking/find-availability.ts';
import { getAppointment, listAppointments } from '../../lambdas/core/booking/list-appointments.ts';
import { moveAppointment } from '../../lambdas/core/booking/move-appointment.ts';
import { appointmentIdOf, readSlotId, slotIdOf } from '../../lambdas/core/booking/slot-id.ts';
import type { HubError } from '../../lambdas/core/errors.ts';
import { ConnectorSessions } from '../../lambdas/core/integrations/connector-sessions.ts';
import { integrationConfigSchema } from '../../lambdas/core/model/integration.ts';
import type { SourceRecord } from '../../lambdas/core/model/mirror-record.ts';
import type { StaffMember } from '../../lambdas/core/model/staff-member.ts';
import { applyPage } from '../../lambdas/core/sync/mirror-writer.ts';
import { CountingMetrics, connectedIntegration, endlessBudget, glassVault, ShiftedClock } from './support/doubles.ts';
import { hubProcess } from './support/hub-process.ts';
import { ModelBookings } from './support/model-bookings.ts';
import { MortalLife } from './support/mortal-life.ts';
import { mortalObject, mortalTable } from './support/mortal-ports.ts';

/** After this an attempt without an answer counts as dead, and so does whoever holds a calendar. */
const ALL_IS_OVER_MS = 31_000;
const DAY_MS = 24 * 60 * 60_000;
const everyDay = (from: string, to: string) => {
  const open = [{ from, to }];
  return {
    monday: open,
    tuesday: open,
    wednesday: open,
    thursday: open,
    friday: open,
    saturday: open,
    sunday: open,
  };
};
const COLOUR = { id: 'colour', name: 'Colour', durationMinutes: 90, bufferAfterMinutes: 30 };
const KINDS = ['calendar', 'salon'] as const;

let local: DynaliteTable;
let worlds = 0;

beforeAll(async () => {
  local = await startDynalite();
});
afterAll(() => local.close());

async function newWorld(kind: (typeof KINDS)[number], booking: object = {}, provider = new ModelBookings(kind)) {
  worlds += 1;
  const scope = { workspaceId: `salon${worlds}`, integrationId: `int_${String(worlds).padStart(32, '0')}` };
  const { workspaceId } = scope;
  const clock = new ShiftedClock();
  await new DynamoIntegrationStore(local.table).create(
    connectedIntegration(scope, {
      type: kind === 'calendar' ? 'google_calendar' : 'square',
      account: { id: `account ${worlds}`, name: null, attributes: {} },
      config: integrationConfigSchema.parse({
        timeZone: 'Europe/London',
        defaultCountry: 'GB',
        booking: { openingHours: everyDay('00:00', '24:00'), services: [COLOUR], ...booking },
      }),
    }),
  );
  const portsOf = (life: MortalLife) => {
    const table = mortalTable(local.table, life);
    const integrations = new DynamoIntegrationStore(table);
    const shared = { clock, logger: silentLogger, metrics: new CountingMetrics(), fetch };
    const { oauth } = hubProcess({
      ...shared,
      integrations,
      credentials: new DynamoCredentialStore(table),
      vault: glassVault,
    });
    const connector = mortalObject(provider.connector(), life);
    const sessions = new ConnectorSessions({
      ...shared,
      oauth,
      manifests: () => connector.manifest,
      connectors: async () => connector,
      apps: { get: async () => ({ clientId: '', clientSecret: '', webhookKey: null, extra: {} }) },
      budget: endlessBudget,
    });
    return {
      ...shared,
      integrations,
      sessions,
      mirror: new DynamoMirrorStore(table, clock, silentLogger),
      states: new DynamoSyncStateStore(table),
      idempotency: new DynamoIdempotencyStore(table),
      bookingLocks: new DynamoBookingLocks(table),
    };
  };
  const ports = portsOf(new MortalLife(null));
  const tomorrow = Math.floor(Date.now() / DAY_MS) * DAY_MS + DAY_MS;
  return {
    scope,
    provider,
    ports,
    pass: (ms: number) => clock.advance(ms),
    /** As a sync leaves it: the first chair, which is the main one, in a zone of its own. */
    knowStaff: (timeZone: string) =>
      applyPage(
        ports,
        scope,
        'staff',
        { records: [staffRecord('chair-1', timeZone)], deletedIds: [] },
        () => undefined,
      ),
    /** Tomorrow's free times of a chair, from 10:00 UTC on. */
    slots: async (staffId: string | null = 'chair-1', change: Partial<AvailabilityRequest> = {}) => {
      const { slots } = await findAvailability(ports, {
        workspaceId,
        staffId,
        integrationId: null,
        serviceId: null,
        appointmentId: null,
        timeZone: null,
        limit: 200,
        from: new Date(tomorrow + 10 * 60 * 60_000).toISOString(),
        to: new Date(tomorrow + 14 * 60 * 60_000).toISOString(),
        deadlineMs: 5_000,
        ...change,
      });
      return slots;
    },
    book(slotId: string, change: Partial<BookRequest> = {}, life = new MortalLife(null)) {
      return bookAppointment(portsOf(life), {
        workspaceId,
        slotId,
        idempotencyKey: 'call-1',
        notes: null,
        deadlineMs: 10_000,
        customer: { firstName: 'Ada', lastName: null, name: null, email: null, phone: '020 7946 0018' },
        ...change,
      });
    },
    move(appointmentId: string, slotId: string, idempotencyKey = 'move-1', life = new MortalLife(null)) {
      return moveAppointment(portsOf(life), { workspaceId, appointmentId, slotId, idempotencyKey, deadlineMs: 10_000 });
    },
    cancel(appointmentId: string, idempotencyKey = 'cancel-1', life = new MortalLife(null)) {
      return cancelAppointment(portsOf(life), {
        workspaceId,
        appointmentId,
        idempotencyKey,
        reason: null,
        deadlineMs: 10_000,
      });
    },
  };
}

function staffRecord(id: string, timeZone: string): SourceRecord<StaffMember> {
  const data = { id, name: id, email: null, timeZone, bookable: true, isMain: true, createdAt: null, updatedAt: null };
  return { resource: 'staff', id, data, source: {}, updatedAt: null };
}

type World = Awaited<ReturnType<typeof newWorld>>;

function inDays(days: number) {
  const from = Date.now() + days * DAY_MS;
  return { from: new Date(from).toISOString(), to: new Date(from + DAY_MS / 4).toISOString() };
}

async function someSlots(world: World): Promise<[string, string, string]> {
  const [first, second, third] = (await world.slots()).map(({ id }) => id);
  if (!first || !second || !third) throw new Error('the model has no free times');
  return [first, second, third];
}

describe.each(KINDS)('%s', (kind) => {
  test('of 12 callers who want one time at once, one gets it; the others hear what else is free', async () => {
    const world = await newWorld(kind);
    const [slot] = await someSlots(world);
    const calls = Array.from({ length: 12 }, (_, index) =>
      world.book(slot, { idempotencyKey: `call-${index}` }).catch((error: unknown) => error),
    );
    const answers = await Promise.all(calls);
    const refused = answers.filter((answer) => answer instanceof Error);
    expect(world.provider.live()).toHaveLength(1);
    expect(refused).toHaveLength(11);
    for (const error of refused) {
      expect(error).toMatchObject({ code: 'slot_unavailable', field: 'slotId' });
      expect(error).toHaveProperty('extensions.alternatives.length', 5);
      expect(error).not.toHaveProperty('extensions.alternatives.0.id', slot);
    }
  });

  test('one call that comes five times at once books once and gets one answer', async () => {
    const world = await newWorld(kind);
    const [slot] = await someSlots(world);
    world.provider.mishaps.push('slow');
    const answers = await Promise.all(Array.from({ length: 5 }, () => world.book(slot)));
    expect(world.provider.live()).toHaveLength(1);
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    await expect(world.book(slot, { notes: 'another wish' })).rejects.toMatchObject({ code: 'idempotency_conflict' });
  });

  test('a key that has been forgotten books anew, and does not answer with the appointment of long ago', async () => {
    const world = await newWorld(kind);
    const [first, second] = await world.slots('chair-1', inDays(4));
    const old = await world.book(first?.id ?? '');
    world.pass(DAY_MS + 1_000);
    const { appointmentId, start } = await world.book(second?.id ?? '');
    expect(appointmentId).not.toBe(old.appointmentId);
    expect(Date.parse(start)).toBe(Date.parse(second?.start ?? ''));
  });

  test('a time that somebody takes between look and book is not booked', async () => {
    const world = await newWorld(kind);
    const [slot, next] = await world.slots();
    world.provider.take(slot?.start ?? '');
    const error = await world.book(slot?.id ?? '').catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'slot_unavailable', extensions: { alternatives: expect.any(Array) } });
    expect(world.provider.live()).toHaveLength(1);
    // The key is free again, for another time.
    expect(await world.book(next?.id ?? '')).toMatchObject({ status: 'confirmed', start: expect.any(String) });
  });

  test.each(['lost_answer', 'never_arrived'] as const)('%s: the same call again books once', async (mishap) => {
    const world = await newWorld(kind);
    const [slot] = await someSlots(world);
    world.provider.mishaps.push(mishap);
    await expect(world.book(slot)).rejects.toMatchObject({ outcomeUnknown: true });
    const answer = await world.book(slot);
    expect(await world.book(slot)).toEqual(answer);
    expect(world.provider.live()).toHaveLength(1);
  });

  test('a time whose booking may yet appear is offered to nobody else meanwhile', async () => {
    const world = await newWorld(kind);
    const [slot] = await someSlots(world);
    world.provider.mishaps.push('lost_answer');
    await expect(world.book(slot)).rejects.toMatchObject({ outcomeUnknown: true });
    const other = await world.book(slot, { idempotencyKey: 'other', deadlineMs: 500 }).catch((error: unknown) => error);
    expect(other).toBeInstanceOf(Error);
    expect(world.provider.live()).toHaveLength(1);
  });

  test('a booking that appears late is found by the same call, and is not mistaken for somebody else’s', async () => {
    const world = await newWorld(kind);
    const [slot] = await someSlots(world);
    world.provider.mishaps.push('late');
    await expect(world.book(slot)).rejects.toMatchObject({ outcomeUnknown: true });
    expect(await world.book(slot)).toMatchObject({ status: 'confirmed' });
    expect(world.provider.live()).toHaveLength(1);
  });

  test('a process that dies at any point of a booking leaves one appointment in the end', async () => {
    const measured = new MortalLife(null);
    const first = await newWorld(kind);
    await first.book((await someSlots(first))[0], {}, measured);
    for (const landed of [false, true]) {
      for (let at = 1; at <= measured.deeds; at += 1) {
        const world = await newWorld(kind);
        const [slot] = await someSlots(world);
        const life = new MortalLife({ at, landed });
        world.book(slot, {}, life).catch(() => undefined);
        await life.died;
        world.pass(ALL_IS_OVER_MS);
        const { appointmentId } = await world.book(slot);
        expect([at, landed, world.provider.live().length]).toEqual([at, landed, 1]);
        expect(await getAppointment(world.ports, world.scope.workspaceId, appointmentId)).toMatchObject({
          status: 'confirmed',
        });
      }
    }
  });

  test('an appointment is moved and cancelled, also when the answers get lost', async () => {
    const world = await newWorld(kind);
    const [slot, second, third] = await someSlots(world);
    const { appointmentId } = await world.book(slot);
    world.provider.mishaps.push('lost_answer');
    await expect(world.move(appointmentId, second)).rejects.toMatchObject({ outcomeUnknown: true });
    const moved = await world.move(appointmentId, second);
    expect(await world.move(appointmentId, second)).toEqual(moved);
    expect(await world.move(moved.appointmentId, third, 'move-2')).toMatchObject({ status: 'confirmed' });
    expect(world.provider.live()).toHaveLength(1);

    world.provider.mishaps.push('lost_answer');
    await expect(world.cancel(moved.appointmentId)).rejects.toMatchObject({ outcomeUnknown: true });
    const cancelled = await world.cancel(moved.appointmentId);
    expect(cancelled).toMatchObject({ status: 'cancelled' });
    expect(await world.cancel(moved.appointmentId)).toEqual(cancelled);
    expect(await world.cancel(moved.appointmentId, 'cancel-2')).toEqual(cancelled);
    expect(world.provider.live()).toHaveLength(0);
    // The time is free again.
    expect((await world.slots()).map(({ id }) => id)).toContain(third);
  });

  test('is not cancelled when there is none', async () => {
    const world = await newWorld(kind);
    const nothing = appointmentIdOf(world.scope.integrationId, 'event 9');
    for (const key of ['cancel-1', 'cancel-1', 'cancel-2']) {
      await expect(world.cancel(nothing, key)).rejects.toMatchObject({ code: 'not_found', field: 'appointmentId' });
    }
  });

  test('of a service that is no longer offered is not to be had any more', async () => {
    const world = await newWorld(kind);
    const [slot] = await someSlots(world);
    const { appointmentId } = await world.book(slot);
    const { integrationId, slot: own } = readSlotId(slot);
    const withdrawn = slotIdOf(integrationId, { ...own, serviceId: 'perm' });
    const refused = { code: 'slot_unavailable', field: 'slotId' };
    await expect(world.book(withdrawn, { idempotencyKey: 'other' })).rejects.toMatchObject(refused);
    await expect(world.move(appointmentId, withdrawn)).rejects.toMatchObject(refused);
  });

  test('is booked in its own zone, whatever zone the slot id has been given', async () => {
    const world = await newWorld(kind);
    const { integrationId, slot } = readSlotId((await someSlots(world))[0]);
    const changed = slotIdOf(integrationId, { ...slot, timeZone: 'Asia/Tokyo' });
    if (kind === 'calendar') expect(await world.book(changed)).toMatchObject({ timeZone: 'Europe/London' });
    const unknown = slotIdOf(integrationId, { ...slot, timeZone: 'Mars/Olympus' });
    await expect(world.book(unknown)).rejects.toMatchObject({ code: 'validation_failed', field: 'slotId' });
  });

  test('is not moved to a taken time', async () => {
    const world = await newWorld(kind);
    const [slot, second] = await world.slots();
    const { appointmentId, start } = await world.book(slot?.id ?? '');
    world.provider.take(second?.start ?? '');
    await expect(world.move(appointmentId, second?.id ?? '')).rejects.toMatchObject({ code: 'slot_unavailable' });
    expect(world.provider.live().map((event) => Date.parse(event.start))).toContain(Date.parse(start));
  });

  test('is listed by day, by nobody else, and not from another workspace', async () => {
    const world = await newWorld(kind);
    const [slot] = await someSlots(world);
    const booked = await world.book(slot);
    const all = { integrationId: null, phone: null, email: null, staffId: null, status: null, limit: 10, cursor: null };
    const day = {
      from: new Date(Date.parse(booked.start) - DAY_MS).toISOString(),
      to: new Date(Date.parse(booked.end) + 1).toISOString(),
    };
    const list = (workspaceId: string) => listAppointments(world.ports, { workspaceId, ...all, ...day });
    expect(await list(world.scope.workspaceId)).toEqual({ appointments: [booked], nextCursor: null });
    expect(await list('somebody-else')).toEqual({ appointments: [], nextCursor: null });
    await expect(getAppointment(world.ports, 'somebody-else', booked.appointmentId)).rejects.toMatchObject({
      code: 'not_found',
    });
  });

  test('a slot that was made up is not booked', async () => {
    const world = await newWorld(kind);
    const [slot] = await someSlots(world);
    const { integrationId, slot: own } = readSlotId(slot);
    const at = (ms: number) => new Date(Date.parse(own.start) + ms).toISOString();
    const unoffered = slotIdOf(integrationId, { ...own, start: at(7 * 60_000), end: at(22 * 60_000) });
    const nobodys = slotIdOf(integrationId, { ...own, staffId: null });
    if (kind === 'calendar') {
      await expect(world.book(unoffered)).rejects.toMatchObject({ code: 'slot_unavailable' });
      await expect(world.book(nobodys)).rejects.toMatchObject({ code: 'validation_failed', field: 'slotId' });
      expect(world.provider.live()).toEqual([]);
    }
    const foreign = slotIdOf(`int_${'f'.repeat(32)}`, own);
    await expect(world.book(foreign)).rejects.toMatchObject({ code: 'not_found', field: 'slotId' });
    const past = slotIdOf(integrationId, { ...own, start: at(-90 * DAY_MS), end: at(-89 * DAY_MS) });
    await expect(world.book(past)).rejects.toMatchObject({ code: 'slot_unavailable' });
    expect(world.provider.live()).toEqual([]);
  });

  test('a calendar that cannot be read is offered to nobody', async () => {
    const world = await newWorld(kind);
    world.provider.broken.add('chair-1');
    expect(await world.slots('chair-1')).toEqual([]);
    expect(new Set((await world.slots(null)).map(({ staff }) => staff?.id))).toEqual(new Set(['chair-2']));
  });
});

test('a calendar that cannot be read is no reason to say that the time is taken', async () => {
  const world = await newWorld('calendar');
  const [slot] = await someSlots(world);
  world.provider.broken.add('chair-1');
  await expect(world.book(slot)).rejects.toMatchObject({ code: 'provider_unavailable', outcomeUnknown: false });
  world.provider.broken.clear();
  expect(await world.book(slot)).toMatchObject({ status: 'confirmed' });
});

test('a calendar that two workspaces book has one lock', async () => {
  const world = await newWorld('calendar');
  const other = await newWorld('calendar', {}, world.provider);
  await Promise.all([world.knowStaff('Europe/London'), other.knowStaff('Europe/London')]);
  const slots = [(await someSlots(world))[0], (await someSlots(other))[0]];
  world.provider.mishaps.push('slow', 'slow');
  const answers = await Promise.allSettled([world.book(slots[0] ?? ''), other.book(slots[1] ?? '')]);
  expect(answers.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  expect(world.provider.live()).toHaveLength(1);
});

test('a calendar’s own opening hours are read in its own zone, also when it is booked', async () => {
  const world = await newWorld('calendar', { openingHours: undefined });
  world.provider.hours = everyDay('06:00', '09:00');
  await world.knowStaff('America/New_York');
  const slots = await world.slots();
  expect(slots.length).toBeGreaterThan(3);
  expect(await world.book(slots.at(-1)?.id ?? '')).toMatchObject({ status: 'confirmed' });
});

test('who thinks a few minutes about the last time before the notice begins is not late; who waits longer is', async () => {
  const world = await newWorld('calendar', { noticeMinutes: 60 });
  const [slot, , third] = await world.slots();
  const before = (start = '') => Date.parse(start) - 60 * 60_000 - Date.now();
  world.pass(before(slot?.start) + 14 * 60_000);
  expect(await world.book(slot?.id ?? '')).toMatchObject({ status: 'confirmed' });
  world.pass(62 * 60_000);
  await expect(world.book(third?.id ?? '', { idempotencyKey: 'late' })).rejects.toMatchObject({
    code: 'slot_unavailable',
  });
});

test('a calendar stays locked while a lost booking may still appear in it, also when the repetition fails', async () => {
  const world = await newWorld('calendar');
  const [slot] = await someSlots(world);
  world.provider.mishaps.push('late');
  await expect(world.book(slot)).rejects.toMatchObject({ outcomeUnknown: true });
  world.provider.outages = 1;
  await expect(world.book(slot)).rejects.toMatchObject({ code: 'provider_unavailable', outcomeUnknown: false });
  await expect(world.book(slot, { idempotencyKey: 'other', deadlineMs: 500 })).rejects.toMatchObject({
    code: 'deadline_exceeded',
  });
  expect(await world.book(slot)).toMatchObject({ status: 'confirmed' });
  expect(world.provider.live()).toHaveLength(1);
});

describe('moving an appointment in a calendar', () => {
  const minutesOf = ({ start, end }: { start: string; end: string }) => (Date.parse(end) - Date.parse(start)) / 60_000;

  async function colourIn(world: World, knowsServices: boolean) {
    world.provider.knowsServices = knowsServices;
    const [slot] = await world.slots('chair-1', { serviceId: 'colour' });
    return world.book(slot?.id ?? '');
  }

  test.each([
    ['the calendar keeps of its service', true, { id: 'colour', name: 'Colour' }],
    ['is left of a service that the calendar does not keep', false, null],
  ])('keeps its length: what %s', async (_, knowsServices, service) => {
    const world = await newWorld('calendar');
    const { appointmentId } = await colourIn(world, knowsServices);
    const offered = await world.slots('chair-1', { appointmentId });
    expect(new Set(offered.map(minutesOf))).toEqual(new Set([90]));
    expect(offered[1]).toMatchObject({ service });
    expect(minutesOf(await world.move(appointmentId, offered[1]?.id ?? ''))).toBe(90);
  });

  test('keeps the length that it has by now, unless another service is asked for', async () => {
    const world = await newWorld('calendar', { services: [COLOUR, { id: 'cut', name: 'Cut', durationMinutes: 45 }] });
    const { appointmentId } = await colourIn(world, true);
    const [, cut] = await world.slots('chair-1', { appointmentId, serviceId: 'cut' });
    expect(minutesOf(await world.move(appointmentId, cut?.id ?? ''))).toBe(45);
    const [, , later] = await world.slots('chair-1', { appointmentId });
    expect(minutesOf(await world.move(appointmentId, later?.id ?? '', 'move-2'))).toBe(45);
  });

  test('is refused a time that was asked for without it, and so is too short', async () => {
    const world = await newWorld('calendar');
    const { appointmentId } = await colourIn(world, false);
    const short = (await world.slots()).at(-1);
    const error = await world.move(appointmentId, short?.id ?? '').catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'slot_unavailable', extensions: { alternatives: expect.any(Array) } });
    const { alternatives } = (error as HubError).extensions as { alternatives: OfferedSlot[] };
    expect(new Set(alternatives.map(minutesOf))).toEqual(new Set([90]));
  });
});
