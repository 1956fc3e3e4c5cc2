import * as z from 'zod';
import type { Resource } from '../../core/model/resource.ts';
import type { WebhookDelivery, WebhookEvent } from '../connector.ts';
import { equalSecrets, hmacSha256, parseDelivery, refused } from '../kit/deliveries.ts';

const SIGNATURE_HEADER = 'x-hubspot-signature-v3';
const TIMESTAMP_HEADER = 'x-hubspot-request-timestamp';
/** Older deliveries are refused, so that a recorded one can't be played again (HubSpot "Validating requests"). */
const MAX_AGE_MS = 5 * 60_000;

/** By the object's name in `contact.creation`, or by its type id in the newer `object.creation`. */
const RESOURCES: Readonly<Record<string, Resource>> = {
  contact: 'contacts',
  deal: 'deals',
  '0-1': 'contacts',
  '0-3': 'deals',
};

const identifier = z.union([z.string(), z.number()]).transform(String);
const eventsSchema = z.array(
  z.looseObject({
    subscriptionType: z.string(),
    objectTypeId: z.string().nullish(),
    portalId: identifier,
    objectId: identifier,
  }),
);

/** Verifies and reads a delivery: a JSON array of events, unordered, perhaps repeated (HubSpot "Webhooks API"). */
export function readWebhook(delivery: WebhookDelivery): WebhookEvent[] {
  verify(delivery);
  const events = eventsSchema.safeParse(parseDelivery(delivery.body));
  if (!events.success) throw refused('body', 'is not a list of events', 400);
  return events.data.flatMap(({ subscriptionType, objectTypeId, portalId, objectId }): WebhookEvent[] => {
    const [object = '', happened] = subscriptionType.split('.');
    const resource = RESOURCES[object === 'object' ? (objectTypeId ?? '') : object];
    if (resource === undefined) return [];
    const kind = happened === 'privacyDeletion' ? 'erased' : 'changed';
    return [{ accountId: portalId, kind, resource, recordId: objectId }];
  });
}

/** The signature that HubSpot would send with a delivery (version 3); for tests. */
export function signForTest(
  delivery: Pick<WebhookDelivery, 'method' | 'url' | 'body'>,
  secret: string,
  timestamp: number,
) {
  return { [SIGNATURE_HEADER]: sign(delivery, secret, String(timestamp)), [TIMESTAMP_HEADER]: String(timestamp) };
}

function verify(delivery: WebhookDelivery): void {
  const { headers, app, now } = delivery;
  const signature = headers[SIGNATURE_HEADER];
  const timestamp = headers[TIMESTAMP_HEADER] ?? '';
  if (signature === undefined) throw refused('X-HubSpot-Signature-v3', 'is missing', 401);
  if (!/^\d{1,16}$/.test(timestamp) || Math.abs(now - Number(timestamp)) > MAX_AGE_MS) {
    throw refused('X-HubSpot-Request-Timestamp', 'is missing or too old', 401);
  }
  if (!equalSecrets(signature, sign(delivery, app.clientSecret, timestamp))) {
    throw refused('X-HubSpot-Signature-v3', 'does not belong to this delivery', 401);
  }
}

function sign(delivery: Pick<WebhookDelivery, 'method' | 'url' | 'body'>, secret: string, timestamp: string): string {
  const { method, url, body } = delivery;
  return hmacSha256(secret, `${method}${url}${body}${timestamp}`, 'base64');
}
