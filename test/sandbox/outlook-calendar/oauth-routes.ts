import { randomUUID } from 'node:crypto';
import type { Hono } from 'hono';
import { type OAuthProblem, type OAuthRoutesOptions, STANDARD_ERRORS } from '../mechanics/oauth-routes.ts';
import type { OAuthServer } from '../mechanics/oauth-server.ts';
import type { ProviderSetup } from '../mechanics/provider.ts';
import type { Account } from './mailbox.ts';

const RESOURCE = 'https://graph.microsoft.com/';
/** Never named in a token answer. */
const UNREPORTED = ['offline_access', 'openid', 'profile', 'email'];

const CODES: Readonly<Record<OAuthProblem, number>> = {
  unknown_client: 700016,
  wrong_secret: 7000215,
  bad_code: 54005,
  bad_redirect: 50011,
  bad_verifier: 501481,
  bad_refresh_token: 50173,
  invalid_request: 900144,
  unsupported_grant_type: 70003,
};

/** Consent page, tokens and id tokens of the identity platform. There is nothing to revoke a consent with. */
export function outlookOAuth(
  oauth: OAuthServer,
  accounts: readonly Account[],
  { clock, counters }: ProviderSetup,
): OAuthRoutesOptions {
  return {
    oauth,
    counters,
    clock,
    consent: {
      providerName: 'Microsoft',
      paths: ['/:tenant/oauth2/v2.0/authorize'],
      accounts: accounts.map(({ oid, name, address }, index) => ({
        id: oid,
        name: `${name} (${address})`,
        userId: index,
      })),
      optionalScopeParameter: null,
      responseType: 'code',
      requiredParameters: ['nonce'],
    },
    token: {
      path: '/:tenant/oauth2/v2.0/token',
      encoding: 'form',
      clientAuthentication: 'body',
      answer: ({ grant, accessToken, refreshToken, expiresInSeconds }) => ({
        token_type: 'Bearer',
        scope: grant.scopes.flatMap((scope) => (UNREPORTED.includes(scope) ? [] : [`${RESOURCE}${scope}`])).join(' '),
        expires_in: expiresInSeconds,
        ext_expires_in: expiresInSeconds,
        access_token: accessToken,
        refresh_token: refreshToken,
      }),
    },
    idToken: {
      claims(oid) {
        const account = accounts.find((candidate) => candidate.oid === oid);
        return { iss: `https://login.microsoftonline.com/${account?.tid}/v2.0`, tid: account?.tid, oid, ver: '2.0' };
      },
    },
    problem(problem, detail) {
      const error = problem === 'unknown_client' ? 'unauthorized_client' : STANDARD_ERRORS[problem];
      const code = CODES[problem];
      return {
        status: problem === 'wrong_secret' ? 401 : 400,
        body: {
          error,
          error_description: `AADSTS${code}: ${detail ?? 'The request is refused.'}`,
          error_codes: [code],
          timestamp: new Date(clock.now()).toISOString(),
          trace_id: randomUUID(),
          correlation_id: randomUUID(),
          ...(problem === 'bad_refresh_token' ? { suberror: 'bad_token' } : {}),
        },
      };
    },
  };
}

/** Where an administrator approves the app for everybody. It gives no tokens: people sign in afterwards. */
export function addAdminConsent(app: Hono, oauth: OAuthServer, accounts: readonly Account[]): void {
  app.get('/:tenant/v2.0/adminconsent', (c) => {
    const query = new URL(c.req.url).searchParams;
    const redirect = query.get('redirect_uri') ?? '';
    if (
      c.req.param('tenant') === 'common' ||
      query.get('client_id') !== oauth.rules.clientId ||
      !URL.canParse(redirect)
    ) {
      return c.text('AADSTS900144: this approval cannot be started', 400);
    }
    oauth.rules.consentError = null;
    const back = new URL(redirect);
    back.searchParams.set('admin_consent', 'True');
    back.searchParams.set('tenant', accounts[0]?.tid ?? '');
    back.searchParams.set('scope', query.get('scope') ?? '');
    const state = query.get('state');
    if (state !== null) back.searchParams.set('state', state);
    return c.redirect(back.href, 303);
  });
}
