import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { ConnectorSession, NewAppointment, PullPage } from '../../../lambdas/connectors/connector.ts';
import { createConnector } from '../../../lambdas/connectors/outlook-calendar/index.ts';
import type { Appointment } from '../../../lambdas/core/model/appointment.ts';
import { integrationConfigSchema } from '../../../lambdas/core/model/integration.ts';
import type { Json, SourceRecord } from '../../../lambdas/core/model/mirror-record.ts';
import type { SyncType } from '../../../lambdas/core/model/sync-run.ts';
import { CallSlots } from '../../../lambdas/core/provider-http/call-slots.ts';
import { fetchThroughOriginMap } from '../../../lambdas/core/provider-http/origin-map.ts';
import type { CallClass } from '../../../lambdas/core/provider-http/provider-http.ts';
import { ShiftedClock } from '../../faults/support/doubles.ts';
import { bufferedDay, EARLY_HOURS } from '../mechanics/buffered-day.ts';
import { connectorSession } from '../mechanics/connector-session.ts';
import { SandboxClient } from '../sandbox-client.ts';
import { type Sandbox, startSandbox } from '../server.ts';
import { OutlookControl } from './outlook-control.ts';
import { CALENDARS } from './seed.ts';
import { defaultSettings } from './settings.ts';
import type { EventTruth } from './truth.ts';

const { manifest, ...connector } = createConnector();
const REDIRECT_URI = 'http://localhost:8787/oauth/callback';
const DAY_MS = 24 * 60 * 60_000;
const CONFIG = integrationConfigSchema.parse({
  timeZone: 'Europe/London',
  booking: { calendars: [{ staffId: CALENDARS.main }, { staffId: CALENDARS.chair }] },
});

let sandbox: Sandbox;
let client: SandboxClient;
let outlook: OutlookControl;
let accessToken: string;

beforeAll(async () => {
  sandbox = await startSandbox({ port: 0, contacts: 20 });
  client = new SandboxClient(sandbox.url);
  outlook = new OutlookControl(client);
  accessToken = (await signIn()).access_token;
});
afterAll(() => sandbox.close());
beforeEach(() => outlook.change(defaultSettings()));

function authorizeUrl(more: Readonly<Record<string, string>> = {}): string {
  const { scopes, authorizeUrl: url } = manifest.oauth;
  const query = {
    response_type: 'code',
    client_id: 'outlook_calendar-client',
    redirect_uri: REDIRECT_URI,
    scope: [...scopes.required, ...(scopes.unreported ?? [])].join(' '),
    state: 's-1',
    nonce: 'n-1',
    ...more,
  };
  return `${url}?${new URLSearchParams(query)}`;
}

async function tokens(fields: Readonly<Record<string, string>>): Promise<ReturnType<typeof JSON.parse>> {
  const app = { client_id: 'outlook_calendar-client', client_secret: 'outlook_calendar-secret' };
  const body = new URLSearchParams({ ...app, redirect_uri: REDIRECT_URI, ...fields });
  return (await fetch(`${sandbox.url}/outlook_calendar/common/oauth2/v2.0/token`, { method: 'POST', body })).json();
}

async function signIn(account?: string) {
  const back = new URL(await client.approve(authorizeUrl(), account === undefined ? {} : { account }));
  return tokens({ grant_type: 'authorization_code', code: back.searchParams.get('code') ?? '' });
}

function session(callClass: CallClass, token = accessToken, config = CONFIG): ConnectorSession {
  return connectorSession({
    connector: { manifest, ...connector },
    callClass,
    token,
    config,
    accountKey: 'account',
    account: { id: 'a', name: null, attributes: { tid: 't', oid: 'o' } },
    clock: new ShiftedClock(),
    slots: new CallSlots(manifest.maxConcurrent ?? 1),
    fetch: fetchThroughOriginMap(JSON.stringify(sandbox.originMap)),
  });
}

function inUtc(instant: string): string {
  return new Date(instant).toISOString();
}

/** A mirror as the engine keeps it: pages are applied in order, and a full pull sweeps the window that it covers. */
class Mirror {
  readonly records = new Map<string, SourceRecord<Appointment>>();
  feedState: Json | null = null;
  /** Is told after each page where the pull goes on: people don't wait for a pull's end. */
  meanwhile: (next: Json | null) => Promise<void> = async () => undefined;

