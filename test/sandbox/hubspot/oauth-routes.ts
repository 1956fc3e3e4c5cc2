import { randomUUID } from 'node:crypto';
import type { Hono } from 'hono';
import type { Counters } from '../mechanics/counters.ts';
import type { Grant, IssuedTokens, OAuthServer, TokenProblem } from '../mechanics/oauth-server.ts';
import type { Guard, HubSpotContext, HubSpotEnv } from './guard.ts';
import type { Portal } from './portal.ts';

interface OAuthParts {
  readonly oauth: OAuthServer;
  readonly portals: readonly Portal[];
  readonly guard: Guard;
  readonly counters: Counters;
}

/** `status` and `message` are the older half of an error body, `error` and `error_description` the RFC 6749 half. */
const PROBLEMS: Readonly<Record<TokenProblem, readonly [error: string, status: string, message: string]>> = {
  unknown_client: ['invalid_client', 'BAD_CLIENT_ID', 'missing or unknown client id'],
  wrong_secret: ['invalid_client', 'BAD_CLIENT_SECRET', 'missing or invalid client secret'],
  bad_code: ['invalid_grant', 'BAD_AUTH_CODE', 'missing, used or expired authorization code'],
  bad_redirect: ['invalid_grant', 'MISMATCH_REDIRECT_URI_AUTH_CODE', 'redirect URI does not match the one of the code'],
  bad_verifier: ['invalid_grant', 'BAD_AUTH_CODE', 'code verifier does not match'],
  bad_refresh_token: ['invalid_grant', 'BAD_REFRESH_TOKEN', 'missing or invalid refresh token'],
};

/** Tokens, introspection, revocation, uninstall and the account's own details. */
export function addOAuthRoutes(app: Hono<HubSpotEnv>, { oauth, portals, guard, counters }: OAuthParts): void {
  app.post('/oauth/2026-09/token', async (c) => {
    const form = await readForm(c);
    if (typeof form === 'string') return refuse(c, 'invalid_request', 'BAD_REQUEST', form);
    const client = oauth.checkClient(form.get('client_id') ?? undefined, form.get('client_secret') ?? undefined);
    if (client) return refuse(c, ...PROBLEMS[client]);
    const grantType = form.get('grant_type');
    if (grantType !== 'authorization_code' && grantType !== 'refresh_token') {
      return refuse(c, 'unsupported_grant_type', 'BAD_GRANT_TYPE', 'missing or unknown grant type');
    }
    if (grantType === 'refresh_token') counters.refreshed();
    const answer =
      grantType === 'refresh_token'
        ? oauth.refresh(form.get('refresh_token') ?? '')
        : oauth.exchange(
            form.get('code') ?? '',
            form.get('redirect_uri') ?? undefined,
            form.get('code_verifier') ?? undefined,
          );
    return typeof answer === 'string' ? refuse(c, ...PROBLEMS[answer]) : c.json(tokenAnswer(answer));
  });

  app.post('/oauth/2026-09/token/introspect', async (c) => {
    const form = await readClientForm(c, oauth);
    if (form instanceof Response) return form;
    const token = form.get('token') ?? '';
    const grant = oauth.introspect(token);
    return c.json(grant ? introspection(grant, token, portals, oauth) : { active: false });
  });

  app.post('/oauth/2026-09/token/revoke', async (c) => {
    const form = await readClientForm(c, oauth);
    if (form instanceof Response) return form;
    oauth.revoke(form.get('token') ?? '');
    return c.body(null, 204);
  });

  app.delete('/appinstalls/2026-09/external-install', guard.require(['oauth']), (c) => {
    oauth.revokeGrants(String(c.get('portal').hubId));
    return c.body(null, 204);
  });

  app.get('/account-info/2026-09/details', guard.require(['oauth']), (c) => {
    const { hubId, accountType } = c.get('portal');
    return c.json({
      portalId: hubId,
      accountType,
      timeZone: 'Europe/London',
      companyCurrency: 'GBP',
      additionalCurrencies: [],
      utcOffset: '+00:00',
      utcOffsetMilliseconds: 0,
      uiDomain: 'app.hubspot.com',
      dataHostingLocation: 'na1',
    });
  });
}

function tokenAnswer({ grant, accessToken, refreshToken, expiresInSeconds }: IssuedTokens) {
  return {
    token_type: 'bearer',
    access_token: accessToken,
    refresh_token: refreshToken,
    expires_in: expiresInSeconds,
    token_use: 'access_token',
    hub_id: Number(grant.account),
    user_id: grant.userId,
    scopes: grant.scopes,
  };
}

function introspection(grant: Grant, token: string, portals: readonly Portal[], oauth: OAuthServer) {
  const portal = portals.find(({ hubId }) => String(hubId) === grant.account);
  return {
    active: true,
    token_use: token === grant.refreshToken ? 'refresh_token' : 'access_token',
    client_id: oauth.rules.clientId,
    app_id: 3310551,
    hub_id: Number(grant.account),
    hub_domain: `${portal?.name.toLowerCase().replace(/[^a-z]+/g, '-')}.example`,
    user: 'owner@marlow-finch.example',
    user_id: grant.userId,
    scopes: grant.scopes,
  };
}

/** Everything goes into a form body; a query string or another kind of body is refused. */
async function readForm(c: HubSpotContext): Promise<URLSearchParams | string> {
  if (!c.req.header('content-type')?.startsWith('application/x-www-form-urlencoded')) {
    return 'the body must be application/x-www-form-urlencoded';
  }
  if (new URL(c.req.url).search !== '') return 'parameters belong into the body, not into the query string';
  return new URLSearchParams(await c.req.text());
}

async function readClientForm(c: HubSpotContext, oauth: OAuthServer): Promise<URLSearchParams | Response> {
  const form = await readForm(c);
  if (typeof form === 'string') return refuse(c, 'invalid_request', 'BAD_REQUEST', form);
  const client = oauth.checkClient(form.get('client_id') ?? undefined, form.get('client_secret') ?? undefined);
  return client ? refuse(c, ...PROBLEMS[client]) : form;
}

function refuse(c: HubSpotContext, error: string, status: string, message: string): Response {
  return c.json({ status, message, error, error_description: message, correlationId: randomUUID() }, 400);
}
