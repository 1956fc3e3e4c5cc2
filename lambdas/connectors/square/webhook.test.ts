import { describe, expect, test } from '@jest/globals';
import type { WebhookDelivery } from '../connector.ts';
import { readWebhook, signForTest } from './webhook.ts';

const NOW = Date.parse('2026-11-23T12:00:00Z');
const HOUR_MS = 60 * 60_000;
const KEY = 'signature-key';
const URL = 'https://hub.example.com/webhooks/square';

function delivery(event: object, change: Partial<WebhookDelivery> = {}): WebhookDelivery {
  const body = JSON.stringify({ merchant_id: 'ML1', event_id: 'e-1', created_at: '2026-11-23T11:59:58Z', ...event });
  const app = { clientId: 'app', clientSecret: 'app-secret', webhookKey: KEY, extra: {} };
  return { method: 'POST', url: URL, body, headers: signForTest({ url: URL, body }, KEY), app, now: NOW, ...change };
}
const changed = (resource: string, recordId: string) => ({ accountId: 'ML1', kind: 'changed', resource, recordId });
const erased = (recordId: string) => ({ accountId: 'ML1', kind: 'erased', resource: 'customers', recordId });
const merge = { event_context: { merge: { from_customer_ids: ['C1', 'C2'], to_customer_id: 'C3' } } };

describe('a Square webhook', () => {
  test.each([
    ['booking.created', { id: 'bk1:0', object: { booking: { id: 'bk1' } } }, [changed('appointments', 'bk1')]],
    ['booking.updated', { id: 'bk1:7', object: { booking: { id: 'bk1' } } }, [changed('appointments', 'bk1')]],
    ['customer.updated', { id: 'C1', object: { customer: { id: 'C1' } } }, [changed('customers', 'C1')]],
    ['customer.deleted', { id: 'C1', deleted: true, object: {} }, [erased('C1')]],
    ['customer.created', { id: 'C3', object: merge }, [changed('customers', 'C3'), erased('C1'), erased('C2')]],
    ['customer.deleted', { id: 'C1', deleted: true, object: merge }, [erased('C1'), erased('C2')]],
    ['catalog.version.updated', { id: '', object: { catalog_version: {} } }, [changed('services', '')]],
    ['location.updated', { id: 'L1' }, [changed('appointments', 'L1')]],
    ['team_member.created', { id: 'TM1', object: {} }, [changed('staff', 'TM1')]],
    ['oauth.authorization.revoked', { id: 'r1', object: { revocation: {} } }, [changed('customers', 'r1')]],
    ['payment.created', { id: 'p1', object: {} }, []],
  ])('%s %j', (type, data, events) => {
    expect(readWebhook(delivery({ type, data }))).toEqual(events);
  });

  test('matches the signature of the published algorithm', () => {
    // `printf 'https://hub.example.com/webhooks/square{}' | openssl dgst -sha256 -hmac signature-key -binary | base64`
    expect(signForTest({ url: URL, body: '{}' }, KEY)['x-square-hmacsha256-signature']).toBe(
      'SWk4L1h3/8nk2sRkbZX/9i+1IUpYBJ3dOrCVqAJnzyg=',
    );
  });

  const event = { type: 'customer.deleted', data: { id: 'C1' } };
  const good = delivery(event);
  const { app } = good;
  test.each([
    ['signed with another key', { headers: signForTest(good, 'guessed') }],
    ['signed with the app secret', { headers: signForTest(good, app.clientSecret) }],
    ['changed on the way', { body: good.body.replace('C1', 'C2') }],
    ['sent to another address', { url: `${URL}?x=1` }],
    ['not signed', { headers: {} }],
    ['for an app without a key', { app: { ...app, webhookKey: null } }],
    ['for an app with an empty key', { app: { ...app, webhookKey: '' }, headers: signForTest(good, '') }],
    ['played again after days', { now: NOW + 74 * HOUR_MS }],
  ])('that is %s is refused', (_what, change) => {
    expect(() => readWebhook({ ...good, ...change })).toThrow(
      expect.objectContaining({ code: 'validation_failed', status: 401 }),
    );
  });

  test('may be repeated for three days', () => {
    expect(readWebhook({ ...good, now: NOW + 72 * HOUR_MS })).toEqual([erased('C1')]);
  });

  test.each(['[]', 'null', '{"merchant_id":"ML1"}', 'not json'])('that reads %s is refused as unreadable', (body) => {
    expect(() => readWebhook({ ...good, body, headers: signForTest({ url: URL, body }, KEY) })).toThrow(
      expect.objectContaining({ code: 'validation_failed', status: 400 }),
    );
  });
});
