import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { AppointmentMove, AvailabilityQuery, ConnectorSession, NewAppointment } from '../connector.ts';
import { type Recorded, type Scripted, ScriptedHttp, sessionFor } from '../kit/scripted-http.ts';
import { cancelAppointment, createAppointment, getAvailability, rescheduleAppointment } from './booking.ts';
import { classifyError } from './errors.ts';
import { fixtures } from './fixtures/conformance.ts';
import { availabilityRow, bookingRow, customerRow, errorBody, LOCATION, segmentRow, TAKEN } from './fixtures/rows.ts';

const HOUR_MS = 60 * 60_000;
const DAY_MS = 24 * HOUR_MS;
const MAIN = { locationId: LOCATION.id, locationName: LOCATION.name, timeZone: LOCATION.timezone };
const account = { id: 'ML1', name: null, attributes: MAIN };

const { booking: booked } = fixtures;
if (!booked?.move || !booked.cancel) throw new Error('the fixtures have no booking');
const { query, booking } = booked;
const move: AppointmentMove = booked.move.request;
const cancellation = booked.cancel.request;

const scripted = (answer: (request: Recorded) => Scripted) => new ScriptedHttp(answer, classifyError);
const session = (http: ScriptedHttp, attributes: Readonly<Record<string, string>> = MAIN): ConnectorSession =>
  sessionFor(http, {}, { ...account, attributes });
const filtersOf = ({ requests }: ScriptedHttp) =>
  requests
    .filter(({ operation }) => operation === 'availability.search')
    .map(({ json }) => (json as { query: { filter: Record<string, unknown> } }).query.filter);
const rangeOf = (filter: Record<string, unknown>) => filter.start_at_range as { start_at: string; end_at: string };

/** Offers a start every so often in whatever range is asked for. */
const offering = (everyMs: number) =>
  scripted(({ json }) => {
    const { start_at, end_at } = rangeOf((json as { query: { filter: Record<string, unknown> } }).query.filter);
    const first = Math.ceil(Date.parse(start_at) / everyMs) * everyMs;
    const count = Math.max(0, Math.ceil((Date.parse(end_at) - first) / everyMs));
    const starts = Array.from({ length: count }, (_, index) => first + index * everyMs);
    return { body: { availabilities: starts.map((start) => availabilityRow(new Date(start).toISOString())) } };
  });
const halfHours = () => offering(HOUR_MS / 2);
const startsOf = async (http: ScriptedHttp, change: Partial<AvailabilityQuery>, attributes = MAIN) => {
  const answer = await getAvailability(session(http, attributes), { ...query, ...change });
  if (answer.kind !== 'slots') throw new Error('Square says what is free');
  return answer.slots;
};

