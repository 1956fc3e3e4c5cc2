/** Calendars as staff: which of an account's are booked, what they are called, and what is taken in each. */
import { isHubError } from '../../core/errors.ts';
import type { Appointment } from '../../core/model/appointment.ts';
import type { Busy } from '../../core/model/availability.ts';
import type { SourceRecord } from '../../core/model/mirror-record.ts';
import { zonedIso } from '../../core/time/zoned-time.ts';
import type { AvailabilityQuery, CalendarBusy, ConnectorSession, ProviderAvailability } from '../connector.ts';

/** The calendars that the business has named, each once; null where it has named none, which means the main one. */
export function namedCalendars({ config }: ConnectorSession): string[] | null {
  const named = config.booking.calendars?.map(({ staffId }) => staffId) ?? [];
  return named.length === 0 ? null : [...new Set(named)];
}

/** What a calendar is called in a sentence; never by an address, which may be a person's. */
export function calendarName(
  { config }: ConnectorSession,
  staff: AvailabilityQuery['staff'],
  calendarId: string,
  otherwise = 'One of the calendars',
): string {
  const configured = config.booking.calendars?.find(({ staffId }) => staffId === calendarId)?.name;
  const listed = staff.find(({ id }) => id === calendarId)?.data.name;
  const name = [configured, listed, calendarId].find((candidate) => candidate && !candidate.includes('@'));
  return name === undefined ? otherwise : `The calendar "${name}"`;
}

/** What the mirror knows of calendars is which may be written to; before the first sync it knows none. */
export function mayBeBooked({ staff }: Pick<AvailabilityQuery, 'staff'>, calendarId: string): boolean {
  return staff.length === 0 || staff.some(({ id }) => id === calendarId);
}

/** @param name of a calendar that is left out, and `provider` as they are called in a sentence. */
export function readOnlyNote(name: string, provider: string): string {
  return `${name} is none that ${provider} lets the hub write to.`;
}

/**
 * Asks several calendars what is taken in them. One that can't be read is named in the notes, and is never free. With
 * none that could be read the failure is thrown, unless it is certain that nothing is there.
 *
 * @param provider as it is called in a sentence.
 */
export async function busyByCalendar(
  session: ConnectorSession,
  query: AvailabilityQuery,
  provider: string,
  asked: readonly string[],
  read: (calendarId: string) => Promise<CalendarBusy>,
): Promise<ProviderAvailability> {
  const { staff } = query;
  const bookable = asked.filter((id) => mayBeBooked(query, id));
  const answers = await Promise.allSettled(bookable.map(read));
  const calendars = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
  const notes = asked
    .filter((id) => !bookable.includes(id))
    .map((id) => readOnlyNote(calendarName(session, staff, id), provider));
  for (const [index, answer] of answers.entries()) {
    if (answer.status === 'fulfilled') continue;
    const { reason } = answer;
    const partial = isHubError(reason) && (calendars.length > 0 || reason.code === 'not_found');
    if (!partial || reason.code === 'reauth_required') throw reason;
    const name = calendarName(session, staff, bookable[index] ?? '');
    notes.push(`${name} could not be read in ${provider}, so nothing is offered there.`);
  }
  return { kind: 'busy', calendars, notes };
}

/**
 * The stretches that appointments take: exactly one for each, and none joined, because where a calendar takes several
 * at once it counts how many overlap. One that is to be moved takes nothing; one that a list shows twice, as when it
 * moves between two pages, counts once.
 */
export function busyStretches(
  appointments: readonly (SourceRecord<Appointment> & Pick<Busy, 'closed'>)[],
  { moving, timeZone }: Pick<AvailabilityQuery, 'moving' | 'timeZone'>,
): Busy[] {
  const once = new Map(appointments.map((appointment) => [appointment.id, appointment]));
  return [...once.values()]
    .filter(({ id, data }) => data.busy && id !== moving?.id)
    .map(({ data: { start, end, services }, closed }) => ({
      start: zonedIso(start, timeZone),
      end: zonedIso(end, timeZone),
      serviceId: services[0]?.id,
      closed,
    }));
}
