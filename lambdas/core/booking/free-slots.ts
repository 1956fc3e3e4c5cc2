/** What is free in one integration, whichever way its provider tells. */
import type { AvailabilityQuery, CalendarBusy, ProviderAvailability } from '../../connectors/connector.ts';
import { HubError } from '../errors.ts';
import type { Appointment } from '../model/appointment.ts';
import type { Slot, WeeklyHours } from '../model/availability.ts';
import type { Integration } from '../model/integration.ts';
import type { SourceRecord } from '../model/mirror-record.ts';
import type { Service } from '../model/service.ts';
import type { StaffMember } from '../model/staff-member.ts';
import { utcIso } from '../time/zoned-time.ts';
import type { BookingPorts } from './booking-ports.ts';
import { type Buffers, computeSlots } from './compute-slots.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

export interface FreeSlotsRequest {
  /** Epoch ms; slots begin at or after it, and not in the past. */
  readonly from: number;
  /** Epoch ms; slots begin before it. */
  readonly to: number;
  readonly service: SourceRecord<Service> | null;
  readonly staffId: string | null;
  readonly staff: readonly SourceRecord<StaffMember>[];
  /** An appointment that is to be moved: its own time counts as free. */
  readonly moving: SourceRecord<Appointment> | null;
  /** Length of computed times; null: the service's, or the default. */
  readonly durationMinutes: number | null;
  /** Taken off the business's notice: a caller who takes their time to accept what was offered is not late. */
  readonly noticeGraceMinutes: number;
  /** Epoch ms. */
  readonly deadline: number;
}

export interface FreeSlots {
  /** In order of time; several at one time when several people are free. */
  readonly slots: readonly Slot[];
  readonly source: 'provider' | 'computed';
  /** Calendars that could be read; null where none was asked: a booking system has none, and some times are too far. */
  readonly calendars: readonly string[] | null;
  readonly notes: readonly string[];
}

/** Asks the provider, live. A calendar that can't be read is never free: it is left out and named in the notes. */
export async function freeSlots(
  ports: Pick<BookingPorts, 'sessions' | 'clock'>,
  integration: Integration,
  request: FreeSlotsRequest,
): Promise<FreeSlots> {
  const { config, type } = integration;
  const source = ports.sessions.manifest(type).booking?.availability ?? 'provider';
  const now = ports.clock.now();
  const { noticeMinutes, horizonDays } = config.booking;
  // A booking system has rules of its own; a calendar has none, so the business's settings stand in.
  const notice = source === 'computed' ? Math.max(0, noticeMinutes - request.noticeGraceMinutes) : 0;
  const latest = source === 'computed' ? now + horizonDays * DAY_MS : Number.POSITIVE_INFINITY;
  const [from, to] = [Math.max(request.from, now + notice * MINUTE_MS), Math.min(request.to, latest)];
  if (from >= to) return { slots: [], source, calendars: null, notes: [noteOnWindow(config.booking)] };

  const { connector, session } = await ports.sessions.open(integration, {
    callClass: 'live_read',
    deadline: request.deadline,
  });
  const { service, staffId, staff, moving } = request;
  const query: AvailabilityQuery = {
    service,
    staffId,
    staff,
    moving,
    ...(source === 'computed' ? stretchOf(from, to, integration, request) : { from: utcIso(from), to: utcIso(to) }),
    timeZone: config.timeZone,
  };
  const answer = await connector.getAvailability?.(session, query);
  if (!answer) {
    throw new HubError('capability_not_supported', { detail: `${connector.manifest.name} can't say what is free.` });
  }
  const { slots, notes } = answer.kind === 'slots' ? answer : computed(answer, integration, request, { from, to });
  const wanted = slots.filter(({ start, staffId: whose }) => {
    const begins = Date.parse(start);
    return begins >= from && begins < to && (staffId === null || whose === staffId);
  });
  const calendars = answer.kind === 'slots' ? null : answer.calendars.map((calendar) => calendar.staffId);
  return { slots: wanted.toSorted(byTime), source, calendars, notes };
}

