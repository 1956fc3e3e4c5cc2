import * as z from 'zod';
import type { Resource } from '../../core/model/resource.ts';
import type { WebhookDelivery, WebhookEvent } from '../connector.ts';
import { equalSecrets, hmacSha256, parseDelivery, refused } from '../kit/deliveries.ts';

const SIGNATURE_HEADER = 'x-mindbody-signature';
/**
 * The signature covers no time of its own, but the event's, which is in the body. Deliveries are repeated for three
 * hours ("Webhooks", retries), so anything older than that is a recorded one.
 */
const MAX_AGE_MS = 4 * 60 * 60_000;

const identifier = z.union([z.string().min(1), z.number()]).transform(String);
const eventSchema = z.looseObject({
  eventId: z.string(),
  eventInstanceOriginationDateTime: z.iso.datetime({ offset: true }),
  eventData: z.looseObject({
    siteId: identifier,
    appointmentId: identifier.nullish(),
    clientId: identifier.nullish(),
    clientUniqueId: identifier.nullish(),
    staffId: identifier.nullish(),
    classId: identifier.nullish(),
    keptClientUniqueId: identifier.nullish(),
    removedClientUniqueId: identifier.nullish(),
  }),
});
type EventData = z.infer<typeof eventSchema>['eventData'];

/** By the first part of the event's name. */
const SUBJECTS: Readonly<Record<string, { resource: Resource; id: (data: EventData) => string | null | undefined }>> = {
  appointmentBooking: { resource: 'appointments', id: ({ appointmentId }) => appointmentId },
  appointmentAddOn: { resource: 'appointments', id: ({ appointmentId }) => appointmentId },
  client: { resource: 'clients', id: ({ clientUniqueId, clientId }) => clientUniqueId ?? clientId },
  staff: { resource: 'staff', id: ({ staffId }) => staffId },
  class: { resource: 'classes', id: ({ classId }) => classId },
  classRosterBooking: { resource: 'classes', id: ({ classId }) => classId },
};

/**
 * Verifies and reads a delivery: one event, in no order, perhaps repeated ("Webhooks"). The app has one signing key for
 * all sites; the event says which site it is about. Events are read as "look at this again": their data is not enough
 * to go by. A client who was merged into another leaves no trace in any list, so this is where the hub learns of it.
 */
export function readWebhook(delivery: WebhookDelivery): WebhookEvent[] {
  verify(delivery);
  const event = eventSchema.safeParse(parseDelivery(delivery.body));
  if (!event.success) throw refused('body', 'is not an event', 400);
  const { eventId, eventInstanceOriginationDateTime, eventData } = event.data;
  if (delivery.now - Date.parse(eventInstanceOriginationDateTime) > MAX_AGE_MS) {
    throw refused('eventInstanceOriginationDateTime', 'is too old', 401);
  }
  const accountId = eventData.siteId;
  const [subject = ''] = eventId.split('.');
  if (subject === 'clientProfileMerger') return mergerEvents(accountId, eventData);
  const known = Object.hasOwn(SUBJECTS, subject) ? SUBJECTS[subject] : undefined;
  const recordId = known?.id(eventData);
  return known && recordId ? [{ accountId, kind: 'changed', resource: known.resource, recordId }] : [];
}

/** The header that Mindbody would send with a body; for tests. */
export function signForTest(body: string, key: string): Record<string, string> {
  return { [SIGNATURE_HEADER]: sign(body, key) };
}

function mergerEvents(
  accountId: string,
  { keptClientUniqueId: kept, removedClientUniqueId: removed }: EventData,
): WebhookEvent[] {
  const event = { accountId, resource: 'clients' } as const;
  return [
    ...(kept ? [{ ...event, kind: 'changed', recordId: kept } as const] : []),
    ...(removed ? [{ ...event, kind: 'erased', recordId: removed } as const] : []),
  ];
}

function verify({ headers, body, app }: WebhookDelivery): void {
  const signature = headers[SIGNATURE_HEADER];
  if (signature === undefined) throw refused('X-Mindbody-Signature', 'is missing', 401);
  if (!app.webhookKey || !equalSecrets(signature, sign(body, app.webhookKey))) {
    throw refused('X-Mindbody-Signature', 'does not belong to this delivery', 401);
  }
}

function sign(body: string, key: string): string {
  return `sha256=${hmacSha256(key, body, 'base64')}`;
}
