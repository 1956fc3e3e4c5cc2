import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { NewAppointment } from '../connector.ts';
import { type Recorded, type Scripted, ScriptedHttp, sessionFor } from '../kit/scripted-http.ts';
import { cancelAppointment, createAppointment, findBooked, getAvailability, rescheduleAppointment } from './booking.ts';
import { classifyError } from './errors.ts';
import {
  availableTime,
  eventRow,
  eventTypeRow,
  failure,
  inviteeRow,
  membershipRow,
  ORGANIZATION,
  page,
  resource,
  SERVICE_ID,
  USER,
} from './fixtures/answers.ts';
import { toAppointmentRecord, toServiceRecord } from './map.ts';
import { eventSchema, eventTypeSchema, inviteeSchema } from './schemas.ts';

type Members = Readonly<Record<string, unknown>>;
type Answer = (request: Recorded) => Scripted;

const KEY = '0123456789abcdef0123456789abcdef';
const START = '2026-11-25T15:00:00Z';
const OLD_START = '2026-11-25T10:00:00Z';
const CONFIG = { defaultCountry: 'GB', timeZone: 'Europe/London' };
const ACCOUNT = {
  id: 'USER1',
  name: null,
  attributes: { owner: USER, organization: ORGANIZATION, timeZone: 'Europe/London' },
};
const NOW = Date.parse('2026-11-23T12:00:00Z');
const ATTEMPT = { startedAt: NOW - 60_000, endedBy: NOW - 30_000 };
const REFUSED = failure(400, 'Invalid Argument', 'The supplied parameters are invalid.', [
  { parameter: 'location', message: 'is not valid' },
]);

const service = (members: Members = {}) =>
  toServiceRecord(eventTypeSchema.parse(eventTypeRow(SERVICE_ID, members)), { organization: ORGANIZATION });
const appointment = (id: string, start: string, members: Members = {}) =>
  toAppointmentRecord(eventSchema.parse(eventRow(id, start, members)), [inviteeSchema.parse(inviteeRow(id))], {
    defaultCountry: 'GB',
    timeZone: 'Europe/London',
  });
const slot = {
  start: START,
  end: '2026-11-25T15:45:00Z',
  timeZone: 'Europe/London',
  serviceId: SERVICE_ID,
  staffId: 'USER1',
  locationId: null,
  token: null,
};
const customer = {
  contactId: null,
  firstName: 'Ada',
  lastName: null,
  name: 'Ada',
  email: 'ada@mailbox.example',
  phone: '+442079460018',
};
const booking: NewAppointment = {
  slot,
  customer,
  service: service(),
  notes: 'Allergic to nuts',
  title: 'Haircut, Ada',
  idempotencyKey: KEY,
};

/** By `METHOD /path`. */
function calendly(answers: Readonly<Record<string, Answer>>): ScriptedHttp {
  return new ScriptedHttp((request) => {
    const key = `${request.method} ${new URL(String(request.url)).pathname}`;
    const answer = { ...DEFAULTS, ...answers }[key];
    if (!answer) throw new Error(`no answer to ${key}`);
    return answer(request);
  }, classifyError);
}
const DEFAULTS: Readonly<Record<string, Answer>> = {
  'GET /organization_memberships': () => page([membershipRow('owner')]),
  [`GET /event_types/${SERVICE_ID}`]: () => resource(eventTypeRow()),
  'POST /invitees': () => resource(inviteeRow('E1'), 201),
  'GET /scheduled_events/E1': () => resource(eventRow('E1', START)),
  'GET /scheduled_events/E1/invitees': () => page([inviteeRow('E1')]),
};
const times =
  (...starts: readonly string[]): Answer =>
  () => ({
    body: { collection: starts.map((start) => availableTime(start)) },
  });
const open = (http: ScriptedHttp) => sessionFor(http, CONFIG, ACCOUNT);
const sent = (http: ScriptedHttp, operation: string) =>
  http.requests.filter((request) => request.operation === operation).map(({ json }) => json);

