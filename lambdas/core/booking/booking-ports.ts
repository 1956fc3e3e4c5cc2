import type { ConnectorSessions } from '../integrations/connector-sessions.ts';
import type {
  BookingLocks,
  Clock,
  IdempotencyStore,
  IntegrationStore,
  Logger,
  MirrorStore,
  SyncStateStore,
} from '../ports.ts';

/** What booking needs from the outside world. */
export interface BookingPorts {
  readonly integrations: IntegrationStore;
  readonly mirror: MirrorStore;
  readonly states: SyncStateStore;
  readonly sessions: ConnectorSessions;
  readonly idempotency: IdempotencyStore;
  readonly bookingLocks: BookingLocks;
  readonly clock: Clock;
  readonly logger: Logger;
}
