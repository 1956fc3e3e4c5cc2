import { describe, expect, test } from '@jest/globals';
import type { WebhookDelivery } from '../connector.ts';
import { readWebhook, signForTest } from './webhook.ts';

const NOW = Date.parse('2026-11-23T12:00:00Z');
const SECRET = 'app-secret';
const URL = 'https://hub.example.com/webhooks/hubspot';
const EVENTS = [
  { subscriptionType: 'contact.propertyChange', portalId: 1, objectId: 10, propertyName: 'phone' },
  { subscriptionType: 'contact.privacyDeletion', portalId: 1, objectId: 11 },
  { subscriptionType: 'deal.deletion', portalId: 2, objectId: 12 },
  { subscriptionType: 'company.creation', portalId: 2, objectId: 13 },
  { subscriptionType: 'object.restore', objectTypeId: '0-1', portalId: 2, objectId: 14 },
  { subscriptionType: 'object.creation', objectTypeId: '0-2', portalId: 2, objectId: 15 },
];

function delivery(change: Partial<WebhookDelivery> = {}, signedAt = NOW, secret = SECRET): WebhookDelivery {
  const signed = { method: 'POST', url: URL, body: JSON.stringify(EVENTS) };
  return {
    ...signed,
    headers: signForTest(signed, secret, signedAt),
    app: { clientId: 'app', clientSecret: SECRET, webhookKey: null, extra: {} },
    now: NOW,
    ...change,
  };
}

describe('a HubSpot webhook', () => {
  test('names the account, the record and whether it was erased; other objects are left out', () => {
    expect(readWebhook(delivery())).toEqual([
      { accountId: '1', kind: 'changed', resource: 'contacts', recordId: '10' },
      { accountId: '1', kind: 'erased', resource: 'contacts', recordId: '11' },
      { accountId: '2', kind: 'changed', resource: 'deals', recordId: '12' },
      { accountId: '2', kind: 'changed', resource: 'contacts', recordId: '14' },
    ]);
  });

  test('matches the signature of the published algorithm', () => {
    const signed = { method: 'POST', url: URL, body: '[]' };
    // Computed with `printf 'POST…[]1700000000000' | openssl dgst -sha256 -hmac app-secret -binary | base64`.
    expect(signForTest(signed, SECRET, 1_700_000_000_000)['x-hubspot-signature-v3']).toBe(
      '/qd0qsz9bElpRkbRFcEDzr674pwkdlC0rgzyGG7Iqcg=',
    );
  });

  test.each([
    ['signed with another secret', delivery({}, NOW, 'other')],
    ['changed on the way', delivery({ body: JSON.stringify(EVENTS.slice(1)) })],
    ['sent to another address', delivery({ url: `${URL}?x=1` })],
    ['played again after five minutes', delivery({ now: NOW + 5 * 60_000 + 1 })],
    ['dated in the future', delivery({ now: NOW - 5 * 60_000 - 1 })],
    ['without a signature', delivery({ headers: {} })],
    [
      'with a signature of another length',
      delivery({ headers: { ...delivery().headers, 'x-hubspot-signature-v3': 'x' } }),
    ],
  ])('is refused when %s', (_case, forged) => {
    expect(() => readWebhook(forged)).toThrow(expect.objectContaining({ code: 'validation_failed', status: 401 }));
  });

  test('is refused when its body is not a list of events', () => {
    const signed = { method: 'POST', url: URL, body: '{"not":"a list"}' };
    const odd = delivery({ body: signed.body, headers: signForTest(signed, SECRET, NOW) });
    expect(() => readWebhook(odd)).toThrow(expect.objectContaining({ code: 'validation_failed', status: 400 }));
  });
});
