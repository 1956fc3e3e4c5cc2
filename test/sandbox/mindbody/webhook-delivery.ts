import { createHmac, randomUUID } from 'node:crypto';
import { iso } from '../mechanics/clock.ts';
import { WEBHOOK_KEY } from './settings.ts';
import type { Site } from './site.ts';

/**
 * Tells the app's one subscription of an event at any site, signed over the body. Not awaited: what has happened has
 * happened whether or not the app listens. Mindbody repeats for three hours; here once is enough.
 */
export function deliver(site: Site, eventId: string, eventData: Readonly<Record<string, unknown>>): void {
  const { webhookUrl: url } = site.settings;
  if (url === null) return;
  const body = JSON.stringify({
    messageId: randomUUID(),
    eventId,
    eventSchemaVersion: 1,
    eventInstanceOriginationDateTime: iso(Date.now()),
    eventData: { siteId: site.facts.id, ...eventData },
  });
  const signature = createHmac('sha256', WEBHOOK_KEY).update(body).digest('base64');
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-mindbody-signature': `sha256=${signature}` },
    body,
  }).catch((error) => console.error(`webhook to ${url} failed: ${error}`));
}
