import { describe, expect, it } from '@jest/globals';
import type { Slot } from '../../core/model/availability.ts';
import { utcIso } from '../../core/time/zoned-time.ts';
import type { AvailabilityQuery, BookingCustomer, NewAppointment } from '../connector.ts';
import { type Recorded, type Scripted, ScriptedHttp, sessionFor } from '../kit/scripted-http.ts';
import { cancelAppointment, createAppointment, findBooked, getAvailability, rescheduleAppointment } from './booking.ts';
import { classifyError } from './errors.ts';
import { appointmentRow, calendarRow, typeRow } from './fixtures/rows.ts';
import { toAppointmentRecord, toServiceRecord, toStaffRecord } from './map.ts';
import { appointmentSchema, appointmentTypeSchema, calendarSchema } from './schemas.ts';

const READING = { defaultCountry: 'GB', timeZone: 'Europe/London', currency: 'GBP' };
const service = toServiceRecord(appointmentTypeSchema.parse(typeRow()), READING);
const staff = ['14200003', '14200004'].map((id) =>
  toStaffRecord(calendarSchema.parse(calendarRow({ id: Number(id) }))),
);
const present = toAppointmentRecord(appointmentSchema.parse(appointmentRow()), READING);
const customer: BookingCustomer = {
  contactId: null,
  firstName: 'Ada',
  lastName: 'Nightingale',
  name: 'Ada Nightingale',
  email: 'ada@mailbox.example',
  phone: '+442079460018',
};
const slot: Slot = {
  start: '2026-12-03T10:00:00+00:00',
  end: '2026-12-03T10:45:00+00:00',
  timeZone: 'Europe/London',
  serviceId: '70010002',
  staffId: '14200003',
  locationId: null,
  token: null,
};
const idempotencyKey = '0123456789abcdef0123456789abcdef';
const booking: NewAppointment = { slot, service, customer, title: 'Colour', notes: 'by the window', idempotencyKey };
const query: AvailabilityQuery = {
  from: '2026-12-01T00:00:00Z',
  to: '2026-12-08T00:00:00Z',
  timeZone: 'Europe/London',
  service,
  staffId: null,
  staff,
  moving: null,
};

const pathOf = ({ url }: Recorded) => String(url).replace('https://acuityscheduling.com/api/v1', '');
const answering = (answers: Readonly<Record<string, Scripted | ((request: Recorded) => Scripted)>>) =>
  new ScriptedHttp((request) => {
    const answer = answers[`${request.method} ${pathOf(request)}`];
    if (!answer) throw new Error(`nothing is scripted for ${request.method} ${pathOf(request)}`);
    return typeof answer === 'function' ? answer(request) : answer;
  }, classifyError);
const session = (http: ScriptedHttp) => sessionFor(http, { defaultCountry: 'GB', timeZone: 'Europe/London' });
const refused = (error: string): Scripted => ({ status: 400, body: { status_code: 400, message: 'no', error } });
const VALID: Scripted = { body: { valid: true } };

/** An account that is free at 10:00 local time of each of these days. */
const openOn = (days: readonly string[], offset = '+0000') =>
  answering({
    'GET /availability/dates': ({ query: asked }) => ({
      body: days.filter((date) => date.startsWith(String(asked?.month))).map((date) => ({ date })),
    }),
    'GET /availability/times': ({ query: asked }) => ({
      body: days.includes(String(asked?.date))
        ? [
            { time: `${asked?.date}T10:00:00${offset}`, slotsAvailable: 1 },
            { time: `${asked?.date}T11:00:00${offset}`, slotsAvailable: 0 },
          ]
        : [],
    }),
  });
const startsOf = async (http: ScriptedHttp, change: Partial<AvailabilityQuery> = {}) => {
  const answer = await getAvailability(session(http), { ...query, ...change });
  if (answer.kind !== 'slots') throw new Error('Acuity says what is free');
  return answer;
};

