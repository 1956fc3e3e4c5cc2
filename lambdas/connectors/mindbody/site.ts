/** The site that an integration is for: whether it is linked, its zone, its name. */
import type { ConnectStep, ProviderAccount } from '../../core/model/integration.ts';
import type { ConnectorSession } from '../connector.ts';
import { oncePerHour } from '../kit/hourly.ts';
import { text, withText } from '../kit/people.ts';
import { zoneOr } from '../kit/zones.ts';
import { getActivationCode, listPage, probeClients, siteIdOf, unreadable } from './client.ts';
import { codeOf, isNotLinked } from './errors.ts';
import type { SiteContext } from './map.ts';
import { siteSchema } from './schemas.ts';

/**
 * The site, by its id: webhooks name it so. What else there is to know of it can only be asked once it is linked to the
 * app; the hub then identifies it anew.
 */
export async function identifyAccount(session: ConnectorSession): Promise<ProviderAccount> {
  const site = (await isLinked(session)) ? await readSite(session) : null;
  return site ?? { id: siteIdOf(session), name: null, attributes: {} };
}

/** Reads one client: proves API key, link, token and the staff member's right at once. */
export async function testConnection(session: ConnectorSession): Promise<void> {
  await listPage(session, 'clients', {}, { offset: 0, limit: 1 });
}

/** The owner of a site must link it to the app once ("Activation"); nobody can do it for them. */
export async function remainingSteps(session: ConnectorSession): Promise<ConnectStep[]> {
  if (await isLinked(session)) return [];
  const { ActivationCode: code, ActivationLink } = await getActivationCode(session);
  const url = text(ActivationLink);
  return [
    {
      title: 'Activate the app for your Mindbody site',
      detail:
        `The owner of site ${siteIdOf(session)} opens the link and signs in, or enters the code ${code} in Mindbody ` +
        'under Manager Tools, Mindbody Add Ons, API Integrations. Then test the connection again.',
      url: url !== null && URL.canParse(url) && new URL(url).protocol === 'https:' ? url : null,
    },
  ];
}

/** A session with what the site's records are read with. */
export interface Site extends SiteContext {
  readonly session: ConnectorSession;
}

export async function siteOf(session: ConnectorSession): Promise<Site> {
  const { config, account } = session;
  const known = account?.attributes.timeZone === undefined ? await laterAttributes(session) : account.attributes;
  return { session, timeZone: known.timeZone ?? config.timeZone, country: config.defaultCountry ?? known.countryCode };
}

/** What was not known yet when the account was identified. */
const laterAttributes = oncePerHour(siteIdOf, async (session) => {
  const site = await readSite(session);
  // A zone that is guessed would shift every appointment.
  if (!site) throw unreadable('sites.list');
  return site.attributes;
});

async function isLinked(session: ConnectorSession): Promise<boolean> {
  const { rejected } = await probeClients(session);
  return !isNotLinked(codeOf(rejected));
}

/** Null when the list does not show it. */
async function readSite(session: ConnectorSession): Promise<ProviderAccount | null> {
  const id = siteIdOf(session);
  const { rows } = await listPage(session, 'sites', { siteIds: [Number(id)] }, { offset: 0, limit: 1 });
  const site = rows.map((row) => siteSchema.safeParse(row).data).find((one) => one?.Id === id);
  if (!site) return null;
  const [currency, countryCode] = [text(site.CurrencyIsoCode), text(site.CountryCode)];
  // A name that is no IANA zone is of no use; the integration's own setting counts then.
  return {
    id,
    name: text(site.Name),
    attributes: withText({ timeZone: zoneOr(site.TimeZone, null), currency, countryCode }),
  };
}