  async sync(mode: SyncType, config = CONFIG): Promise<SyncType> {
    const until = new Date().toISOString();
    const seen = new Set<string>();
    const own = session('background_read', accessToken, config);
    let cursor: Json | null = null;
    do {
      const request = { resource: 'appointments', mode, since: mode === 'full' ? null : until, until } as const;
      const page: PullPage | undefined = await connector.syncData?.(own, {
        ...request,
        feedState: this.feedState,
        cursor,
      });
      if (!page) throw new Error('no page');
      if (page.fullRequired) return this.sync('full', config);
      expect(page.rejected).toEqual([]);
      for (const id of page.deletedIds) this.records.delete(id);
      for (const record of page.records) {
        seen.add(record.id);
        this.records.set(record.id, record as SourceRecord<Appointment>);
      }
      cursor = JSON.parse(JSON.stringify(page.next));
      await this.meanwhile(cursor);
      if (page.next !== null) continue;
      this.feedState = JSON.parse(JSON.stringify(page.feedState));
      const { from = '', to = '' } = page.covers ?? {};
      for (const [id, { data }] of mode === 'full' ? [...this.records] : []) {
        const within = Date.parse(data.start) >= Date.parse(from) && Date.parse(data.end) <= Date.parse(to);
        if (!seen.has(id) && within) this.records.delete(id);
      }
    } while (cursor !== null);
    return mode;
  }

  /** By id, what counts of a record. */
  content(): unknown {
    const rows = [...this.records.values()].map(({ id, data }) => {
      const { allDay, title, busy, staff, seriesId } = data;
      const [start, end] = [data.start, data.end].map((time) => (allDay ? time.slice(0, 10) : inUtc(time)));
      return [id, start, end, title, busy, staff[0]?.id, seriesId];
    });
    return Object.fromEntries(rows.map(([id, ...rest]) => [id, rest]));
  }
}

async function mirrored(): Promise<EventTruth[]> {
  const today = Math.floor(Date.now() / DAY_MS) * DAY_MS;
  const events = await outlook.events();
  return events.filter(
    ({ calendarId, start, end }) =>
      (calendarId === CALENDARS.main || calendarId === CALENDARS.chair) &&
      Date.parse(start) < today + 181 * DAY_MS &&
      Date.parse(end) > today - 30 * DAY_MS,
  );
}

async function truth(): Promise<unknown> {
  const rows = (await mirrored()).map((event) => {
    const hidden = ['private', 'confidential'].includes(event.sensitivity);
    const busy =
      !event.isCancelled && event.response !== 'declined' && !['free', 'workingElsewhere'].includes(event.showAs);
    const title = hidden || event.subject === '' ? null : event.subject;
    const [start, end] = event.days ?? [event.start, event.end];
    return [event.id, start, end, title, busy, event.calendarId, event.seriesId];
  });
  return Object.fromEntries(rows.map(([id, ...rest]) => [id, rest]));
}

