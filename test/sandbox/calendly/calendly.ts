import { Hono } from 'hono';
import { definedOnly } from '../hubspot/settings.ts';
import { addOAuthRoutes, STANDARD_ERRORS } from '../mechanics/oauth-routes.ts';
import { OAuthServer } from '../mechanics/oauth-server.ts';
import type { ProviderSetup, SandboxProvider } from '../mechanics/provider.ts';
import { Random } from '../mechanics/random.ts';
import { addAccountRoutes } from './account-routes.ts';
import { calendlyEdits } from './edits.ts';
import { CalendlyFailure, errorBody, notFound } from './errors.ts';
import { addEventRoutes } from './event-routes.ts';
import { type CalendlyEnv, Guard } from './guard.ts';
import { Organization } from './organization.ts';
import { API, ORGANIZATION_ID, renderContact, renderEvent, renderEventType, renderInvitee, uriOf } from './records.ts';
import { ACCOUNTS, seedOrganization } from './seed.ts';
import { calendlyPatchSchema, defaultOAuthRules, defaultSettings } from './settings.ts';
import { withWebhooks } from './webhook-delivery.ts';

const AUTH = 'https://auth.calendly.com';

/** Calendly with one organization, to which its owner or a plain member can connect. */
export function createCalendly(setup: ProviderSetup): SandboxProvider {
  const settings = defaultSettings();
  const oauth = new OAuthServer(defaultOAuthRules(setup.clients.calendly), setup.clock);
  const organization = new Organization(setup.clock, settings, new Random(setup.seed + 9));
  seedOrganization(organization, setup.seed, setup.contacts);

  const app = new Hono();
  addOAuthRoutes(app, {
    oauth,
    counters: setup.counters,
    clock: setup.clock,
    consent: {
      providerName: 'Calendly',
      paths: ['/oauth/authorize'],
      accounts: ACCOUNTS.map(({ id, name }, index) => ({ id, name, userId: index + 1 })),
      optionalScopeParameter: null,
      responseType: 'code',
    },
    token: {
      path: '/oauth/token',
      encoding: 'form',
      clientAuthentication: 'basic',
      answer: ({ grant, accessToken, refreshToken, expiresInSeconds }) => ({
        token_type: 'Bearer',
        access_token: accessToken,
        refresh_token: refreshToken,
        expires_in: expiresInSeconds,
        created_at: Math.floor(setup.clock.now() / 1000),
        scope: grant.scopes.join(' '),
        owner: uriOf('users', grant.account),
        organization: uriOf('organizations', ORGANIZATION_ID),
      }),
    },
    revocation: { path: '/oauth/revoke', encoding: 'form', clientAuthentication: 'body', endsGrant: true },
    problem: (problem, detail) => ({
      status: STANDARD_ERRORS[problem] === 'invalid_client' ? 401 : 400,
      body: { error: STANDARD_ERRORS[problem], error_description: detail ?? 'The request is refused.' },
    }),
  });
  const api = new Hono<CalendlyEnv>();
  const guard = new Guard(oauth, organization, setup.clock);
  addAccountRoutes(api, guard, organization);
  addEventRoutes(api, guard, organization);
  app.route('/', api);
  app.onError((error, c) => {
    if (error instanceof CalendlyFailure) return c.json(error.body, error.status);
    console.error(error);
    return c.json(errorBody(500), 500);
  });
  app.notFound((c) => c.json(notFound().body, 404));

  return {
    type: 'calendly',
    origins: [API, AUTH],
    originOf: (path) => (path.startsWith('/oauth/') ? AUTH : API),
    app,
    isBrowserPath: (path) => path === '/oauth/authorize',
    oauth,
    errorBody,
    settings: {
      read: () => ({ ...settings, oauth: { ...oauth.rules, clientSecret: '***' } }),
      change(patch) {
        const { oauth: rules, ...rest } = calendlyPatchSchema.parse(patch);
        Object.assign(settings, definedOnly(rest));
        if (rules) Object.assign(oauth.rules, definedOnly(rules));
      },
    },
    edits: withWebhooks(calendlyEdits(organization), organization, ACCOUNTS[0]?.id ?? ''),
    truth: (resource, account) => truthOf(organization, resource, account),
  };
}

/** What the account sees: all of it for the owner, their own for the member. */
function truthOf(organization: Organization, resource: string, account: string | null): Iterable<unknown> | null {
  const { users } = organization;
  const user = account === null ? null : users.get(account);
  if (user === undefined) return null;
  const view = user?.role === 'user' ? user.id : null;
  switch (resource) {
    case 'contacts':
      return [...organization.contacts.values()].map((contact) => ({
        ...renderContact(contact),
        e164: contact.phones.flatMap(({ e164 }) => e164 ?? []),
      }));
    case 'services':
      return organization.eventTypesOf(view).map((type) => renderEventType(type, users));
    case 'appointments':
      return organization.eventsOf(view).map((event) => ({
        ...renderEvent(event, users),
        invitees: event.invitees.map((invitee) => renderInvitee(event, invitee)),
      }));
    default:
      return null;
  }
}
