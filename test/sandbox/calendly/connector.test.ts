import { describe, expect, test } from '@jest/globals';
import type { NewAppointment, PullPage } from '../../../lambdas/connectors/connector.ts';
import { appointmentSchema } from '../../../lambdas/core/model/appointment.ts';
import type { Slot } from '../../../lambdas/core/model/availability.ts';
import type { Json, SourceRecord } from '../../../lambdas/core/model/mirror-record.ts';
import { type Service, serviceSchema } from '../../../lambdas/core/model/service.ts';
import { recordsOf } from '../mechanics/connected-account.ts';
import { ConnectedCalendly } from './connected.ts';
import { idOf } from './records.ts';
import type { CalendlyPatch } from './settings.ts';

const DAY = 24 * 60 * 60_000;
const KEY = 'a'.repeat(32);
const ADA = {
  contactId: null,
  firstName: 'Ada',
  lastName: 'Nightingale',
  name: 'Ada Nightingale',
  email: 'ada@new.example',
  phone: '+447500900500',
};
const BOTH = [true, false] as const;

type Options = CalendlyPatch & { contacts?: number; user?: 0 | 1 };
const connected = (options: Options = {}) => new ConnectedCalendly(options).identify();
const idsOf = (rows: readonly { uri: string }[]) => rows.map(({ uri }) => idOf(uri)).sort();
const sortedIds = (records: readonly SourceRecord[]) => records.map(({ id }) => id).sort();

async function serviceNamed(calendly: ConnectedCalendly, name: string): Promise<SourceRecord<Service>> {
  const record = recordsOf(await calendly.pull('services')).find(({ data }) => 'name' in data && data.name === name);
  if (!record) throw new Error(`no service ${name}`);
  return { ...record, data: serviceSchema.parse(record.data) };
}

async function freeSlots(calendly: ConnectedCalendly, service: SourceRecord<Service>): Promise<readonly Slot[]> {
  const from = new Date(calendly.clock.now() + 2 * DAY).toISOString();
  const to = new Date(calendly.clock.now() + 9 * DAY).toISOString();
  const query = { from, to, timeZone: 'Europe/London', service, staffId: null, staff: [], moving: null };
  const answer = await calendly.connector.getAvailability?.(calendly.session(), query);
  return answer?.kind === 'slots' ? answer.slots : [];
}

async function bookingOf(calendly: ConnectedCalendly, name = 'Haircut', nth = 3): Promise<NewAppointment> {
  const service = await serviceNamed(calendly, name);
  const slot = (await freeSlots(calendly, service))[nth];
  if (!slot) throw new Error('nothing is free');
  return { slot, service, customer: ADA, notes: 'First visit', title: 'Haircut, Ada', idempotencyKey: KEY };
}

const book = async (calendly: ConnectedCalendly, booking: NewAppointment) => {
  const record = await calendly.connector.createAppointment?.(calendly.session('live_write'), booking);
  if (!record) throw new Error('nothing was booked');
  return record;
};
const liveOf = (calendly: ConnectedCalendly, email = ADA.email) =>
  calendly
    .truth('appointments')
    .filter(({ status, invitees }) => status === 'active' && invitees.some((invitee) => invitee.email === email));

