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
 * The site, by its id: webhooks name it so. Its particulars are left out while it is not linked to the app; they are
 * asked for again where they are needed.
 */
export async function identifyAccount(session: ConnectorSession): Promise<ProviderAccount> {
  const id = siteIdOf(session);
  const linked = await isLinked(session);
  const site = linked ? await readSite(session) : null;
  return { id, name: site?.name ?? null, attributes: site?.attributes ?? {} };
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

/** How the site's records are read. The zone is asked for once per session where the account does not have it. */
export async function siteContext(session: ConnectorSession): Promise<SiteContext> {
  const { config, account } = session;
  let { timeZone, countryCode } = account?.attributes ?? {};
  if (timeZone === undefined) {
    const asked = asking.get(session) ?? readSite(session);
    asking.set(session, asked);
    ({ timeZone, countryCode } = (await asked).attributes);
  }
  return { timeZone: timeZone ?? config.timeZone, country: config.defaultCountry ?? countryCode };
}

const asking = new WeakMap<ConnectorSession, ReturnType<typeof readSite>>();

async function isLinked(session: ConnectorSession): Promise<boolean> {
  const { rejected } = await probePage(session, 'clients');
  return !isNotLinked(codeOf(rejected));
}

async function readSite(session: ConnectorSession) {
  const id = siteIdOf(session);
  const { rows } = await listPage(session, 'sites', { siteIds: [Number(id)] }, { offset: 0, limit: 1 });
  const site = rows.map((row) => siteSchema.safeParse(row).data).find((one) => one?.Id === id);
  if (!site) throw unreadable('sites.list');
  const timeZone = text(site.TimeZone);
  const facts = Object.entries({
    // A name that is no IANA zone is of no use; the integration's own setting counts then.
    timeZone: timeZone !== null && isTimeZone(timeZone) ? timeZone : null,
    currency: text(site.CurrencyIsoCode),
    countryCode: text(site.CountryCode),
  });
  const attributes: Readonly<Record<string, string>> = Object.fromEntries(
    facts.flatMap(([name, value]) => (value === null ? [] : [[name, value]])),
  );
  return { name: text(site.Name), attributes };
}
