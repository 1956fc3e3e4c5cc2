import { randomBytes } from 'node:crypto';
import type { Context, Hono } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { SandboxClock } from './clock.ts';
import { addConsentPage, type ConsentSettings, type GivenConsent } from './consent-page.ts';
import type { Counters } from './counters.ts';
import type { Grant, IssuedTokens, OAuthServer, TokenProblem } from './oauth-server.ts';

/** Why an OAuth route refuses a request. */
export type OAuthProblem = TokenProblem | 'invalid_request' | 'unsupported_grant_type';

/** An answer as it goes over the wire; a body of null sends none. */
export interface OAuthAnswer {
  readonly status: ContentfulStatusCode | 204;
  readonly body: object | null;
}

export type BodyEncoding = 'form' | 'json';

export interface RevocationRoute {
  readonly path: string;
  readonly encoding: BodyEncoding;
  /** `client_header`: `Authorization: Client <secret>` with the client id in the body. */
  readonly clientAuthentication: 'body' | 'basic' | 'client_header' | 'none';
  /** Member with the token. @default token */
  readonly tokenMember?: string;
  /** Also ends the grant behind an access token. @default false */
  readonly endsGrant?: boolean;
  /** `known`: the token was a live one. @default status 200 without a body */
  answer?(known: boolean): OAuthAnswer;
}

/** How one provider speaks OAuth on the wire. What it keeps and checks is `OAuthServer`'s. */
export interface OAuthRoutesOptions {
  readonly oauth: OAuthServer;
  readonly counters: Counters;
  readonly clock: SandboxClock;
  readonly consent: ConsentSettings;
  readonly token: {
    readonly path: string;
    readonly encoding: BodyEncoding;
    readonly clientAuthentication: 'body' | 'basic';
    /** Members of every token request that this provider wants; what is wrong with them, or null. */
    check?(fields: URLSearchParams): string | null;
    /** The body of a good answer; an id token is added to it where `idToken` is given. */
    answer(issued: IssuedTokens, fields: URLSearchParams): object;
  };
  readonly revocation?: RevocationRoute;
  readonly introspection?: { readonly path: string; answer(grant: Grant | null, token: string): object };
  /**
   * Gives an id token to whoever asks for the scope `openid`: from the token endpoint, and with
   * `response_type=code id_token` from the consent page too. The claims come on top of `aud`, `exp`, `iat` and `nonce`.
   */
  readonly idToken?: { claims(account: string): Readonly<Record<string, unknown>> };
  /** The provider's own error answer. `detail` says what is wrong with an `invalid_request`. */
  problem(problem: OAuthProblem, detail: string | null): OAuthAnswer;
}

/** OAuth errors as RFC 6749 words them, for `OAuthRoutesOptions.problem` of providers that keep to it. */
export const STANDARD_ERRORS: Readonly<Record<OAuthProblem, string>> = {
  unknown_client: 'invalid_client',
  wrong_secret: 'invalid_client',
  bad_code: 'invalid_grant',
  bad_redirect: 'invalid_grant',
  bad_verifier: 'invalid_grant',
  bad_refresh_token: 'invalid_grant',
  invalid_request: 'invalid_request',
  unsupported_grant_type: 'unsupported_grant_type',
};

