import { describe, expect, test } from '@jest/globals';
import type { AppointmentMove, NewAppointment } from '../connector.ts';
import { cancelAppointment, createAppointment, findBooked, getAvailability, rescheduleAppointment } from './booking.ts';
import { fixtures } from './fixtures/conformance.ts';
import { appointmentRow, clientRow, refusal } from './fixtures/rows.ts';
import { accountIn, type SiteScript, scriptedSite } from './fixtures/scripted-site.ts';

const { booking: given } = fixtures;
if (!given?.move || !given.cancel) throw new Error('the fixtures lack booking');
const { booking, query } = given;
const move = given.move.request;
const cancel = given.cancel.request;
const KEY = booking.idempotencyKey;
const START = '2026-12-01T10:00:00';

/** Appointments on the calendar, the client of the fixtures, and an answer to writes. */
function calendar(rows: readonly object[], written: ReturnType<SiteScript> = undefined): SiteScript {
  return (request) => {
    if (request.method === 'POST') return written;
    if (request.path === '/client/clients') return request.list('Clients', [clientRow(41, { Id: 'R-41' })]);
    return request.list('Appointments', rows);
  };
}
const written = (row: object) => ({ body: { Appointment: row } });
const book = (script: SiteScript, change: Partial<NewAppointment> = {}) => {
  const { session, http } = scriptedSite(script);
  return { http, booked: createAppointment(session, { ...booking, ...change }) };
};

describe('asking what is free', () => {
  test('sends the days, the service and who and where', async () => {
    const { session, http } = scriptedSite((request) =>
      request.path === '/appointment/bookableitems'
        ? request.list('Availabilities', [])
        : request.list('ActiveSessionTimes', ['09:00:00']),
    );
    session.config.connection.siteId = '777';
    await getAvailability(session, { ...query, staffId: '12', moving: move.appointment });
    expect(http.requests.find(({ url }) => String(url).endsWith('bookableitems'))?.query).toEqual({
      'request.startDate': '2026-12-01T00:00:00',
      'request.endDate': '2026-12-02T23:59:59',
      'request.sessionTypeIds[0]': 31,
      'request.staffIds[0]': 12,
      'request.locationIds[0]': 1,
      'request.appointmentId': 88123,
      'request.limit': 200,
      'request.offset': 0,
    });
  });

  test('asks for the grid once an hour, and makes one where the site names no times', async () => {
    const { session, http } = scriptedSite((request) =>
      request.path === '/appointment/bookableitems'
        ? request.list('Availabilities', [
            {
              StartDateTime: '2026-12-01T09:00:00',
              EndDateTime: '2026-12-01T11:00:00',
              Staff: { Id: 12 },
              Location: { Id: 1 },
            },
            { StartDateTime: 'soon' },
          ])
        : request.list('ActiveSessionTimes', []),
    );
    session.config.connection.siteId = '778';
    const answer = await getAvailability(session, query);
    await getAvailability(session, query);
    if (answer.kind !== 'slots') throw new Error('slots were expected');
    expect(answer.slots.map(({ start }) => start.slice(11, 16))).toEqual(['09:00', '09:30', '10:00']);
    expect(answer.notes).toHaveLength(1);
    expect(http.requests.filter(({ url }) => String(url).endsWith('activesessiontimes'))).toHaveLength(1);
  });
});

