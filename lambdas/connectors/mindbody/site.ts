/** The site that an integration is for: whether it is linked, its zone, its name. */
import { validationFailed } from '../../core/errors.ts';
import type { ConnectStep, ProviderAccount } from '../../core/model/integration.ts';
import type { ConnectorSession } from '../connector.ts';
import { oncePerHour } from '../kit/hourly.ts';
import { ianaOf } from '../kit/named-zones.ts';
import { text, withText } from '../kit/people.ts';
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

/** Reads one client: proves API key, link, token and the staff member's right at once. Without a zone nothing works. */
export async function testConnection(session: ConnectorSession): Promise<void> {
  await listPage(session, 'clients', {}, { offset: 0, limit: 1 });
  await siteOf(session);
}

/**
 * The owner of a site must link it to the app once ("Activation"); nobody can do it for them. A zone that can't be read
 * must be set.
 */
export async function remainingSteps(session: ConnectorSession): Promise<ConnectStep[]> {
  if (await isLinked(session)) return (await isZoneKnown(session)) ? [] : [zoneStep(session)];
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

/** Throws where nobody has said in which zone the site is: its times have no offset. */
export async function siteOf(session: ConnectorSession): Promise<Site> {
  const { config, account } = session;
  const known = account?.attributes.timeZone === undefined ? await laterAttributes(session) : account.attributes;
  const timeZone = known.timeZone ?? (isDefault(config.timeZone) ? null : config.timeZone);
  if (timeZone === null) {
    throw validationFailed('config.timeZone', 'must be set: the zone that Mindbody names for the site is not known');
  }
  return { session, timeZone, country: config.defaultCountry ?? known.countryCode };
}

/** What was not known yet when the account was identified. */
const laterAttributes = oncePerHour(siteIdOf, async (session) => {
  const site = await readSite(session);
  // A zone that is guessed would shift every appointment.
  if (!site) throw unreadable('sites.list');
  return site.attributes;
});

/** What an integration has to which nobody has given a zone. */
function isDefault(timeZone: string): boolean {
  return timeZone === 'UTC';
}

async function isZoneKnown(session: ConnectorSession): Promise<boolean> {
  const { config, account } = session;
  if (account?.attributes.timeZone !== undefined || !isDefault(config.timeZone)) return true;
  return (await readSite(session))?.attributes.timeZone !== undefined;
}

function zoneStep(session: ConnectorSession): ConnectStep {
  return {
    title: 'Set the time zone of the business',
    detail:
      `Mindbody does not say in which time zone site ${siteIdOf(session)} is, or names it in a way of its own. Whoever ` +
      'manages the integration sets `config.timeZone` to the zone of the business, e.g. America/Los_Angeles. Then test ' +
      'the connection again.',
    url: null,
  };
}

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
  // A name of another kind is of no use; the integration's own setting counts then.
  return {
    id,
    name: text(site.Name),
    attributes: withText({ timeZone: ianaOf(text(site.TimeZone), session.config.timeZone), currency, countryCode }),
  };
}
