import { Hono } from 'hono';
import { iso, type SandboxClock } from '../mechanics/clock.ts';
import { addOAuthRoutes, type OAuthAnswer, type OAuthProblem } from '../mechanics/oauth-routes.ts';
import { OAuthServer } from '../mechanics/oauth-server.ts';
import type { ProviderSetup, SandboxProvider } from '../mechanics/provider.ts';
import { addBookingRoutes } from './booking-routes.ts';
import { addCatalogRoutes } from './catalog-routes.ts';
import { addCustomerRoutes } from './customer-routes.ts';
import { squareEdits } from './edits.ts';
import { errorBody, SquareFailure } from './errors.ts';
import { Guard, type SquareEnv } from './guard.ts';
import { seedSeller } from './seed.ts';
import { Seller } from './seller.ts';
import { defaultOAuthRules, defaultSettings, type SquareSettings, squarePatchSchema } from './settings.ts';
import { truthOf } from './truth.ts';
import { deliver } from './webhook-delivery.ts';

const API = 'https://connect.squareup.com';
const CONSENT_PATH = '/oauth2/authorize';
const SMALL_ACCOUNT = 25;

/** Square with two accounts: the salon with all the seeded people, and a small American one. */
export function createSquare(setup: ProviderSetup): SandboxProvider {
  const settings = defaultSettings();
  const oauth = new OAuthServer(defaultOAuthRules(setup.clients.square), setup.clock);
  const sellers = newSellers(setup.clock, settings);
  for (const [index, seller] of sellers.entries()) {
    seedSeller(seller, setup.seed + index, index === 0 ? setup.contacts : Math.min(setup.contacts, SMALL_ACCOUNT));
    seller.onEvent = (event) => deliver(seller, event);
  }

  const app = new Hono();
  addOAuthRoutes(app, {
    oauth,
    counters: setup.counters,
    clock: setup.clock,
    consent: {
      providerName: 'Square',
      paths: [CONSENT_PATH],
      accounts: sellers.map(({ merchantId, name }, index) => ({ id: merchantId, name, userId: index + 1 })),
      optionalScopeParameter: null,
      responseType: null,
      // A seller who is logged in by chance must not be connected.
      requiredParameters: ['session'],
    },
    token: {
      path: '/oauth2/token',
      encoding: 'json',
      clientAuthentication: 'body',
      answer: ({ grant, accessToken, refreshToken, expiresInSeconds }) => ({
        access_token: accessToken,
        token_type: 'bearer',
        expires_at: iso(setup.clock.now() + expiresInSeconds * 1000).replace(/\.\d+Z$/, 'Z'),
        merchant_id: grant.account,
        refresh_token: refreshToken,
        short_lived: false,
      }),
    },
    revocation: {
      path: '/oauth2/revoke',
      encoding: 'json',
      clientAuthentication: 'client_header',
      tokenMember: 'access_token',
      endsGrant: true,
      answer: (known) => (known ? { status: 200, body: { success: true } } : { status: 404, body: errorBody(404) }),
    },
    problem: (problem, detail) => tokenProblem(problem, detail, settings),
  });

  const api = new Hono<SquareEnv>();
  const guard = new Guard(oauth, sellers, settings, setup.clock);
  addCustomerRoutes(api, guard);
  addBookingRoutes(api, guard);
  addCatalogRoutes(api, guard);
  app.route('/', api);
  app.onError((error, c) => {
    if (error instanceof SquareFailure) return c.json(error.body, error.status);
    console.error(error);
    return c.json(errorBody(500), 500);
  });
  app.notFound((c) => c.json(errorBody(404), 404));

  return {
    type: 'square',
    origins: [API],
    originOf: () => API,
    app,
    isBrowserPath: (path) => path === CONSENT_PATH,
    oauth,
    errorBody,
    settings: {
      read: () => ({ ...settings, oauth: { ...oauth.rules, clientSecret: '***' } }),
      change(patch) {
        const { oauth: rules, ...rest } = squarePatchSchema.parse(patch);
        Object.assign(settings, rest);
        Object.assign(oauth.rules, rules);
      },
    },
    edits: squareEdits(sellers),
    truth(resource, account) {
      const seller = account === null ? sellers[0] : sellers.find(({ merchantId }) => merchantId === account);
      return seller ? truthOf(seller, resource) : null;
    },
  };
}

function newSellers(clock: SandboxClock, settings: SquareSettings): Seller[] {
  const salon = { merchantId: 'MLSALON000001', name: 'Marlow & Finch', country: 'GB', currency: 'GBP' };
  const barber = { merchantId: 'MLBARBER00002', name: 'Tenth Street Barbers', country: 'US', currency: 'USD' };
  const sellers = [salon, barber].map((account) => new Seller(account, clock, settings));
  const [first, second] = sellers;
  first?.locations.push(
    { id: 'LHARBOUR00001', name: 'Harbour Street', timezone: 'Europe/London', status: 'ACTIVE' },
    { id: 'LCASEMATES002', name: 'Casemates Square', timezone: 'Europe/Gibraltar', status: 'ACTIVE' },
    { id: 'LCLOSED000003', name: 'Old Mill Lane', timezone: 'Europe/London', status: 'INACTIVE' },
  );
  second?.locations.push({ id: 'LTENTH0000001', name: '', timezone: 'America/New_York', status: 'ACTIVE' });
  return sellers;
}

/** Square tells a wrong secret and a dead grant apart by no code that its pages name. */
function tokenProblem(problem: OAuthProblem, detail: string | null, settings: SquareSettings): OAuthAnswer {
  const isRequest = problem === 'invalid_request' || problem === 'unsupported_grant_type';
  const status = isRequest ? 400 : 401;
  if (settings.legacyTokenErrors) {
    const type = isRequest ? 'bad_request' : 'service.not_authorized';
    return { status, body: { message: detail ?? 'Not Authorized', type } };
  }
  const [category, code] = isRequest
    ? ['INVALID_REQUEST_ERROR', 'BAD_REQUEST']
    : ['AUTHENTICATION_ERROR', 'UNAUTHORIZED'];
  return { status, body: { errors: [{ category, code, detail: detail ?? 'This request could not be authorized.' }] } };
}
