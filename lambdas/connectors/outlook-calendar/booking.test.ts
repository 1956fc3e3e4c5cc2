import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { computeSlots } from '../../core/booking/compute-slots.ts';
import type { Appointment } from '../../core/model/appointment.ts';
import { weeklyHoursSchema } from '../../core/model/availability.ts';
import type { SourceRecord } from '../../core/model/mirror-record.ts';
import type { AvailabilityQuery, NewAppointment } from '../connector.ts';
import { serviceRecord } from '../kit/records.ts';
import { type Recorded, type Scripted, ScriptedHttp, sessionFor } from '../kit/scripted-http.ts';
import { cancelAppointment, createAppointment, findBooked, getAvailability, rescheduleAppointment } from './booking.ts';
import { classifyError } from './errors.ts';
import { calendarRow, eventRow, graphError, utc } from './fixtures/events.ts';
import { toAppointmentRecord, toStaffRecord } from './map.ts';
import { calendarSchema, eventSchema } from './schemas.ts';

type Answer = (request: Recorded) => Scripted | undefined;
const path = ({ url }: Recorded) => decodeURIComponent(new URL(url).pathname);

function graph(answer: Answer, calendars: readonly string[] = ['AAcal1']) {
  const http = new ScriptedHttp((request) => {
    const own = answer(request);
    if (own) return own;
    if (request.method === 'GET') return { body: { value: [] } };
    throw new Error(`no answer to ${request.method} ${String(request.url)}`);
  }, classifyError);
  const config = { timeZone: 'Europe/London', booking: { calendars: calendars.map((staffId) => ({ staffId })) } };
  return { http, session: sessionFor(http, config) };
}

const QUERY: AvailabilityQuery = {
  from: '2026-12-02T00:00:00+00:00',
  to: '2026-12-03T00:00:00+00:00',
  timeZone: 'Europe/London',
  service: null,
  staffId: null,
  staff: [],
  moving: null,
};
const KEY = '5f0c2a447f0e4a0b9a412f6f3c1f0031';
const TRANSACTION = '5f0c2a44-7f0e-4a0b-9a41-2f6f3c1f0031';
const slotAt = (start: string, end: string, staffId: string | null = 'AAcal1') => ({
  start,
  end,
  staffId,
  timeZone: 'Europe/London',
  serviceId: null,
  locationId: null,
  token: null,
});
const BOOKING: NewAppointment = {
  slot: slotAt('2026-07-05T13:00:00+01:00', '2026-07-05T14:00:00+01:00'),
  service: null,
  customer: { contactId: null, firstName: 'Noor', lastName: null, name: 'Noor', email: null, phone: '+447500900300' },
  title: 'Facial, Noor',
  notes: null,
  idempotencyKey: KEY,
};

const recordOf = (row: Record<string, unknown>): SourceRecord<Appointment> =>
  toAppointmentRecord(eventSchema.parse(row), { calendarId: 'AAcal1', timeZone: 'Europe/London', ownEmail: null });

