import { Hono } from 'hono';
import { addOAuthRoutes } from '../mechanics/oauth-routes.ts';
import { OAuthServer } from '../mechanics/oauth-server.ts';
import type { ProviderSetup, SandboxProvider } from '../mechanics/provider.ts';
import { addCalendarRoutes } from './calendar-routes.ts';
import { Deltas } from './delta.ts';
import { outlookEdits } from './edits.ts';
import { errorBody, GraphFailure, graphError } from './errors.ts';
import { addEventRoutes } from './event-routes.ts';
import { Guard, type OutlookEnv } from './guard.ts';
import { type Account, Mailbox } from './mailbox.ts';
import { addAdminConsent, outlookOAuth } from './oauth-routes.ts';
import { seedMailbox, seedSmallMailbox } from './seed.ts';
import { defaultOAuthRules, defaultSettings, outlookPatchSchema } from './settings.ts';
import { subscriptionEdits } from './subscription-edits.ts';
import { addSubscriptionRoutes } from './subscription-routes.ts';
import { Subscriptions } from './subscriptions.ts';
import { truthOfCalendars, truthOfEvents, truthOfSubscriptions } from './truth.ts';

const API = 'https://graph.microsoft.com';
const IDENTITY = 'https://login.microsoftonline.com';
const PERSONAL_TENANT = '9188040d-6c67-4c5b-b112-36a304b66dad';
const MOST_EVENTS = 400;

/** Microsoft Graph with a salon's work account, a personal one, and a guest who has no mailbox. */
export function createOutlookCalendar(setup: ProviderSetup): SandboxProvider {
  const settings = defaultSettings();
  const oauth = new OAuthServer(defaultOAuthRules(setup.clients.outlook_calendar), setup.clock);
  const accounts = newAccounts(setup);
  const deltas = new Deltas();
  const subscriptions = new Subscriptions(accounts, () => setup.clock.now());

  const app = new Hono();
  addOAuthRoutes(app, outlookOAuth(oauth, accounts, setup));
  addAdminConsent(app, oauth, accounts);
  const graph = new Hono<OutlookEnv>();
  const guard = new Guard(oauth, accounts, settings);
  addCalendarRoutes(graph, { guard, settings, deltas });
  addEventRoutes(graph, { guard, settings, deltas });
  addSubscriptionRoutes(graph, { guard, settings, subscriptions, clientId: () => oauth.rules.clientId });
  app.route('/', graph);
  app.onError((error, c) => {
    if (error instanceof GraphFailure)
      return c.json(graphError(error.code, error.message), error.status, error.headers);
    console.error(error);
    return c.json(errorBody(500), 500);
  });
  app.notFound((c) => c.json(graphError('BadRequest', `Resource not found for ${c.req.path}.`), 400));

  return {
    type: 'outlook_calendar',
    origins: [API, IDENTITY],
    originOf: (path) => (path.startsWith('/v1.0/') ? API : IDENTITY),
    app,
    isBrowserPath: (path) => /\/(authorize|adminconsent)$/.test(path),
    oauth,
    errorBody,
    settings: {
      read: () => ({ ...settings, oauth: { ...oauth.rules, clientSecret: '***' } }),
      change(patch) {
        const { limit, oauth: rules, ...rest } = outlookPatchSchema.parse(patch);
        Object.assign(settings, rest);
        if (limit) Object.assign(settings.limit, limit);
        if (rules) Object.assign(oauth.rules, rules);
      },
    },
    edits: { ...outlookEdits(accounts, deltas, settings), ...subscriptionEdits(accounts, subscriptions) },
    truth(resource, wanted) {
      const account = wanted === null ? accounts[0] : accounts.find(({ oid }) => oid === wanted);
      if (!account?.mailbox) return null;
      if (resource === 'subscriptions') return truthOfSubscriptions(subscriptions.of(account));
      if (resource === 'appointments') return truthOfEvents(account.mailbox);
      return resource === 'staff' ? truthOfCalendars(account.mailbox) : null;
    },
  };
}

function newAccounts({ clock, seed, contacts }: ProviderSetup): readonly Account[] {
  const tid = '7c1d0f3e-5a52-4c0e-9a43-0d3b4f1f8a10';
  const salon = { name: 'Marlow & Finch Salon', address: 'salon@marlow-finch.example' };
  const personal = { name: 'Kim Ito', address: 'kim.ito@outlook.example' };
  const main = new Mailbox(salon, clock);
  seedMailbox(main, seed, Math.min(MOST_EVENTS, 80 + contacts));
  const small = new Mailbox(personal, clock);
  seedSmallMailbox(small, seed + 1);
  return [
    { tid, oid: '48d31887-5fad-4d73-a9f5-3c356e68a038', ...salon, mailbox: main },
    { tid: PERSONAL_TENANT, oid: '00000000-0000-0000-48d3-1887fad34d73', ...personal, mailbox: small },
    {
      tid,
      oid: '5d6059b6-368d-45f8-91e1-8e07d485f1d0',
      name: 'Guest',
      address: 'guest@marlow-finch.example',
      mailbox: null,
    },
  ];
}
