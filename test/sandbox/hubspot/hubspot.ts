import { Hono } from 'hono';
import { addOAuthRoutes } from '../mechanics/oauth-routes.ts';
import { OAuthServer } from '../mechanics/oauth-server.ts';
import type { ProviderSetup, SandboxProvider } from '../mechanics/provider.ts';
import { hubSpotEdits } from './edits.ts';
import { errorBody, HubSpotFailure, notFound } from './errors.ts';
import { Guard, type HubSpotEnv } from './guard.ts';
import { addLinkRoutes } from './link-routes.ts';
import { addAccountRoutes, hubSpotOAuth } from './oauth-routes.ts';
import { addObjectRoutes } from './object-routes.ts';
import { newPortals } from './portal.ts';
import { seedPortal } from './seed.ts';
import { defaultOAuthRules, defaultSettings, definedOnly, hubSpotPatchSchema } from './settings.ts';
import { truthOf } from './store.ts';
import { withWebhooks } from './webhook-delivery.ts';

const API = 'https://api.hubapi.com';
const APP = 'https://app.hubspot.com';

/** HubSpot with two accounts: the salon with all the seeded people, and its small test account. */
export function createHubSpot(setup: ProviderSetup): SandboxProvider {
  const settings = defaultSettings();
  const oauth = new OAuthServer(defaultOAuthRules(setup.clients.hubspot), setup.clock);
  const portals = newPortals(setup.clock, settings);
  seedPortal(portals[0].store, setup.seed, setup.contacts, setup.deals ?? Math.ceil(setup.contacts / 10));
  seedPortal(portals[1].store, setup.seed + 1, Math.min(setup.contacts, 25), 3);

  const app = new Hono();
  addOAuthRoutes(app, hubSpotOAuth(oauth, portals, setup));
  const api = new Hono<HubSpotEnv>();
  const guard = new Guard(oauth, portals, settings);
  addAccountRoutes(api, oauth, guard);
  addObjectRoutes(api, guard);
  addLinkRoutes(api, guard);
  app.route('/', api);
  app.onError((error, c) => {
    if (error instanceof HubSpotFailure) return c.json(error.body, error.status);
    console.error(error);
    return c.json(errorBody(500), 500);
  });
  app.notFound((c) => c.json(notFound(`No resource at ${c.req.path}`).body, 404));

  return {
    type: 'hubspot',
    origins: [API, APP],
    originOf: () => API,
    app,
    isBrowserPath: (path) => /^\/oauth\/(\d+\/)?authorize$/.test(path),
    oauth,
    errorBody,
    settings: {
      read: () => ({ ...settings, oauth: { ...oauth.rules, clientSecret: '***' } }),
      change(patch) {
        const { limits, oauth: rules, ...rest } = hubSpotPatchSchema.parse(patch);
        Object.assign(settings, definedOnly(rest));
        if (limits) settings.limits = { ...settings.limits, ...definedOnly(limits) };
        if (rules) Object.assign(oauth.rules, definedOnly(rules));
      },
    },
    edits: withWebhooks(hubSpotEdits(portals), {
      target: () => settings.webhookUrl,
      clientSecret: () => oauth.rules.clientSecret,
      defaultAccount: String(portals[0].hubId),
      clock: setup.clock,
    }),
    truth(resource, account) {
      const portal = account === null ? portals[0] : portals.find(({ hubId }) => String(hubId) === account);
      if (!portal || (resource !== 'contacts' && resource !== 'deals')) return null;
      return truthOf(portal.store, resource);
    },
  };
}