describe('what is free', () => {
  it('is asked for by month and day, in one zone, and per calendar', async () => {
    const http = openOn(['2026-12-02']);
    const { slots, notes } = await startsOf(http);
    expect(slots.map(({ start, end, staffId }) => [start, end, staffId])).toEqual([
      ['2026-12-02T10:00:00+00:00', '2026-12-02T10:45:00+00:00', '14200003'],
      ['2026-12-02T10:00:00+00:00', '2026-12-02T10:45:00+00:00', '14200004'],
    ]);
    expect(notes).toEqual([]);
    for (const request of http.requests) expect(request.query?.timezone).toBe('Europe/London');
    expect(http.requests).toHaveLength(3);
  });

  it('over two months is asked for in both', async () => {
    const http = openOn(['2026-11-30', '2026-12-01']);
    const range = { from: '2026-11-29T00:00:00Z', to: '2026-12-03T00:00:00Z', staffId: '14200003' };
    const { slots } = await startsOf(http, range);
    expect(slots).toHaveLength(2);
    expect(http.requests.filter((request) => pathOf(request).endsWith('/dates'))).toHaveLength(2);
  });

  it('with one person is asked of that calendar alone', async () => {
    const http = openOn(['2026-12-02', '2026-12-03']);
    const { slots } = await startsOf(http, { staffId: '14200004' });
    expect(slots.map(({ staffId }) => staffId)).toEqual(['14200004', '14200004']);
    for (const request of http.requests) expect(request.query?.calendarID).toBe('14200004');
  });

  it('takes no more calls than Acuity allows in a second; the rest is named', async () => {
    const week = ['2026-12-01', '2026-12-02', '2026-12-03', '2026-12-04', '2026-12-05', '2026-12-06', '2026-12-07'];
    const http = openOn(week);
    const { slots, notes } = await startsOf(http);
    expect(http.requests.length).toBeLessThanOrEqual(7);
    expect(slots.map(({ start }) => start.slice(0, 10))).toEqual([
      ...Array(2).fill(week[0]),
      ...Array(2).fill(week[1]),
    ]);
    expect(notes).toEqual([expect.stringContaining('2026-12-02')]);
    const alone = await startsOf(openOn(week), { staffId: '14200003' });
    expect(alone.slots).toHaveLength(5);
    expect(alone.notes).toEqual([expect.stringContaining('2026-12-05')]);
    expect((await startsOf(openOn(week.slice(0, 5)), { staffId: '14200003' })).notes).toEqual([]);
  });

  it('of a large team is asked for once: Acuity chooses who', async () => {
    const everybody = Array.from({ length: 12 }, (_, at) => String(14200001 + at));
    const large = { ...service, data: { ...service.data, staffIds: everybody } };
    const team = everybody.map((id) => toStaffRecord(calendarSchema.parse(calendarRow({ id: Number(id) }))));
    const http = openOn(['2026-12-02']);
    const { slots } = await startsOf(http, { service: large, staff: team });
    expect(slots.map(({ staffId }) => staffId)).toEqual([null]);
    for (const request of http.requests) expect(request.query?.calendarID).toBeUndefined();
  });

  it('lies within what is asked for', async () => {
    const http = openOn(['2026-12-02']);
    expect((await startsOf(http, { from: '2026-12-02T10:00:01Z' })).slots).toEqual([]);
    expect((await startsOf(http, { from: '2026-12-01T00:00:00Z', to: '2026-12-02T10:00:00Z' })).slots).toEqual([]);
  });

  it('for an appointment that moves leaves its own time out of account', async () => {
    const http = openOn(['2026-12-02']);
    await startsOf(http, { moving: present, staffId: '14200003', to: '2026-12-03T00:00:00Z' });
    expect(http.requests.map(pathOf)).toEqual(['/availability/times', '/availability/times']);
    for (const request of http.requests) expect(request.query?.['ignoreAppointmentIDs[]']).toBe('1800000001');
  });

  it.each([
    ['Europe/London', '2026-10-25', '+0000', '2026-10-24T23:00:00Z', '2026-10-26T00:00:00Z', '2026-10-25T10:00:00Z'],
    ['Europe/London', '2027-03-28', '+0100', '2027-03-28T00:00:00Z', '2027-03-28T23:00:00Z', '2027-03-28T09:00:00Z'],
    ['America/New_York', '2026-11-01', '-0500', '2026-11-01T04:00:00Z', '2026-11-02T05:00:00Z', '2026-11-01T15:00:00Z'],
    ['America/New_York', '2027-03-14', '-0400', '2027-03-14T05:00:00Z', '2027-03-15T04:00:00Z', '2027-03-14T14:00:00Z'],
    [
      'Australia/Lord_Howe',
      '2026-10-04',
      '+1100',
      '2026-10-03T13:30:00Z',
      '2026-10-04T13:00:00Z',
      '2026-10-03T23:00:00Z',
    ],
    [
      'Australia/Lord_Howe',
      '2027-04-04',
      '+1030',
      '2027-04-03T13:00:00Z',
      '2027-04-04T13:30:00Z',
      '2027-04-03T23:30:00Z',
    ],
  ])(
    'in %s on %s, when the clocks change, is asked for that one day',
    async (timeZone, date, offset, from, to, start) => {
      const http = openOn([date], offset);
      const { slots } = await startsOf(http, { timeZone, from, to, staffId: '14200003' });
      expect(slots.map((free) => utcIso(free.start))).toEqual([start]);
      expect(slots[0]?.start).toContain('T10:00:00');
      expect(http.requests.filter((request) => pathOf(request).endsWith('/times'))).toHaveLength(1);
    },
  );

  it('needs a service', async () => {
    await expect(startsOf(openOn([]), { service: null })).rejects.toMatchObject({ code: 'validation_failed' });
  });
});