describe('what is free', () => {
  test('is asked for one service at one place, with the people who can be booked for it', async () => {
    const http = halfHours();
    await startsOf(http, {});
    expect(filtersOf(http)).toEqual([
      {
        start_at_range: { start_at: '2026-12-01T09:00:00Z', end_at: '2026-12-02T09:00:00Z' },
        location_id: LOCATION.id,
        segment_filters: [{ service_variation_id: 'VCUTSHORT', team_member_id_filter: { any: ['TMADA', 'TMBEN'] } }],
      },
    ]);
    expect(http.requests).toHaveLength(1);
  });

  test('is asked in ranges of 24 hours to 31 days that cover the query, and nothing else is offered', async () => {
    const step = 6 * HOUR_MS;
    const from = fc.integer({ min: 1, max: 240 }).map((steps) => Date.parse('2026-11-23T12:00:00Z') + steps * step);
    const length = fc.integer({ min: 1, max: 70 * 4 });
    await fc.assert(
      fc.asyncProperty(from, length, async (start, steps) => {
        const http = offering(step);
        const end = start + steps * step;
        const slots = await startsOf(http, { from: new Date(start).toISOString(), to: new Date(end).toISOString() });
        const ranges = filtersOf(http).map(rangeOf);
        for (const range of ranges) {
          const ms = Date.parse(range.end_at) - Date.parse(range.start_at);
          expect(ms).toBeGreaterThanOrEqual(DAY_MS);
          expect(ms).toBeLessThanOrEqual(32 * DAY_MS);
        }
        expect(slots.map((slot) => Date.parse(slot.start))).toEqual(
          Array.from({ length: steps }, (_, index) => start + index * step),
        );
      }),
      { numRuns: 40 },
    );
  });

  test.each([
    ['Europe/London', '2026-03-28T12:00:00+00:00', '2026-03-29T12:00:00+01:00', 46],
    ['Europe/London', '2026-10-24T12:00:00+01:00', '2026-10-25T12:00:00+00:00', 50],
    ['America/New_York', '2027-03-13T12:00:00-05:00', '2027-03-14T12:00:00-04:00', 46],
    ['America/New_York', '2026-10-31T12:00:00-04:00', '2026-11-01T12:00:00-05:00', 50],
    ['Australia/Lord_Howe', '2027-10-02T12:00:00+10:30', '2027-10-03T12:00:00+11:00', 47],
    ['Australia/Lord_Howe', '2027-04-03T12:00:00+11:00', '2027-04-04T12:00:00+10:30', 49],
  ])('on the day on which clocks change in %s, from %s', async (timeZone, from, to, count) => {
    const http = halfHours();
    const soon = { ...session(http, { ...MAIN, timeZone }), now: () => 0 };
    const answer = await getAvailability(soon, { ...query, timeZone, from, to });
    const slots = answer.kind === 'slots' ? answer.slots : [];
    expect(slots).toHaveLength(count);
    expect(new Set(slots.map(({ start }) => start)).size).toBe(count);
    for (const { start, end } of slots) expect(Date.parse(end) - Date.parse(start)).toBe(45 * 60_000);
    expect([...new Set(slots.map(({ start }) => start.slice(-6)))].toSorted()).toEqual(
      [...new Set([from.slice(-6), to.slice(-6)])].toSorted(),
    );
    for (const range of filtersOf(http).map(rangeOf)) {
      expect(Date.parse(range.end_at) - Date.parse(range.start_at)).toBeGreaterThanOrEqual(DAY_MS);
    }
  });

  test('is never in the past', async () => {
    const slots = await startsOf(halfHours(), { from: '2026-11-23T08:00:00Z', to: '2026-11-23T14:00:00Z' });
    expect(slots.map(({ start }) => start.slice(11, 16))).toEqual(['12:00', '12:30', '13:00', '13:30']);
  });

  test('remembers what Square needs to book it, and only what may be written', async () => {
    const [slot] = await startsOf(halfHours(), {});
    expect(slot).toEqual({
      start: '2026-12-01T09:00:00+00:00',
      end: '2026-12-01T09:45:00+00:00',
      timeZone: 'Europe/London',
      serviceId: 'VCUTSHORT',
      staffId: 'TMADA',
      locationId: LOCATION.id,
      token: {
        segments: [
          {
            team_member_id: 'TMADA',
            service_variation_id: 'VCUTSHORT',
            service_variation_version: 1791000000001,
            duration_minutes: 45,
          },
        ],
        locationName: 'Harbour Street',
      },
    });
  });

  test('with one person is asked for that person', async () => {
    const http = halfHours();
    expect((await startsOf(http, { staffId: 'TMBEN' })).length).toBe(0);
    expect(filtersOf(http)[0]).toMatchObject({ segment_filters: [{ team_member_id_filter: { any: ['TMBEN'] } }] });
  });

  test('is nothing when nobody who performs the service can be booked', async () => {
    const http = halfHours();
    const gone = query.staff.map((person) => ({ ...person, data: { ...person.data, bookable: false } }));
    const answer = await getAvailability(session(http), { ...query, staff: gone });
    expect(answer).toMatchObject({ kind: 'slots', slots: [], notes: [expect.stringContaining('Nobody')] });
    expect(http.requests).toEqual([]);
  });

  test('is asked without people where neither mirror nor service knows any', async () => {
    const http = halfHours();
    const service = query.service && { ...query.service, data: { ...query.service.data, staffIds: null } };
    await startsOf(http, { staff: [], service });
    expect(filtersOf(http)[0]).toMatchObject({ segment_filters: [{ service_variation_id: 'VCUTSHORT' }] });
    expect(JSON.stringify(filtersOf(http))).not.toContain('team_member_id_filter');
  });

  test('cannot be known without a service', async () => {
    await expect(startsOf(halfHours(), { service: null })).rejects.toMatchObject({
      code: 'validation_failed',
      field: 'serviceId',
    });
  });

  test('for an appointment that moves is asked by its id alone', async () => {
    const http = halfHours();
    await startsOf(http, { moving: move.appointment });
    expect(filtersOf(http)).toEqual([{ booking_id: 'bk1', start_at_range: expect.anything() }]);
  });

  test('passes over times that cannot be booked as they are', async () => {
    const whole = availabilityRow('2026-12-01T10:00:00Z');
    const bare = { ...availabilityRow('2026-12-01T11:00:00Z'), appointment_segments: [{ team_member_id: 'TMADA' }] };
    const slots = await startsOf(
      scripted(() => ({ body: { availabilities: [whole, bare] } })),
      {},
    );
    expect(slots.map(({ start }) => start)).toEqual(['2026-12-01T10:00:00+00:00']);
  });

  test('is looked for at the configured place, in its own zone', async () => {
    const http = scripted(({ operation }) =>
      operation === 'locations.get'
        ? { body: { location: { id: 'L-NY', name: 'Tenth Street', timezone: 'America/New_York' } } }
        : { body: { availabilities: [{ ...availabilityRow('2026-12-01T15:00:00Z'), location_id: 'L-NY' }] } },
    );
    const configured = { ...session(http), config: sessionFor(http, { booking: { locationId: 'L-NY' } }).config };
    const answer = await getAvailability(configured, query);
    expect(answer).toMatchObject({
      slots: [{ start: '2026-12-01T10:00:00-05:00', timeZone: 'America/New_York', locationId: 'L-NY' }],
    });
    expect(filtersOf(http)[0]).toMatchObject({ location_id: 'L-NY' });
  });
});

