/** The hub's connector at a Mindbody site that answers each open question both ways. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from '@jest/globals';
import type { NewAppointment, WebhookDelivery } from '../../../lambdas/connectors/connector.ts';
import type { Slot } from '../../../lambdas/core/model/availability.ts';
import type { SourceRecord } from '../../../lambdas/core/model/mirror-record.ts';
import { type Service, serviceSchema } from '../../../lambdas/core/model/service.ts';
import { appointmentIn, ConnectedSite, codeOf, recordOf } from './connected.ts';
import { WEBHOOK_KEY } from './settings.ts';

const DAY_MS = 24 * 60 * 60_000;
const HAIRCUT = '31';
const KEY = '0123456789abcdef0123456789abcdef';
const ATTEMPT = { startedAt: 0, endedBy: 1 };
const ADA = { firstName: 'Ada', lastName: 'Moreno', email: 'ada.moreno@new.example', phone: '+447500900300' };

async function identified(options: ConstructorParameters<typeof ConnectedSite>[0] = {}): Promise<ConnectedSite> {
  const site = new ConnectedSite(options);
  await site.identify();
  return site;
}

async function haircut(site: ConnectedSite): Promise<SourceRecord<Service>> {
  const record = (await site.pull('services')).records.get(HAIRCUT);
  if (!record) throw new Error('there are no haircuts');
  return { ...record, data: serviceSchema.parse(record.data) };
}

/** What is free from the day after tomorrow on, for four days. */
async function offered(
  site: ConnectedSite,
  change: { readonly staffId?: string; readonly moving?: ReturnType<typeof recordOf> } = {},
): Promise<Slot[]> {
  const now = site.clock.now();
  const answer = await site.connector.getAvailability?.(site.session(), {
    from: new Date(now + 2 * DAY_MS).toISOString(),
    to: new Date(now + 6 * DAY_MS).toISOString(),
    timeZone: 'Europe/London',
    service: await haircut(site),
    staffId: change.staffId ?? null,
    staff: [],
    moving: change.moving ?? null,
  });
  if (answer?.kind !== 'slots') throw new Error('slots were expected');
  return [...answer.slots];
}

async function bookingOf(site: ConnectedSite, slot: Slot | undefined, key = KEY): Promise<NewAppointment> {
  const kept = await site.connector.createContact?.(site.session('live_write'), { ...ADA, company: null });
  if (!slot || !kept) throw new Error('nothing to book');
  return {
    slot,
    service: null,
    customer: { ...ADA, contactId: kept.record.id, name: 'Ada Moreno' },
    title: 'Haircut, Ada Moreno',
    notes: null,
    idempotencyKey: key,
  };
}
const book = (site: ConnectedSite, booking: NewAppointment) =>
  site.connector.createAppointment?.(site.session('live_write'), booking);
const bookedBy = (site: ConnectedSite, { customer }: NewAppointment) =>
  site.truth('appointments').filter(({ clientUniqueId }) => String(clientUniqueId) === customer.contactId);

describe('connecting', () => {
  test.each([400, 401, 403, 404] as const)(
    'waits for the owner, whatever the refusal is: %d',
    async (notLinkedStatus) => {
      const site = new ConnectedSite({ linked: false, notLinkedStatus });
      expect(await site.identify()).toEqual({ id: '12345', name: null, attributes: {} });
      const steps = await site.connector.remainingSteps?.(site.session());
      expect(steps).toMatchObject([{ url: expect.stringMatching(/^https:/) }]);
      expect(site.givenUp).toBe(0);
      site.edit('activate');
      expect(await site.connector.remainingSteps?.(site.session())).toEqual([]);
      await site.connector.testConnection(site.session());
      expect((await site.identify()).attributes).toMatchObject({ timeZone: 'Europe/London', currency: 'GBP' });
    },
  );

  test.each([401, 403] as const)('is not lost when our own key is wrong: %d', async (badKeyStatus) => {
    const site = await identified({ badKeyStatus });
    site.apiKey = 'an old key';
    expect(await codeOf(site.connector.testConnection(site.session()))).toBe('internal');
    expect(site.givenUp).toBe(0);
  });

  test('is of no use to somebody who is no staff', async () => {
    const site = await identified({ clientSignIn: true });
    expect(await codeOf(site.connector.testConnection(site.session()))).toBe('missing_scope');
  });

  test.each([400, 401, 403] as const)('that was undone asks for the owner again: %d', async (notLinkedStatus) => {
    const site = await identified({ notLinkedStatus });
    site.edit('unlink');
    const probe = site.connector.testConnection(site.session());
    await expect(probe).rejects.toMatchObject({ code: 'missing_scope', message: expect.stringContaining('activate') });
    expect([site.renewals, site.givenUp]).toEqual([0, 0]);
  });

  test.each([401, 403] as const)(
    'goes on with a new token when the old one is denied with %d',
    async (deniedStatus) => {
      const site = await identified({ deniedStatus });
      const booking = await bookingOf(site, (await offered(site))[0]);
      site.provider.oauth.expireAccessTokens();
      await book(site, booking);
      expect(bookedBy(site, booking)).toHaveLength(1);
      expect([site.renewals, site.givenUp]).toEqual([1, 0]);
      site.provider.oauth.revokeGrants(null);
      expect(await codeOf(site.connector.testConnection(site.session()))).toBe('reauth_required');
    },
  );

  test.each([401, 403] as const)('may not be enough to book, and then says so: %d', async (deniedStatus) => {
    const site = await identified({ deniedStatus });
    const booking = await bookingOf(site, (await offered(site))[0]);
    site.provider.settings.change({ signInMayBook: false });
    await expect(book(site, booking)).rejects.toThrow('lacks the right');
    expect(bookedBy(site, booking)).toEqual([]);
    expect([site.renewals, site.givenUp]).toEqual([1, 0]);
  });
});

