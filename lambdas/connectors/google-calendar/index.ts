import type { ProviderAccount } from '../../core/model/integration.ts';
import type { ConnectorSession, IntegrationConnector } from '../connector.ts';
import { text, withText } from '../kit/people.ts';
import { zoneOr } from '../kit/zones.ts';
import { getAvailability } from './availability.ts';
import * as booking from './booking.ts';
import { channels } from './channels.ts';
import { bookedCalendarsOf, findCalendar, listEvents } from './client.ts';
import { classifyError, noCalendar } from './errors.ts';
import { manifest } from './manifest.ts';
import { syncData } from './sync.ts';

/**
 * Google Calendar. Not documented, and so done in a way that is right either way:
 *
 * - how far freeBusy may be asked ahead: 60 days at once (`availability.ts`);
 * - whether the occurrences of a series that has changed or ended are all reported as cancelled: a full pull makes sure
 *   (`series.ts`);
 * - whether `Retry-After` is sent: honoured if it is, else a pause of our own (`errors.ts`);
 * - how days are spelt in working hours: the first three letters count, and what can't be read gives no hours;
 * - how long a channel may live: what its answer says counts (`channels.ts`);
 * - whether Google still refuses addresses of domains that are not verified: if it does, that is ours to mend, and no
 *   business's connection ends (`errors.ts`);
 * - whether deletions heed `If-Match`: none is sent, a cancellation is meant whatever the event says now.
 */
export function createConnector(): IntegrationConnector {
  return { manifest, identifyAccount, testConnection, syncData, getAvailability, ...booking, channels, classifyError };
}

/** The Google account by the id token's `sub`; the main calendar's id is its address, which can change. */
async function identifyAccount({ http, account }: ConnectorSession): Promise<ProviderAccount> {
  const primary = await findCalendar(http, 'primary');
  if (primary === null) throw noCalendar();
  const { id, summary, timeZone } = primary;
  const attributes = withText({ primaryCalendarId: id, timeZone: zoneOr(timeZone, null) });
  return { id: account?.attributes.sub ?? id, name: text(summary), attributes };
}

/** Reads one event of a calendar that is booked: proves the token, the scope and the access to it at once. */
async function testConnection(session: ConnectorSession): Promise<void> {
  const [calendarId = 'primary'] = bookedCalendarsOf(session);
  await listEvents(session.http, calendarId, { maxResults: 1 });
}
