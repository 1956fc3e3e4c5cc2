/** Booking through the API, in a calendar: what voice agents send, and what they must not get away with. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { HubUnderTest } from './support/hub-under-test.ts';

const workspaceId = 'barber';
const path = { workspaceId };
const DAY_MS = 24 * 60 * 60_000;
const OPEN = [{ from: '08:00', to: '20:00' }];
const EVERY_DAY = {
  monday: OPEN,
  tuesday: OPEN,
  wednesday: OPEN,
  thursday: OPEN,
  friday: OPEN,
  saturday: OPEN,
  sunday: OPEN,
};
const CALLER = { firstName: 'Ines', lastName: 'Rook', phone: '+442079460018' };
/** A month ahead, where the seeded calendar is nearly empty. */
const from = new Date(Math.ceil(Date.now() / DAY_MS) * DAY_MS + 25 * DAY_MS).toISOString();
const to = new Date(Date.parse(from) + 3 * DAY_MS).toISOString();

let hub: HubUnderTest;
let integrationId: string;

beforeAll(async () => {
  hub = await HubUnderTest.start({ contacts: 10 });
  hub.notePhones(CALLER.phone);
  hub.noteSecrets(CALLER.lastName);
  ({ integrationId } = await hub.connect(workspaceId, {
    type: 'google_calendar',
    config: {
      defaultCountry: 'GB',
      timeZone: 'Europe/London',
      booking: {
        openingHours: EVERY_DAY,
        services: [{ id: 'cut', name: 'Cut', durationMinutes: 45, bufferAfterMinutes: 15 }],
      },
    },
  }));
}, 180_000);

afterAll(async () => {
  await hub?.close();
});

async function slots(query: Readonly<Record<string, string>> = {}) {
  const { body } = await hub.api.call('getAvailability', { path, query: { from, to, serviceId: 'cut', ...query } });
  return body.slots;
}

async function book(slotId: string, key: string = randomUUID()) {
  const headers = { 'idempotency-key': key };
  return (await hub.api.call('bookAppointment', { path, headers, json: { slotId, customer: CALLER } })).body
    .appointment;
}

describe('what can be booked', () => {
  test('are the services of the settings, in the calendars of the account', async () => {
    const services = (await hub.api.call('listServices', { path })).body.services;
    expect(services).toEqual([
      expect.objectContaining({ id: 'cut', name: 'Cut', durationMinutes: 45, integrationId, type: 'google_calendar' }),
    ]);
    const { staff } = (await hub.api.call('listStaff', { path })).body;
    expect(staff.length).toBeGreaterThan(0);
    for (const one of staff) expect(one).toMatchObject({ bookable: true, integrationId });
    const all = (await hub.api.call('listStaff', { path, query: { all: 'true' } })).body.staff;
    expect(all.length).toBeGreaterThan(staff.length);
    expect(all).toEqual(expect.arrayContaining(staff));
  });

  test('free times carry their zone, what they are for, and words for a voice', async () => {
    const { body } = await hub.api.call('getAvailability', { path, query: { from, to, serviceId: 'cut', limit: '5' } });
    expect(body).toMatchObject({ source: 'computed', integrationId, type: 'google_calendar' });
    expect(body.slots).toHaveLength(5);
    for (const slot of body.slots) {
      expect(slot.start).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:00[+-]\d\d:\d\d$/);
      expect(Date.parse(slot.end) - Date.parse(slot.start)).toBe(45 * 60_000);
      expect(slot).toMatchObject({ timeZone: 'Europe/London', service: { id: 'cut', name: 'Cut' } });
      expect(slot.spoken).toMatch(/^\w+day, \w+ \d{1,2} at \d{1,2}:\d\d [AP]M$/);
    }
    expect(body.notes.join(' ')).toContain('the first 5 are given');
  });

  test('are given in the zone that is asked for', async () => {
    const [slot] = await slots({ timeZone: 'Asia/Kathmandu' });
    expect(slot).toMatchObject({ timeZone: 'Asia/Kathmandu', start: expect.stringMatching(/\+05:45$/) });
  });
});

