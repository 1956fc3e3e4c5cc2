/** The hub's connector on an Acuity that answers each open question both ways. */
import { describe, expect, it } from '@jest/globals';
import { createConnector } from '../../../lambdas/connectors/acuity/index.ts';
import { toServiceRecord, toStaffRecord } from '../../../lambdas/connectors/acuity/map.ts';
import { appointmentTypeSchema, calendarSchema } from '../../../lambdas/connectors/acuity/schemas.ts';
import type {
  AvailabilityQuery,
  ConnectorSession,
  NewAppointment,
  PullPage,
} from '../../../lambdas/connectors/connector.ts';
import type { Slot } from '../../../lambdas/core/model/availability.ts';
import type { Json, SourceRecord } from '../../../lambdas/core/model/mirror-record.ts';
import type { Resource } from '../../../lambdas/core/model/resource.ts';
import type { SyncType } from '../../../lambdas/core/model/sync-run.ts';
import { ConnectedAcuity } from './connected.ts';

const connector = createConnector();
const DAY_MS = 24 * 60 * 60_000;
const READING = { defaultCountry: 'GB', timeZone: 'Europe/London', currency: 'GBP' };
const ADA = {
  contactId: null,
  firstName: 'Ada',
  lastName: 'Moreno',
  name: 'Ada Moreno',
  email: 'ada@mailbox.example',
  phone: '+447500900300',
};

async function pull(
  session: ConnectorSession,
  resource: Resource,
  mode: SyncType = 'full',
  feedState: Json | null = null,
) {
  const records: SourceRecord[] = [];
  let cursor: Json | null = null;
  for (;;) {
    const until = new Date(session.now()).toISOString();
    const since = mode === 'full' ? null : until;
    const page: PullPage | undefined = await connector.syncData?.(session, {
      resource,
      mode,
      since,
      until,
      feedState,
      cursor,
    });
    if (!page) throw new Error('there is no syncData');
    records.push(...page.records);
    if (page.next === null) return { records, page };
    cursor = page.next;
  }
}

function truth(running: ConnectedAcuity, resource: string): ReturnType<typeof JSON.parse>[] {
  return [...(running.provider.truth(resource, null) ?? [])];
}

async function offered(
  running: ConnectedAcuity,
  session: ConnectorSession,
  change: Partial<AvailabilityQuery> = {},
): Promise<Slot[]> {
  const haircut = truth(running, 'services').find(({ name }) => name === 'Haircut');
  const query: AvailabilityQuery = {
    from: new Date(session.now() + DAY_MS).toISOString(),
    to: new Date(session.now() + 6 * DAY_MS).toISOString(),
    timeZone: 'Europe/London',
    service: toServiceRecord(appointmentTypeSchema.parse(haircut), READING),
    staffId: null,
    staff: truth(running, 'staff').map((row) => toStaffRecord(calendarSchema.parse(row))),
    moving: null,
    ...change,
  };
  const answer = await connector.getAvailability?.(session, query);
  if (answer?.kind !== 'slots') throw new Error('Acuity says what is free');
  return [...answer.slots];
}

const wish = (slot: Slot | undefined): NewAppointment => {
  if (!slot) throw new Error('nothing is free');
  return { slot, service: null, customer: ADA, title: 'Haircut', notes: null, idempotencyKey: '0'.repeat(32) };
};

