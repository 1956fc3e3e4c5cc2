/** Which of the account's calendars are meant. */
import type { ConnectorSession } from '../connector.ts';

/** The account's main calendar: its real id, kept with the account, or else Google's alias. */
export function primaryCalendarOf({ account }: ConnectorSession): string {
  return account?.attributes.primaryCalendarId ?? 'primary';
}

/** The calendars that customers are booked into; these are synced, too. */
export function bookedCalendarsOf(session: ConnectorSession): string[] {
  const configured = session.config.booking.calendars?.map(({ staffId }) => staffId) ?? [];
  return configured.length > 0 ? [...new Set(configured)] : [primaryCalendarOf(session)];
}