function computed(
  { calendars, notes }: Extract<ProviderAvailability, { kind: 'busy' }>,
  integration: Integration,
  request: FreeSlotsRequest,
  { from, to }: { readonly from: number; readonly to: number },
): { slots: Slot[]; notes: string[] } {
  const { booking, timeZone } = integration.config;
  const { service, staffId, staff, durationMinutes } = request;
  const buffers = buffersByService(integration);
  const performers = service?.data.staffIds ?? null;
  const slots: Slot[] = [];
  const missing: string[] = [];
  for (const calendar of calendars) {
    if (staffId !== null && calendar.staffId !== staffId) continue;
    if (performers !== null && !performers.includes(calendar.staffId)) continue;
    const settings = booking.calendars?.find((candidate) => candidate.staffId === calendar.staffId);
    const opening = hoursOf(calendar, settings?.openingHours ?? booking.openingHours, timeZone);
    if (!opening) {
      // The id of a calendar can be somebody's address.
      missing.push(settings?.name ?? staff.find(({ id }) => id === calendar.staffId)?.data.name ?? 'a calendar');
      continue;
    }
    slots.push(
      ...computeSlots(
        { staffId: calendar.staffId, ...opening, capacity: settings?.capacity ?? 1, busy: calendar.busy, buffers },
        {
          from,
          to,
          durationMinutes: durationMinutes ?? service?.data.durationMinutes ?? booking.defaultDurationMinutes,
          ...ownBuffers(integration, request),
          intervalMinutes: booking.slotIntervalMinutes,
          serviceId: service?.id ?? null,
        },
      ),
    );
  }
  const unknown = missing.map((name) => `No opening hours are known for ${name}; set config.booking.openingHours.`);
  return { slots, notes: [...notes, ...unknown] };
}

/** What is taken matters as far as the longest slot and its buffers reach, and the buffers of whatever lies beyond. */
function stretchOf(from: number, to: number, integration: Integration, request: FreeSlotsRequest) {
  const { service, durationMinutes } = request;
  const length = durationMinutes ?? service?.data.durationMinutes ?? integration.config.booking.defaultDurationMinutes;
  const own = ownBuffers(integration, request);
  const others = widest(integration.config.booking.services);
  const before = own.bufferBeforeMinutes + others.bufferAfterMinutes;
  const after = length + own.bufferAfterMinutes + others.bufferBeforeMinutes;
  return { from: utcIso(from - before * MINUTE_MS), to: utcIso(to + after * MINUTE_MS) };
}

function buffersByService({ config }: Integration): ReadonlyMap<string, Buffers> {
  return new Map(config.booking.services.map((service) => [service.id, service]));
}

/** An appointment that is moved goes on taking the buffers of the service that it was booked for. */
function ownBuffers(integration: Integration, { service, moving }: FreeSlotsRequest): Buffers {
  const known = buffersByService(integration);
  const kept = moving?.data.services.flatMap(({ id }) => known.get(id) ?? []) ?? [];
  return widest(service === null ? kept : [service.data, ...kept]);
}

function widest(all: readonly Buffers[]): Buffers {
  return {
    bufferBeforeMinutes: Math.max(0, ...all.map(({ bufferBeforeMinutes }) => bufferBeforeMinutes)),
    bufferAfterMinutes: Math.max(0, ...all.map(({ bufferAfterMinutes }) => bufferAfterMinutes)),
  };
}

/** The business's own settings are in its zone; those that a provider keeps are in the calendar's. */
function hoursOf(
  calendar: CalendarBusy,
  configured: WeeklyHours | undefined,
  businessZone: string,
): { hours: WeeklyHours; timeZone: string } | null {
  if (configured) return { hours: configured, timeZone: businessZone };
  return calendar.hours ? { hours: calendar.hours, timeZone: calendar.timeZone ?? businessZone } : null;
}

function noteOnWindow({ noticeMinutes, horizonDays }: Integration['config']['booking']): string {
  return `Bookings are taken from ${noticeMinutes} minutes to ${horizonDays} days ahead; the time asked for lies outside.`;
}

function byTime(a: Slot, b: Slot): number {
  return Date.parse(a.start) - Date.parse(b.start) || (a.staffId ?? '').localeCompare(b.staffId ?? '');
}