describe('booking', () => {
  test('uses up no pass, sends no mail, and names the client by the number of the day', async () => {
    const { http, booked } = book(calendar([], written(appointmentRow(1, START, { ClientId: 'R-41' }))));
    expect((await booked).data.customers).toMatchObject([{ id: '41' }]);
    expect(http.requests.find(({ method }) => method === 'POST')?.json).toEqual({
      ClientId: 'R-41',
      SessionTypeId: 31,
      StaffId: 100000012,
      LocationId: 1,
      StartDateTime: START,
      ApplyPayment: false,
      SendEmail: false,
      PartnerExternalId: KEY,
    });
  });

  test.each([
    ['Europe/London', '2026-10-25T09:00:00Z', '2026-10-25T09:00:00'],
    ['Europe/London', '2026-03-29T09:00:00Z', '2026-03-29T10:00:00'],
    ['America/New_York', '2026-11-01T15:00:00Z', '2026-11-01T10:00:00'],
    ['America/New_York', '2026-03-08T15:00:00Z', '2026-03-08T11:00:00'],
    ['Australia/Lord_Howe', '2026-04-04T23:00:00Z', '2026-04-05T09:30:00'],
    ['Australia/Lord_Howe', '2026-10-03T23:00:00Z', '2026-10-04T10:00:00'],
  ])('in %s at %s sends what clocks show there', async (zone, start, local) => {
    const { session, http } = scriptedSite(calendar([], written(appointmentRow(1, local))), {
      account: accountIn(zone),
    });
    const record = await createAppointment(session, { ...booking, slot: { ...booking.slot, start } });
    expect(http.requests.find(({ method }) => method === 'POST')?.json).toMatchObject({ StartDateTime: local });
    expect(Date.parse(record.data.start)).toBe(Date.parse(start));
  });

  test.each([
    ['InvalidBookingTime', 'slot_unavailable'],
    ['ClientIsAlreadyBooked', 'slot_unavailable'],
    ['PaymentRequired', 'provider_rejected'],
    ['DeniedAccess', 'missing_scope'],
  ])('that is refused with %s is not booked: %s', async (code, expected) => {
    for (const status of [400, 403, 409]) {
      if (status === 409 && expected !== 'slot_unavailable') continue;
      const { booked } = book(calendar([], refusal(status, code)));
      await expect(booked).rejects.toMatchObject({ code: expected, outcomeUnknown: false });
    }
  });

  test('that goes wrong without a cause is open', async () => {
    const { booked } = book(calendar([], refusal(400, 'Unknown')));
    await expect(booked).rejects.toMatchObject({ code: 'provider_unavailable', outcomeUnknown: true });
  });

  test('that is under way already is looked for, and is open when it is not there yet', async () => {
    const conflict = { status: 409, body: { Error: { Message: 'Duplicate request.', Code: 'DuplicateRequest' } } };
    const mine = appointmentRow(5, START, { PartnerExternalId: KEY, ClientId: 'R-41' });
    await expect(book(calendar([mine], conflict)).booked).resolves.toMatchObject({ id: '5' });
    await expect(book(calendar([], conflict)).booked).rejects.toMatchObject({
      code: 'provider_unavailable',
      outcomeUnknown: true,
    });
  });

  test('of nobody, or nowhere, is not asked for', async () => {
    const { http, booked } = book(calendar([]), { slot: { ...booking.slot, locationId: null } });
    await expect(booked).rejects.toMatchObject({ code: 'provider_rejected' });
    expect(http.requests).toEqual([]);
  });
});

describe('finding what a lost attempt has booked', () => {
  const find = (rows: readonly object[], endedAgoMs = 60_000) => {
    const { session, http } = scriptedSite(calendar(rows));
    const endedBy = session.now() - endedAgoMs;
    return { http, found: findBooked(session, booking, { startedAt: endedBy - 10_000, endedBy }) };
  };

  test('asks for the client’s appointments of that day', async () => {
    const { http, found } = find([]);
    expect(await found).toBeNull();
    expect(http.requests.at(-1)?.query).toMatchObject({
      'request.clientId': 'R-41',
      'request.startDate': '2026-12-01T00:00:00',
      'request.endDate': '2026-12-01T23:59:59',
    });
  });

  test.each<[string, Readonly<Record<string, unknown>>, boolean]>([
    ['with our key', { PartnerExternalId: KEY }, true],
    ['with our key, moved since', { PartnerExternalId: KEY, StartDateTime: '2026-12-01T12:00:00' }, true],
    ['without any key, at the very time', {}, true],
    ['without any key, with somebody else', { StaffId: 13 }, false],
    ['of another booking', { PartnerExternalId: 'f'.repeat(32) }, false],
    ['that is cancelled', { PartnerExternalId: KEY, Status: 'Cancelled' }, false],
  ])('knows one %s', async (_what, more, isIt) => {
    const found = await find([appointmentRow(5, START, more)]).found;
    expect(found?.id ?? null).toBe(isIt ? '5' : null);
  });

  test('concludes nothing from an empty list shortly after the attempt', async () => {
    await expect(find([], 4_000).found).rejects.toMatchObject({ code: 'provider_unavailable', retryAfterSeconds: 6 });
  });

  test('concludes nothing from a list that it cannot read', async () => {
    await expect(find([{ Id: 5 }]).found).rejects.toMatchObject({ code: 'provider_unavailable' });
  });
});

