import type { Context, MiddlewareHandler } from 'hono';
import type { OAuthServer } from '../mechanics/oauth-server.ts';
import { RateWindow } from '../mechanics/rate-window.ts';
import { missingScopes, rateLimited, unauthenticated } from './errors.ts';
import type { Portal } from './portal.ts';
import type { HubSpotSettings } from './settings.ts';

export interface HubSpotEnv {
  Variables: { portal: Portal };
}
export type HubSpotContext = Context<HubSpotEnv>;

/** Who may call what, and how often: stands before every CRM route. */
export class Guard {
  readonly #oauth: OAuthServer;
  readonly #portals: readonly Portal[];
  readonly #settings: HubSpotSettings;
  readonly #general = new RateWindow();
  readonly #search = new RateWindow();

  constructor(oauth: OAuthServer, portals: readonly Portal[], settings: HubSpotSettings) {
    this.#oauth = oauth;
    this.#portals = portals;
    this.#settings = settings;
  }

  /** Lets a call through that has a running token, room in its rate window, and all of `scopes`. */
  require(scopes: readonly string[], bucket: 'general' | 'search' = 'general'): MiddlewareHandler<HubSpotEnv> {
    return async (c, next) => {
      const [, token] = /^Bearer (.+)$/i.exec(c.req.header('authorization') ?? '') ?? [];
      if (token === undefined) throw unauthenticated('missing');
      const bearer = this.#oauth.authenticate(token);
      if (typeof bearer === 'string') throw unauthenticated(bearer);
      const portal = this.#portals.find(({ hubId }) => String(hubId) === bearer.grant.account);
      if (!portal) throw unauthenticated('unknown');
      this.#takeFromWindow(c, portal, bucket);
      const missing = scopes.filter((scope) => !bearer.grant.scopes.includes(scope));
      if (missing.length > 0) throw missingScopes(missing);
      c.set('portal', portal);
      await next();
    };
  }

  #takeFromWindow(c: HubSpotContext, portal: Portal, bucket: 'general' | 'search'): void {
    const limit = this.#settings.limits[bucket];
    const window = bucket === 'search' ? this.#search : this.#general;
    const { allowed, remaining } = window.take(String(portal.hubId), limit, portal.store.clock.now());
    // Search has a quota of its own and says nothing about it.
    if (bucket === 'general') {
      c.header('X-HubSpot-RateLimit-Max', String(limit.max));
      c.header('X-HubSpot-RateLimit-Remaining', String(remaining));
      c.header('X-HubSpot-RateLimit-Interval-Milliseconds', String(limit.intervalMs));
    }
    if (allowed) return;
    if (this.#settings.sendRetryAfter) c.header('Retry-After', String(Math.ceil(limit.intervalMs / 1000)));
    throw rateLimited(bucket === 'search' ? 'SECONDLY' : 'TEN_SECONDLY_ROLLING');
  }
}
