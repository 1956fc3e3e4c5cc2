/** The connector against the sandbox, with every answer that Square's documents leave open. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import type { PullPage } from '../../../lambdas/connectors/connector.ts';
import type { Appointment } from '../../../lambdas/core/model/appointment.ts';
import type { Slot } from '../../../lambdas/core/model/availability.ts';
import type { Json, SourceRecord } from '../../../lambdas/core/model/mirror-record.ts';
import type { Resource } from '../../../lambdas/core/model/resource.ts';
import { type Service, serviceSchema } from '../../../lambdas/core/model/service.ts';
import { type StaffMember, staffMemberSchema } from '../../../lambdas/core/model/staff-member.ts';
import { connectSquare } from './connected.ts';
import { SCOPES, WEBHOOK_KEY } from './settings.ts';
import type { BookingTruth } from './truth.ts';

type Square = Awaited<ReturnType<typeof connectSquare>>;
type BookingSource = { readonly customer_id: string };
const DAY_MS = 24 * 60 * 60_000;
const KEY = '0123456789abcdef0123456789abcdef';

async function pull({ connector, session }: Square, resource: Resource): Promise<PullPage[]> {
  const request = {
    resource,
    mode: 'full',
    since: null,
    until: new Date(session.now()).toISOString(),
    feedState: null,
  } as const;
  const pages: PullPage[] = [];
  let cursor: Json | null = null;
  do {
    const page: PullPage | undefined = await connector.syncData?.(session, { ...request, cursor });
    if (!page) throw new Error('there is no syncData');
    pages.push(page);
    cursor = page.next;
  } while (cursor !== null);
  return pages;
}
const idsOf = (pages: readonly PullPage[]) => pages.flatMap(({ records }) => records.map(({ id }) => id)).toSorted();
const truthIds = ({ provider }: Square, resource: string) =>
  [...(provider.truth(resource, null) ?? [])].map((row) => (row as { id: string }).id).toSorted();

/** What is free for the first service that several people perform, three days from now and later. */
async function offer(
  square: Square,
  moving: SourceRecord<Appointment> | null = null,
): Promise<{ slots: Slot[]; service: SourceRecord<Service> }> {
  const services = (await pull(square, 'services')).flatMap(({ records }) => records);
  const found = services.find(({ data }) => {
    const { bookable, staffIds } = serviceSchema.parse(data);
    return bookable && (staffIds?.length ?? 0) > 1;
  });
  if (!found) throw new Error('there is no service');
  const service = { ...found, data: serviceSchema.parse(found.data) };
  const staff = (await pull(square, 'staff')).flatMap(({ records }): SourceRecord<StaffMember>[] =>
    records.map((record) => ({ ...record, data: staffMemberSchema.parse(record.data) })),
  );
  const from = square.session.now() + 3 * DAY_MS;
  const answer = await square.connector.getAvailability?.(square.session, {
    from: new Date(from).toISOString(),
    to: new Date(from + 4 * DAY_MS).toISOString(),
    timeZone: 'Europe/London',
    service,
    staffId: null,
    staff,
    moving,
  });
  if (answer?.kind !== 'slots') throw new Error('Square says what is free');
  return { slots: [...answer.slots], service };
}

async function bookAt(square: Square, slot: Slot, change: { idempotencyKey?: string; contactId?: string } = {}) {
  const { record } =
    (await square.connector.createContact?.(square.session, {
      firstName: 'Perpetua',
      lastName: 'Lindqvist',
      email: null,
      phone: '+447500900400',
      company: null,
    })) ?? {};
  const contactId = change.contactId ?? record?.id ?? null;
  const customer = {
    contactId,
    firstName: 'Perpetua',
    lastName: 'Lindqvist',
    name: 'Perpetua Lindqvist',
    email: null,
    phone: '+447500900400',
  };
  const booking = {
    slot,
    service: null,
    customer,
    title: 'Haircut',
    notes: null,
    idempotencyKey: change.idempotencyKey ?? KEY,
  };
  const appointment = await square.connector.createAppointment?.(square.session, booking);
  if (!appointment) throw new Error('there is no createAppointment');
  return appointment;
}
const first = (slots: readonly Slot[], position = 0): Slot => {
  const slot = slots[position];
  if (!slot) throw new Error('nothing is free');
  return slot;
};
const bookingsOf = ({ provider }: Square) => [...(provider.truth('appointments', null) ?? [])] as BookingTruth[];