describe('signing in', () => {
  test('gives tokens that renew, and the old one goes on working', async () => {
    const first = await signIn();
    expect(first.scope).toBe(
      'https://graph.microsoft.com/User.Read https://graph.microsoft.com/Calendars.ReadWrite'
        .split(' ')
        .sort()
        .join(' '),
    );
    const claims = JSON.parse(Buffer.from(first.id_token.split('.')[1], 'base64url').toString());
    expect(claims).toMatchObject({ nonce: 'n-1', tid: expect.any(String), oid: expect.any(String) });
    const second = await tokens({ grant_type: 'refresh_token', refresh_token: first.refresh_token });
    expect(second.refresh_token).not.toBe(first.refresh_token);
    const again = await tokens({ grant_type: 'refresh_token', refresh_token: first.refresh_token });
    expect(again.access_token).toBeDefined();
    expect(await tokens({ grant_type: 'refresh_token', refresh_token: 'forged' })).toMatchObject({
      error: 'invalid_grant',
    });
  });

  test('may need an administrator, who then approves at the address of the step', async () => {
    const consentError = { error: 'access_denied', description: 'AADSTS90094: The grant requires admin permission.' };
    await outlook.change({ oauth: { consentError } });
    const back = new URL(await client.approve(authorizeUrl()));
    const said = `${back.searchParams.get('error')} ${back.searchParams.get('error_description')}`;
    const problem = manifest.oauth.consentProblems?.find(({ match }) => new RegExp(match).test(said));
    const values: Record<string, string> = {
      clientId: 'outlook_calendar-client',
      redirectUri: REDIRECT_URI,
      scopes: manifest.oauth.scopes.required.join(' '),
      state: 's-2',
    };
    const url = (problem?.steps[0]?.url ?? '').replace(/\{(\w+)\}/g, (_, name: string) =>
      encodeURIComponent(values[name] ?? ''),
    );
    const { origin } = new URL(url);
    const approved = await fetch(`${sandbox.originMap[origin]}${url.slice(origin.length)}`, { redirect: 'manual' });
    const location = new URL(approved.headers.get('location') ?? '');
    expect(Object.fromEntries(location.searchParams)).toMatchObject({ admin_consent: 'True', state: 's-2' });
    expect(new URL(await client.approve(authorizeUrl())).searchParams.get('code')).not.toBeNull();
  });

  test('with an account that has no mailbox is told so', async () => {
    const guest = await signIn('5d6059b6-368d-45f8-91e1-8e07d485f1d0');
    const asked = connector.identifyAccount(session('live_read', guest.access_token));
    await expect(asked).rejects.toMatchObject({ code: 'integration_not_connected' });
  });

  test('tells whose account it is, and which calendar is its main one', async () => {
    expect(await connector.identifyAccount(session('live_read'))).toMatchObject({
      id: 't.o',
      name: 'Marlow & Finch Salon',
      attributes: { defaultCalendarId: CALENDARS.main, email: 'salon@marlow-finch.example' },
    });
  });
});