describe('a sync', () => {
  it.each([
    { maxRows: 1_000, datesIn: 'account' },
    { maxRows: 100, datesIn: 'utc' },
    { maxRows: 100, datesIn: 'calendar' },
  ] as const)('shows every record of an account with %j', async (settings) => {
    const running = await new ConnectedAcuity(settings).identify();
    const session = running.session();
    const ids = (resource: string) =>
      truth(running, resource)
        .map(({ id }) => String(id))
        .toSorted();
    for (const resource of ['appointments', 'services', 'staff'] as const) {
      const { records } = await pull(session, resource);
      expect(records.map(({ id }) => id).toSorted()).toEqual(ids(resource));
    }
    expect((await pull(session, 'clients')).records).toHaveLength(40);
  });

  it.each(['account', 'utc', 'calendar'] as const)(
    'of what lies ahead misses nothing that it says to cover, with dates in the zone of %s',
    async (datesIn) => {
      const running = await new ConnectedAcuity({ datesIn, maxRows: 100 }).identify();
      const { records, page } = await pull(running.session(), 'appointments', 'incremental');
      const seen = new Set(records.map(({ id }) => id));
      const [from, to] = [Date.parse(page.covers?.from ?? ''), Date.parse(page.covers?.to ?? '')];
      const within = truth(running, 'appointments').filter(({ datetime }) => {
        const start = Date.parse(datetime.replace(/(\d\d)$/, ':$1'));
        return start >= from && start < to;
      });
      expect(within.length).toBeGreaterThan(100);
      for (const { id } of within) expect(seen).toContain(String(id));
    },
  );

  it('sees a cancelled, a moved and a removed appointment, and a client with a new number', async () => {
    const running = await new ConnectedAcuity().identify();
    const session = running.session();
    const before = await pull(session, 'clients');
    const [cancelled, moved, removed] = truth(running, 'appointments').filter(
      ({ datetime, canceled }) => !canceled && Date.parse(datetime.replace(/(\d\d)$/, ':$1')) > Date.now() + DAY_MS,
    );
    const { edits } = running.provider;
    edits.cancel?.({ id: String(cancelled.id) });
    edits.move?.({ id: String(moved.id), start: new Date(Date.now() + 90 * DAY_MS).toISOString() });
    edits.remove?.({ id: String(removed.id) });
    const { records } = await pull(session, 'appointments', 'incremental');
    const byId = new Map(records.map((record) => [record.id, record.data]));
    expect(byId.get(String(cancelled.id))).toMatchObject({ status: 'cancelled', busy: false });
    expect(byId.has(String(moved.id))).toBe(true);
    expect(byId.has(String(removed.id))).toBe(false);
    edits.changeClient?.({ key: 20, change: { phone: '07500 900123' } });
    const { page } = await pull(session, 'clients', 'incremental', before.page.feedState ?? null);
    expect(page.fullRequired).toBe(true);
  });
});