describe('a full pull sees every record', () => {
  test.each(['inclusive', 'exclusive'] as const)('when the ends of a range are %s', async (rangeEnds) => {
    const square = await connectSquare({ contacts: 250, settings: { rangeEnds } });
    expect(idsOf(await pull(square, 'customers'))).toEqual(truthIds(square, 'customers'));
    expect(idsOf(await pull(square, 'services'))).toEqual(truthIds(square, 'services'));
    expect(idsOf(await pull(square, 'staff'))).toEqual(truthIds(square, 'staff'));
    const pages = await pull(square, 'appointments');
    const { from = '', to = '' } = pages.at(-1)?.covers ?? {};
    const within = bookingsOf(square).filter(({ startAt }) => startAt >= from && startAt < to);
    expect(within.length).toBeGreaterThan(500);
    expect(idsOf(pages)).toEqual(within.map(({ id }) => id).toSorted());
    expect(pages.flatMap(({ rejected }) => rejected)).toEqual([]);
  });

  test('when every cursor is dead before it can be used', async () => {
    const square = await connectSquare({ contacts: 120, settings: { cursorMs: 0 } });
    expect(new Set(idsOf(await pull(square, 'customers')))).toEqual(new Set(truthIds(square, 'customers')));
    const pages = await pull(square, 'appointments');
    const { from = '' } = pages.at(-1)?.covers ?? {};
    const within = bookingsOf(square).filter(({ startAt }) => startAt >= from);
    expect(new Set(idsOf(pages))).toEqual(new Set(within.map(({ id }) => id)));
  });
});

test('a customer who was merged into another keeps their appointments', async () => {
  const square = await connectSquare();
  const withCustomer = bookingsOf(square).filter(({ customerId }) => customerId !== null);
  const [own, other] = new Set(withCustomer.map(({ customerId }) => customerId));
  square.provider.edits.mergeCustomers?.({ account: 'MLSALON000001', ids: [own, other] });
  const records = (await pull(square, 'appointments')).flatMap((page) => page.records as SourceRecord<Appointment>[]);
  const customers = new Map(
    (await pull(square, 'customers')).flatMap((page) => page.records.map((one) => [one.id, one])),
  );
  const theirs = records.filter(({ source }) => [own, other].includes((source as BookingSource).customer_id));
  const names = new Set(theirs.map(({ data }) => data.customers[0]?.id));
  expect(theirs.length).toBeGreaterThan(1);
  expect([...names]).toHaveLength(1);
  expect(customers.has([...names][0] ?? '')).toBe(true);
});

test('an appointment that was moved beyond every window is found by its id, and one that never was is not', async () => {
  const square = await connectSquare();
  const [one] = bookingsOf(square).filter(({ status }) => status === 'ACCEPTED');
  const startAt = `${new Date(square.session.now() + 500 * DAY_MS).toISOString().slice(0, 10)}T10:00:00.000Z`;
  square.provider.edits.changeBooking?.({ account: 'MLSALON000001', id: one?.id, startAt });
  const { records, rejected } = (await square.connector.findMoved?.(square.session, 'appointments', [
    one?.id ?? '',
    'never-there',
  ])) ?? { records: [] };
  expect(records).toMatchObject([{ id: one?.id, data: { customers: [{ id: one?.customerId }] } }]);
  expect(Date.parse((records[0] as SourceRecord<Appointment>).data.start)).toBe(Date.parse(startAt));
  expect(rejected).toEqual([]);
});