describe('what is free', () => {
  const query = {
    from: '2026-11-23T11:00:00Z',
    to: '2026-11-25T00:00:00Z',
    timeZone: 'Europe/London',
    service: service(),
    staffId: null,
    staff: [],
    moving: null,
  };
  const ask = async (http: ScriptedHttp, change: Partial<Parameters<typeof getAvailability>[1]> = {}) => {
    const answer = await getAvailability(open(http), { ...query, ...change });
    if (answer.kind !== 'slots') throw new Error('Calendly answers with slots');
    return answer;
  };

  test('is asked for from a minute ahead, and ends after the length of the service', async () => {
    const http = calendly({ 'GET /event_type_available_times': times('2026-11-24T09:00:00Z') });
    const { slots } = await ask(http);
    expect(http.requests[0]?.query).toMatchObject({ start_time: '2026-11-23T12:01:00.000Z' });
    expect(slots).toEqual([
      expect.objectContaining({
        start: '2026-11-24T09:00:00+00:00',
        end: '2026-11-24T09:45:00+00:00',
        serviceId: SERVICE_ID,
        staffId: 'USER1',
      }),
    ]);
  });

  test.each([
    ['Europe/London', '2027-03-28T00:30:00Z', '2027-03-28T00:30:00+00:00', '2027-03-28T02:15:00+01:00'],
    ['America/New_York', '2026-11-01T05:30:00Z', '2026-11-01T01:30:00-04:00', '2026-11-01T01:15:00-05:00'],
    ['Australia/Lord_Howe', '2027-04-03T14:30:00Z', '2027-04-04T01:30:00+11:00', '2027-04-04T01:45:00+10:30'],
  ])('is told in the zone of the business, across a change of clocks in %s', async (timeZone, at, start, end) => {
    const http = calendly({ 'GET /event_type_available_times': times(at) });
    const change = { timeZone, from: '2026-01-01T00:00:00Z', to: '2027-12-31T00:00:00Z' };
    const session = { ...open(http), now: () => Date.parse('2026-01-01T00:00:00Z') };
    const answer = await getAvailability(session, { ...query, ...change });
    expect(answer).toMatchObject({ slots: [{ start, end }] });
  });

  test('is asked for in calls of at most 31 days without a gap', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 3_000 }),
        fc.integer({ min: 1, max: 3_000 }),
        async (first, length) => {
          const http = calendly({ 'GET /event_type_available_times': times() });
          const from = NOW + first * 3_600_000;
          const to = from + length * 3_600_000;
          await ask(http, { from: new Date(from).toISOString(), to: new Date(to).toISOString() });
          const parts = http.requests.map(({ query: asked }) =>
            [asked?.start_time, asked?.end_time].map((at) => Date.parse(String(at))),
          );
          expect(parts[0]?.[0]).toBe(from);
          expect(parts.at(-1)?.[1]).toBe(to);
          for (const [index, [begin = 0, end = 0]] of parts.entries()) {
            expect(end - begin).toBeLessThanOrEqual(31 * 24 * 3_600_000);
            if (index > 0) expect(begin).toBe(parts[index - 1]?.[1]);
          }
        },
      ),
    );
  });

  test('leaves out what is unavailable, full, unreadable or twice', async () => {
    const at = '2026-11-24T09:00:00Z';
    const rows = [
      availableTime(at),
      availableTime(at),
      availableTime('2026-11-24T10:00:00Z', { status: 'unavailable' }),
      availableTime('2026-11-24T11:00:00Z', { invitees_remaining: 0 }),
      availableTime('soon'),
    ];
    const { slots } = await ask(
      calendly({ 'GET /event_type_available_times': () => ({ body: { collection: rows } }) }),
    );
    expect(slots).toHaveLength(1);
  });

  test('is nothing in the past, and nobody is asked', async () => {
    const http = calendly({});
    expect((await ask(http, { from: '2026-11-20T00:00:00Z', to: '2026-11-23T12:00:30Z' })).slots).toEqual([]);
    expect(http.requests).toEqual([]);
  });

  test("is not known for one host of a team's event type", async () => {
    const team = service({ profile: { type: 'Team', name: 'Salon', owner: 'https://api.calendly.com/teams/T' } });
    const { slots, notes } = await ask(calendly({}), { service: team, staffId: 'USER1' });
    expect(slots).toEqual([]);
    expect(notes).toHaveLength(1);
  });

  test('is also the own time of an appointment that moves', async () => {
    const http = calendly({ 'GET /event_type_available_times': times() });
    const { slots } = await ask(http, { moving: appointment('E0', '2026-11-24T09:00:00Z') });
    expect(slots.map(({ start }) => start)).toEqual(['2026-11-24T09:00:00+00:00']);
  });
});

