import { describe, expect, test } from '@jest/globals';
import type { PushChannel } from '../../core/model/push-channel.ts';
import type { ChannelDelivery, ChannelOperations, ChannelRequest, IntegrationConnector } from '../connector.ts';
import type { ConformanceFixtures } from './fixtures.ts';
import { ProviderWorld, PUBLIC_ORIGIN } from './provider-world.ts';

const DAY_MS = 24 * 60 * 60_000;

export function describeChannels(create: () => IntegrationConnector, fixtures: ConformanceFixtures): void {
  const { channels: given } = fixtures;
  if (!given) return;
  const { type, pushChannels } = create().manifest;
  const address = `${PUBLIC_ORIGIN}/webhooks/${type}/int_${'0'.repeat(32)}`;
  const secret = 's'.repeat(43);
  const channelId = 'c'.repeat(32);

  function worldOf(): ProviderWorld & { readonly operations: ChannelOperations } {
    const connector = create();
    if (!connector.channels) throw new Error(`${type} has no channels`);
    return Object.assign(new ProviderWorld(connector, fixtures), { operations: connector.channels });
  }

  function requestFor(world: ProviderWorld, subject: string): ChannelRequest {
    return { subject, channelId, secret, address, expiresAt: world.now + (pushChannels?.lifeMs ?? 0) };
  }

  function channelFor(world: ProviderWorld): PushChannel {
    return {
      subject: given?.subjects[0] ?? '',
      channelId,
      secretHash: '',
      providerId: given?.providerId ?? '',
      address,
      expiresAt: world.now + DAY_MS,
      renewAt: world.now,
    };
  }

  describe('a push channel', () => {
    test('watches each subject of the account once', async () => {
      const world = worldOf();
      world.api = given.opened;
      expect(await world.operations.watchedSubjects(await world.session())).toEqual(given.subjects);
    });

    test.each(given.subjects.map((subject) => [subject]))(
      'is opened for %s with our address and secret',
      async (subject) => {
        const world = worldOf();
        world.api = given.opened;
        const opened = await world.operations.openChannel(
          await world.session('live_write'),
          requestFor(world, subject),
        );
        expect(opened).toEqual({ providerId: given.providerId, expiresAt: given.expiresAt });
        const asked = world.exchanges.map(({ body }) => body).join('\n');
        for (const text of [address, secret]) expect(asked).toContain(text);
        expect(world.log.join('\n')).not.toContain(secret);
      },
    );

    test.each<[string, object | undefined]>([
      ['nothing', undefined],
      ['something else', { unexpected: true }],
    ])('is not open when the provider answers %s', async (_what, body) => {
      const world = worldOf();
      world.api = () => ({ body });
      const [subject = ''] = given.subjects;
      const attempt = world.operations.openChannel(await world.session('live_write'), requestFor(world, subject));
      await expect(attempt).rejects.toMatchObject({ name: 'HubError', code: 'provider_unavailable' });
    });

    test('is closed, whether or not it has ended already', async () => {
      for (const script of [given.closed, given.gone]) {
        const world = worldOf();
        world.api = script;
        await world.operations.closeChannel(await world.session('live_write'), channelFor(world));
        expect(world.exchanges.length).toBeGreaterThan(0);
      }
    });

    test('is renewed where the provider can, and known to be gone where it is', async () => {
      const world = worldOf();
      const { operations } = world;
      expect(operations.renewChannel !== undefined).toBe(given.renewed !== undefined);
      if (!operations.renewChannel || !given.renewed) return;
      const renew = async () =>
        operations.renewChannel?.(await world.session('live_write'), channelFor(world), given.expiresAt);
      world.api = given.renewed;
      expect(await renew()).toEqual({ providerId: given.providerId, expiresAt: given.expiresAt });
      world.api = given.gone;
      expect(await renew()).toBeNull();
    });

    test('says what has happened, in whose name', () => {
      const { operations } = worldOf();
      expect(given.notifications.changed).toBeDefined();
      for (const kind of ['opened', 'changed', 'ending', 'ended'] as const) {
        const notification = given.notifications[kind]?.({ channelId, providerId: given.providerId, secret });
        if (!notification) continue;
        expect(operations.answerHandshake?.(notification) ?? null).toBeNull();
        const [notice, ...others] = operations.readNotices(notification);
        expect(others).toEqual([]);
        expect(notice).toMatchObject({ kind, secret });
        expect([channelId, null]).toContain(notice?.channelId);
        expect([given.providerId, null]).toContain(notice?.providerId);
        expect([notice?.channelId, notice?.providerId]).not.toEqual([null, null]);
      }
    });

    test('answers a handshake with what it is asked for, and nothing else', () => {
      const { operations } = worldOf();
      expect(operations.answerHandshake !== undefined).toBe(given.handshake !== undefined);
      if (!given.handshake) return;
      expect(operations.answerHandshake?.(given.handshake.asked)).toBe(given.handshake.answer);
    });

    const nothing: ChannelDelivery = { headers: {}, body: '', parameters: new URLSearchParams() };
    const junk = [nothing, { ...nothing, body: '{' }, { ...nothing, body: '[]' }, ...given.unreadable];
    test.each(junk.map((delivery): [string, ChannelDelivery] => [JSON.stringify(delivery), delivery]))(
      'that says %s is not believed',
      (_what, delivery) => {
        const { operations } = worldOf();
        let notices: unknown[] = [];
        try {
          notices = operations.readNotices(delivery);
        } catch (error) {
          expect(error).toMatchObject({ name: 'HubError', code: 'validation_failed' });
        }
        expect(notices).toEqual([]);
      },
    );
  });
}