describe('booking', () => {
  test('happens once for one key, and shows in the next sync as it was answered', async () => {
    const square = await connectSquare();
    const { slots } = await offer(square);
    const booked = await bookAt(square, first(slots));
    const again = await bookAt(square, first(slots));
    expect(again).toEqual(booked);
    const synced = (await pull(square, 'appointments'))
      .flatMap(({ records }) => records)
      .find(({ id }) => id === booked.id);
    expect(synced).toEqual(booked);
  });

  test('is refused when somebody was quicker', async () => {
    const square = await connectSquare();
    const slot = first((await offer(square)).slots);
    square.provider.edits.createBooking?.({ teamMemberId: slot.staffId, startAt: new Date(slot.start).toISOString() });
    await expect(bookAt(square, slot)).rejects.toMatchObject({ code: 'slot_unavailable' });
    const left = (await offer(square)).slots.filter(
      ({ start, staffId }) => start === slot.start && staffId === slot.staffId,
    );
    expect(left).toEqual([]);
  });

  test('is refused as outdated when the service was changed after the look', async () => {
    const square = await connectSquare();
    const { slots, service } = await offer(square);
    const items = [...(square.provider.truth('services', null) ?? [])] as { id: string; itemId: string }[];
    square.provider.edits.changeItem?.({ id: items.find(({ id }) => id === service.id)?.itemId, price: 9900 });
    await expect(bookAt(square, first(slots))).rejects.toMatchObject({ code: 'slot_unavailable' });
  });

  test('gives a customer without a number the caller’s first', async () => {
    const square = await connectSquare();
    const { body } = await square.api('POST', '/v2/customers', { given_name: 'No', family_name: 'Phone' });
    const contactId: string = body.customer.id;
    const { data } = await bookAt(square, first((await offer(square)).slots), { contactId });
    expect(data.customers).toMatchObject([{ id: contactId }]);
    expect((await square.api('GET', `/v2/customers/${contactId}`)).body.customer.phone_number).toBe('+447500900400');
  });

  test('waits for the seller where the seller accepts bookings one by one', async () => {
    const square = await connectSquare({ settings: { requiresAcceptance: true } });
    expect((await bookAt(square, first((await offer(square)).slots))).data).toMatchObject({
      status: 'pending',
      busy: true,
    });
  });

  test.each(['free', 'plus'] as const)(
    'as the seller, on the plan %s, is why that right is not asked for',
    async (plan) => {
      const scope = [...SCOPES, 'APPOINTMENTS_ALL_WRITE'].join(' ');
      const square = await connectSquare({ scope, settings: { plan } });
      const slot = first((await offer(square)).slots);
      square.provider.edits.createBooking?.({
        teamMemberId: slot.staffId,
        startAt: new Date(slot.start).toISOString(),
      });
      if (plan === 'free') await expect(bookAt(square, slot)).rejects.toMatchObject({ code: 'plan_required' });
      else expect((await bookAt(square, slot)).data.start).toBe(slot.start);
    },
  );

  test('reads bookings on a free plan, or says that the plan is in the way', async () => {
    const square = await connectSquare({ settings: { allReadNeedsPlan: true } });
    await expect(pull(square, 'appointments')).rejects.toMatchObject({ code: 'plan_required' });
    square.provider.settings.change({ allReadNeedsPlan: false });
    expect((await pull(square, 'appointments')).length).toBeGreaterThan(1);
  });
});

describe.each([400, 409] as const)('a stale version, refused with %d', (staleVersionStatus) => {
  /** Somebody else changes the booking right after it was read. */
  function interfering(square: Square, id: string, times: number): Square['session'] {
    let left = times;
    const { http } = square.session;
    return {
      ...square.session,
      http: {
        request: async (request) => {
          const answer = await http.request(request);
          if (request.operation === 'bookings.get' && left > 0) {
            left -= 1;
            square.provider.edits.changeBooking?.({ id, customerNote: `note ${left}` });
          }
          return answer;
        },
      },
    };
  }

  test('is read again, and the change made once more', async () => {
    const square = await connectSquare({ settings: { staleVersionStatus } });
    const appointment = await bookAt(square, first((await offer(square)).slots));
    const { slots } = await offer(square, appointment);
    const slot = slots.find(({ start }) => start !== appointment.data.start) ?? first(slots);
    const move = { appointment, slot, service: null, idempotencyKey: KEY };
    const moved = await square.connector.rescheduleAppointment?.(interfering(square, appointment.id, 1), move);
    expect(moved?.record?.data).toMatchObject({ start: slot.start, notes: 'note 0' });
    expect(await square.connector.rescheduleAppointment?.(square.session, move)).toEqual(moved);

    const cancellation = { appointment, reason: null, idempotencyKey: KEY };
    const cancelled = await square.connector.cancelAppointment?.(interfering(square, appointment.id, 1), cancellation);
    expect(cancelled?.record?.data).toMatchObject({ status: 'cancelled', busy: false });
    expect(await square.connector.cancelAppointment?.(square.session, cancellation)).toEqual(cancelled);
  });

  test('that is stale again is given up, and nothing has changed', async () => {
    const square = await connectSquare({ settings: { staleVersionStatus } });
    const appointment = await bookAt(square, first((await offer(square)).slots));
    const cancellation = { appointment, reason: null, idempotencyKey: KEY };
    const session = interfering(square, appointment.id, 2);
    await expect(square.connector.cancelAppointment?.(session, cancellation)).rejects.toMatchObject({
      code: 'provider_rejected',
    });
    expect(bookingsOf(square).find(({ id }) => id === appointment.id)?.status).toBe('ACCEPTED');
  });
});