describe('what is taken', () => {
  const view =
    (rows: Readonly<Record<string, readonly unknown[] | Scripted>>): Answer =>
    (request) => {
      const id = /calendars\/(\w+)\/calendarView$/.exec(path(request))?.[1] ?? '';
      const answer = rows[id];
      return answer === undefined ? undefined : 'length' in answer ? { body: { value: answer } } : (answer as Scripted);
    };

  test('comes from each calendar, all pages of it', async () => {
    const nextLink = 'https://graph.microsoft.com/v1.0/me/calendars/AAcal1/calendarView?$skip=1';
    const { session, http } = graph(
      (request) => {
        if (String(request.url) === nextLink)
          return { body: { value: [eventRow('b', { start: utc('2026-12-02T10:00'), end: utc('2026-12-02T11:00') })] } };
        return path(request).includes('AAcal1')
          ? { body: { value: [eventRow('a')], '@odata.nextLink': nextLink } }
          : undefined;
      },
      ['AAcal1', 'AAcal2'],
    );
    expect(await getAvailability(session, QUERY)).toMatchObject({
      kind: 'busy',
      calendars: [
        {
          staffId: 'AAcal1',
          timeZone: null,
          hours: null,
          busy: [
            { start: '2026-12-02T09:00:00+00:00', end: '2026-12-02T09:30:00+00:00' },
            { start: '2026-12-02T10:00:00+00:00', end: '2026-12-02T11:00:00+00:00' },
          ],
        },
        { staffId: 'AAcal2', timeZone: null, hours: null, busy: [] },
      ],
      notes: [],
    });
    expect(http.requests[0]?.query).toMatchObject({
      startDateTime: '2026-12-01T00:00:00Z',
      endDateTime: '2026-12-04T00:00:00Z',
    });
  });

  test.each([
    ['gone', graphError(404, 'ErrorItemNotFound')],
    ['not shared any more', graphError(403, 'ErrorAccessDenied')],
    ['out of order', graphError(503, 'UnknownError')],
    ['unreadable in part', [eventRow('a'), { id: 'b' }]],
  ])('leaves out a calendar that is %s, and says so', async (_what, answer) => {
    const { session } = graph(view({ AAcal1: [], AAcal2: answer }), ['AAcal1', 'AAcal2']);
    const { calendars, notes } = { calendars: [], ...(await getAvailability(session, QUERY)) };
    expect(calendars).toMatchObject([{ staffId: 'AAcal1' }]);
    expect(notes).toEqual([expect.stringContaining('AAcal2')]);
  });

  test('is not known when no calendar can be read', async () => {
    const { session } = graph(view({ AAcal1: graphError(503, 'UnknownError') }));
    await expect(getAvailability(session, QUERY)).rejects.toMatchObject({ code: 'provider_unavailable' });
  });

  test('leaves out a calendar that may only be read', async () => {
    const { session } = graph(view({ AAcal1: [], AAcal2: [] }), ['AAcal1', 'AAcal2']);
    const answer = await getAvailability(session, {
      ...QUERY,
      staff: [toStaffRecord(calendarSchema.parse(calendarRow('AAcal1')))],
    });
    expect(answer).toMatchObject({ calendars: [{ staffId: 'AAcal1' }], notes: [expect.stringContaining('AAcal2')] });
  });

  test('leaves out what is to be moved, and offers times of its own calendar only', async () => {
    const { session } = graph(view({ AAcal1: [eventRow('a')], AAcal2: [] }), ['AAcal1', 'AAcal2']);
    const answer = await getAvailability(session, { ...QUERY, moving: recordOf(eventRow('a')) });
    expect(answer).toMatchObject({ calendars: [{ staffId: 'AAcal1', busy: [] }] });
  });

  test('is asked of one calendar where one is asked for', async () => {
    const { session, http } = graph(view({ AAcal1: [], AAcal2: [] }), ['AAcal1', 'AAcal2']);
    await getAvailability(session, { ...QUERY, staffId: 'AAcal2' });
    expect(http.requests).toHaveLength(1);
  });

  describe('where a calendar takes several appointments at once', () => {
    const between = (id: string, start: string, end: string) =>
      eventRow(id, { start: utc(`2026-12-02T${start}`), end: utc(`2026-12-02T${end}`) });
    const busyOf = async (rows: readonly unknown[], moving: AvailabilityQuery['moving'] = null) => {
      const { http } = graph(view({ AAcal1: rows }));
      const session = sessionFor(http, { booking: { calendars: [{ staffId: 'AAcal1', capacity: 3 }] } });
      const answer = await getAvailability(session, { ...QUERY, moving });
      return answer.kind === 'busy' ? (answer.calendars[0]?.busy ?? []) : [];
    };
    const ROWS = [
      between('a', '09:00', '10:00'),
      between('b', '09:00', '10:00'),
      between('c', '09:30', '10:30'),
      between('d', '09:15', '09:45'),
      between('e', '10:30', '11:00'),
    ];

    test('is told event by event, however they overlap, so that they can be counted', async () => {
      const busy = await busyOf(ROWS);
      expect(busy.map(({ start, end }) => `${start.slice(11, 16)}-${end.slice(11, 16)}`)).toEqual([
        '09:00-10:00',
        '09:00-10:00',
        '09:30-10:30',
        '09:15-09:45',
        '10:30-11:00',
      ]);
      const free = (capacity: number, taken = busy) =>
        computeSlots(
          {
            staffId: 'AAcal1',
            timeZone: 'Europe/London',
            capacity,
            busy: taken,
            hours: weeklyHoursSchema.parse({ wednesday: [{ from: '09:00', to: '11:00' }] }),
            buffers: new Map(),
          },
          {
            from: Date.parse(QUERY.from),
            to: Date.parse(QUERY.to),
            durationMinutes: 30,
            intervalMinutes: 30,
            bufferBeforeMinutes: 0,
            bufferAfterMinutes: 0,
            serviceId: null,
          },
        ).map(({ start }) => start.slice(11, 16));
      expect(free(1)).toEqual([]);
      expect(free(2)).toEqual(['10:00', '10:30']);
      expect(free(3)).toEqual(['10:00', '10:30']);
      expect(free(4)).toEqual(['09:00', '10:00', '10:30']);
      expect(free(5)).toEqual(['09:00', '09:30', '10:00', '10:30']);
      expect(free(4, await busyOf(ROWS, recordOf(ROWS[0] ?? {})))).toEqual(['09:00', '09:30', '10:00', '10:30']);
    });

    test('has no place for anybody while somebody is away, or a whole day is taken', async () => {
      const rows = [
        between('a', '09:00', '10:00'),
        { ...between('b', '10:00', '11:00'), showAs: 'oof' },
        eventRow('c', { isAllDay: true, start: utc('2026-12-03T00:00'), end: utc('2026-12-04T00:00') }),
      ];
      expect((await busyOf(rows)).map(({ closed }) => closed)).toEqual([false, true, true]);
    });

    test('counts an event once that two pages show', async () => {
      expect(await busyOf([...ROWS.slice(0, 2), ...ROWS.slice(1)])).toHaveLength(ROWS.length);
    });

    test('joins none and drops none, whatever events there are', async () => {
      const minute = fc.integer({ min: 0, max: 23 * 60 });
      const clock = (at: number) =>
        `${String(Math.floor(at / 60)).padStart(2, '0')}:${String(at % 60).padStart(2, '0')}`;
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.tuple(minute, fc.integer({ min: 1, max: 59 })), { maxLength: 30 }),
          async (drawn) => {
            const times = drawn.map(([start, length]) => [clock(start), clock(start + length)] as const);
            const busy = await busyOf(times.map(([start, end], index) => between(`e${index}`, start, end)));
            const told = busy.map(({ start, end }) => [start.slice(11, 16), end.slice(11, 16)]);
            expect(told).toEqual(times);
          },
        ),
        { numRuns: 40 },
      );
    });
  });

  test.each([
    ['Europe/London', '2027-03-27T23:00', '2027-03-28T23:00', '2027-03-28T00:00:00+00:00', '2027-03-29T00:00:00+01:00'],
    [
      'America/New_York',
      '2026-11-01T04:00',
      '2026-11-02T05:00',
      '2026-11-01T00:00:00-04:00',
      '2026-11-02T00:00:00-05:00',
    ],
    [
      'Australia/Lord_Howe',
      '2026-10-03T13:30',
      '2026-10-04T13:00',
      '2026-10-04T00:00:00+10:30',
      '2026-10-05T00:00:00+11:00',
    ],
  ])('covers a whole day on which clocks change in %s', async (timeZone, start, end, from, to) => {
    // 23, 25 and 23.5 hours; Graph may answer with the instants, as here, off by the hour of the change.
    const row = eventRow('a', { isAllDay: true, originalStartTimeZone: timeZone, start: utc(start), end: utc(end) });
    const { session } = graph(view({ AAcal1: [row] }));
    const answer = await getAvailability(session, { ...QUERY, timeZone });
    expect(answer).toMatchObject({ calendars: [{ busy: [{ start: from, end: to }] }] });
  });
});