describe('a sync', () => {
  test('has all that the owner sees, in pages', async () => {
    const calendly = await connected({ contacts: 230 });
    for (const resource of ['contacts', 'services', 'appointments'] as const) {
      const pages = await calendly.pull(resource);
      expect(sortedIds(recordsOf(pages))).toEqual(idsOf(calendly.truth(resource)));
      expect(pages.flatMap(({ rejected }) => rejected)).toEqual([]);
    }
    expect(calendly.calls.filter((call) => call.startsWith('GET /contacts')).length).toBe(3);
  });

  test('has what a plain member sees, who may not ask for more', async () => {
    const calendly = await connected({ user: 1 });
    const appointments = recordsOf(await calendly.pull('appointments'));
    expect(sortedIds(appointments)).toEqual(idsOf(calendly.truth('appointments')));
    expect(appointments.length).toBeGreaterThan(0);
    for (const { data } of appointments) {
      expect(appointmentSchema.parse(data).staff.some(({ name }) => name === 'Theo Okafor')).toBe(true);
    }
    const bookable = recordsOf(await calendly.pull('services')).filter(
      ({ data }) => serviceSchema.parse(data).bookable,
    );
    expect(bookable.map(({ data }) => serviceSchema.parse(data).name)).toEqual(['Haircut with Theo']);
  });

  test('of an owner who becomes a plain member goes on with their own', async () => {
    const calendly = await connected();
    const all = recordsOf(await calendly.pull('appointments')).length;
    const [owner] = calendly.truth('services').map(({ profile }) => profile.owner);
    calendly.edit('setRole', { user: idOf(owner), role: 'user' });
    expect(recordsOf(await calendly.pull('appointments')).length).toBeLessThan(all);
  });

  test('finds every event though each page token is dead at once', async () => {
    const calendly = await connected({ pageTokenMs: 0 });
    const truth = idsOf(calendly.truth('appointments'));
    calendly.clock.advance(1);
    // Every list call moves the clock, so that no token lives to be used.
    const original = calendly.clock.now.bind(calendly.clock);
    let tick = 0;
    calendly.clock.now = () => {
      tick += 1;
      return original() + tick;
    };
    expect([...new Set(sortedIds(recordsOf(await calendly.pull('appointments'))))]).toEqual(truth);
  });

  test.each(BOTH)('sees a no-show of today, whether or not that touches the event: %p', async (noShowTouchesEvent) => {
    const calendly = await connected({ noShowTouchesEvent });
    const today = calendly.truth('appointments').find(({ status, start_time }) => {
      const age = calendly.clock.now() - Date.parse(start_time);
      return status === 'active' && age > 0 && age < DAY;
    });
    const id = idOf(today?.uri);
    const since = new Date(calendly.clock.now()).toISOString();
    calendly.clock.advance(60_000);
    calendly.edit('markNoShow', { id });
    const changed = recordsOf(await calendly.pull('appointments', { mode: 'incremental', since }));
    expect(changed.find((record) => record.id === id)?.data).toMatchObject({ status: 'no_show' });
  });

  test('sees what a customer does by the links: another time, and leaving a group', async () => {
    const calendly = await connected();
    const since = new Date(calendly.clock.now()).toISOString();
    calendly.clock.advance(60_000);
    const ahead = calendly
      .truth('appointments')
      .filter(({ status, start_time }) => status === 'active' && Date.parse(start_time) > calendly.clock.now() + DAY);
    const old = idOf(ahead.find(({ name }) => name === 'Haircut')?.uri);
    const { id: moved } = calendly.edit('reschedule', { id: old });
    const group = ahead.find(({ invitees_counter }) => invitees_counter.active > 1);
    const [left] = group?.invitees ?? [];
    calendly.edit('leave', { id: idOf(group?.uri), email: left?.email });
    const changed = new Map(
      recordsOf(await calendly.pull('appointments', { mode: 'incremental', since })).map(({ id, data }) => [id, data]),
    );
    expect(changed.get(old)).toMatchObject({ status: 'cancelled' });
    expect(changed.get(moved)).toMatchObject({ status: 'confirmed' });
    const customers = appointmentSchema.parse(changed.get(idOf(group?.uri))).customers.map(({ email }) => email);
    expect(customers).not.toContain(left?.email);
    expect(customers.length).toBe((group?.invitees.length ?? 0) - 1);
  });

  test('shows what was late in the lists in the next pull', async () => {
    const calendly = await connected({ listLagMs: 60_000 });
    const { id } = calendly.edit('createContact', { name: 'Late', emails: ['late@new.example'] });
    const since = new Date(calendly.clock.now()).toISOString();
    const early = recordsOf(await calendly.pull('contacts', { mode: 'incremental', since }));
    expect(early).toEqual([]);
    calendly.clock.advance(61_000);
    const overlap = new Date(Date.parse(since) - calendly.connector.manifest.overlapMs).toISOString();
    expect(sortedIds(recordsOf(await calendly.pull('contacts', { mode: 'incremental', since: overlap })))).toContain(
      id,
    );
  });

  test('on the free plan is told to wait', async () => {
    const calendly = await connected({ tier: 'free' });
    await expect(calendly.pull('appointments')).rejects.toMatchObject({ code: 'rate_limited', retryAfterSeconds: 60 });
  });

  test('on the free plan gets to the end in rests of a minute, never twice at one place', async () => {
    const calendly = await connected({ tier: 'free' });
    const request = {
      ...({ resource: 'appointments', mode: 'full', since: null, feedState: null } as const),
      until: new Date(calendly.clock.now()).toISOString(),
    };
    const seen = new Set<string>();
    let cursor: Json | null = null;
    let rests = 0;
    do {
      try {
        const session = calendly.session('background_read');
        const page: PullPage | undefined = await calendly.connector.syncData?.(session, { ...request, cursor });
        for (const { id } of page?.records ?? []) seen.add(id);
        cursor = page?.next ?? null;
      } catch (error) {
        expect(error).toMatchObject({ code: 'rate_limited' });
        calendly.clock.advance(60_000);
        rests += 1;
      }
    } while ((cursor !== null || seen.size === 0) && rests < 10);
    expect([...seen].sort()).toEqual(idsOf(calendly.truth('appointments')));
    expect(rests).toBeGreaterThan(0);
  });

  test('without a scope says which', async () => {
    const calendly = await connected();
    calendly.provider.oauth.dropScopes(['contacts:write']);
    await expect(calendly.pull('contacts')).rejects.toMatchObject({
      code: 'missing_scope',
      message: expect.stringContaining('Calendly'),
    });
  });
});

