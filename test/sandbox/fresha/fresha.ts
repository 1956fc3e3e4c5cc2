import { Hono, type MiddlewareHandler } from 'hono';
import * as z from 'zod';
import { addOAuthRoutes, STANDARD_ERRORS } from '../mechanics/oauth-routes.ts';
import { OAuthServer } from '../mechanics/oauth-server.ts';
import type { ProviderSetup, SandboxProvider } from '../mechanics/provider.ts';
import { FreshaBusiness } from './business.ts';
import { freshaEdits } from './edits.ts';
import { addBusinessRoutes, type FreshaEnv } from './routes.ts';

const API = 'https://api.fresha.com';
const CONSENT = 'https://connect.fresha.com';
const SCOPES = ['appointments:read', 'appointments:write', 'customers:read', 'customers:write'];

const settingsSchema = z.strictObject({
  /** Whether `page` is understood; if not, every page is the first. */
  pages: z.boolean(),
  /** Whether a client with a known e-mail address is refused. */
  refusesKnownClients: z.boolean(),
});
export type FreshaSettings = z.infer<typeof settingsSchema>;

/**
 * A stand-in for Fresha that implements the contract which the product's first draft assumed. Nothing about the real
 * Fresha can be learned from it.
 */
export function createFresha(setup: ProviderSetup): SandboxProvider {
  const settings: FreshaSettings = { pages: true, refusesKnownClients: false };
  const oauth = new OAuthServer(
    {
      clientId: 'fresha-client',
      clientSecret: 'fresha-secret',
      ...setup.clients.fresha,
      requiredScopes: SCOPES,
      optionalScopes: [],
      implicitScopes: [],
      accessTokenMs: 60 * 60_000,
      codeMs: 60_000,
      refreshTokens: 'rotating',
      revokeEndsAccessTokens: true,
    },
    setup.clock,
  );
  const business = new FreshaBusiness({ id: 'loc_4711', name: 'Marlow & Finch' }, setup.clock);
  business.seed(setup.seed, setup.contacts);

  const app = new Hono();
  addOAuthRoutes(app, {
    oauth,
    counters: setup.counters,
    clock: setup.clock,
    consent: {
      providerName: 'Fresha',
      paths: ['/oauth/authorize'],
      optionalScopeParameter: null,
      responseType: 'code',
      accounts: [{ id: business.id, name: business.name, userId: 1 }],
    },
    token: {
      path: '/oauth/token',
      encoding: 'json',
      clientAuthentication: 'body',
      answer: ({ accessToken, refreshToken, expiresInSeconds }) => ({
        access_token: accessToken,
        refresh_token: refreshToken,
        expires_in: expiresInSeconds,
        token_type: 'bearer',
      }),
    },
    problem: (problem, detail) => ({
      status: STANDARD_ERRORS[problem] === 'invalid_client' ? 401 : 400,
      body: { error: STANDARD_ERRORS[problem], error_description: detail ?? 'refused' },
    }),
  });
  const api = new Hono<FreshaEnv>();
  api.use('/v2/business/*', requireToken(oauth));
  addBusinessRoutes(api, business, settings);
  app.route('/', api);
  app.onError((error, c) => {
    if (error instanceof z.ZodError) return c.json({ message: z.prettifyError(error) }, 400);
    console.error(error);
    return c.json(errorBody(500), 500);
  });
  app.notFound((c) => c.json(errorBody(404), 404));

  return {
    type: 'fresha',
    origins: [API, CONSENT],
    originOf: () => API,
    app,
    isBrowserPath: (path) => path === '/oauth/authorize',
    oauth,
    errorBody,
    settings: {
      read: () => ({ ...settings }),
      change: (patch) => Object.assign(settings, settingsSchema.partial().parse(patch)),
    },
    edits: freshaEdits(business),
    truth(resource) {
      if (resource === 'clients') return business.clients.values();
      return resource === 'appointments' ? business.appointments.values() : null;
    },
  };
}

function requireToken(oauth: OAuthServer): MiddlewareHandler<FreshaEnv> {
  return async (c, next) => {
    const [, token = ''] = /^Bearer (.+)$/i.exec(c.req.header('authorization') ?? '') ?? [];
    if (typeof oauth.authenticate(token) === 'string') return c.json({ message: 'unauthorized' }, 401);
    return next();
  };
}

function errorBody(status: number): object {
  return { message: `status ${status}` };
}
