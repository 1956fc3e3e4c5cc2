import type { ProviderAccount } from '../../core/model/integration.ts';
import type { ConnectorSession, IntegrationConnector } from '../connector.ts';
import { firstText, withText } from '../kit/people.ts';
import * as booking from './booking.ts';
import { getMe } from './client.ts';
import * as contacts from './contacts.ts';
import { classifyError } from './errors.ts';
import { manifest } from './manifest.ts';
import { syncData } from './sync.ts';

/**
 * What Acuity's pages leave open, and where the hub decides so that it is right either way: the ceiling of `max` and the
 * zone of dates (`sync.ts`), what the search of clients finds and what creating one twice does (`contacts.ts`), a second
 * cancellation (`booking.ts`), and which plans have an API: none is asked for here, a refusal is reported as one.
 */
export function createConnector(): IntegrationConnector {
  return { manifest, identifyAccount, testConnection, syncData, ...contacts, ...booking, classifyError };
}

/** The account, with the zone and the currency that its records leave out. */
async function identifyAccount({ http }: ConnectorSession): Promise<ProviderAccount> {
  const { id, businessName, name, timezone, currency, plan } = await getMe(http);
  const attributes = withText({ timeZone: timezone ?? null, currency: currency ?? null, plan: plan ?? null });
  return { id, name: firstText(businessName, name), attributes };
}

async function testConnection({ http }: ConnectorSession): Promise<void> {
  await getMe(http);
}