describe('an appointment', () => {
  test('is booked once, read, found by its caller, moved, cancelled', async () => {
    const [first, , third] = await slots();
    const key = randomUUID();
    const booked = await book(first?.id ?? '', key);
    expect(booked).toMatchObject({ status: 'confirmed', integrationId, timeZone: 'Europe/London', busy: true });
    expect(await book(first?.id ?? '', key)).toEqual(booked);

    const { appointmentId } = booked;
    const read = await hub.api.call('getAppointment', { path: { workspaceId, appointmentId } });
    expect(read.body.appointment).toEqual(booked);
    const day = { from: booked.start, to: booked.end };
    const listed = await hub.api.call('listAppointments', { path, query: day });
    expect(listed.body.appointments.map((one) => one.appointmentId)).toContain(appointmentId);

    const headers = { 'idempotency-key': randomUUID() };
    const one = { workspaceId, appointmentId };
    const moved = await hub.api.call('moveAppointment', { path: one, headers, json: { slotId: third?.id ?? '' } });
    expect(moved.body.appointment).toMatchObject({ appointmentId, start: third?.start });
    expect((await slots()).map(({ start }) => start)).toContain(first?.start);

    for (let time = 0; time < 2; time += 1) {
      const gone = await hub.api.call('cancelAppointment', { path: one, headers, query: { reason: 'ill' } });
      expect(gone.body).toEqual({ appointmentId, integrationId, type: 'google_calendar', status: 'cancelled' });
    }
    expect((await slots()).map(({ start }) => start)).toContain(third?.start);
  });

  test('in a taken time is refused, with other times', async () => {
    const [slot] = await slots();
    await book(slot?.id ?? '');
    const headers = { 'idempotency-key': randomUUID() };
    const { body } = await hub.api.problem('bookAppointment', {
      path,
      headers,
      json: { slotId: slot?.id, customer: CALLER },
    });
    expect(body).toMatchObject({ code: 'slot_unavailable', status: 409, field: 'slotId' });
    expect(body.alternatives).toHaveLength(5);
    expect(await book(body.alternatives?.[0]?.id ?? '')).toMatchObject({ status: 'confirmed' });
  });

  test('is nobody else’s: not to be read, moved, cancelled or booked from another workspace', async () => {
    const [slot, other] = await slots();
    const { appointmentId } = await book(slot?.id ?? '');
    const elsewhere = { workspaceId: 'rival', appointmentId };
    const headers = { 'idempotency-key': randomUUID() };
    const { problem } = hub.api;
    const ask = problem.bind(hub.api);
    const answers = await Promise.all([
      ask('getAppointment', { path: elsewhere }),
      ask('moveAppointment', { path: elsewhere, headers, json: { slotId: other?.id } }),
      ask('cancelAppointment', { path: elsewhere, headers }),
      ask('bookAppointment', {
        path: { workspaceId: 'rival' },
        headers,
        json: { slotId: other?.id, customer: CALLER },
      }),
    ]);
    for (const { body } of answers) expect(body.code).toBe('not_found');
    expect(
      (await hub.api.call('listAppointments', { path: { workspaceId: 'rival' }, query: { from, to } })).body,
    ).toEqual({
      appointments: [],
      nextCursor: null,
    });
  });

  test('lists page to their end', async () => {
    const seen = new Set<string>();
    let cursor: string | null = null;
    const range = {
      from: new Date(Date.now() - 10 * DAY_MS).toISOString(),
      to: new Date(Date.now() + 10 * DAY_MS).toISOString(),
    };
    let pages = 0;
    do {
      const query: Record<string, string> = { ...range, limit: '7', ...(cursor === null ? {} : { cursor }) };
      const { body } = await hub.api.call('listAppointments', { path, query });
      for (const { appointmentId } of body.appointments) {
        expect(seen.has(appointmentId)).toBe(false);
        seen.add(appointmentId);
      }
      cursor = body.nextCursor;
      pages += 1;
    } while (cursor !== null && pages < 100);
    expect(pages).toBeGreaterThan(2);
    expect(pages).toBeLessThan(100);
  });
});

describe('bad input', () => {
  const key = { 'idempotency-key': 'k' };
  const customer = CALLER;

  test.each([
    ['from', {}],
    ['to', { from }],
    ['from', { from: '2026-12-03', to }],
    ['from', { from: '2026-12-03T09:00:00', to }],
    ['from', { from: '2026-12-03T09:00:00.1234567890Z', to }],
    ['to', { from: to, to: from }],
    ['to', { from, to: new Date(Date.parse(from) + 400 * DAY_MS).toISOString() }],
    ['to', { from: '2020-01-01T00:00:00Z', to: '2020-01-02T00:00:00Z' }],
    ['serviceId', { from, to, serviceId: '' }],
    ['timeZone', { from, to, timeZone: 'Mars/Olympus' }],
    ['limit', { from, to, limit: '0' }],
    ['integrationId', { from, to, integrationId: 'int_1' }],
    ['when', { from, to, when: 'soon' }],
  ])('of availability: %s in %j', async (field, query) => {
    const { body } = await hub.api.problem('getAvailability', { path, query });
    expect(body).toMatchObject({ code: 'validation_failed', field });
  });

  test('a service or an appointment that there is not', async () => {
    const query = { from, to, serviceId: 'perm' };
    expect((await hub.api.problem('getAvailability', { path, query })).body).toMatchObject({
      code: 'not_found',
      field: 'serviceId',
    });
    const appointmentId = 'apt_e30';
    const answer = await hub.api.problem('getAppointment', { path: { workspaceId, appointmentId } });
    expect(answer.body).toMatchObject({ code: 'not_found', field: 'appointmentId' });
  });

  test.each([
    ['slotId', { customer }],
    ['slotId', { slotId: 'slot_x', customer }],
    ['customer', { slotId: 'slot_x' }],
    ['customer.phone', { customer: { name: 'Ines', phone: '12' } }],
    ['customer.email', { customer: { name: 'Ines', email: 'nobody' } }],
    ['customer.name', { customer: { phone: '+442079460018' } }],
    ['customer.age', { customer: { ...customer, age: 7 } }],
    ['notes', { customer, notes: '' }],
  ])('of a booking: %s in %j', async (field, body) => {
    const [slot] = field.startsWith('customer.') || field === 'notes' ? await slots({ limit: '1' }) : [];
    const json = { ...(slot ? { slotId: slot.id } : {}), ...body };
    const answer = await hub.api.problem('bookAppointment', { path, headers: key, json });
    expect(answer.body).toMatchObject({ code: 'validation_failed', field });
  });

  test('a write without a key', async () => {
    const answer = await hub.api.problem('bookAppointment', { path, json: { slotId: 'slot_x', customer } });
    expect(answer.body).toMatchObject({ code: 'validation_failed', field: 'Idempotency-Key' });
  });

  test('a workspace that has nothing to book', async () => {
    const answer = await hub.api.problem('getAvailability', { path: { workspaceId: 'empty' }, query: { from, to } });
    expect(answer.body.code).toBe('integration_not_connected');
  });
});
