import type { ProviderAccount } from '../../core/model/integration.ts';
import type { ConnectorSession, IntegrationConnector } from '../connector.ts';
import { unreadable } from '../kit/calls.ts';
import { withText } from '../kit/people.ts';
import * as booking from './booking.ts';
import { listLocations } from './client.ts';
import * as contacts from './contacts.ts';
import { classifyError } from './errors.ts';
import { manifest } from './manifest.ts';
import { locationSchema } from './schemas.ts';
import { syncData } from './sync.ts';

/**
 * Fresha, by a contract that nobody has confirmed (see `manifest.ts`). Moving and cancelling are not part of it, nor are
 * services, staff and webhooks.
 */
export function createConnector(): IntegrationConnector {
  return { manifest, identifyAccount, testConnection, syncData, ...contacts, ...booking, classifyError };
}

/** The first location stands for the business: the contract has nothing that names it. */
async function identifyAccount({ http }: ConnectorSession): Promise<ProviderAccount> {
  const [first] = await listLocations(http);
  const location = locationSchema.safeParse(first);
  if (!location.success) throw unreadable(manifest.name, 'locations.list');
  const { id, name, time_zone, currency } = location.data;
  return { id, name: name ?? null, attributes: withText({ timeZone: time_zone ?? null, currency: currency ?? null }) };
}

async function testConnection({ http }: ConnectorSession): Promise<void> {
  await listLocations(http);
}
