import type { IntegrationConnector } from '../connector.ts';
import * as booking from './booking.ts';
import * as contacts from './contacts.ts';
import { classifyError } from './errors.ts';
import { manifest } from './manifest.ts';
import { identifyAccount, remainingSteps, testConnection } from './site.ts';
import { findMoved, syncData } from './sync.ts';
import { readWebhook } from './webhook.ts';

/**
 * Mindbody has three layers of access: the app's own API key, the owner's activation of the app for the site, and a
 * user token. The token is that of a staff member who signs in by OAuth, so no staff password is kept. It has the
 * rights of that person. Whether it may book is not documented: integrators report that a client's token may not. Where
 * it may not, Mindbody answers `DeniedAccess`, which is reported as `missing_scope` with what to do about it.
 *
 * No endpoint is documented that revokes an OAuth token: on disconnect the hub deletes its copy, and the owner removes
 * the app under Manager Tools.
 */
export function createConnector(): IntegrationConnector {
  const account = { identifyAccount, testConnection, remainingSteps };
  return { manifest, ...account, syncData, findMoved, ...contacts, ...booking, readWebhook, classifyError };
}