describe('booking', () => {
  test('sends who, when, where, the notes and the key', async () => {
    const http = calendly({});
    expect(await createAppointment(open(http), booking)).toMatchObject({ id: 'E1' });
    expect(sent(http, 'invitees.create')).toEqual([
      {
        event_type: `https://api.calendly.com/event_types/${SERVICE_ID}`,
        start_time: START,
        invitee: {
          first_name: 'Ada',
          email: 'ada@mailbox.example',
          timezone: 'Europe/London',
          text_reminder_number: '+442079460018',
        },
        location: { kind: 'physical', location: '12 Mill Lane' },
        questions_and_answers: [{ question: 'Anything we should know?', answer: 'Allergic to nuts', position: 0 }],
        tracking: {
          utm_campaign: null,
          utm_source: null,
          utm_medium: null,
          utm_content: KEY,
          utm_term: null,
          salesforce_uuid: null,
        },
      },
    ]);
  });

  const place = async (members: Members, change: Partial<typeof customer> | { phone: null } = {}) => {
    const http = calendly({ [`GET /event_types/${SERVICE_ID}`]: () => resource(eventTypeRow(SERVICE_ID, members)) });
    await createAppointment(open(http), { ...booking, customer: { ...customer, ...change } });
    const [body] = sent(http, 'invitees.create');
    return JSON.parse(JSON.stringify(body)).location;
  };

  test.each([
    ['no place', { locations: null }, undefined],
    ['an empty list', { locations: [] }, undefined],
    ['a round robin', { pooling_type: 'round_robin' }, undefined],
    ['a video call', { locations: [{ kind: 'zoom_conference' }] }, { kind: 'zoom_conference' }],
    ['a call by the customer', { locations: [{ kind: 'inbound_call', location: '+44 1' }] }, { kind: 'inbound_call' }],
    [
      'a call by the host',
      { locations: [{ kind: 'outbound_call' }] },
      { kind: 'outbound_call', location: '+442079460018' },
    ],
    [
      'the first way that can be filled in',
      { locations: [{ kind: 'ask_invitee' }, { kind: 'custom', location: 'Back door' }] },
      { kind: 'custom', location: 'Back door' },
    ],
  ])('of an event type with %s', async (_what, members, expected) => {
    expect(await place(members)).toEqual(expected);
  });

  test('needs a number where the host calls, and can not choose a place for the customer', async () => {
    await expect(place({ locations: [{ kind: 'outbound_call' }] }, { phone: null })).rejects.toMatchObject({
      code: 'validation_failed',
      field: 'customer.phone',
    });
    await expect(place({ locations: [{ kind: 'ask_invitee' }] })).rejects.toMatchObject({ code: 'provider_rejected' });
  });

  test('reads the other form of the answer too', async () => {
    const answer = { resource: 'https://api.calendly.com/scheduled_events/E1', invitee: inviteeRow('E1') };
    const http = calendly({ 'POST /invitees': () => ({ status: 201, body: answer }) });
    expect(await createAppointment(open(http), booking)).toMatchObject({ id: 'E1' });
  });

  test.each([
    ['gone from what is offered', REFUSED, times(OLD_START)],
    ['said to be filled', failure(400, 'x', 'x', [{ message: 'x', code: 'already_filled' }]), times(START)],
  ])('is refused when the time is %s', async (_what, refusal, offered) => {
    const http = calendly({ 'POST /invitees': () => refusal, 'GET /event_type_available_times': offered });
    await expect(createAppointment(open(http), booking)).rejects.toMatchObject({
      code: 'slot_unavailable',
      outcomeUnknown: false,
    });
    expect(sent(http, 'invitees.create')).toHaveLength(1);
  });

  test('is refused for what was sent when the time is still offered', async () => {
    const http = calendly({ 'POST /invitees': () => REFUSED, 'GET /event_type_available_times': times(START) });
    await expect(createAppointment(open(http), booking)).rejects.toMatchObject({
      code: 'provider_rejected',
      message: expect.stringContaining('location'),
    });
  });

  test('is refused for questions that nobody has answered', async () => {
    const question = { name: 'Colour?', type: 'single_select', position: 1, enabled: true, required: true };
    const http = calendly({
      [`GET /event_types/${SERVICE_ID}`]: () => resource(eventTypeRow(SERVICE_ID, { custom_questions: [question] })),
      'POST /invitees': () => REFUSED,
      'GET /event_type_available_times': times(START),
    });
    await expect(createAppointment(open(http), booking)).rejects.toThrow(/questions that must be answered/);
  });

  test("beyond the day's limit says so and when to come back", async () => {
    const http = calendly({
      'POST /invitees': () => ({ status: 429, headers: { 'x-ratelimit-reset': '5400' }, body: {} }),
    });
    await expect(createAppointment(open(http), booking)).rejects.toMatchObject({
      code: 'rate_limited',
      retryAfterSeconds: 5400,
      message: expect.stringContaining('day'),
    });
  });

  test('that can not be read back may have happened', async () => {
    const http = calendly({ 'GET /scheduled_events/E1': () => failure(404, 'Resource Not Found', 'x') });
    await expect(createAppointment(open(http), booking)).rejects.toMatchObject({ outcomeUnknown: true });
  });

  test.each([
    [{ ...booking, customer: { ...customer, email: null } }, 'customer.email'],
    [{ ...booking, slot: { ...slot, serviceId: null } }, 'slotId'],
  ])('needs an address and an event type', async (lacking, field) => {
    await expect(createAppointment(open(calendly({})), lacking)).rejects.toMatchObject({
      code: 'validation_failed',
      field,
    });
  });
});

