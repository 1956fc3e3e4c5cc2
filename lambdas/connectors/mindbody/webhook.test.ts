import { describe, expect, test } from '@jest/globals';
import { readWebhook, signForTest } from './webhook.ts';

const NOW = Date.parse('2026-11-23T12:00:00Z');
const KEY = 'the-message-signature-key';

function deliver(event: unknown, change: { key?: string; webhookKey?: string | null; body?: string } = {}) {
  const body = JSON.stringify(event);
  return readWebhook({
    method: 'POST',
    url: 'https://hub.example.com/webhooks/mindbody',
    headers: signForTest(body, change.key ?? KEY),
    body: change.body ?? body,
    app: {
      clientId: 'c',
      clientSecret: 's',
      webhookKey: change.webhookKey === undefined ? KEY : change.webhookKey,
      extra: {},
    },
    now: NOW,
  });
}
const event = (eventId: string, eventData: object, at = NOW) => ({
  messageId: 'm-1',
  eventId,
  eventInstanceOriginationDateTime: new Date(at).toISOString(),
  eventData: { siteId: 12345, ...eventData },
});

describe('an event', () => {
  test.each([
    ['appointmentBooking.created', { appointmentId: 88123 }, 'appointments', '88123'],
    ['appointmentBooking.cancelled', { appointmentId: 88123 }, 'appointments', '88123'],
    ['client.updated', { clientId: '10041', clientUniqueId: 41 }, 'clients', '41'],
    ['client.deactivated', { clientId: '10041' }, 'clients', '10041'],
    ['staff.updated', { staffId: 100000012 }, 'staff', '100000012'],
    ['class.updated', { classId: 5 }, 'classes', '5'],
    ['classRosterBooking.created', { classId: 5, clientId: '10041' }, 'classes', '5'],
  ])('%s says what to look at again', (eventId, data, resource, recordId) => {
    expect(deliver(event(eventId, data))).toEqual([{ accountId: '12345', kind: 'changed', resource, recordId }]);
  });

  test('of a merge ends one client', () => {
    expect(
      deliver(event('clientProfileMerger.created', { keptClientUniqueId: 41, removedClientUniqueId: 42 })),
    ).toEqual([
      { accountId: '12345', kind: 'changed', resource: 'clients', recordId: '41' },
      { accountId: '12345', kind: 'erased', resource: 'clients', recordId: '42' },
    ]);
  });

  test.each(['site.updated', 'location.created', 'constructor.created', 'appointmentBooking.created'])(
    '%s without anything to look at is left out',
    (eventId) => {
      expect(deliver(event(eventId, {}))).toEqual([]);
    },
  );
});

describe('a delivery', () => {
  const good = event('client.updated', { clientUniqueId: 41 });

  test.each([
    ['signed with another key', () => deliver(good, { key: 'guessed' })],
    ['changed on its way', () => deliver(good, { body: `${JSON.stringify(good)} ` })],
    ['to an app without a key', () => deliver(good, { webhookKey: null })],
    ['of five hours ago', () => deliver(event('client.updated', { clientUniqueId: 41 }, NOW - 5 * 3_600_000))],
  ])('%s is refused', (_what, delivered) => {
    expect(delivered).toThrow(expect.objectContaining({ code: 'validation_failed', status: 401 }));
  });

  test('that was repeated for three hours is taken', () => {
    expect(deliver(event('client.updated', { clientUniqueId: 41 }, NOW - 3 * 3_600_000))).toHaveLength(1);
  });

  test.each([[[good]], [null], [{ eventId: 'client.updated' }], [{ ...good, eventData: {} }]])(
    'of %j is no event',
    (body) => {
      expect(() => deliver(body)).toThrow(expect.objectContaining({ status: 400 }));
    },
  );
});
