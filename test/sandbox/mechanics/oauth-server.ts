import { createHash, randomBytes } from 'node:crypto';
import type { SandboxClock } from './clock.ts';

/** The hub's registration with a provider. */
export interface OAuthClient {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** How one provider runs OAuth. The control API may change these while the sandbox runs. */
export interface OAuthRules extends OAuthClient {
  /** Scopes that an authorize request must name, all of them. */
  requiredScopes: readonly string[];
  /** Scopes that it may name. */
  optionalScopes: readonly string[];
  /** Scopes that are granted without being asked for. */
  readonly implicitScopes: readonly string[];
  accessTokenMs: number;
  codeMs: number;
  /**
   * What a refresh does to the refresh token: `reusable` keeps it; `renewing` gives a new one, and the old one goes on
   * working; `rotating` gives a new one, the old one is dead; `rotating_strict` also takes a dead one that is shown
   * again for theft, and revokes the grant with all its tokens.
   */
  refreshTokens: 'reusable' | 'renewing' | 'rotating' | 'rotating_strict';
  /** Whether revoking a refresh token also ends access tokens that are still running. */
  revokeEndsAccessTokens: boolean;
  /** Refuses consent requests without a PKCE challenge. @default false */
  pkceRequired?: boolean;
  /** Scopes that people leave unticked on the consent page. */
  withheldScopes?: readonly string[];
  /** Sends whoever approves back with this error instead of a code, e.g. when an administrator must approve first. */
  consentError?: { readonly error: string; readonly description: string } | null;
}

/** One account's consent. */
export interface Grant {
  readonly account: string;
  readonly userId: number;
  scopes: readonly string[];
  refreshToken: string;
  revoked: boolean;
}

export interface IssuedTokens {
  readonly grant: Grant;
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly expiresInSeconds: number;
  /** `nonce` of the consent; null without one, and in a refresh. */
  readonly nonce: string | null;
}

interface PendingCode {
  readonly grant: Grant;
  readonly nonce: string | null;
  readonly redirectUri: string;
  readonly challenge: string | null;
  readonly expiresAt: number;
}

interface AccessToken {
  readonly grant: Grant;
  expiresAt: number;
  revoked: boolean;
}

export type TokenProblem =
  | 'unknown_client'
  | 'wrong_secret'
  | 'bad_code'
  | 'bad_redirect'
  | 'bad_verifier'
  | 'bad_refresh_token';

/** Codes, tokens and grants of one provider. How answers look on the wire is the provider's own business. */
export class OAuthServer {
  readonly rules: OAuthRules;
  readonly #clock: SandboxClock;
  readonly #codes = new Map<string, PendingCode>();
  readonly #access = new Map<string, AccessToken>();
  readonly #refresh = new Map<string, Grant>();

  constructor(rules: OAuthRules, clock: SandboxClock) {
    this.rules = rules;
    this.#clock = clock;
  }

  checkClient(clientId: string | undefined, secret: string | undefined): TokenProblem | null {
    if (clientId !== this.rules.clientId) return 'unknown_client';
    return secret === this.rules.clientSecret ? null : 'wrong_secret';
  }