describe('a booking whose answer was lost', () => {
  const look = (events: readonly Members[], invitee: Members = {}, attempt = ATTEMPT) => {
    const http = calendly({
      'GET /scheduled_events': () => page(events),
      'GET /scheduled_events/E1/invitees': () => page([inviteeRow('E1', invitee)]),
    });
    return findBooked(open(http), booking, attempt);
  };
  const key = (utm_content: string | null) => ({ tracking: { utm_content } });

  test('is known by its key', async () => {
    expect(await look([eventRow('E1', START)], key(KEY))).toMatchObject({ id: 'E1' });
    expect(await look([eventRow('E1', START)], key('somebody-elses'))).toBeNull();
  });

  test('is known by when it was made, where the key was not kept', async () => {
    const made = (created_at: string) => ({ ...key(null), created_at });
    expect(await look([eventRow('E1', START)], made('2026-11-23T11:59:10Z'))).toMatchObject({ id: 'E1' });
    expect(await look([eventRow('E1', START)], made('2026-11-20T11:59:10Z'))).toBeNull();
  });

  test.each([
    ['another time', [eventRow('E1', OLD_START)], key(KEY)],
    [
      'another event type',
      [eventRow('E1', START, { event_type: 'https://api.calendly.com/event_types/OTHER' })],
      key(KEY),
    ],
    ['somebody else', [eventRow('E1', START)], { ...key(KEY), email: 'otto@mailbox.example' }],
    ['a cancelled place', [eventRow('E1', START)], { ...key(KEY), status: 'canceled' }],
  ])('is not %s', async (_what, events, invitee) => expect(await look(events, invitee)).toBeNull());

  test('may not be in the list yet shortly after the attempt', async () => {
    const recent = { startedAt: NOW - 3_000, endedBy: NOW - 1_000 };
    await expect(look([], {}, recent)).rejects.toMatchObject({ code: 'provider_unavailable', retryAfterSeconds: 4 });
  });

  test('may be what can not be read', async () => {
    await expect(look([{ uri: 'https://api.calendly.com/scheduled_events/E1' }])).rejects.toMatchObject({
      code: 'provider_unavailable',
    });
  });
});