/** The consent page, token endpoint, revocation and introspection of one provider. */
export function addOAuthRoutes(app: Hono, options: OAuthRoutesOptions): void {
  const { oauth, counters, consent, token, revocation, introspection, idToken } = options;
  const front = consent.responseType?.split(' ').includes('id_token') && idToken;
  addConsentPage(app, oauth, {
    ...consent,
    ...(front ? { answerMembers: (given) => frontChannelMembers(given, consent, options) } : {}),
  });

  app.post(token.path, async (c) => {
    const fields = await readFields(c, token.encoding);
    if (typeof fields === 'string') return send(c, options.problem('invalid_request', fields));
    const client = checkClient(c, fields, token.clientAuthentication, oauth);
    if (client) return send(c, options.problem(client, null));
    const wrong = token.check?.(fields) ?? null;
    if (wrong !== null) return send(c, options.problem('invalid_request', wrong));
    const grantType = fields.get('grant_type');
    if (grantType !== 'authorization_code' && grantType !== 'refresh_token') {
      return send(c, options.problem('unsupported_grant_type', null));
    }
    if (grantType === 'refresh_token') counters.refreshed();
    const issued =
      grantType === 'refresh_token'
        ? oauth.refresh(fields.get('refresh_token') ?? '')
        : oauth.exchange(
            fields.get('code') ?? '',
            fields.get('redirect_uri') ?? undefined,
            fields.get('code_verifier') ?? undefined,
          );
    if (typeof issued === 'string') return send(c, options.problem(issued, null));
    const identity =
      idToken && issued.grant.scopes.includes('openid')
        ? { id_token: idTokenFor(issued.grant.account, issued.nonce, options) }
        : {};
    return c.json({ ...token.answer(issued, fields), ...identity });
  });

  if (revocation) {
    app.post(revocation.path, async (c) => {
      const fields = await readFields(c, revocation.encoding);
      if (typeof fields === 'string') return send(c, options.problem('invalid_request', fields));
      const client = checkClient(c, fields, revocation.clientAuthentication, oauth);
      if (client) return send(c, options.problem(client, null));
      const shown = fields.get(revocation.tokenMember ?? 'token') ?? '';
      const grant = oauth.introspect(shown);
      oauth.revoke(revocation.endsGrant && grant ? grant.refreshToken : shown);
      return send(c, revocation.answer?.(grant !== null) ?? { status: 200, body: null });
    });
  }

  if (introspection) {
    app.post(introspection.path, async (c) => {
      const fields = await readFields(c, token.encoding);
      if (typeof fields === 'string') return send(c, options.problem('invalid_request', fields));
      const client = checkClient(c, fields, token.clientAuthentication, oauth);
      if (client) return send(c, options.problem(client, null));
      const shown = fields.get('token') ?? '';
      return c.json(introspection.answer(oauth.introspect(shown), shown));
    });
  }
}

/** What comes back through the browser beside the code: OpenID Connect Core, hybrid flow. */
function frontChannelMembers(given: GivenConsent, consent: ConsentSettings, options: OAuthRoutesOptions) {
  return {
    id_token: idTokenFor(given.account.id, given.nonce, options),
    scope: given.scopes.join(' '),
    session_state: randomBytes(16).toString('base64url'),
    ...consent.answerMembers?.(given),
  };
}

/** Well-formed, but signed by nobody: whoever reads it must have it from the token endpoint itself. */
function idTokenFor(account: string, nonce: string | null, { oauth, clock, idToken }: OAuthRoutesOptions): string {
  const now = Math.floor(clock.now() / 1000);
  const claims = {
    aud: oauth.rules.clientId,
    iat: now,
    exp: now + 3600,
    ...(nonce === null ? {} : { nonce }),
    ...idToken?.claims(account),
  };
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signature = randomBytes(32).toString('base64url');
  return `${part({ alg: 'RS256', typ: 'JWT', kid: 'sandbox' })}.${part(claims)}.${signature}`;
}

/** A body's members; a text says what is wrong with it. */
async function readFields(c: Context, encoding: BodyEncoding): Promise<URLSearchParams | string> {
  const wanted = encoding === 'json' ? 'application/json' : 'application/x-www-form-urlencoded';
  if (!c.req.header('content-type')?.startsWith(wanted)) return `the body must be ${wanted}`;
  if (new URL(c.req.url).search !== '') return 'parameters belong into the body, not into the query string';
  const text = await c.req.text();
  if (encoding === 'form') return new URLSearchParams(text);
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return 'the body is not JSON';
  }
  if (typeof body !== 'object' || body === null) return 'the body must be an object';
  return new URLSearchParams(Object.entries(body).map(([name, value]): [string, string] => [name, String(value)]));
}

function checkClient(
  c: Context,
  fields: URLSearchParams,
  method: RevocationRoute['clientAuthentication'],
  oauth: OAuthServer,
): TokenProblem | null {
  const authorization = c.req.header('authorization') ?? '';
  switch (method) {
    case 'none':
      return null;
    case 'body':
      return oauth.checkClient(fields.get('client_id') ?? undefined, fields.get('client_secret') ?? undefined);
    case 'client_header':
      return oauth.checkClient(fields.get('client_id') ?? undefined, /^Client (.+)$/.exec(authorization)?.[1]);
    case 'basic': {
      const [, encoded = ''] = /^Basic (.+)$/i.exec(authorization) ?? [];
      // RFC 6749, 2.3.1: both halves are form-encoded before they are joined.
      const [id, secret] = Buffer.from(encoded, 'base64').toString('utf8').split(':').map(formDecoded);
      return oauth.checkClient(id, secret);
    }
  }
}

function formDecoded(text: string): string {
  return new URLSearchParams(`v=${text}`).get('v') ?? '';
}

function send(c: Context, { status, body }: OAuthAnswer) {
  return body === null || status === 204 ? c.body(null, status) : c.json(body, status);
}
