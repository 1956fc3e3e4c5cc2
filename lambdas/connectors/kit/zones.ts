import { isTimeZone } from '../../core/time/time-zone.ts';
import type { ConnectorSession } from '../connector.ts';

/** A zone as the provider names it, where that is one (IANA, so not a mere offset); `otherwise` where it is not. */
export function zoneOr<T>(named: string | null | undefined, otherwise: T): string | T {
  return named && /^[A-Z]/i.test(named) && isTimeZone(named) ? named : otherwise;
}

/** The zone that the provider's account is in, or else the integration's. */
export function accountZone({ account, config }: ConnectorSession): string {
  return zoneOr(account?.attributes.timeZone, config.timeZone);
}
