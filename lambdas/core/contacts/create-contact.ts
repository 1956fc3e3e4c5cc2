import * as z from 'zod';
import type { NewContact, ProviderManifest } from '../../connectors/connector.ts';
import { normalizeEmail } from '../email.ts';
import { HubError, notFound, validationFailed } from '../errors.ts';
import { runOnce } from '../idempotency/run-once.ts';
import { chooseIntegration } from '../integrations/choose-integration.ts';
import type { ConnectorSessions } from '../integrations/connector-sessions.ts';
import { scopeOf } from '../integrations/integration-scope.ts';
import { type Contact, contactSchema } from '../model/contact.ts';
import type { Integration } from '../model/integration.ts';
import type { Json, SourceRecord } from '../model/mirror-record.ts';
import { type Resource, resourceSchema } from '../model/resource.ts';
import { parsePhone } from '../phone.ts';
import type { AbandonedAttempt, Clock, IdempotencyStore, IntegrationStore, Logger, MirrorStore } from '../ports.ts';
import { applyPage } from '../sync/mirror-writer.ts';
import { isContact, phoneKey } from './contact-keys.ts';

export interface CreateContactPorts {
  readonly integrations: IntegrationStore;
  readonly mirror: MirrorStore;
  readonly idempotency: IdempotencyStore;
  readonly sessions: ConnectorSessions;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface CreateContactRequest {
  readonly workspaceId: string;
  readonly idempotencyKey: string;
  /** Which system to create it in; needed only when the workspace has several that can. */
  readonly integrationId: string | null;
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly email: string | null;
  readonly phone: string | null;
  readonly company: string | null;
  readonly deadlineMs: number;
}

/** Clocks differ: a record this much older than the lost attempt may still be its work. */
const CLOCK_TOLERANCE_MS = 60_000;

/** What is remembered of an answer: the contact itself stays in the mirror, so that a disconnect removes it. */
const outcomeSchema = z.object({ resource: resourceSchema, id: z.string(), created: z.boolean() });

/**
 * Creates a contact at the provider, once per `Idempotency-Key`. A contact that is already there (the same e-mail
 * address, or the same phone number under the same name) is the answer, not an error. The contact is in the mirror
 * before the answer is given.
 *
 * @returns `{contact, created, integrationId, type}` as JSON.
 */
export async function createContact(ports: CreateContactPorts, request: CreateContactRequest): Promise<Json> {
  const deadline = ports.clock.now() + request.deadlineMs;
  const integration = await chooseIntegration(ports, request, 'createContact');
  const contact = newContact(request, integration);
  const { idempotencyKey, workspaceId } = request;
  const { integrationId, type } = integration;
  let done: Contact | null = null;
  const answer = await runOnce(ports, {
    workspaceId,
    operation: 'createContact',
    key: idempotencyKey,
    arguments: { integrationId, contact },
    deadline,
    work: async (abandoned) => {
      const { record, created } = await create(ports, integration, contact, deadline, abandoned);
      await applyPage(
        ports,
        scopeOf(integration),
        record.resource,
        { records: [record], deletedIds: [] },
        () => undefined,
      );
      // As the mirror gives it back, to the letter: a repeated call gets the same answer.
      done = contactSchema.parse(record.data);
      return { resource: record.resource, id: record.id, created };
    },
  });
  const { resource, id, created } = outcomeSchema.parse(answer);
  return { contact: done ?? (await mirrored(ports, integration, resource, id)), created, integrationId, type };
}

/** The contact of an earlier answer, as it is now. */
async function mirrored(
  ports: CreateContactPorts,
  integration: Integration,
  resource: Resource,
  id: string,
): Promise<Contact> {
  const record = await ports.mirror.get(scopeOf(integration), resource, id);
  if (!record || !isContact(record.data)) throw notFound('The contact of this Idempotency-Key', 'Idempotency-Key');
  return record.data;
}

async function create(
  ports: CreateContactPorts,
  integration: Integration,
  contact: NewContact,
  deadline: number,
  abandoned: AbandonedAttempt | null,
): Promise<{ record: SourceRecord<Contact>; created: boolean }> {
  const known = await findInMirror(ports, integration, contact);
  if (known) return { record: known, created: abandoned !== null && isYoung(known, abandoned.startedAt) };
  if (abandoned) {
    const earlier = await findEarlierAttempt(ports, integration, contact, deadline, abandoned);
    if (earlier) return { record: earlier, created: true };
  }
  const { connector, session } = await ports.sessions.open(integration, { callClass: 'live_write', deadline });
  if (!connector.createContact) throw cannotCreate(connector.manifest);
  return connector.createContact(session, contact);
}

/** Providers know duplicates by e-mail address at best; a caller who is known by phone and name is the same person. */
async function findInMirror(
  ports: CreateContactPorts,
  integration: Integration,
  contact: NewContact,
): Promise<SourceRecord<Contact> | null> {
  if (contact.phone === null) return null;
  const hits = await ports.mirror.findByKey(integration.workspaceId, phoneKey(contact.phone));
  for (const { scope, record } of hits) {
    const { data } = record;
    if (scope.integrationId !== integration.integrationId || !isContact(data)) continue;
    if (isSamePerson(data, contact)) return { ...record, data };
  }
  return null;
}

/**
 * The answer to an earlier attempt was lost. The provider's search shows new records late, so asking too early would
 * prove nothing and create a second contact: then the caller is told to come back.
 */
async function findEarlierAttempt(
  ports: CreateContactPorts,
  integration: Integration,
  contact: NewContact,
  deadline: number,
  { startedAt, endedBy }: AbandonedAttempt,
): Promise<SourceRecord<Contact> | null> {
  const { connector, session } = await ports.sessions.open(integration, { callClass: 'live_read', deadline });
  if (!connector.lookupContact || (contact.phone === null && contact.email === null)) return null;
  const visibleAt = endedBy + connector.manifest.searchLagMs;
  // Where the provider itself refuses a second contact with the same address, only phone-only contacts must wait.
  const refused = contact.email !== null && connector.manifest.refusesKnownEmails === true;
  if (!refused && ports.clock.now() < visibleAt) {
    throw new HubError('provider_unavailable', {
      detail: 'The outcome of the first attempt is not known yet; repeat the call with the same Idempotency-Key.',
      retryAfterSeconds: Math.ceil((visibleAt - ports.clock.now()) / 1000),
    });
  }
  const found = await connector.lookupContact(session, { phone: contact.phone, email: contact.email });
  return found.find((record) => isSamePerson(record.data, contact) && isYoung(record, startedAt)) ?? null;
}

function isYoung(record: SourceRecord<Contact>, startedAt: number): boolean {
  return Date.parse(record.data.createdAt ?? '') >= startedAt - CLOCK_TOLERANCE_MS;
}

function isSamePerson(known: Contact, wanted: NewContact): boolean {
  const samePhone = wanted.phone === null || known.phones.some((phone) => phone.e164 === wanted.phone);
  const sameEmail = wanted.email === null || known.emails.length === 0 || known.emails.includes(wanted.email);
  return samePhone && sameEmail && sameName(fullName(known) || known.displayName, fullName(wanted));
}

/** Both names together: providers differ in which of the two they want when there is only one. */
function fullName({ firstName, lastName }: Pick<Contact, 'firstName' | 'lastName'>): string {
  return [firstName, lastName].flatMap((name) => name?.trim() || []).join(' ');
}

function sameName(a: string, b: string): boolean {
  return a.localeCompare(b, undefined, { sensitivity: 'base' }) === 0;
}

function cannotCreate({ name }: ProviderManifest): HubError {
  return new HubError('capability_not_supported', { detail: `${name} can't create contacts.` });
}

function newContact(request: CreateContactRequest, integration: Integration): NewContact {
  const email = request.email === null ? null : normalizeEmail(request.email);
  if (request.email !== null && email === null) throw validationFailed('email', 'is not an e-mail address');
  const phone = request.phone === null ? null : parsePhone(request.phone, integration.config.defaultCountry).e164;
  if (request.phone !== null && phone === null) {
    throw validationFailed('phone', 'is not a telephone number with a country code, e.g. +442079460018');
  }
  const { firstName, lastName, company } = request;
  return { firstName, lastName, email, phone, company };
}
