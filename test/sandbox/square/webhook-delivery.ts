import { createHmac, randomUUID } from 'node:crypto';
import { iso } from '../mechanics/clock.ts';
import type { Seller } from './seller.ts';
import { WEBHOOK_KEY } from './settings.ts';

/** Something that happened in an account. */
export interface SellerEvent {
  /** E.g. `booking.updated`. */
  readonly type: string;
  readonly id: string;
  readonly object: object;
}

/**
 * Tells the app's subscription of an event, signed over its address and the body. Not awaited: what has happened has
 * happened whether or not the app listens. Square repeats for a day; here once is enough.
 */
export function deliver(seller: Seller, { type, id, object }: SellerEvent): void {
  const { webhookUrl: url } = seller.settings;
  if (url === null) return;
  const [kind = '', what] = type.split('.');
  const body = JSON.stringify({
    merchant_id: seller.merchantId,
    type,
    event_id: randomUUID(),
    created_at: iso(Date.now()),
    data: { type: kind, id, ...(what === 'deleted' ? { deleted: true } : {}), object },
  });
  const signature = createHmac('sha256', WEBHOOK_KEY).update(`${url}${body}`).digest('base64');
  fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-square-hmacsha256-signature': signature,
      'square-initial-delivery-timestamp': iso(Date.now()),
    },
    body,
  }).catch((error) => console.error(`webhook to ${url} failed: ${error}`));
}
