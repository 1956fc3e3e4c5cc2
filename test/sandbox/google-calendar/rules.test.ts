import { beforeEach, describe, expect, it } from '@jest/globals';
import { createConnector } from '../../../lambdas/connectors/google-calendar/index.ts';
import type { Slot } from '../../../lambdas/core/model/availability.ts';
import { integrationConfigSchema } from '../../../lambdas/core/model/integration.ts';
import { bufferedDay, EARLY_HOURS } from '../mechanics/buffered-day.ts';
import { connectedSalon, Mirror, REDIRECT_URI } from './connected.ts';
import { CHAIRS, FRONT_DESK } from './seed.ts';

const EVENTS = '/calendar/v3/calendars/primary/events';
const WINDOW = 'singleEvents=true&timeMin=2020-01-01T00:00:00Z&timeMax=2020-02-01T00:00:00Z';
const times = {
  start: { dateTime: '2030-01-02T10:00:00Z', timeZone: 'Europe/London' },
  end: { dateTime: '2030-01-02T11:00:00Z', timeZone: 'Europe/London' },
};
const reasonOf = ({ body }: { body: ReturnType<typeof JSON.parse> }) => body?.error?.errors?.[0]?.reason;

let salon: ReturnType<typeof connectedSalon>;
beforeEach(() => {
  salon = connectedSalon(4);
});

describe('an id', () => {
  it('is taken once, and for ever', async () => {
    const event = { id: 'abcdef012345', summary: 'Mine', ...times };
    expect((await salon.call('POST', EVENTS, event)).status).toBe(200);
    expect(reasonOf(await salon.call('POST', EVENTS, event))).toBe('duplicate');
    expect((await salon.call('DELETE', `${EVENTS}/abcdef012345`)).status).toBe(204);
    expect(reasonOf(await salon.call('DELETE', `${EVENTS}/abcdef012345`))).toBe('deleted');
    expect((await salon.call('POST', EVENTS, event)).status).toBe(409);
    expect((await salon.call('GET', `${EVENTS}/abcdef012345`)).body).toMatchObject({ status: 'cancelled' });
    expect((await salon.call('PATCH', `${EVENTS}/abcdef012345`, times)).status).toBe(403);
  });

  it.each(['with-dashes', 'WXYZ', 'wxyz', 'abc'])('of another alphabet is refused: %s', async (id) => {
    expect((await salon.call('POST', EVENTS, { id, ...times })).status).toBe(400);
  });
});

describe('a change', () => {
  it('of an old version is refused, and leaves the rest of the event alone', async () => {
    const { body: event } = await salon.call('POST', EVENTS, { summary: 'Cut', description: 'Soon', ...times });
    const etag: string = event.etag;
    const path = `${EVENTS}/${event.id}`;
    const changed = await salon.call('PATCH', path, { summary: 'Colour' }, { 'if-match': etag });
    expect(changed.body).toMatchObject({ summary: 'Colour', description: 'Soon' });
    expect(reasonOf(await salon.call('PATCH', path, { summary: 'Old' }, { 'if-match': etag }))).toBe('conditionNotMet');
  });

  it.each([
    [{ start: times.end, end: times.start }, 'timeRangeEmpty'],
    [{ start: times.start, end: { date: '2030-01-03' } }, 'invalid'],
    [{ start: { dateTime: '2030-01-02T10:00:00' }, end: times.end }, 'invalid'],
    [{ ...times, etag: '"1"' }, 'invalid'],
    [{ start: times.start }, 'invalid'],
  ])('that makes no sense is refused: %j', async (event, reason) => {
    const answer = await salon.call('POST', EVENTS, event);
    expect([answer.status, reasonOf(answer)]).toEqual([400, reason]);
  });

  it('is not for readers, nor for calendars of others', async () => {
    const holidays = encodeURIComponent('en.uk#holiday@group.calendar.google.com');
    expect((await salon.call('POST', `/calendar/v3/calendars/${holidays}/events`, times)).status).toBe(403);
    expect((await salon.call('POST', '/calendar/v3/calendars/ida.quist%40mailbox.example/events', times)).status).toBe(
      404,
    );
  });
});

