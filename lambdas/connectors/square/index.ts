import type { ConnectStep, ProviderAccount } from '../../core/model/integration.ts';
import type { ConnectorSession, IntegrationConnector } from '../connector.ts';
import { withText } from '../kit/people.ts';
import * as booking from './booking.ts';
import { findBookingProfile, getMerchant, listLocations } from './client.ts';
import * as contacts from './contacts.ts';
import { classifyError } from './errors.ts';
import { mainLocation, placeAt } from './locations.ts';
import { manifest } from './manifest.ts';
import { findMoved, syncData } from './sync.ts';
import { readWebhook } from './webhook.ts';

/**
 * Square. What no page says is done so that it is right either way: cursors are not trusted beyond four minutes and
 * never needed; ends of a range are asked for with a margin; a stale version is recognized by status, code, field or
 * text; customers get a phone number before they are booked for.
 */
export function createConnector(): IntegrationConnector {
  const account = { identifyAccount, testConnection, remainingSteps };
  return { manifest, ...account, syncData, findMoved, ...contacts, ...booking, readWebhook, classifyError };
}

/** The seller, as webhooks name it, with the location that is booked unless the settings name another. */
async function identifyAccount(session: ConnectorSession): Promise<ProviderAccount> {
  const [merchant, locations] = await Promise.all([getMerchant(session.http), listLocations(session.http)]);
  const main = mainLocation(locations, merchant.main_location_id);
  const attributes = withText({
    country: main?.country ?? merchant.country,
    currency: main?.currency ?? merchant.currency,
    locationId: main?.id ?? null,
    locationName: main?.name ?? null,
    timeZone: placeAt(main, session).timeZone,
  });
  return { id: merchant.id, name: merchant.business_name, attributes };
}

/** Reads the locations: the one list that is never empty, so nothing else can pass for it. */
async function testConnection({ http }: ConnectorSession): Promise<void> {
  await listLocations(http);
}

/** Square Appointments is a product of its own, which a seller may not have switched on. */
async function remainingSteps({ http }: ConnectorSession): Promise<ConnectStep[]> {
  const profile = await findBookingProfile(http);
  if (profile && profile.booking_enabled !== false) return [];
  return [
    {
      title: 'Switch on online booking in Square Appointments',
      detail:
        'The owner opens Appointments in the Square Dashboard, switches on online booking, and makes at least one team member bookable; until then Square offers no times.',
      url: 'https://app.squareup.com/dashboard/appointments',
    },
  ];
}