describe('a sync', () => {
  test('mirrors what the site has, at either end of the world', async () => {
    for (const which of [0, 1] as const) {
      const site = await identified({ which, contacts: 260 });
      for (const resource of ['clients', 'services', 'staff', 'appointments', 'classes'] as const) {
        const { records, rejected } = await site.pull(resource);
        const truth = site.truth(resource).map((row) => String('UniqueId' in row ? row.UniqueId : row.Id));
        expect([...records.keys()].toSorted()).toEqual(truth.toSorted());
        expect(rejected).toEqual([]);
      }
    }
  });

  test('is the same without totals and with short windows', async () => {
    const site = await identified({ sendTotals: false, maxWindowDays: 5, contacts: 260 });
    expect((await site.pull('clients')).records.size).toBe(site.truth('clients').length);
    expect((await site.pull('appointments')).records.size).toBe(site.truth('appointments').length);
  });

  test.each(['utc', 'local'] as const)(
    'sees every change of a client when times are read as %s',
    async (lastModifiedDateIs) => {
      for (const which of [0, 1] as const) {
        const site = await identified({ lastModifiedDateIs, which });
        const [renamed, gone] = site.truth('clients').map(({ UniqueId }) => String(UniqueId));
        const since = new Date(site.clock.now()).toISOString();
        site.clock.advance(1_000);
        site.edit('changeClient', { id: renamed, fields: { LastName: 'Renamed' }, rssid: 'new-number' });
        site.edit('changeClient', { id: gone, active: false });
        const { records, deletedIds } = await site.pull('clients', 'incremental', since);
        expect(records.get(renamed ?? '')).toMatchObject({
          data: { lastName: 'Renamed' },
          source: { Id: 'new-number' },
        });
        expect(deletedIds).toContain(gone);
      }
    },
  );

  test.each([true, false])('shows what was cancelled, or no longer shows it: %p', async (listsCancelled) => {
    const site = await identified({ listsCancelled });
    const soon = new Date(site.clock.now() + 3 * DAY_MS).toISOString().slice(0, 10);
    const one = site
      .truth('appointments')
      .find(({ Status, StartDateTime }) => Status === 'Booked' && StartDateTime > soon);
    site.edit('setStatus', { id: one?.Id, verb: 'cancel' });
    const pulled = await site.pull('appointments', 'incremental', new Date(site.clock.now()).toISOString());
    const id = String(one?.Id);
    if (listsCancelled) expect(appointmentIn(pulled, id).data).toMatchObject({ status: 'cancelled', busy: false });
    else expect(pulled.records.has(id)).toBe(false);
    expect(pulled.covers?.to.slice(0, 10) ?? '').not.toBe('');
  });

  test.each([5, 400])('finds what was moved far away by its id, in windows of %d days', async (maxWindowDays) => {
    const site = await identified({ maxWindowDays });
    const [first, second] = site.truth('appointments').filter(({ Status }) => Status === 'Booked');
    const day = new Date(site.clock.now() + 120 * DAY_MS).toISOString().slice(0, 10);
    site.edit('move', { id: first?.Id, start: `${day}T10:00:00` });
    site.edit('removeAppointment', { id: second?.Id });
    const ids = [String(first?.Id), String(second?.Id)];
    const found = await site.connector.findMoved?.(site.session('background_read'), 'appointments', ids);
    expect(found?.rejected).toEqual([]);
    expect(found?.records).toMatchObject([
      { id: ids[0], data: { customers: [{ id: String(first?.clientUniqueId) }] } },
    ]);
    expect(JSON.stringify(found?.records[0]?.data)).toContain(`${day}T10:00:00`);
  });

  test('no longer shows a class that was deleted, within what it says that it covers', async () => {
    const site = await identified();
    const soon = new Date(site.clock.now() + 3 * DAY_MS).toISOString().slice(0, 10);
    const one = site.truth('classes').find(({ StartDateTime }) => StartDateTime > soon);
    const since = new Date(site.clock.now()).toISOString();
    expect((await site.pull('classes', 'incremental', since)).records.has(String(one?.Id))).toBe(true);
    site.edit('changeClass', { id: one?.Id, removed: true });
    const { records, covers } = await site.pull('classes', 'incremental', since);
    expect(records.has(String(one?.Id))).toBe(false);
    const [start, { from, to }] = [one?.StartDateTime ?? '', covers ?? { from: '', to: '' }];
    expect(from < start && start < to).toBe(true);
  });

  test('gives a merged client’s appointments to whoever was kept', async () => {
    const site = await identified();
    const soon = new Date(site.clock.now() + 3 * DAY_MS).toISOString().slice(0, 10);
    const one = site.truth('appointments').find(({ StartDateTime }) => StartDateTime > soon);
    const kept = site.truth('clients').find(({ UniqueId }) => UniqueId !== one?.clientUniqueId);
    site.edit('mergeClients', { keptId: kept?.UniqueId, removedId: one?.clientUniqueId });
    const pulled = await site.pull('appointments', 'incremental', new Date(site.clock.now()).toISOString());
    expect(appointmentIn(pulled, String(one?.Id)).data.customers).toMatchObject([{ id: String(kept?.UniqueId) }]);
  });

  test('waits when too much was asked, as long as it is told or a minute', async () => {
    for (const [sendRetryAfter, seconds] of [
      [false, 60],
      [true, 7],
    ] as const) {
      const site = await identified();
      site.provider.settings.change({ limit: { max: 0, intervalMs: 7_000 }, sendRetryAfter });
      await expect(site.pull('clients')).rejects.toMatchObject({ code: 'rate_limited', retryAfterSeconds: seconds });
    }
  });
});

