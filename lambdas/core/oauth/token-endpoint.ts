import * as oauth from 'oauth4webapi';
import * as z from 'zod';
import type { OAuthDescription } from '../../connectors/connector.ts';
import { HubError } from '../errors.ts';
import type { OAuthTokens } from '../model/credential.ts';
import type { Clock, ProviderApp } from '../ports.ts';

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
const GRANT_ERRORS = ['invalid_grant'];
const CONFIGURATION_ERRORS = [
  'invalid_client',
  'unauthorized_client',
  'redirect_uri_mismatch',
  'unsupported_grant_type',
];

/**
 * A provider's token endpoint, driven by its OAuth description. The protocol is `oauth4webapi`'s; deviations
 * (JSON bodies, absolute expiry, scopes as a list) are evened out before it reads the answer. Requests are never
 * repeated here: a rotating refresh token may already be spent. One instance serves one exchange.
 */
export class TokenEndpoint {
  readonly #provider: { readonly name: string; readonly oauth: OAuthDescription };
  readonly #app: ProviderApp;
  readonly #fetch: typeof fetch;
  readonly #clock: Clock;
  /** The last answer's body: the error classes of providers are wider than the standard's. */
  #body: unknown;

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

  /** Throws `GrantRejectedError` when the code is used or too old. */
  async exchangeCode(request: {
    parameters: URLSearchParams;
    redirectUri: string;
    verifier: string | null;
  }): Promise<TokenAnswer> {
    const { server, client, authentication, options } = this.#protocol();
    return this.#answer(async () => {
      const state = request.parameters.get('state') ?? '';
      const validated = oauth.validateAuthResponse(server, client, request.parameters, state);
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
    }, null);
  }

  /** Throws `GrantRejectedError` when a person must reconnect. Keeps the old refresh token if none comes back. */
  async refresh(refreshToken: string): Promise<TokenAnswer> {
    const { server, client, authentication, options } = this.#protocol();
    return this.#answer(async () => {
      const response = await oauth.refreshTokenGrantRequest(server, client, authentication, refreshToken, options);
      return oauth.processRefreshTokenResponse(server, client, response);
    }, refreshToken);
  }

  /** Revokes a token where the provider has an endpoint for it. */
  async revoke(token: string): Promise<void> {
    const { server, client, authentication, options } = this.#protocol();
    if (!server.revocation_endpoint) return;
    const response = await oauth.revocationRequest(server, client, authentication, token, options);
    if (!response.ok) {
      throw new HubError('provider_rejected', {
        detail: `${this.#provider.name} refused to revoke the token with status ${response.status}.`,
      });
    }
  }

  #protocol() {
    const description = this.#provider.oauth;
    const authentication =
      description.clientAuthentication === 'basic' ? oauth.ClientSecretBasic : oauth.ClientSecretPost;
    const server: oauth.AuthorizationServer = {
      issuer: new URL(description.tokenUrl).origin,
      token_endpoint: description.tokenUrl,
      ...(description.revocation ? { revocation_endpoint: description.revocation.url } : {}),
    };
    return {
      server,
      client: { client_id: this.#app.clientId } satisfies oauth.Client,
      authentication: authentication(this.#app.clientSecret),
      options: {
        [oauth.customFetch]: (url: string, init: oauth.CustomFetchOptions<'POST', URLSearchParams>) =>
          this.#exchange(url, init),
        signal: () => AbortSignal.timeout(TIMEOUT_MS),
      },
    };
  }

  async #exchange(url: string, init: oauth.CustomFetchOptions<'POST', URLSearchParams>): Promise<Response> {
    const headers = new Headers(init.headers);
    const asJson = this.#provider.oauth.tokenRequestEncoding === 'json';
    if (asJson) headers.set('content-type', 'application/json');
    this.#body = undefined;
    const response = await this.#fetch(url, {
      method: init.method,
      headers,
      body: asJson ? JSON.stringify(Object.fromEntries(init.body)) : init.body.toString(),
      redirect: 'manual',
      signal: init.signal ?? null,
    });
    const text = await response.text();
    this.#body = parseJsonObject(text);
    if (!response.ok || !isObject(this.#body)) {
      return new Response(text, { status: response.status, headers: response.headers });
    }
    return Response.json(evenOut(this.#body, this.#provider.oauth, this.#clock.now()), { status: response.status });
  }

  async #answer(
    call: () => Promise<oauth.TokenEndpointResponse>,
    previousRefreshToken: string | null,
  ): Promise<TokenAnswer> {
    let answer: oauth.TokenEndpointResponse;
    try {
      answer = await call();
    } catch (error) {
      throw this.#translate(error);
    }
    const { grantedScopesMember = 'scope', accountMembers = {} } = this.#provider.oauth;
    return {
      tokens: {
        accessToken: answer.access_token,
        refreshToken: answer.refresh_token ?? previousRefreshToken,
        expiresAt: answer.expires_in === undefined ? null : this.#clock.now() + answer.expires_in * 1000,
        scopes: scopesOf(answer[grantedScopesMember]),
      },
      accountMembers: Object.fromEntries(
        Object.entries(accountMembers).flatMap(([name, member]) => {
          const value = answer[member];
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
    return new HubError('provider_unavailable', { detail: `${name} gave no tokens.`, cause: error });
  }
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
  // An id token is only read where the manifest relies on it; its checks must not fail a good token answer.
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

function scopesOf(value: unknown): string[] {
  const parsed = scopesSchema.safeParse(value);
  return parsed.success ? parsed.data : [];
}

/** Every code-like text that a provider puts into an error body. */
function errorSignals(body: unknown): string[] {
  if (!isObject(body)) return [];
  return [body.error, body.status, body.category, body.type, body.code].filter((value) => typeof value === 'string');
}
