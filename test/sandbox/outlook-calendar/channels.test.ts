import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { ChannelDelivery, ChannelNotice, ConnectorSession } from '../../../lambdas/connectors/connector.ts';
import { channels } from '../../../lambdas/connectors/outlook-calendar/channels.ts';
import { createConnector } from '../../../lambdas/connectors/outlook-calendar/index.ts';
import type { PushChannel } from '../../../lambdas/core/model/push-channel.ts';
import { fetchThroughOriginMap } from '../../../lambdas/core/provider-http/origin-map.ts';
import { ShiftedClock } from '../../faults/support/doubles.ts';
import { connectorSession } from '../mechanics/connector-session.ts';
import { SandboxClient } from '../sandbox-client.ts';
import { type Sandbox, startSandbox } from '../server.ts';
import { OutlookControl } from './outlook-control.ts';
import { CALENDARS } from './seed.ts';
import { defaultSettings } from './settings.ts';

const connector = createConnector();
const REDIRECT_URI = 'http://localhost:8787/oauth/callback';
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const TIMES = { start: '2031-05-05T10:00:00Z', end: '2031-05-05T11:00:00Z' };

type Answer = { readonly status: number; readonly type: string; readonly text: string };

/** Stands for the hub: what comes to its address goes through the connector. */
class Listener {
  readonly notices: ChannelNotice[] = [];
  readonly handshakes: ChannelDelivery[] = [];
  requests = 0;
  /** Answers a handshake otherwise than the connector wants. */
  onHandshake: ((right: string) => Answer) | null = null;
  /** Notifications that are still to be refused. */
  refusals = 0;
  readonly #server: Server;

