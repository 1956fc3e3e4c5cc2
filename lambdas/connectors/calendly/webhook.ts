import * as z from 'zod';
import type { Resource } from '../../core/model/resource.ts';
import type { WebhookDelivery, WebhookEvent } from '../connector.ts';
import { equalSecrets, hmacSha256, parseDelivery, refused } from '../kit/deliveries.ts';
import { idIn, reference } from './schemas.ts';

const SIGNATURE_HEADER = 'Calendly-Webhook-Signature';
/**
 * Older deliveries are refused ("Webhook signatures"). Whether a repeated delivery is signed anew is not documented; if
 * it is not, what it would have told is seen by the next scheduled sync.
 */
const MAX_AGE_MS = 3 * 60_000;

/** By the first part of an event's name. */
const RESOURCES: Readonly<Record<string, Resource>> = {
  invitee: 'appointments',
  invitee_no_show: 'appointments',
  event_type: 'services',
  contact: 'contacts',
};

const uri = reference.nullish();
const deliverySchema = z.looseObject({
  event: z.string(),
  created_by: reference,
  payload: z.looseObject({ uri, event: uri, scheduled_event: z.looseObject({ uri }).nullish() }),
});

/**
 * Verifies and reads a delivery: one event, perhaps repeated. `created_by` is the user whose consent made the
 * subscription. A deleted contact is in no list any more, so the hub's copy goes at once.
 */
export function readWebhook(delivery: WebhookDelivery): WebhookEvent[] {
  verify(delivery);
  const parsed = deliverySchema.safeParse(parseDelivery(delivery.body));
  if (!parsed.success) throw refused('body', 'is not a Calendly event', 400);
  const { event: name, created_by, payload } = parsed.data;
  const [object = '', happened] = name.split('.');
  const resource = RESOURCES[object];
  const own = resource === 'appointments' ? (payload.scheduled_event?.uri ?? payload.event) : null;
  const record = own ?? payload.uri;
  if (resource === undefined || !record) return [];
  const kind = resource === 'contacts' && happened === 'deleted' ? 'erased' : 'changed';
  return [{ accountId: idIn(created_by), kind, resource, recordId: idIn(record) }];
}

/** `t=<epoch seconds>,v1=<hex>`, over time and body. */
function verify({ headers, app, now, body }: WebhookDelivery): void {
  const parts = new URLSearchParams((headers[SIGNATURE_HEADER.toLowerCase()] ?? '').replaceAll(/\s*,\s*/g, '&'));
  const [t, signature] = [parts.get('t') ?? '', parts.get('v1') ?? ''];
  // OAuth apps have one key for all subscriptions; without it nothing can be trusted.
  if (app.webhookKey === null) throw refused(SIGNATURE_HEADER, 'can not be checked without a key', 401);
  if (!/^\d{1,13}$/.test(t) || Math.abs(now - Number(t) * 1000) > MAX_AGE_MS) {
    throw refused(SIGNATURE_HEADER, 'is missing or too old', 401);
  }
  if (!equalSecrets(signature, hmacSha256(app.webhookKey, `${t}.${body}`, 'hex'))) {
    throw refused(SIGNATURE_HEADER, 'does not belong to this delivery', 401);
  }
}
