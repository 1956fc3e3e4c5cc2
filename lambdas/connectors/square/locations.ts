/** Where things happen: a seller's locations, whose time zones Square's times lack. */
import { createHash } from 'node:crypto';
import { HubError } from '../../core/errors.ts';
import { isTimeZone } from '../../core/time/time-zone.ts';
import type { ConnectorSession } from '../connector.ts';
import { firstText, text } from '../kit/people.ts';
import { getLocation, listLocations } from './client.ts';
import type { Place } from './map.ts';
import type { SquareLocation } from './schemas.ts';

/** Locations change rarely: one call serves a session. */
const locationsBySession = new WeakMap<ConnectorSession, Promise<SquareLocation[]>>();

/**
 * All locations. Every sync begins with them: Square leaves empty lists out of its answers, so `{}` may mean "none" or
 * that something in between has answered; a seller without locations can't be.
 */
export function locationsOf(session: ConnectorSession): Promise<SquareLocation[]> {
  const known = locationsBySession.get(session);
  if (known) return known;
  const asked = listLocations(session.http);
  locationsBySession.set(session, asked);
  // A failed call is not remembered; the caller sees the failure through `asked` itself.
  asked.catch(() => locationsBySession.delete(session));
  return asked;
}

/** Changes when a name or a zone does: every mirrored appointment is then out of date. */
export function hashOfLocations(locations: readonly SquareLocation[]): string {
  const facts = locations.map(({ id, name, timezone }) => JSON.stringify([id, name ?? null, timezone ?? null]));
  return createHash('sha256').update(facts.sort().join('\n')).digest('base64url');
}

/** The one location to book at: the configured one, else the main one. */
export async function bookingLocationId(session: ConnectorSession): Promise<string> {
  const { config, account } = session;
  const known = firstText(config.booking.locationId, account?.attributes.locationId);
  if (known !== null) return known;
  const main = mainLocation(await locationsOf(session), null);
  if (main) return main.id;
  throw new HubError('provider_rejected', { detail: 'This Square account has no active location to book at.' });
}

/** The active location that the seller calls the main one, else the first. */
export function mainLocation(locations: readonly SquareLocation[], mainId: string | null): SquareLocation | undefined {
  const active = locations.filter(({ status }) => status !== 'INACTIVE');
  return active.find(({ id }) => id === mainId) ?? active[0];
}

/** A location by its id; one that Square does not list any more has the business's zone. */
export function placeIn(
  locations: readonly SquareLocation[],
  id: string | null | undefined,
  session: ConnectorSession,
): Place {
  const location = locations.find((candidate) => candidate.id === id);
  return { name: text(location?.name), timeZone: zoneOf(location, session) };
}

/** A location for a live call: the main one is known from when the account was connected, another is asked for. */
export async function placeOf(session: ConnectorSession, id: string): Promise<Place> {
  const { locationId, locationName, timeZone } = session.account?.attributes ?? {};
  if (id === locationId && timeZone !== undefined) return { name: text(locationName), timeZone };
  const location = await getLocation(session.http, id);
  return { name: text(location.name), timeZone: zoneOf(location, session) };
}

export function zoneOf(location: SquareLocation | undefined, { config }: Pick<ConnectorSession, 'config'>): string {
  const zone = text(location?.timezone);
  return zone !== null && isTimeZone(zone) ? zone : config.timeZone;
}