describe('booking', () => {
  const book = (http: ScriptedHttp, change: Partial<NewAppointment> = {}) =>
    createAppointment(session(http), { ...booking, ...change });
  const squareWith = (customer: object, answer: Scripted = { body: { booking: bookingRow('bk1') } }) =>
    scripted(({ operation }) => {
      if (operation === 'bookings.create') return answer;
      return { body: { customer } };
    });

  test('sends the offer as it was, in UTC, with the key of the booking', async () => {
    const http = squareWith(customerRow('CADA'));
    await book(http, { notes: 'by phone' });
    expect(http.requests.at(-1)).toMatchObject({ method: 'POST', callClass: 'live_write' });
    expect(http.requests.at(-1)?.json).toEqual({
      idempotency_key: 'a'.repeat(32),
      booking: {
        location_id: LOCATION.id,
        start_at: '2026-12-02T15:00:00Z',
        customer_id: 'CADA',
        customer_note: 'by phone',
        appointment_segments: [
          {
            team_member_id: 'TMADA',
            service_variation_id: 'VCUTSHORT',
            service_variation_version: 1791000000001,
            duration_minutes: 45,
          },
        ],
      },
    });
  });

  test('gives a customer without a number the caller’s: Square books for nobody without', async () => {
    const http = squareWith(customerRow('CADA', { phone_number: null, version: 7 }));
    await book(http);
    expect(http.requests.map(({ operation }) => operation)).toEqual([
      'customers.get',
      'customers.update',
      'bookings.create',
    ]);
    expect(http.requests[1]?.json).toEqual({ phone_number: '+442079460018', version: 7 });
    const nameless = { ...booking.customer, phone: null };
    await expect(
      book(squareWith(customerRow('CADA', { phone_number: '' })), { customer: nameless }),
    ).rejects.toMatchObject({ code: 'provider_rejected' });
  });

  test('is for the profile that a merged one has become', async () => {
    const http = squareWith(customerRow('CMERGED'));
    await book(http);
    expect(http.requests.at(-1)?.json).toMatchObject({ booking: { customer_id: 'CMERGED' } });
  });

  test('may be pending until the seller accepts', async () => {
    const pending = bookingRow('bk1', { status: 'PENDING' });
    const record = await book(squareWith(customerRow('CADA'), { body: { booking: pending } }));
    expect(record.data).toMatchObject({ status: 'pending', busy: true, location: { name: 'Harbour Street' } });
  });

  test.each([
    [{ status: 400, body: TAKEN }, 'slot_unavailable'],
    [
      { status: 403, body: errorBody('AUTHENTICATION_ERROR', 'FORBIDDEN', { detail: 'Merchant subscription' }) },
      'plan_required',
    ],
  ])('that answers %j ends with %s', async (answer, code) => {
    await expect(book(squareWith(customerRow('CADA'), answer))).rejects.toMatchObject({ code });
  });

  test.each([
    ['no record', { customer: { ...booking.customer, contactId: null } }, 'provider_rejected'],
    ['a slot that is not Square’s', { slot: { ...booking.slot, token: null } }, 'validation_failed'],
    ['a slot without a place', { slot: { ...booking.slot, locationId: null } }, 'validation_failed'],
  ])('with %s asks for nothing', async (_what, change, code) => {
    const http = squareWith(customerRow('CADA'));
    await expect(book(http, change)).rejects.toMatchObject({ code });
    expect(http.requests).toEqual([]);
  });
});

