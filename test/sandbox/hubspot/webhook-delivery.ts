import { createHmac } from 'node:crypto';
import type { SandboxClock } from '../mechanics/clock.ts';

type Edits = Readonly<Record<string, (input: unknown) => unknown>>;

export interface WebhookOptions {
  /** Where to; null while the app has no webhooks component. */
  target(): string | null;
  readonly clientSecret: () => string;
  readonly defaultAccount: string;
  readonly clock: SandboxClock;
}

/** HubSpot's event names by edit. */
const EVENTS: Readonly<Record<string, string>> = {
  create: 'creation',
  patch: 'propertyChange',
  touch: 'propertyChange',
  archive: 'deletion',
  restore: 'restore',
  merge: 'merge',
  gdprDelete: 'privacyDeletion',
};
const MAX_EVENTS = 99;

/** Tells the app's webhook of every edit, signed (version 3) and in lists of under 100 events, as HubSpot does. */
export function withWebhooks(edits: Edits, options: WebhookOptions): Edits {
  return Object.fromEntries(
    Object.entries(edits).map(([name, edit]) => [
      name,
      (input: unknown) => {
        const result = edit(input);
        const url = options.target();
        if (url !== null) deliver(url, eventsOf(name, input, result, options), options);
        return result;
      },
    ]),
  );
}

function eventsOf(edit: string, input: unknown, result: unknown, options: WebhookOptions): unknown[] {
  const event = EVENTS[edit];
  if (event === undefined) return [];
  const { account = options.defaultAccount, resource = 'contacts', id, ids, primaryId } = { ...memberOf(input) };
  const ofResult = memberOf(result).id;
  const objectIds = Array.isArray(ids) ? ids : [id ?? primaryId ?? ofResult];
  return objectIds.map((objectId, index) => ({
    eventId: options.clock.now() + index,
    subscriptionId: 1,
    portalId: Number(account),
    appId: 1,
    occurredAt: options.clock.now(),
    subscriptionType: `${resource === 'deals' ? 'deal' : 'contact'}.${event}`,
    attemptNumber: 0,
    objectId: Number(objectId),
    changeSource: 'CRM_UI',
  }));
}

/** Not awaited: the edit is done whether or not the app listens. HubSpot repeats for a day; here once is enough. */
function deliver(url: string, events: readonly unknown[], options: WebhookOptions): void {
  for (let start = 0; start < events.length; start += MAX_EVENTS) {
    const body = JSON.stringify(events.slice(start, start + MAX_EVENTS));
    const timestamp = String(Date.now());
    const signature = createHmac('sha256', options.clientSecret())
      .update(`POST${url}${body}${timestamp}`)
      .digest('base64');
    fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-hubspot-signature-v3': signature,
        'x-hubspot-request-timestamp': timestamp,
      },
      body,
    }).catch((error) => console.error(`webhook to ${url} failed: ${error}`));
  }
}

function memberOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