  /** After consent: a code for the redirect, good once and for a short time. */
  issueCode(consent: {
    account: string;
    userId: number;
    scopes: readonly string[];
    redirectUri: string;
    challenge: string | null;
    nonce?: string | null;
  }): string {
    const withheld = new Set(this.rules.withheldScopes);
    const asked = consent.scopes.filter((scope) => !withheld.has(scope));
    const scopes = [...new Set([...this.rules.implicitScopes, ...asked])].sort();
    const grant: Grant = {
      account: consent.account,
      userId: consent.userId,
      scopes,
      refreshToken: secretText(32),
      revoked: false,
    };
    const code = secretText(18);
    this.#codes.set(code, {
      grant,
      nonce: consent.nonce ?? null,
      redirectUri: consent.redirectUri,
      challenge: consent.challenge,
      expiresAt: this.#clock.now() + this.rules.codeMs,
    });
    return code;
  }

  exchange(code: string, redirectUri: string | undefined, verifier: string | undefined): IssuedTokens | TokenProblem {
    const pending = this.#codes.get(code);
    this.#codes.delete(code);
    if (!pending || pending.expiresAt <= this.#clock.now()) return 'bad_code';
    if (pending.redirectUri !== redirectUri) return 'bad_redirect';
    if (pending.challenge !== null && pending.challenge !== s256(verifier ?? '')) return 'bad_verifier';
    this.#refresh.set(pending.grant.refreshToken, pending.grant);
    return this.#issue(pending.grant, pending.nonce);
  }

  refresh(refreshToken: string): IssuedTokens | TokenProblem {
    const { refreshTokens } = this.rules;
    const grant = this.#refresh.get(refreshToken);
    if (!grant || grant.revoked) return 'bad_refresh_token';
    if (grant.refreshToken !== refreshToken && refreshTokens !== 'renewing') {
      if (refreshTokens === 'rotating_strict') this.#end(grant);
      return 'bad_refresh_token';
    }
    if (refreshTokens !== 'reusable') {
      grant.refreshToken = secretText(32);
      this.#refresh.set(grant.refreshToken, grant);
    }
    return this.#issue(grant, null);
  }

  /** Who a bearer token speaks for. */
  authenticate(accessToken: string): { grant: Grant } | 'unknown' | 'expired' | 'revoked' {
    const token = this.#access.get(accessToken);
    if (!token) return 'unknown';
    if (token.revoked) return 'revoked';
    return token.expiresAt <= this.#clock.now() ? 'expired' : { grant: token.grant };
  }

  /** The live grant behind any token, for introspection. */
  introspect(token: string): Grant | null {
    const bearer = this.authenticate(token);
    if (typeof bearer === 'object') return bearer.grant;
    const grant = this.#refresh.get(token);
    return grant && !grant.revoked && grant.refreshToken === token ? grant : null;
  }

  revoke(token: string): void {
    const access = this.#access.get(token);
    if (access) access.revoked = true;
    const grant = this.#refresh.get(token);
    if (!grant) return;
    if (this.rules.revokeEndsAccessTokens) this.#end(grant);
    else grant.revoked = true;
  }

  /** Ends every grant, or every grant of one account, tokens included: what an uninstall does. */
  revokeGrants(account: string | null): number {
    const meant = (grant: Grant): boolean => account === null || grant.account === account;
    const grants = this.#grants().filter(meant);
    for (const grant of grants) grant.revoked = true;
    // Also those whose refresh token was revoked before: their access tokens may still be running.
    for (const token of this.#access.values()) if (meant(token.grant)) token.revoked = true;
    return grants.length;
  }

  expireAccessTokens(): number {
    const now = this.#clock.now();
    const running = [...this.#access.values()].filter((token) => !token.revoked && token.expiresAt > now);
    for (const token of running) token.expiresAt = now;
    return running.length;
  }

  /** Takes scopes away from what was granted already, as an admin or a plan change may. */
  dropScopes(scopes: readonly string[]): void {
    for (const grant of this.#grants()) grant.scopes = grant.scopes.filter((scope) => !scopes.includes(scope));
  }

  #end(grant: Grant): void {
    grant.revoked = true;
    for (const running of this.#access.values()) if (running.grant === grant) running.revoked = true;
  }

  #grants(): Grant[] {
    return [...new Set(this.#refresh.values())].filter((grant) => !grant.revoked);
  }

  #issue(grant: Grant, nonce: string | null): IssuedTokens {
    const accessToken = secretText(48);
    this.#access.set(accessToken, { grant, expiresAt: this.#clock.now() + this.rules.accessTokenMs, revoked: false });
    return {
      grant,
      accessToken,
      refreshToken: grant.refreshToken,
      expiresInSeconds: Math.floor(this.rules.accessTokenMs / 1000),
      nonce,
    };
  }
}

function secretText(bytes: number): string {
  return randomBytes(bytes).toString('base64url');
}

function s256(verifier: string): string {
  return createHash('sha256').update(verifier).digest('base64url');
}
