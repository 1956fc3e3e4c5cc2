import { Hono } from 'hono';
import { addOAuthRoutes, type OAuthRoutesOptions, STANDARD_ERRORS } from '../mechanics/oauth-routes.ts';
import { OAuthServer } from '../mechanics/oauth-server.ts';
import type { ProviderSetup, SandboxProvider } from '../mechanics/provider.ts';
import { addAppointmentRoutes } from './appointment-routes.ts';
import { addClientRoutes } from './client-routes.ts';
import { mindbodyEdits } from './edits.ts';
import { errorBody, MindbodyFailure } from './errors.ts';
import { Guard, type MindbodyEnv } from './guard.ts';
import { seedSite } from './seed.ts';
import { defaultOAuthRules, defaultSettings, type MindbodySettings, mindbodyPatchSchema } from './settings.ts';
import { renderSessionType, renderStaff, Site } from './site.ts';
import { addSiteRoutes } from './site-routes.ts';

const API = 'https://api.mindbodyonline.com';
const SIGN_IN = 'https://signin.mindbodyonline.com';

/** Mindbody with two sites: the salon, which its owner has still to link, and the public sandbox, linked for good. */
export function createMindbody(setup: ProviderSetup): SandboxProvider {
  const settings = defaultSettings();
  const oauth = new OAuthServer(defaultOAuthRules(setup.clients.mindbody), setup.clock);
  const sites = newSites(setup, settings);

  const app = new Hono();
  addOAuthRoutes(app, oauthOptions(oauth, sites, settings, setup));
  const api = new Hono<MindbodyEnv>();
  const guard = new Guard(oauth, sites, settings);
  addSiteRoutes(api, guard, sites);
  addClientRoutes(api, guard);
  addAppointmentRoutes(api, guard);
  app.route('/public/v6', api);
  app.onError((error, c) => {
    if (error instanceof MindbodyFailure) {
      // Headers that a refusal carries were set before it was thrown.
      return c.json(error.body, error.status);
    }
    console.error(error);
    return c.json(errorBody(500), 500);
  });
  app.notFound((c) => c.json(errorBody(404), 404));

  return {
    type: 'mindbody',
    origins: [API, SIGN_IN],
    originOf: (path) => (path.startsWith('/connect/') ? SIGN_IN : API),
    app,
    isBrowserPath: (path) => path === '/connect/authorize',
    oauth,
    errorBody,
    settings: {
      read: () => ({ ...settings, oauth: { ...oauth.rules, clientSecret: '***' } }),
      change(patch) {
        const { oauth: rules, ...rest } = mindbodyPatchSchema.parse(patch);
        Object.assign(settings, rest);
        Object.assign(oauth.rules, rules);
      },
    },
    edits: mindbodyEdits(sites),
    truth(resource, account) {
      const site = account === null ? sites[0] : sites.find(({ facts }) => String(facts.id) === account);
      return site ? truthOf(site, resource) : null;
    },
  };
}

function newSites({ clock, seed, contacts }: ProviderSetup, settings: MindbodySettings): [Site, Site] {
  const salon = { id: 12345, name: 'Marlow & Finch', timeZone: 'Europe/London', countryCode: 'GB', currency: 'GBP' };
  const club = { id: -99, name: 'Clubville', timeZone: 'America/Los_Angeles', countryCode: 'US', currency: 'USD' };
  const sites: [Site, Site] = [new Site(salon, settings, clock, false), new Site(club, settings, clock, true)];
  seedSite(sites[0], seed, contacts);
  seedSite(sites[1], seed + 1, Math.min(contacts, 25));
  return sites;
}

/** Every live record, as the site itself knows it. Classes and appointments that are hidden by a switch are left out. */
function truthOf(site: Site, resource: string): Iterable<unknown> | null {
  switch (resource) {
    case 'clients':
      return site
        .clientsByName()
        .filter(({ active }) => active)
        .map((client) => ({ ...site.renderClient(client), passes: client.passes }));
    case 'appointments':
      return [...site.appointments.values()]
        .filter(({ status }) => site.settings.listsCancelled || !/Cancelled$/.test(status))
        .map((one) => ({ ...site.renderAppointment(one), clientUniqueId: one.clientUniqueId }));
    case 'classes':
      return [...site.classes.values()].map((one) => site.renderClass(one));
    case 'services':
      return [...site.sessionTypes.values()].filter(({ type }) => type === 'Appointment').map(renderSessionType);
    case 'staff':
      return [...site.staff.values()].filter(({ takesAppointments }) => takesAppointments).map(renderStaff);
    default:
      return null;
  }
}

function oauthOptions(
  oauth: OAuthServer,
  sites: readonly Site[],
  settings: MindbodySettings,
  { clock, counters }: ProviderSetup,
): OAuthRoutesOptions {
  return {
    oauth,
    counters,
    clock,
    consent: {
      providerName: 'Mindbody',
      paths: ['/connect/authorize'],
      accounts: sites.map(({ facts }, position) => ({
        id: String(facts.id),
        name: `${facts.name} (${facts.id})`,
        userId: position + 1,
      })),
      optionalScopeParameter: null,
      responseType: 'code id_token',
      responseMode: 'form_post',
      requiredParameters: ['nonce', 'subscriberId'],
    },
    token: {
      path: '/connect/token',
      encoding: 'form',
      clientAuthentication: 'body',
      check: (fields) => {
        const lacking = ['scope', 'subscriberId'].filter((name) => !fields.get(name));
        return lacking.length === 0 ? null : `missing ${lacking.join(', ')}`;
      },
      answer: ({ grant, accessToken, refreshToken, expiresInSeconds }) => ({
        access_token: accessToken,
        refresh_token: refreshToken,
        token_type: 'Bearer',
        expires_in: expiresInSeconds,
        ...(settings.namesScopes ? { scope: grant.scopes.join(' ') } : {}),
      }),
    },
    idToken: { claims: (account) => ({ iss: SIGN_IN, sub: `staff-of-${account}`, subscriberId: account }) },
    problem: (problem, detail) => ({
      status: 400,
      body: { error: STANDARD_ERRORS[problem], ...(detail === null ? {} : { error_description: detail }) },
    }),
  };
}