describe('contacts', () => {
  test.each(['as_typed', 'e164'] as const)('are found by a number that is kept %s', async (phoneFilter) => {
    const calendly = await connected({ phoneFilter });
    for (const [index, raw] of ['+447500900501', '07500900501'].entries()) {
      const phones = phoneFilter === 'e164' && index === 1 ? ['+447500900501'] : [raw];
      calendly.edit('createContact', { name: `Caller ${index}`, emails: [`caller.${index}@new.example`], phones });
    }
    const found = await calendly.connector.lookupContact?.(calendly.session(), { phone: '+447500900501', email: null });
    expect(found?.map(({ data }) => data.displayName).sort()).toEqual(['Caller 0', 'Caller 1']);
  });

  test.each(BOTH)('are created once, whether or not Calendly minds a second one: %p', async (contactEmailsUnique) => {
    const calendly = await connected({ contactEmailsUnique });
    const create = () =>
      calendly.connector.createContact?.(calendly.session('live_write'), {
        firstName: ADA.firstName,
        lastName: null,
        email: ADA.email,
        phone: ADA.phone,
        company: null,
      });
    const first = await create();
    expect(first).toMatchObject({ created: true, record: { data: { displayName: 'Ada' } } });
    expect(await create()).toMatchObject({ created: false, record: { id: first?.record.id } });
    const there = calendly.truth('contacts').filter(({ emails }) => emails[0]?.email === ADA.email);
    expect(there).toHaveLength(1);
  });
});

