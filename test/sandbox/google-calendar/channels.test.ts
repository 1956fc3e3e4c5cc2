import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { channels } from '../../../lambdas/connectors/google-calendar/channels.ts';
import { createConnector } from '../../../lambdas/connectors/google-calendar/index.ts';
import type { PushChannel } from '../../../lambdas/core/model/push-channel.ts';
import { connectorSession } from '../mechanics/connector-session.ts';
import { connectedSalon } from './connected.ts';
import { CHAIRS, FRONT_DESK } from './seed.ts';

const DAY_MS = 86_400_000;
const STOP = '/calendar/v3/channels/stop';
const WATCH = '/calendar/v3/calendars/primary/events/watch';
/** Long enough for a message that should not come. */
const SILENCE_MS = 100;
const [CHAIR = ''] = CHAIRS;
const secret = 's'.repeat(43);
const event = {
  summary: 'Cut',
  start: { dateTime: '2030-01-02T10:00:00Z', timeZone: 'Europe/London' },
  end: { dateTime: '2030-01-02T11:00:00Z', timeZone: 'Europe/London' },
};

let salon: ReturnType<typeof connectedSalon>;
let listener: Server;
let address: string;
let heard: { readonly headers: Record<string, string>; readonly body: string }[];
/** What the listener answers with; 200 when it runs out. */
let statuses: number[];

beforeEach(async () => {
  salon = connectedSalon(4, [FRONT_DESK, CHAIR]);
  heard = [];
  statuses = [];
  listener = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk));
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
    heard.push({ headers, body: Buffer.concat(chunks).toString() });
    response.writeHead(statuses.shift() ?? 200).end();
  });
  await new Promise<void>((resolve) => {
    listener.listen(0, '127.0.0.1', resolve);
  });
  address = `http://127.0.0.1:${(listener.address() as AddressInfo).port}/webhooks/google_calendar/int_1`;
});
afterEach(async () => {
  await new Promise((resolve) => {
    listener.close(resolve);
  });
});

async function hear(count: number, ms = 4_000): Promise<void> {
  for (let waited = 0; heard.length < count && waited < ms; waited += 10) await delay(10);
  expect(heard).toHaveLength(count);
}

/** What the connector reads of all messages so far, in the order of their numbers. */
function notices() {
  const numberOf = (headers: Record<string, string>) => Number(headers['x-goog-message-number']);
  return [...heard]
    .sort((a, b) => numberOf(a.headers) - numberOf(b.headers))
    .flatMap(({ headers, body }) => channels.readNotices({ headers, body, parameters: new URLSearchParams() }));
}

async function open(subject: string, digit: string, lifeMs = 7 * DAY_MS): Promise<PushChannel> {
  const channelId = digit.repeat(32);
  const request = { subject, channelId, secret, address, expiresAt: salon.clock.now() + lifeMs };
  return { ...request, secretHash: '', renewAt: 0, ...(await channels.openChannel(salon.session(), request)) };
}

const openChannels = () => [...(salon.google.truth('channels', null) ?? [])];
const reasonOf = ({ body }: { body: ReturnType<typeof JSON.parse> }) => body?.error?.errors?.[0]?.reason;

