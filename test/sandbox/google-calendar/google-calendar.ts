import { Hono } from 'hono';
import { addOAuthRoutes, type OAuthRoutesOptions, STANDARD_ERRORS } from '../mechanics/oauth-routes.ts';
import { OAuthServer } from '../mechanics/oauth-server.ts';
import type { ProviderSetup, SandboxProvider } from '../mechanics/provider.ts';
import type { Account } from './account.ts';
import { addApiRoutes, entryJson } from './api-routes.ts';
import { Channels } from './channels.ts';
import { googleCalendarEdits } from './edits.ts';
import { errorBody, GoogleFailure, notFound } from './errors.ts';
import { type GoogleEnv, Guard } from './guard.ts';
import { seedAccounts } from './seed.ts';
import { defaultOAuthRules, defaultSettings, googleCalendarPatchSchema } from './settings.ts';

const API = 'https://www.googleapis.com';
const ACCOUNTS = 'https://accounts.google.com';
const OAUTH = 'https://oauth2.googleapis.com';
const CONSENT_PATH = '/o/oauth2/v2/auth';
const DAY_MS = 24 * 60 * 60_000;
/** Series have no end; nobody asks for more of the truth. */
const TRUTH_DAYS = { back: 320, ahead: 400 };

/** Google Calendar with two accounts: a salon on Google Workspace, and a person without working hours. */
export function createGoogleCalendar(setup: ProviderSetup): SandboxProvider {
  const { clock } = setup;
  const settings = defaultSettings();
  const oauth = new OAuthServer(defaultOAuthRules(setup.clients.google_calendar), clock);
  const accounts = seedAccounts(setup, settings);
  const channels = new Channels(clock, settings);

  const app = new Hono();
  addOAuthRoutes(app, googleOAuth(oauth, accounts, setup));
  const api = new Hono<GoogleEnv>();
  addApiRoutes(api, new Guard(oauth, accounts, settings, clock), { clock, settings, channels });
  app.route('/', api);
  app.onError((error, c) => {
    if (error instanceof GoogleFailure) return c.json(error.body, error.status);
    console.error(error);
    return c.json(errorBody(500), 500);
  });
  app.notFound((c) => c.json(notFound().body, 404));

  return {
    type: 'google_calendar',
    origins: [API, ACCOUNTS, OAUTH],
    originOf: (path) => (path.startsWith('/calendar/') ? API : path.startsWith('/o/') ? ACCOUNTS : OAUTH),
    app,
    isBrowserPath: (path) => path === CONSENT_PATH,
    oauth,
    errorBody,
    settings: {
      read: () => ({ ...settings, oauth: { ...oauth.rules, clientSecret: '***' } }),
      change(patch) {
        const { oauth: rules, ...rest } = googleCalendarPatchSchema.parse(patch);
        Object.assign(settings, definedOnly(rest));
        Object.assign(oauth.rules, definedOnly(rules ?? {}));
      },
    },
    edits: googleCalendarEdits(accounts, { clock, settings, channels }),
    truth(resource, sub) {
      const account = sub === null ? accounts[0] : accounts.find((candidate) => candidate.sub === sub);
      if (!account) return null;
      if (resource === 'staff') return account.entries.filter(({ deleted }) => !deleted).map(entryJson);
      if (resource === 'channels') return channels.openOf(account);
      return resource === 'appointments' ? trueEvents(account, clock.now()) : null;
    },
  };
}

function* trueEvents({ entries }: Account, now: number): Generator<object> {
  for (const { calendar, deleted } of entries) {
    if (deleted) continue;
    for (const { start, end, json } of calendar.live(now - TRUTH_DAYS.back * DAY_MS, now + TRUTH_DAYS.ahead * DAY_MS)) {
      yield { calendarId: calendar.id, timeZone: calendar.timeZone, startMs: start, endMs: end, event: json };
    }
  }
}

function googleOAuth(
  oauth: OAuthServer,
  accounts: readonly Account[],
  { clock, counters }: ProviderSetup,
): OAuthRoutesOptions {
  return {
    oauth,
    counters,
    clock,
    consent: {
      providerName: 'Google',
      paths: [CONSENT_PATH],
      accounts: accounts.map(({ sub, name, email, userId }) => ({ id: sub, name: `${name} (${email})`, userId })),
      optionalScopeParameter: null,
      responseType: 'code',
      // Without them there is no refresh token.
      requiredParameters: ['access_type', 'prompt'],
    },
    token: {
      path: '/token',
      encoding: 'form',
      clientAuthentication: 'body',
      answer: ({ grant, accessToken, refreshToken, expiresInSeconds }, fields) => ({
        access_token: accessToken,
        expires_in: expiresInSeconds,
        token_type: 'Bearer',
        scope: grant.scopes.join(' '),
        // A refresh keeps the token that there is.
        ...(fields.get('grant_type') === 'authorization_code' || oauth.rules.refreshTokens !== 'reusable'
          ? { refresh_token: refreshToken }
          : {}),
      }),
    },
    idToken: { claims: (sub) => ({ iss: ACCOUNTS, azp: oauth.rules.clientId, sub }) },
    revocation: {
      path: '/revoke',
      encoding: 'form',
      clientAuthentication: 'none',
      endsGrant: true,
      answer: (known) =>
        known
          ? { status: 200, body: null }
          : { status: 400, body: { error: 'invalid_token', error_description: 'Token expired or revoked' } },
    },
    problem(problem, detail) {
      const error = STANDARD_ERRORS[problem];
      return {
        status: error === 'invalid_client' ? 401 : 400,
        body: { error, error_description: detail ?? 'Bad Request' },
      };
    },
  };
}

function definedOnly<T extends object>(patch: T): Partial<T> {
  const entries = Object.entries(patch).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Partial<T>;
}