describe('a list', () => {
  it('gives a sync token that goes with its own parameters only, until it dies', async () => {
    const { body } = await salon.call('GET', `${EVENTS}?${WINDOW}&maxResults=10`);
    const token = encodeURIComponent(body.nextSyncToken);
    const ask = (query: string) => salon.call('GET', `${EVENTS}?singleEvents=true&syncToken=${token}&${query}`);
    expect((await ask('maxResults=10')).body).toMatchObject({ items: [], nextSyncToken: expect.any(String) });
    expect((await ask('maxResults=20')).status).toBe(400);
    expect((await ask('maxResults=10&timeMin=2026-01-01T00:00:00Z')).status).toBe(400);
    expect((await ask('maxResults=10&orderBy=startTime')).status).toBe(400);
    salon.edit('expireSyncTokens', {});
    expect(reasonOf(await ask('maxResults=10'))).toBe('fullSyncRequired');
  });

  it('that is ordered gives none', async () => {
    const { body } = await salon.call('GET', `${EVENTS}?${WINDOW}&orderBy=startTime`);
    expect(body).not.toHaveProperty('nextSyncToken');
  });

  it('has empty pages in between, and pages that die', async () => {
    salon.google.settings.change({ longestPage: 20, pageTokenMs: 1_000 });
    const window = `singleEvents=true&timeMin=${new Date().toISOString()}&timeMax=2030-01-01T00:00:00Z`;
    const first = await salon.call('GET', `${EVENTS}?${window}`);
    const next = await salon.call('GET', `${EVENTS}?${window}&pageToken=${first.body.nextPageToken}`);
    expect([first.body.items.length, next.body.items.length]).toEqual([20, 0]);
    expect(next.body.nextPageToken).toEqual(expect.any(String));
    salon.clock.advance(2_000);
    expect((await salon.call('GET', `${EVENTS}?${window}&pageToken=${next.body.nextPageToken}`)).status).toBe(400);
  });
});

describe('freeBusy', () => {
  const ask = (items: readonly string[], timeMax = '2026-12-20T00:00:00Z') =>
    salon.call('POST', '/calendar/v3/freeBusy', {
      timeMin: '2026-12-01T00:00:00Z',
      timeMax,
      items: items.map((id) => ({ id })),
    });

  it('puts a calendar’s error beside it, under status 200', async () => {
    const [chair = ''] = CHAIRS;
    salon.google.settings.change({ unreadableCalendars: [chair] });
    const { status, body } = await ask([FRONT_DESK, chair, 'nobody@mailbox.example']);
    expect(status).toBe(200);
    expect(body.calendars[FRONT_DESK].errors).toBeUndefined();
    expect(body.calendars[chair].errors[0].reason).toBe('internalError');
    expect(body.calendars['nobody@mailbox.example'].errors[0].reason).toBe('notFound');
  });

  it('refuses a long time', async () => {
    expect(reasonOf(await ask([FRONT_DESK], '2027-04-01T00:00:00Z'))).toBe('timeRangeTooLong');
  });
});

describe('calls', () => {
  it.each([403, 429] as const)('beyond the limit are refused with %d', async (limitStatus) => {
    salon.google.settings.change({ limitStatus, limit: { max: 3, intervalMs: 60_000 }, sendRetryAfter: true });
    // A patch costs three.
    await salon.call('PATCH', `${EVENTS}/none`, {});
    const answer = await salon.call('GET', `${EVENTS}?${WINDOW}`);
    expect([answer.status, reasonOf(answer), answer.headers.get('retry-after')]).toEqual([
      limitStatus,
      'rateLimitExceeded',
      '60',
    ]);
  });

  it('need a scope that is enough', async () => {
    salon.google.oauth.dropScopes(['https://www.googleapis.com/auth/calendar.freebusy']);
    const answer = await salon.call('POST', '/calendar/v3/freeBusy', {});
    expect([answer.status, reasonOf(answer)]).toEqual([403, 'insufficientPermissions']);
    expect((await salon.call('GET', `${EVENTS}?${WINDOW}`)).status).toBe(200);
  });

  it('need a token that lives', async () => {
    salon.google.oauth.expireAccessTokens();
    expect((await salon.call('GET', `${EVENTS}?${WINDOW}`)).status).toBe(401);
  });
});