describe('an appointment', () => {
  it('is checked and booked as a client books it: never as an administrator, and with the usual messages', async () => {
    const http = answering({
      'POST /availability/check-times': VALID,
      'POST /appointments': { body: appointmentRow() },
    });
    expect((await createAppointment(session(http), booking)).id).toBe('1800000001');
    const [checked, booked] = http.requests;
    expect(checked?.json).toEqual({ datetime: slot.start, appointmentTypeID: 70010002, calendarID: 14200003 });
    expect(booked?.json).toEqual({
      datetime: '2026-12-03T10:00:00+00:00',
      appointmentTypeID: 70010002,
      calendarID: 14200003,
      firstName: 'Ada',
      lastName: 'Nightingale',
      email: 'ada@mailbox.example',
      phone: '+442079460018',
      timezone: 'Europe/London',
    });
    for (const request of http.requests) {
      expect(request.query).toBeUndefined();
      expect(request.callClass).toBe('live_write');
    }
  });

  it('goes to whoever is free where nobody was chosen', async () => {
    const http = answering({
      'POST /availability/check-times': VALID,
      'POST /appointments': { body: appointmentRow() },
    });
    await createAppointment(session(http), { ...booking, slot: { ...slot, staffId: null } });
    for (const { json } of http.requests) expect(json).not.toHaveProperty('calendarID');
  });

  it.each([
    [{ valid: false, error: 'not_available' }, 'slot_unavailable'],
    [{ valid: false }, 'slot_unavailable'],
    [{ valid: false, error: 'not_available_min_hours_in_advance' }, 'provider_rejected'],
  ])('is not begun where the check says %j', async (body, code) => {
    const http = answering({ 'POST /availability/check-times': { body } });
    await expect(createAppointment(session(http), booking)).rejects.toMatchObject({ code });
  });

  it.each(['not_available', 'no_available_calendar'])(
    'is refused when somebody takes the time between the check and the booking: %s',
    async (code) => {
      const http = answering({ 'POST /availability/check-times': VALID, 'POST /appointments': refused(code) });
      await expect(createAppointment(session(http), booking)).rejects.toMatchObject({ code: 'slot_unavailable' });
    },
  );

  it.each([
    [{ email: null }, 'customer.email'],
    [{ lastName: null, name: 'Cher' }, 'customer.lastName'],
    [{ firstName: null, name: 'Nightingale' }, 'customer.firstName'],
  ])('for a customer with %j is not begun: nothing is invented', async (change, field) => {
    const http = answering({});
    const attempt = createAppointment(session(http), { ...booking, customer: { ...customer, ...change } });
    await expect(attempt).rejects.toMatchObject({ code: 'validation_failed', field });
    expect(http.requests).toEqual([]);
  });

  it.each(['abc', '12; drop', ''])('is not asked for in a calendar called %j', async (staffId) => {
    const http = answering({});
    await expect(createAppointment(session(http), { ...booking, slot: { ...slot, staffId } })).rejects.toMatchObject({
      code: 'validation_failed',
    });
  });
});

describe('an appointment whose answer was lost', () => {
  const startedAt = Date.parse('2026-11-23T11:59:30Z');
  const attempt = { startedAt, endedBy: startedAt + 10_000 };
  const young = { datetimeCreated: '2026-11-23T05:59:31-0600' };
  const find = (rows: readonly object[], { endedBy } = attempt) => {
    const http = answering({ 'GET /appointments': { body: rows } });
    return { http, found: findBooked(session(http), booking, { startedAt, endedBy }) };
  };

  it('is found by customer, type, time and calendar, on the days around', async () => {
    const { http, found } = find([appointmentRow(young)]);
    expect((await found)?.id).toBe('1800000001');
    expect(http.requests[0]?.query).toMatchObject({
      email: 'ada@mailbox.example',
      appointmentTypeID: '70010002',
      minDate: '2026-12-02',
      maxDate: '2026-12-04',
    });
  });

  it.each([
    ['of another time', { ...young, datetime: '2026-12-03T10:30:00+0000' }],
    ['of another type', { ...young, appointmentTypeID: 1 }],
    ['in another calendar', { ...young, calendarID: 14200004 }],
    ['for another child of the family', { ...young, firstName: 'Ida' }],
    ['that is cancelled', { ...young, canceled: true }],
    ['that is older', { datetimeCreated: '2026-11-20T05:59:31-0600' }],
    ['of another address', { ...young, email: 'other@mailbox.example' }],
  ])('is not one %s', async (_what, change) => {
    expect(await find([appointmentRow(change)]).found).toBeNull();
  });

  it('counts as booked where Acuity does not say when it was', async () => {
    expect((await find([appointmentRow({ datetimeCreated: '' })]).found)?.id).toBe('1800000001');
  });

  it('is told by the instant, not by how it is written', async () => {
    expect((await find([appointmentRow({ ...young, datetime: '2026-12-03T05:00:00-0500' })]).found)?.id).toBe(
      '1800000001',
    );
  });

  it('may not be in the list yet shortly after the attempt', async () => {
    const recent = { ...attempt, endedBy: Date.parse('2026-11-23T11:59:58Z') };
    await expect(find([], recent).found).rejects.toMatchObject({
      code: 'provider_unavailable',
      retryAfterSeconds: 3,
    });
    expect((await find([appointmentRow(young)], recent).found)?.id).toBe('1800000001');
  });

  it('is not certainly unbooked when something could not be read', async () => {
    await expect(find([{ id: 5 }]).found).rejects.toMatchObject({ code: 'provider_unavailable' });
  });
});