describe('moving', () => {
  const move = { appointment: appointment('E0', OLD_START), slot, service: service(), idempotencyKey: KEY };
  /** The old event E0, which a cancellation ends. */
  function withOld(
    answers: Readonly<Record<string, Answer>> = {},
    old: { event?: Members; invitees?: readonly Members[] } = {},
  ): ScriptedHttp {
    let cancelled = false;
    return calendly({
      'GET /scheduled_events/E0': () =>
        resource(eventRow('E0', OLD_START, { ...(cancelled ? { status: 'canceled' } : {}), ...old.event })),
      'GET /scheduled_events/E0/invitees': () =>
        page((old.invitees ?? [{}]).map((members) => inviteeRow('E0', members))),
      'POST /scheduled_events/E0/cancellation': () => {
        cancelled = true;
        return resource({}, 201);
      },
      ...answers,
    });
  }
  const order = (http: ScriptedHttp) =>
    http.requests.flatMap(({ method, operation }) => (method === 'POST' ? operation : []));

  test('books the new time first and then cancels the old one', async () => {
    const answers = [{ question: 'Anything we should know?', answer: 'Allergic', position: 0 }];
    const http = withOld({}, { invitees: [{ questions_and_answers: answers, timezone: 'America/New_York' }] });
    const change = await rescheduleAppointment(open(http), move);
    expect(change.record).toMatchObject({ id: 'E1' });
    expect(change.others).toMatchObject([{ id: 'E0', data: { status: 'cancelled' } }]);
    expect(order(http)).toEqual(['invitees.create', 'events.cancel']);
    expect(sent(http, 'invitees.create')[0]).toMatchObject({
      invitee: {
        first_name: 'Ada',
        last_name: 'Nightingale',
        timezone: 'America/New_York',
        text_reminder_number: '+442079460018',
      },
      questions_and_answers: answers,
      tracking: { utm_content: KEY },
    });
  });

  test.each([
    ['by video, as events name it', { type: 'zoom', join_url: 'x' }, { kind: 'zoom_conference' }],
    ['by video, as event types name it', { type: 'zoom_conference' }, { kind: 'zoom_conference' }],
    [
      'at the other address',
      { type: 'physical', location: '7 Quay Street' },
      { kind: 'physical', location: '7 Quay Street' },
    ],
    [
      'where nobody goes any more',
      { type: 'custom', location: 'Pier' },
      { kind: 'physical', location: '12 Mill Lane' },
    ],
  ])('keeps the way to meet, where it is still there: %s', async (_what, location, expected) => {
    const ways = ['12 Mill Lane', '7 Quay Street'].map((where) => ({ kind: 'physical', location: where }));
    const locations = [...ways, { kind: 'zoom_conference' }];
    const http = withOld(
      { [`GET /event_types/${SERVICE_ID}`]: () => resource(eventTypeRow(SERVICE_ID, { locations })) },
      { event: { location } },
    );
    await rescheduleAppointment(open(http), move);
    expect(sent(http, 'invitees.create')[0]).toMatchObject({ location: expected });
  });

  test('brings along who came along, as many as Calendly takes', async () => {
    const guests = Array.from({ length: 12 }, (_, index) => ({ email: `guest.${index}@mailbox.example` }));
    const http = withOld({}, { event: { event_guests: [{ email: null }, ...guests] } });
    await rescheduleAppointment(open(http), move);
    expect(sent(http, 'invitees.create')[0]).toMatchObject({
      event_guests: guests.slice(0, 10).map(({ email }) => email),
    });
  });

  test('to where it is already does nothing', async () => {
    const http = withOld();
    const change = await rescheduleAppointment(open(http), { ...move, slot: { ...slot, start: OLD_START } });
    expect(change).toMatchObject({ record: { id: 'E0' }, others: [] });
    expect(order(http)).toEqual([]);
  });

  test('to a time that is taken leaves the old one alone', async () => {
    const http = withOld({ 'POST /invitees': () => REFUSED, 'GET /event_type_available_times': times() });
    await expect(rescheduleAppointment(open(http), move)).rejects.toMatchObject({ code: 'slot_unavailable' });
    expect(order(http)).toEqual(['invitees.create']);
  });

  test('takes the new time back when the old one may not be cancelled', async () => {
    let undone = false;
    const http = withOld({
      'POST /scheduled_events/E0/cancellation': () =>
        failure(403, 'Permission Denied', 'You are not allowed to cancel this event'),
      'POST /scheduled_events/E1/cancellation': () => {
        undone = true;
        return resource({}, 201);
      },
      'GET /scheduled_events/E1': () => resource(eventRow('E1', START, undone ? { status: 'canceled' } : {})),
    });
    await expect(rescheduleAppointment(open(http), move)).rejects.toMatchObject({
      code: 'missing_scope',
      outcomeUnknown: false,
      message: expect.stringContaining('is not moved'),
    });
    expect(undone).toBe(true);
  });

  /** Somebody else is faster; E1 can be taken back. */
  function overtaken(answers: Readonly<Record<string, Answer>> = {}): ScriptedHttp {
    const ended = new Set<string>();
    const ends = (id: string) => ({
      [`POST /scheduled_events/${id}/cancellation`]: () => {
        if (ended.has(id)) return failure(403, 'Permission Denied', 'Event is already canceled');
        ended.add(id);
        return resource({}, 201);
      },
      [`GET /scheduled_events/${id}`]: () =>
        resource(eventRow(id, id === 'E0' ? OLD_START : START, ended.has(id) ? { status: 'canceled' } : {})),
    });
    return withOld({
      ...ends('E0'),
      ...ends('E1'),
      'POST /invitees': () => {
        ended.add('E0');
        return resource(inviteeRow('E1'), 201);
      },
      ...answers,
    });
  }

  test('takes the new time back when somebody else has cancelled or moved the old one meanwhile', async () => {
    const http = overtaken();
    await expect(rescheduleAppointment(open(http), move)).rejects.toMatchObject({
      code: 'provider_rejected',
      outcomeUnknown: false,
      message: expect.stringContaining('meanwhile'),
    });
    expect(order(http)).toEqual(['invitees.create', 'events.cancel', 'events.cancel']);
  });

  test('keeps the new time when it was its own earlier attempt that has cancelled the old one', async () => {
    let reads = 0;
    const http = overtaken({
      'GET /scheduled_events/E0': () => {
        reads += 1;
        return resource(eventRow('E0', OLD_START, reads > 1 ? { status: 'canceled' } : {}));
      },
      'POST /scheduled_events/E0/cancellation': () => failure(403, 'Permission Denied', 'Event is already canceled'),
      'GET /scheduled_events': () => page([eventRow('E1', START)]),
      'GET /scheduled_events/E1/invitees': () => page([inviteeRow('E1', { tracking: { utm_content: KEY } })]),
    });
    expect(await rescheduleAppointment(open(http), { ...move, earlier: ATTEMPT })).toMatchObject({
      record: { id: 'E1' },
      others: [{ id: 'E0', data: { status: 'cancelled' } }],
    });
    expect(order(http)).toEqual(['events.cancel']);
  });

  const EIGHT_PLACES = { invitees_counter: { total: 1, active: 1, limit: 8 } };
  const OTTO = { email: 'otto@mailbox.example' };

  test('cancels nobody else who has joined since, and takes the new time back', async () => {
    let booked = false;
    const http = overtaken({
      'GET /scheduled_events/E0': () => resource(eventRow('E0', OLD_START, EIGHT_PLACES)),
      'GET /scheduled_events/E0/invitees': () =>
        page(booked ? [inviteeRow('E0'), inviteeRow('E0', OTTO)] : [inviteeRow('E0')]),
      'POST /invitees': () => {
        booked = true;
        return resource(inviteeRow('E1'), 201);
      },
    });
    await expect(rescheduleAppointment(open(http), move)).rejects.toMatchObject({
      code: 'provider_rejected',
      message: expect.stringContaining('group'),
    });
    const ended = http.requests.filter(({ operation }) => operation === 'events.cancel').map(({ url }) => String(url));
    expect(ended).toEqual([expect.stringContaining('/E1/')]);
  });

  test('does not take back a place among others', async () => {
    const http = overtaken({
      'GET /scheduled_events/E1/invitees': () => page([inviteeRow('E1'), inviteeRow('E1', OTTO)]),
    });
    await expect(rescheduleAppointment(open(http), move)).rejects.toMatchObject({ outcomeUnknown: true });
    expect(order(http)).toEqual(['invitees.create', 'events.cancel']);
  });

  test('says so when neither can be cancelled', async () => {
    const forbidden: Answer = () => failure(403, 'Permission Denied', 'You are not allowed to cancel this event');
    const http = withOld({
      'POST /scheduled_events/E0/cancellation': forbidden,
      'POST /scheduled_events/E1/cancellation': forbidden,
    });
    await expect(rescheduleAppointment(open(http), move)).rejects.toMatchObject({
      outcomeUnknown: true,
      message: expect.stringContaining('Both may exist'),
    });
  });

  test('leaves both when nobody knows whether the old one is cancelled; the repetition ends it', async () => {
    let outage = true;
    let cancelled = false;
    const http = withOld({
      'POST /scheduled_events/E0/cancellation': () => {
        if (outage) return { status: 503 };
        cancelled = true;
        return resource({}, 201);
      },
      'GET /scheduled_events/E0': () => resource(eventRow('E0', OLD_START, cancelled ? { status: 'canceled' } : {})),
      'GET /scheduled_events': () => page([eventRow('E1', START)]),
      'GET /scheduled_events/E1/invitees': () => page([inviteeRow('E1', { tracking: { utm_content: KEY } })]),
    });
    await expect(rescheduleAppointment(open(http), move)).rejects.toMatchObject({ outcomeUnknown: true });
    outage = false;
    const again = await rescheduleAppointment(open(http), { ...move, earlier: ATTEMPT });
    expect(again).toMatchObject({ record: { id: 'E1' }, others: [{ id: 'E0', data: { status: 'cancelled' } }] });
    expect(sent(http, 'invitees.create')).toHaveLength(1);
    // And once more, when all is done already.
    expect(await rescheduleAppointment(open(http), { ...move, earlier: ATTEMPT })).toMatchObject({
      record: { id: 'E1' },
    });
    expect(sent(http, 'events.cancel')).toHaveLength(2);
  });

  test.each([
    ['of several customers', { invitees: [{}, { email: 'otto@mailbox.example' }] }],
    ['of nobody', { invitees: [] }],
    ['that is cancelled', { event: { status: 'canceled' } }],
    ['that has begun', { event: { start_time: '2026-11-23T11:30:00Z' } }],
  ])('an appointment %s is refused before anything is booked', async (_what, old) => {
    const http = withOld({}, old);
    await expect(rescheduleAppointment(open(http), move)).rejects.toMatchObject({ code: 'provider_rejected' });
    expect(order(http)).toEqual([]);
  });
});

