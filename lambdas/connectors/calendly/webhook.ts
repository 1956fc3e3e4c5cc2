import * as z from 'zod';
import type { Resource } from '../../core/model/resource.ts';
import type { WebhookDelivery, WebhookEvent } from '../connector.ts';
import { equalSecrets, hmacSha256, parseDelivery, refused } from '../kit/deliveries.ts';
import { idIn } from './schemas.ts';

const SIGNATURE_HEADER = 'calendly-webhook-signature';
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

const uri = z.string().regex(/^https:\/\/.+\/[A-Za-z0-9_-]+$/);
const deliverySchema = z.looseObject({
  event: z.string(),
  created_by: uri,
  payload: z.looseObject({
    uri: uri.nullish(),
    event: uri.nullish(),
    scheduled_event: z.looseObject({ uri: uri.nullish() }).nullish(),
  }),
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
  const record =
    resource === 'appointments' ? (payload.scheduled_event?.uri ?? payload.event ?? payload.uri) : payload.uri;
  if (resource === undefined || !record) return [];
  const kind = resource === 'contacts' && happened === 'deleted' ? 'erased' : 'changed';
  return [{ accountId: idIn(created_by), kind, resource, recordId: idIn(record) }];
}

/** The signature that Calendly would send with a delivery; for tests. */
export function signForTest(body: string, secret: string, signedAt: number): Record<string, string> {
  const t = String(Math.floor(signedAt / 1000));
  return { [SIGNATURE_HEADER]: `t=${t},v1=${sign(body, secret, t)}` };
}

function verify({ headers, app, now, body }: WebhookDelivery): void {
  const parts = new Map(
    (headers[SIGNATURE_HEADER] ?? '').split(',').map((part): [string, string] => {
      const [name = '', ...value] = part.trim().split('=');
      return [name, value.join('=')];
    }),
  );
  const t = parts.get('t') ?? '';
  // OAuth apps have one key for all subscriptions; without it nothing can be trusted.
  if (app.webhookKey === null) throw refused('Calendly-Webhook-Signature', 'can not be checked without a key', 401);
  if (!/^\d{1,13}$/.test(t) || Math.abs(now - Number(t) * 1000) > MAX_AGE_MS) {
    throw refused('Calendly-Webhook-Signature', 'is missing or too old', 401);
  }
  if (!equalSecrets(parts.get('v1') ?? '', sign(body, app.webhookKey, t))) {
    throw refused('Calendly-Webhook-Signature', 'does not belong to this delivery', 401);
  }
}

function sign(body: string, key: string, t: string): string {
  return hmacSha256(key, `${t}.${body}`, 'hex');
}