/** A booking that others change, too: every read raises its version `others` times. */
function busyBooking(members: object, others: number, status: 400 | 409 = 409) {
  let version = 3;
  let left = others;
  return scripted(({ method, json }) => {
    if (method === 'GET') {
      const seen = version;
      if (left > 0) version += 1;
      left -= 1;
      return { body: { booking: bookingRow('bk1', { ...members, version: seen }) } };
    }
    const body = json as { booking?: { version: number; start_at: string }; booking_version?: number };
    if ((body.booking?.version ?? body.booking_version) !== version) {
      return {
        status,
        body: errorBody('INVALID_REQUEST_ERROR', status === 409 ? 'CONFLICT' : 'BAD_REQUEST', { field: 'version' }),
      };
    }
    version += 1;
    const change = body.booking ? { start_at: body.booking.start_at } : { status: 'CANCELLED_BY_CUSTOMER' };
    return { body: { booking: bookingRow('bk1', { ...members, ...change, version }) } };
  });
}
const writesOf = ({ requests }: ScriptedHttp) =>
  requests.filter(({ method }) => method !== 'GET').map(({ json }) => json);

describe('moving', () => {
  test('sends the version that was read and the new time, nothing else', async () => {
    const http = busyBooking({}, 0);
    const { record } = await rescheduleAppointment(session(http), move);
    expect(writesOf(http)).toEqual([
      { idempotency_key: `${'b'.repeat(32)}-3`, booking: { version: 3, start_at: '2026-12-03T10:30:00Z' } },
    ]);
    expect(record?.data).toMatchObject({ start: '2026-12-03T10:30:00+00:00', version: '4' });
  });

  test.each([400, 409] as const)('is done once more when somebody was quicker, refused with %d', async (status) => {
    const http = busyBooking({}, 1, status);
    const { record } = await rescheduleAppointment(session(http), move);
    expect(record?.data.version).toBe('5');
    expect(writesOf(http)).toMatchObject([
      { idempotency_key: `${'b'.repeat(32)}-3`, booking: { version: 3 } },
      { idempotency_key: `${'b'.repeat(32)}-4`, booking: { version: 4 } },
    ]);
  });

  test('is given up when somebody is quicker again', async () => {
    const http = busyBooking({}, 5);
    await expect(rescheduleAppointment(session(http), move)).rejects.toMatchObject({ code: 'provider_rejected' });
    expect(writesOf(http)).toHaveLength(2);
  });

  test('to where it is already is success: the answer to an earlier attempt was lost', async () => {
    const http = busyBooking({ start_at: '2026-12-03T10:30:00Z' }, 0);
    const { record } = await rescheduleAppointment(session(http), move);
    expect(record?.id).toBe('bk1');
    expect(writesOf(http)).toEqual([]);
  });

  test('to somebody else sends the segments along', async () => {
    const http = busyBooking({ appointment_segments: [segmentRow({ team_member_id: 'TMBEN' })] }, 0);
    await rescheduleAppointment(session(http), move);
    expect(writesOf(http)).toMatchObject([{ booking: { appointment_segments: [{ team_member_id: 'TMADA' }] } }]);
  });

  test('keeps the segments of an older version of the service', async () => {
    const http = busyBooking({ appointment_segments: [segmentRow({ service_variation_version: 1 })] }, 0);
    await rescheduleAppointment(session(http), move);
    expect(JSON.stringify(writesOf(http))).not.toContain('appointment_segments');
  });

  test.each([
    ['to another location', busyBooking({}, 0), { slot: { ...move.slot, locationId: 'L-OTHER' } }, 'provider_rejected'],
    [
      'when the time is taken',
      scripted(({ method }) =>
        method === 'GET' ? { body: { booking: bookingRow('bk1') } } : { status: 400, body: TAKEN },
      ),
      {},
      'slot_unavailable',
    ],
    [
      'when it is gone',
      scripted(() => ({ status: 404, body: errorBody('INVALID_REQUEST_ERROR', 'NOT_FOUND') })),
      {},
      'not_found',
    ],
    [
      'when a deposit was taken',
      scripted(({ method }) =>
        method === 'GET'
          ? { body: { booking: bookingRow('bk1') } }
          : { status: 400, body: errorBody('INVALID_REQUEST_ERROR', 'BAD_REQUEST', { detail: 'deposit' }) },
      ),
      {},
      'provider_rejected',
    ],
  ])('%s is refused', async (_what, http, change, code) => {
    await expect(rescheduleAppointment(session(http), { ...move, ...change })).rejects.toMatchObject({ code });
  });
});

