import * as z from 'zod';
import type { Resource } from '../../core/model/resource.ts';
import type { WebhookDelivery, WebhookEvent } from '../connector.ts';
import { equalSecrets, hmacSha256, parseDelivery, refused } from '../kit/deliveries.ts';

const SIGNATURE_HEADER = 'x-square-hmacsha256-signature';
/** Square repeats a delivery for 24 hours (72 in older copies of its page); nothing genuine is older than this. */
const MAX_AGE_MS = 73 * 60 * 60_000;

/** By the first part of an event's type. A location's zone and name are part of its appointments. */
const RESOURCES: Readonly<Record<string, Resource>> = {
  booking: 'appointments',
  location: 'appointments',
  customer: 'customers',
  catalog: 'services',
  team_member: 'staff',
  // The owner has cut the connection: a sync finds that out at once, whatever it asks for first.
  oauth: 'customers',
};

const merge = z.looseObject({ from_customer_ids: z.array(z.string()).nullish() }).nullish();
const object = z.looseObject({
  booking: z.looseObject({ id: z.string() }).nullish(),
  event_context: z.looseObject({ merge }).nullish(),
});
const deliverySchema = z.looseObject({
  merchant_id: z.string().min(1),
  type: z.string(),
  created_at: z.iso.datetime({ offset: true }).nullish(),
  data: z.looseObject({ id: z.string().nullish(), object: object.nullish() }),
});

/**
 * Verifies and reads a delivery: one event, perhaps repeated, in any order (Square "Webhooks", "Validate
 * notifications"). A deleted or merged profile's id never comes back, so the hub's copy goes at once.
 */
export function readWebhook({ headers, url, body, app, now }: WebhookDelivery): WebhookEvent[] {
  const given = headers[SIGNATURE_HEADER];
  // Without a key nothing can be verified, so nothing is believed.
  if (!given || !app.webhookKey || !equalSecrets(given, hmacSha256(app.webhookKey, `${url}${body}`, 'base64'))) {
    throw refused(SIGNATURE_HEADER, 'is missing, or does not belong to this delivery', 401);
  }
  const parsed = deliverySchema.safeParse(parseDelivery(body));
  if (!parsed.success) throw refused('body', 'is not an event', 400);
  const { merchant_id: accountId, type, created_at: createdAt, data } = parsed.data;
  // The signature covers no header, but the time stands in the body that it covers.
  if (createdAt && now - Date.parse(createdAt) > MAX_AGE_MS) throw refused('created_at', 'is too old', 401);

  const resource = RESOURCES[type.split('.')[0] ?? ''];
  if (resource === undefined) return [];
  const merged = data.object?.event_context?.merge?.from_customer_ids ?? [];
  const id = data.object?.booking?.id ?? data.id ?? '';
  const isGone = type === 'customer.deleted';
  const gone = new Set([...(isGone ? [id] : []), ...(resource === 'customers' ? merged : [])].filter(Boolean));
  return [
    ...(isGone ? [] : [{ accountId, kind: 'changed' as const, resource, recordId: id }]),
    ...[...gone].map((recordId) => ({ accountId, kind: 'erased' as const, resource, recordId })),
  ];
}

/** The signature that Square would send with a delivery; for tests. */
export function signForTest({ url, body }: Pick<WebhookDelivery, 'url' | 'body'>, signatureKey: string) {
  return { [SIGNATURE_HEADER]: hmacSha256(signatureKey, `${url}${body}`, 'base64') };
}