describe('booking', () => {
  test.each(['Haircut', 'Any stylist', 'Styling class', 'Bridal consultation', 'Call back'])('%s', async (name) => {
    const calendly = await connected();
    const booking = await bookingOf(calendly, name);
    const record = await book(calendly, booking);
    expect(Date.parse(record.data.start)).toBe(Date.parse(booking.slot.start));
    expect(Date.parse(record.data.end)).toBe(Date.parse(booking.slot.end));
    const mirrored = recordsOf(await calendly.pull('appointments')).find(({ id }) => id === record.id);
    expect(mirrored).toEqual(record);
    expect(record.data.customers.find(({ email }) => email === ADA.email)).toMatchObject({ phone: ADA.phone });
    expect(liveOf(calendly)).toHaveLength(1);
  });

  test.each([{ takenTime: 'plain' }, { takenTime: 'already_filled' }] as const)(
    'a time that somebody has just taken is refused: %j',
    async (settings) => {
      const calendly = await connected(settings);
      const booking = await bookingOf(calendly);
      const rival = { name: 'Quick Clicker', email: 'quick@new.example' };
      calendly.edit('book', { eventType: booking.slot.serviceId, start: booking.slot.start, customer: rival });
      await expect(book(calendly, booking)).rejects.toMatchObject({ code: 'slot_unavailable' });
      expect(liveOf(calendly)).toEqual([]);
    },
  );

  test.each([
    { keepsTracking: true, bookingAnswer: 'invitee' },
    { keepsTracking: false, bookingAnswer: 'invitee' },
    { keepsTracking: true, bookingAnswer: 'event_uri' },
  ] as const)('whose answer was lost is found again: %j', async (settings) => {
    const calendly = await connected(settings);
    const booking = await bookingOf(calendly);
    const startedAt = calendly.clock.now();
    calendly.lose.add('POST /invitees');
    await expect(book(calendly, booking)).rejects.toMatchObject({ outcomeUnknown: true });
    const attempt = { startedAt, endedBy: calendly.clock.now() };
    calendly.clock.advance(calendly.connector.manifest.searchLagMs);
    const found = await calendly.connector.findBooked?.(calendly.session(), booking, attempt);
    expect(found?.id).toBe(idOf(liveOf(calendly)[0]?.uri));
    const other = await bookingOf(calendly, 'Haircut', 5);
    expect(await calendly.connector.findBooked?.(calendly.session(), other, attempt)).toBeNull();
  });

  test('beyond what the plan allows in a minute is refused, with the time to come back', async () => {
    const calendly = await connected();
    const service = await serviceNamed(calendly, 'Haircut');
    const slots = await freeSlots(calendly, service);
    const lonely = slots.filter((_slot, index) => index % 2 === 0).slice(0, 11);
    const outcomes: unknown[] = [];
    for (const [index, slot] of lonely.entries()) {
      const customer = { ...ADA, email: `guest.${index}@new.example` };
      const booking = { slot, service, customer, notes: null, title: '', idempotencyKey: KEY };
      outcomes.push(await book(calendly, booking).catch((error: unknown) => error));
    }
    expect(outcomes.at(-1)).toMatchObject({ code: 'rate_limited', retryAfterSeconds: 60 });
    expect(String(outcomes.at(-1))).toContain('bookings');
  });
});

