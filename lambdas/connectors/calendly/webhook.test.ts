import { describe, expect, test } from '@jest/globals';
import type { WebhookDelivery } from '../connector.ts';
import { contactRow, eventRow, eventTypeRow, inviteeRow, signForTest, USER } from './fixtures/answers.ts';
import { readWebhook } from './webhook.ts';

const NOW = Date.parse('2026-11-23T12:00:00Z');
const KEY = 'app-wide-key';
const START = '2026-12-03T15:00:00Z';
const bodyOf = (event: string, payload: object): string =>
  JSON.stringify({ event, created_at: START, created_by: USER, payload });
const CREATED = bodyOf('invitee.created', { ...inviteeRow('E1'), scheduled_event: eventRow('E1', START) });

function delivery(body = CREATED, change: Partial<WebhookDelivery> = {}, key = KEY, signedAt = NOW): WebhookDelivery {
  return {
    method: 'POST',
    url: 'https://hub.example.com/webhooks/calendly',
    body,
    headers: signForTest(body, key, signedAt),
    app: { clientId: 'app', clientSecret: 'secret', webhookKey: KEY, extra: {} },
    now: NOW,
    ...change,
  };
}

describe('a Calendly webhook', () => {
  test.each([
    ['invitee.created', { ...inviteeRow('E1'), scheduled_event: eventRow('E1', START) }, 'appointments', 'E1'],
    ['invitee.canceled', inviteeRow('E2'), 'appointments', 'E2'],
    ['invitee_no_show.created', inviteeRow('E3'), 'appointments', 'E3'],
    ['event_type.deleted', eventTypeRow('T1'), 'services', 'T1'],
    ['contact.updated', contactRow('C1'), 'contacts', 'C1'],
  ])('%s names the record', (event, payload, resource, recordId) => {
    expect(readWebhook(delivery(bodyOf(event, payload)))).toEqual([
      { accountId: 'USER1', kind: 'changed', resource, recordId },
    ]);
  });

  test('of a deleted contact, which no list shows, makes the copy go', () => {
    const gone = { uri: 'https://api.calendly.com/contacts/C1', deleted_at: START };
    expect(readWebhook(delivery(bodyOf('contact.deleted', gone)))).toEqual([
      { accountId: 'USER1', kind: 'erased', resource: 'contacts', recordId: 'C1' },
    ]);
  });

  test.each(['meeting_recap.created', 'routing_form_submission.created'])('%s means nothing to the hub', (event) => {
    expect(readWebhook(delivery(bodyOf(event, { uri: 'https://api.calendly.com/recaps/R1' })))).toEqual([]);
  });

  test('matches the signature of the published algorithm', () => {
    // Computed with `printf '1700000000.{}' | openssl dgst -sha256 -hmac app-wide-key`.
    expect(signForTest('{}', KEY, 1_700_000_000_999)['calendly-webhook-signature']).toBe(
      't=1700000000,v1=744b90dbe35bdd4cd70cb235060f9298f0492aac66d756c3c70dd08b7de7e5d4',
    );
  });

  test.each([
    ['signed with another key', delivery(CREATED, {}, 'other')],
    ['signed with the client secret', delivery(CREATED, {}, 'secret')],
    ['changed on the way', delivery(CREATED, { body: CREATED.replace('E1', 'E9') })],
    ['played again after three minutes', delivery(CREATED, { now: NOW + 3 * 60_000 + 1 })],
    ['dated in the future', delivery(CREATED, { now: NOW - 3 * 60_000 - 1 })],
    ['without a signature', delivery(CREATED, { headers: {} })],
    ['with half a signature', delivery(CREATED, { headers: { 'calendly-webhook-signature': `t=${NOW / 1000}` } })],
    [
      'and there is no key to check it with',
      delivery(CREATED, { app: { clientId: 'app', clientSecret: 'secret', webhookKey: null, extra: {} } }),
    ],
  ])('is refused when %s', (_case, forged) => {
    expect(() => readWebhook(forged)).toThrow(expect.objectContaining({ code: 'validation_failed', status: 401 }));
  });

  test.each(['[]', '{"event":"invitee.created"}', 'not json'])('is refused when its body is %s', (body) => {
    expect(() => readWebhook(delivery(body))).toThrow(
      expect.objectContaining({ code: 'validation_failed', status: 400 }),
    );
  });
});