describe('the mirror', () => {
  test.each(['instants', 'days'] as const)(
    'is the mailbox after a full pull, with all-day events as %s',
    async (allDayAs) => {
      await outlook.change({ allDayAs });
      const mirror = new Mirror();
      await mirror.sync('full');
      expect(mirror.records.size).toBeGreaterThan(150);
      expect(mirror.content()).toEqual(await truth());
    },
  );

  test('is the mailbox again after whatever people do, in whatever order, whichever way Graph tells it', async () => {
    const mirror = new Mirror();
    await mirror.sync('full');
    const edit = fc.record({
      what: fc.constantFrom('move', 'rename', 'calendar', 'delete', 'series', 'create', 'endSeries', 'far', 'forget'),
      pick: fc.nat(),
      days: fc.integer({ min: -60, max: 220 }),
      calendarId: fc.constantFrom(CALENDARS.main, CALENDARS.chair, CALENDARS.room),
    });
    const edits = fc.array(edit, { minLength: 1, maxLength: 8 });
    const settings = fc.record({
      seriesChangeShowsOccurrences: fc.boolean(),
      replayed: fc.nat(3),
      deltaPageSize: fc.integer({ min: 15, max: 50 }),
    });
    let series = 2;
    await fc.assert(
      fc.asyncProperty(edits, settings, async (wanted, switches) => {
        await outlook.change(switches);
        for (const { what, pick, days, calendarId } of wanted) {
          const events = await mirrored();
          const event = events[pick % events.length];
          if (!event) throw new Error('the mailbox is empty');
          const start = new Date(Math.floor(Date.now() / DAY_MS) * DAY_MS + days * DAY_MS + 9 * 3_600_000);
          const times = { start: start.toISOString(), end: new Date(start.getTime() + 1_800_000).toISOString() };
          if (what === 'move') await outlook.edit(event.id, times);
          // An occurrence stays in its series' calendar.
          else if (what === 'far' && !event.seriesId) await outlook.edit(event.id, { ...times, calendarId });
          else if (what === 'rename') await outlook.edit(event.id, { fields: { subject: `Renamed ${pick}` } });
          else if (what === 'calendar' && !event.seriesId) await outlook.edit(event.id, { calendarId });
          else if (what === 'delete') await outlook.delete(event.id);
          else if (what === 'create')
            await outlook.create({ calendarId, ...times, fields: { subject: `New ${pick}` } });
          else if (what === 'series' && event.seriesId)
            await outlook.edit(event.seriesId, { fields: { subject: `Series ${pick}` } });
          else if (what === 'endSeries' && event.seriesId && series-- > 0) await outlook.deleteSeries(event.seriesId);
          else if (what === 'forget' && pick % 5 === 0) await outlook.dropSyncState();
        }
        await mirror.sync('incremental');
        expect(mirror.content()).toEqual(await truth());
      }),
      // What a run leaves behind is the next one's start, so there is nothing to shrink to.
      { numRuns: 12, endOnFailure: true },
    );
  });

  test('keeps what is booked while a pull is between two parts of the window', async () => {
    await outlook.change({ replayed: 0 });
    const mirror = new Mirror();
    await mirror.sync('full');
    const start = new Date(Math.floor(Date.now() / DAY_MS) * DAY_MS + 150 * DAY_MS + 9 * 3_600_000);
    const times = { start: start.toISOString(), end: new Date(start.getTime() + 1_800_000).toISOString() };
    let booked: string | null = null;
    mirror.meanwhile = async (next) => {
      if (booked !== null || JSON.stringify(next).includes('"at":0')) return;
      booked = (await outlook.create({ calendarId: CALENDARS.main, ...times, fields: { subject: 'Booked' } })).id;
    };
    await mirror.sync('incremental');
    expect(mirror.records.has(booked ?? '')).toBe(true);
    await mirror.sync('incremental');
    expect(mirror.content()).toEqual(await truth());
    await outlook.delete(booked ?? '');
    await mirror.sync('incremental');
    expect(mirror.content()).toEqual(await truth());
  });

  test('learns of a deletion that the delta does not tell by the next full pull', async () => {
    const mirror = new Mirror();
    await mirror.sync('full');
    const [occurrence] = (await mirrored()).filter(({ type }) => type === 'occurrence');
    await outlook.delete(occurrence?.id ?? '', true);
    await mirror.sync('incremental');
    expect(mirror.records.has(occurrence?.id ?? '')).toBe(true);
    await mirror.sync('full');
    expect(mirror.content()).toEqual(await truth());
  });

  test.each([410, 400] as const)('is pulled in full when a link can not be continued: %d', async (resetStatus) => {
    const mirror = new Mirror();
    await mirror.sync('full');
    await outlook.change({ resetStatus });
    await outlook.dropSyncState();
    expect(await mirror.sync('incremental')).toBe('full');
    expect(await mirror.sync('incremental')).toBe('incremental');
  });

  test('follows the calendars that are chosen', async () => {
    const mirror = new Mirror();
    await mirror.sync('full');
    const booking = { calendars: [{ staffId: CALENDARS.room }] };
    const config = integrationConfigSchema.parse({ timeZone: 'Europe/London', booking });
    expect(await mirror.sync('incremental', config)).toBe('full');
    const within = [...mirror.records.values()].filter(({ data }) => Date.parse(data.start) > Date.now() - 29 * DAY_MS);
    expect(new Set(within.map(({ data }) => data.staff[0]?.id))).toEqual(new Set([CALENDARS.room]));
  });
});