describe('people', () => {
  test.each([true, false])('are found by phone if the search knows numbers: %p', async (searchMatchesPhones) => {
    const site = await identified({ searchMatchesPhones });
    const { id } = site.edit<{ id: string }>('createClient', {
      fields: { FirstName: 'New', LastName: 'Caller', MobilePhone: '07500 900200' },
    });
    const found = await site.connector.lookupContact?.(site.session(), { phone: '+447500900200', email: null });
    // Written with a space, a number is found by its digits all the same.
    expect(found?.map((record) => record.id)).toEqual(searchMatchesPhones ? [id] : []);
  });

  test.each([400, 409] as const)('are not created twice: %d', async (doubleClientStatus) => {
    const site = await identified({ doubleClientStatus });
    const create = () => site.connector.createContact?.(site.session('live_write'), { ...ADA, company: null });
    const first = await create();
    expect(first?.created).toBe(true);
    expect(await create()).toMatchObject({ created: false, record: { id: first?.record.id } });
    site.edit('changeClient', { id: first?.record.id, active: false });
    expect(await create()).toMatchObject({ created: true, record: { id: first?.record.id } });
  });

  test('are refused with the names of what the site wants of them', async () => {
    const site = await identified({ requiredClientFields: ['BirthDate'] });
    const create = site.connector.createContact?.(site.session('live_write'), { ...ADA, company: null });
    await expect(create).rejects.toThrow('MissingRequiredFields, BirthDate');
  });
});