  constructor() {
    this.#server = createServer(async (incoming, outgoing) => {
      const { status, type, text } = this.#answer(await deliveryOf(incoming));
      outgoing.writeHead(status, { 'content-type': type }).end(text);
    });
  }

  get address(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/webhooks/outlook_calendar/int_1`;
  }

  open(): Promise<void> {
    return new Promise((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
  }

  close(): Promise<unknown> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(resolve));
  }

  /** The first notice that is wanted, once it has come. */
  async heard(wanted: Partial<ChannelNotice>): Promise<ChannelNotice> {
    const names = Object.keys(wanted) as (keyof ChannelNotice)[];
    for (let waited = 0; waited < 5_000; waited += 10) {
      const found = this.notices.find((notice) => names.every((name) => notice[name] === wanted[name]));
      if (found) return found;
      await delay(10);
    }
    throw new Error(`nothing was heard but ${JSON.stringify(this.notices)}`);
  }

  #answer(delivery: ChannelDelivery): Answer {
    const handshake = channels.answerHandshake?.(delivery) ?? null;
    if (handshake !== null) {
      this.handshakes.push(delivery);
      return this.onHandshake?.(handshake) ?? { status: 200, type: 'text/plain; charset=utf-8', text: handshake };
    }
    this.requests += 1;
    if (this.refusals > 0) {
      this.refusals -= 1;
      return { status: 503, type: 'text/plain', text: 'later' };
    }
    this.notices.push(...channels.readNotices(delivery));
    return { status: 202, type: 'application/json', text: '{}' };
  }
}

async function deliveryOf(incoming: IncomingMessage): Promise<ChannelDelivery> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const parameters = new URL(incoming.url ?? '/', 'http://hub').searchParams;
  return {
    headers: incoming.headers as ChannelDelivery['headers'],
    body: Buffer.concat(chunks).toString(),
    parameters,
  };
}

let sandbox: Sandbox;
let client: SandboxClient;
let outlook: OutlookControl;
let accessToken: string;
let listener: Listener;

beforeAll(async () => {
  sandbox = await startSandbox({ port: 0, contacts: 5 });
  client = new SandboxClient(sandbox.url);
  outlook = new OutlookControl(client);
  accessToken = await signIn();
});
afterAll(() => sandbox.close());
beforeEach(async () => {
  await outlook.change(defaultSettings());
  listener = new Listener();
  await listener.open();
});
afterEach(async () => {
  for (const { id } of await outlook.subscriptions()) await graph('DELETE', `/subscriptions/${id}`);
  await listener.close();
});

async function signIn(): Promise<string> {
  const { authorizeUrl, scopes } = connector.manifest.oauth;
  const app = { client_id: 'outlook_calendar-client', redirect_uri: REDIRECT_URI };
  const scope = [...scopes.required, ...(scopes.unreported ?? [])].join(' ');
  const query = new URLSearchParams({ ...app, response_type: 'code', scope, state: 's', nonce: 'n' });
  const code = new URL(await client.approve(`${authorizeUrl}?${query}`)).searchParams.get('code') ?? '';
  const secret = { client_secret: 'outlook_calendar-secret', grant_type: 'authorization_code' };
  const body = new URLSearchParams({ ...app, ...secret, code });
  const url = `${sandbox.url}/outlook_calendar/common/oauth2/v2.0/token`;
  return (await json(fetch(url, { method: 'POST', body }))).access_token;
}

async function json(answer: Promise<Response>): Promise<ReturnType<typeof JSON.parse>> {
  return (await answer).json();
}

function session(): ConnectorSession {
  return connectorSession({
    connector,
    callClass: 'live_write',
    token: accessToken,
    clock: new ShiftedClock(),
    fetch: fetchThroughOriginMap(JSON.stringify(sandbox.originMap)),
  });
}

function graph(method: string, path: string, body?: object): Promise<Response> {
  return fetch(`${sandbox.url}/outlook_calendar/v1.0${path}`, {
    method,
    headers: { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

/** As the hub opens one. */
async function open(secret: string, lifeMs = 2 * DAY_MS): Promise<PushChannel> {
  const { address } = listener;
  const asked = { channelId: 'c'.repeat(32), subject: '/me/events', address, expiresAt: Date.now() + lifeMs };
  const opened = await channels.openChannel(session(), { ...asked, secret });
  return { ...asked, ...opened, secretHash: '', renewAt: Date.now() };
}

const renew = (channel: PushChannel, expiresAt: number) => channels.renewChannel?.(session(), channel, expiresAt);

describe('a channel', () => {
  test('is opened once both addresses have shown that they are ours', async () => {
    const channel = await open('ours');
    expect(listener.handshakes).toHaveLength(2);
    expect(listener.handshakes.map(({ body }) => body)).toEqual(['', '']);
    expect(await outlook.subscriptions()).toEqual([
      expect.objectContaining({
        id: channel.providerId,
        resource: '/me/events',
        changeTypes: ['created', 'updated', 'deleted'],
        notificationUrl: listener.address,
        lifecycleNotificationUrl: listener.address,
        clientState: 'ours',
        expiresAt: new Date(channel.expiresAt).toISOString(),
      }),
    ]);
  });

  test('tells of what people do, and of what is done through the API', async () => {
    const { providerId } = await open('ours');
    const changed = { channelId: null, providerId, secret: 'ours', kind: 'changed' } as const;
    const { id } = await outlook.create({ calendarId: CALENDARS.room, ...TIMES });
    const times = { start: { dateTime: '2031-05-06T10:00:00', timeZone: 'UTC' } };
    const body = { ...times, end: { dateTime: '2031-05-06T11:00:00', timeZone: 'UTC' } };
    for (const change of [
      () => outlook.edit(id, { fields: { subject: 'Renamed' } }),
      () => outlook.delete(id),
      () => graph('POST', `/me/calendars/${encodeURIComponent(CALENDARS.chair)}/events`, body),
    ]) {
      await listener.heard({ kind: 'changed' });
      listener.notices.length = 0;
      await change();
      expect(await listener.heard({ kind: 'changed' })).toEqual(changed);
    }
  });

  test('tells of many changes at once in few words', async () => {
    await open('ours');
    const ids = (await outlook.events()).slice(0, 60).map(({ id }) => id);
    await outlook.touch(ids, { subject: 'All hands' });
    await listener.heard({ secret: 'ours' });
    await delay(50);
    expect(ids).toHaveLength(60);
    expect(listener.requests).toBe(2);
    expect(listener.notices).toHaveLength(2);
  });

  test('goes on when it is renewed', async () => {
    const channel = await open('ours', DAY_MS);
    const expiresAt = Date.now() + 2 * DAY_MS;
    expect(await renew(channel, expiresAt)).toEqual({ providerId: channel.providerId, expiresAt });
    expect(await outlook.subscriptions()).toMatchObject([{ expiresAt: new Date(expiresAt).toISOString() }]);
    await outlook.create({ calendarId: CALENDARS.main, ...TIMES });
    await listener.heard({ providerId: channel.providerId, kind: 'changed' });
  });

  test('says nothing any more when it is closed, however often', async () => {
    const [ours, witness] = [await open('ours'), await open('witness')];
    await channels.closeChannel(session(), ours);
    await channels.closeChannel(session(), ours);
    expect(await renew(ours, Date.now() + DAY_MS)).toBeNull();
    await outlook.create({ calendarId: CALENDARS.main, ...TIMES });
    // Both would be told in one request.
    await listener.heard({ providerId: witness.providerId });
    expect(listener.notices.map(({ secret }) => secret)).not.toContain('ours');
  });

  test('is told again what it could not take', async () => {
    await open('ours');
    listener.refusals = 1;
    await outlook.create({ calendarId: CALENDARS.main, ...TIMES });
    await listener.heard({ kind: 'changed' });
    expect(listener.requests).toBe(2);
  });
});

describe('Microsoft says of a subscription', () => {
  test.each([
    ['reauthorizationRequired', 'ending'],
    ['missed', 'changed'],
    ['subscriptionRemoved', 'ended'],
  ] as const)('%s, and the channel is %s', async (event, kind) => {
    const { providerId } = await open('ours');
    expect(await outlook.sendLifecycle(event)).toEqual({ told: 1 });
    expect(await listener.heard({})).toEqual({ channelId: null, providerId, secret: 'ours', kind });
  });

  test('that it was removed: there is nothing to renew, and another one can be opened', async () => {
    const channel = await open('ours');
    expect(await outlook.removeSubscriptions()).toEqual({ removed: 1 });
    await listener.heard({ providerId: channel.providerId, kind: 'ended' });
    expect(await renew(channel, Date.now() + DAY_MS)).toBeNull();
    const { providerId } = await open('again');
    expect(await outlook.subscriptions()).toMatchObject([{ id: providerId, clientState: 'again' }]);
  });
});

describe('Graph refuses', () => {
  const text = 'text/plain';
  test.each<[string, (right: string) => Answer]>([
    ['another text', (right) => ({ status: 200, type: text, text: `${right} ` })],
    ['the token as it was encoded', (right) => ({ status: 200, type: text, text: encodeURIComponent(right) })],
    ['a page', (right) => ({ status: 200, type: 'text/html', text: right })],
    ['another status', (right) => ({ status: 202, type: text, text: right })],
    ['an error', () => ({ status: 404, type: text, text: '' })],
  ])('an address that answers the handshake with %s', async (_what, onHandshake) => {
    listener.onHandshake = onHandshake;
    await expect(open('ours')).rejects.toMatchObject({ code: 'provider_rejected' });
    expect(await outlook.subscriptions()).toEqual([]);
  });

  test('an address that nobody answers at', async () => {
    const closed = new Listener();
    await closed.open();
    const { address } = closed;
    await closed.close();
    expect(await refusal({ lifecycleNotificationUrl: address })).toEqual([400, 'ValidationError']);
  });

  test('what it says that it does', async () => {
    expect(await refusal({ notificationUrl: 'http://hub.example.com/' })).toEqual([400, 'InvalidRequest']);
    expect(await refusal({ clientState: 's'.repeat(129) })).toEqual([400, 'InvalidRequest']);
    expect(await refusal({ resource: `/me/calendars/${CALENDARS.main}/events` })).toEqual([400, 'InvalidRequest']);
    expect(await refusal({ changeType: 'moved' })).toEqual([400, 'InvalidRequest']);
    expect(await refusal({ calendar: CALENDARS.main })).toEqual([400, 'InvalidRequest']);
    expect(listener.handshakes).toEqual([]);
    expect(await refusal({})).toEqual([201, undefined]);
    const elsewhere = await fetch(`${sandbox.url}/outlook_calendar/v1.0/subscriptions`, { method: 'POST' });
    expect(elsewhere.status).toBe(401);
  });

  test.each([10_080, 4_230])('a life of more than %d minutes, and lengthens a short one', async (most) => {
    await outlook.change({ maxSubscriptionMinutes: most });
    await expect(open('ours', (most + 1) * MINUTE_MS)).rejects.toMatchObject({ code: 'provider_rejected' });
    const channel = await open('ours', connector.manifest.pushChannels?.lifeMs);
    await expect(renew(channel, Date.now() + (most + 1) * MINUTE_MS)).rejects.toMatchObject({
      code: 'provider_rejected',
    });
    const before = Date.now();
    const shortened = await renew(channel, Date.now());
    expect(shortened?.expiresAt).toBeGreaterThanOrEqual(before + 45 * MINUTE_MS);
    expect(shortened?.expiresAt).toBeLessThan(before + 46 * MINUTE_MS);
  });

  async function refusal(differing: object): Promise<unknown> {
    const wanted = { changeType: 'updated', resource: 'me/events', notificationUrl: listener.address };
    const expirationDateTime = new Date(Date.now() + DAY_MS).toISOString();
    const answer = await graph('POST', '/subscriptions', { ...wanted, expirationDateTime, ...differing });
    return [answer.status, JSON.parse(await answer.text()).error?.code];
  }
});

describe('a subscription', () => {
  test('is listed as it was made, and told of no more than it asked for', async () => {
    const wanted = { changeType: 'created, deleted', resource: 'me/events', notificationUrl: listener.address };
    const expirationDateTime = new Date(Date.now() + DAY_MS).toISOString();
    const made = await json(graph('POST', '/subscriptions', { ...wanted, expirationDateTime }));
    const { value } = await json(graph('GET', '/subscriptions'));
    expect(made).toEqual({ ...value[0], '@odata.context': expect.any(String) });
    expect(made).toMatchObject({ changeType: 'created,deleted', lifecycleNotificationUrl: null, clientState: null });
    const { id } = await outlook.create({ calendarId: CALENDARS.main, ...TIMES });
    await outlook.sendLifecycle('missed');
    await outlook.edit(id, { fields: { subject: 'Renamed' } });
    await outlook.delete(id);
    await delay(100);
    // It shows no secret, so what it says is not believed.
    expect([listener.requests, listener.notices]).toEqual([2, []]);
  });

  test('is silent once it has expired', async () => {
    const [ours, witness] = [await open('ours', 45 * MINUTE_MS), await open('witness')];
    await client.advanceClock(46 * MINUTE_MS);
    await outlook.create({ calendarId: CALENDARS.main, ...TIMES });
    await listener.heard({ providerId: witness.providerId });
    expect(listener.notices.map(({ secret }) => secret)).not.toContain('ours');
    expect(await renew(ours, Date.now() + DAY_MS)).toBeNull();
    expect(await outlook.subscriptions()).toHaveLength(1);
  });
});