describe('a push channel', () => {
  it('says that it is open, and speaks of every change in its calendar', async () => {
    const channel = await open(FRONT_DESK, 'a');
    expect(Math.abs(channel.expiresAt - salon.clock.now() - 7 * DAY_MS)).toBeLessThan(5_000);
    await hear(1);
    expect(heard[0]?.body).toBe('');
    expect(heard[0]?.headers).toMatchObject({
      'x-goog-channel-id': channel.channelId,
      'x-goog-channel-token': secret,
      'x-goog-channel-expiration': new Date(channel.expiresAt).toUTCString(),
      'x-goog-resource-id': channel.providerId,
      'x-goog-resource-uri': expect.stringContaining(encodeURIComponent(FRONT_DESK)),
      'x-goog-resource-state': 'sync',
      'x-goog-message-number': '1',
    });
    const { body: made } = await salon.call('POST', '/calendar/v3/calendars/primary/events', event);
    salon.edit('patch', { id: made.id, changes: { summary: 'Colour' } });
    salon.edit('insert', { calendar: CHAIR, event });
    salon.edit('cancel', { id: made.id });
    await hear(4);
    const said = { channelId: channel.channelId, providerId: channel.providerId, secret };
    const changed = { ...said, kind: 'changed' };
    expect(notices()).toEqual([{ ...said, kind: 'opened' }, changed, changed, changed]);
    expect(new Set(heard.map(({ headers }) => headers['x-goog-message-number']))).toEqual(new Set('1234'));
  });

  it('speaks in both calendars that an event is moved between', async () => {
    const [desk, chair] = [await open(FRONT_DESK, 'a'), await open(CHAIR, 'b')];
    const { id } = salon.edit('insert', { event });
    await salon.call('POST', `/calendar/v3/calendars/primary/events/${id}/move?destination=${CHAIR}`);
    await hear(5);
    const changes = notices().filter(({ kind }) => kind === 'changed');
    expect(changes.map(({ channelId }) => channelId).sort()).toEqual([desk, desk, chair].map((one) => one.channelId));
    expect(desk.providerId).not.toBe(chair.providerId);
  });

  it('is silent once it is closed; closing it again is no failure', async () => {
    const channel = await open(FRONT_DESK, 'a');
    const successor = await open(FRONT_DESK, 'b');
    await hear(2);
    expect(openChannels()).toHaveLength(2);
    for (const _attempt of [1, 2]) await channels.closeChannel(salon.session(), channel);
    salon.edit('insert', { event });
    await hear(3);
    await delay(SILENCE_MS);
    expect(heard.map(({ headers }) => headers['x-goog-channel-id'])).toEqual([
      channel.channelId,
      successor.channelId,
      successor.channelId,
    ]);
    expect(openChannels()).toMatchObject([{ calendarId: FRONT_DESK, id: successor.channelId, address }]);
  });

  it('lives no longer than Google lets it, and is silent afterwards', async () => {
    salon.google.settings.change({ channelMs: DAY_MS });
    const channel = await open(FRONT_DESK, 'a');
    expect(channel.expiresAt).toBeLessThan(salon.clock.now() + DAY_MS + 5_000);
    await hear(1);
    salon.clock.advance(DAY_MS);
    expect(openChannels()).toEqual([]);
    salon.edit('insert', { event });
    await delay(SILENCE_MS);
    await hear(1);
    await channels.closeChannel(salon.session(), channel);
  });

  it('can end before its time, without a word', async () => {
    await open(FRONT_DESK, 'a');
    await open(CHAIR, 'b');
    await hear(2);
    salon.edit('endChannels', { calendar: 'primary' });
    salon.edit('insert', { event });
    await delay(SILENCE_MS);
    await hear(2);
    expect(openChannels()).toMatchObject([{ calendarId: CHAIR }]);
  });

  it('outlives the consent that it was opened with', async () => {
    await open(FRONT_DESK, 'a');
    salon.google.oauth.revokeGrants(null);
    salon.edit('insert', { event });
    await hear(2);
  });

  it('tries again when the listener is down, and not when it refuses', async () => {
    statuses = [503];
    await open(FRONT_DESK, 'a');
    await hear(2);
    expect(new Set(heard.map(({ headers }) => headers['x-goog-message-number']))).toEqual(new Set('1'));
    statuses = [404];
    salon.edit('insert', { event });
    await hear(3);
    await delay(1_000 + SILENCE_MS);
    await hear(3);
  });

  it('can not be stopped by somebody else, nor by half of its name', async () => {
    const { channelId: id, providerId: resourceId } = await open(FRONT_DESK, 'a');
    await hear(1);
    const authorization = `Bearer ${salon.tokenOf('117700000000000000042', 2)}`;
    expect((await salon.call('POST', STOP, { id, resourceId }, { authorization })).status).toBe(404);
    expect((await salon.call('POST', STOP, { id, resourceId: 'another' })).status).toBe(404);
    expect((await salon.call('POST', STOP, { id })).status).toBe(400);
    expect(openChannels()).toHaveLength(1);
    expect(await salon.call('POST', STOP, { id, resourceId })).toMatchObject({ status: 204, body: undefined });
  });
});

describe('what Google refuses:', () => {
  const watch = (change: object = {}, path = WATCH) =>
    salon.call('POST', path, { id: 'mine', type: 'web_hook', address, ...change });

  it('an id that was used before, even by a channel that has ended', async () => {
    const { body } = await watch();
    await hear(1);
    expect(body).toMatchObject({ kind: 'api#channel', id: 'mine', expiration: expect.stringMatching(/^\d{13}$/) });
    expect(body).not.toHaveProperty('token');
    await salon.call('POST', STOP, body);
    expect(reasonOf(await watch())).toBe('channelIdNotUnique');
  });

  it.each([
    [{ address: 'http://hub.example/webhooks' }, 'push.webhookUrlNotHttps'],
    [{ token: 't'.repeat(257) }, 'invalid'],
    [{ id: 'i'.repeat(65) }, 'invalid'],
    [{ id: undefined }, 'invalid'],
    [{ type: 'pigeon' }, 'invalid'],
    [{ expiration: '1000' }, 'invalid'],
  ])('%j', async (change, reason) => {
    const answer = await watch(change);
    expect([answer.status, reasonOf(answer)]).toEqual([400, reason]);
    expect(openChannels()).toEqual([]);
  });

  it('a calendar of others', async () => {
    expect((await watch({}, WATCH.replace('primary', 'ida.quist%40mailbox.example'))).status).toBe(404);
  });

  it('a scope that is not enough', async () => {
    salon.google.oauth.dropScopes(['https://www.googleapis.com/auth/calendar.events']);
    expect(reasonOf(await watch())).toBe('insufficientPermissions');
  });

  it('a domain that is not verified, which ends nobody’s connection', async () => {
    salon.google.settings.change({ domainVerified: false });
    let givenUp = false;
    const session = connectorSession({
      connector: createConnector(),
      token: salon.token,
      callClass: 'live_write',
      fetch: async (url, init) => salon.google.app.fetch(new Request(String(url), init)),
      clock: { now: () => salon.clock.now(), sleep: async () => {} },
      onGivenUp: () => {
        givenUp = true;
      },
    });
    const request = { subject: FRONT_DESK, channelId: 'a'.repeat(32), secret, address, expiresAt: Date.now() + DAY_MS };
    await expect(channels.openChannel(session, request)).rejects.toMatchObject({ code: 'internal' });
    expect(givenUp).toBe(false);
  });
});
