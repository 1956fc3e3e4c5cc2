import { createHmac } from 'node:crypto';
import type { Organization } from './organization.ts';
import { inviteeUri, renderContact, renderEvent, renderEventType, renderInvitee, stamp, uriOf } from './records.ts';
import { WEBHOOK_KEY } from './settings.ts';

type Edits = Readonly<Record<string, (input: unknown) => unknown>>;

/** Calendly's event names by edit. */
const EVENTS: Readonly<Record<string, readonly string[]>> = {
  createContact: ['contact.created'],
  patchContact: ['contact.updated'],
  deleteContact: ['contact.deleted'],
  createEventType: ['event_type.created'],
  patchEventType: ['event_type.updated'],
  deleteEventType: ['event_type.deleted'],
  book: ['invitee.created'],
  cancel: ['invitee.canceled'],
  leave: ['invitee.canceled'],
  reschedule: ['invitee.canceled', 'invitee.created'],
  markNoShow: ['invitee_no_show.created'],
};

/** Tells the subscriber of every edit, signed with the app's key; Calendly repeats for a day, here once is enough. */
export function withWebhooks(edits: Edits, organization: Organization, subscriber: string): Edits {
  return Object.fromEntries(
    Object.entries(edits).map(([name, edit]) => [
      name,
      (input: unknown) => {
        const result = edit(input);
        const url = organization.settings.webhookUrl;
        const [of, becomes] = [memberOf(input).id, memberOf(result).id];
        for (const event of url === null ? [] : (EVENTS[name] ?? [])) {
          const id = event.endsWith('.created') ? (becomes ?? of) : (of ?? becomes);
          deliver(url ?? '', event, payloadOf(event, String(id), organization), organization, subscriber);
        }
        return result;
      },
    ]),
  );
}

function payloadOf(event: string, id: string, organization: Organization): object {
  const [object = ''] = event.split('.');
  if (object === 'contact') {
    const contact = organization.contacts.get(id);
    const gone = { uri: uriOf('contacts', id), deleted_at: stamp(organization.clock.now()) };
    return contact ? renderContact(contact) : gone;
  }
  if (object === 'event_type') {
    const type = organization.eventTypes.get(id);
    return type ? renderEventType(type, organization.users) : { uri: uriOf('event_types', id) };
  }
  const scheduled = organization.events.get(id);
  const invitee = scheduled?.invitees.at(-1);
  if (!scheduled || !invitee) return { uri: uriOf('scheduled_events', id) };
  const shown = { ...renderInvitee(scheduled, invitee), scheduled_event: renderEvent(scheduled, organization.users) };
  return object === 'invitee' ? shown : { ...shown, invitee: inviteeUri(scheduled, invitee) };
}

function deliver(url: string, event: string, payload: object, { clock }: Organization, subscriber: string): void {
  const body = JSON.stringify({
    event,
    created_at: stamp(clock.now()),
    created_by: uriOf('users', subscriber),
    payload,
  });
  const t = Math.floor(Date.now() / 1000);
  const signature = createHmac('sha256', WEBHOOK_KEY).update(`${t}.${body}`).digest('hex');
  const headers = { 'content-type': 'application/json', 'calendly-webhook-signature': `t=${t},v1=${signature}` };
  fetch(url, { method: 'POST', headers, body }).catch((error) => console.error(`webhook to ${url} failed: ${error}`));
}

function memberOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