describe('a booking', () => {
  test('is sent in UTC with its key, without attendees', async () => {
    const { session, http } = graph(({ method }) =>
      method === 'POST'
        ? {
            status: 201,
            body: eventRow('new', {
              transactionId: TRANSACTION,
              start: utc('2026-07-05T12:00'),
              end: utc('2026-07-05T13:00'),
            }),
          }
        : undefined,
    );
    expect(await createAppointment(session, BOOKING)).toMatchObject({
      id: 'new',
      data: { start: '2026-07-05T13:00:00+01:00' },
    });
    expect(http.requests).toHaveLength(1);
    const [sent] = http.requests;
    expect(sent && path(sent)).toBe('/v1.0/me/calendars/AAcal1/events');
    expect(sent?.json).toMatchObject({
      subject: 'Facial, Noor',
      start: { dateTime: '2026-07-05T12:00:00', timeZone: 'UTC' },
      end: { dateTime: '2026-07-05T13:00:00', timeZone: 'UTC' },
      showAs: 'busy',
      transactionId: TRANSACTION,
    });
    expect(sent?.json).not.toHaveProperty('attendees');
  });

  const made = eventRow('made', {
    transactionId: TRANSACTION,
    start: utc('2026-07-05T12:00'),
    end: utc('2026-07-05T13:00'),
  });
  const search =
    (rows: readonly unknown[]): Answer =>
    ({ method, query }) =>
      method === 'GET' && query?.$filter !== undefined ? { body: { value: rows } } : undefined;

  test.each([
    ['the event', { status: 201, body: made }],
    ['409', graphError(409, 'ErrorDuplicateTransactionId')],
    ['nothing', { status: 202 }],
    ['something else', { body: { value: 'suppressed' } }],
  ])('that is repeated leads to the same event when Graph answers with %s', async (_what, answer) => {
    const { session, http } = graph((request) => (request.method === 'POST' ? answer : search([made])(request)));
    expect(await createAppointment(session, BOOKING)).toMatchObject({ id: 'made' });
    expect(http.requests.filter(({ method }) => method === 'POST')).toHaveLength(1);
  });

  test('that exists but is not shown is not taken for done', async () => {
    const { session } = graph(({ method }) => (method === 'POST' ? graphError(409, 'Conflict') : undefined));
    await expect(createAppointment(session, BOOKING)).rejects.toMatchObject({ outcomeUnknown: true });
  });

  test('whose answer was lost is found at its time, or where it has been moved to', async () => {
    const atItsTime: Answer = (request) =>
      path(request).endsWith('/calendarView')
        ? { body: { value: [eventRow('other'), { id: 'odd' }, made] } }
        : undefined;
    expect(await findBooked(graph(atItsTime).session, BOOKING)).toMatchObject({ id: 'made' });
    expect(await findBooked(graph(search([made])).session, BOOKING)).toMatchObject({ id: 'made' });
    expect(await findBooked(graph(search([{ ...made, isCancelled: true }])).session, BOOKING)).toBeNull();
    expect(await findBooked(graph(() => undefined).session, BOOKING)).toBeNull();
    await expect(findBooked(graph(() => graphError(503, 'x')).session, BOOKING)).rejects.toMatchObject({
      code: 'provider_unavailable',
    });
  });

  test('keeps its service, and with it the buffers before and after it', async () => {
    const { session, http } = graph(({ method }) => (method === 'POST' ? { status: 201, body: made } : undefined));
    await createAppointment(session, { ...BOOKING, service: serviceRecord({ id: 'cut', name: 'Cut (short)' }, null) });
    const row = { ...made, ...Object(http.requests[0]?.json) };
    const hidden = { ...row, id: 'hidden', sensitivity: 'private' };
    const reader = graph(({ method }) =>
      method === 'GET' ? { body: { value: [row, hidden, eventRow('own')] } } : undefined,
    );
    const answer = await getAvailability(reader.session, QUERY);
    expect(answer).toMatchObject({
      calendars: [{ busy: [{ serviceId: 'cut' }, { serviceId: 'cut' }, { serviceId: undefined }] }],
    });
    expect(recordOf(row).data.services).toEqual([{ id: 'cut', name: 'Cut (short)' }]);
  });

  test('keeps a title to what Outlook takes', async () => {
    const { session, http } = graph(() => ({ status: 201, body: made }));
    await createAppointment(session, { ...BOOKING, title: '😀'.repeat(300) });
    const { subject } = Object(http.requests[0]?.json);
    expect(subject).toBe('😀'.repeat(127));
  });
});

