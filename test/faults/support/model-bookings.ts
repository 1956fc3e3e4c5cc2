/** Two providers of appointments by the book: a calendar that takes anything, and a salon that refuses taken times. */
import type { AppointmentChange, IntegrationConnector, NewAppointment } from '../../../lambdas/connectors/connector.ts';
import { manifest as modelManifest } from '../../../lambdas/connectors/hubspot/manifest.ts';
import { slotTaken } from '../../../lambdas/connectors/kit/failures.ts';
import { appointmentRecord } from '../../../lambdas/connectors/kit/records.ts';
import { HubError } from '../../../lambdas/core/errors.ts';
import type { Appointment, AppointmentStatus, Reference } from '../../../lambdas/core/model/appointment.ts';
import type { WeeklyHours } from '../../../lambdas/core/model/availability.ts';
import type { SourceRecord } from '../../../lambdas/core/model/mirror-record.ts';

export interface ModelEvent {
  readonly id: string;
  readonly key: string;
  start: string;
  end: string;
  readonly staffId: string;
  readonly services: Reference[];
  timeZone: string;
  status: AppointmentStatus;
}

/** What happens to the next write; `late`: it takes place when the model is next asked what is free, or to write. */
export type Mishap = 'lost_answer' | 'never_arrived' | 'slow' | 'late';

const LENGTH_MS = 30 * 60_000;
const ZONE = 'Europe/London';
const CALENDARS = ['chair-1', 'chair-2'];

export class ModelBookings {
  readonly events: ModelEvent[] = [];
  readonly mishaps: Mishap[] = [];
  /** Calendars that can't be read. */
  readonly broken = new Set<string>();
  /** Opening hours that it keeps itself, in the zone of each calendar. */
  hours: WeeklyHours | null = null;
  /** How often it will fail to say what is free. */
  outages = 0;
  /** Whether an appointment shows what it was booked for. */
  knowsServices = false;
  readonly #kind: 'calendar' | 'salon';
  readonly #late: (() => unknown)[] = [];
  #ids = 0;

  constructor(kind: 'calendar' | 'salon') {
    this.#kind = kind;
  }

  /** Somebody else, at the provider. */
  take(start: string, staffId = 'chair-1'): void {
    this.#add('', start, new Date(Date.parse(start) + LENGTH_MS).toISOString(), staffId);
  }

  live(): ModelEvent[] {
    return this.events.filter(({ status }) => status === 'confirmed');
  }