test('an appointment outside the cancellation window stays', async () => {
  const square = await connectSquare();
  const appointment = await bookAt(square, first((await offer(square)).slots));
  square.provider.settings.change({ cancellationWindowSeconds: 30 * 24 * 60 * 60 });
  const cancellation = { appointment, reason: null, idempotencyKey: KEY };
  await expect(square.connector.cancelAppointment?.(square.session, cancellation)).rejects.toMatchObject({
    code: 'provider_rejected',
  });
});

test('a merged customer is booked for under the new profile, and found by it', async () => {
  const square = await connectSquare();
  const create = async (given_name: string): Promise<string> =>
    (await square.api('POST', '/v2/customers', { given_name, phone_number: '+447500900500' })).body.customer.id;
  const ids = [await create('Ada'), await create('Adah')];
  square.provider.edits.mergeCustomers?.({ ids });
  const found = await square.connector.lookupContact?.(square.session, { phone: '+447500900500', email: null });
  expect(found).toHaveLength(1);
  const { data } = await bookAt(square, first((await offer(square)).slots), { contactId: ids[0] ?? '' });
  expect(data.customers).toMatchObject([{ id: found?.[0]?.id }]);
});

test('the American account books in its own zone', async () => {
  const square = await connectSquare({ account: 'MLBARBER00002' });
  expect(square.session.account).toMatchObject({ attributes: { timeZone: 'America/New_York', currency: 'USD' } });
  const slot = first((await offer(square)).slots);
  expect(slot.start).toMatch(/-0[45]:00$/);
  expect((await bookAt(square, slot)).data).toMatchObject({ start: slot.start, timeZone: 'America/New_York' });
});

test('a seller who has not switched bookings on is told what to do', async () => {
  const square = await connectSquare({ settings: { bookingEnabled: false } });
  expect(await square.connector.remainingSteps?.(square.session)).toHaveLength(1);
});

test('events are signed as the connector checks them', async () => {
  const square = await connectSquare();
  const received: { headers: Record<string, string | undefined>; body: string }[] = [];
  const server = createServer(async (incoming, outgoing) => {
    let body = '';
    for await (const chunk of incoming) body += String(chunk);
    received.push({ headers: { ...incoming.headers } as Record<string, string | undefined>, body });
    outgoing.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks/square`;
  try {
    square.provider.settings.change({ webhookUrl: url });
    const [customer] = truthIds(square, 'customers');
    square.provider.edits.deleteCustomer?.({ id: customer });
    for (let waited = 0; received.length === 0 && waited < 5_000; waited += 20) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const [delivery] = received;
    if (!delivery) throw new Error('nothing was delivered');
    const app = { clientId: 'square-client', clientSecret: 'square-secret', webhookKey: WEBHOOK_KEY, extra: {} };
    expect(square.connector.readWebhook?.({ method: 'POST', url, app, now: Date.now(), ...delivery })).toEqual([
      { accountId: 'MLSALON000001', kind: 'erased', resource: 'customers', recordId: customer },
    ]);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
});
