import * as oauth from 'oauth4webapi';
import * as z from 'zod';
import type { OAuthDescription } from '../../connectors/connector.ts';
import { HubError } from '../errors.ts';
import type { OAuthTokens } from '../model/credential.ts';
import type { Clock, ProviderApp } from '../ports.ts';
import { type IdTokenClaims, nonceOf, readIdToken } from './id-token.ts';

/** The grant itself is gone (revoked, expired, used up): only a new consent helps. */
export class GrantRejectedError extends Error {
  override readonly name = 'GrantRejectedError';
}

/** Tokens, and what the answer says about the account. */
export interface TokenAnswer {
  readonly tokens: OAuthTokens;
  /** The members that the manifest's `accountMembers` asks for. */
  readonly accountMembers: Readonly<Record<string, string>>;
}

const TIMEOUT_MS = 8_000;
/** In `accountMembers`: a claim of the id token rather than a member of the answer. */
const ID_TOKEN_PREFIX = 'id_token.';
const GRANT_ERRORS = ['invalid_grant'];
const CONFIGURATION_ERRORS = [
  'invalid_client',
  'unauthorized_client',
  'redirect_uri_mismatch',
  'unsupported_grant_type',
];

/** What a provider's callback may say to the protocol library. */
const CALLBACK_PARAMETERS = ['code', 'state', 'error', 'error_description', 'error_uri'];

/**
 * A provider's token endpoint, driven by its OAuth description, whose templates are filled in. The protocol is
 * `oauth4webapi`'s; deviations (JSON bodies, absolute expiry, scopes as a list) are evened out before it reads the
 * answer. Requests are never repeated here: a rotating refresh token may already be spent. One instance serves one
 * exchange.
 */
export class TokenEndpoint {
  readonly #provider: { readonly name: string; readonly oauth: OAuthDescription };
  readonly #app: ProviderApp;
  readonly #fetch: typeof fetch;
  readonly #clock: Clock;
  /** The last answer's body: the error classes of providers are wider than the standard's. */
  #body: unknown;
  /** Whether there was one at all, and not a failure that will pass. */
  #answered = false;

  constructor(options: {
    provider: { readonly name: string; readonly oauth: OAuthDescription };
    app: ProviderApp;
    fetch: typeof fetch;
    clock: Clock;
  }) {
    this.#provider = options.provider;
    this.#app = options.app;
    this.#fetch = options.fetch;
    this.#clock = options.clock;
  }