describe('the token endpoint', () => {
  const post = async (path: string, fields: Record<string, string>) => {
    const response = await salon.google.app.fetch(
      new Request(`http://sandbox${path}`, { method: 'POST', body: new URLSearchParams(fields) }),
    );
    const text = await response.text();
    return { status: response.status, body: text === '' ? null : JSON.parse(text) };
  };
  const client = { client_id: 'google_calendar-client', client_secret: 'google_calendar-secret' };

  it('gives a refresh token for a code, and none for a refresh; a revoked one is over', async () => {
    const scopes = salon.google.oauth.rules.requiredScopes;
    const code = salon.google.oauth.issueCode({
      account: '1',
      userId: 1,
      scopes,
      redirectUri: REDIRECT_URI,
      challenge: null,
    });
    const byCode = await post('/token', {
      ...client,
      grant_type: 'authorization_code',
      code,
      redirect_uri: REDIRECT_URI,
    });
    expect(byCode.body).toMatchObject({
      token_type: 'Bearer',
      refresh_token: expect.any(String),
      id_token: expect.any(String),
    });
    expect(byCode.body.scope.split(' ').sort()).toEqual([...scopes].sort());
    const refresh = { ...client, grant_type: 'refresh_token', refresh_token: byCode.body.refresh_token };
    const renewed = await post('/token', refresh);
    expect(renewed.body.access_token).toEqual(expect.any(String));
    expect(renewed.body).not.toHaveProperty('refresh_token');
    // An access token takes its refresh token along.
    expect((await post('/revoke', { token: renewed.body.access_token })).status).toBe(200);
    expect(await post('/token', refresh)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    expect((await post('/revoke', { token: 'whatever' })).status).toBe(400);
    expect((await post('/token', { ...refresh, client_secret: 'wrong' })).body.error).toBe('invalid_client');
  });
});

describe('the connector, in front of it', () => {
  const connector = createConnector();
  const start = Math.ceil(Date.now() / 86_400_000) * 86_400_000 + 80 * 86_400_000 + 10 * 3_600_000;
  const slotAt = (ms: number, staffId: string | null): Slot => ({
    start: new Date(ms).toISOString(),
    end: new Date(ms + 1_800_000).toISOString(),
    timeZone: 'Europe/London',
    serviceId: null,
    staffId,
    locationId: null,
    token: null,
  });
  const booking = (staffId: string | null) => ({
    slot: slotAt(start, staffId),
    service: null,
    customer: { contactId: null, firstName: 'Ada', lastName: null, name: 'Ada', email: null, phone: '+442079460018' },
    title: 'Haircut, Ada',
    notes: null,
    idempotencyKey: 'cd'.repeat(16),
  });
  const at = (ms: number) =>
    salon.truth().filter(({ startMs, event }) => startMs === ms && event.summary === 'Haircut, Ada');
  const busyAt = async (
    ms: number,
    staffId: string,
    moving: Parameters<NonNullable<typeof connector.getAvailability>>[1]['moving'] = null,
  ) => {
    const [from, to] = [new Date(ms).toISOString(), new Date(ms + 1_800_000).toISOString()];
    const query = { from, to, timeZone: 'Europe/London', service: null, staffId, staff: [], moving };
    const answer = await connector.getAvailability?.(salon.session(), query);
    return answer?.kind === 'busy' ? answer.calendars.flatMap(({ busy }) => busy) : null;
  };

  it('books once, however often it is asked, and anew after a deletion', async () => {
    const first = await connector.createAppointment?.(salon.session(), booking(null));
    expect(await connector.createAppointment?.(salon.session(), booking(null))).toEqual(first);
    expect(at(start)).toHaveLength(1);
    const [event] = at(start);
    salon.edit('cancel', { calendar: event?.calendarId, id: event?.event.id });
    const second = await connector.createAppointment?.(salon.session(), booking(null));
    expect(second?.id).not.toBe(first?.id);
    expect(at(start)).toHaveLength(1);
  });

  it('sees what somebody else has taken between look and book', async () => {
    const [chair = ''] = CHAIRS;
    expect(await busyAt(start, chair)).toEqual([]);
    const time = (ms: number) => ({ dateTime: new Date(ms).toISOString(), timeZone: 'Europe/London' });
    salon.edit('insert', { calendar: chair, event: { start: time(start), end: time(start + 600_000) } });
    expect(await busyAt(start, chair)).toHaveLength(1);
  });

  it('keeps the buffers of what it has booked, before and behind it', async () => {
    const [chair = ''] = CHAIRS;
    const booking = { ...EARLY_HOURS, calendars: [{ staffId: chair }] };
    const config = integrationConfigSchema.parse({ timeZone: 'UTC', booking });
    const session = () => ({ ...salon.session(), config });
    const chairs = bufferedDay(connector, session, { day: start - (start % 86_400_000), staffId: chair });
    await chairs.book('cut', '05:00');
    expect(await chairs.offered('cut')).toEqual(['04:00', '06:00', '06:15', '06:30', '06:45', '07:00', '07:15']);
    expect(await chairs.isFree('cut', '05:45')).toBe(false);
    await chairs.book('colour', '07:00');
    expect(await chairs.offered('cut')).toEqual(['04:00']);
    expect(await chairs.isFree('cut', '06:00')).toBe(false);
  });

  it('moves an appointment by less than its own length, to another chair and back, and cancels it', async () => {
    const [one = '', two = ''] = CHAIRS;
    const made = await connector.createAppointment?.(salon.session(), booking(one));
    if (!made) throw new Error('nothing was booked');
    expect(await busyAt(start + 900_000, one)).toHaveLength(1);
    expect(await busyAt(start + 900_000, one, made)).toEqual([]);
    const move = {
      appointment: made,
      slot: slotAt(start + 900_000, two),
      service: null,
      idempotencyKey: 'ef'.repeat(16),
    };
    const moved = await connector.rescheduleAppointment?.(salon.session(), move);
    expect(moved?.deletedIds).toEqual([made.id]);
    expect(at(start + 900_000).map(({ calendarId }) => calendarId)).toEqual([two]);
    // The answer was lost: the same move again finds it done, from where the mirror still has it.
    expect(await connector.rescheduleAppointment?.(salon.session(), move)).toEqual(moved);
    if (!moved?.record) throw new Error('nothing was moved');
    const back = await connector.rescheduleAppointment?.(salon.session(), {
      ...move,
      appointment: moved.record,
      slot: slotAt(start, one),
    });
    expect(back?.record?.id).toBe(made.id);

    const mirror = new Mirror();
    await mirror.sync(salon.session());
    expect(mirror.records.get(made.id)?.data).toEqual(back?.record?.data);
    for (const _attempt of [1, 2]) {
      const ended = await connector.cancelAppointment?.(salon.session(), {
        appointment: made,
        reason: null,
        idempotencyKey: 'ab'.repeat(16),
      });
      expect(ended).toEqual({ record: null, deletedIds: [made.id], others: [] });
    }
    expect(at(start)).toEqual([]);
    await mirror.sync(salon.session());
    expect(mirror.records.has(made.id)).toBe(false);
  });
});
