import type { ConnectorSession, IntegrationConnector } from '../../../lambdas/connectors/connector.ts';
import { serviceRecord } from '../../../lambdas/connectors/kit/records.ts';
import type { BookingPorts } from '../../../lambdas/core/booking/booking-ports.ts';
import { freeSlots } from '../../../lambdas/core/booking/free-slots.ts';
import type { BookingConfig } from '../../../lambdas/core/model/booking-config.ts';
import type { Integration } from '../../../lambdas/core/model/integration.ts';

const MINUTE_MS = 60_000;
const hours = [{ from: '04:00', to: '08:00' }];

/** A cut leaves a quarter of an hour to sweep up; colour is mixed half an hour before. */
export const SERVICES = {
  cut: { id: 'cut', name: 'Cut', durationMinutes: 45, bufferBeforeMinutes: 0, bufferAfterMinutes: 15 },
  colour: { id: 'colour', name: 'Colour', durationMinutes: 30, bufferBeforeMinutes: 30, bufferAfterMinutes: 0 },
} as const;
type ServiceId = keyof typeof SERVICES;

/** Times of day that nobody is at work at in the sandboxes, so that nothing else is in the way. */
export const EARLY_HOURS = {
  services: Object.values(SERVICES),
  slotIntervalMinutes: 15,
  horizonDays: 200,
  openingHours: {
    monday: hours,
    tuesday: hours,
    wednesday: hours,
    thursday: hours,
    friday: hours,
    saturday: hours,
    sunday: hours,
  },
} satisfies Partial<Record<keyof BookingConfig, unknown>>;

/** For tests: one day (epoch ms, UTC) of one calendar, as the hub offers and books it through a real connector. */
export function bufferedDay(
  connector: IntegrationConnector,
  session: () => ConnectorSession,
  { day, staffId }: { readonly day: number; readonly staffId: string },
) {
  const at = (clock: string): number => {
    const [hour = 0, minute = 0] = clock.split(':').map(Number);
    return day + (hour * 60 + minute) * MINUTE_MS;
  };
  const free = async (id: ServiceId, from: number, to: number) => {
    const own = session();
    const sessions = { manifest: () => connector.manifest, open: async () => ({ connector, session: own }) };
    const ports = { sessions, clock: { now: () => own.now() } } as unknown as BookingPorts;
    const { slots } = await freeSlots(ports, { type: connector.manifest.type, config: own.config } as Integration, {
      from,
      to,
      staffId,
      service: serviceRecord(SERVICES[id], null),
      staff: [],
      moving: null,
      durationMinutes: null,
      deadline: own.now() + 10_000,
      noticeGraceMinutes: 0,
    });
    return slots;
  };
  return {
    /** When a service is offered, as the clock shows it. */
    async offered(id: ServiceId): Promise<string[]> {
      const slots = await free(id, at('04:00'), at('08:00'));
      return slots.map(({ start }) => new Date(start).toISOString().slice(11, 16));
    },
    /** As whoever books looks once more, at this time only. */
    async isFree(id: ServiceId, clock: string): Promise<boolean> {
      const end = at(clock) + SERVICES[id].durationMinutes * MINUTE_MS;
      return (await free(id, at(clock), end)).some(({ start }) => Date.parse(start) === at(clock));
    },
    async book(id: ServiceId, clock: string): Promise<void> {
      const slot = (await free(id, at(clock), at(clock) + MINUTE_MS))[0];
      if (!slot) throw new Error(`${clock} is not free`);
      await connector.createAppointment?.(session(), {
        slot,
        service: serviceRecord(SERVICES[id], null),
        customer: { contactId: null, firstName: null, lastName: null, name: 'Ada', email: null, phone: null },
        title: `${id}, Ada`,
        notes: null,
        idempotencyKey: Buffer.from(`${id} at ${clock}`.padEnd(16, '.')).toString('hex').slice(0, 32),
      });
    },
  };
}