  /** Throws `GrantRejectedError` when the code is used or too old, or its id token is not the one that was asked for. */
  async exchangeCode(request: {
    parameters: URLSearchParams;
    redirectUri: string;
    verifier: string | null;
  }): Promise<TokenAnswer> {
    const { server, client, authentication, options } = this.#protocol();
    const state = request.parameters.get('state') ?? '';
    const answer = await this.#ask(async () => {
      const validated = oauth.validateAuthResponse(server, client, codeAnswer(request.parameters), state);
      const response = await oauth.authorizationCodeGrantRequest(
        server,
        client,
        authentication,
        validated,
        request.redirectUri,
        request.verifier ?? oauth.nopkce,
        options,
      );
      return oauth.processAuthorizationCodeResponse(server, client, response);
    });
    const claims = this.#readsIdToken ? this.#claims(this.#provider.oauth.nonce ? nonceOf(state) : null) : null;
    if (this.#readsIdToken && claims === null) {
      throw new GrantRejectedError(`${this.#provider.name} gave no id token that belongs to this consent.`);
    }
    return this.#tokenAnswer(answer, claims, null);
  }

  /** Throws `GrantRejectedError` when a person must reconnect. Keeps the old refresh token if none comes back. */
  async refresh(refreshToken: string): Promise<TokenAnswer> {
    const { server, client, authentication, options } = this.#protocol();
    const answer = await this.#ask(async () => {
      const response = await oauth.refreshTokenGrantRequest(server, client, authentication, refreshToken, options);
      return oauth.processRefreshTokenResponse(server, client, response);
    });
    // New tokens are never thrown away for the sake of an id token: without a good one, its claims are not read.
    return this.#tokenAnswer(answer, this.#readsIdToken ? this.#claims(null) : null, refreshToken);
  }

  /** Revokes a token where the provider has an endpoint for it. */
  async revoke(tokens: Pick<OAuthTokens, 'accessToken' | 'refreshToken'>): Promise<void> {
    const { revocation } = this.#provider.oauth;
    if (!revocation) return;
    const token = revocation.token === 'access' ? tokens.accessToken : (tokens.refreshToken ?? tokens.accessToken);
    const body = new URLSearchParams({ [revocation.tokenMember ?? 'token']: token });
    const headers = new Headers({ accept: 'application/json' });
    this.#authenticate(revocation.clientAuthentication, body, headers);
    const response = await this.#fetch(revocation.url, {
      method: 'POST',
      ...encoded(body, headers, revocation.encoding),
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    await response.body?.cancel();
    if (!response.ok) {
      throw new HubError('provider_rejected', {
        detail: `${this.#provider.name} refused to revoke the token with status ${response.status}.`,
      });
    }
  }

  #authenticate(
    method: NonNullable<OAuthDescription['revocation']>['clientAuthentication'],
    body: URLSearchParams,
    headers: Headers,
  ): void {
    const { clientId, clientSecret } = this.#app;
    if (method === 'body' || method === 'basic') {
      const { server, client } = this.#protocol();
      const authenticate = method === 'basic' ? oauth.ClientSecretBasic : oauth.ClientSecretPost;
      authenticate(clientSecret)(server, client, body, headers);
    }
    if (method === 'client_header') {
      body.set('client_id', clientId);
      headers.set('authorization', `Client ${clientSecret}`);
    }
  }

  get #readsIdToken(): boolean {
    const { nonce, accountMembers = {} } = this.#provider.oauth;
    return nonce === true || Object.values(accountMembers).some((member) => member.startsWith(ID_TOKEN_PREFIX));
  }

  #claims(nonce: string | null): IdTokenClaims | null {
    const token = isObject(this.#body) ? this.#body.id_token : undefined;
    return readIdToken(token, { clientId: this.#app.clientId, now: this.#clock.now(), nonce });
  }

  #protocol() {
    const description = this.#provider.oauth;
    const authentication =
      description.clientAuthentication === 'basic' ? oauth.ClientSecretBasic : oauth.ClientSecretPost;
    const server: oauth.AuthorizationServer = {
      issuer: new URL(description.tokenUrl).origin,
      token_endpoint: description.tokenUrl,
    };
    return {
      server,
      client: { client_id: this.#app.clientId } satisfies oauth.Client,
      authentication: authentication(this.#app.clientSecret),
      options: {
        [oauth.customFetch]: (url: string, init: oauth.CustomFetchOptions<'POST', URLSearchParams>) =>
          this.#exchange(url, init),
        signal: () => AbortSignal.timeout(TIMEOUT_MS),
        additionalParameters: { ...description.tokenParameters },
      },
    };
  }

  async #exchange(url: string, init: oauth.CustomFetchOptions<'POST', URLSearchParams>): Promise<Response> {
    this.#body = undefined;
    this.#answered = false;
    const response = await this.#fetch(url, {
      method: init.method,
      ...encoded(init.body, new Headers(init.headers), this.#provider.oauth.tokenRequestEncoding),
      redirect: 'manual',
      signal: init.signal ?? null,
    });
    const text = await response.text();
    this.#body = parseJsonObject(text);
    this.#answered = response.status < 500 && ![408, 429].includes(response.status);
    if (!response.ok || !isObject(this.#body)) {
      return new Response(text, { status: response.status, headers: response.headers });
    }
    return Response.json(evenOut(this.#body, this.#provider.oauth, this.#clock.now()), { status: response.status });
  }

  async #ask(call: () => Promise<oauth.TokenEndpointResponse>): Promise<oauth.TokenEndpointResponse> {
    try {
      return await call();
    } catch (error) {
      throw this.#translate(error);
    }
  }

  #tokenAnswer(
    answer: oauth.TokenEndpointResponse,
    claims: IdTokenClaims | null,
    previousRefreshToken: string | null,
  ): TokenAnswer {
    const { grantedScopesMember = 'scope', grantedScopePrefix = '', accountMembers = {} } = this.#provider.oauth;
    const { expires_in } = answer;
    const lifeMs = expires_in === undefined ? this.#provider.oauth.assumedLifeMs : expires_in * 1000;
    return {
      tokens: {
        accessToken: answer.access_token,
        refreshToken: answer.refresh_token ?? previousRefreshToken,
        expiresAt: lifeMs === undefined ? null : this.#clock.now() + lifeMs,
        scopes: scopesOf(answer[grantedScopesMember], grantedScopePrefix),
      },
      accountMembers: Object.fromEntries(
        Object.entries(accountMembers).flatMap(([name, member]) => {
          const value = member.startsWith(ID_TOKEN_PREFIX)
            ? claims?.[member.slice(ID_TOKEN_PREFIX.length)]
            : answer[member];
          return typeof value === 'string' || typeof value === 'number' ? [[name, String(value)]] : [];
        }),
      ),
    };
  }

  #translate(error: unknown): Error {
    const { name, oauth: description } = this.#provider;
    const signals = errorSignals(this.#body);
    if (error instanceof oauth.AuthorizationResponseError) {
      return new GrantRejectedError(`The authorization answer says ${error.error}.`);
    }
    // Configuration first: a provider may call a wrong secret a bad request of the grant.
    const ours = [...CONFIGURATION_ERRORS, ...(description.configurationErrors ?? [])];
    if (signals.some((signal) => ours.includes(signal))) {
      return new HubError('internal', { detail: `The hub's registration with ${name} is not accepted.`, cause: error });
    }
    const gone = [...GRANT_ERRORS, ...(description.reconnectErrors ?? [])];
    if (signals.some((signal) => gone.includes(signal))) return new GrantRejectedError(`${name} rejects the grant.`);
    // Somebody else's page, or an answer of another form: asking again will not change that.
    if (description.assumed && this.#answered && signals.length === 0) {
      return new HubError('provider_rejected', { detail: `${name} gives no tokens where it is asked.`, cause: error });
    }
    return new HubError('provider_unavailable', { detail: `${name} gave no tokens.`, cause: error });
  }
}

/**
 * What the library may see of a callback. Some providers add more through the browser: `iss`, `session_state`, an id
 * token. Nothing is read from those: the state says which provider it is, and tokens count from the token endpoint
 * alone.
 */
function codeAnswer(parameters: URLSearchParams): URLSearchParams {
  return new URLSearchParams([...parameters].filter(([name]) => CALLBACK_PARAMETERS.includes(name)));
}

function encoded(
  body: URLSearchParams,
  headers: Headers,
  encoding: 'form' | 'json',
): { readonly headers: Headers; readonly body: string } {
  headers.set('content-type', encoding === 'json' ? 'application/json' : 'application/x-www-form-urlencoded');
  return { headers, body: encoding === 'json' ? JSON.stringify(Object.fromEntries(body)) : body.toString() };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parseJsonObject(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not an OAuth answer (a gateway's HTML, say): the protocol library reports it by its status.
    return undefined;
  }
}

/** Brings a provider's token answer into the standard's form. */
function evenOut(body: Record<string, unknown>, description: OAuthDescription, now: number): Record<string, unknown> {
  // An id token is read here and not by the library, whose checks are for providers that publish their keys.
  const { id_token: _ignored, ...answer } = body;
  const expiresAt = description.expiresAtMember ? answer[description.expiresAtMember] : undefined;
  if (answer.expires_in === undefined && typeof expiresAt === 'string') {
    answer.expires_in = Math.max(1, Math.floor((Date.parse(expiresAt) - now) / 1000));
  }
  return answer;
}

const scopesSchema = z.union([
  z.string().transform((text) => text.split(/[\s,]+/).filter(Boolean)),
  z.array(z.string()),
]);

function scopesOf(value: unknown, prefix: string): string[] {
  const parsed = scopesSchema.safeParse(value);
  if (!parsed.success) return [];
  return parsed.data.map((scope) => (scope.startsWith(prefix) ? scope.slice(prefix.length) : scope));
}

/** Every code-like text that a provider puts into an error body. */
function errorSignals(body: unknown): string[] {
  if (!isObject(body)) return [];
  const listed = Array.isArray(body.errors)
    ? body.errors.map((error: unknown) => (isObject(error) ? error.code : null))
    : [];
  const signals = [body.error, body.status, body.category, body.type, body.code, ...listed];
  return signals.filter((value) => typeof value === 'string');
}