describe('cancelling', () => {
  const request = { appointment: appointment('E1', START), reason: 'She is ill', idempotencyKey: KEY };
  function cancellable(answer: (attempt: number, body: unknown) => Scripted, ends = true): ScriptedHttp {
    let attempts = 0;
    return calendly({
      'POST /scheduled_events/E1/cancellation': ({ json }) => {
        attempts += 1;
        return answer(attempts, json);
      },
      'GET /scheduled_events/E1': () => resource(eventRow('E1', START, ends ? { status: 'canceled' } : {})),
    });
  }

  test('gives the reason, and reads the event again', async () => {
    const http = cancellable(() => resource({}, 201));
    expect((await cancelAppointment(open(http), request)).record?.data).toMatchObject({
      status: 'cancelled',
      busy: false,
    });
    expect(sent(http, 'events.cancel')).toEqual([{ reason: 'She is ill' }]);
  });

  test('is tried once more without a reason that is refused', async () => {
    const http = cancellable((attempt) => (attempt === 1 ? REFUSED : resource({}, 201)));
    expect((await cancelAppointment(open(http), request)).record?.data.status).toBe('cancelled');
    expect(sent(http, 'events.cancel')).toEqual([{ reason: 'She is ill' }, {}]);
  });

  test('that was refused and yet done is done', async () => {
    const http = cancellable(() => REFUSED);
    expect((await cancelAppointment(open(http), request)).record?.data.status).toBe('cancelled');
  });

  test('is not believed while the event goes on', async () => {
    const accepted = cancellable(() => resource({}, 201), false);
    await expect(cancelAppointment(open(accepted), request)).rejects.toMatchObject({ outcomeUnknown: true });
    const refused = cancellable(() => REFUSED, false);
    await expect(cancelAppointment(open(refused), request)).rejects.toMatchObject({ code: 'provider_rejected' });
  });

  test.each([
    ['You are not allowed to cancel this event', 'missing_scope'],
    ['Event in the past', 'provider_rejected'],
  ])('refused with "%s"', async (message, code) => {
    const http = cancellable(() => failure(403, 'Permission Denied', message), false);
    await expect(cancelAppointment(open(http), request)).rejects.toMatchObject({ code });
  });

  test('of what is gone is done', async () => {
    const http = cancellable(() => failure(404, 'Resource Not Found', 'x'));
    expect(await cancelAppointment(open(http), request)).toEqual({ record: null, deletedIds: ['E1'], others: [] });
  });

  test('one of a group is refused: it would be for everybody', async () => {
    const members = { invitees_counter: { total: 2, active: 2, limit: 8 } };
    const http = calendly({
      'GET /scheduled_events/E1': () => resource(eventRow('E1', START, members)),
      'GET /scheduled_events/E1/invitees': () =>
        page([inviteeRow('E1'), inviteeRow('E1', { email: 'otto@mailbox.example' })]),
    });
    const group = { ...request, appointment: appointment('E1', START, members) };
    await expect(cancelAppointment(open(http), group)).rejects.toMatchObject({ code: 'provider_rejected' });
    expect(sent(http, 'events.cancel')).toEqual([]);
  });
});
