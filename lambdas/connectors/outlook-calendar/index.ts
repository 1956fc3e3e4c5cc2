import type { ProviderAccount } from '../../core/model/integration.ts';
import type { ConnectorSession, IntegrationConnector } from '../connector.ts';
import { firstText } from '../kit/people.ts';
import * as booking from './booking.ts';
import { channels } from './channels.ts';
import { getCalendar, getMe, unreadable } from './client.ts';
import { classifyError } from './errors.ts';
import { manifest } from './manifest.ts';
import { syncData } from './sync.ts';

/**
 * Outlook Calendar through Microsoft Graph v1.0.
 *
 * Not documented, and safe either way here: what a repeated `transactionId` answers and how long it is remembered
 * (`createAppointment`, `findBooked`); whether `If-Match` counts on events (a move states both times, so the last one
 * holds); whether bodies come as text when asked for as such (both are read); whether a changed series brings its
 * occurrences into the delta (they are read); whether deleted occurrences are reported (a full pull every few days); how
 * long a delta link lives (any refusal leads to a full pull).
 *
 * Not here: revoking a consent, for which Microsoft has no endpoint.
 */
export function createConnector(): IntegrationConnector {
  return { manifest, identifyAccount, testConnection, syncData, ...booking, channels, classifyError };
}

/** The account and its main calendar; an account without a mailbox fails here, with the reason. */
async function identifyAccount({ http, account }: ConnectorSession): Promise<ProviderAccount> {
  const [me, calendar] = await Promise.all([getMe(http), getCalendar(http, null)]);
  const { tid, oid } = account?.attributes ?? {};
  if (!tid || !oid) throw unreadable('the sign-in');
  const email = firstText(me.mail, me.userPrincipalName)?.toLowerCase();
  return {
    // Within a tenant the user's id is the object id; only the two together name an account.
    id: `${tid}.${oid}`,
    name: firstText(me.displayName, email),
    attributes: { defaultCalendarId: calendar.id, ...(email === undefined ? {} : { email }) },
  };
}

/** Reads the main calendar: proves the token, the scope and the mailbox at once. */
async function testConnection({ http }: ConnectorSession): Promise<void> {
  await getCalendar(http, null);
}
