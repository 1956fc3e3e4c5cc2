/** Where things happen: a seller's locations, whose time zones Square's times lack. */
import type { ConnectorSession } from '../connector.ts';
import { refusal } from '../kit/failures.ts';
import { firstText, text } from '../kit/people.ts';
import { oncePerSession } from '../kit/remembered.ts';
import { zoneOr } from '../kit/zones.ts';
import { getLocation, listLocations } from './client.ts';
import type { Place } from './map.ts';
import type { SquareLocation } from './schemas.ts';

/**
 * All locations. Every sync begins with them: Square leaves empty lists out of its answers, so `{}` may mean "none" or
 * that something in between has answered; a seller without locations can't be.
 */
export const locationsOf = oncePerSession(({ http }) => listLocations(http));

/** The one location to book at: the configured one, else the main one. */
export async function bookingLocationId(session: ConnectorSession): Promise<string> {
  const known = firstText(session.config.booking.locationId, session.account?.attributes.locationId);
  const id = known ?? mainLocation(await locationsOf(session), null)?.id;
  if (id === undefined) throw refusal('This Square account has no active location to book at.');
  return id;
}

/** The active location that the seller calls the main one, else the first. */
export function mainLocation(locations: readonly SquareLocation[], mainId: string | null): SquareLocation | undefined {
  const active = locations.filter(({ status }) => status !== 'INACTIVE');
  return active.find(({ id }) => id === mainId) ?? active[0];
}

/** A location for a live call: the main one is known from when the account was connected, another is asked for. */
export async function placeOf(session: ConnectorSession, id: string): Promise<Place> {
  const { locationId, locationName, timeZone } = session.account?.attributes ?? {};
  if (id === locationId && timeZone !== undefined) return { name: text(locationName), timeZone };
  return placeAt(await getLocation(session.http, id), session);
}

/** One that Square does not list any more has the business's zone. */
export function placeAt(location: SquareLocation | undefined, { config }: ConnectorSession): Place {
  return { name: text(location?.name), timeZone: zoneOr(location?.timezone, config.timeZone) };
}

/** How numbers without a country code are read: as the business says, else as those of the seller's country. */
export function countryOf({ config, account }: ConnectorSession): string | undefined {
  return config.defaultCountry ?? account?.attributes.country;
}
