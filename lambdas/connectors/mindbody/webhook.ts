import * as z from 'zod';
import type { Resource } from '../../core/model/resource.ts';
import type { WebhookDelivery, WebhookEvent } from '../connector.ts';
import { equalSecrets, hmacSha256, parseDelivery, refused } from '../kit/deliveries.ts';
import { identifier, optionalId } from './schemas.ts';

const SIGNATURE_HEADER = 'x-mindbody-signature';
/**
 * The signature covers no time of its own, but the event's, which is in the body. Deliveries are repeated for three
 * hours ("Webhooks", retries), so anything older than that is a recorded one.
 */
const MAX_AGE_MS = 4 * 60 * 60_000;

const eventSchema = z.looseObject({
  eventId: z.string(),
  eventInstanceOriginationDateTime: z.iso.datetime({ offset: true }),
  eventData: z.looseObject({
    siteId: identifier,
    appointmentId: optionalId,
    clientId: optionalId,
    clientUniqueId: optionalId,
    staffId: optionalId,
    classId: optionalId,
    keptClientUniqueId: optionalId,
    removedClientUniqueId: optionalId,
  }),
});
type EventData = z.infer<typeof eventSchema>['eventData'];

/** By the first part of the event's name. */
const SUBJECTS: Readonly<Record<string, (data: EventData) => readonly [Resource, id: string | null | undefined]>> = {
  appointmentBooking: ({ appointmentId }) => ['appointments', appointmentId],
  appointmentAddOn: ({ appointmentId }) => ['appointments', appointmentId],
  client: ({ clientUniqueId, clientId }) => ['clients', clientUniqueId ?? clientId],
  clientProfileMerger: ({ keptClientUniqueId }) => ['clients', keptClientUniqueId],
  staff: ({ staffId }) => ['staff', staffId],
  class: ({ classId }) => ['classes', classId],
  classRosterBooking: ({ classId }) => ['classes', classId],
};

/**
 * Verifies and reads a delivery: one event, in no order, perhaps repeated ("Webhooks"). The app has one signing key for
 * all sites; the event says which site it is about. Events are read as "look at this again": their data is not enough
 * to go by. A client who was merged into another leaves no trace in any list, so this is where the hub learns of it.
 */
export function readWebhook({ headers, body, app, now }: WebhookDelivery): WebhookEvent[] {
  const signature = headers[SIGNATURE_HEADER];
  if (signature === undefined) throw refused('X-Mindbody-Signature', 'is missing', 401);
  if (!app.webhookKey || !equalSecrets(signature, sign(body, app.webhookKey))) {
    throw refused('X-Mindbody-Signature', 'does not belong to this delivery', 401);
  }
  const event = eventSchema.safeParse(parseDelivery(body));
  if (!event.success) throw refused('body', 'is not an event', 400);
  const { eventId, eventInstanceOriginationDateTime, eventData } = event.data;
  if (now - Date.parse(eventInstanceOriginationDateTime) > MAX_AGE_MS) {
    throw refused('eventInstanceOriginationDateTime', 'is too old', 401);
  }
  const { siteId: accountId, removedClientUniqueId: removed } = eventData;
  const [subject = ''] = eventId.split('.');
  const [resource, recordId] = (Object.hasOwn(SUBJECTS, subject) ? SUBJECTS[subject]?.(eventData) : null) ?? [];
  const events: WebhookEvent[] = [];
  if (resource && recordId) events.push({ accountId, kind: 'changed', resource, recordId });
  if (subject === 'clientProfileMerger' && removed) {
    events.push({ accountId, kind: 'erased', resource: 'clients', recordId: removed });
  }
  return events;
}

/** The header that Mindbody would send with a body; for tests. */
export function signForTest(body: string, key: string): Record<string, string> {
  return { [SIGNATURE_HEADER]: sign(body, key) };
}

function sign(body: string, key: string): string {
  return `sha256=${hmacSha256(key, body, 'base64')}`;
}