describe('booking', () => {
  let day = 40;
  const bookingAt = (idempotencyKey: string): NewAppointment => {
    const start = new Date(Math.floor(Date.now() / DAY_MS) * DAY_MS + day++ * DAY_MS + 5 * 3_600_000);
    return {
      slot: {
        start: start.toISOString(),
        end: new Date(start.getTime() + 1_800_000).toISOString(),
        timeZone: 'Europe/London',
        serviceId: null,
        staffId: CALENDARS.main,
        locationId: null,
        token: null,
      },
      service: null,
      customer: {
        contactId: null,
        firstName: 'Prince',
        lastName: null,
        name: 'Prince',
        email: null,
        phone: '+447500900300',
      },
      title: 'Cut, Prince',
      notes: 'Side <door> & stairs',
      idempotencyKey,
    };
  };
  const book = (wanted: NewAppointment) => connector.createAppointment?.(session('live_write'), wanted);
  const booked = async ({ slot }: NewAppointment) =>
    (await outlook.events()).filter(({ start }) => start === slot.start);

  test.each(['event', 'conflict', 'accepted'] as const)(
    'happens once, when Graph answers a repetition with %s',
    async (repeatedTransaction) => {
      await outlook.change({ repeatedTransaction });
      const wanted = bookingAt(Buffer.from(repeatedTransaction.padEnd(16, '.')).toString('hex'));
      const first = await book(wanted);
      expect(await book(wanted)).toMatchObject({ id: first?.id });
      expect(await booked(wanted)).toHaveLength(1);
      expect(first?.data.customers).toEqual([{ id: null, name: 'Prince', email: null, phone: '+447500900300' }]);
      expect(await outlook.invitationsSent()).toBe(0);
    },
  );

  test('is found again by its key, even when Graph has forgotten it and somebody has moved it', async () => {
    await outlook.change({ transactionMemoryMs: 0 });
    const wanted = bookingAt('e'.repeat(32));
    const find = () => connector.findBooked?.(session('live_write'), wanted, { startedAt: 0, endedBy: 0 });
    expect(await find()).toBeNull();
    const record = await book(wanted);
    expect(await find()).toMatchObject({ id: record?.id });
    const { slot } = bookingAt('f'.repeat(32));
    await outlook.edit(record?.id ?? '', { start: slot.start, end: slot.end });
    expect(await find()).toMatchObject({ id: record?.id });
  });

  test('whose answer is lost is not lost', async () => {
    const wanted = bookingAt('1'.repeat(32));
    await client.addFault({ kind: 'lost_answer', method: 'POST', pathPattern: '/events$' });
    await expect(book(wanted)).rejects.toMatchObject({ outcomeUnknown: true });
    expect(await book(wanted)).toMatchObject({ data: { notes: 'Side <door> & stairs' } });
    expect(await booked(wanted)).toHaveLength(1);
  });

  test('shows as taken, and is free again for its own move', async () => {
    const wanted = bookingAt('2'.repeat(32));
    const record = await book(wanted);
    const { start, end } = wanted.slot;
    const query = {
      from: start,
      to: end,
      timeZone: 'Europe/London',
      service: null,
      staffId: CALENDARS.main,
      staff: [],
    };
    const takenFor = async (moving: SourceRecord<Appointment> | null) => {
      const answer = await connector.getAvailability?.(session('live_read'), { ...query, moving });
      if (answer?.kind !== 'busy') throw new Error('nothing is known');
      // What lies around it is told, too.
      return answer.calendars.flatMap(({ busy }) =>
        busy.filter((one) => inUtc(one.start) < inUtc(end) && inUtc(one.end) > inUtc(start)),
      );
    };
    expect(await takenFor(null)).toHaveLength(1);
    expect(await takenFor(record ?? null)).toEqual([]);
  });

  test('keeps its buffers, before and behind it', async () => {
    const booking = { ...EARLY_HOURS, calendars: [{ staffId: CALENDARS.room }] };
    const config = integrationConfigSchema.parse({ timeZone: 'UTC', booking });
    const own = () => session('live_write', accessToken, config);
    const day = Math.floor(Date.now() / DAY_MS) * DAY_MS + 120 * DAY_MS;
    const room = bufferedDay({ manifest, ...connector }, own, { day, staffId: CALENDARS.room });
    await room.book('cut', '05:00');
    expect(await room.offered('cut')).toEqual(['04:00', '06:00', '06:15', '06:30', '06:45', '07:00', '07:15']);
    expect(await room.isFree('cut', '05:45')).toBe(false);
    await room.book('colour', '07:00');
    expect(await room.offered('cut')).toEqual(['04:00']);
    expect(await room.isFree('cut', '06:00')).toBe(false);
  });

  test('is not offered in the evening of a whole day that Graph takes for another one', async () => {
    // Whole days that an app has made are days in UTC, which end in the afternoon over there.
    const day = Math.floor(Date.now() / DAY_MS) * DAY_MS + 100 * DAY_MS;
    const at = (ms: number) => new Date(ms).toISOString();
    await outlook.create({
      calendarId: CALENDARS.chair,
      start: at(day),
      end: at(day + DAY_MS),
      fields: { isAllDay: true, zone: 'UTC' },
    });
    const timeZone = 'America/New_York';
    const booking = { calendars: [{ staffId: CALENDARS.chair }] };
    const config = integrationConfigSchema.parse({ timeZone, booking });
    const evening = { start: day + 25 * 3_600_000, end: day + 26 * 3_600_000 };
    const answer = await connector.getAvailability?.(session('live_read', accessToken, config), {
      from: at(evening.start),
      to: at(evening.end),
      timeZone,
      service: null,
      staffId: null,
      staff: [],
      moving: null,
    });
    const [{ busy } = { busy: [] }] = answer?.kind === 'busy' ? answer.calendars : [];
    const blocks = busy.filter(
      ({ start, end }) => Date.parse(start) <= evening.start && Date.parse(end) >= evening.end,
    );
    expect(blocks).toHaveLength(1);
  });

  test.each([true, false])('is moved and cancelled, whether If-Match counts or not: %s', async (honoursIfMatch) => {
    await outlook.change({ honoursIfMatch });
    const appointment = await book(bookingAt(String(Number(honoursIfMatch)).repeat(32).replaceAll('1', '3')));
    if (!appointment) throw new Error('not booked');
    const { slot } = bookingAt('4'.repeat(32));
    const move = { appointment, slot, service: null, idempotencyKey: '5'.repeat(32) };
    // Exchange has touched the event since it was made, so its etag is not the one that the answer had.
    const moved = await connector.rescheduleAppointment?.(session('live_write'), move);
    expect(new Date(moved?.record?.data.start ?? '').toISOString()).toBe(slot.start);
    expect(await connector.rescheduleAppointment?.(session('live_write'), move)).toMatchObject({
      record: { id: appointment.id },
    });
    const cancel = { appointment, reason: null, idempotencyKey: '6'.repeat(32) };
    for (const _attempt of [1, 2]) {
      expect(await connector.cancelAppointment?.(session('live_write'), cancel)).toMatchObject({
        deletedIds: [appointment.id],
      });
    }
    expect((await outlook.events()).some(({ id }) => id === appointment.id)).toBe(false);
  });

  test('is refused in a calendar that may only be read, and past the neighbours of a series', async () => {
    const wanted = bookingAt('7'.repeat(32));
    const there = book({ ...wanted, slot: { ...wanted.slot, staffId: CALENDARS.holidays } });
    await expect(there).rejects.toMatchObject({ code: 'missing_scope' });
    const mirror = new Mirror();
    await mirror.sync('full');
    const occurrence = [...mirror.records.values()].find(
      ({ data }) =>
        data.seriesId !== null && data.staff[0]?.id === CALENDARS.main && Date.parse(data.start) > Date.now(),
    );
    if (!occurrence) throw new Error('no occurrence');
    const start = new Date(Date.parse(occurrence.data.start) + 15 * DAY_MS);
    const slot = {
      ...wanted.slot,
      start: start.toISOString(),
      end: new Date(start.getTime() + 1_800_000).toISOString(),
    };
    const move = { appointment: occurrence, slot, service: null, idempotencyKey: '8'.repeat(32) };
    await expect(connector.rescheduleAppointment?.(session('live_write'), move)).rejects.toMatchObject({
      code: 'provider_rejected',
    });
  });
});

describe('limits', () => {
  test('are kept: no more calls at once than a mailbox takes', async () => {
    await outlook.change({ maxConcurrent: 2, handlingMs: 20 });
    const own = session('live_read');
    await Promise.all(Array.from({ length: 6 }, () => connector.testConnection(own)));
  });

  test('that are reached are told with the pause that Graph asks for', async () => {
    await outlook.change({ limit: { max: 0, intervalMs: 600_000 } });
    await expect(connector.testConnection(session('live_read'))).rejects.toMatchObject({
      code: 'rate_limited',
      retryAfterSeconds: 600,
    });
  });

  test('of Graph on the delta are kept: no query options', async () => {
    const url = `${sandbox.url}/outlook_calendar/v1.0/me/calendars/${encodeURIComponent(CALENDARS.main)}/calendarView/delta`;
    const headers = { authorization: `Bearer ${accessToken}` };
    const range = 'startDateTime=2026-11-01T00:00:00Z&endDateTime=2026-12-01T00:00:00Z';
    expect((await fetch(`${url}?${range}`, { headers })).status).toBe(200);
    expect((await fetch(`${url}?${range}&$select=subject`, { headers })).status).toBe(400);
  });
});
