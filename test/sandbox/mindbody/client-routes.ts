import type { Hono } from 'hono';
import { fromLocal } from '../../../lambdas/core/time/zoned-time.ts';
import { invalidParameter, MindbodyFailure, missingFields } from './errors.ts';
import type { Guard, MindbodyEnv } from './guard.ts';
import { bodyOf, type MindbodyContext, type Parameters, pageOf, parametersOf, textIn } from './request.ts';
import type { MindbodyClient, Site } from './site.ts';

const MAX_IDS = 20;

export function addClientRoutes(app: Hono<MindbodyEnv>, guard: Guard): void {
  app.get('/client/clients', guard.require('staff'), (c) => {
    const site = c.get('site');
    return pageOf(
      c,
      'Clients',
      chosen(site, parametersOf(c)).map((client) => site.renderClient(client)),
    );
  });

  app.get('/client/requiredclientfields', guard.require('site'), (c) =>
    c.json({ RequiredClientFields: c.get('settings').requiredClientFields }),
  );

  app.post('/client/addclient', guard.require('staff'), async (c) => {
    const client = await addClient(c);
    return c.json({ Client: { ...c.get('site').renderClient(client), Action: 'Added' } });
  });
}

function chosen(site: Site, parameters: Parameters): MindbodyClient[] {
  const [ids, uniqueIds] = [parameters.list('clientIDs'), parameters.list('uniqueIds')];
  if (Math.max(ids.length, uniqueIds.length) > MAX_IDS) throw invalidParameter(`At most ${MAX_IDS} ids.`);
  const since = sinceOf(site, parameters.text('lastModifiedDate'));
  const text = parameters.text('searchText')?.toLowerCase() ?? null;
  return site
    .clientsByName()
    .filter(
      (client) =>
        (client.active || parameters.flag('includeInactive')) &&
        client.modifiedAt >= since &&
        (ids.length === 0 || ids.includes(client.id)) &&
        (uniqueIds.length === 0 || uniqueIds.includes(String(client.uniqueId))) &&
        (text === null || isFound(site, client, text)),
    );
}

function sinceOf(site: Site, value: string | null): number {
  if (value === null) return 0;
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?$/.test(value)) throw invalidParameter('lastModifiedDate is no date.');
  return site.settings.lastModifiedDateIs === 'utc' ? Date.parse(`${value}Z`) : fromLocal(value, site.facts.timeZone);
}

/** A part of a name or an address; of a number, if the digits stand there as they are asked for. */
function isFound(site: Site, client: MindbodyClient, text: string): boolean {
  const names = [`${client.firstName ?? ''} ${client.lastName ?? ''}`, client.email ?? ''];
  if (names.some((name) => name.toLowerCase().includes(text))) return true;
  const digits = text.replace(/\D/g, '');
  if (!site.settings.searchMatchesPhones || digits.length < 5 || /[a-z]/.test(text)) return false;
  const phones = [client.mobilePhone, client.homePhone, client.workPhone];
  return phones.some((phone) => phone?.replace(/\D/g, '').includes(digits) ?? false);
}

async function addClient(c: MindbodyContext): Promise<MindbodyClient> {
  const [site, settings, body] = [c.get('site'), c.get('settings'), await bodyOf(c)];
  const missing = ['FirstName', 'LastName', ...settings.requiredClientFields].filter((name) => !textIn(body, name));
  if (missing.length > 0) throw missingFields(...missing);
  return createClient(site, body, body.ReactivateInactiveClient === true);
}

/** Refuses a second client with the same names and the same address. */
export function createClient(site: Site, body: Record<string, unknown>, reactivate = false): MindbodyClient {
  const [firstName, lastName, email] = ['FirstName', 'LastName', 'Email'].map((name) => textIn(body, name));
  const twin = [...site.clients.values()].find(
    (client) =>
      email &&
      client.email?.toLowerCase() === email.toLowerCase() &&
      client.firstName?.toLowerCase() === firstName?.toLowerCase() &&
      client.lastName?.toLowerCase() === lastName?.toLowerCase(),
  );
  if (twin && !twin.active && reactivate) {
    twin.active = true;
    return site.keep(twin);
  }
  if (twin) {
    throw new MindbodyFailure(
      site.settings.doubleClientStatus,
      'InvalidClientCreation',
      'A client with this name and e-mail address exists.',
    );
  }
  const uniqueId = Math.max(0, ...site.clients.keys()) + 1;
  return site.keep({
    uniqueId,
    id: `1000${uniqueId}`,
    firstName: firstName ?? null,
    lastName: lastName ?? null,
    email: email ?? null,
    mobilePhone: textIn(body, 'MobilePhone'),
    homePhone: textIn(body, 'HomePhone'),
    workPhone: textIn(body, 'WorkPhone'),
    active: true,
    isProspect: body.IsProspect === true,
    createdAt: site.now(),
    modifiedAt: 0,
    passes: 0,
  });
}
