import { randomUUID } from 'node:crypto';
import type { ProviderManifest } from '../../connectors/connector.ts';
import { HubError } from '../errors.ts';
import type { OAuthTokens, SealContext, StoredCredential } from '../model/credential.ts';
import { METRICS, PURPOSE } from '../names.ts';
import type { Clock, CredentialStore, IntegrationScope, Logger, Metrics, TokenVault } from '../ports.ts';
import { GrantRejectedError, type TokenAnswer } from './token-endpoint.ts';

/** Refresh this many ms before the access token expires, where the provider wants nothing else. */
const REFRESH_AHEAD_MS = 5 * 60_000;
/** After a failed refresh, a token that is good for longer than `REFRESH_AHEAD_MS` is used for so long without another. */
const REFRESH_PAUSE_MS = 60_000;
/** A token this close to its expiry is no longer sent. */
const UNUSABLE_MS = 15_000;
/** How long one refresh may hold the right to it: a little more than the token endpoint's time limit. */
const REFRESH_RIGHT_MS = 10_000;
/** Pause of those who wait for another process's refresh. */
const POLL_MS = 50;
/** Decrypted tokens live in memory no longer than this. */
const CACHE_MS = 5 * 60_000;
const CACHE_SIZE = 500;

export interface VersionedTokens {
  readonly version: number;
  readonly tokens: OAuthTokens;
}

export interface AccessTokensOptions {
  readonly credentials: CredentialStore;
  readonly vault: TokenVault;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Asks the provider for new tokens. */
  refresh(scope: IntegrationScope, manifest: ProviderManifest, refreshToken: string): Promise<TokenAnswer>;
  /** What a refresh has said of the account; called when the new tokens are saved, before they are handed out. */
  onAccountMembers(scope: IntegrationScope, members: Readonly<Record<string, string>>): Promise<void>;
  /** The grant is gone: marks the integration as needing a person. */
  onGrantRejected(scope: IntegrationScope): Promise<void>;
}

export function tokenContext(scope: IntegrationScope, provider: string): SealContext {
  return {
    workspace: scope.workspaceId,
    integration: scope.integrationId,
    provider,
    purpose: PURPOSE.oauthToken,
  };
}

/**
 * Valid access tokens, refreshed ahead of expiry by one holder at a time over all processes.
 *
 * The right to refresh a credential version is taken by a conditional write and runs out by itself, so a holder that
 * dies locks nobody out. New tokens are saved by compare-and-set before anyone uses them; whoever loses re-reads.
 */
export class AccessTokens {
  readonly #options: AccessTokensOptions;
  readonly #cache = new Map<string, VersionedTokens & { readonly readAt: number }>();
  readonly #inFlight = new Map<string, Promise<VersionedTokens>>();
  /** Credential versions whose refresh has just failed, by integration, and until when (epoch ms) to leave them alone. */
  readonly #resting = new Map<string, { readonly version: number; readonly until: number }>();

  constructor(options: AccessTokensOptions) {
    this.#options = options;
  }

