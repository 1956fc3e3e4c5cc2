/** Which calendars of an account are synced and booked. */
import type { ConnectorSession } from '../connector.ts';
import { getCalendar } from './client.ts';

/** Those that the business has named, or else the account's main one. */
export async function chosenCalendars(session: ConnectorSession): Promise<string[]> {
  const named = session.config.booking.calendars?.map(({ staffId }) => staffId);
  return named === undefined ? [await defaultCalendar(session)] : [...new Set(named)];
}

/** Known since the account was identified: ids of calendars don't change. */
export async function defaultCalendar({ account, http }: ConnectorSession): Promise<string> {
  return account?.attributes.defaultCalendarId ?? (await getCalendar(http, null)).id;
}