describe('moving', () => {
  const moveBy = (script: SiteScript, change: Partial<AppointmentMove> = {}) => {
    const { session, http } = scriptedSite(script);
    return { http, moved: rescheduleAppointment(session, { ...move, ...change }) };
  };
  const NEW_START = '2026-12-02T14:00:00';

  test('looks first, then sends the new time', async () => {
    const script = calendar([appointmentRow(88123, START)], written(appointmentRow(88123, NEW_START)));
    const { http, moved } = moveBy(script);
    expect((await moved).record?.data.start).toBe('2026-12-02T14:00:00+00:00');
    expect(http.requests[0]?.query).toMatchObject({ 'request.appointmentIds[0]': 88123 });
    expect(http.requests.find(({ method }) => method === 'POST')?.json).toEqual({
      AppointmentId: 88123,
      StartDateTime: NEW_START,
      EndDateTime: '2026-12-02T15:00:00',
      StaffId: 100000012,
      SessionTypeId: 31,
      ApplyPayment: false,
      SendEmail: false,
    });
  });

  test('to where it is already changes nothing', async () => {
    const { http, moved } = moveBy(calendar([appointmentRow(88123, NEW_START)]));
    expect((await moved).record?.id).toBe('88123');
    expect(http.requests.some(({ method }) => method === 'POST')).toBe(false);
  });

  test('does not bring a cancelled one back', async () => {
    const { moved } = moveBy(calendar([appointmentRow(88123, START, { Status: 'Cancelled' })]));
    await expect(moved).rejects.toMatchObject({ code: 'provider_rejected' });
  });

  test('to another location is not possible', async () => {
    const { moved } = moveBy(calendar([]), { slot: { ...move.slot, locationId: '2' } });
    await expect(moved).rejects.toMatchObject({ code: 'provider_rejected' });
  });

  test('of one that is gone says so', async () => {
    const { moved } = moveBy(calendar([], refusal(404, 'ItemNotFound')));
    await expect(moved).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('cancelling', () => {
  const end = (script: SiteScript) => {
    const { session, http } = scriptedSite(script);
    return { http, ended: cancelAppointment(session, cancel) };
  };
  const CANCELLED = appointmentRow(88123, START, { Status: 'Cancelled' });

  test('is never a late cancellation', async () => {
    const { http, ended } = end(calendar([], written(CANCELLED)));
    expect((await ended).record?.data).toMatchObject({ status: 'cancelled', busy: false });
    expect(http.requests.find(({ method }) => method === 'POST')?.json).toEqual({
      AppointmentId: 88123,
      Execute: 'cancel',
      SendEmail: false,
    });
  });

  test('costs one call when the mirror knows whom it is for', async () => {
    const { session, http } = scriptedSite(calendar([], written(CANCELLED)));
    const appointment = { ...cancel.appointment, source: { ClientId: '10041' } };
    const ended = await cancelAppointment(session, { ...cancel, appointment });
    expect(ended.record?.data.customers).toEqual(appointment.data.customers);
    expect(http.requests).toHaveLength(1);
  });

  test.each<[string, SiteScript]>([
    ['that does not exist', calendar([], refusal(404, 'ItemNotFound'))],
    ['that is no longer listed', calendar([], refusal(400, 'InvalidParameter'))],
    ['whose answer still shows it as booked', calendar([], written(appointmentRow(88123, START)))],
  ])('one %s is done', async (_what, script) => {
    expect(await end(script).ended).toEqual({ record: null, deletedIds: ['88123'], others: [] });
  });

  test('that is refused while it stands is not done', async () => {
    const standing = calendar([appointmentRow(88123, START)], refusal(403, 'InvalidUserAccessLevel'));
    await expect(end(standing).ended).rejects.toMatchObject({ code: 'missing_scope' });
    const silent = calendar([appointmentRow(88123, START)], written(appointmentRow(88123, START)));
    await expect(end(silent).ended).rejects.toMatchObject({ code: 'provider_unavailable' });
  });
});