describe('moving', () => {
  const old = eventRow('a', { start: utc('2026-12-02T09:00'), end: utc('2026-12-02T09:30') });
  const moved = { ...old, '@odata.etag': 'W/"a-9"', start: utc('2026-12-02T11:00'), end: utc('2026-12-02T11:30') };
  const MOVE = {
    appointment: recordOf(old),
    slot: slotAt('2026-12-02T11:00:00+00:00', '2026-12-02T11:30:00+00:00'),
    service: null,
    idempotencyKey: KEY,
  };
  const conflict = graphError(412, 'ErrorIrresolvableConflict');
  /** Answers to PATCH in turn; GET shows `current`. */
  const scripted = (current: unknown, ...patches: readonly Scripted[]) => {
    const left = [...patches];
    return graph(({ method }) => (method === 'PATCH' ? left.shift() : { body: current }));
  };

  test('sends both times, on condition that nobody was there before', async () => {
    const { session, http } = scripted(old, { body: moved });
    expect(await rescheduleAppointment(session, MOVE)).toMatchObject({
      record: { id: 'a', data: { start: '2026-12-02T11:00:00+00:00' } },
      deletedIds: [],
    });
    expect(http.requests).toMatchObject([
      {
        method: 'PATCH',
        headers: { 'if-match': 'W/"a-1"' },
        json: { start: { timeZone: 'UTC' }, end: { timeZone: 'UTC' } },
      },
    ]);
  });

  test('is tried once more when the event is still where it was', async () => {
    const touched = { ...old, '@odata.etag': 'W/"a-2"' };
    const { session, http } = scripted(touched, conflict, { body: moved });
    expect((await rescheduleAppointment(session, MOVE)).record?.data.start).toBe('2026-12-02T11:00:00+00:00');
    expect(http.requests.at(-1)?.headers).toMatchObject({ 'if-match': 'W/"a-2"' });
  });

  test('is done when the event is there already', async () => {
    const { session, http } = scripted(moved, conflict);
    expect((await rescheduleAppointment(session, MOVE)).record?.data.start).toBe('2026-12-02T11:00:00+00:00');
    expect(http.requests).toHaveLength(2);
  });

  test('is refused when somebody else has moved the event, or keeps changing it', async () => {
    const elsewhere = { ...old, start: utc('2026-12-02T15:00'), end: utc('2026-12-02T15:30') };
    await expect(rescheduleAppointment(scripted(elsewhere, conflict).session, MOVE)).rejects.toMatchObject({
      code: 'provider_rejected',
    });
    await expect(rescheduleAppointment(scripted(old, conflict, conflict).session, MOVE)).rejects.toMatchObject({
      code: 'provider_rejected',
    });
    const gone = graph(() => graphError(404, 'ErrorItemNotFound'));
    await expect(rescheduleAppointment(gone.session, MOVE)).rejects.toMatchObject({ code: 'not_found' });
  });

  test('names the old id as gone where the move has made another one', async () => {
    const { session } = scripted(old, { body: { ...moved, id: 'b' } });
    expect(await rescheduleAppointment(session, MOVE)).toMatchObject({ record: { id: 'b' }, deletedIds: ['a'] });
  });

  test('does not go to another calendar', async () => {
    const { session, http } = scripted(old);
    const slot = { ...MOVE.slot, staffId: 'AAcal2' };
    await expect(rescheduleAppointment(session, { ...MOVE, slot })).rejects.toMatchObject({
      code: 'provider_rejected',
    });
    expect(http.requests).toHaveLength(0);
  });
});

describe('cancelling', () => {
  const CANCEL = { appointment: recordOf(eventRow('a')), reason: 'ill', idempotencyKey: KEY };
  const done = { record: null, deletedIds: ['a'], others: [] };

  test('deletes the event, and is done when it is gone', async () => {
    expect(await cancelAppointment(graph(() => ({ status: 204 })).session, CANCEL)).toEqual(done);
    const again: Answer = ({ method }) =>
      method === 'DELETE' ? graphError(404, 'ErrorItemNotFound') : { body: calendarRow('AAcal1') };
    expect(await cancelAppointment(graph(again).session, CANCEL)).toEqual(done);
  });

  test('is not done when the mailbox is out of order', async () => {
    const gone = graph(() => graphError(404, 'ErrorItemNotFound'));
    await expect(cancelAppointment(gone.session, CANCEL)).rejects.toMatchObject({ code: 'not_found' });
    const none = graph(() => graphError(404, 'MailboxNotEnabledForRESTAPI'));
    await expect(cancelAppointment(none.session, CANCEL)).rejects.toMatchObject({ code: 'integration_not_connected' });
  });
});
