import { describe, expect, it } from '@jest/globals';
import { CLIENT, ConnectedAcuity, codeFor, postForm, REDIRECT_URI } from './connected.ts';

const DAY_MS = 24 * 60 * 60_000;
const dateIn = (days: number) => new Date(Date.now() + days * DAY_MS).toISOString().slice(0, 10);

describe('OAuth', () => {
  it('gives a token that has no end, and nothing to refresh it with', async () => {
    const { provider } = new ConnectedAcuity();
    const code = await codeFor(provider, '21300008');
    const fields = { grant_type: 'authorization_code', code, redirect_uri: REDIRECT_URI, ...CLIENT };
    const { body } = await postForm(provider, '/oauth2/token', fields);
    expect(Object.keys(body).sort()).toEqual(['access_token', 'token_type']);
    expect((await postForm(provider, '/oauth2/token', fields)).body.error).toBe('invalid_grant');
    const refresh = { grant_type: 'refresh_token', refresh_token: 'any', ...CLIENT };
    expect((await postForm(provider, '/oauth2/token', refresh)).status).toBe(400);
  });

  it('wants the secret in the body, and knows only its own', async () => {
    const { provider } = new ConnectedAcuity();
    const fields = { grant_type: 'authorization_code', code: 'x', redirect_uri: REDIRECT_URI, ...CLIENT };
    const wrong = await postForm(provider, '/oauth2/token', { ...fields, client_secret: 'other' });
    expect([wrong.status, wrong.body.error]).toEqual([401, 'invalid_client']);
  });

  it('ends with a disconnect, or when the owner ends it', async () => {
    const running = new ConnectedAcuity();
    expect((await running.call('GET', '/me')).status).toBe(200);
    const answer = await postForm(running.provider, '/oauth2/disconnect', { access_token: running.token, ...CLIENT });
    expect(answer.status).toBe(200);
    expect((await running.call('GET', '/me')).body).toMatchObject({ status_code: 401, error: 'unauthorized' });
    const other = new ConnectedAcuity();
    other.provider.oauth.revokeGrants('21300007');
    expect((await other.call('GET', '/clients')).status).toBe(401);
  });
});

describe('lists', () => {
  it('of appointments hold a hundred, newest first, without cancelled ones, unless asked otherwise', async () => {
    const { call } = new ConnectedAcuity();
    const { body: usual } = await call('GET', '/appointments');
    const { body: all } = await call('GET', '/appointments?max=1000&showall=true&direction=ASC');
    expect(usual).toHaveLength(100);
    expect(all.length).toBeGreaterThan(200);
    const starts = (rows: { datetime: string }[]) =>
      rows.map(({ datetime }) => Date.parse(datetime.replace(/(\d\d)$/, ':$1')));
    expect(starts(usual)).toEqual(starts(usual).toSorted((a, b) => b - a));
    expect(starts(all)).toEqual(starts(all).toSorted((a, b) => a - b));
    expect(usual.some(({ canceled }: { canceled: boolean }) => canceled)).toBe(false);
    const { body: cancelled } = await call('GET', '/appointments?max=1000&canceled=true');
    expect(cancelled.length).toBeGreaterThan(0);
    expect(cancelled.every(({ canceled }: { canceled: boolean }) => canceled)).toBe(true);
  });

  it('are cut off without a word', async () => {
    const { call } = new ConnectedAcuity({ maxRows: 20 });
    expect((await call('GET', '/appointments?max=1000&showall=true')).body).toHaveLength(20);
  });

  it('are of the days that are asked for, both included', async () => {
    const { call } = new ConnectedAcuity({ datesIn: 'utc' });
    const { body } = await call('GET', `/appointments?minDate=${dateIn(1)}&maxDate=${dateIn(3)}&max=1000`);
    const utc = body.map(({ datetime }: { datetime: string }) =>
      new Date(datetime.replace(/(\d\d)$/, ':$1')).toISOString(),
    );
    for (const start of utc) expect(start >= dateIn(1) && start < dateIn(4)).toBe(true);
    expect((await call('GET', '/appointments?minDate=soon')).status).toBe(400);
  });

  it('of clients show no ids', async () => {
    const { call } = new ConnectedAcuity();
    const { body } = await call('GET', '/clients?max=3&page=2');
    expect(body).toHaveLength(40);
    expect(Object.keys(body[0]).sort()).toEqual(['email', 'firstName', 'lastName', 'notes', 'phone']);
  });
});

describe('limits', () => {
  it('are of everybody together, by the second', async () => {
    const { call, provider } = new ConnectedAcuity({ limit: { max: 10, intervalMs: 60_000 } });
    const answers = [];
    for (let turn = 0; turn < 11; turn++) answers.push(await call('GET', '/me'));
    expect(answers.map(({ status }) => status)).toEqual([...Array(10).fill(200), 429]);
    expect(answers.at(-1)?.body).toMatchObject({ status_code: 429, error: 'too_many_requests' });
    expect(answers.at(-1)?.headers.get('retry-after')).toBeNull();
    provider.settings.change({ sendRetryAfter: true });
    expect((await call('GET', '/me')).headers.get('retry-after')).toBe('60');
  });
});

describe('bookings', () => {
  it('need an object', async () => {
    const { call } = new ConnectedAcuity();
    for (const body of [undefined, [], 'text']) {
      expect((await call('PUT', '/appointments/1800000001/cancel', body)).body).toMatchObject({
        error: 'bad_request',
        message: 'Expected a JSON object.',
      });
    }
  });

  it('by an administrator are checked for nothing: two fit into one minute', async () => {
    const { call } = new ConnectedAcuity();
    const wish = {
      datetime: `${dateIn(10)}T10:00:00+0000`,
      appointmentTypeID: 70010001,
      calendarID: 14200001,
      firstName: 'Ada',
      lastName: 'Moreno',
    };
    for (let turn = 0; turn < 2; turn++)
      expect((await call('POST', '/appointments?admin=true', wish)).status).toBe(200);
    expect((await call('POST', '/appointments', wish)).body.error).toBe('required_email');
    const twice = await call('POST', '/appointments', { ...wish, email: 'ada@mailbox.example' });
    expect(twice.body).toMatchObject({ status_code: 400, error: 'not_available' });
  });

  it.each([
    [{ minHoursInAdvance: 10_000 }, 'not_available_min_hours_in_advance'],
    [{ maxDaysInAdvance: 1 }, 'not_available_max_days_in_advance'],
    [{ intakeForm: true }, 'required_field'],
  ])('keep to the rules of the business: %j', async (settings, error) => {
    const { call } = new ConnectedAcuity(settings);
    const wish = {
      datetime: `${dateIn(20)}T10:00:00+0000`,
      appointmentTypeID: 70010001,
      firstName: 'Ada',
      lastName: 'Moreno',
      email: 'ada@mailbox.example',
    };
    expect((await call('POST', '/appointments', wish)).body.error).toBe(error);
  });
});
