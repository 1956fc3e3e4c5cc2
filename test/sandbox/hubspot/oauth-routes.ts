import { randomUUID } from 'node:crypto';
import type { Hono } from 'hono';
import type { OAuthProblem, OAuthRoutesOptions } from '../mechanics/oauth-routes.ts';
import type { Grant, IssuedTokens, OAuthServer } from '../mechanics/oauth-server.ts';
import type { ProviderSetup } from '../mechanics/provider.ts';
import type { Guard, HubSpotEnv } from './guard.ts';
import type { Portal } from './portal.ts';

/** `status` and `message` are the older half of an error body, `error` and `error_description` the RFC 6749 half. */
const PROBLEMS: Readonly<Record<OAuthProblem, readonly [error: string, status: string, message: string]>> = {
  unknown_client: ['invalid_client', 'BAD_CLIENT_ID', 'missing or unknown client id'],
  wrong_secret: ['invalid_client', 'BAD_CLIENT_SECRET', 'missing or invalid client secret'],
  bad_code: ['invalid_grant', 'BAD_AUTH_CODE', 'missing, used or expired authorization code'],
  bad_redirect: ['invalid_grant', 'MISMATCH_REDIRECT_URI_AUTH_CODE', 'redirect URI does not match the one of the code'],
  bad_verifier: ['invalid_grant', 'BAD_AUTH_CODE', 'code verifier does not match'],
  bad_refresh_token: ['invalid_grant', 'BAD_REFRESH_TOKEN', 'missing or invalid refresh token'],
  invalid_request: ['invalid_request', 'BAD_REQUEST', 'missing or wrong parameters'],
  unsupported_grant_type: ['unsupported_grant_type', 'BAD_GRANT_TYPE', 'missing or unknown grant type'],
};

/** Consent page, tokens, introspection and revocation, as HubSpot puts them on the wire. */
export function hubSpotOAuth(
  oauth: OAuthServer,
  portals: readonly Portal[],
  { clock, counters }: ProviderSetup,
): OAuthRoutesOptions {
  return {
    oauth,
    counters,
    clock,
    consent: {
      providerName: 'HubSpot',
      paths: ['/oauth/authorize', '/oauth/:portalId{[0-9]+}/authorize'],
      accounts: portals.map(({ hubId, name, userId }) => ({ id: String(hubId), name: `${name} (${hubId})`, userId })),
      optionalScopeParameter: 'optional_scope',
      responseType: null,
    },
    token: { path: '/oauth/2026-09/token', encoding: 'form', clientAuthentication: 'body', answer: tokenAnswer },
    introspection: {
      path: '/oauth/2026-09/token/introspect',
      answer: (grant, token) => (grant ? introspection(grant, token, portals, oauth) : { active: false }),
    },
    revocation: {
      path: '/oauth/2026-09/token/revoke',
      encoding: 'form',
      clientAuthentication: 'body',
      answer: () => ({ status: 204, body: null }),
    },
    problem(problem, detail) {
      const [error, status, message] = PROBLEMS[problem];
      const said = detail ?? message;
      return {
        status: 400,
        body: { status, message: said, error, error_description: said, correlationId: randomUUID() },
      };
    },
  };
}

/** Uninstall and the account's own details. */
export function addAccountRoutes(app: Hono<HubSpotEnv>, oauth: OAuthServer, guard: Guard): void {
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