describe('booking', () => {
  test.each([true, false])('offers times on the site’s grid, or on one of our own: %p', async (namesSessionTimes) => {
    const site = await identified({ namesSessionTimes, which: namesSessionTimes ? 0 : 1 });
    const slots = await offered(site, { staffId: '100000011' });
    expect(slots.length).toBeGreaterThan(0);
    for (const { start, staffId } of slots) {
      expect(staffId).toBe('100000011');
      expect(start.slice(14, 16)).toMatch(namesSessionTimes ? /00|15|30|45/ : /00|30/);
    }
  });

  test('takes a time once, and uses up no pass', async () => {
    const site = await identified();
    const slots = await offered(site);
    const booking = await bookingOf(site, slots[3]);
    const passes = () => site.truth('clients').find(({ UniqueId }) => String(UniqueId) === booking.customer.contactId);
    const before = passes()?.passes;
    const record = await book(site, booking);
    expect(record?.data).toMatchObject({ start: booking.slot.start, end: booking.slot.end, busy: true });
    expect(passes()?.passes).toBe(before);
    expect(await offered(site)).not.toContainEqual(booking.slot);
    expect(await codeOf(book(site, await bookingOf(site, slots[3], 'f'.repeat(32))))).toBe('slot_unavailable');
  });

  test.each([true, false])(
    'is found again after a lost answer, with the key in lists or without: %p',
    async (listsPartnerExternalId) => {
      const site = await identified({ listsPartnerExternalId });
      const booking = await bookingOf(site, (await offered(site))[0]);
      expect(await site.connector.findBooked?.(site.session(), booking, ATTEMPT)).toBeNull();
      site.lose.add('POST /appointment/addappointment');
      expect(await codeOf(book(site, booking))).toBe('provider_unavailable, open');
      const found = await site.connector.findBooked?.(site.session(), booking, ATTEMPT);
      expect(bookedBy(site, booking).map(({ Id }) => String(Id))).toEqual([found?.id]);
    },
  );

  test('that is still under way is not begun again', async () => {
    const site = await identified({ bookingMs: 50 });
    const booking = await bookingOf(site, (await offered(site))[0]);
    const [first, second] = await Promise.all([book(site, booking), codeOf(book(site, booking))]);
    expect(second).toBe('provider_unavailable, open');
    expect(bookedBy(site, booking).map(({ Id }) => String(Id))).toEqual([first?.id]);
  });

  test('moves, stays where it is, and gives way', async () => {
    const site = await identified();
    const slots = await offered(site);
    const booking = await bookingOf(site, slots[0]);
    const booked = await book(site, booking);
    if (!booked) throw new Error('nothing was booked');
    const choices = await offered(site, { moving: booked });
    expect(choices.map(({ start }) => start)).toContain(booked.data.start);
    const slot = choices.findLast(({ staffId }) => staffId !== booking.slot.staffId) ?? booking.slot;
    const move = { appointment: booked, slot, service: null, idempotencyKey: KEY };
    const moved = recordOf(await site.connector.rescheduleAppointment?.(site.session('live_write'), move));
    expect(moved.data).toMatchObject({ id: booked.id, start: slot.start, staff: [{ id: slot.staffId }] });
    const writes = () => site.calls.filter((call) => call === 'POST /appointment/updateappointment').length;
    const before = writes();
    await site.connector.rescheduleAppointment?.(site.session('live_write'), move);
    expect(writes()).toBe(before);

    const taken = slots.findLast(({ staffId }) => staffId === booking.slot.staffId) ?? booking.slot;
    const { id } = site.edit<{ id: string }>('createClient', { fields: { FirstName: 'Quick', LastName: 'Runner' } });
    site.edit('book', {
      clientId: id,
      sessionTypeId: Number(HAIRCUT),
      staffId: Number(taken.staffId),
      start: taken.start.slice(0, 19),
    });
    const late = site.connector.rescheduleAppointment?.(site.session('live_write'), { ...move, slot: taken });
    expect(await codeOf(late)).toBe('slot_unavailable');
  });

  test.each([
    [true, 'accepted'],
    [true, 'refused'],
    [false, 'refused'],
    [false, 'not_found'],
  ] as const)(
    'is cancelled once, whatever a repetition is told: listed %p, %s',
    async (listsCancelled, cancelAgain) => {
      const site = await identified({ listsCancelled, cancelAgain });
      const booking = await bookingOf(site, (await offered(site))[0]);
      const appointment = await book(site, booking);
      if (!appointment) throw new Error('nothing was booked');
      const end = () =>
        site.connector.cancelAppointment?.(site.session('live_write'), {
          appointment,
          reason: null,
          idempotencyKey: KEY,
        });
      expect(recordOf(await end()).data.status).toBe('cancelled');
      const again = await end();
      if (again?.record) expect(again.record.data.status).toBe('cancelled');
      else expect(again?.deletedIds).toEqual([appointment.id]);
      expect(bookedBy(site, booking).every(({ Status }) => Status === 'Cancelled')).toBe(true);
    },
  );
});

test('webhooks of the one subscription name the site, and are taken by the connector', async () => {
  const site = await identified();
  const server = createServer();
  const delivered = new Promise<WebhookDelivery>((resolve) => {
    server.on('request', async (incoming, outgoing) => {
      const headers = { 'x-mindbody-signature': String(incoming.headers['x-mindbody-signature']) };
      const app = { clientId: 'c', clientSecret: 's', webhookKey: WEBHOOK_KEY, extra: {} };
      resolve({ method: 'POST', url: '/', headers, body: await text(incoming), app, now: Date.now() });
      outgoing.end();
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  site.provider.settings.change({ webhookUrl: `http://127.0.0.1:${port}/` });
  const [kept, removed] = site.truth('clients').map(({ UniqueId }) => String(UniqueId));
  site.edit('mergeClients', { keptId: kept, removedId: removed });
  const events = site.connector.readWebhook?.(await delivered);
  server.close();
  server.closeAllConnections();
  expect(events).toEqual([
    { accountId: '12345', kind: 'changed', resource: 'clients', recordId: kept },
    { accountId: '12345', kind: 'erased', resource: 'clients', recordId: removed },
  ]);
});