describe('a booking', () => {
  it('from look to cancellation', async () => {
    const running = await new ConnectedAcuity().identify();
    const session = running.session();
    const slots = await offered(running, session);
    expect(slots.length).toBeGreaterThan(4);
    const [first] = slots;
    const record = await connector.createAppointment?.(session, wish(first));
    expect(record?.data).toMatchObject({
      status: 'confirmed',
      customers: [{ email: 'ada@mailbox.example', phone: '+447500900300' }],
    });
    expect(Date.parse(record?.data.start ?? '')).toBe(Date.parse(first?.start ?? ''));
    const attempt = { startedAt: session.now() - 1_000, endedBy: session.now() };
    expect((await connector.findBooked?.(session, wish(first), attempt))?.id).toBe(record?.id);
    const early = connector.findBooked?.(session, wish(slots.at(-1)), attempt);
    await expect(early).rejects.toMatchObject({ code: 'provider_unavailable' });
    running.clock.advance(connector.manifest.searchLagMs);
    expect(await connector.findBooked?.(session, wish(slots.at(-1)), attempt)).toBeNull();
    if (!record) throw new Error('nothing was booked');

    const others = await offered(running, session, { moving: record });
    expect(others.some(({ start, staffId }) => start === first?.start && staffId === first.staffId)).toBe(true);
    const target = wish(slots.at(-1)).slot;
    const move = { appointment: record, slot: target, service: null, idempotencyKey: '1'.repeat(32) };
    const change = await connector.rescheduleAppointment?.(session, move);
    expect(change?.record?.id).toBe(record.id);
    expect(change?.record?.data.staff[0]?.id).toBe(target.staffId);
    expect(await connector.rescheduleAppointment?.(session, move)).toEqual(change);
  });

  it.each(['succeeds', 'is_refused'] as const)(
    'is cancelled once or twice where a second time %s',
    async (repeatedCancel) => {
      const running = await new ConnectedAcuity({ repeatedCancel }).identify();
      const session = running.session();
      const [slot] = await offered(running, session);
      const appointment = await connector.createAppointment?.(session, wish(slot));
      if (!appointment) throw new Error('nothing was booked');
      for (let turn = 0; turn < 2; turn++) {
        const ended = await connector.cancelAppointment?.(session, {
          appointment,
          reason: 'Ill',
          idempotencyKey: '2'.repeat(32),
        });
        expect(ended?.record?.data).toMatchObject({ status: 'cancelled', busy: false });
      }
    },
  );

  it('is refused when somebody took the time between look and book', async () => {
    const running = await new ConnectedAcuity().identify();
    const session = running.session();
    const [slot] = await offered(running, session);
    const { start, staffId } = wish(slot).slot;
    const other = { firstName: 'Otto', lastName: 'Quick' };
    running.provider.edits.book?.({
      client: other,
      typeId: '70010001',
      calendarId: staffId,
      start: new Date(start).toISOString(),
    });
    await expect(connector.createAppointment?.(session, wish(slot))).rejects.toMatchObject({
      code: 'slot_unavailable',
    });
    const later = await offered(running, session);
    expect(later.some((free) => free.start === start && free.staffId === staffId)).toBe(false);
  });

  it('goes to whoever is free where nobody is chosen', async () => {
    const running = await new ConnectedAcuity().identify();
    const session = running.session();
    const [slot] = await offered(running, session);
    const booked = await connector.createAppointment?.(session, wish({ ...wish(slot).slot, staffId: null }));
    expect(booked?.data.staff[0]?.id).toMatch(/^1420000[12]$/);
  });

  it('is held back by the rules of the business, in clear words', async () => {
    const running = await new ConnectedAcuity().identify();
    const session = running.session();
    const [slot] = await offered(running, session);
    const appointment = await connector.createAppointment?.(session, wish(slot));
    if (!appointment) throw new Error('nothing was booked');
    running.provider.settings.change({ changeHoursBefore: 1_000 });
    const cancelled = connector.cancelAppointment?.(session, {
      appointment,
      reason: null,
      idempotencyKey: '3'.repeat(32),
    });
    await expect(cancelled).rejects.toMatchObject({
      code: 'provider_rejected',
      message: expect.stringContaining('too late'),
    });
    running.provider.settings.change({ minHoursInAdvance: 10_000 });
    await expect(connector.createAppointment?.(session, wish(slot))).rejects.toMatchObject({
      code: 'provider_rejected',
    });
  });

  it('in an account elsewhere keeps to its zone', async () => {
    const config = { defaultCountry: 'US', timeZone: 'America/New_York' };
    const running = await new ConnectedAcuity({}, '21300008', config).identify();
    const session = running.session();
    const { records } = await pull(session, 'appointments');
    expect(new Set(records.map(({ data }) => ('timeZone' in data ? data.timeZone : '')))).toEqual(
      new Set(['America/New_York', 'Europe/London']),
    );
    expect(session.account?.attributes).toMatchObject({ timeZone: 'America/New_York', currency: 'USD' });
  });
});

describe('a client', () => {
  it.each([
    { searchKnowsEmail: true, searchPhones: 'digits', repeatedClient: 'creates' },
    { searchKnowsEmail: false, searchPhones: 'as_written', repeatedClient: 'is_refused' },
  ] as const)('is created once where the account has %j', async (settings) => {
    const running = await new ConnectedAcuity(settings).identify();
    const session = running.session();
    const person = {
      firstName: 'Ada',
      lastName: 'Moreno',
      email: 'ada@mailbox.example',
      phone: '+447500900300',
      company: null,
    };
    const first = await connector.createContact?.(session, person);
    expect(first?.created).toBe(true);
    expect(await connector.createContact?.(session, person)).toEqual({ record: first?.record, created: false });
    expect(truth(running, 'clients').filter(({ lastName }) => lastName === 'Moreno')).toHaveLength(1);
    const found = await connector.lookupContact?.(session, { phone: '+447500900300', email: null });
    expect(found?.map(({ id }) => id)).toEqual([first?.record.id]);
  });
});
