import { Hono } from 'hono';
import { addOAuthRoutes, type OAuthProblem, STANDARD_ERRORS } from '../mechanics/oauth-routes.ts';
import { OAuthServer } from '../mechanics/oauth-server.ts';
import type { ProviderSetup, SandboxProvider } from '../mechanics/provider.ts';
import { AcuityAccount } from './account.ts';
import { appointmentAnswer, calendarAnswer, typeAnswer } from './answers.ts';
import { addBookingRoutes } from './booking-routes.ts';
import { acuityEdits } from './edits.ts';
import { AcuityFailure, errorBody, notFound } from './errors.ts';
import { type AcuityEnv, guard } from './guard.ts';
import { addListRoutes } from './list-routes.ts';
import { seedAccount } from './seed.ts';
import { acuityPatchSchema, defaultOAuthRules, defaultSettings } from './settings.ts';

const ORIGIN = 'https://acuityscheduling.com';

/** Acuity with two accounts: the salon with all the seeded people, and a small one in another zone and currency. */
export function createAcuity(setup: ProviderSetup): SandboxProvider {
  const settings = defaultSettings();
  const oauth = new OAuthServer(defaultOAuthRules(setup.clients.acuity), setup.clock);
  const salon = new AcuityAccount(
    { id: 21300007, name: 'Marlow & Finch Salon', timeZone: 'Europe/London', currency: 'GBP', userId: 61500442 },
    setup.clock,
    settings,
  );
  const newYork = new AcuityAccount(
    { id: 21300008, name: 'Marlow & Finch New York', timeZone: 'America/New_York', currency: 'USD', userId: 61500442 },
    setup.clock,
    settings,
  );
  const accounts = [salon, newYork];
  seedAccount(salon, setup.seed, setup.contacts);
  seedAccount(newYork, setup.seed + 1, Math.min(setup.contacts, 25));

  const app = new Hono();
  addOAuthRoutes(app, {
    oauth,
    counters: setup.counters,
    clock: setup.clock,
    consent: {
      providerName: 'Acuity Scheduling',
      paths: ['/oauth2/authorize'],
      accounts: accounts.map(({ facts: { id, name, userId } }) => ({
        id: String(id),
        name: `${name} (${id})`,
        userId,
      })),
      optionalScopeParameter: null,
      responseType: 'code',
    },
    token: {
      path: '/oauth2/token',
      encoding: 'form',
      clientAuthentication: 'body',
      check: (fields) =>
        fields.get('grant_type') === 'refresh_token' ? 'there is nothing to refresh: tokens do not expire' : null,
      answer: ({ accessToken }) => ({ access_token: accessToken, token_type: 'Bearer' }),
    },
    revocation: {
      path: '/oauth2/disconnect',
      encoding: 'form',
      clientAuthentication: 'body',
      tokenMember: 'access_token',
      endsGrant: true,
    },
    problem: oauthProblem,
  });
  const api = new Hono<AcuityEnv>();
  api.use('/api/v1/*', guard(oauth, accounts, settings));
  addListRoutes(api);
  addBookingRoutes(api);
  app.route('/', api);
  app.onError((error, c) => {
    if (error instanceof AcuityFailure) return c.json(error.body, error.status);
    console.error(error);
    return c.json(errorBody(500), 500);
  });
  app.notFound((c) => c.json(notFound().body, 404));

  return {
    type: 'acuity',
    origins: [ORIGIN],
    originOf: () => ORIGIN,
    app,
    isBrowserPath: (path) => path === '/oauth2/authorize',
    oauth,
    errorBody,
    settings: {
      read: () => ({ ...settings, oauth: { ...oauth.rules, clientSecret: '***' } }),
      change(patch) {
        const { oauth: rules, ...rest } = acuityPatchSchema.parse(patch);
        Object.assign(settings, rest);
        Object.assign(oauth.rules, rules);
      },
    },
    edits: acuityEdits(accounts),
    truth(resource, wanted) {
      const account = wanted === null ? salon : accounts.find(({ facts }) => String(facts.id) === wanted);
      return account ? truthOf(account, resource) : null;
    },
  };
}

function truthOf(account: AcuityAccount, resource: string): Iterable<unknown> | null {
  switch (resource) {
    case 'clients':
      return account.clients;
    case 'appointments':
      return [...account.appointments.values()].map((record) => appointmentAnswer(account, record));
    case 'services':
      return account.types.map((type) => typeAnswer(account, type));
    case 'staff':
      return account.calendars.map(calendarAnswer);
    default:
      return null;
  }
}

function oauthProblem(problem: OAuthProblem, detail: string | null) {
  const error = STANDARD_ERRORS[problem];
  return {
    status: error === 'invalid_client' ? (401 as const) : (400 as const),
    body: { error, error_description: detail ?? 'The request can not be granted.' },
  };
}
