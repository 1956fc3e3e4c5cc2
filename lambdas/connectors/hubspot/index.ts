import type { ProviderAccount } from '../../core/model/integration.ts';
import type { ConnectorSession, IntegrationConnector } from '../connector.ts';
import { withText } from '../kit/people.ts';
import { getAccount, listObjects, uninstall } from './client.ts';
import * as contacts from './contacts.ts';
import { classifyError } from './errors.ts';
import { manifest } from './manifest.ts';
import { syncData } from './sync.ts';
import { readWebhook } from './webhook.ts';

export function createConnector(): IntegrationConnector {
  return { manifest, identifyAccount, testConnection, revoke, syncData, ...contacts, readWebhook, classifyError };
}

/** The portal. HubSpot gives it no name here. */
async function identifyAccount({ http }: ConnectorSession): Promise<ProviderAccount> {
  const { portalId, accountType, timeZone, uiDomain, dataHostingLocation } = await getAccount(http);
  return { id: portalId, name: null, attributes: withText({ accountType, timeZone, uiDomain, dataHostingLocation }) };
}

/** Reads one contact: proves the token, the scope and the API version at once. */
async function testConnection({ http }: ConnectorSession): Promise<void> {
  await listObjects(http, 'contacts', { limit: 1, after: null, archived: false, properties: ['hs_object_id'] });
}

/** Ends the installation in the portal; `OAuthManager` revokes the refresh token afterwards. */
async function revoke({ http }: ConnectorSession): Promise<void> {
  await uninstall(http);
}
