import { describe, expect, test } from '@jest/globals';
import type { IntegrationConnector, WebhookDelivery } from '../connector.ts';
import type { ConformanceFixtures } from './fixtures.ts';
import { APP, PUBLIC_ORIGIN } from './provider-world.ts';

const NOW = Date.parse('2026-11-23T12:00:00Z');

export function describeWebhooks(create: () => IntegrationConnector, fixtures: ConformanceFixtures): void {
  const { webhook } = fixtures;
  if (!webhook) return;
  const connector = create();
  const url = `${PUBLIC_ORIGIN}/webhooks/${connector.manifest.type}`;

  function delivery(options: { secret?: string; signedAt?: number } = {}): WebhookDelivery {
    const { secret = APP.clientSecret, signedAt = NOW } = options;
    return { ...webhook?.signed({ secret, signedAt, url }), url, app: APP, now: NOW } as WebhookDelivery;
  }
  const read = (given: WebhookDelivery) => connector.readWebhook?.(given);
  const refused = expect.objectContaining({ name: 'HubError', code: 'validation_failed', status: 401 });

  describe('a webhook', () => {
    test('that is good says what has happened', () => {
      expect(read(delivery())).toEqual(webhook.events);
      for (const { resource } of webhook.events) expect(connector.manifest.resources).toContain(resource);
    });

    test.each<[string, () => WebhookDelivery]>([
      ['signed with another secret', () => delivery({ secret: 'guessed' })],
      ['changed on its way', () => ({ ...delivery(), body: `${delivery().body} ` })],
      ['emptied on its way', () => ({ ...delivery(), body: '' })],
      ['not signed at all', () => ({ ...delivery(), headers: {} })],
    ])('that was %s is refused', (_what, forged) => {
      expect(() => read(forged())).toThrow(refused);
    });

    (webhook.maxAgeMs === null ? test.skip : test)('that is played again later is refused', () => {
      const maxAgeMs = webhook.maxAgeMs ?? 0;
      expect(read(delivery({ signedAt: NOW - maxAgeMs + 1_000 }))).toEqual(webhook.events);
      expect(() => read(delivery({ signedAt: NOW - maxAgeMs - 1_000 }))).toThrow(refused);
    });
  });
}