  connector(): IntegrationConnector {
    const calendar = this.#kind === 'calendar';
    return {
      manifest: {
        ...modelManifest,
        type: calendar ? 'google_calendar' : 'square',
        name: calendar ? 'Model Calendar' : 'Model Salon',
        resources: ['staff', 'appointments'],
        operations: ['bookings', 'changes'],
        booking: {
          availability: calendar ? 'computed' : 'provider',
          serviceRequired: false,
          maxRangeDays: 31,
          customerNeeds: ['name', 'phone'],
          customer: 'inline',
          repeatable: false,
        },
      },
      identifyAccount: async () => ({ id: 'model', name: null, attributes: {} }),
      testConnection: async () => undefined,
      getAvailability: async (_, { from, to, moving, staff }) => {
        if (this.outages > 0) {
          this.outages -= 1;
          throw new HubError('provider_unavailable', { detail: 'The model is out of order.' });
        }
        this.#catchUp();
        const others = this.live().filter(({ id }) => id !== moving?.id);
        const readable = CALENDARS.filter((staffId) => !this.broken.has(staffId));
        const notes = [...this.broken].map((staffId) => `${staffId} could not be read.`);
        if (calendar) {
          const calendars = readable.map((staffId) => ({
            staffId,
            timeZone: staff.find(({ id }) => id === staffId)?.data.timeZone ?? null,
            hours: this.hours,
            busy: others.filter((event) => event.staffId === staffId).map(({ start, end }) => ({ start, end })),
          }));
          return { kind: 'busy', calendars, notes };
        }
        const slots = readable.flatMap((staffId) => {
          const first = Math.ceil(Date.parse(from) / LENGTH_MS) * LENGTH_MS;
          const starts = [];
          for (let start = first; start < Date.parse(to); start += LENGTH_MS) starts.push(start);
          return starts
            .filter((start) => !others.some((event) => event.staffId === staffId && overlaps(event, start)))
            .map((start) => ({
              start: new Date(start).toISOString(),
              end: new Date(start + LENGTH_MS).toISOString(),
              timeZone: ZONE,
              serviceId: null,
              staffId,
              locationId: null,
              token: { version: 7 },
            }));
        });
        return { kind: 'slots', slots, notes };
      },
      createAppointment: (_, booking) => this.#write(() => this.#book(booking)),
      findBooked: async (_, { idempotencyKey }) => {
        const event = this.live().find(({ key }) => key === idempotencyKey);
        return event ? recordOf(event) : null;
      },
      rescheduleAppointment: (_, { appointment, slot }) =>
        this.#write((): AppointmentChange => {
          const event = this.#find(appointment.id);
          const staffId = slot.staffId ?? event.staffId;
          if (!calendar) this.#requireFree(slot.start, staffId, event.id);
          Object.assign(event, { start: slot.start, end: slot.end, staffId });
          return { record: recordOf(event), deletedIds: [], others: [] };
        }),
      cancelAppointment: (_, { appointment }) =>
        this.#write((): AppointmentChange => {
          const event = this.#find(appointment.id);
          event.status = 'cancelled';
          const gone = { record: null, deletedIds: [event.id], others: [] };
          return calendar ? gone : { record: recordOf(event), deletedIds: [], others: [] };
        }),
    };
  }

  /** One write at a time, as a server does it; the answer may get lost on either way. */
  async #write<T>(work: () => T): Promise<T> {
    const mishap = this.mishaps.shift();
    const lost = new HubError('provider_unavailable', { detail: 'No answer came.', outcomeUnknown: true });
    if (mishap === 'late') this.#late.push(work);
    if (mishap === 'never_arrived' || mishap === 'late') throw lost;
    this.#catchUp();
    await new Promise((resolve) => setTimeout(resolve, mishap === 'slow' ? 150 : 2));
    const answer = work();
    if (mishap === 'lost_answer') throw lost;
    return answer;
  }

  #catchUp(): void {
    for (const work of this.#late.splice(0)) work();
  }

  #book({ slot, service, idempotencyKey }: NewAppointment): SourceRecord<Appointment> {
    const staffId = slot.staffId ?? 'chair-1';
    if (this.#kind === 'salon') this.#requireFree(slot.start, staffId, null);
    // Calendars know an event by an id of the caller's (Google's event id, Graph's transactionId).
    const same = this.live().find((known) => this.#kind === 'calendar' && known.key === idempotencyKey);
    if (same) return recordOf(same);
    const services = service && this.knowsServices ? [{ id: service.id, name: service.data.name }] : [];
    const event = this.#add(idempotencyKey, slot.start, slot.end, staffId, services);
    event.timeZone = slot.timeZone;
    return recordOf(event);
  }

  #requireFree(start: string, staffId: string, except: string | null): void {
    const taken = this.live().some(
      (event) => event.id !== except && event.staffId === staffId && overlaps(event, Date.parse(start)),
    );
    if (taken) throw slotTaken();
  }

  #add(key: string, start: string, end: string, staffId: string, services: Reference[] = []): ModelEvent {
    this.#ids += 1;
    const event: ModelEvent = {
      id: `event ${this.#ids}`,
      key,
      start,
      end,
      staffId,
      services,
      timeZone: ZONE,
      status: 'confirmed',
    };
    this.events.push(event);
    return event;
  }

  #find(id: string): ModelEvent {
    const event = this.events.find((candidate) => candidate.id === id);
    if (!event) throw new HubError('not_found', { detail: 'There is no such event.' });
    return event;
  }
}

function overlaps({ start, end }: ModelEvent, from: number): boolean {
  return Date.parse(start) < from + LENGTH_MS && Date.parse(end) > from;
}

function recordOf({ id, start, end, staffId, services, timeZone, status }: ModelEvent): SourceRecord<Appointment> {
  const staff = [{ id: staffId, name: null }];
  return appointmentRecord('appointments', { id, status, start, end, timeZone, services, staff }, {});
}
