/** Which of the account's calendars are meant. */
import { normalizeEmail } from '../../core/email.ts';
import type { SourceRecord } from '../../core/model/mirror-record.ts';
import type { StaffMember } from '../../core/model/staff-member.ts';
import { isTimeZone } from '../../core/time/time-zone.ts';
import type { ConnectorSession } from '../connector.ts';
import { firstText } from '../kit/people.ts';
import type { CalendarEntry } from './schemas.ts';

/** "CalendarList": only these may write events. */
const WRITING_ROLES: readonly string[] = ['owner', 'writer'];

/** Google's alias; the real id is kept with the account. */
const PRIMARY = 'primary';

/** The account's main calendar. */
export function primaryCalendarOf({ account }: ConnectorSession): string {
  return account?.attributes.primaryCalendarId ?? PRIMARY;
}

/** The calendars that customers are booked into; these are synced, too. */
export function bookedCalendarsOf(session: ConnectorSession): string[] {
  const configured = session.config.booking.calendars?.map(({ staffId }) => staffId) ?? [];
  return configured.length > 0 ? [...new Set(configured)] : [primaryCalendarOf(session)];
}

/** The zone of the account's main calendar, else the business's. */
export function accountZoneOf({ account, config }: ConnectorSession): string {
  return zoneOr(account?.attributes.timeZone, config.timeZone);
}

/** The zone if it is an IANA name, else the other one. */
export function zoneOr(zone: string | null | undefined, otherwise: string): string {
  return zone && /^[A-Z]/i.test(zone) && isTimeZone(zone) ? zone : otherwise;
}

/** What a calendar is called in a sentence; never by an address, which may be a person's. */
export function calendarLabel(
  session: ConnectorSession,
  calendarId: string,
  staff: readonly SourceRecord<StaffMember>[],
) {
  const configured = session.config.booking.calendars?.find(({ staffId }) => staffId === calendarId)?.name;
  const listed = staff.find(({ id }) => id === calendarId)?.data.name;
  const name = [configured, listed].find((candidate) => candidate !== undefined && !candidate.includes('@'));
  if (name !== undefined) return `The calendar "${name}"`;
  return calendarId === primaryCalendarOf(session) ? 'The main calendar' : 'One of the calendars';
}

export function toStaffRecord(entry: CalendarEntry): SourceRecord<StaffMember> {
  const { id, summary, summaryOverride, timeZone, accessRole } = entry;
  return {
    resource: 'staff',
    id,
    source: { accessRole: accessRole ?? null, primary: entry.primary ?? false, summary: summary ?? null },
    updatedAt: null,
    data: {
      id,
      name: firstText(summaryOverride, summary) ?? 'Unnamed calendar',
      // The main calendar's id is the account's address; those of others are nobody's ("CalendarList").
      email: entry.primary ? normalizeEmail(id) : null,
      timeZone: zoneOr(timeZone, '') || null,
      bookable: WRITING_ROLES.includes(accessRole ?? ''),
      createdAt: null,
      updatedAt: null,
    },
  };
}
