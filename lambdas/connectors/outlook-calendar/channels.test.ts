import { describe, expect, test } from '@jest/globals';
import { ProviderWorld } from '../conformance/provider-world.ts';
import { channels } from './channels.ts';
import { changeRow, delivery, lifecycleRow } from './fixtures/channels.ts';
import { fixtures } from './fixtures/conformance.ts';
import { graphError } from './fixtures/events.ts';
import { createConnector } from './index.ts';

const ours = { providerId: 'sub-1', secret: 'ours' };
const another = { providerId: 'sub-2', secret: 'another' };
const request = {
  subject: '/me/events',
  channelId: 'c'.repeat(32),
  secret: 's'.repeat(43),
  address: 'https://hub.example.com/webhooks/outlook_calendar/int_1',
};

function world(): ProviderWorld {
  return new ProviderWorld(createConnector(), fixtures);
}

describe('notifications', () => {
  test('are read one by one: a bad one does not spoil the rest', () => {
    const rows = [null, changeRow(ours), { ...changeRow(another), clientState: undefined }, [], changeRow(another)];
    expect(channels.readNotices(delivery({ value: rows }))).toEqual([
      { channelId: null, ...ours, kind: 'changed' },
      { channelId: null, ...another, kind: 'changed' },
    ]);
  });

  test('that say the same are one', () => {
    const changes = ['created', 'updated', 'deleted'].map((changeType) => changeRow(ours, { changeType }));
    const ends = [lifecycleRow(ours, 'subscriptionRemoved'), lifecycleRow(ours, 'subscriptionRemoved')];
    const forged = changeRow({ ...ours, secret: 'forged' });
    const value = [...changes, ...ends, forged, ...changes, ...ends];
    expect(channels.readNotices(delivery({ value }))).toEqual([
      { channelId: null, ...ours, kind: 'changed' },
      { channelId: null, ...ours, kind: 'ended' },
      { channelId: null, ...ours, secret: 'forged', kind: 'changed' },
    ]);
  });

  test.each([
    ['reauthorizationRequired', 'ending'],
    ['subscriptionRemoved', 'ended'],
    ['missed', 'changed'],
    ['somethingNew', 'changed'],
  ] as const)('of the lifecycle that say %s are read as: %s', (event, kind) => {
    const notices = channels.readNotices(delivery({ value: [lifecycleRow(ours, event)] }));
    expect(notices).toEqual([{ channelId: null, ...ours, kind }]);
  });

  test('after the first thousand are not looked at', () => {
    const junk = Array.from({ length: 1_000 }, () => ({}));
    expect(channels.readNotices(delivery({ value: [...junk.slice(1), changeRow(ours)] }))).toHaveLength(1);
    expect(channels.readNotices(delivery({ value: [...junk, changeRow(ours)] }))).toEqual([]);
  });

  test('of which there are none say nothing', () => {
    expect(channels.readNotices(delivery({ value: [] }))).toEqual([]);
  });
});

describe('a handshake', () => {
  const answer = (query: string, body?: object) => channels.answerHandshake?.(delivery(body, query));

  test('is answered up to a length that no token has', () => {
    expect(answer(`validationToken=${'t'.repeat(1_024)}`)).toBe('t'.repeat(1_024));
    expect(answer(`validationToken=${'t'.repeat(1_025)}`)).toBeNull();
  });

  test('without a token is none', () => {
    for (const query of ['', 'validationToken=', 'token=t', 'validationtoken=t']) expect(answer(query)).toBeNull();
  });
});

describe('a subscription', () => {
  test('is asked for with both addresses, for ids that stay', async () => {
    const graph = world();
    graph.api = fixtures.channels?.opened ?? (() => undefined);
    await channels.openChannel(await graph.session('live_write'), { ...request, expiresAt: graph.now });
    const [exchange] = graph.exchanges;
    expect(JSON.parse(exchange?.body ?? '')).toEqual({
      changeType: 'created,updated,deleted',
      notificationUrl: request.address,
      lifecycleNotificationUrl: request.address,
      resource: '/me/events',
      expirationDateTime: '2026-11-23T12:00:00.000Z',
      clientState: request.secret,
    });
    expect(exchange?.headers.get('prefer')).toContain('IdType="ImmutableId"');
  });

  test.each([
    [400, 'ValidationError', 'provider_rejected'],
    [403, 'ErrorAccessDenied', 'missing_scope'],
    [404, 'MailboxNotEnabledForRESTAPI', 'integration_not_connected'],
    [429, 'TooManyRequests', 'rate_limited'],
    [503, 'UnknownError', 'provider_unavailable'],
  ])('that is refused with %d %s is a typed error: %s', async (status, refusal, code) => {
    const graph = world();
    graph.api = () => graphError(status, refusal);
    const attempt = channels.openChannel(await graph.session('live_write'), { ...request, expiresAt: graph.now });
    await expect(attempt).rejects.toMatchObject({ name: 'HubError', code });
  });

  test('that was never confirmed has no name: there is nothing to ask Graph', async () => {
    const graph = world();
    const session = await graph.session('live_write');
    const times = { address: 'https://hub.example', expiresAt: graph.now, renewAt: graph.now };
    const unconfirmed = { channelId: request.channelId, subject: request.subject, secretHash: '', ...times };
    expect(await channels.renewChannel?.(session, { ...unconfirmed, providerId: null }, graph.now)).toBeNull();
    await channels.closeChannel(session, { ...unconfirmed, providerId: null });
    expect(graph.exchanges).toEqual([]);
  });
});