describe('moving an appointment', () => {
  const RESCHEDULE = 'PUT /appointments/1800000001/reschedule';
  const ONE = 'GET /appointments/1800000001';
  const later = { ...slot, start: '2026-12-04T14:30:00+00:00', end: '2026-12-04T15:15:00+00:00' };
  const move = (http: ScriptedHttp, to: Slot = later) =>
    rescheduleAppointment(session(http), { appointment: present, slot: to, service, idempotencyKey });
  const moved = { body: appointmentRow({ datetime: '2026-12-04T14:30:00+0000' }) };

  it.each([
    ['stays with the same person', '14200003', {}],
    ['goes to another person', '14200004', { calendarID: 14200004 }],
    ['goes to whoever is free', null, { calendarID: null }],
  ])('%s', async (_what, staffId, sent) => {
    const http = answering({ [ONE]: { body: appointmentRow() }, [RESCHEDULE]: moved });
    const { record, deletedIds } = await move(http, { ...later, staffId });
    expect(record?.data.start).toBe('2026-12-04T14:30:00+00:00');
    expect(deletedIds).toEqual([]);
    expect(http.requests[1]?.json).toEqual({ datetime: later.start, ...sent });
    expect(http.requests[1]?.query).toBeUndefined();
  });

  it('to where it is already is done already, also after an answer was lost', async () => {
    const http = answering({ [ONE]: moved });
    expect((await move(http)).record?.id).toBe('1800000001');
    expect(http.requests).toHaveLength(1);
  });

  it.each([
    ['not_available', 'slot_unavailable'],
    ['reschedule_too_close', 'provider_rejected'],
    ['reschedule_canceled', 'provider_rejected'],
    ['reschedule_series', 'provider_rejected'],
  ])('is refused with %s', async (error, code) => {
    const http = answering({ [ONE]: { body: appointmentRow() }, [RESCHEDULE]: refused(error) });
    await expect(move(http)).rejects.toMatchObject({ code });
  });

  it('that is gone is not found', async () => {
    const http = answering({ [ONE]: { status: 404, body: { status_code: 404, error: 'not_found', message: 'no' } } });
    await expect(move(http)).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('cancelling an appointment', () => {
  const ONE = 'GET /appointments/1800000001';
  const CANCEL = 'PUT /appointments/1800000001/cancel';
  const end = (http: ScriptedHttp, reason: string | null = null) =>
    cancelAppointment(session(http), { appointment: present, reason, idempotencyKey });

  it.each([
    ['Ill', { cancelNote: 'Ill' }],
    [null, {}],
  ])('sends an object, with the reason %j', async (reason, body) => {
    const http = answering({
      [ONE]: { body: appointmentRow() },
      [CANCEL]: { body: appointmentRow({ canceled: true }) },
    });
    const { record } = await end(http, reason);
    expect(record?.data).toMatchObject({ status: 'cancelled', busy: false });
    expect(http.requests[1]?.json).toEqual(body);
  });

  it('counts when the answer does not mark it', async () => {
    const http = answering({ [ONE]: { body: appointmentRow() }, [CANCEL]: { body: appointmentRow() } });
    expect((await end(http)).record?.data.status).toBe('cancelled');
  });

  it('a second time is success, and asks for nothing', async () => {
    const http = answering({ [ONE]: { body: appointmentRow({ canceled: true }) } });
    expect((await end(http)).record?.data.status).toBe('cancelled');
  });

  it('that is gone is success', async () => {
    const http = answering({ [ONE]: { status: 404, body: {} } });
    expect(await end(http)).toEqual({ record: null, deletedIds: ['1800000001'], others: [] });
  });

  it.each(['cancel_too_close', 'cancel_not_allowed'])('is refused with %s', async (error) => {
    const http = answering({ [ONE]: { body: appointmentRow() }, [CANCEL]: refused(error) });
    await expect(end(http)).rejects.toMatchObject({ code: 'provider_rejected' });
  });
});
