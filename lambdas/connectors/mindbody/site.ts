/** The site that an integration is for: whether it is linked, its zone, its name. */
import type { ConnectStep, ProviderAccount } from '../../core/model/integration.ts';
import { isTimeZone } from '../../core/time/time-zone.ts';
import type { ConnectorSession } from '../connector.ts';
import { text } from '../kit/people.ts';
import { getActivationCode, listPage, probePage, siteIdOf, unreadable } from './client.ts';
import { codeOf, isNotLinked } from './errors.ts';
import type { SiteContext } from './map.ts';
import { siteSchema } from './schemas.ts';

/**
 * The site, by its id: webhooks name it so. What else there is to know of it can only be asked once it is linked to the
 * app; the hub then identifies it anew.
 */
export async function identifyAccount(session: ConnectorSession): Promise<ProviderAccount> {
  const site = (await isLinked(session)) ? await readSite(session) : null;
  return { id: siteIdOf(session), name: site?.name ?? null, attributes: site?.attributes ?? {} };
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

/** How the site's records are read. */
export async function siteContext(session: ConnectorSession): Promise<SiteContext> {
  const { config, account } = session;
  const known = account?.attributes.timeZone === undefined ? await laterAttributes(session) : account.attributes;
  return { timeZone: known.timeZone ?? config.timeZone, country: config.defaultCountry ?? known.countryCode };
}

/** What was not known yet when the account was identified; every call costs money, so it is kept for an hour. */
async function laterAttributes(session: ConnectorSession): Promise<Attributes> {
  const id = siteIdOf(session);
  const asked = laterAsked.get(id);
  if (asked && asked.until > session.now()) return asked.attributes;
  const site = await readSite(session);
  // A zone that is guessed would shift every appointment.
  if (!site) throw unreadable('sites.list');
  if (laterAsked.size >= MAX_SITES) laterAsked.clear();
  laterAsked.set(id, { attributes: site.attributes, until: session.now() + KEPT_MS });
  return site.attributes;
}

type Attributes = Readonly<Record<string, string>>;

const KEPT_MS = 60 * 60_000;
const MAX_SITES = 500;
const laterAsked = new Map<string, { readonly attributes: Attributes; readonly until: number }>();

async function isLinked(session: ConnectorSession): Promise<boolean> {
  const { rejected } = await probePage(session, 'clients');
  return !isNotLinked(codeOf(rejected));
}

/** Null when the list does not show it. */
async function readSite(
  session: ConnectorSession,
): Promise<{ readonly name: string | null; readonly attributes: Attributes } | null> {
  const id = siteIdOf(session);
  const { rows } = await listPage(session, 'sites', { siteIds: [Number(id)] }, { offset: 0, limit: 1 });
  const site = rows.map((row) => siteSchema.safeParse(row).data).find((one) => one?.Id === id);
  if (!site) return null;
  const timeZone = text(site.TimeZone);
  const facts = Object.entries({
    // A name that is no IANA zone is of no use; the integration's own setting counts then.
    timeZone: timeZone !== null && isTimeZone(timeZone) ? timeZone : null,
    currency: text(site.CurrencyIsoCode),
    countryCode: text(site.CountryCode),
  });
  const attributes = Object.fromEntries(facts.flatMap(([name, value]) => (value === null ? [] : [[name, value]])));
  return { name: text(site.Name), attributes };
}
