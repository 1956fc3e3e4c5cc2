import { Hono } from 'hono';
import { addOAuthRoutes, type OAuthProblem, type OAuthRoutesOptions } from '../mechanics/oauth-routes.ts';
import { type IssuedTokens, OAuthServer } from '../mechanics/oauth-server.ts';
import type { ProviderSetup, SandboxProvider } from '../mechanics/provider.ts';
import { dataRoutes } from './data-routes.ts';
import { salesforceEdits } from './edits.ts';
import { errorBody, notFound, SalesforceFailure } from './errors.ts';
import { guard, type SalesforceEnv } from './guard.ts';
import { newOrgs, type Org, visibleFields } from './org.ts';
import { pathOf, render } from './query.ts';
import { seedOrg } from './seed.ts';
import { defaultOAuthRules, defaultSettings, salesforcePatchSchema } from './settings.ts';

const LOGIN = 'https://login.salesforce.com';
const TEST_LOGIN = 'https://test.salesforce.com';
const TRUTH = { contacts: 'Contact', opportunities: 'Opportunity', leads: 'Lead' } as const;

/** Salesforce with two orgs: the salon's own, and its sandbox with person accounts and several currencies. */
export function createSalesforce(setup: ProviderSetup): SandboxProvider {
  const settings = defaultSettings();
  const oauth = new OAuthServer(defaultOAuthRules(setup.clients.salesforce), setup.clock);
  const orgs = newOrgs(setup.clock, settings);
  seedOrg(orgs[0], setup.seed, setup.contacts, setup.deals ?? Math.ceil(setup.contacts / 10));
  seedOrg(orgs[1], setup.seed + 1, Math.min(setup.contacts, 25), 3);

  const app = new Hono();
  addOAuthRoutes(app, oauthOptions(oauth, orgs, setup));
  const data = new Hono<SalesforceEnv>();
  data.use('*', guard(oauth, orgs, settings));
  data.route('/', dataRoutes(settings));
  app.get('/services/data', (c) => c.json([{ label: "Summer '26", url: pathOf('').slice(0, -1), version: '67.0' }]));
  app.route('/services/data/v67.0', data);
  app.onError((error, c) => {
    if (error instanceof SalesforceFailure) return c.json(error.body, error.status);
    console.error(error);
    return c.json(errorBody(500), 500);
  });
  app.notFound((c) => c.json(notFound().body, 404));

  return {
    type: 'salesforce',
    origins: [LOGIN, TEST_LOGIN, ...orgs.map(({ origin }) => origin)],
    originOf: (path) => (path.startsWith('/services/oauth2/') ? LOGIN : orgs[0].origin),
    app,
    isBrowserPath: (path) => path === '/services/oauth2/authorize',
    oauth,
    errorBody,
    settings: {
      read: () => ({ ...settings, oauth: { ...oauth.rules, clientSecret: '***' } }),
      change(patch) {
        const { oauth: rules, ...rest } = salesforcePatchSchema.parse(patch);
        Object.assign(settings, rest);
        Object.assign(oauth.rules, rules);
      },
    },
    edits: salesforceEdits(orgs),
    truth(resource, account) {
      const org = account === null ? orgs[0] : orgs.find(({ id }) => id === account);
      const type = Object.entries(TRUTH).find(([name]) => name === resource)?.[1];
      return org && type ? truthOf(org, type) : null;
    },
  };
}

/** Every record that the connected user may see, with all its fields. */
function* truthOf(org: Org, type: (typeof TRUTH)[keyof typeof TRUTH]): Generator<unknown> {
  const names = visibleFields(org, type) ?? [];
  const fields = type === 'Contact' && names.includes('AccountId') ? [...names, 'Account.Name'] : names;
  for (const row of org.store.live(type)) {
    yield { id: row.id, fields: render(org, row, fields), updatedAt: new Date(row.stamp).toISOString() };
  }
}

const PROBLEMS: Readonly<Record<OAuthProblem, readonly [error: string, description: string]>> = {
  unknown_client: ['invalid_client_id', 'client identifier invalid'],
  wrong_secret: ['invalid_client', 'invalid client credentials'],
  bad_code: ['invalid_grant', 'expired authorization code'],
  bad_redirect: ['redirect_uri_mismatch', 'redirect_uri must match configuration'],
  bad_verifier: ['invalid_request', 'invalid code verifier'],
  bad_refresh_token: ['invalid_grant', 'expired access/refresh token'],
  invalid_request: ['invalid_request', 'missing or wrong parameters'],
  unsupported_grant_type: ['unsupported_grant_type', 'grant type not supported'],
};

function oauthOptions(
  oauth: OAuthServer,
  orgs: readonly Org[],
  { clock, counters }: ProviderSetup,
): OAuthRoutesOptions {
  return {
    oauth,
    counters,
    clock,
    consent: {
      providerName: 'Salesforce',
      paths: ['/services/oauth2/authorize'],
      accounts: orgs.map(({ id, name }, position) => ({ id, name: `${name} (${id})`, userId: position + 1 })),
      optionalScopeParameter: null,
      responseType: 'code',
    },
    token: {
      path: '/services/oauth2/token',
      encoding: 'form',
      clientAuthentication: 'body',
      check: (fields) =>
        fields.get('grant_type') === 'authorization_code' &&
        !/^[\w.~-]{43,128}$/.test(fields.get('code_verifier') ?? '')
          ? 'missing code verifier'
          : null,
      answer: (issued) => tokenAnswer(issued, orgs, clock.now()),
    },
    revocation: {
      path: '/services/oauth2/revoke',
      encoding: 'form',
      clientAuthentication: 'none',
      answer: (known) =>
        known
          ? { status: 200, body: null }
          : { status: 400, body: { error: 'invalid_token', error_description: 'invalid token' } },
    },
    problem(problem, detail) {
      const [error, description] = PROBLEMS[problem];
      return { status: 400, body: { error, error_description: detail ?? description } };
    },
  };
}

/** There is no `expires_in`: a session lives as long as the org's settings say. */
function tokenAnswer({ grant, accessToken, refreshToken }: IssuedTokens, orgs: readonly Org[], now: number) {
  const org = orgs.find(({ id }) => id === grant.account);
  return {
    access_token: accessToken,
    refresh_token: refreshToken,
    signature: Buffer.from(`${grant.account}${now}`).toString('base64'),
    scope: grant.scopes.join(' '),
    instance_url: org?.origin ?? '',
    id: `${LOGIN}/id/${grant.account}/${org?.userId ?? ''}`,
    token_type: 'Bearer',
    issued_at: String(now),
  };
}