describe('cancelling', () => {
  test('names the version that was read, once more when it was changed meanwhile', async () => {
    const http = busyBooking({}, 1);
    const { record } = await cancelAppointment(session(http), cancellation);
    expect(record?.data).toMatchObject({ status: 'cancelled', busy: false });
    expect(writesOf(http)).toEqual([
      { idempotency_key: `${'c'.repeat(32)}-3`, booking_version: 3 },
      { idempotency_key: `${'c'.repeat(32)}-4`, booking_version: 4 },
    ]);
  });

  test.each(['CANCELLED_BY_CUSTOMER', 'CANCELLED_BY_SELLER', 'DECLINED'])(
    'what is %s already writes nothing',
    async (status) => {
      const http = busyBooking({ status }, 0);
      const { record } = await cancelAppointment(session(http), cancellation);
      expect(record?.data.busy).toBe(false);
      expect(writesOf(http)).toEqual([]);
    },
  );

  test('what is gone removes it', async () => {
    const http = scripted(() => ({ status: 404, body: {} }));
    expect(await cancelAppointment(session(http), cancellation)).toEqual({
      record: null,
      deletedIds: ['bk1'],
      others: [],
    });
  });

  test('leaves it to whom it belongs since their profile was merged', async () => {
    const { appointment } = cancellation;
    const customers = [{ id: 'CNEW', name: null, email: null, phone: null }];
    const merged = { ...appointment, data: { ...appointment.data, customers } };
    const { record } = await cancelAppointment(session(busyBooking({}, 0)), { ...cancellation, appointment: merged });
    expect(record?.data.customers).toEqual(customers);
  });

  test('outside the seller’s window is refused', async () => {
    const refusal = { status: 400, body: errorBody('INVALID_REQUEST_ERROR', 'BAD_REQUEST', { field: 'booking_id' }) };
    const http = scripted(({ method }) => (method === 'GET' ? { body: { booking: bookingRow('bk1') } } : refusal));
    await expect(cancelAppointment(session(http), cancellation)).rejects.toMatchObject({ code: 'provider_rejected' });
    expect(writesOf(http)).toHaveLength(1);
  });
});
