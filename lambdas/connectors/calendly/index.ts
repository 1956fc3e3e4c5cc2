import type { ProviderAccount } from '../../core/model/integration.ts';
import type { ConnectorSession, IntegrationConnector } from '../connector.ts';
import { withText } from '../kit/people.ts';
import { ownerOf } from './account.ts';
import * as booking from './booking.ts';
import { getCurrentUser, listPage } from './client.ts';
import * as contacts from './contacts.ts';
import { classifyError, quotaPauseMs } from './errors.ts';
import { manifest } from './manifest.ts';
import { idIn } from './schemas.ts';
import { syncData } from './sync.ts';
import { readWebhook } from './webhook.ts';

/**
 * Calendly, API v2. What its pages leave open, and what is done so that either answer is right:
 *
 * - how long a page token lives: events go on by start time when one dies, other lists begin again (`sync.ts`);
 * - whether marking a no-show touches its event: events of the last day are always read again (`sync.ts`);
 * - how phone numbers of contacts are kept: several ways to write one are looked for (`contacts.ts`);
 * - whether an address can be used by two contacts: it is looked for before one is created (`contacts.ts`);
 * - how a taken time is refused: after any refusal the times on offer are read again (`booking.ts`);
 * - whether a cancellation may carry a reason: without one, if it is refused; the event is read again (`booking.ts`).
 */
export function createConnector(): IntegrationConnector {
  const account = { identifyAccount, testConnection };
  return { manifest, ...account, syncData, ...contacts, ...booking, quotaPauseMs, readWebhook, classifyError };
}

/** The connected user, who is also whom webhooks name. */
async function identifyAccount({ http }: ConnectorSession): Promise<ProviderAccount> {
  const { uri, name = null, timezone = null, current_organization = null } = await getCurrentUser(http);
  const attributes = withText({ owner: uri, organization: current_organization, timeZone: timezone });
  return { id: idIn(uri), name, attributes };
}

/** Reads one of the user's own events: proves the token and the scope that matters most, whatever the user's role. */
async function testConnection(session: ConnectorSession): Promise<void> {
  const { user } = await ownerOf(session);
  const query = { user, min_start_time: new Date(session.now()).toISOString(), count: 1 };
  await listPage(session.http, ['events.list', '/scheduled_events', query], null);
}
