import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { HubError } from '../../core/errors.ts';
import type { Slot } from '../../core/model/availability.ts';
import type { SourceRecord } from '../../core/model/mirror-record.ts';
import type { StaffMember } from '../../core/model/staff-member.ts';
import type { AvailabilityQuery, NewAppointment, ProviderAvailability } from '../connector.ts';
import { type Recorded, type Scripted, ScriptedHttp, sessionFor } from '../kit/scripted-http.ts';
import { getAvailability } from './availability.ts';
import { cancelAppointment, createAppointment, findBooked, rescheduleAppointment } from './booking.ts';
import { classifyError } from './errors.ts';
import { errorBody, eventRow, eventsPage, occurrenceRow } from './fixtures/event-row.ts';
import { bookedEventId, recordIdOf, toAppointmentRecord, toStaffRecord } from './map.ts';
import { eventSchema } from './schemas.ts';

const MAIN = 'owner@salon.example';
const ACCOUNT = { id: '1', name: null, attributes: { primaryCalendarId: MAIN, timeZone: 'Europe/London' } };
const CHAIRS = { booking: { calendars: [{ staffId: MAIN }, { staffId: 'two' }] } };
const KEY = 'ab'.repeat(16);
const HOURS = { monday: [{ from: '09:00', to: '17:00' }] };

function open(
  answer: (request: Recorded & { path: string }) => Scripted,
  config: Parameters<typeof sessionFor>[1] = {},
) {
  const http = new ScriptedHttp((request) => {
    const path = decodeURIComponent(String(request.url).replace('https://www.googleapis.com/calendar/v3', ''));
    return answer({ ...request, path });
  }, classifyError);
  return { http, session: sessionFor(http, config, ACCOUNT) };
}

const failed = (status: number, reason: string): Scripted => ({ status, body: errorBody(status, reason) });
const jsonOf = ({ json }: Recorded) => JSON.parse(JSON.stringify(json ?? null));
const query = (change: Partial<AvailabilityQuery> = {}): AvailabilityQuery => ({
  from: '2026-12-01T00:00:00Z',
  to: '2026-12-08T00:00:00Z',
  timeZone: 'Europe/London',
  service: null,
  staffId: null,
  staff: [],
  moving: null,
  ...change,
});
const appointment = (calendarId: string, change: Readonly<Record<string, unknown>> = {}) =>
  toAppointmentRecord(eventSchema.parse(eventRow('e1', change)), calendarId, 'Europe/London');
const staff = (id: string, summary: string): SourceRecord<StaffMember> =>
  toStaffRecord({ id, summary, timeZone: 'America/New_York', accessRole: 'owner' });
const busyIn = (answer: ProviderAvailability) =>
  answer.kind === 'busy' ? Object.fromEntries(answer.calendars.map(({ staffId, busy }) => [staffId, busy])) : {};