  /**
   * @param rejectedVersion a version whose access token the provider refused, however fresh it looks.
   * @param deadline epoch ms, or null to wait as long as a refresh takes.
   */
  async get(
    scope: IntegrationScope,
    manifest: ProviderManifest,
    deadline: number | null,
    rejectedVersion: number | null = null,
  ): Promise<VersionedTokens> {
    const key = keyOf(scope);
    for (;;) {
      const cached = this.#cache.get(key);
      if (
        cached &&
        cached.version !== rejectedVersion &&
        this.#isFresh(scope, manifest, cached.version, cached.tokens.expiresAt)
      ) {
        if (this.#options.clock.now() - cached.readAt < CACHE_MS) return cached;
      }
      let inFlight = this.#inFlight.get(key);
      if (!inFlight) {
        inFlight = this.#obtain(scope, manifest, rejectedVersion)
          .then((tokens) => this.#remember(key, tokens))
          .finally(() => this.#inFlight.delete(key));
        this.#inFlight.set(key, inFlight);
      }
      const tokens = await this.#within(deadline, inFlight);
      // Others began this before they could know that the version is refused.
      if (tokens.version !== rejectedVersion) return tokens;
    }
  }

  /** Forgets what memory holds, e.g. after a disconnect. */
  forget(scope: IntegrationScope): void {
    this.#cache.delete(keyOf(scope));
    this.#resting.delete(keyOf(scope));
  }

  #isFresh(scope: IntegrationScope, { oauth }: ProviderManifest, version: number, expiresAt: number | null): boolean {
    if (expiresAt === null) return true;
    const now = this.#options.clock.now();
    const left = expiresAt - now;
    if (left > (oauth.refreshAheadMs ?? REFRESH_AHEAD_MS)) return true;
    // Refreshed days ahead, a provider that is out of order for an hour must not slow every call of that hour down.
    const resting = this.#resting.get(keyOf(scope));
    return left > REFRESH_AHEAD_MS && resting?.version === version && resting.until > now;
  }

  #isUsable(stored: StoredCredential, rejectedVersion: number | null): boolean {
    if (stored.version === rejectedVersion) return false;
    return stored.expiresAt === null || stored.expiresAt - this.#options.clock.now() > UNUSABLE_MS;
  }

  async #obtain(
    scope: IntegrationScope,
    manifest: ProviderManifest,
    rejectedVersion: number | null,
  ): Promise<VersionedTokens> {
    const { credentials, clock } = this.#options;
    const owner = randomUUID();
    for (;;) {
      const stored = await this.#read(scope);
      if (stored.version !== rejectedVersion && this.#isFresh(scope, manifest, stored.version, stored.expiresAt)) {
        return this.#open(scope, manifest, stored);
      }
      const now = clock.now();
      if (stored.refresh && stored.refresh.until > now) {
        if (this.#isUsable(stored, rejectedVersion)) return this.#open(scope, manifest, stored);
        await clock.sleep(POLL_MS);
        continue;
      }
      const until = now + REFRESH_RIGHT_MS;
      if (await credentials.acquireRefresh(scope, { version: stored.version, owner, now, until })) {
        return this.#refresh(scope, manifest, stored, owner, rejectedVersion);
      }
    }
  }

  async #refresh(
    scope: IntegrationScope,
    manifest: ProviderManifest,
    stored: StoredCredential,
    owner: string,
    rejectedVersion: number | null,
  ): Promise<VersionedTokens> {
    const { credentials, vault, logger, metrics } = this.#options;
    const current = await this.#open(scope, manifest, stored);
    let answer: TokenAnswer;
    try {
      if (current.tokens.refreshToken === null) throw new GrantRejectedError('There is nothing to refresh with.');
      answer = await this.#options.refresh(scope, manifest, current.tokens.refreshToken);
    } catch (error) {
      metrics.count(METRICS.tokenRefreshFailed, 1, { provider: manifest.type });
      if (error instanceof GrantRejectedError) return this.#afterRejection(scope, manifest, stored, owner);
      await credentials.releaseRefresh(scope, owner);
      logger.warn('token refresh failed', { ...scope, provider: manifest.type, error });
      if (!this.#isUsable(stored, rejectedVersion)) throw error;
      this.#rest(keyOf(scope), stored.version);
      return current;
    }
    const tokens: OAuthTokens = {
      ...answer.tokens,
      scopes: answer.tokens.scopes.length > 0 ? answer.tokens.scopes : current.tokens.scopes,
    };
    const sealed = await vault.seal(tokenContext(scope, manifest.type), JSON.stringify(tokens));
    const saved = await credentials.saveRefreshed(scope, {
      version: stored.version,
      sealed,
      expiresAt: tokens.expiresAt,
    });
    metrics.count(METRICS.tokenRefreshed, 1, { provider: manifest.type });
    if (saved) {
      // After the save: tokens that are not saved yet can be lost, what they say of the account comes again.
      if (Object.keys(answer.accountMembers).length > 0) {
        await this.#options.onAccountMembers(scope, answer.accountMembers);
      }
      return { version: stored.version + 1, tokens };
    }
    // Somebody reconnected, or took over after our right ran out: theirs is the credential that counts.
    return this.#obtain(scope, manifest, rejectedVersion);
  }

  /** A rejected grant counts only if nobody has saved newer tokens meanwhile. */
  async #afterRejection(
    scope: IntegrationScope,
    manifest: ProviderManifest,
    stored: StoredCredential,
    owner: string,
  ): Promise<VersionedTokens> {
    const latest = await this.#read(scope);
    if (latest.version !== stored.version) return this.#open(scope, manifest, latest);
    await this.#options.onGrantRejected(scope);
    await this.#options.credentials.releaseRefresh(scope, owner);
    throw reauthRequired(manifest.name);
  }

  async #read(scope: IntegrationScope): Promise<StoredCredential> {
    const stored = await this.#options.credentials.get(scope);
    if (!stored) {
      throw new HubError('integration_not_connected', { detail: 'The integration has no tokens; connect it first.' });
    }
    return stored;
  }

  async #open(scope: IntegrationScope, manifest: ProviderManifest, stored: StoredCredential): Promise<VersionedTokens> {
    const plaintext = await this.#options.vault.open(tokenContext(scope, manifest.type), stored.sealed);
    return { version: stored.version, tokens: JSON.parse(plaintext) };
  }

  #rest(key: string, version: number): void {
    this.#resting.delete(key);
    this.#resting.set(key, { version, until: this.#options.clock.now() + REFRESH_PAUSE_MS });
    const oldest = this.#resting.keys().next().value;
    if (this.#resting.size > CACHE_SIZE && oldest !== undefined) this.#resting.delete(oldest);
  }

  #remember(key: string, tokens: VersionedTokens): VersionedTokens {
    this.#cache.delete(key);
    this.#cache.set(key, { ...tokens, readAt: this.#options.clock.now() });
    const oldest = this.#cache.keys().next().value;
    if (this.#cache.size > CACHE_SIZE && oldest !== undefined) this.#cache.delete(oldest);
    return tokens;
  }

  async #within<T>(deadline: number | null, work: Promise<T>): Promise<T> {
    if (deadline === null) return work;
    const { clock } = this.#options;
    const late = clock.sleep(Math.max(0, deadline - clock.now())).then((): never => {
      throw new HubError('deadline_exceeded', { detail: 'No access token was ready in time.' });
    });
    late.catch(() => undefined);
    return Promise.race([work, late]);
  }
}

function keyOf({ workspaceId, integrationId }: IntegrationScope): string {
  return `${workspaceId}/${integrationId}`;
}

export function reauthRequired(providerName: string): HubError {
  return new HubError('reauth_required', {
    detail: `${providerName} no longer accepts this connection; someone at the business must reconnect it.`,
  });
}
