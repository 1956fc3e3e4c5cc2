import type { ContactQuery } from '../../connectors/connector.ts';
import { normalizeEmail } from '../email.ts';
import { HubError, isHubError, validationFailed } from '../errors.ts';
import type { ConnectorSessions } from '../integrations/connector-sessions.ts';
import { scopeOf } from '../integrations/integration-scope.ts';
import type { Contact } from '../model/contact.ts';
import type { Integration, IntegrationType } from '../model/integration.ts';
import type { SourceRecord } from '../model/mirror-record.ts';
import { parsePhone } from '../phone.ts';
import type { Clock, IntegrationStore, Logger, MirrorStore, SyncStateStore } from '../ports.ts';
import { applyPage } from '../sync/mirror-writer.ts';
import { emailKey, isContact, phoneKey } from './contact-keys.ts';

export interface LookupPorts {
  readonly integrations: IntegrationStore;
  readonly mirror: MirrorStore;
  readonly states: SyncStateStore;
  readonly sessions: ConnectorSessions;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface LookupRequest {
  readonly workspaceId: string;
  /** As the caller's number arrived; needs a country code unless an integration has a default country. */
  readonly phone: string | null;
  readonly email: string | null;
  readonly deadlineMs: number;
}

export interface LookupMatch {
  readonly contact: Contact;
  readonly integrationId: string;
  readonly type: IntegrationType;
  readonly matchedOn: ('phone' | 'email')[];
}

export interface LookupSource {
  readonly integrationId: string;
  readonly type: IntegrationType;
  /** Where this integration's part of the answer came from. */
  readonly via: 'mirror' | 'live' | 'skipped' | 'timed_out';
  /** ISO 8601: how old the knowledge is; null when there is none. */
  readonly asOf: string | null;
}

export interface LookupAnswer {
  /** `unknown`: nobody was found, but not every source could be asked. */
  readonly outcome: 'found' | 'ambiguous' | 'not_found' | 'unknown';
  readonly matches: LookupMatch[];
  readonly sources: LookupSource[];
}

/** Kept back from the deadline for the answer's way to the caller, in ms. */
const ANSWER_MARGIN_MS = 50;

/**
 * Who is this? The mirror answers when it knows the caller; otherwise every connected provider that can is asked at
 * once, within the deadline. The answer says of each integration where its part came from.
 */
export async function lookupContact(ports: LookupPorts, request: LookupRequest): Promise<LookupAnswer> {
  const deadline = ports.clock.now() + request.deadlineMs - ANSWER_MARGIN_MS;
  const integrations = (await ports.integrations.list(request.workspaceId)).filter(isLookedUp(ports.sessions));
  const queries = queriesOf(request, integrations);

  const [mirrored, syncedAt] = await Promise.all([
    searchMirror(ports, request.workspaceId, integrations, queries),
    lastSyncs(ports, integrations),
  ]);
  if (mirrored.length > 0) {
    const sources = integrations.map(
      (integration): LookupSource => ({
        ...named(integration),
        via: 'mirror',
        asOf: syncedAt.get(integration) ?? null,
      }),
    );
    return { outcome: mirrored.length === 1 ? 'found' : 'ambiguous', matches: mirrored, sources };
  }
  return searchLive(ports, integrations, queries, deadline, syncedAt);
}

function isLookedUp(sessions: ConnectorSessions): (integration: Integration) => boolean {
  return ({ status, type }) =>
    (status === 'connected' || status === 'reauth_required') && sessions.manifest(type).operations.includes('contacts');
}

/** Each integration may read a number without a country code differently. */
function queriesOf(request: LookupRequest, integrations: readonly Integration[]): Map<Integration, ContactQuery> {
  const email = request.email === null ? null : normalizeEmail(request.email);
  if (request.email !== null && email === null) throw validationFailed('email', 'is not an e-mail address');
  const queries = new Map<Integration, ContactQuery>();
  for (const integration of integrations) {
    const phone = request.phone === null ? null : parsePhone(request.phone, integration.config.defaultCountry).e164;
    if (phone !== null || email !== null) queries.set(integration, { phone, email });
  }
  const understood = [...queries.values()].some((query) => query.phone !== null);
  if (request.phone !== null && !understood && parsePhone(request.phone, undefined).e164 === null) {
    throw validationFailed('phone', 'is not a telephone number with a country code, e.g. +442079460018');
  }
  return queries;
}

async function searchMirror(
  ports: LookupPorts,
  workspaceId: string,
  integrations: readonly Integration[],
  queries: ReadonlyMap<Integration, ContactQuery>,
): Promise<LookupMatch[]> {
  const keys = new Set<string>();
  for (const { phone, email } of queries.values()) {
    if (phone !== null) keys.add(phoneKey(phone));
    if (email !== null) keys.add(emailKey(email));
  }
  const hits = (await Promise.all([...keys].map((key) => ports.mirror.findByKey(workspaceId, key)))).flat();
  const matches = new Map<string, LookupMatch>();
  for (const { scope, record } of hits) {
    const integration = integrations.find(({ integrationId }) => integrationId === scope.integrationId);
    const query = integration && queries.get(integration);
    if (!integration || !query || !isContact(record.data)) continue;
    const match = matchOf(record.data, integration, query);
    if (match) matches.set(`${integration.integrationId}/${record.resource}/${record.id}`, match);
  }
  return [...matches.values()];
}

async function searchLive(
  ports: LookupPorts,
  integrations: readonly Integration[],
  queries: ReadonlyMap<Integration, ContactQuery>,
  deadline: number,
  syncedAt: ReadonlyMap<Integration, string | null>,
): Promise<LookupAnswer> {
  const answers = await Promise.all(
    integrations.map(async (integration) => {
      const query = queries.get(integration);
      if (!query || integration.status !== 'connected') {
        const source: LookupSource = { ...named(integration), via: 'skipped', asOf: syncedAt.get(integration) ?? null };
        return { source, matches: [] };
      }
      return askProvider(ports, integration, query, deadline, syncedAt.get(integration) ?? null);
    }),
  );
  const matches = answers.flatMap((answer) => answer.matches);
  // Without anybody to ask, nothing is known.
  const complete = answers.length > 0 && answers.every(({ source }) => source.via === 'live');
  const outcome =
    matches.length > 1 ? 'ambiguous' : matches.length === 1 ? 'found' : complete ? 'not_found' : 'unknown';
  return { outcome, matches, sources: answers.map((answer) => answer.source) };
}

async function askProvider(
  ports: LookupPorts,
  integration: Integration,
  query: ContactQuery,
  deadline: number,
  syncedAt: string | null,
): Promise<{ source: LookupSource; matches: LookupMatch[] }> {
  const { sessions, clock, logger } = ports;
  try {
    const { connector, session } = await sessions.open(integration, { callClass: 'live_read', deadline });
    const records = (await connector.lookupContact?.(session, query)) ?? [];
    await rememberFound(ports, integration, records);
    const matches = records.flatMap((record) => matchOf(record.data, integration, query) ?? []);
    return { source: { ...named(integration), via: 'live', asOf: new Date(clock.now()).toISOString() }, matches };
  } catch (error) {
    // One provider's failure is its part of the answer, not the caller's error.
    const late = isHubError(error, 'deadline_exceeded');
    const code = isHubError(error) ? error.code : 'internal';
    logger.warn('live look-up failed', { ...named(integration), code, ...(isHubError(error) ? {} : { error }) });
    return { source: { ...named(integration), via: late ? 'timed_out' : 'skipped', asOf: syncedAt }, matches: [] };
  }
}

/** What was found live is in the mirror for the next call; a caller need not wait for the nightly sync. */
async function rememberFound(
  ports: LookupPorts,
  integration: Integration,
  records: readonly SourceRecord<Contact>[],
): Promise<void> {
  const [first] = records;
  if (!first) return;
  await applyPage(ports, scopeOf(integration), first.resource, { records, deletedIds: [] }, () => undefined);
}

function matchOf(contact: Contact, integration: Integration, query: ContactQuery): LookupMatch | null {
  const matchedOn: LookupMatch['matchedOn'] = [];
  if (query.phone !== null && contact.phones.some((phone) => phone.e164 === query.phone)) matchedOn.push('phone');
  if (query.email !== null && contact.emails.includes(query.email)) matchedOn.push('email');
  return matchedOn.length === 0 ? null : { contact, ...named(integration), matchedOn };
}

async function lastSyncs(
  ports: LookupPorts,
  integrations: readonly Integration[],
): Promise<Map<Integration, string | null>> {
  const states = await Promise.all(integrations.map((integration) => ports.states.get(integration)));
  return new Map(integrations.map((integration, index) => [integration, states[index]?.completeUntil ?? null]));
}

function named(integration: Integration): { integrationId: string; type: IntegrationType } {
  return { integrationId: integration.integrationId, type: integration.type };
}

/** The look-up needs something to look for. */
export function requireLookupKey(phone: string | null, email: string | null): void {
  if (phone === null && email === null) {
    throw new HubError('validation_failed', { field: 'phone', detail: 'phone: give a phone number or an email' });
  }
}
