import type { Context, MiddlewareHandler } from 'hono';
import type { SandboxClock } from '../mechanics/clock.ts';
import type { OAuthServer } from '../mechanics/oauth-server.ts';
import { RateWindow } from '../mechanics/rate-window.ts';
import { invalid, missingScopes, planNeeded, rateLimited, SquareFailure, unauthenticated } from './errors.ts';
import type { Seller } from './seller.ts';
import type { SquareSettings } from './settings.ts';

export interface SquareEnv {
  Variables: { seller: Seller; scopes: readonly string[] };
}
export type SquareContext = Context<SquareEnv>;

const PROBLEMS = { unknown: 'UNAUTHORIZED', expired: 'ACCESS_TOKEN_EXPIRED', revoked: 'ACCESS_TOKEN_REVOKED' } as const;

/** Who may call what, and how often: stands before every API route. */
export class Guard {
  readonly #oauth: OAuthServer;
  readonly #sellers: readonly Seller[];
  readonly #settings: SquareSettings;
  readonly #clock: SandboxClock;
  readonly #window = new RateWindow();

  constructor(oauth: OAuthServer, sellers: readonly Seller[], settings: SquareSettings, clock: SandboxClock) {
    this.#oauth = oauth;
    this.#sellers = sellers;
    this.#settings = settings;
    this.#clock = clock;
  }

  /** Lets a call through that has a running token, all of `scopes`, and room in the seller's rate window. */
  require(...scopes: readonly string[]): MiddlewareHandler<SquareEnv> {
    return async (c, next) => {
      const version = c.req.header('square-version');
      if (version !== undefined && !/^\d{4}-\d{2}-\d{2}$/.test(version)) {
        throw invalid('INVALID_SQUARE_VERSION_FORMAT', 'Square-Version');
      }
      if (version !== undefined) c.header('square-version', version);
      // Also for GETs: bookings were refused without it.
      if (!c.req.header('content-type')?.startsWith('application/json')) {
        throw new SquareFailure(415, 'INVALID_REQUEST_ERROR', 'UNSUPPORTED_MEDIA_TYPE', 'JSON is needed.');
      }
      const [, token] = /^Bearer (.+)$/.exec(c.req.header('authorization') ?? '') ?? [];
      const bearer = this.#oauth.authenticate(token ?? '');
      if (typeof bearer === 'string') throw unauthenticated(PROBLEMS[bearer]);
      const seller = this.#sellers.find(({ merchantId }) => merchantId === bearer.grant.account);
      if (!seller) throw unauthenticated('UNAUTHORIZED');
      const { allowed } = this.#window.take(seller.merchantId, this.#settings.limit, this.#clock.now());
      if (!allowed) {
        if (this.#settings.sendRetryAfter) c.header('Retry-After', '1');
        throw rateLimited();
      }
      const missing = scopes.filter((scope) => !bearer.grant.scopes.includes(scope));
      if (missing.length > 0) throw missingScopes(missing);
      c.set('seller', seller);
      c.set('scopes', bearer.grant.scopes);
      await next();
    };
  }

  /** With `APPOINTMENTS_ALL_WRITE` every write is the seller's own, which needs a paid plan and is checked for nothing. */
  isSellerLevel(c: SquareContext): boolean {
    if (!c.get('scopes').includes('APPOINTMENTS_ALL_WRITE')) return false;
    if (this.#settings.plan === 'free') throw planNeeded();
    return true;
  }

  /** Without `APPOINTMENTS_ALL_READ` an app sees the bookings only that it has made. */
  seesAllBookings(c: SquareContext): boolean {
    if (!c.get('scopes').includes('APPOINTMENTS_ALL_READ')) return false;
    if (this.#settings.allReadNeedsPlan && this.#settings.plan === 'free') throw planNeeded();
    return true;
  }
}