describe('an appointment', () => {
  test('moves: the new time is booked, the old one cancelled', async () => {
    const calendly = await connected();
    const old = await book(calendly, await bookingOf(calendly));
    const { slot, service } = await bookingOf(calendly, 'Haircut', 6);
    const move = { appointment: old, slot, service, idempotencyKey: 'b'.repeat(32) };
    const change = await calendly.connector.rescheduleAppointment?.(calendly.session('live_write'), move);
    expect(change?.others).toMatchObject([{ id: old.id, data: { status: 'cancelled' } }]);
    expect(liveOf(calendly).map(({ uri }) => idOf(uri))).toEqual([change?.record?.id]);
    expect(change?.record?.data.customers).toEqual(old.data.customers);
    expect(change?.record?.data.notes).toBe(old.data.notes);
  });

  test('that two want to move at the same time is moved once, and the other is told', async () => {
    const calendly = await connected();
    const old = await book(calendly, await bookingOf(calendly));
    const moves = await Promise.all(
      [5, 8].map(async (nth) => {
        const { slot, service } = await bookingOf(calendly, 'Haircut', nth);
        return { appointment: old, slot, service, idempotencyKey: String(nth).repeat(32) };
      }),
    );
    const outcomes = await Promise.allSettled(
      moves.map((move) => calendly.connector.rescheduleAppointment?.(calendly.session('live_write'), move)),
    );
    const [won, ...others] = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
    expect(others).toEqual([]);
    expect(liveOf(calendly).map(({ uri }) => idOf(uri))).toEqual([won?.record?.id]);
    const lost = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
    expect(lost).toMatchObject([{ code: 'provider_rejected', outcomeUnknown: false }]);
    expect(calendly.calls.filter((call) => call === 'POST /invitees')).toHaveLength(3);
  });

  test('moves with the way to meet and with the guests', async () => {
    const calendly = await connected();
    const [host] = calendly.truth('services').map(({ profile }) => idOf(profile.owner));
    const places = [{ kind: 'physical', location: '12 Mill Lane' }, { kind: 'zoom_conference' }];
    const { id: eventType } = calendly.edit('createEventType', { name: 'Advice', duration: 30, host, places });
    const guests = ['mum@new.example', 'dad@new.example'];
    const customer = { name: ADA.name, email: ADA.email };
    calendly.edit('book', { eventType, daysAhead: 3, customer, kind: 'zoom_conference', guests });
    const appointment = recordsOf(await calendly.pull('appointments')).find(
      ({ id }) => id === idOf(liveOf(calendly)[0]?.uri),
    );
    const { slot, service } = await bookingOf(calendly, 'Advice', 6);
    if (!appointment) throw new Error('nothing was booked');
    const { data, ...record } = appointment;
    const move = {
      appointment: { ...record, data: appointmentSchema.parse(data) },
      slot,
      service,
      idempotencyKey: KEY,
    };
    await calendly.connector.rescheduleAppointment?.(calendly.session('live_write'), move);
    expect(liveOf(calendly)).toMatchObject([
      { location: { type: 'zoom_conference' }, event_guests: guests.map((email) => ({ email })) },
    ]);
  });

  test('whose move lost an answer is moved once when it is repeated', async () => {
    const calendly = await connected();
    const old = await book(calendly, await bookingOf(calendly));
    const { slot, service } = await bookingOf(calendly, 'Haircut', 6);
    const move = { appointment: old, slot, service, idempotencyKey: 'b'.repeat(32) };
    const startedAt = calendly.clock.now();
    calendly.lose.add('POST /invitees');
    const first = calendly.connector.rescheduleAppointment?.(calendly.session('live_write'), move);
    await expect(first).rejects.toMatchObject({ outcomeUnknown: true });
    const earlier = { startedAt, endedBy: calendly.clock.now() };
    calendly.clock.advance(calendly.connector.manifest.searchLagMs);
    const session = calendly.session('live_write');
    const change = await calendly.connector.rescheduleAppointment?.(session, { ...move, earlier });
    expect(liveOf(calendly).map(({ uri }) => idOf(uri))).toEqual([change?.record?.id]);
  });

  test.each(BOTH)('is cancelled, whether or not a reason is taken: %p', async (refusesReasons) => {
    const calendly = await connected({ refusesReasons });
    const appointment = await book(calendly, await bookingOf(calendly));
    const request = { appointment, reason: 'She is ill', idempotencyKey: KEY };
    for (const _attempt of [1, 2]) {
      const change = await calendly.connector.cancelAppointment?.(calendly.session('live_write'), request);
      expect(change?.record?.data).toMatchObject({ status: 'cancelled', busy: false });
    }
    expect(liveOf(calendly)).toEqual([]);
  });

  test('of a group is not cancelled for one of them', async () => {
    const calendly = await connected();
    const booking = await bookingOf(calendly, 'Styling class');
    const rival = { name: 'Otto', email: 'otto@new.example' };
    calendly.edit('book', { eventType: booking.slot.serviceId, start: booking.slot.start, customer: rival });
    const appointment = await book(calendly, booking);
    const request = { appointment, reason: null, idempotencyKey: KEY };
    await expect(calendly.connector.cancelAppointment?.(calendly.session('live_write'), request)).rejects.toMatchObject(
      { code: 'provider_rejected' },
    );
    expect(liveOf(calendly)).toHaveLength(1);
  });
});