describe('what is taken', () => {
  const free = (calendars: object, hours?: unknown) => (request: Recorded & { path: string }) =>
    request.path === '/freeBusy'
      ? { body: { kind: 'calendar#freeBusy', calendars } }
      : { body: { id: MAIN, timeZone: 'Europe/London', workingHours: hours } };
  const stretch = { start: '2026-12-01T10:00:00Z', end: '2026-12-01T11:00:00Z' };

  it('comes with the working hours of the main calendar, in its zone', async () => {
    const hours = {
      workingHoursEnabled: true,
      availableTimes: [{ dayOfWeek: 'MONDAY', periodStart: 540, periodEnd: 1020 }],
    };
    const { session } = open(free({ [MAIN]: { busy: [stretch] }, two: { busy: [] } }, hours), CHAIRS);
    const answer = await getAvailability(session, query({ staff: [staff('two', 'Chair 2')] }));
    expect(answer).toMatchObject({
      kind: 'busy',
      notes: [],
      calendars: [
        { staffId: MAIN, timeZone: 'Europe/London', busy: [stretch], hours: { ...HOURS, tuesday: [] } },
        { staffId: 'two', timeZone: 'America/New_York', busy: [], hours: null },
      ],
    });
  });

  it('does not ask for working hours that would not count', async () => {
    for (const booking of [
      { openingHours: HOURS },
      { calendars: [{ staffId: MAIN, openingHours: HOURS }] },
      { calendars: [{ staffId: 'two' }] },
    ]) {
      const { http, session } = open(free({ [MAIN]: { busy: [] }, two: { busy: [] } }), { booking });
      await getAvailability(session, query());
      expect(http.requests.map(({ operation }) => operation)).toEqual(['freeBusy.query']);
    }
  });

  it('is still known when the working hours may not be read', async () => {
    const { session } = open((request) =>
      request.path === '/freeBusy'
        ? free({ [MAIN]: { busy: [stretch] } })(request)
        : failed(403, 'insufficientPermissions'),
    );
    const answer = await getAvailability(session, query());
    expect(answer).toMatchObject({
      calendars: [{ busy: [stretch], hours: null }],
      notes: [expect.stringMatching(/hours/)],
    });
  });

  it.each([
    ['has an error', { errors: [{ domain: 'global', reason: 'notFound' }], busy: [] }],
    ['has an error and busy times', { errors: [{ domain: 'global', reason: 'internalError' }], busy: [stretch] }],
    ['says nothing', {}],
    ['is missing', undefined],
  ])('in a calendar that %s is unknown, not nothing', async (_what, entry) => {
    const { session } = open(free({ two: { busy: [] }, ...(entry ? { [MAIN]: entry } : {}) }), CHAIRS);
    const answer = await getAvailability(session, query({ staff: [staff(MAIN, MAIN), staff('two', 'Chair 2')] }));
    expect(Object.keys(busyIn(answer))).toEqual(['two']);
    expect(answer.notes).toHaveLength(1);
    // The calendar is named after its owner's address.
    expect(answer.notes[0]).not.toContain('@');
  });

  it('names an unreadable calendar as the business does', async () => {
    const calendars = [{ staffId: MAIN, name: 'Front desk' }, { staffId: 'two' }];
    const { session } = open(free({}), { booking: { calendars } });
    const { notes } = await getAvailability(session, query({ staff: [staff('two', 'Chair 2')] }));
    expect(notes.join(' ')).toMatch(/"Front desk".*"Chair 2"/);
  });

  it('is not asked of a calendar that the mirror knows to be read-only, and the main one is never that', async () => {
    const calendars = [{ staffId: MAIN }, { staffId: 'two' }, { staffId: 'shared', name: 'Shared' }];
    const { http, session } = open(free({ [MAIN]: { busy: [] }, two: { busy: [] }, shared: { busy: [] } }), {
      booking: { calendars, openingHours: HOURS },
    });
    const answer = await getAvailability(session, query({ staff: [staff('two', 'Chair 2')] }));
    expect(Object.keys(busyIn(answer))).toEqual([MAIN, 'two']);
    expect(answer.notes).toEqual([expect.stringMatching(/"Shared".*write/)]);
    expect(http.requests.map((request) => jsonOf(request).items)).toEqual([[{ id: MAIN }, { id: 'two' }]]);
  });

  it('is not known when any part of a long time could not be read', async () => {
    const { http, session } = open((request) => {
      if (request.path !== '/freeBusy') return free({})(request);
      const late = jsonOf(request).timeMin > '2027-01-01';
      return { body: { calendars: { [MAIN]: late ? { errors: [{ reason: 'internalError' }] } : { busy: [] } } } };
    });
    expect(busyIn(await getAvailability(session, query({ to: '2027-03-01T00:00:00Z' })))).toEqual({});
    expect(http.requests.filter(({ operation }) => operation === 'freeBusy.query')).toHaveLength(2);
  });

  it('is asked for in parts of at most 60 days, without a gap', async () => {
    const length = fc.integer({ min: 1, max: 120 * 24 * 60 });
    await fc.assert(
      fc.asyncProperty(length, async (minutes) => {
        const from = Date.parse('2026-12-01T00:00:00Z');
        const to = new Date(from + minutes * 60_000).toISOString();
        const { http, session } = open(free({ [MAIN]: { busy: [] } }), { booking: { openingHours: HOURS } });
        await getAvailability(session, query({ to }));
        const asked = http.requests.map(jsonOf);
        expect(Date.parse(asked[0].timeMin)).toBe(from);
        expect(Date.parse(asked.at(-1).timeMax)).toBe(Date.parse(to));
        for (const [index, { timeMin, timeMax }] of asked.entries()) {
          expect(Date.parse(timeMax) - Date.parse(timeMin)).toBeLessThanOrEqual(60 * 86_400_000);
          if (index > 0) expect(timeMin).toBe(asked[index - 1].timeMax);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('is asked of one calendar where one is named, and of none that is not booked', async () => {
    const { http, session } = open(free({ two: { busy: [] } }), CHAIRS);
    expect(Object.keys(busyIn(await getAvailability(session, query({ staffId: 'two' }))))).toEqual(['two']);
    expect(jsonOf(http.requests[0] ?? { operation: '', method: 'GET', url: '' }).items).toEqual([{ id: 'two' }]);
    expect(await getAvailability(session, query({ staffId: 'boss@salon.example' }))).toMatchObject({
      calendars: [],
      notes: [expect.any(String)],
    });
  });

  it('is not known when Google does not answer', async () => {
    const { session } = open(() => failed(503, 'backendError'));
    await expect(getAvailability(session, query())).rejects.toMatchObject({ code: 'provider_unavailable' });
  });
});

describe('what is taken, by events', () => {
  const listed =
    (...pages: (readonly unknown[])[]) =>
    ({ path, query: asked }: Recorded & { path: string }): Scripted => {
      if (!path.endsWith('/events')) return { body: { id: MAIN } };
      const at = Number(asked?.pageToken ?? 0);
      const next = at + 1 < pages.length ? { nextPageToken: String(at + 1) } : {};
      return { body: eventsPage(pages[at] ?? [], next) };
    };
  const moving = appointment(MAIN);

  it('leaves out the appointment that is to be moved, and counts what blocks', async () => {
    const at = (hour: string) => ({ dateTime: `2026-12-02T${hour}:00:00Z`, timeZone: 'Europe/London' });
    const { http, session } = open(
      listed(
        [eventRow('e1'), eventRow('e2', { start: at('09'), end: at('10') })],
        [],
        [
          eventRow('free', { transparency: 'transparent' }),
          eventRow('home', { eventType: 'workingLocation' }),
          eventRow('no', { attendees: [{ self: true, responseStatus: 'declined' }] }),
          { id: 'gone', status: 'cancelled' },
          eventRow('day', { start: { date: '2026-12-03' }, end: { date: '2026-12-04' } }),
          occurrenceRow('weekly', '2026-12-02T15:00:00Z'),
        ],
      ),
    );
    expect(busyIn(await getAvailability(session, query({ moving })))[MAIN]).toMatchObject([
      { start: '2026-12-02T09:00:00Z', end: '2026-12-02T10:00:00Z', closed: false },
      { start: '2026-12-03T00:00:00Z', end: '2026-12-04T00:00:00Z', closed: true },
      { start: '2026-12-02T15:00:00Z', end: '2026-12-02T15:45:00Z' },
    ]);
    expect(http.requests.some(({ operation }) => operation === 'freeBusy.query')).toBe(false);
    expect(http.requests[0]?.query).toMatchObject({ singleEvents: true, timeMin: '2026-12-01T00:00:00Z' });
  });

  it('leaves it out of the calendar that an earlier attempt has taken it to', async () => {
    const { session } = open(listed([eventRow('e1')]), { booking: { ...CHAIRS.booking, openingHours: HOURS } });
    expect(busyIn(await getAvailability(session, query({ moving })))).toEqual({ [MAIN]: [], two: [] });
  });

  it('takes an all-day event as a day of the calendar’s zone', async () => {
    const row = eventRow('day', { start: { date: '2026-12-03' }, end: { date: '2026-12-04' } });
    const { session } = open(({ path }) =>
      path.endsWith('/events')
        ? { body: { ...eventsPage([row]), timeZone: 'America/New_York' } }
        : { body: { id: MAIN } },
    );
    expect(busyIn(await getAvailability(session, query({ moving })))[MAIN]).toMatchObject([
      { start: '2026-12-03T05:00:00Z', end: '2026-12-04T05:00:00Z' },
    ]);
  });

  it('is counted one by one in a calendar that takes several at once', async () => {
    const { session } = open(listed([eventRow('a'), eventRow('b')]), {
      booking: { openingHours: HOURS, calendars: [{ staffId: 'class', capacity: 3 }] },
    });
    expect(busyIn(await getAvailability(session, query())).class).toHaveLength(2);
  });

  it('leaves no place for anybody while somebody is out of office', async () => {
    const { session } = open(listed([eventRow('a'), eventRow('away', { eventType: 'outOfOffice' })]), {
      booking: { openingHours: HOURS, calendars: [{ staffId: 'class', capacity: 3 }] },
    });
    expect(busyIn(await getAvailability(session, query())).class).toMatchObject([{ closed: false }, { closed: true }]);
  });

  it('takes its time up once, also when it moves between two pages', async () => {
    const booking = { openingHours: HOURS, calendars: [{ staffId: 'class', capacity: 3 }] };
    const { session } = open(listed([eventRow('a'), eventRow('b')], [eventRow('b'), eventRow('c')]), { booking });
    expect(busyIn(await getAvailability(session, query())).class).toHaveLength(3);
  });

  it('names the service of a booking, whose buffers count, where any service has buffers', async () => {
    const services = [{ id: 'cut', name: 'Cut', durationMinutes: 45, bufferAfterMinutes: 15 }];
    const { http, session } = open(
      listed([eventRow('own'), eventRow('cut', { extendedProperties: { private: { hubServiceId: 'cut' } } })]),
      { booking: { openingHours: HOURS, services } },
    );
    expect(busyIn(await getAvailability(session, query()))[MAIN]).toMatchObject([
      { serviceId: undefined },
      { serviceId: 'cut' },
    ]);
    expect(http.requests.map(({ operation }) => operation)).toEqual(['events.list']);
  });

  it('is unknown in a calendar that is gone, and not known at all when an event can not be read', async () => {
    const gone = open(() => failed(404, 'notFound'), { booking: { openingHours: HOURS } });
    expect(await getAvailability(gone.session, query({ moving }))).toMatchObject({
      calendars: [],
      notes: [expect.stringMatching(/main/)],
    });
    const odd = open(listed([eventRow('odd', { start: {}, end: {} })]), { booking: { openingHours: HOURS } });
    await expect(getAvailability(odd.session, query({ moving }))).rejects.toMatchObject({
      code: 'provider_unavailable',
    });
  });
});

const slot = (change: Partial<Slot> = {}): Slot => ({
  start: '2026-12-01T11:00:00+00:00',
  end: '2026-12-01T11:45:00+00:00',
  timeZone: 'Europe/London',
  serviceId: null,
  staffId: null,
  locationId: null,
  token: null,
  ...change,
});
const at = (start: string, end: string) => ({
  start: { dateTime: start, timeZone: 'Europe/London' },
  end: { dateTime: end, timeZone: 'Europe/London' },
});
const NEW_TIME = at('2026-12-01T11:00:00Z', '2026-12-01T11:45:00Z');

describe('booking', () => {
  const booking = (change: Partial<NewAppointment> = {}): NewAppointment => ({
    slot: slot(),
    service: null,
    customer: {
      contactId: null,
      firstName: 'Ada',
      lastName: null,
      name: 'Ada',
      email: null,
      phone: '+442079460018',
    },
    title: 'Haircut, Ada',
    notes: 'Prefers Rui',
    idempotencyKey: KEY,
    ...change,
  });
  const made = (generation: number, change: object = {}) =>
    eventRow(bookedEventId(KEY, generation), {
      ...NEW_TIME,
      extendedProperties: { private: { hubBooking: KEY } },
      ...change,
    });

  it('sends an id of its own, both offset and zone, nobody to invite and no mail', async () => {
    const { http, session } = open(() => ({ body: made(0) }));
    const record = await createAppointment(
      session,
      booking({ slot: slot({ start: '2026-07-01T10:00:00Z', end: '2026-07-01T10:45:00Z' }) }),
    );
    expect(record.id).toBe(recordIdOf(MAIN, bookedEventId(KEY, 0)));
    expect(http.requests).toHaveLength(1);
    expect(http.requests[0]).toMatchObject({
      method: 'POST',
      callClass: 'live_write',
      query: { sendUpdates: 'none', conferenceDataVersion: 0 },
      json: {
        id: bookedEventId(KEY, 0),
        summary: 'Haircut, Ada',
        description: 'Booked for Ada\n+442079460018\nPrefers Rui',
        start: { dateTime: '2026-07-01T11:00:00+01:00', timeZone: 'Europe/London' },
        extendedProperties: {
          private: { hubBooking: KEY, hubCustomerName: 'Ada', hubCustomerPhone: '+442079460018' },
        },
      },
    });
    expect(jsonOf(http.requests[0] ?? { operation: '', method: 'GET', url: '' })).not.toHaveProperty('attendees');
  });

  it.each([
    ['Europe/London', '2026-10-25T00:30:00Z', '2026-10-25T01:30:00+01:00'],
    ['Europe/London', '2026-10-25T01:30:00Z', '2026-10-25T01:30:00+00:00'],
    ['America/New_York', '2026-03-08T07:00:00Z', '2026-03-08T03:00:00-04:00'],
    ['America/New_York', '2026-11-01T06:30:00Z', '2026-11-01T01:30:00-05:00'],
    ['Australia/Lord_Howe', '2026-10-03T15:30:00Z', '2026-10-04T02:30:00+11:00'],
    ['Australia/Lord_Howe', '2026-04-04T15:15:00Z', '2026-04-05T01:45:00+10:30'],
  ])('in %s names the instant %s without doubt on a day of change', async (timeZone, start, dateTime) => {
    const end = new Date(Date.parse(start) + 1_800_000).toISOString();
    const { http, session } = open(() => ({ body: made(0) }));
    await createAppointment(session, booking({ slot: slot({ start, end, timeZone }) }));
    expect(http.requests[0]).toMatchObject({ json: { start: { dateTime, timeZone } } });
  });

  it('again finds what the first attempt has made, also when somebody has moved it since', async () => {
    const moved = made(0, at('2026-12-09T11:00:00Z', '2026-12-09T11:45:00Z'));
    const { session } = open(({ method }) => (method === 'POST' ? failed(409, 'duplicate') : { body: moved }));
    const record = await createAppointment(session, booking());
    expect(record).toMatchObject({
      id: recordIdOf(MAIN, bookedEventId(KEY, 0)),
      data: { start: '2026-12-09T11:00:00+00:00' },
    });
  });

  it('takes the next id when the first one was made and deleted', async () => {
    const { http, session } = open((request) => {
      const first =
        String(request.url).includes(bookedEventId(KEY, 0)) || jsonOf(request)?.id === bookedEventId(KEY, 0);
      if (request.method !== 'POST') return { body: made(0, { status: 'cancelled' }) };
      return first ? failed(409, 'duplicate') : { body: made(1) };
    });
    expect((await createAppointment(session, booking())).id).toBe(recordIdOf(MAIN, bookedEventId(KEY, 1)));
    expect(http.requests.map(({ method }) => method)).toEqual(['POST', 'GET', 'POST']);
  });

  it('does not take somebody else’s event for its own', async () => {
    const { session } = open(({ method }) =>
      method === 'POST' ? failed(409, 'duplicate') : { body: eventRow('theirs') },
    );
    await expect(createAppointment(session, booking())).rejects.toMatchObject({ code: 'provider_rejected' });
  });

  it('says so when Google knows the id and does not show the event', async () => {
    const { session } = open(({ method }) => (method === 'POST' ? failed(409, 'duplicate') : failed(404, 'notFound')));
    await expect(createAppointment(session, booking())).rejects.toMatchObject({ code: 'provider_unavailable' });
  });

  it('opens no calendar that is not booked, whatever the slot says', async () => {
    const { http, session } = open(() => ({ body: made(0) }), CHAIRS);
    const elsewhere = booking({ slot: slot({ staffId: 'boss@salon.example' }) });
    await expect(createAppointment(session, elsewhere)).rejects.toMatchObject({ code: 'validation_failed' });
    await expect(findBooked(session, elsewhere)).rejects.toMatchObject({ code: 'validation_failed' });
    expect(http.requests).toEqual([]);
    expect((await createAppointment(session, booking({ slot: slot({ staffId: 'two' }) }))).data.staff[0]?.id).toBe(
      'two',
    );
  });

  it('is looked for under every id that it may have used', async () => {
    const asked: string[] = [];
    const { session } = open(({ url }) => {
      asked.push(String(url).split('/').at(-1) ?? '');
      return asked.length === 1
        ? { body: made(0, { status: 'cancelled' }) }
        : asked.length === 2
          ? { body: made(1) }
          : failed(404, 'notFound');
    });
    expect((await findBooked(session, booking()))?.id).toBe(recordIdOf(MAIN, bookedEventId(KEY, 1)));
    expect(await findBooked(session, booking())).toBeNull();
    expect(asked).toEqual([0, 1, 0].map((generation) => bookedEventId(KEY, generation)));
  });
});

describe('moving', () => {
  const move = (calendarId: string, change: Partial<Slot> = {}) => ({
    appointment: appointment(calendarId),
    slot: slot(change),
    service: null,
    idempotencyKey: KEY,
  });
  const isMove = ({ url }: Recorded) => String(url).endsWith('/move');

  it('changes the times and nothing else, of the version that it has read', async () => {
    const { http, session } = open(({ method }) =>
      method === 'PATCH' ? { body: eventRow('e1', NEW_TIME) } : { body: eventRow('e1', { etag: '"77"' }) },
    );
    const { record, deletedIds, others } = await rescheduleAppointment(session, move(MAIN));
    expect(record).toMatchObject({ id: recordIdOf(MAIN, 'e1'), data: { start: '2026-12-01T11:00:00+00:00' } });
    expect([deletedIds, others]).toEqual([[], []]);
    expect(http.requests[1]).toMatchObject({
      method: 'PATCH',
      headers: { 'if-match': '"77"' },
      query: { sendUpdates: 'none' },
    });
    expect(Object.keys(jsonOf(http.requests[1] ?? { operation: '', method: 'GET', url: '' }))).toEqual([
      'start',
      'end',
    ]);
  });

  it('reads again when somebody was faster, and keeps what they have changed', async () => {
    let etag = 1;
    const { http, session } = open(({ method, headers }) => {
      if (method === 'GET') return { body: eventRow('e1', { etag: `"${etag}"`, summary: `Version ${etag}` }) };
      if (etag === 1) {
        etag = 2;
        return failed(412, 'conditionNotMet');
      }
      expect(headers).toEqual({ 'if-match': '"2"' });
      return { body: eventRow('e1', { ...NEW_TIME, summary: 'Version 2' }) };
    });
    expect((await rescheduleAppointment(session, move(MAIN))).record?.data.title).toBe('Version 2');
    expect(http.requests).toHaveLength(4);
  });

  it('gives up when somebody is always faster', async () => {
    const { session } = open(({ method }) =>
      method === 'GET' ? { body: eventRow('e1') } : failed(412, 'conditionNotMet'),
    );
    await expect(rescheduleAppointment(session, move(MAIN))).rejects.toMatchObject({ code: 'provider_unavailable' });
  });

  it('to where it is already changes nothing', async () => {
    const { http, session } = open(() => ({ body: eventRow('e1', NEW_TIME) }));
    await rescheduleAppointment(session, move(MAIN));
    expect(http.requests.map(({ method }) => method)).toEqual(['GET']);
  });

  it('to another calendar moves the event there; its record has a new id', async () => {
    const { http, session } = open(
      (request) => ({ body: eventRow('e1', request.method === 'GET' ? {} : NEW_TIME) }),
      CHAIRS,
    );
    const { record, deletedIds } = await rescheduleAppointment(session, move(MAIN, { staffId: 'two' }));
    expect(record).toMatchObject({ id: recordIdOf('two', 'e1'), data: { staff: [{ id: 'two' }] } });
    expect(deletedIds).toEqual([recordIdOf(MAIN, 'e1')]);
    expect(http.requests.at(-1)).toMatchObject({ method: 'POST', query: { destination: 'two' } });
  });

  it('finishes what an earlier attempt has begun', async () => {
    const { http, session } = open(
      ({ path }) =>
        path.startsWith('/calendars/two/')
          ? { body: eventRow('e1', NEW_TIME) }
          : { body: { id: 'e1', status: 'cancelled' } },
      CHAIRS,
    );
    const { record } = await rescheduleAppointment(session, move(MAIN, { staffId: 'two' }));
    expect(record?.id).toBe(recordIdOf('two', 'e1'));
    expect(http.requests.every(({ method }) => method === 'GET')).toBe(true);
  });

  describe('to another calendar that is refused', () => {
    const OLD = at('2026-12-01T09:00:00Z', '2026-12-01T09:45:00Z');
    const toTwo = { ...move(MAIN, { staffId: 'two' }), appointment: appointment(MAIN, OLD) };
    /** What is written, with the answers to the move and to the time that is put back. */
    const attempt = async (
      found: Readonly<Record<string, unknown>>,
      moved: () => Scripted,
      restored: Scripted = { body: eventRow('e1', OLD) },
    ) => {
      const { http, session } = open((request) => {
        if (request.method === 'GET') return { body: eventRow('e1', found) };
        if (isMove(request)) return moved();
        const isNew = jsonOf(request).start.dateTime === '2026-12-01T11:00:00+00:00';
        return isNew ? { body: eventRow('e1', { ...NEW_TIME, etag: '"2"' }) } : restored;
      }, CHAIRS);
      const error = await rescheduleAppointment(session, toTwo).catch((thrown: unknown) => thrown);
      const writes = http.requests.filter(({ method }) => method !== 'GET');
      return { error, writes, last: writes.at(-1) };
    };
    const refused = () => failed(403, 'forbidden');

    it('goes back to its time, if nobody has changed it since', async () => {
      const { error, writes, last } = await attempt(OLD, refused);
      expect(error).toMatchObject({ code: 'provider_rejected', outcomeUnknown: false });
      expect(writes.map(({ method }) => method)).toEqual(['PATCH', 'POST', 'PATCH']);
      expect(last).toMatchObject({
        headers: { 'if-match': '"2"' },
        query: { sendUpdates: 'none' },
        json: {
          start: { dateTime: '2026-12-01T09:00:00+00:00', timeZone: 'Europe/London' },
          end: { dateTime: '2026-12-01T09:45:00+00:00', timeZone: 'Europe/London' },
        },
      });
    });

    it('goes back to the time that an earlier attempt has changed', async () => {
      const { error, last } = await attempt({ ...NEW_TIME, etag: '"2"' }, refused);
      expect(error).toMatchObject({ outcomeUnknown: false });
      expect(last).toMatchObject({ json: { start: { dateTime: '2026-12-01T09:00:00+00:00' } } });
    });

    it('is a whole day again', async () => {
      const { last } = await attempt({ start: { date: '2026-12-01' }, end: { date: '2026-12-03' } }, refused);
      expect(last).toMatchObject({
        json: { start: { date: '2026-12-01', dateTime: null }, end: { date: '2026-12-03', dateTime: null } },
      });
    });

    it.each([
      ['refused as well', failed(403, 'rateLimitExceeded')],
      ['too late, because somebody has changed the event', failed(412, 'conditionNotMet')],
    ])('has an open outcome when its old time is %s', async (_what, restored) => {
      const { error } = await attempt(OLD, refused, restored);
      expect(error).toMatchObject({ outcomeUnknown: true });
    });

    it('is left alone when the move may have been carried out', async () => {
      const { error, writes } = await attempt(OLD, () => {
        throw new HubError('provider_unavailable', { detail: 'No answer came.', outcomeUnknown: true });
      });
      expect(error).toMatchObject({ outcomeUnknown: true });
      expect(writes.map(({ method }) => method)).toEqual(['PATCH', 'POST']);
    });
  });

  it.each([
    ['an occurrence of a series', { recurringEventId: 'weekly' }],
    ['out of office', { eventType: 'outOfOffice' }],
  ])('to another calendar is refused for %s before anything is changed', async (_what, change) => {
    const { http, session } = open(() => ({ body: eventRow('e1', change) }), CHAIRS);
    await expect(rescheduleAppointment(session, move(MAIN, { staffId: 'two' }))).rejects.toMatchObject({
      code: 'provider_rejected',
    });
    expect(http.requests.some((request) => request.method !== 'GET' || isMove(request))).toBe(false);
  });

  it('takes the day away from an all-day event', async () => {
    const { http, session } = open(({ method }) => ({
      body: eventRow(
        'e1',
        method === 'GET' ? { start: { date: '2026-12-01' }, end: { date: '2026-12-02' } } : NEW_TIME,
      ),
    }));
    await rescheduleAppointment(session, move(MAIN));
    expect(http.requests[1]).toMatchObject({ json: { start: { date: null, dateTime: '2026-12-01T11:00:00+00:00' } } });
  });

  it.each([
    ['cancelled', { body: { id: 'e1', status: 'cancelled' } }],
    ['deleted', failed(410, 'deleted')],
    ['unknown', failed(404, 'notFound')],
  ])('finds nothing to move when it is %s', async (_what, answer) => {
    await expect(rescheduleAppointment(open(() => answer).session, move(MAIN))).rejects.toMatchObject({
      code: 'not_found',
    });
  });
});

describe('cancelling', () => {
  const cancel = (answer: Parameters<typeof open>[0]) => {
    const { http, session } = open(answer);
    return {
      http,
      done: cancelAppointment(session, { appointment: appointment(MAIN), reason: null, idempotencyKey: KEY }),
    };
  };
  const gone = { record: null, deletedIds: [recordIdOf(MAIN, 'e1')], others: [] };

  it('deletes the event without mail', async () => {
    const { http, done } = cancel(() => ({ status: 204 }));
    expect(await done).toEqual(gone);
    expect(http.requests).toEqual([expect.objectContaining({ method: 'DELETE', query: { sendUpdates: 'none' } })]);
  });

  it('is done already when the event is deleted, or not there in a calendar that can be read', async () => {
    expect(await cancel(() => failed(410, 'deleted')).done).toEqual(gone);
    const there = cancel(({ method }) => (method === 'DELETE' ? failed(404, 'notFound') : { body: eventsPage([]) }));
    expect(await there.done).toEqual(gone);
  });

  it('is not done when the calendar itself is lost', async () => {
    await expect(cancel(() => failed(404, 'notFound')).done).rejects.toMatchObject({ code: 'not_found' });
    await expect(cancel(() => failed(403, 'forbidden')).done).rejects.toMatchObject({ code: 'provider_rejected' });
  });
});
